"""How many directions the rows of a side really vary in, near each row: the dimension that neighbours feel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mitk.numerics.ranks import normal_scores

# Neighbours of a row: fewer make the dimension uncertain, more see it bend.
NEIGHBORS = 10
# Rows among which neighbours are sought, and from how many of them.
MOST_ROWS, MOST_CENTRES = 1000, 250


@dataclass(frozen=True)
class Dimensions:
    """Local dimensions of two sides.

    Attributes
    ----------
    x, y, joint : float
        Of each side and of both together; 0 of a side without columns.
    free : float
        The smaller share, over the sides, of the dimension that a side would have if its columns were independent:
        1 for columns that go their own ways, far below it where some are functions of others.
    """

    x: float
    y: float
    joint: float
    free: float

    @property
    def excess(self) -> float:
        """Dimension of both sides over that of the larger: 1 where one side is a function of the other."""
        return self.joint / max(self.x, self.y) if min(self.x, self.y) > 0.0 else math.inf


def intrinsic_dimensions(x: np.ndarray, y: np.ndarray) -> Dimensions:
    """Local dimensions of two sides and of both together, by maximum likelihood from distances to neighbours.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)
        Without ties, in an order that means nothing; of more than 1,000 rows the first are taken. One of them may have
        no columns.

    Returns
    -------
    Dimensions

    Notes
    -----
    With T_j the distance of a row to its j-th neighbour, of k, in normal scores of the columns,
    d = (k - 2) / sum_{j < k} ln(T_k / T_j), the sum averaged over rows (Levina and Bickel, 2004, averaged as by MacKay
    and Ghahramani). Many columns and few rows make it too small, so it is compared with that of the same columns
    shuffled apart.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> angle, y = rng.uniform(0, 6.28, 500), rng.standard_normal((500, 1))
    >>> found = intrinsic_dimensions(np.column_stack([np.cos(angle), np.sin(angle), angle]), y)
    >>> round(found.x), found.free < 0.6
    (1, True)
    """
    sides = [normal_scores(side[:MOST_ROWS]) if side.shape[1] else side[:MOST_ROWS] for side in (x, y)]
    distances = [_squared_distances(side) for side in sides]
    joint = _dimension(distances[0] + distances[1])
    own = [_dimension(squared) if side.shape[1] else 0.0 for side, squared in zip(sides, distances, strict=True)]
    free = 1.0
    for side, dimension in zip(sides, own, strict=True):
        if side.shape[1] > 1:
            apart = np.random.default_rng(0).permuted(side, axis=0)
            free = min(free, dimension / _dimension(_squared_distances(apart)))
    return Dimensions(own[0], own[1], joint, free)


def _squared_distances(side: np.ndarray) -> np.ndarray:
    """Of the first rows from all, shape (centres, n)."""
    centres = side[:MOST_CENTRES]
    if side.shape[1] == 1:
        return np.square(centres - side.T)
    squares = np.einsum("ij,ij->i", side, side)
    return np.maximum(squares[:MOST_CENTRES, None] + squares - 2.0 * (centres @ side.T), 0.0)


def _dimension(squared: np.ndarray) -> float:
    k = min(NEIGHBORS, squared.shape[1] - 1)
    # Each row itself comes first.
    nearest = np.sort(np.partition(squared, k, axis=1)[:, : k + 1], axis=1)[:, 1:]
    nearest = np.maximum(nearest, np.finfo(float).tiny)
    logs = 0.5 * (np.log(nearest[:, -1:]) - np.log(nearest[:, :-1]))
    total = float(logs.sum(axis=1).mean())
    return (k - 2.0) / total if total > 0.0 else math.inf
