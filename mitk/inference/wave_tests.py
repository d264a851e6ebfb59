"""Independence of two columns that repeat values: waves over ranks, levels of labels, and a null in closed form."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc

from mitk.numerics.ranks import average_ranks

# Waves over the ranks of a number, and levels of labels with a column of their own.
WAVES, MOST_LEVELS = 6, 20
# Orthogonal columns of less than this length, of 1, are sums of those before them.
LEAST_LENGTH = 1e-6
# Where a few rows make most of the columns of both sides, correlations are not normal: the product of the sides' mean
# fourth moments, which adds as large a share to the statistic's variance, must be no more than this share of the rows.
MOST_PEAKED = 0.15
# Fewer rows have too few orders for a law of large numbers.
FEWEST_ROWS = 30


def wave_p_value(x: np.ndarray, y: np.ndarray, label_x: bool, label_y: bool) -> float | None:
    """The p-value of independence of two columns x and y (n,); None where few rows or rare values leave its null open.

    Notes
    -----
    Numbers are laid out in waves cos(pi j u), j = 1 to 6, u = (average rank - 1/2) / n, labels in indicators of their
    levels, and both made orthonormal. With r_ab their correlations, the statistic is

        n sum_ab w_a w_b r_ab^2,  w = 1 / j of a wave and 1 of a level,

    under independence a sum of chi-squares with the weights w_a w_b for large n. p is the tail of the gamma law of the
    same mean, variance and skewness.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.poisson(3.0, 1000).astype(float)
    >>> wave_p_value(x, rng.poisson(3.0, 1000).astype(float), False, False) > 0.05
    True
    >>> wave_p_value(x, np.abs(x - 3.0) + rng.poisson(1.0, 1000), False, False) < 1e-6      # not monotone
    True
    """
    n = len(x)
    if n < FEWEST_ROWS:
        return None
    (a, weights_a), (b, weights_b) = (_laid_out(*side) for side in ((x, label_x), (y, label_y)))
    if not (len(weights_a) and len(weights_b)):
        return 1.0
    if _fourth_moment(a, weights_a) * _fourth_moment(b, weights_b) > MOST_PEAKED * n:
        return None
    weights = np.outer(weights_a, weights_b)
    statistic = (n - 1.0) * float((weights * (a.T @ b / n) ** 2).sum())
    mean, half_variance, third = (float((weights**power).sum()) for power in (1, 2, 3))
    # The gamma law: a chi-square of so many degrees of freedom, scaled and moved.
    scale, degrees = third / half_variance, half_variance**3 / third**2
    return float(gammaincc(0.5 * degrees, max(0.5 * (degrees + (statistic - mean) / scale), 0.0)))


def _fourth_moment(columns: np.ndarray, weights: np.ndarray) -> float:
    return float(np.average((columns**4).mean(axis=0), weights=weights**2))


def _laid_out(values: np.ndarray, label: bool) -> tuple[np.ndarray, np.ndarray]:
    """Columns of mean 0 and mean square 1 without correlations (n, f), and their weights (f,)."""
    n = len(values)
    if label:
        levels, counts = np.unique(values, return_counts=True)
        # All levels but one say all; of very many the most frequent.
        kept = np.sort(levels[np.argsort(-counts, kind="stable")[: min(len(levels) - 1, MOST_LEVELS)]])
        columns, weights = (values[:, None] == kept).astype(np.float64), np.ones(len(kept))
    else:
        ranks = (average_ranks(values[:, None])[:, 0] - 0.5) / n
        orders = np.arange(1, WAVES + 1)
        columns, weights = np.cos(np.pi * ranks[:, None] * orders), 1.0 / orders
    columns = columns - columns.mean(axis=0)
    spanned, lengths = np.linalg.qr(columns)
    free = np.abs(np.diagonal(lengths)) > LEAST_LENGTH * np.sqrt(n)
    return np.sqrt(n) * spanned[:, free], weights[free]
