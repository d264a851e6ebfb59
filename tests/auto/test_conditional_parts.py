"""Columns that repeat some values and spread over others, given a condition: each part by what suits it."""

import numpy as np
import pytest

from mitk import estimate
from mitk.distributions import GivenLabel, HalfDiscrete, Independent, SwitchedChannel

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
HALF = GivenLabel([HalfDiscrete(0.8, 0.8), Independent(HalfDiscrete(0.8, 0.8))], [0.5, 0.5])


def zero_inflated(seed, shared, n=600):
    """Amounts that are 0 for half of the rows, more or less with z; `shared` correlates what is beneath."""
    rng = np.random.default_rng(seed)
    z, u, e = rng.standard_normal((3, n))
    v = shared * u + np.sqrt(1.0 - shared**2) * e
    return np.where(u + z > 0.0, np.exp(u + z), 0.0), np.maximum(v - z + 0.5, 0.0), z


@pytest.mark.parametrize("law", [HALF, SwitchedChannel()])
def test_parts_are_as_near_as_the_law_itself(law):
    errors, held = [], 0
    for seed in range(3):
        x, y, z = law.sample(1000, seed)
        result = estimate(x, y, given=z)
        held += law.conditional_mutual_information in result.ci
        # Less what the law's own densities say of these rows.
        errors.append(result.value - law.pointwise(x, y, z).mean())
    assert np.abs(errors).mean() < 0.04
    assert held >= 2


def test_the_sum_of_the_parts_is_the_value_whoever_comes_first():
    x, y, z = zero_inflated(0, 0.8)
    result = estimate(x, y, given=z)
    parts = {reading["method"]: reading for reading in result.diagnostics["readings"]}
    assert sum(part["value"] * part["n_samples"] / 600 for part in parts.values()) == pytest.approx(result.value)
    assert parts["x spreads, y spreads"]["n_samples"] == ((x > 0.0) & (y > 0.0)).sum()
    assert any("apart" in note for note in result.notes)
    other = estimate(y, x, given=z)
    assert other.value == pytest.approx(result.value, abs=0.02)
    # 20,000 rows: neighbours say 0.278, parts 0.281.
    assert 0.28 in result.ci


def test_zeros_that_share_nothing_show_nothing():
    for seed in range(4):
        x, y, z = zero_inflated(seed, 0.0)
        result = estimate(x, y, given=z)
        assert result.ci.low <= 0.0
        assert abs(result.value) < 0.03


def test_runs_of_rows_and_columns_without_repeats_are_asked_whole():
    x, y, z = zero_inflated(0, 0.8)
    assert not any("apart" in note for note in estimate(x, y, given=z, block=10).notes)
    assert not any("apart" in note for note in estimate(x + 1e-3 * z, y + 1e-3 * z, given=z).notes)


def test_few_rows_beside_repeats_are_no_part():
    x, y, z = zero_inflated(0, 0.8, n=90)
    # Fewer than 50 rows of x repeat a value, or do not.
    assert not any("apart" in note for note in estimate(x, y, given=z).notes)


def test_rounded_numbers_are_asked_whole():
    x, y, z = np.random.default_rng(0).standard_normal((3, 300))
    # Steps of a fifth: the values in the middle are frequent, the others repeat too.
    assert not any("apart" in note for note in estimate(np.round(5.0 * (x + y)) / 5.0, y, given=z).notes)
