"""Canonical variates of polynomials of canonical variates, fitted on half of the rows and judged on the other half."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from mitk.learned.statistics.formulas import KEPT, Array, Pairing, basis, curved_statistics, standardised

RIDGE = 0.3


class Curved(NamedTuple):
    """Polynomial variates of both sides, each row's from the half that it is not in.

    Attributes
    ----------
    p, q : array of shape (n, 4)
    half : array of shape (n,), bool
    statistics : array of shape (4, 8)
    """

    p: Array
    q: Array
    half: Array
    statistics: Array


def curved(paired: Pairing, half: np.ndarray) -> Curved:
    """Fit on each half of the rows, judge on the other."""
    basis_x, basis_y = basis(paired.white_x), basis(paired.white_y)
    n = len(half)
    p, q = np.zeros((n, KEPT)), np.zeros((n, KEPT))
    if min(half.sum(), n - half.sum()) < 4:
        return Curved(p, q, half, np.zeros((KEPT, 8)))
    inside = np.zeros((2, KEPT))
    outside = np.zeros((2, KEPT))
    first = None
    for fold, rows in enumerate((half, ~half)):
        map_x, map_y, s = _fit(basis_x[rows], basis_y[rows])
        kept = map_x.shape[1]
        inside[fold, :kept] = s
        a, b = basis_x @ map_x, basis_y @ map_y
        if first is None:
            first = a
        else:
            sign = np.where((a * first[:, :kept]).mean(axis=0) < 0.0, -1.0, 1.0)
            a, b = a * sign, b * sign
        others = ~rows
        a, b = standardised(a[others]), standardised(b[others])
        p[others, :kept], q[others, :kept] = a, b
        outside[fold, :kept] = (a * b).mean(axis=0)
    return Curved(p, q, half, curved_statistics(p, q, inside, outside))


def _fit(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = len(x)
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    roots = []
    for side in (x, y):
        ridge = 1e-3 + RIDGE * min(side.shape[1] / n, 3.0)
        covariance = side.T @ side / n
        covariance[np.diag_indices_from(covariance)] += ridge
        roots.append(np.linalg.cholesky(covariance))
    white = solve_triangular(roots[0], x.T @ y / n, lower=True, check_finite=False)
    white = solve_triangular(roots[1], white.T, lower=True, check_finite=False).T
    left, s, right = np.linalg.svd(white, full_matrices=False)
    kept = min(KEPT, len(s))
    map_x = solve_triangular(roots[0], left[:, :kept], lower=True, trans="T", check_finite=False)
    map_y = solve_triangular(roots[1], right[:kept].T, lower=True, trans="T", check_finite=False)
    return map_x, map_y, s[:kept]
