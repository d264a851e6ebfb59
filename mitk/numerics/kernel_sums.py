"""Numba kernel of the leave-one-out Gaussian sums; compiles on first use."""

from __future__ import annotations

import numpy as np

from mitk.numerics.compiled import cached, helper
from mitk.numerics.neighbor_kernels import BLOCK, Floats

# Terms this many nats below the largest of a row are held there: a million of them are 2e-22 of the sum.
LEAST = -64.0
# Rows that share a block of the others while it is in the cache.
ROWS = 8


@helper
def power(t: float) -> float:
    """exp(t) for t in [-64, 0] to 1e-13.

    (exp(t / 512))^512 by ten terms of the series: no branch, so that the compiler takes several t at once.
    """
    t *= 1.0 / 512.0
    e = 1.0
    for k in range(9, 0, -1):
        e = 1.0 + t * (1.0 / k) * e
    for _ in range(9):
        e *= e
    return e


@cached
def log_sum_rows(first: int, last: int, columns: Floats, logs: Floats) -> None:
    """Write ln sum_{j != i} exp(-|u_i - u_j|^2) for rows `first` to `last`, relative to the nearest row.

    Parameters
    ----------
    first, last : int
    columns : ndarray, shape (d, n)
    logs : ndarray, shape (n,)
    """
    d, n = columns.shape
    squares, partial = np.empty((ROWS, n)), np.empty(BLOCK)
    for group in range(first, last, ROWS):
        rows = min(ROWS, last - group)
        for start in range(0, n, BLOCK):
            width = min(BLOCK, n - start)
            for r in range(rows):
                part = squares[r, start : start + width]
                part[:] = 0.0
                for c in range(d):
                    own, others = columns[c, group + r], columns[c, start : start + width]
                    for j in range(width):
                        gap = others[j] - own
                        part[j] += gap * gap
        for r in range(rows):
            squares[r, group + r] = np.inf
            nearest = squares[r].min()
            partial[:] = 0.0
            for start in range(0, n, BLOCK):
                part = squares[r, start : start + min(BLOCK, n - start)]
                for j in range(len(part)):
                    partial[j] += power(max(nearest - part[j], LEAST))
            logs[group + r] = np.log(partial.sum()) - nearest
