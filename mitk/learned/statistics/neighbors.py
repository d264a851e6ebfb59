"""Nearest-neighbour information at several numbers of neighbours at once, by brute force on few rows."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from mitk.numerics.compiled import cached, helper

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


def neighbor_information(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Kraskov, Stögbauer and Grassberger's first estimate at `NEIGHBORS` neighbours, shape (3,), in nats.

    psi(k) + psi(m) - <psi(n_x + 1) + psi(n_y + 1)>, averaged over the first rows of x (m, dx) and y (m, dy).
    """
    m = len(x)
    neighbors = np.minimum(np.array(NEIGHBORS), m - 1)
    counts_x = np.empty((len(neighbors), min(m, ASKED)), np.int64)
    counts_y = np.empty_like(counts_x)
    _counts(
        np.ascontiguousarray(x.T, dtype=np.float32),
        np.ascontiguousarray(y.T, dtype=np.float32),
        neighbors,
        counts_x,
        counts_y,
    )
    table = _digamma_table(m)
    return table[neighbors] + table[m] - table[counts_x].mean(axis=1) - table[counts_y].mean(axis=1)


_TABLE = np.zeros(0)


def _digamma_table(m: int) -> np.ndarray:
    global _TABLE
    if len(_TABLE) <= m:
        _TABLE = np.concatenate([[0.0], digamma(np.arange(1.0, 2 * m + 64))])
    return _TABLE
