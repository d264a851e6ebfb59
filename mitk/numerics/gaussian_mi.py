"""Mutual information of Gaussians: whitening, canonical variates, the exact bias."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import digamma

from mitk.numerics.ranks import standardised

# Below this share of the largest singular value a direction is rounding noise.
RANK_TOLERANCE = 1e-10
# Residual variance (1 - rho^2) that float64 cannot tell from an exact relation.
SINGULAR = 1e-13


def full_rank(values: np.ndarray) -> np.ndarray:
    """Uncorrelated unit-variance columns spanning the centred columns of `values` (n, d); shape (n, rank)."""
    centred = standardised(values)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    keep = singular > RANK_TOLERANCE * singular[0]
    return left[:, keep] * np.sqrt(values.shape[0])


def unexplained(side: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Uncorrelated unit-variance columns (n, rank) of what a linear fit on `given` (n, dz) leaves of `side` (n, d).

    Directions of `side` that the fit explains to rounding are left out.
    """
    basis, _ = np.linalg.qr(given - given.mean(axis=0))
    centred = side - side.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred - basis @ (basis.T @ centred), full_matrices=False)
    keep = singular > RANK_TOLERANCE * np.linalg.norm(centred, ord=2)
    return left[:, keep] * np.sqrt(side.shape[0])


def cross_correlation(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whiten both sides and correlate them.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)
        Columns of each side linearly independent.

    Returns
    -------
    c : ndarray of shape (dx, dy)
        Its singular values are the canonical correlations.
    u : ndarray of shape (n, dx)
    v : ndarray of shape (n, dy)
        White sides.
    """
    n = x.shape[0]
    sides = []
    for side in (x, y):
        centred = side - side.mean(axis=0)
        root = np.linalg.cholesky(centred.T @ centred / n)
        sides.append(solve_triangular(root, centred.T, lower=True).T)
    u, v = sides
    return u.T @ v / n, u, v


def canonical_variates(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canonical correlations (r,), r = min(dx, dy), and variates (n, dx) and (n, dy), the first r of them paired."""
    c, u, v = cross_correlation(x, y)
    left, rho, right = np.linalg.svd(c)
    return np.clip(rho, 0.0, 1.0), u @ left, v @ right.T


def gaussian_information(c: np.ndarray) -> float:
    """-1/2 ln det(I - C C') of a whitened cross-correlation (dx, dy), in nats; inf for an exact relation."""
    small = c if c.shape[0] <= c.shape[1] else c.T
    residual = np.eye(small.shape[0]) - small @ small.T
    sign, log_determinant = np.linalg.slogdet(residual)
    if sign <= 0 or np.linalg.eigvalsh(residual)[0] < SINGULAR:
        return float("inf")
    return float(-0.5 * log_determinant)


def spectral_information(rho: np.ndarray) -> float:
    """-1/2 sum ln(1 - rho^2) of canonical correlations (r,), in nats; inf for an exact relation."""
    residual = (1.0 - rho) * (1.0 + rho)
    return float("inf") if residual.min() < SINGULAR else float(-0.5 * np.log(residual).sum())


def gaussian_bias(n: int, dx: int, dy: int) -> float:
    """Exact expectation of the plug-in estimate minus the truth, in nats, for Gaussian rows with unknown mean.

    1/2 [sum_{i<=dx} psi((n-i)/2) + sum_{i<=dy} psi((n-i)/2) - sum_{i<=dx+dy} psi((n-i)/2)],
    whatever the covariance. Needs n > dx + dy.
    """
    psi = digamma((n - np.arange(1, dx + dy + 1)) / 2.0)
    return float(0.5 * (psi[:dx].sum() + psi[:dy].sum() - psi.sum()))


def gaussian_pointwise(rho: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Log density ratio of each row, (n,) nats, from canonical correlations (r,) and variates."""
    r = len(rho)
    a, b = a[:, :r], b[:, :r]
    residual = 1.0 - rho**2
    quadratic = (rho**2 * (a**2 + b**2) - 2.0 * rho * a * b) / (2.0 * residual)
    return -0.5 * np.log(residual).sum() - quadratic.sum(axis=1)
