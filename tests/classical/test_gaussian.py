"""The Gaussian family against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mitk import CCA, Gaussian, GaussianCopula
from mitk.errors import UnsupportedError
from mitk.numerics.gaussian_mi import gaussian_bias, gaussian_information

pytestmark = pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")


def pairs(rng, n, d, r):
    x = rng.standard_normal((n, d))
    return x, r * x + math.sqrt(1 - r * r) * rng.standard_normal((n, d))


def test_plug_in_plus_bias_is_the_log_determinant():
    x, y = pairs(np.random.default_rng(0), 50, 3, 0.7)
    s = np.cov(np.column_stack([x, y]).T)
    expected = 0.5 * (np.linalg.slogdet(s[:3, :3])[1] + np.linalg.slogdet(s[3:, 3:])[1] - np.linalg.slogdet(s)[1])
    result = Gaussian().fit(x, y)
    assert result.value + result.diagnostics["bias"] == pytest.approx(expected, abs=1e-12)
    assert CCA().fit(x, y).value == pytest.approx(result.value, abs=1e-12)
    spectrum = CCA().fit(x, y).diagnostics["canonical_correlations"]
    assert -0.5 * np.log1p(-(spectrum**2)).sum() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("n", "dx", "dy", "r"), [(15, 2, 3, 0.0), (15, 3, 3, 0.6), (40, 1, 1, 0.9)])
def test_bias_is_exact_whatever_the_covariance(n, dx, dy, r):
    rng = np.random.default_rng(0)
    values = []
    for _ in range(400):
        x = rng.standard_normal((n, dx))
        y = rng.standard_normal((n, dy))
        y[:, 0] = r * x[:, 0] + math.sqrt(1 - r * r) * y[:, 0]
        result = Gaussian().fit(x, y, confidence=None)
        values.append(result.value + result.diagnostics["bias"])
    error = np.std(values) / math.sqrt(len(values))
    assert np.mean(values) + 0.5 * math.log(1 - r * r) == pytest.approx(gaussian_bias(n, dx, dy), abs=4 * error)


def test_too_few_rows_are_shrunken_and_said_so():
    x, y = pairs(np.random.default_rng(0), 12, 6, 0.5)
    result = Gaussian().fit(x, y)
    assert math.isfinite(result.value)
    assert "Ledoit and Wolf" in " ".join(result.notes)
    assert not result.status.ok
    assert result.ci is not None


def test_dependent_columns_of_a_side_change_nothing():
    x, y = pairs(np.random.default_rng(0), 200, 2, 0.5)
    base = Gaussian().fit(x, y)
    wider = Gaussian().fit(np.column_stack([x, x.sum(axis=1), x[:, 0]]), y)
    assert wider.value == pytest.approx(base.value, abs=1e-9)


def test_an_exact_relation_is_infinite_and_unreliable():
    x, _ = pairs(np.random.default_rng(0), 100, 2, 0.5)
    for estimator in (Gaussian(), CCA(), GaussianCopula()):
        result = estimator.fit(x[:, 0], 2 * x[:, 0])
        assert result.value == math.inf
        assert result.ci is None
        assert not result.status.ok
        assert type(result).from_json(result.to_json(pointwise=True)) == result


def test_exact_relation_needs_no_equal_dimensions():
    assert gaussian_information(np.array([[1.0, 0.0]])) == math.inf
    assert gaussian_information(np.array([[0.6], [0.0]])) == pytest.approx(-0.5 * math.log(1 - 0.36))


@pytest.mark.parametrize(
    ("shape", "ties", "kind"), [(1, False, "lower"), (1, True, "estimate"), (2, False, "estimate")]
)
def test_the_copula_is_a_bound_when_one_side_is_a_single_column_without_ties(shape, ties, kind):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 2))
    y = rng.standard_normal((300, shape))
    if ties:
        y = np.round(y, 1)
    assert GaussianCopula().fit(x, y).kind == kind


def test_the_copula_does_not_see_a_parabola_but_says_lower():
    x = np.random.default_rng(0).standard_normal(2000)
    result = GaussianCopula().fit(x, x**2)
    assert result.value < 0.05
    assert result.kind == "lower"


def test_labels_are_no_numbers():
    labels = np.array(list("abc"))[np.random.default_rng(0).integers(0, 3, 200)]
    y = np.random.default_rng(1).standard_normal(200)
    for estimator in (Gaussian(), CCA(), GaussianCopula()):
        with pytest.raises(UnsupportedError, match="labels, which have no order"):
            estimator.fit(labels, y)
        # Two labels are a number up to scale.
        assert math.isfinite(estimator.fit(labels == "a", y).value)


@pytest.mark.parametrize("sizes", [[100] * 20, [500] + [30] * 19, [10] * 10 + [200] * 10])
def test_groups_of_any_size_widen_the_interval_enough(sizes):
    covered, refused = 0, 0
    labels = np.repeat(np.arange(len(sizes)), sizes)
    for seed in range(50):
        rng = np.random.default_rng(seed)
        u, v = rng.standard_normal((2, len(sizes)))[:, labels]
        x, y = u + rng.standard_normal(len(labels)), v + rng.standard_normal(len(labels))
        result = Gaussian().fit(x, y, groups=labels)
        refused += not result.status.ok
        covered += 0.0 in result.ci or not result.status.ok
    # Three standard errors below 0.95.
    assert covered >= 43
    assert refused == 0 or max(sizes) > 4 * min(sizes)


def test_a_subset_that_fails_costs_the_interval_and_not_the_value():
    x = np.zeros(500)
    x[3] = 1.0
    y = np.random.default_rng(0).standard_normal(500)
    result = Gaussian().fit(x, y, interval="subsampling")
    assert math.isfinite(result.value)
    assert result.ci is None
    assert "No interval" in result.status.text


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("method", [Gaussian(), CCA(), GaussianCopula()])
def test_a_balanced_plan_has_no_correlation_and_an_answer(method):
    levels = np.array([-3.0, -1.0, 1.0, 3.0])
    x, y = np.repeat(levels, 8), np.tile(np.repeat(levels, 2), 4)
    for options in ({"groups": np.arange(32) // 2}, {"block": 2}, {"block": 1}):
        result = method.fit(x, y, **options)
        assert result.value == pytest.approx(0.0, abs=0.05)
        assert result.ci is None or 0.0 in result.ci
