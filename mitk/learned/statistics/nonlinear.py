"""Canonical variates of polynomials of canonical variates, fitted on half of the rows and judged on the other half."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from mitk.learned.statistics.canonical import Pairing
from mitk.learned.statistics.neighbors import NEIGHBORS, neighbor_information

COLUMNS = 12
KEPT = 4
RIDGE = 0.3


class Curved(NamedTuple):
    """Polynomial variates of both sides, each row's from the half that it is not in.

    Attributes
    ----------
    p, q : ndarray of shape (n, 4)
    half : ndarray of shape (n,), bool
    statistics : ndarray of shape (4, 8)
    """

    p: np.ndarray
    q: np.ndarray
    half: np.ndarray
    statistics: np.ndarray

    def neighbors(self, most: int) -> list[np.ndarray]:
        """Neighbour information of the first pair and of the first two, averaged over the halves."""
        found = []
        for many in (1, 2):
            parts = [
                neighbor_information(self.p[rows][: most // 2, :many], self.q[rows][: most // 2, :many])
                for rows in (self.half, ~self.half)
                if rows.sum() > 3
            ]
            found.append(np.mean(parts, axis=0) if parts else np.zeros(len(NEIGHBORS)))
        return found


def curved(paired: Pairing, half: np.ndarray) -> Curved:
    """Fit on each half of the rows, judge on the other."""
    basis_x, basis_y = basis(paired.white_x), basis(paired.white_y)
    n = len(half)
    p, q = np.zeros((n, KEPT)), np.zeros((n, KEPT))
    statistics = np.zeros((KEPT, 8))
    if min(half.sum(), n - half.sum()) < 4:
        return Curved(p, q, half, statistics)
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
        a, b = _standardised(a[others]), _standardised(b[others])
        p[others, :kept], q[others, :kept] = a, b
        outside[fold, :kept] = (a * b).mean(axis=0)
    statistics[:, 0] = _signed(outside.mean(axis=0))
    statistics[:, 1] = _signed(outside.min(axis=0))
    statistics[:, 2] = _signed(inside.mean(axis=0))
    p2, q2 = p * p, q * q
    fourth_p, fourth_q = np.log((p2 * p2).mean(0) + 1e-3), np.log((q2 * q2).mean(0) + 1e-3)
    statistics[:, 3] = fourth_p + fourth_q
    statistics[:, 4] = np.abs(fourth_p - fourth_q)
    statistics[:, 5] = np.log((p2 * q2).mean(0) + 1e-3)
    statistics[:, 6] = np.abs(p * q).mean(0)
    gap = np.abs(p - q).mean(0)
    statistics[:, 7] = np.log(gap + 1e-3)
    return Curved(p, q, half, np.clip(statistics, -20.0, 20.0))


def basis(white: np.ndarray) -> np.ndarray:
    """Polynomials of the first canonical variates of a side, standardised; shape (n, f), f at most 60."""
    u = np.clip(white[:, :COLUMNS], -5.0, 5.0)
    m = u.shape[1]
    squared = np.minimum((white * white).mean(axis=1, keepdims=True), 9.0)
    parts = [u, u * u, u * squared, squared]
    few = min(m, 4)
    parts += [u[:, i : i + 1] * u[:, i + 1 : few] for i in range(few - 1)]
    parts.append(u[:, :few] * u[:, :few] * u[:, :few])
    if m <= 3:
        parts += [u[:, i : i + 1] * u[:, i : i + 1] * np.delete(u, i, axis=1) for i in range(m)]
    if m <= 2:
        parts += [np.sin(1.5 * u), np.cos(1.5 * u), np.sin(3.0 * u), np.cos(3.0 * u)]
    return _standardised(np.hstack(parts))


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


def _standardised(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=0)
    return centred / np.maximum(centred.std(axis=0), 1e-9)


def _signed(r: np.ndarray) -> np.ndarray:
    """-1/2 ln(1 - r^2) with the sign of r."""
    return -0.5 * np.sign(r) * np.log1p(-(np.minimum(np.abs(r), 1.0 - 1e-6) ** 2))
