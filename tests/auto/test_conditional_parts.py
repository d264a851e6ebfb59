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


def dropout(seed, n, share, rho):
    """A share of each side is 0, whatever is beneath: (1 - share)^2 times the information of what is not."""
    rng = np.random.default_rng(seed)
    z, u, e = rng.standard_normal((3, n))
    x, y = z + u, z + rho * u + np.sqrt(1.0 - rho**2) * e
    kept = rng.random((2, n)) >= share
    return x * kept[0], y * kept[1], z, (1.0 - share) ** 2 * -0.5 * np.log(1.0 - rho**2)


def test_few_rows_beside_repeats_are_no_part():
    x, y, z, _ = dropout(0, 90, 0.9, 0.9)
    # Fewer than 20 rows do not repeat.
    assert not any("apart" in note for note in estimate(x, y, given=z).notes)


def test_parts_of_few_rows_are_asked_or_doubted():
    for seed in range(500, 504):
        x, y, z, truth = dropout(seed, 104, 0.5, 0.99)
        result = estimate(x, y, given=z)
        # About 26 rows hold all of 0.49 nats.
        assert not result.status.ok or truth in result.ci
    x, y, z, _ = dropout(500, 160, 0.8, 0.999)
    result = estimate(x, y, given=z)
    assert 0 < ((x != 0.0) & (y != 0.0)).sum() < 10
    assert any("were not asked" in reason.text for reason in result.status.reasons)


@pytest.mark.parametrize(("wide_x", "wide_y"), [(True, False), (True, True)])
def test_one_column_of_several_has_parts(wide_x, wide_y):
    for seed in range(500, 502):
        x, y, z, truth = dropout(seed, 500, 0.4, 0.9)
        noise = np.random.default_rng(seed + 1).standard_normal((2, 500))
        x = np.column_stack([x, noise[0]]) if wide_x else x
        y = np.column_stack([noise[1], y]) if wide_y else y
        result = estimate(x, y, given=z)
        assert any("apart" in note for note in result.notes)
        assert truth in result.ci


def test_what_a_group_repeats_of_itself_is_no_repeat():
    x, y, z, truth = dropout(501, 250, 0.4, 0.9)
    fourfold = [np.repeat(side, 4) for side in (x, y, z, np.arange(250))]
    result = estimate(*fourfold[:2], given=fourfold[2], groups=fourfold[3])
    assert any("apart" in note for note in result.notes)
    assert truth in result.ci


def test_rounded_numbers_are_asked_whole():
    x, y, z = np.random.default_rng(0).standard_normal((3, 300))
    # Steps of a fifth: the values in the middle are frequent, the others repeat too.
    assert not any("apart" in note for note in estimate(np.round(5.0 * (x + y)) / 5.0, y, given=z).notes)
