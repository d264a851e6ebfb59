"""Intervals of the information of many pairs of columns at once, by the inversion that single correlations take."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from mitk.inference.distribution import PROBABILITIES
from mitk.numerics.gaussian_mi import gaussian_bias
from mitk.results.interval import ROUNDING

# Steps of the search for a root, of which every fourth halves its bracket, and the share of it that may be missed.
MOST_STEPS, PRECISION = 100, 1e-11
# No information is sought beyond, in nats.
FARTHEST = 1e6
# A share of a neighbouring quantile that is rounding of the level.
HAIR = 1e-9


def inverted_ends(
    statistic: np.ndarray, inflation: np.ndarray, value: np.ndarray, n: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of the equal-tailed intervals that `from_inversion` gives for informations of single correlations.

    For two columns the inflation is the same near independence and far from it, and the degrees of freedom are 1. The
    law of the statistic at information t is then that of ``c (N + delta)^2`` with N standard normal, mean t + w bias
    and variance w (1 - e^-2t) / n + 2 (w bias)^2, whose upper tail at s is Phi(delta - sqrt(s / c)) +
    Phi(-delta - sqrt(s / c)).

    Parameters
    ----------
    statistic : ndarray of shape (m,)
        Plug-in informations in nats, finite and at least 0.
    inflation : ndarray of shape (m,)
        w: how many times as much correlations vary as those of normal rows.
    value : ndarray of shape (m,)
        Estimates, in nats, which the intervals enclose.
    n : int
        Rows.
    level : float
        Nominal coverage.

    Returns
    -------
    low, high : ndarray of shape (m,)
        Those of single fits to 1e-8 of the width.

    Examples
    --------
    >>> low, high = inverted_ends(np.array([0.2]), np.ones(1), np.array([0.195]), 100, 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.099], [0.319])
    """
    bias = gaussian_bias(n, 1, 1) * inflation
    grid = np.array(PROBABILITIES)
    ends = []
    for tail in (0.5 * (1.0 - level), 0.5 * (1.0 + level)):
        place, where = ndtri(tail), ndtri(grid)
        above = int(np.clip(np.searchsorted(where, place), 1, len(grid) - 1))
        share = float(np.clip((place - where[above - 1]) / (where[above] - where[above - 1]), 0.0, 1.0))
        end = np.zeros(len(statistic))
        for p, weight in ((grid[above - 1], 1.0 - share), (grid[above], share)):
            if weight < HAIR:
                continue
            quantile = _quantiles(statistic, inflation, bias, n, p)
            quantile[quantile < ROUNDING] = 0.0
            end += weight * (np.minimum(quantile, value) if p < 0.5 else np.maximum(quantile, value))
        ends.append(end)
    low, high = ends
    low[(low > 0.0) & (low < ROUNDING)] = 0.0
    return np.minimum(low, value), np.maximum(high, value)


def _upper_tail(t: np.ndarray, n: int, statistic: np.ndarray, inflation: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Probability of a larger statistic at information t, all of shape (m,)."""
    mean = t + bias
    first = inflation / n * -np.expm1(-2.0 * t)
    # mean^2 - variance / 2, without the squares of the bias, which cancel.
    room = np.maximum(t * (t + 2.0 * bias) - 0.5 * first, 0.0)
    scale = 0.5 * (first + 2.0 * bias**2) / (mean + np.sqrt(room))
    delta, root = np.sqrt(np.maximum(mean / scale - 1.0, 0.0)), np.sqrt(statistic / scale)
    return ndtr(delta - root) + ndtr(-delta - root)


def _quantiles(statistic: np.ndarray, inflation: np.ndarray, bias: np.ndarray, n: int, p: float) -> np.ndarray:
    """Informations under which the statistic has the upper tail p, shape (m,); 0 where it is larger at 0 already."""
    quantile = np.zeros(len(statistic))
    sought = np.flatnonzero(_upper_tail(quantile, n, statistic, inflation, bias) < p)
    given = [a[sought] for a in (statistic, inflation, bias)]
    high = np.maximum(np.maximum(given[0], given[2]), 1e-12)
    while (short := (_upper_tail(high, n, *given) < p) & (high < FARTHEST)).any():
        high[short] *= 2.0
    quantile[sought] = _roots(high, given, n, p)
    return quantile


def _roots(high: np.ndarray, given: list[np.ndarray], n: int, p: float) -> np.ndarray:
    """Roots of the tail less p between 0 and `high`, shape (m,), by the rule of false position after Illinois.

    In the root of t and on the scale of normal quantiles, where the tail is nearly a straight line.
    """

    def excess(root: np.ndarray, among: list[np.ndarray]) -> np.ndarray:
        # A step towards the root is all that tails beyond those of float64 need say.
        return np.clip(ndtri(_upper_tail(root * root, n, *among)), -30.0, 30.0) - ndtri(p)

    a, b = np.zeros(len(high)), np.sqrt(high)
    fa, fb = excess(a, given), excess(b, given)
    found = b.copy()
    active, among = np.arange(len(high)), given
    stayed = np.zeros(len(high), dtype=np.int8)
    for step in range(MOST_STEPS):
        middle = 0.5 * (a + b) if step % 4 == 3 else (a * fb - b * fa) / (fb - fa)
        value = excess(middle, among)
        found[active] = middle
        right = (value > 0.0) == (fb > 0.0)
        # An end that stays behind twice is given half its height, so that the next chord passes it.
        side = np.where(right, -1, 1).astype(np.int8)
        half = np.where(side == stayed, 0.5, 1.0)
        fa, fb, stayed = np.where(right, half * fa, value), np.where(right, value, half * fb), side
        last = np.where(right, b, a)
        a, b = np.where(right, a, middle), np.where(right, middle, b)
        keep = (np.abs(middle - last) > PRECISION * middle) & (value != 0.0) & (b - a > PRECISION * b)
        if not keep.any():
            break
        active, a, b, fa, fb, stayed = (v[keep] for v in (active, a, b, fa, fb, stayed))
        among = [v[keep] for v in among]
    return found * found
