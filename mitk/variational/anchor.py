"""The Gaussian anchor: principal components, canonical variates, and correlations that hold out of sample."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

# Directions with less than this share of the largest variance are rounding.
RIDGE = 1e-6
INNER_FOLDS = 5
# A correlation of 1 has no density ratio; float32 resolves this one.
LARGEST = 0.9999
# Rows of a fold that are scored against one another.
VALUE_ROWS = 500


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


@dataclass(frozen=True)
class Honest:
    """What canonical variates are worth on rows that they were not fitted to.

    Attributes
    ----------
    correlations : ndarray of shape (min(dx, dy),)
        In [0, 0.9999].
    spread_x : ndarray of shape (dx,)
    spread_y : ndarray of shape (dy,)
        Standard deviations of the variates; above 1 where columns are many, since small variances are fitted too small.
    value : float
        Donsker and Varadhan's bound of the Gaussian log ratio with these, nats: what it is worth where the law is not
        Gaussian, too.
    """

    correlations: np.ndarray
    spread_x: np.ndarray
    spread_y: np.ndarray
    value: float


def honest(x: np.ndarray, y: np.ndarray, seed: int = 0) -> Honest:
    """Canonical correlations, spreads and value out of sample, mean over five folds.

    Fitted correlations are too large, by much when columns are many; a critic built on them loses on new rows what it
    gained on old ones, twice over.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)
        Centred columns.
    seed : int

    Returns
    -------
    Honest
    """
    pairs = min(x.shape[1], y.shape[1])
    folds = min(INNER_FOLDS, len(x) // 2)
    fold = np.random.default_rng(seed).permutation(len(x)) % folds
    variates, squares, products = [], [], []
    for k in range(folds):
        map_x, map_y = canonical_maps(x[fold != k], y[fold != k])
        u, v = x[fold == k] @ map_x, y[fold == k] @ map_y
        size_u, size_v = (u**2).mean(axis=0), (v**2).mean(axis=0)
        product = (u[:, :pairs] * v[:, :pairs]).mean(axis=0)
        products.append(product / np.sqrt(np.maximum(size_u[:pairs] * size_v[:pairs], 1e-300)))
        squares.append((size_u, size_v))
        variates.append((u[:VALUE_ROWS, :pairs], v[:VALUE_ROWS, :pairs]))
    correlations = np.clip(np.mean(products, axis=0), 0.0, LARGEST)
    spread_x, spread_y = (np.sqrt(np.mean(part, axis=0)) for part in zip(*squares, strict=True))
    values = [_bound(gaussian_scores(u / spread_x[:pairs], v / spread_y[:pairs], correlations)) for u, v in variates]
    return Honest(correlations, spread_x, spread_y, float(np.mean(values)))


def gaussian_scores(u: np.ndarray, v: np.ndarray, correlations: np.ndarray) -> np.ndarray:
    """Log ratio of joint and product of paired normal variates, for all pairs of rows.

    Parameters
    ----------
    u : ndarray of shape (a, r)
    v : ndarray of shape (b, r)
    correlations : ndarray of shape (r,)

    Returns
    -------
    ndarray of shape (a, b)
    """
    rest = 1.0 - correlations**2
    own_u, own_v = (0.5 * (correlations**2 / rest * side**2).sum(axis=1) for side in (u, v))
    return (u * (correlations / rest)) @ v.T - own_u[:, None] - own_v[None, :] - 0.5 * np.log(rest).sum()


def _bound(scores: np.ndarray) -> float:
    stranger = scores[~np.eye(len(scores), dtype=bool)]
    return float(np.diagonal(scores).mean() - logsumexp(stranger) + math.log(len(stranger)))


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
    grid = [2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128]

    def sizes(side: np.ndarray) -> list[int]:
        d = side.shape[1]
        return [d] if d <= least else [r for r in grid if r < d] + [d]

    a, b = sizes(x), sizes(y)
    length = max(len(a), len(b))
    candidates = [(a[min(i, len(a) - 1)], b[min(i, len(b) - 1)]) for i in range(length)]
    values = [honest(x[:, :rx], y[:, :ry], seed).value for rx, ry in candidates]
    return candidates[int(np.argmax(values))]
