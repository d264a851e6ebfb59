"""How much a mean scatters when rows come in groups or runs, or are not as a model says."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit


def unit_variance(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """N times the variance of the mean of each column, units taken as independent (a cluster-robust variance).

    Widened for few units as Student's t is wider than the normal.

    Parameters
    ----------
    scores : ndarray of shape (n, m)
    labels : ndarray of shape (n,)
        Unit of each row, 0, 1, ...

    Returns
    -------
    ndarray of shape (m,)
    """
    units = int(labels.max()) + 1
    centred = scores - scores.mean(axis=0)
    if units < len(labels):
        order = np.argsort(labels, kind="stable")
        centred = np.add.reduceat(centred[order], np.searchsorted(labels[order], np.arange(units)), axis=0)
    few = max(units - 1, 1)
    student = float(stdtrit(few, 0.975)) / 1.959964
    return (centred**2).sum(axis=0) / len(labels) * units / few * student**2


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
