"""Many pairs of discrete columns at once, against single fits and exact laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import xlogy

from mitk import Discrete
from mitk.data.column_table import ColumnTable
from mitk.inference.distribution import PROBABILITIES, around
from mitk.inference.table_tests import independence_p_values
from mitk.numerics.fourfold import fourfold
from mitk.numerics.fourfold_tails import fourfold_tails
from mitk.numerics.independence import independent_moments
from mitk.numerics.many_moments import many_independent_tables
from mitk.numerics.table_draws import drawn_tails
from mitk.numerics.tables import from_array


def table_of(columns, kinds="label"):
    d = columns.shape[1]
    kinds = (kinds,) * d if isinstance(kinds, str) else kinds
    values = np.asfortranarray(columns, dtype=np.float64)
    return ColumnTable(values, kinds, tuple(f"c{j}" for j in range(d)), (False,) * d, (None,) * d)


def all_pairs(d):
    return np.column_stack(np.triu_indices(d, 1))


def columns_of(n, levels, seed=0):
    """Labels that depend on each other; each level but the first is a multiple of 3."""
    rng = np.random.default_rng(seed)
    common = rng.integers(0, 6, n)
    columns = [(common * (rng.random(n) < 0.5) + rng.integers(0, k, n)) % k * 3.0 for k in levels]
    return np.column_stack([column for column in columns if np.ptp(column) > 0])


@pytest.mark.parametrize("correction", ["plug-in", "miller-madow"])
@pytest.mark.parametrize("n", [6, 40, 500])
@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_values_intervals_and_doubts_are_those_of_single_fits(n, correction):
    columns = columns_of(n, (2, 2, 3, 7, 60, 2))
    pairs, estimator = all_pairs(columns.shape[1]), Discrete(correction=correction)
    found = estimator._many(table_of(columns), pairs)
    low, high = found.intervals(np.arange(len(pairs)), 0.95)
    doubts = found.doubts(np.arange(len(pairs)))
    for at, (i, j) in enumerate(pairs):
        sides = columns[:, i], columns[:, j]
        told = {"discrete_x": True, "discrete_y": True, "block": 1}
        one = estimator.fit(*sides, confidence=None, **told)
        assert found.values[at] == pytest.approx(one.value, abs=1e-12)
        assert doubts[at] == one.status.reasons
        ci = estimator.fit(*sides, **told).ci
        assert (low[at], high[at]) == pytest.approx((ci.low, ci.high), abs=1e-9)
        assert low[at] <= found.values[at] <= high[at]


def test_what_single_fits_refuse_or_correct_otherwise_is_left_to_them():
    columns = columns_of(60, (2, 3, 4))
    pairs = all_pairs(3)
    assert Discrete(correction="nsb")._many(table_of(columns), pairs) is None
    assert Discrete()._many(table_of(columns, ("label", "count", "tied")), pairs) is None
    assert Discrete()._many(table_of(columns, ("label", "count", "tied")), pairs[:1]) is not None


def test_values_and_p_values_do_not_depend_on_the_order_of_pairs():
    columns = columns_of(80, (2, 2, 5, 9, 3))
    pairs = all_pairs(columns.shape[1])
    found = Discrete()._many(table_of(columns), pairs)
    back = Discrete()._many(table_of(columns), pairs[::-1])
    assert np.array_equal(found.values, back.values[::-1])
    assert np.array_equal(found.p_values, back.p_values[::-1])


@pytest.mark.parametrize("level", [0.5, 0.6827, 0.8, 0.95, 0.99, 0.999])
def test_intervals_need_the_probabilities_around_their_tails(level):
    chosen, tail = around(level), (1.0 - level) / 2.0
    assert set(chosen) <= set(PROBABILITIES)
    assert len(chosen) <= 4
    assert chosen[0] <= tail + 1e-12
    assert chosen[-1] >= 1.0 - tail - 1e-12


@pytest.mark.parametrize("n", [9, 40, 300])
def test_tails_of_two_levels_a_side_are_exact(n):
    rng = np.random.default_rng(n)
    a, b = rng.integers(1, n, (2, 100))
    cells = rng.hypergeometric(a, n - a, b)
    at_least, exactly = fourfold_tails(n, a, b, cells)
    for i in range(100):
        joint = [[n - a[i] - b[i] + cells[i], b[i] - cells[i]], [a[i] - cells[i], cells[i]]]
        tables = fourfold(from_array(np.array(joint)))
        seen, p = tables.information[tables.seen], np.exp(tables.log_p)
        assert at_least[i] == pytest.approx(p[tables.information >= seen - 1e-12].sum(), rel=1e-9)
        assert exactly[i] == pytest.approx(p[np.abs(tables.information - seen) <= 1e-12].sum(), rel=1e-9)


def test_moments_of_many_margins_are_those_of_each():
    rng = np.random.default_rng(0)
    margins = [1 + rng.multinomial(400 - k, rng.dirichlet(np.full(k, 0.5))) for k in (2, 3, 5, 30, 150)]
    pairs = np.array([(i, j) for i in range(5) for j in range(i, 5)])
    law = many_independent_tables(400, margins, pairs)
    for at, (i, j) in enumerate(pairs):
        mean, variance = independent_moments(margins[i], margins[j])
        assert law.mean[at] == pytest.approx(mean, rel=1e-10)
        assert law.variance[at] == pytest.approx(variance, rel=1e-9)


def independent_tables(n, p, q, m, seed=0):
    """Margins (2m lists), plug-in informations and last cells of m tables of independent sides."""
    draws = np.random.default_rng(seed).multinomial(n, np.outer(p, q).ravel(), size=m)
    draws = draws.reshape(m, len(p), len(q))
    x, y = draws.sum(axis=2), draws.sum(axis=1)
    kept = ((x > 0).sum(axis=1) > 1) & ((y > 0).sum(axis=1) > 1)
    draws, x, y = draws[kept], x[kept], y[kept]
    plug_in = xlogy(draws, draws).sum(axis=(1, 2)) - xlogy(x, x).sum(axis=1) - xlogy(y, y).sum(axis=1) + xlogy(n, n)
    margins = [margin[margin > 0] for margin in (*x, *y)]
    return margins, plug_in / n, draws[:, -1, -1]


def p_values(n, p, q, m, seed=0):
    margins, plug_in, last = independent_tables(n, p, q, m, seed)
    pairs = np.column_stack([np.arange(len(last)), np.arange(len(last), 2 * len(last))])
    found = np.sort(independence_p_values(n, margins, pairs, plug_in, last))
    return found, np.arange(1, len(found) + 1) / len(found)


@pytest.mark.parametrize(
    ("n", "p", "q"),
    [
        (100, [0.5, 0.5], [0.5, 0.5]),
        (1000, [0.7, 0.3], [0.9, 0.1]),
        (300, [0.3, 0.3, 0.4], [0.2, 0.3, 0.25, 0.25]),
        (300, [0.2] * 5, [0.2] * 5),
    ],
)
def test_p_values_of_filled_tables_are_uniform(n, p, q):
    found, share = p_values(n, p, q, 4000)
    # Chance alone makes .02 of so many in one case of twenty.
    assert np.abs(share - found).max() < 0.04
    assert (found <= 0.01).mean() < 0.016


@pytest.mark.parametrize(
    ("n", "p", "q"),
    [
        (30, [0.5, 0.5], [0.9, 0.1]),
        (30, [0.9, 0.09, 0.01], [0.9, 0.09, 0.01]),
        (100, [0.49, 0.49, 0.02], [0.4, 0.3, 0.3]),
        (300, [0.97, 0.03], [0.45, 0.45, 0.1]),
        (100, [0.1] * 10, [0.1] * 10),
    ],
)
def test_p_values_of_sparse_tables_hold_the_level(n, p, q):
    found, share = p_values(n, p, q, 1500)
    # The level, .03 that a law may miss it by, and chance.
    assert (share - found).max() < 0.06
    assert (found <= 0.01).mean() < 0.02


def test_drawn_tables_have_the_exact_tail():
    joint = np.array([[8, 2, 1], [1, 4, 4]])
    x, y, n = joint.sum(axis=1), joint.sum(axis=0), joint.sum()
    seen = (xlogy(joint, joint).sum() - xlogy(x, x).sum() - xlogy(y, y).sum() + xlogy(n, n)) / n
    rng = np.random.default_rng(0)
    tables = rng.multivariate_hypergeometric(y, x[0], size=40_000)
    tables = np.stack([tables, y - tables], axis=1)
    drawn = (xlogy(tables, tables).sum(axis=(1, 2)) - xlogy(x, x).sum() - xlogy(y, y).sum() + xlogy(n, n)) / n
    truth = (drawn >= seen - 1e-12).mean()
    found = [drawn_tails(n, [x, y], np.array([[0, 1]]), np.array([seen]), seed)[0][0] for seed in range(200)]
    assert np.mean(found) == pytest.approx(truth, rel=0.1)
