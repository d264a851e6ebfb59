"""Estimators by densities and classifiers, on laws whose information is known, at sizes that train in seconds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mitk import CLUB, NJEE, DoE, estimate
from mitk.distributions import Chain, Mapped, Rotation, Student, smoothed_uniform
from mitk.errors import ParameterError, UnsupportedError

SMALL = {"steps": 50, "width": 8, "depth": 1, "blocks": 1, "bins": 8, "folds": 2}
R = 0.8
INFORMATION = -0.5 * math.log1p(-R * R)


@pytest.fixture(scope="module")
def normal():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1000, 1))
    return x, R * x + math.sqrt(1 - R * R) * rng.standard_normal((1000, 1))


@pytest.fixture(scope="module")
def labels():
    """Two columns of three labels, each kept with probability 0.7 and drawn again otherwise."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, (1000, 2))
    return x, np.where(rng.random((1000, 2)) < 0.7, x, rng.integers(0, 3, (1000, 2)))


@pytest.mark.parametrize("head", ["gaussian", "flow"])
def test_doe_finds_a_normal_pair(normal, head):
    r = DoE(head=head, **SMALL).fit(*normal)
    # The pointwise information of a normal pair has standard deviation R.
    assert r.value == pytest.approx(INFORMATION, abs=4 * R / math.sqrt(1000) + 0.02)
    assert (r.kind, r.ci.method) == ("estimate", "cross-fitting")
    assert INFORMATION in r.ci
    assert r.pointwise.mean() + r.pointwise_constant == pytest.approx(r.value, abs=1e-12)


def test_doe_has_no_ceiling():
    """Nine nats from a thousand rows, of which contrastive bounds can return no more than ln 1000 = 6.9."""
    rng = np.random.default_rng(2)
    x = rng.standard_normal((1000, 1))
    y = x + math.exp(-9.0) * rng.standard_normal((1000, 1))
    r = DoE(**SMALL).fit(x, y)
    # h(Y) - h(Y | X) = 1/2 ln(1 + e^18); standard deviation of the pointwise information 1, network 0.05.
    assert r.value == pytest.approx(9.0, abs=4.0 / math.sqrt(1000) + 0.05)


@pytest.mark.parametrize(
    "law",
    [Student.from_information(2.0, 2, dof=3.0), Mapped(smoothed_uniform(4.0, 2), Chain((Rotation(1),)), Rotation(2))],
    ids=["student", "rotated uniform"],
)
def test_doe_keeps_what_is_not_normal(law):
    x, y = law.sample(2000, 0)
    r = DoE(**SMALL).fit(x, y)
    # Two nats a column at most; pointwise information varies by less than 1.5, and densities cost 0.03 a column.
    assert r.value == pytest.approx(law.mutual_information, abs=4 * 1.5 / math.sqrt(2000) + 0.06)


def test_doe_of_independent_columns_is_zero(normal):
    x, y = normal
    r = DoE(**SMALL).fit(x, np.random.default_rng(3).permutation(y))
    assert abs(r.value) < 0.03
    assert 0.0 in r.ci


def test_direction_models_the_side_that_is_a_function(normal):
    """A parabola in noise: y given x is normal, x given y has two heads."""
    x, _ = normal
    y = x**2 + 0.1 * np.random.default_rng(4).standard_normal(x.shape)
    forward = DoE(direction="y", **SMALL | {"steps": 300, "width": 32, "rate": 5e-3}).fit(x, y, confidence=None)
    assert forward.value > DoE(direction="x", **SMALL).fit(x, y, confidence=None).value + 0.2


def test_club_tends_to_its_own_value(normal):
    r = CLUB(**SMALL).fit(*normal)
    # E_q ln q lies below E_p ln q by rho^2 / (1 - rho^2); its scatter over rows is that of quadratic forms.
    assert r.value == pytest.approx(R * R / (1 - R * R), abs=0.5)
    assert (r.kind, r.status.ok) == ("upper", True)
    assert any("cannot be checked" in note for note in r.notes)


def test_njee_sums_columns_of_labels(labels):
    r = NJEE(steps=150, width=16, folds=2, rate=0.01).fit(*labels, discrete_x=True, discrete_y=True)
    # A channel that keeps three labels with probability 0.7 + 0.1 and turns to each other with 0.1.
    column = math.log(3.0) + 0.8 * math.log(0.8) + 0.2 * math.log(0.1)
    # ln q - ln s has standard deviation below 0.9 a column.
    assert r.value == pytest.approx(2 * column, abs=4 * 0.9 * math.sqrt(2 / 1000) + 0.03)
    assert 2 * column in r.ci


def test_njee_reads_numbers_beside_labels():
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 1000)
    r = estimate(40.0 * y + rng.standard_normal(1000), y, "njee", steps=150, width=16, folds=2, rate=0.01)
    assert r.value == pytest.approx(math.log(2.0), abs=0.03)


def test_wrong_kinds_are_refused(normal, labels):
    with pytest.raises(UnsupportedError, match=r"must hold labels or counts for NJEE.*Hint: use method="):
        NJEE().fit(*normal)
    names = np.array(["lemon", "apple", "pear"])[labels[1][:, 0]]
    with pytest.raises(UnsupportedError, match="Hint: use method="):
        DoE(direction="y").fit(normal[0], names)


def test_labels_may_be_given():
    """The numbers are modelled, whichever side they are."""
    rng = np.random.default_rng(6)
    y = rng.integers(0, 3, 1000)
    names = np.array(["lemon", "apple", "pear"])[y]
    r = DoE(**SMALL | {"steps": 150, "rate": 0.01}).fit(10.0 * y + rng.standard_normal(1000), names)
    # The marginal density of three clumps is hard for so small a flow, and its lack counts as information.
    assert r.value == pytest.approx(math.log(3.0), abs=0.2)


@pytest.mark.parametrize("bad", [{"head": "cubist"}, {"direction": "z"}, {"bins": 1}, {"blocks": 0}, {"margins": "no"}])
def test_bad_options_are_named(normal, bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        DoE(**bad).fit(*normal)
