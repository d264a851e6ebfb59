"""Laws of three variables: their truths by a second source, and their samples by their own densities."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from mitk.distributions import (
    Asinh,
    BinarySeries,
    ConditionalGaussian,
    ConditionalMapped,
    ConditionalTable,
    Confounded,
    Gaussian,
    GivenLabel,
    HalfDiscrete,
    Independent,
    LinearSeries,
    Rotation,
    SharedCount,
    ThinnedCounts,
    Transfer,
    half_cube,
)
from mitk.errors import DataError, ParameterError

N = 40_000
COVARIANCE = np.array([[2.0, 0.6, 0.5, 0.3], [0.6, 1.0, -0.2, 0.4], [0.5, -0.2, 1.5, 0.2], [0.3, 0.4, 0.2, 1.0]])
SKEWED = np.array([[[0.1, 0.05], [0.0, 0.2]], [[0.15, 0.1], [0.25, 0.0]], [[0.05, 0.02], [0.03, 0.05]]])

LAWS = {
    law.name: law
    for law in [
        ConditionalGaussian(COVARIANCE, label="any"),
        ConditionalGaussian(COVARIANCE, 2, label="wide"),
        ConditionalGaussian.from_precision([[2.0, 0.0, 0.7], [0.0, 1.5, -0.6], [0.7, -0.6, 1.0]]).named("missing-edge"),
        ConditionalTable(SKEWED),
        ConditionalTable.exclusive_or(0.1),
        ConditionalTable.common_cause([0.2, 0.3, 0.5], 0.3, 0.4),
        ThinnedCounts(),
        SharedCount(),
        GivenLabel([Gaussian.bivariate(0.9), Gaussian.bivariate(-0.5)], [0.3, 0.7]),
        GivenLabel([HalfDiscrete(0.8, 0.8), Independent(HalfDiscrete(0.8, 0.8))], [0.5, 0.5]),
        Confounded(Gaussian.sparse(2, 2), 2.0),
        ConditionalMapped(ConditionalGaussian(COVARIANCE), half_cube(), Asinh(), Rotation(1)),
        Transfer(LinearSeries([[0.5, 0.0], [0.4, 0.9]]), 1),
        Transfer(LinearSeries([[0.5, 0.1, 0.0], [0.2, 0.3, 0.2], [0.3, 0.0, 0.6]]), 2),
        Transfer(BinarySeries(0.1), 2),
    ]
}
each_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


@each_law
def test_samples_have_the_stated_shape_and_a_seed_fixes_them(law):
    sides = law.sample(50, seed=1)
    assert [side.shape for side in sides] == [(50, dim) for dim in law.dims]
    assert all(side.dtype == np.float64 for side in sides)
    for side, again in zip(sides, law.sample(50, seed=1), strict=True):
        np.testing.assert_array_equal(side, again)
    assert any((a != b).any() for a, b in zip(sides, law.sample(50, seed=2), strict=True))


@each_law
def test_truth_is_the_mean_of_the_pointwise_information(law):
    values = law.pointwise(*law.sample(N, seed=11))
    # A mean over dependent rows scatters more.
    width = 4.5 if law.independent_rows else 6.0
    error = np.hypot(law.pointwise_sd / np.sqrt(N), law.conditional_mutual_information_error)
    assert values.mean() == pytest.approx(law.conditional_mutual_information, abs=width * error + 1e-9)
    assert values.std() == pytest.approx(law.pointwise_sd, rel=0.1, abs=1e-9)


def entropy(covariance):
    return 0.5 * np.linalg.slogdet(covariance)[1]


@pytest.mark.parametrize(("columns", "first"), [(([0], [1], [2, 3]), 1), (([0, 1], [2], [3]), 2)])
def test_gaussian_truth_is_the_sum_of_four_entropies(columns, first):
    x, y, z = columns
    parts = [x + z, y + z, x + y + z, z]
    xz, yz, xyz, only = (entropy(COVARIANCE[np.ix_(part, part)]) for part in parts)
    law = ConditionalGaussian(COVARIANCE, first)
    assert law.conditional_mutual_information == pytest.approx(xz + yz - xyz - only)


def test_gaussian_samples_have_the_covariance():
    rows = np.hstack(ConditionalGaussian(COVARIANCE, 2).sample(N, seed=0))
    np.testing.assert_allclose(np.cov(rows.T), COVARIANCE, atol=4.5 * 2 * np.sqrt(2 / N))


def test_missing_edge_is_independence_and_leaves_marginal_dependence():
    law = LAWS["missing-edge"]
    assert law.conditional_mutual_information == pytest.approx(0.0, abs=1e-12)
    assert Gaussian(law.covariance[:2, :2]).mutual_information > 0.05


def test_table_truth_by_brute_force():
    total = 0.0
    for x, y, z in itertools.product(range(3), range(2), range(2)):
        p = SKEWED[x, y, z]
        if p:
            given_z = SKEWED[x, :, z].sum() * SKEWED[:, y, z].sum()
            total += p * np.log(p * SKEWED[:, :, z].sum() / given_z)
    assert ConditionalTable(SKEWED).conditional_mutual_information == pytest.approx(total)
    assert ConditionalTable.common_cause([0.2, 0.8], 0.3, 0.4).conditional_mutual_information == pytest.approx(0.0)
    coins = ConditionalTable.exclusive_or(0.1)
    assert coins.conditional_mutual_information == pytest.approx(np.log(2) - stats.entropy([0.1, 0.9]))
    np.testing.assert_allclose(coins.table.sum(axis=2), 0.25)


def test_table_samples_have_the_probabilities():
    x, y, z = (side[:, 0].astype(int) for side in ConditionalTable(SKEWED).sample(N))
    found = np.zeros(SKEWED.shape)
    np.add.at(found, (x, y, z), 1.0 / N)
    np.testing.assert_allclose(found, SKEWED, atol=4.5 * 0.5 / np.sqrt(N))


@pytest.mark.parametrize("law", [ThinnedCounts(4.0, 0.3), SharedCount(6)], ids=["thinned", "shared"])
def test_counts_are_dependent_until_z_is_known(law):
    x, y, z = (side[:, 0] for side in law.sample(N, seed=3))
    assert abs(np.corrcoef(x, y)[0, 1]) > 0.2
    for value in (2, 3, 4):
        own = z == value
        assert abs(np.corrcoef(x[own], y[own])[0, 1]) < 4.5 / np.sqrt(own.sum())


def test_counts_have_the_means_and_variances():
    x, y, z = (side[:, 0] for side in ThinnedCounts(4.0, 0.3).sample(N, seed=3))
    for side, mean, variance in ((x, 4.0, 16.0), (z, 4.0, 20.0), (y, 1.2, 1.2 + 1.44)):
        assert side.mean() == pytest.approx(mean, abs=4.5 * np.sqrt(variance / N))
        # Variances of an exponential scatter by about sqrt(8 / n) of themselves.
        assert side.var() == pytest.approx(variance, rel=4.5 * np.sqrt(8 / N))
    x, y, z = (side[:, 0] for side in SharedCount(6).sample(N, seed=3))
    assert set(z) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
    assert ((x <= z) & (x >= 0)).all()
    assert (x.mean(), y.mean()) == pytest.approx((1.75, 3.5), abs=4.5 * 2.6 / np.sqrt(N))
    assert y[z == 4].var() == pytest.approx(4.0, rel=0.1)


def test_information_given_a_label_is_the_mean():
    law = GivenLabel([Gaussian.bivariate(0.9), Gaussian.bivariate(-0.5)], [0.3, 0.7])
    expected = -0.5 * (0.3 * np.log(0.19) + 0.7 * np.log(0.75))
    assert law.conditional_mutual_information == pytest.approx(expected)
    x, y, z = (side[:, 0] for side in law.sample(N))
    assert z.mean() == pytest.approx(0.7, abs=4.5 * 0.46 / np.sqrt(N))
    assert np.corrcoef(x[z == 0], y[z == 0])[0, 1] == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(
    "name", [name for name, law in LAWS.items() if isinstance(law, (Confounded, ConditionalMapped))]
)
def test_nonlinear_laws_keep_the_information_of_their_source(name):
    source = LAWS[name].distribution
    expected = getattr(source, "conditional_mutual_information", None) or source.mutual_information
    assert LAWS[name].conditional_mutual_information == expected


def test_confounding_makes_independent_sides_dependent():
    x, y, z = (side[:, 0] for side in Confounded(Independent(Gaussian.bivariate(0.5))).sample(N))
    assert np.corrcoef(x, y)[0, 1] > 0.3
    residuals = x - z**2, y - z**2 - np.sin(2 * z)
    assert abs(np.corrcoef(*residuals)[0, 1]) < 4.5 / np.sqrt(N)


@pytest.mark.parametrize("history", [1, 2])
@pytest.mark.parametrize("coefficients", [[[0.5, 0.0], [0.4, 0.9]], [[0.9, 0.0], [0.5, 0.5]], [[0.5, 0.4], [0.0, 0.5]]])
def test_transfer_entropy_agrees_with_the_covariance_of_its_rows(coefficients, history):
    law = Transfer(LinearSeries(coefficients), history)
    rows = law._rows
    assert law.conditional_mutual_information == pytest.approx(rows.conditional_mutual_information, abs=1e-9)
    sample = np.hstack(law.sample(N, seed=5))
    # Rows of slow series count for about a twentieth each.
    scale = np.sqrt(np.outer(np.diag(rows.covariance), np.diag(rows.covariance)))
    np.testing.assert_allclose(np.cov(sample.T) / scale, rows.covariance / scale, atol=4.5 * np.sqrt(20 * 2 / N))


def test_binary_transfer_samples_are_aligned():
    x, y, z = BinarySeries(0.0).sample_transfer(200, seed=2, history=3)
    np.testing.assert_array_equal(y[:, 0], x[:, 0])
    np.testing.assert_array_equal(z[:, 0], x[:, 1])
    np.testing.assert_array_equal(z[1:, 1:], z[:-1, :-1])
    np.testing.assert_array_equal(x[1:, 1:], x[:-1, :-1])
    flipped = BinarySeries(0.2).sample_transfer(N, seed=2)
    assert (flipped[0] == flipped[1]).mean() == pytest.approx(0.8, abs=4.5 * 0.4 / np.sqrt(N))


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: ConditionalGaussian(np.eye(2)), "covariance"),
        (lambda: ConditionalGaussian(np.eye(3), 0), "columns_x"),
        (lambda: ConditionalTable(np.ones((2, 2, 2))), "table"),
        (lambda: ThinnedCounts(share=2.0), "share"),
        (lambda: SharedCount(0), "levels"),
        (lambda: GivenLabel([Gaussian.bivariate(0.5)], [0.5, 0.5]), "laws"),
        (lambda: ConditionalMapped(ConditionalGaussian(np.eye(3)), np.exp), "map_x"),
        (lambda: Transfer(BinarySeries(), 0), "history"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()


def test_rows_that_do_not_fit_are_refused():
    law = LAWS["any"]
    with pytest.raises(DataError, match="rows"):
        law.pointwise(np.zeros(3), np.zeros(4), np.zeros((3, 2)))
    with pytest.raises(DataError, match="`z`"):
        GivenLabel([Gaussian.bivariate(0.5)], [1.0]).pointwise(np.zeros(2), np.zeros(2), np.array([0.0, 1.0]))
