"""Differential entropy of columns of any number: spacings of each, less what neighbours say that they share."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, polygamma

from mitk.numerics.neighbors import knn_distances, marginal_counts
from mitk.numerics.ranks import normal_scores
from mitk.numerics.spacings import spacing_contributions

NEIGHBORS = 3


def spacing_reach(n: int) -> int:
    """Order statistics on each side of a row: n^(1/4), of least error over light and heavy tails, edges and modes."""
    return max(2, round(n**0.25))


def shared_contributions(columns: np.ndarray, k: int = NEIGHBORS) -> np.ndarray:
    """Contributions (n,) in nats to the total correlation of columns (n, d): sum of their entropies less the joint one.

    psi(k) + (d - 1) psi(n) - sum_j psi(n_j + 1), n_j the other rows nearer in column j than the k-th neighbour in all,
    on normal scores (Kraskov, Stögbauer and Grassberger 2004, for d columns).

    Examples
    --------
    >>> rows = np.random.default_rng(0).standard_normal((2000, 2))
    >>> bool(abs(shared_contributions(rows).mean()) < 0.05)                  # truth: 0
    True
    """
    scores = normal_scores(columns)
    n, d = scores.shape
    k = min(k, n - 1)
    radii = knn_distances(scores, k)
    within = sum(digamma(marginal_counts(scores[:, [j]], radii)[0] + 1) for j in range(d))
    found: np.ndarray = digamma(k) + (d - 1) * digamma(n) - within
    return found


def column_entropy_contributions(columns: np.ndarray) -> np.ndarray:
    """Contributions (n,) in nats whose mean is the differential entropy of columns (n, d) without ties.

    Examples
    --------
    >>> rows = np.random.default_rng(0).standard_normal((2000, 2)) @ [[1.0, 0.6], [0.0, 0.8]]
    >>> truth = np.log(2.0 * np.pi * np.e) + np.log(0.8)
    >>> bool(abs(column_entropy_contributions(rows).mean() - truth) < 0.1)
    True
    """
    n, d = columns.shape
    alone: np.ndarray = np.sum([spacing_contributions(column, spacing_reach(n)) for column in columns.T], axis=0)
    return alone if d == 1 else alone - shared_contributions(columns)


def spacing_noise(n: int) -> tuple[float, float]:
    """Variance of a contribution to the entropy of one column by its spacing alone, and n times that of their mean.

    A window of g gaps adds psi'(g) to Var ln f; windows overlap, so that the mean of all has
    (2 g^2 - 2 g + 1) psi'(g) - 2 g + 1 over n instead of psi'(g) over n.
    """
    gaps = 2 * spacing_reach(n)
    single = float(polygamma(1, gaps))
    return single, (2 * gaps**2 - 2 * gaps + 1) * single - 2 * gaps + 1
