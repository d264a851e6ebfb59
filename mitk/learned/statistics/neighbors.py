"""Nearest-neighbour information at several numbers of neighbours at once, by brute force on few rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import digamma

from mitk.numerics.compiled import cached, helper
from mitk.numerics.rank_neighbors import rank_information

NEIGHBORS = (1, 3, 8)
MOST = 8
# Rows asked about; all rows given are answered from.
ASKED = 512


@helper
def _distances(side, i, spare, far):  # type: ignore[no-untyped-def]
    """Maximum norm from row i of a side (d, m) to each, in one of two arrays (m,); the other comes back first."""
    column = side[0]
    at = column[i]
    for j in range(column.size):
        far[j] = abs(column[j] - at)
    for a in range(1, side.shape[0]):
        # Read from one and written to the other: in place, the compiler makes stores conditional, which is slow.
        spare, far = far, spare
        column = side[a]
        at = column[i]
        for j in range(column.size):
            gap = abs(column[j] - at)
            before = spare[j]
            far[j] = gap if gap > before else before
    return spare, far


@cached
def _counts(x, y, neighbors, counts_x, counts_y):  # type: ignore[no-untyped-def]
    """Rows strictly within the joint distance of the k-th neighbour on each side; x (dx, m), y (dy, m) float32."""
    m = x.shape[1]
    far_x, spare_x = np.empty(m, np.float32), np.empty(m, np.float32)
    far_y, spare_y = np.empty(m, np.float32), np.empty(m, np.float32)
    far = np.empty(m, np.float32)
    nearest = np.empty(MOST, np.float32)
    top = neighbors[-1]
    for i in range(counts_x.shape[1]):
        spare_x, far_x = _distances(x, i, spare_x, far_x)
        spare_y, far_y = _distances(y, i, spare_y, far_y)
        for j in range(m):
            on_x, on_y = far_x[j], far_y[j]
            far[j] = on_x if on_x > on_y else on_y
        far[i] = np.float32(np.inf)
        nearest[:] = np.float32(np.inf)
        limit = np.float32(np.inf)
        for j in range(m):
            d = far[j]
            if d < limit:
                place = top - 1
                while place > 0 and nearest[place - 1] > d:
                    nearest[place] = nearest[place - 1]
                    place -= 1
                nearest[place] = d
                limit = nearest[top - 1]
        for s in range(len(neighbors)):
            radius = nearest[neighbors[s] - 1]
            in_x = np.int32(0)
            in_y = np.int32(0)
            for j in range(m):
                in_x += np.int32(far_x[j] < radius)
                in_y += np.int32(far_y[j] < radius)
            # The row itself is at distance 0: it is the one that the formula adds, unless the radius is 0.
            counts_x[s, i] = max(in_x, 1)
            counts_y[s, i] = max(in_y, 1)


def contributions(x: np.ndarray, y: np.ndarray, neighbors: Sequence[int] = NEIGHBORS) -> np.ndarray:
    """Contributions of the first rows of x (m, dx) and y (m, dy) at each number of neighbours, (k, asked), in nats.

    psi(k) + psi(m) - psi(n_x + 1) - psi(n_y + 1), Kraskov, Stögbauer and Grassberger's first estimate.
    """
    m = len(x)
    sought = np.minimum(np.array(neighbors), m - 1)
    counts_x = np.empty((len(sought), min(m, ASKED)), np.int64)
    counts_y = np.empty_like(counts_x)
    _counts(
        np.ascontiguousarray(x.T, dtype=np.float32),
        np.ascontiguousarray(y.T, dtype=np.float32),
        sought,
        counts_x,
        counts_y,
    )
    table = _digamma_table(m)
    return (table[sought] + table[m])[:, None] - table[counts_x] - table[counts_y]


def neighbor_information(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`contributions` averaged, shape (3,), in nats."""
    return contributions(x, y).mean(axis=1)


def planar_information(views: Sequence[tuple[np.ndarray, np.ndarray]], neighbors: Sequence[int]) -> np.ndarray:
    """The same estimate of pairs of columns (m,) on normal scores, over all their rows; shape (v, k), in nats."""
    columns = [column for view in views for column in view]
    ranks = np.empty((len(columns[0]), len(columns)), dtype=np.int32, order="F")
    for j, column in enumerate(columns):
        ranks[np.argsort(column, kind="stable"), j] = np.arange(len(column), dtype=np.int32)
    pairs = np.arange(len(columns)).reshape(-1, 2)
    found = [rank_information(ranks, pairs, min(k, len(ranks) - 1))[0] for k in neighbors]
    return np.stack(found, axis=1)


_TABLE = np.zeros(0)


def _digamma_table(m: int) -> np.ndarray:
    global _TABLE
    if len(_TABLE) <= m:
        _TABLE = np.concatenate([[0.0], digamma(np.arange(1.0, 2 * m + 64))])
    return _TABLE
