"""Plug-in information of tables whose sides are independent, given the margins: its mean, variance and tail."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, xlogy

from mitk.numerics.fourfold import coarse, fourfold
from mitk.numerics.tables import Table

# Beyond this expected count the law of a cell is near enough to a normal for the expansion of its moments.
LARGE = 100.0
# Marginal counts up to here are told apart; larger ones share a cell's moments with those a few percent away.
APART = 40
STEP = 0.04
# Pairs of margins whose laws are laid out at once.
CHUNK = 512
# Values of the statistic this close, in nats, are one: they come from the same table by other sums.
TIE = 1e-12


def grouped(margin: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct counts (g,) of a margin, large ones rounded, with the levels (g,) and rows (g,) that have them."""
    step = np.maximum(np.rint(np.log(margin / APART) / STEP), 0.0)
    key = np.where(margin <= APART, margin, APART + step)
    _, group, levels = np.unique(key, return_inverse=True, return_counts=True)
    rows = np.bincount(group, weights=margin)
    return np.maximum(np.rint(rows / levels), 1.0), levels.astype(np.float64), rows


def independent_moments(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Mean and variance of the plug-in information of independent sides with these margins.

    Given its margins a cell is hypergeometric, so the mean is exact: the sum over cells of E[k ln k] less
    a ln a, b ln b of the margins, as in the adjusted mutual information of Vinh, Epps and Bailey (2010). For the
    variance k ln k of each cell is split into its regression on k, whose sum has a variance in closed form, and
    a remainder r that only depends on its own cell; remainders add as in a chi-square, which shares
    (levels x - 1)(levels y - 1) degrees among the cells: Var r / (1 - a/n)(1 - b/n) each.

    Parameters
    ----------
    x, y : ndarray of shape (levels of x,) and (levels of y,)
        Marginal counts, all positive.

    Returns
    -------
    mean : float
        In nats.
    variance : float
        In nats squared. Within a tenth or two of the truth for tables of 100 rows or more.
    """
    n = float(x.sum())
    (a, levels_a, rows_a), (b, levels_b, rows_b) = grouped(x), grouped(y)
    pairs = np.repeat(a, len(b)), np.tile(b, len(a))
    excess, slope, rest = (part.reshape(len(a), len(b)) for part in _cell_moments(*pairs, n))
    cells = np.outer(levels_a, levels_b)
    pa, pb = rows_a / n, rows_b / n
    slope = slope - pa @ slope - (slope @ pb)[:, None] + pa @ slope @ pb
    share = np.outer(1.0 - a / n, 1.0 - b / n) * n / max(n - 1.0, 1.0)
    linear = n * n / max(n - 1.0, 1.0) * (pa @ slope**2 @ pb)
    remainder = np.divide(cells * rest, share, out=np.zeros_like(rest), where=share > 0.0).sum()
    return float((cells * excess).sum() / n), float(linear + remainder) / n**2


def _cell_moments(a: np.ndarray, b: np.ndarray, n: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """E[k ln k] - m ln m, slope of k ln k on k, and variance about it, of hypergeometric k with mean m = ab / n.

    All of shape (pairs,), as a and b are.
    """
    mean = a * b / n
    variance = mean * (1.0 - a / n) * (1.0 - b / n) * n / max(n - 1.0, 1.0)
    skew = (1.0 - 2.0 * a / n) * (1.0 - 2.0 * b / n)
    # k ln k about m, to the fourth moment; nearly normal there.
    excess = variance / (2.0 * mean) - variance * skew / (6.0 * mean**2) + variance**2 / (4.0 * mean**3)
    slope, rest = np.log(mean) + 1.0, (variance / mean) ** 2 / 2.0
    small = np.nonzero((mean < LARGE) & (variance > 0.0))[0]
    width = 9.0 * np.sqrt(variance)
    low = np.maximum(np.maximum(0.0, a + b - n), np.floor(mean - width - 3.0))
    high = np.minimum(np.minimum(a, b), np.ceil(mean + width + 12.0))
    small = small[np.argsort((high - low)[small], kind="stable")]
    for start in range(0, len(small), CHUNK):
        rows = small[start : start + CHUNK]
        k = low[rows, None] + np.arange(int((high - low)[rows].max()) + 1)
        inside = k <= high[rows, None]
        k = np.minimum(k, high[rows, None])
        first, second, m = a[rows, None], b[rows, None], mean[rows]
        log_p = gammaln(k + 1.0) + gammaln(first - k + 1.0) + gammaln(second - k + 1.0)
        log_p = -log_p - gammaln(n - first - second + k + 1.0)
        p = np.where(inside, np.exp(log_p - log_p.max(axis=1, keepdims=True)), 0.0)
        p /= p.sum(axis=1, keepdims=True)
        f, d = xlogy(k, k), k - m[:, None]
        expected = (p * f).sum(axis=1)
        excess[rows] = expected - m * np.log(m)
        slope[rows] = (p * f * d).sum(axis=1) / (p * d * d).sum(axis=1)
        rest[rows] = (p * (f - expected[:, None] - slope[rows, None] * d) ** 2).sum(axis=1)
    return excess, slope, rest


def exact_tail(table: Table, statistic: float) -> float | None:
    """Probability that independent sides with these margins have at least this plug-in information.

    Exact where the tables with the margins are few: two levels a side, where the first cell is hypergeometric and
    the others follow from it (Fisher 1935), or at most two rows outside the commonest level of a side. There the
    information takes few values, which no continuous law stands for.

    Parameters
    ----------
    table : Table
    statistic : float
        In nats.

    Returns
    -------
    float or None
        None where the tables are too many.
    """
    if len(table.x) == len(table.y) == 2:
        if not coarse(table):
            return None
        tables = fourfold(table)
        return float(np.exp(tables.log_p[tables.information >= statistic - TIE]).sum())
    few, other = sorted((table.x, table.y), key=lambda margin: int(margin.sum() - margin.max()))
    apart = int(few.sum() - few.max())
    if not 1 <= apart <= 2:
        return None
    p, information = _few_rows(few, other, apart)
    return float(p[information >= statistic - TIE].sum())


def _few_rows(few: np.ndarray, other: np.ndarray, apart: int) -> tuple[np.ndarray, np.ndarray]:
    """Probability and information in nats of the tables where one or two rows lie outside the commonest level."""
    n = float(few.sum())
    b, levels = np.unique(other, return_counts=True)
    rows = levels * b.astype(np.float64)

    def lost(taken: int) -> np.ndarray:
        return xlogy(b - taken, b - taken) - xlogy(b, b)

    # The sum of c ln c over cells less that over margins, as if the rows apart were none.
    base = float(xlogy(n, n) - xlogy(few, few).sum())
    if apart == 1:
        return rows / n, (base + lost(1)) / n
    # Both rows in one level of the other side, or in two; in one level of their own, or each in its own.
    together = xlogy(2.0, 2.0) if (few == 2).any() and len(few) == 2 else 0.0
    same_p, same = rows * (b - 1.0), base + lost(2) * (b > 1) + together
    apart_p = np.outer(rows, rows) - np.diag(rows * b)
    each = base + lost(1)[:, None] + lost(1)
    return np.concatenate([same_p, apart_p.ravel()]) / (n * (n - 1.0)), np.concatenate([same, each.ravel()]) / n
