"""White columns by moments and, for heavy tails, by directions alone; smooth normal scores."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dtrtrs

from mitk.numerics.ranks import normal_scores

KNOTS = 3.0
ROUNDS = 30
SETTLED = 1e-4


def whitened(columns: np.ndarray) -> tuple[np.ndarray, float]:
    """Uncorrelated columns (n, d) of unit variance and mean 0, and ln |det| of the map back."""
    centred = columns - columns.mean(axis=0)
    root = np.linalg.cholesky(centred.T @ centred / len(columns))
    return solve_triangular(root, centred.T, lower=True).T, float(np.log(np.diag(root)).sum())


def isotropic(columns: np.ndarray, rounds: int = ROUNDS) -> tuple[np.ndarray, float]:
    """Columns (n, d) of no preferred direction about their medians, and ln |det| of the map back.

    Tyler's scatter (1987): rows enter with weight d / r^2, so that it exists for any tail and is efficient for any
    elliptical law. Raises LinAlgError for columns that are singular, rounding included.
    """
    z = columns - np.median(columns, axis=0)
    n, d = z.shape
    log_determinant = 0.0
    for _ in range(rounds):
        size = np.maximum(np.einsum("ij,ij->i", z, z), np.finfo(float).tiny)
        scatter = (z * (d / size)[:, None]).T @ z / n
        root = np.linalg.cholesky(scatter)
        # The solver of LAPACK itself: around it, checks would take longer than it does.
        z = dtrtrs(root.T, z.T, trans=1)[0].T
        if not np.isfinite(z.sum()):
            raise np.linalg.LinAlgError("columns that are singular but for rounding")
        log_determinant += float(np.log(np.diag(root)).sum())
        if np.abs(scatter - np.eye(d)).max() < SETTLED:
            break
    return z, log_determinant


def log_size(columns: np.ndarray) -> float:
    """Mean logarithm of the volume that columns (n, d) fill, up to a constant; outliers hardly count."""
    z, log_determinant = isotropic(columns, 5)
    d = columns.shape[1]
    radius = np.maximum((z**2).sum(axis=1), np.finfo(float).tiny)
    return 0.5 * d * float(np.log(radius).mean()) + log_determinant


def smooth_scores(columns: np.ndarray) -> np.ndarray:
    """Columns (n, d) bent smoothly and increasingly until they are about standard normal.

    Monotone cubics (Fritsch and Carlson 1980) through the normal scores at KNOTS n^(1/3) even steps. Unlike normal
    scores, which round each value to its rank, an increasing function loses no information however much there is.
    """
    n = len(columns)
    bent = np.empty(columns.shape)
    scores = normal_scores(np.arange(n, dtype=float)[:, None])[:, 0]
    places = np.unique(
        np.searchsorted(scores, np.linspace(scores[0], scores[-1], round(KNOTS * n ** (1.0 / 3.0)) + 1)).clip(0, n - 1)
    )
    for j, column in enumerate(columns.T):
        values, first = np.unique(np.sort(column)[places], return_index=True)
        bent[:, j] = PchipInterpolator(values, scores[places[first]])(column)
    return bent
