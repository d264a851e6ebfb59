"""The Gaussian anchor: principal components, canonical variates, and correlations that hold out of sample."""

from __future__ import annotations

import numpy as np

# Directions with less than this share of the largest variance are rounding.
RIDGE = 1e-6
INNER_FOLDS = 5
# A correlation of 1 has no density ratio; float32 resolves this one.
LARGEST = 0.9999


def canonical_maps(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matrices that turn centred columns into canonical variates of unit variance.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)

    Returns
    -------
    map_x : ndarray of shape (dx, dx)
    map_y : ndarray of shape (dy, dy)
        The first min(dx, dy) columns of both are pairs, the most correlated first.
    """
    white_x, white_y = _whitening(x), _whitening(y)
    cross = (x @ white_x).T @ (y @ white_y) / len(x)
    left, _, right = np.linalg.svd(cross)
    return white_x @ left, white_y @ right.T


def _whitening(side: np.ndarray) -> np.ndarray:
    spread, axes = np.linalg.eigh(side.T @ side / len(side))
    return axes / np.sqrt(np.maximum(spread, 0.0) + RIDGE * max(float(spread[-1]), RIDGE))


def honest_correlations(x: np.ndarray, y: np.ndarray, seed: int = 0) -> np.ndarray:
    """Canonical correlations of rows that the variates were not fitted to, mean over five folds.

    Fitted correlations are too large, by much when columns are many; a critic built on them loses on new rows what it
    gained on old ones, twice over.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)
    seed : int

    Returns
    -------
    ndarray of shape (min(dx, dy),)
        In [0, 0.9999].
    """
    pairs = min(x.shape[1], y.shape[1])
    fold = np.random.default_rng(seed).permutation(len(x)) % INNER_FOLDS
    found = np.zeros(pairs)
    for k in range(INNER_FOLDS):
        map_x, map_y = canonical_maps(x[fold != k], y[fold != k])
        u, v = x[fold == k] @ map_x[:, :pairs], y[fold == k] @ map_y[:, :pairs]
        norms = np.sqrt((u**2).sum(axis=0) * (v**2).sum(axis=0))
        found += (u * v).sum(axis=0) / np.maximum(norms, 1e-300) / INNER_FOLDS
    return np.clip(found, 0.0, LARGEST)


def gaussian_value(correlations: np.ndarray) -> float:
    """-1/2 sum ln(1 - r^2), nats."""
    return float(-0.5 * np.log1p(-(correlations**2)).sum())


def principal(side: np.ndarray, most: int) -> np.ndarray:
    """Scores on the principal components of centred columns, largest first, at most `most`; shape (n, r)."""
    left, spread, _ = np.linalg.svd(side - side.mean(axis=0), full_matrices=False)
    kept = min(most, int((spread > 1e-7 * max(float(spread[0]), 1e-300)).sum()))
    return left[:, :kept] * spread[:kept]


def informative_components(x: np.ndarray, y: np.ndarray, least: int, seed: int = 0) -> tuple[int, int]:
    """How many principal components of each side hold most Gaussian information out of sample.

    Parameters
    ----------
    x : ndarray of shape (n, rx)
    y : ndarray of shape (n, ry)
        Principal components, largest first.
    least : int
        A side of no more columns keeps them all.

    Returns
    -------
    tuple of int
    """
    grid = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]

    def sizes(side: np.ndarray) -> list[int]:
        d = side.shape[1]
        return [d] if d <= least else [r for r in grid if r < d] + [d]

    a, b = sizes(x), sizes(y)
    length = max(len(a), len(b))
    candidates = [(a[min(i, len(a) - 1)], b[min(i, len(b) - 1)]) for i in range(length)]
    values = [gaussian_value(honest_correlations(x[:, :rx], y[:, :ry], seed)) for rx, ry in candidates]
    return candidates[int(np.argmax(values))]
