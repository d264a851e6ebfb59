"""What every law promises: shapes, seeds, names, and a truth that its own densities confirm."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from distribution_cases import LAWS

from mitk.distributions import Gaussian, Independent, Inliers, Mapped, NormalCDF, Student
from mitk.distributions.base import Distribution
from mitk.errors import DataError, ParameterError, UnsupportedError

each_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


@each_law
def test_samples_have_the_stated_shape(law):
    x, y = law.sample(37, seed=1)
    assert x.shape == (37, law.dim_x)
    assert y.shape == (37, law.dim_y)
    assert x.dtype == y.dtype == np.float64
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    assert law.sample(1)[0].shape == (1, law.dim_x)


@each_law
def test_a_seed_fixes_the_sample_and_another_changes_it(law):
    first, again, other = law.sample(200, seed=3), law.sample(200, seed=3), law.sample(200, seed=4)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def mean_of_pointwise_agrees(law, n, seed):
    values = law.pointwise(*law.sample(n, seed=seed))
    assert values.shape == (n,)
    error = np.hypot(law.pointwise_sd / np.sqrt(n), law.mutual_information_error)
    # Some two hundred comparisons: by chance one in a thousand runs of the whole suite would pass 4.5 errors.
    # A series is averaged over dependent rows, whose mean scatters more.
    width = 4.5 if law.independent_rows else 6.0
    assert values.mean() == pytest.approx(law.mutual_information, abs=width * error + 1e-9)
    if law.truth != "monte carlo":
        assert law.mutual_information_error == 0.0


@each_law
def test_truth_is_the_mean_of_the_pointwise_information(law):
    mean_of_pointwise_agrees(law, 20_000, seed=11)


@pytest.mark.parametrize("seed", [21, 22])
@each_law
def test_truth_is_the_mean_of_the_pointwise_information_at_length(law, seed):
    mean_of_pointwise_agrees(law, 100_000 // max(1, (law.dim_x + law.dim_y) // 10), seed)


@each_law
def test_exact_spread_is_that_of_the_pointwise_information(law):
    values = law.pointwise(*law.sample(20_000, seed=5))
    # Standard error of a standard deviation, with the fourth moment of the sample.
    centred = (values - values.mean()) ** 2
    error = centred.std() / np.sqrt(len(values)) / max(2.0 * values.std(), 1e-12)
    width = 4.0 if law.independent_rows else 8.0
    assert values.std() == pytest.approx(law.pointwise_sd, abs=width * np.sqrt(2.0) * error + 1e-6)


@each_law
def test_information_is_not_negative_and_its_description_is_plain(law):
    described = json.loads(json.dumps(law.describe()))
    assert described["name"] == law.name
    assert described["mutual_information"] >= 0.0
    assert described["truth"] in ("closed form", "quadrature", "monte carlo")
    assert (described["truth"] == "monte carlo") == (described["mutual_information_error"] > 0)
    assert isinstance(law, Distribution)
    assert type(law.mutual_information) is float


@each_law
def test_laws_survive_pickling(law):
    copy = pickle.loads(pickle.dumps(law))
    assert copy.name == law.name
    np.testing.assert_array_equal(copy.sample(5)[0], law.sample(5)[0])


@each_law
def test_a_name_can_be_given(law):
    named = law.named("mine")
    assert named.name == "mine"
    assert law.name != "mine"
    np.testing.assert_array_equal(named.sample(5)[1], law.sample(5)[1])


def test_independent_sides_keep_their_margins():
    law = Independent(Gaussian.dense(2, 2))
    x, y = law.sample(20_000, seed=0)
    correlation = np.corrcoef(np.hstack([x, y]).T)
    assert correlation[0, 1] == pytest.approx(0.5, abs=4 * 0.75 / np.sqrt(20_000))
    assert np.abs(correlation[:2, 2:]).max() < 4.5 / np.sqrt(20_000)
    # Student sides are tied by the common scale: broken, the squares are independent too.
    x, y = Independent(Student.identity(1, 1, 30)).sample(20_000, seed=0)
    assert abs(np.corrcoef(x[:, 0] ** 2, y[:, 0] ** 2)[0, 1]) < 4.5 / np.sqrt(20_000)


@pytest.mark.parametrize("n", [0, -1, 2.5, True, "10"])
def test_a_wrong_n_is_refused(n):
    with pytest.raises(ParameterError, match="`n` must be an integer of at least 1"):
        Gaussian.bivariate(0.5).sample(n)


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_wrong_seed_is_refused(seed):
    with pytest.raises(ParameterError, match="`seed` must be an integer of at least 0"):
        Gaussian.bivariate(0.5).sample(10, seed=seed)


def test_rows_of_a_wrong_shape_are_refused():
    law = Gaussian.dense(2, 1)
    with pytest.raises(DataError, match=r"`x` must have shape \(n, 2\)"):
        law.pointwise(np.zeros((5, 3)), np.zeros(5))
    with pytest.raises(DataError, match="as many rows"):
        law.pointwise(np.zeros((5, 2)), np.zeros(4))
    assert law.pointwise(np.zeros((5, 2)), np.zeros(5)).shape == (5,)


class Unknown(Gaussian):
    """A normal that does not tell its densities."""

    def _pointwise(self, x, y):
        return Distribution._pointwise(self, x, y)

    pointwise_sd = Distribution.pointwise_sd


def test_unknown_densities_are_said_to_be_unknown():
    law = Unknown([[1.0, 0.5], [0.5, 1.0]])
    with pytest.raises(UnsupportedError, match="needs densities in closed form"):
        law.pointwise(*law.sample(3))
    assert law.pointwise_sd is None
    assert Mapped(law, NormalCDF()).pointwise_sd is None
    with pytest.raises(UnsupportedError, match="known densities"):
        _ = Inliers(Student.identity(1, 1, 1), 0.1).mutual_information, Inliers(Mapped(law), 0.1).mutual_information
