"""Tables of independent sides against all tables with their margins."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import xlogy
from scipy.stats import nchypergeom_fisher

from mitk.numerics.fourfold import information_bounds
from mitk.numerics.independence import exact_tail, grouped, independent_moments
from mitk.numerics.tables import Table, from_array


def plug_in(tables):
    """Plug-in information of tables (..., levels x, levels y), in nats."""
    p = tables / tables.sum(axis=(-2, -1), keepdims=True)
    margins = (xlogy(m, m).sum(axis=-1) for m in (p.sum(axis=-1), p.sum(axis=-2)))
    return xlogy(p, p).sum(axis=(-2, -1)) - sum(margins)


def rows_of(margin):
    return np.repeat(np.arange(len(margin)), margin)


def every_information(x, y):
    """Informations of all pairings of rows with these margins."""
    side = rows_of(x)
    orders = np.array(sorted(set(permutations(rows_of(y).tolist()))))
    tables = np.zeros((len(orders), len(x), len(y)))
    for row, level in enumerate(side):
        tables[np.arange(len(orders)), level, orders[:, row]] += 1
    return plug_in(tables), tables


def drawn_information(x, y, draws, seed=0):
    rng = np.random.default_rng(seed)
    side, other = rows_of(x), rows_of(y)
    found = np.empty(draws)
    for i in range(draws):
        counts = np.bincount(side * len(y) + rng.permutation(other), minlength=len(x) * len(y))
        found[i] = plug_in(counts.reshape(len(x), len(y)))
    return found


@pytest.mark.parametrize(
    ("x", "y"), [([3, 4], [2, 2, 3]), ([1, 6], [4, 3]), ([1, 2, 4], [1, 1, 5]), ([2, 6], [3, 3, 2])]
)
def test_mean_is_that_of_all_tables(x, y):
    informations, _ = every_information(x, y)
    assert independent_moments(np.array(x), np.array(y))[0] == pytest.approx(informations.mean(), abs=1e-12)


def geometric(n):
    counts = np.floor(n * 0.3 * 0.7 ** np.arange(15)).astype(int)
    counts = counts[counts > 0]
    counts[0] += n - counts.sum()
    return counts


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([10, 290], geometric(300)),
        ([1, 999], geometric(1000)),
        (geometric(300), geometric(300)),
        ([500, 500], [200, 300, 500]),
        ([30] * 10, [10] * 30),
    ],
)
def test_mean_and_variance_are_those_of_drawn_tables(x, y):
    found = drawn_information(x, y, 1500)
    mean, variance = independent_moments(np.array(x), np.array(y))
    assert mean == pytest.approx(found.mean(), abs=4.0 * found.std() / 1500**0.5)
    # Four standard errors of a variance, which heavy tails make larger, and a tenth for the approximation.
    excess = ((found - found.mean()) ** 4).mean() / found.var() ** 2 - 1.0
    assert variance == pytest.approx(found.var(), rel=0.1 + 4.0 * (excess / 1500) ** 0.5)


def test_large_margins_are_grouped_without_loss():
    rng = np.random.default_rng(0)
    x, y = (np.sort(rng.integers(1000, 3000, 60)) for _ in range(2))
    y[-1] += max(x.sum() - y.sum(), 0)
    x[-1] += max(y.sum() - x.sum(), 0)
    counts, levels, rows = grouped(x)
    assert len(counts) < len(np.unique(x))
    assert levels.sum() == len(x)
    assert rows.sum() == x.sum()
    # (levels - 1)^2 / 2n to first order, and the next order of the expansion, sum 1/p / 12 n^2.
    n = x.sum()
    second = ((n / x).sum() * (n / y).sum() - (n / x).sum() - (n / y).sum() + 1.0) / (12.0 * n**2)
    mean, variance = independent_moments(x, y)
    assert mean == pytest.approx(59**2 / (2 * n) + second, rel=0.002)
    assert variance == pytest.approx(59**2 / (2 * n**2), rel=0.15)


@pytest.mark.parametrize(
    ("x", "y"), [([3, 4], [2, 5]), ([1, 6], [3, 2, 2]), ([2, 5], [3, 2, 2]), ([1, 1, 5], [3, 3, 1]), ([6, 2], [4, 4])]
)
def test_tails_are_those_of_all_tables(x, y):
    informations, tables = every_information(x, y)
    for statistic in np.unique(np.round(informations, 12)):
        seen = from_array(tables[np.argmin(np.abs(informations - statistic))].astype(int))
        expected = (informations >= statistic - 1e-9).mean()
        assert exact_tail(seen, statistic) == pytest.approx(expected, abs=1e-9)
        turned = Table(seen.joint, seen.cell_y, seen.cell_x, seen.y, seen.x)
        assert exact_tail(turned, statistic) == pytest.approx(expected, abs=1e-9)


def test_tails_of_many_tables_are_left_alone():
    assert exact_tail(from_array(np.full((3, 3), 5)), 0.1) is None


@pytest.mark.parametrize(
    ("n", "a", "b", "k"), [(1000, 10, 10, 1), (1000, 10, 10, 0), (300, 30, 60, 12), (50, 20, 20, 3), (1000, 10, 20, 10)]
)
def test_bounds_of_fourfold_tables_are_those_of_the_odds_ratio(n, a, b, k):
    probabilities = np.array([0.0005, 0.025, 0.1, 0.9, 0.975, 0.9995])
    found = information_bounds(from_array(np.array([[k, a - k], [b - k, n - a - b + k]])), probabilities)

    def information(log_odds):
        odds = np.exp(log_odds)
        f = brentq(lambda f: f * (n - a - b + f) - odds * (a - f) * (b - f), max(0, a + b - n), min(a, b))
        return float(plug_in(np.array([[f, a - f], [b - f, n - a - b + f]])))

    for p, bound in zip(probabilities, found, strict=True):
        q = min(p, 1.0 - p)
        least = (
            -40.0 if k == 0 else brentq(lambda t, q=q: nchypergeom_fisher.sf(k - 1, n, a, b, np.exp(t)) - q, -30, 30)
        )
        most = 40.0 if k == a else brentq(lambda t, q=q: nchypergeom_fisher.cdf(k, n, a, b, np.exp(t)) - q, -30, 30)
        ends = information(least), information(most)
        expected = max(ends) if p > 0.5 else (0.0 if least * most <= 0.0 else min(ends))
        assert bound == pytest.approx(expected, rel=0.005, abs=1e-5)


def test_ample_fourfold_tables_need_no_bounds():
    assert information_bounds(from_array(np.full((2, 2), 1000)), np.array([0.025])) is None
