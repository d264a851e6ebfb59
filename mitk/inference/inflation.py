"""How much a mean scatters when rows come in groups or runs, or are not as a model says."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit


def effective_units(labels: np.ndarray) -> float:
    """Number of equal units that scatter as much as these: n^2 over the sum of squared sizes."""
    sizes = np.bincount(labels).astype(np.float64)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def unit_variance(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Multiply the variance of the mean of each column by n, units taken as independent (cluster-robust).

    Widened for few units as Student's t is wider than the normal at 95 %.

    Parameters
    ----------
    scores : ndarray of shape (n, m)
    labels : ndarray of shape (n,)
        Unit of each row, 0, 1, ...

    Returns
    -------
    ndarray of shape (m,)
    """
    n, units = len(labels), int(labels.max()) + 1
    centred = scores - scores.mean(axis=0)
    few = max(effective_units(labels) - 1.0, 1.0)
    if units < n:
        order = np.argsort(labels, kind="stable")
        centred = np.add.reduceat(centred[order], np.searchsorted(labels[order], np.arange(units)), axis=0)
        # A unit pulls the mean towards itself by its share of the rows.
        centred = centred / (1.0 - np.minimum(np.bincount(labels) / n, 0.9))[:, None]
    else:
        centred = centred * (n / max(n - 1.0, 1.0)) ** 0.5
    return (centred**2).sum(axis=0) / n * _student(few)


def unit_variance_factor(n: int) -> float:
    """`unit_variance` of n independent rows over the mean square of their centred scores."""
    return n / max(n - 1.0, 1.0) * _student(max(n - 1.0, 1.0))


def _student(degrees: float) -> float:
    """How much larger a variance is that has Student's quantile at 97.5 % with a normal one."""
    return (float(stdtrit(degrees, 0.975)) / 1.959964) ** 2


def product_variance(a: np.ndarray, b: np.ndarray, labels: np.ndarray, rho: np.ndarray | None = None) -> float:
    """Sum over pairs of columns of `unit_variance` of the scores of their correlation.

    The scores are ``a_i b_j``, less ``rho_i (a_i^2 + b_i^2) / 2`` for the pairs that `rho` (r,) names.

    Parameters
    ----------
    a : ndarray of shape (n, p)
    b : ndarray of shape (n, q)
        White columns.
    labels : ndarray of shape (n,)
    rho : ndarray of shape (r,), optional
    """
    total = 0.0
    for i in range(a.shape[1]):
        scores = a[:, [i]] * b
        if rho is not None and i < len(rho):
            scores[:, i] -= 0.5 * rho[i] * (a[:, i] ** 2 + b[:, i] ** 2)
        total += float(unit_variance(scores, labels).sum())
    return total
