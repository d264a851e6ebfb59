"""Mean and variance of the plug-in information of many independent tables with given margins."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from mitk.numerics.compiled import cached, helper
from mitk.numerics.independence import LARGE, grouped

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Terms below this share of their sum are left out.
NEGLIGIBLE = 1e-17
TWO_PI_E = 2.0 * math.pi * math.e


@helper
def _cell(a: float, b: float, n: float, factorials: Floats) -> tuple[float, float, float]:
    """E[k ln k] - m ln m, slope of k ln k on k, and variance about it, of hypergeometric k with mean m = ab / n."""
    mean = a * b / n
    variance = mean * (1.0 - a / n) * (1.0 - b / n) * n / max(n - 1.0, 1.0)
    steep = math.log(mean) + 1.0
    if mean >= LARGE or variance <= 0.0:
        # k ln k about m, to the fourth moment.
        skew = (1.0 - 2.0 * a / n) * (1.0 - 2.0 * b / n)
        excess = variance / (2.0 * mean) - variance * skew / (6.0 * mean**2) + variance**2 / (4.0 * mean**3)
        return excess, steep, (variance / mean) ** 2 / 2.0
    least, most, start = int(max(0.0, a + b - n)), int(min(a, b)), int(mean)
    whole = factorials[int(a)] + factorials[int(n - a)] + factorials[int(b)] + factorials[int(n - b)]
    whole -= factorials[int(n)] + factorials[start] + factorials[int(a) - start] + factorials[int(b) - start]
    begin = math.exp(whole - factorials[int(n - a - b) + start])
    mass, g1, g2, gd, dd = 0.0, 0.0, 0.0, 0.0, 0.0
    for step in (1, -1):
        k, p = start, begin
        if step == -1:
            if start == least:
                break
            p *= k * (n - a - b + k) / ((a - k + 1.0) * (b - k + 1.0))
            k -= 1
        while True:
            # k ln k above its tangent at the mean: small, so that nothing cancels.
            d = k - mean
            above = (k * math.log(k) if k > 0 else 0.0) - mean * (steep - 1.0) - steep * d
            mass += p
            g1 += p * above
            g2 += p * above * above
            gd += p * above * d
            dd += p * d * d
            if p < NEGLIGIBLE * mass or k == (most if step == 1 else least):
                break
            if step == 1:
                p *= (a - k) * (b - k) / ((k + 1.0) * (n - a - b + k + 1.0))
            else:
                p *= k * (n - a - b + k) / ((a - k + 1.0) * (b - k + 1.0))
            k += step
    g1, g2, gd, dd = g1 / mass, g2 / mass, gd / mass, dd / mass
    return g1, steep + gd / dd, g2 - g1 * g1 - gd * gd / dd


@cached
def _moments(
    n: float, starts: Ints, counts: Floats, levels: Floats, rows: Floats, pairs: Ints, factorials: Floats, found: Floats
) -> None:
    for p in range(len(pairs)):
        x, y = starts[pairs[p, 0]], starts[pairs[p, 1]]
        size_x, size_y = starts[pairs[p, 0] + 1] - x, starts[pairs[p, 1] + 1] - y
        slopes, mean_x, mean_y = np.empty((size_x, size_y)), np.zeros(size_x), np.zeros(size_y)
        mean, rest, whole, spread, choice = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(size_x):
            for j in range(size_y):
                a, b = counts[x + i], counts[y + j]
                excess, slope, about = _cell(a, b, n, factorials)
                cells = levels[x + i] * levels[y + j]
                mean += cells * excess
                free = (1.0 - a / n) * (1.0 - b / n)
                if free > 0.0:
                    rest += cells * about / (free * n / max(n - 1.0, 1.0))
                spread += cells * free * a * b / n
                choice += cells * free * 0.5 * math.log(1.0 + TWO_PI_E * free * a * b / n)
                slopes[i, j] = slope
                mean_x[i] += slope * rows[y + j] / n
                mean_y[j] += slope * rows[x + i] / n
                whole += slope * rows[x + i] / n * rows[y + j] / n
        linear = 0.0
        for i in range(size_x):
            for j in range(size_y):
                slope = slopes[i, j] - mean_x[i] - mean_y[j] + whole
                linear += rows[x + i] / n * rows[y + j] / n * slope * slope
        found[0, p] = mean / n
        found[1, p] = (n * n / max(n - 1.0, 1.0) * linear + rest) / n**2
        found[2, p], found[3, p] = spread, choice


class IndependentTables(NamedTuple):
    """Tables of independent sides with given margins, each of shape (m,).

    Attributes
    ----------
    mean, variance : ndarray
        Of the plug-in information, in nats and nats squared.
    spread : ndarray
        Sum of the variances of the cells.
    choice : ndarray
        About the entropy of the table itself, in nats: the logarithm of how many tables there are. Cells share its
        degrees of freedom, each with ln(1 + 2 pi e variance) / 2, the entropy of a normal count.
    """

    mean: Floats
    variance: Floats
    spread: Floats
    choice: Floats


def many_independent_tables(n: int, margins: list[Ints], pairs: Ints) -> IndependentTables:
    """`mitk.numerics.independence.independent_moments` of many pairs of margins, and how many tables these allow.

    Parameters
    ----------
    n : int
        Rows.
    margins : list of ndarray of shape (levels,)
        Counts of each column, all positive.
    pairs : ndarray of shape (m, 2)
        Places of columns.

    Returns
    -------
    IndependentTables
    """
    parts = [grouped(margin) for margin in margins]
    starts = np.concatenate([[0], np.cumsum([len(counts) for counts, _, _ in parts])])
    counts, levels, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
    found = np.empty((4, len(pairs)))
    _moments(float(n), starts, counts, levels, rows, pairs, gammaln(np.arange(n + 1.0) + 1.0), found)
    return IndependentTables(*found)
