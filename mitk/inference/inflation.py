"""How much more a mean of products scatters when rows come in groups or runs."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit


def variance_inflation(a: np.ndarray, b: np.ndarray, labels: np.ndarray, rho: np.ndarray | None = None) -> float:
    """Ratio of the variance of mean products under dependence within units to that of independent rows.

    The products are the scores of the cross-correlations, ``a_i b_j - 1[i=j] rho_i (a_i^2 + b_j^2) / 2``. Their
    sums over units are taken as independent; the ratio is averaged over pairs, at least 1, and widened for few
    units as Student's t is wider than the normal.

    Parameters
    ----------
    a : ndarray of shape (n, p)
    b : ndarray of shape (n, q)
        White columns.
    labels : ndarray of shape (n,)
        Unit of each row, 0, 1, ...
    rho : ndarray of shape (r,), optional
        Correlations of the first r pairs of columns.

    Returns
    -------
    float
    """
    units = int(labels.max()) + 1
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(units))
    between = within = 0.0
    for i in range(a.shape[1]):
        scores = a[:, [i]] * b
        if rho is not None and i < len(rho):
            scores[:, i] -= 0.5 * rho[i] * (a[:, i] ** 2 + b[:, i] ** 2)
        scores -= scores.mean(axis=0)
        between += float((np.add.reduceat(scores[order], starts, axis=0) ** 2).sum())
        within += float((scores**2).sum())
    if within <= 0.0:
        return 1.0
    ratio = between / within * units / max(units - 1, 1)
    student = float(stdtrit(max(units - 1, 1), 0.975)) / 1.959964
    return max(1.0, ratio) * student**2
