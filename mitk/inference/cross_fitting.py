"""Cross-fitting: every row is scored once, by a model that has not seen it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

MEDIAN_WINDOW, GAUSSIAN_WIDTH = 5, 1.0


def fold_numbers(labels: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """Spread independent units evenly over folds.

    Parameters
    ----------
    labels : ndarray of shape (n,), int
        Rows with one label depend on each other and stay together.
    folds : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n,), int
        Fold of each row.

    Examples
    --------
    >>> fold = fold_numbers(np.arange(10), 5, np.random.default_rng(0))
    >>> np.bincount(fold).tolist()
    [2, 2, 2, 2, 2]
    """
    units = int(labels.max()) + 1
    order = rng.permutation(units)
    if units == len(labels):
        place = np.empty(units, dtype=np.int64)
        place[order] = np.arange(units) % folds
        return place[labels]
    # The largest units first, each to the fold that holds the fewest rows.
    sizes = np.bincount(labels, minlength=units)
    place, held = np.empty(units, dtype=np.int64), np.zeros(folds, dtype=np.int64)
    for unit in order[np.argsort(-sizes[order], kind="stable")]:
        place[unit] = int(np.argmin(held))
        held[place[unit]] += sizes[unit]
    return place[labels]


def smoothed(curve: np.ndarray) -> np.ndarray:
    """A held-out curve without its jitter: running median of 5 checkpoints, then a Gaussian of width 1.

    Parameters
    ----------
    curve : ndarray of shape (checkpoints,)

    Returns
    -------
    ndarray of shape (checkpoints,)
    """
    steady = median_filter(curve, size=MEDIAN_WINDOW, mode="nearest")
    return gaussian_filter1d(steady, GAUSSIAN_WIDTH, mode="nearest")


def max_test(curve: np.ndarray) -> int:
    """The max-test rule: the checkpoint at which the smoothed held-out curve is highest.

    Parameters
    ----------
    curve : ndarray of shape (checkpoints,)
        Held-out values; larger is better.

    Returns
    -------
    int

    References
    ----------
    E. Abdelaleem, K. M. Martini, I. Nemenman, arXiv:2506.00330.

    Examples
    --------
    >>> max_test(np.array([0.0, 0.5, 0.9, 1.0, 0.9, 0.7, 0.2]))
    3
    """
    return int(np.argmax(smoothed(np.asarray(curve, dtype=np.float64))))
