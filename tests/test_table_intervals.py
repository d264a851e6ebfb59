"""Intervals of tables whose sides are independent, rare or thin."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from mitk import Binning, Discrete, MixedKSG, estimate, pairwise
from mitk.errors import DataError
from mitk.numerics.entropies import ENTROPIES
from mitk.results.interval import Quantiles

pytestmark = pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")


def rare(rate):
    return np.array([1.0 - rate, rate])


GEOMETRIC = 0.3 * 0.7 ** np.arange(30) / (1.0 - 0.7**30)
ZIPF = 1.0 / np.arange(1, 51) / (1.0 / np.arange(1, 51)).sum()


def drawn(p, q, n, sets, seed=0):
    """Tables of independent sides that both vary."""
    rng = np.random.default_rng(seed)
    for _ in range(sets):
        table = rng.multinomial(n, np.outer(p, q).ravel()).reshape(len(p), len(q))
        if min((table.sum(axis=0) > 0).sum(), (table.sum(axis=1) > 0).sum()) > 1:
            yield table


@pytest.mark.parametrize(
    ("p", "q", "n"),
    [
        (rare(0.01), rare(0.01), 300),
        (rare(0.01), rare(0.01), 1000),
        (rare(0.001), rare(0.001), 3000),
        (rare(0.03), rare(0.1), 300),
        (rare(0.001), ZIPF, 1000),
        (rare(0.01), GEOMETRIC, 1000),
        (GEOMETRIC, GEOMETRIC, 300),
        (ZIPF, rare(0.5), 1000),
    ],
)
def test_independent_labels_leave_0_inside(p, q, n):
    low = [Discrete.from_table(table, correction="plug-in").ci.low for table in drawn(p, q, n, 100)]
    # A nominal 0.025 are above 0, within four standard errors.
    assert np.mean(np.array(low) > 0.0) <= 0.025 + 4.0 * math.sqrt(0.025 * 0.975 / len(low))


@pytest.mark.parametrize(
    ("correction", "interval"),
    [(correction, "default") for correction in ENTROPIES]
    + [("miller-madow", "jackknife"), ("plug-in", "jackknife"), ("plug-in", "subsampling")],
)
def test_every_interval_of_independent_rare_events_holds_0(correction, interval):
    rng = np.random.default_rng(1)
    above = 0
    for _ in range(8):
        x, y = rng.random((2, 500)) < [[0.02], [0.05]]
        above += Discrete(correction=correction).fit(x, y, interval=interval).ci.low > 0.0
    # Three of eight at a rate of 0.025 come once in a thousand.
    assert above <= 2


def test_labels_under_neighbours_have_the_interval_of_tables():
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 1000)) < 0.01
    for interval in ("default", "jackknife", "subsampling"):
        assert 0.0 in MixedKSG().fit(x, y, interval=interval).ci


def test_rare_words_are_not_all_related():
    words = pd.DataFrame(np.random.default_rng(0).random((1000, 12)) < 0.01).rename(columns=str)
    results = pairwise(words).results.values()
    assert len(results) == 66
    assert sum(result.ci.low > 0.0 for result in results) <= 5


def test_a_column_that_does_not_vary():
    x = np.random.default_rng(0).integers(0, 3, 200)
    for result in (estimate(x, np.zeros(200, dtype=int)), Discrete.from_table([[30, 70]])):
        assert (result.value, result.ci.low, result.ci.high) == (0.0, 0.0, 0.0)
        assert any("single" in note or "constant" in note for note in result.notes)


def test_tables_that_can_have_one_information_only():
    # One row apart, beside two even levels: whichever it is with, the information is the same.
    for levels in (2, 5):
        table = np.full((2, levels), 20)
        table[0] = np.eye(levels)[0]
        table[1, 0] = 19
        ci = Discrete.from_table(table).ci
        assert ci.low == 0.0
        assert math.isfinite(ci.high)


def test_rounding_is_no_information():
    # Independent to the last digit: sums in floating point leave 1e-17.
    table = 7 * np.outer([3, 5, 11], [2, 4, 13])
    for correction in ENTROPIES:
        ci = Discrete.from_table(table, correction=correction).ci
        assert 0.0 in ci
        assert ci.low <= 0.0


def test_a_low_end_beside_a_quantile_of_0_is_0():
    quantiles = Quantiles((0.0005, 0.025, 0.05, 0.5, 0.975, 0.9995), (0.0, 0.0, 0.1, 0.2, 0.3, 0.4), "inversion")
    assert quantiles.interval(0.95).low == 0.0
    assert 0.0 in quantiles.interval(0.95)
    assert quantiles.interval(0.93).low > 0.0


@pytest.mark.parametrize("r", [0.3, 0.7])
def test_dependent_rare_events_are_covered(r):
    # Ten events are expected on either side; with probability r they are the same.
    p = (1.0 - r) * np.outer(rare(0.01), rare(0.01)) + r * np.diag(rare(0.01))
    truth = Discrete.from_table(p).value
    rng = np.random.default_rng(0)
    covered = [truth in Discrete.from_table(rng.multinomial(1000, p.ravel()).reshape(2, 2)).ci for _ in range(200)]
    assert np.mean(covered) >= 0.92 - 4.0 * math.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize(
    ("p", "correction"), [(ZIPF, "plug-in"), (GEOMETRIC[:10] / GEOMETRIC[:10].sum(), "grassberger")]
)
def test_weak_dependence_of_many_levels_is_covered(p, correction):
    # One row in ten has both labels from one uniform variate; the bias is three times what there is to be found.
    edges = (np.append(0.0, np.cumsum(side)) for side in (p, ZIPF))
    low, high = np.ix_(*edges)
    common = np.maximum(np.minimum(low[1:], high[:, 1:]) - np.maximum(low[:-1], high[:, :-1]), 0.0)
    joint = 0.9 * np.outer(p, ZIPF) + 0.1 * common
    truth = float((joint * np.log(joint / np.outer(p, ZIPF))).sum())
    rng = np.random.default_rng(1)
    tables = (rng.multinomial(3000, joint.ravel() / joint.sum()).reshape(joint.shape) for _ in range(100))
    held = sum(truth in Discrete.from_table(table, correction=correction).ci for table in tables)
    assert held >= 95 - 3 * math.sqrt(100 * 0.95 * 0.05)


@pytest.mark.parametrize(("n", "sets"), [(1000, 80), (10_000, 30)])
def test_bins_of_independent_columns_leave_0_inside(n, sets):
    rng = np.random.default_rng(0)
    above = [Binning().fit(*rng.standard_normal((2, n))).ci.low > 0.0 for _ in range(sets)]
    assert np.mean(above) <= 0.025 + 4.0 * math.sqrt(0.025 * 0.975 / sets)


def test_binning_stays_below_the_truth_with_many_rows():
    rng = np.random.default_rng(0)
    truth = -0.5 * math.log(1.0 - 0.8**2)
    for _ in range(3):
        x, e = rng.standard_normal((2, 100_000))
        result = Binning().fit(x, 0.8 * x + 0.6 * e)
        # A standard error is 0.002, and the bins lose 0.005.
        assert truth - 0.02 < result.value < truth + 0.004
        assert result.ci.low < truth


@pytest.mark.parametrize("scale", [1, 10**6, 10**15])
def test_memory_does_not_follow_the_counts(scale):
    result = Discrete.from_table(np.array([[3, 1], [1, 2]]) * scale, correction="plug-in")
    p = np.array([[3, 1], [1, 2]]) / 7.0
    truth = float((p * np.log(p / np.outer(p.sum(axis=1), p.sum(axis=0)))).sum())
    assert result.value == pytest.approx(truth, abs=1e-9)
    assert truth in result.ci


def test_counts_that_are_not_finite_are_refused():
    with pytest.raises(DataError, match="2-D array"):
        Discrete.from_table(np.array([[np.inf, 1.0], [1.0, 1.0]]))
