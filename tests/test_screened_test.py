"""The permutation test of several readings at once keeps its level and has the power of each."""

import numpy as np
import pytest

from mitk import KSG, GaussianCopula, Screen, estimate, permutation_test
from mitk.data.samples import admit
from mitk.inference.permutation import joint_p_value, permutation_outcome, surrogate_rows

N = 1000


def by_hand(x, y, count, seed):
    """Readings (1 + count, 2) of whole fits, and p from them by the formula, row by row."""
    samples = admit(x, y).samples
    orders = [np.arange(len(x))]
    orders += [
        surrogate_rows(samples, "rows", np.random.default_rng(s)) for s in np.random.SeedSequence(seed).spawn(count)
    ]
    methods = (KSG(margins="normal"), GaussianCopula())
    readings = np.array([[m.fit(x, y[order], confidence=None).value for m in methods] for order in orders])
    places = []
    for row in readings:
        ranks, distances = [], []
        for reading, column in zip(row, readings.T, strict=True):
            variance = sum((other - column.sum() / len(column)) ** 2 for other in column) / len(column)
            distances.append((reading - column.sum() / len(column)) / variance**0.5)
            ranks.append(sum(other >= reading for other in column))
        # The smaller the earlier: the best rank of both readings, then the farthest.
        places.append((min(ranks), -max(distances)))
    return readings, (1 + sum(place <= places[0] for place in places[1:])) / (1 + count)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("seed", range(4))
def test_the_p_value_is_that_of_the_formula(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 60))
    y = y + 0.15 * seed * x
    readings, p_value = by_hand(x, y, 49, seed)
    test = permutation_test(x, y, n_permutations=49, seed=seed)
    assert test.p_value == pytest.approx(p_value, abs=1e-12)
    assert test.value == estimate(x, y, "screen", confidence=None).value
    assert test.null == pytest.approx(readings[1:, 0], abs=1e-12)
    assert list(test.statistics) == ["any shape", "monotone"]
    for name, column in zip(test.statistics, readings.T, strict=True):
        expected = {"observed": column[0], "null_mean": column[1:].mean(), "null_sd": column[1:].std(ddof=1)}
        assert test.statistics[name] == pytest.approx(expected, abs=1e-12)


def test_size():
    sets, alarms = 100, 0
    for seed in range(sets):
        x, y = np.random.default_rng(seed).standard_normal((2, 60))
        alarms += permutation_test(x, y, n_permutations=39, seed=seed, block=1).p_value <= 0.05
    # Exactly 2 of 40 ranks: four binomial standard errors.
    assert alarms / sets == pytest.approx(0.05, abs=4.0 * np.sqrt(0.05 * 0.95 / sets))


def test_power_where_correlation_sees_nothing():
    x, e = np.random.default_rng(0).standard_normal((2, N))
    y = x**2 + 2.0 * e
    assert permutation_test(x, y, "copula", 199).p_value > 0.05
    assert permutation_test(x, y, n_permutations=199).p_value == 1 / 200


def test_power_where_neighbors_see_too_little():
    alone = together = 0
    for seed in range(10):
        x, e = np.random.default_rng(seed).standard_normal((2, N))
        y = 0.1 * x + np.sqrt(0.99) * e
        alone += permutation_test(x, y, KSG(margins="normal"), 99).p_value <= 0.05
        together += permutation_test(x, y, n_permutations=99).p_value <= 0.05
    # A correlation of 0.1 is 3.2 standard errors from 0: a two-sided test of it at 5 % finds it in nine of ten sets.
    assert alone <= 5
    assert together >= 7


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"groups": np.arange(300) // 3},
        {"block": 10},
        {"block": 10, "surrogate": "blocks"},
        {"discrete_x": True, "discrete_y": True},
    ],
)
def test_jobs_change_nothing(options):
    x, y = np.random.default_rng(2).standard_normal((2, 300))
    if "discrete_x" in options:
        x, y = np.rint(x), np.rint(x + y)
    alone = permutation_test(x, y, n_permutations=11, **options)
    assert permutation_test(x, y, n_permutations=11, n_jobs=2, **options) == alone
    assert 1 / 12 <= alone.p_value <= 1.0


def test_labels_are_read_once():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 3, (2, 90)).astype(str)
    test, alone = permutation_test(x, y, n_permutations=99), permutation_test(x, y, "discrete", 99)
    assert list(test.statistics) == ["any shape"]
    assert (test.value, test.p_value, test.null) == (alone.value, alone.p_value, alone.null)


def test_what_cannot_be_had_is_never_significant():
    null = np.array([0.1, 0.2, np.nan, 0.3])
    assert permutation_outcome(np.nan, null, "rows").p_value == 1.0
    assert permutation_outcome(0.25, null, "rows").p_value == 3 / 5


def test_a_constant_side_and_an_exact_relation():
    x = np.random.default_rng(0).standard_normal(50)
    assert permutation_test(np.ones(50), x, n_permutations=9).p_value == 1.0
    exact = permutation_test(x, x, n_permutations=9)
    assert exact.p_value == 0.1
    assert exact.statistics["monotone"]["observed"] == np.inf
    assert exact.to_dict()["statistics"]["monotone"]["observed"] == "inf"


def test_statistics_of_odd_readings():
    nan, inf = np.nan, np.inf
    # One that never differs, up to rounding, or that could not be had, says nothing.
    for idle in ([1.0, 1.0 + 1e-15, 1.0, 1.0], [nan] * 4):
        assert joint_p_value(np.column_stack([idle, [2.0, 0.0, 3.0, 1.0]])) == 0.5
        assert joint_p_value(np.column_stack([idle, idle])) == 1.0
    # Infinite values are as far as can be, and reach each other; a reading in which another is first counts before.
    assert joint_p_value(np.array([[inf, 0.0], [0.0, 1.0], [1.0, 2.0], [0.5, 9.0]])) == 0.25
    assert joint_p_value(np.array([[inf, 0.0], [inf, 1.0], [1.0, 2.0], [0.5, 9.0]])) == 0.75
    # Equal up to rounding is reached.
    assert joint_p_value(np.array([[1.0, 0.0], [1.0 - 1e-15, 0.0], [0.0, 0.0], [0.0, 0.0]])) == 0.5


def test_the_choice_is_made_anew_for_each_order():
    # Counts whose joint cells are filled where they agree, and not where they are shuffled.
    x = np.repeat(np.arange(12), 30)
    samples = admit(x, x).samples
    value, order = Screen().shuffled_value(samples), np.random.default_rng(0).permutation(len(x))
    assert estimate(x, x, "screen", confidence=None).notes != estimate(x, x[order], "screen", confidence=None).notes
    for rows in (np.arange(len(x)), order):
        assert value(rows) == estimate(x, x[rows], "screen", confidence=None).value
