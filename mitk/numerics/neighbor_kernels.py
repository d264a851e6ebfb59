"""Numba kernels that compare every row with every other, exactly.

Everything here compiles on first use, so :mod:`mitk.numerics.neighbors`
imports this module only for problems large enough to repay it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.compiled import cached, helper

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

BLOCK = 256


@helper
def _fill(columns: Floats, i: int, start: int, stop: int, out: Floats) -> None:
    """Write the distances from row i to rows start..stop, four columns at once, or eight where there are more."""
    # Loops from 0 over slices: numba then knows no index is negative, and vectorises. Columns that are seen twice
    # change no maximum. The first pass does not read what it writes: a maximum in place is stored on a condition,
    # which is slow.
    last = columns.shape[0] - 1
    row = out[start:stop]
    if last < 0:
        row[:] = 0
    for first in range(0, last + 1, 8):
        c = max(min(first, last - 7), 0)
        p, q, r, s = c, min(c + 1, last), min(c + 2, last), min(c + 3, last)
        c0, c1 = columns[p, start:stop], columns[q, start:stop]
        c2, c3 = columns[r, start:stop], columns[s, start:stop]
        a0, a1, a2, a3 = columns[p, i], columns[q, i], columns[r, i], columns[s, i]
        if last < 4:
            for j in range(row.size):
                row[j] = max(max(abs(c0[j] - a0), abs(c1[j] - a1)), max(abs(c2[j] - a2), abs(c3[j] - a3)))
            return
        p, q, r, s = min(c + 4, last), min(c + 5, last), min(c + 6, last), min(c + 7, last)
        c4, c5 = columns[p, start:stop], columns[q, start:stop]
        c6, c7 = columns[r, start:stop], columns[s, start:stop]
        a4, a5, a6, a7 = columns[p, i], columns[q, i], columns[r, i], columns[s, i]
        for j in range(row.size):
            u = max(max(abs(c0[j] - a0), abs(c1[j] - a1)), max(abs(c2[j] - a2), abs(c3[j] - a3)))
            v = max(max(abs(c4[j] - a4), abs(c5[j] - a5)), max(abs(c6[j] - a6), abs(c7[j] - a7)))
            row[j] = max(u, v) if first == 0 else max(row[j], max(u, v))


@helper
def row_distance(rows: Floats, i: int, j: int) -> float:
    """Float64 distance between rows i and j."""
    largest = 0.0
    for c in range(rows.shape[1]):
        largest = max(largest, abs(rows[i, c] - rows[j, c]))
    return largest


@helper
def replace_root(heap: Floats, size: int, value: float) -> None:
    """Replace the largest of a max-heap's first ``size`` values."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value


@helper
def _any_within(row_x: Floats, row_y: Floats, bound: float) -> bool:
    """Whether max(row_x, row_y) is anywhere at most ``bound``."""
    # A count vectorises where a smallest value or an early exit does not.
    within = np.int32(0)
    for j in range(row_x.size):
        within = np.int32(within + np.int32(max(row_x[j], row_y[j]) <= bound))
    return bool(within > 0)


@helper
def _nearest(row_x: Floats, row_y: Floats, size: int, heap: Floats) -> float:
    """Find the ``size``-th smallest of max(row_x, row_y)."""
    heap[:size] = np.inf
    root = row_x.dtype.type(np.inf)
    for begin in range(0, row_x.size, BLOCK):
        block_x, block_y = row_x[begin : begin + BLOCK], row_y[begin : begin + BLOCK]
        if _any_within(block_x, block_y, root):
            for j in range(block_x.size):
                value = max(block_x[j], block_y[j])
                if value < root:
                    replace_root(heap, size, value)
                    root = row_x.dtype.type(heap[0])
    return heap[0]


@helper
def _count(
    row: Floats, start: int, stop: int, radius: float, scale: float, margin: float, rows: Floats, i: int
) -> tuple[int, int, int]:
    """Count values below and at most ``radius``; float64 settles the close ones.

    ``margin`` zero says that ``row`` is exact.
    """
    kind = row.dtype.type
    # Scaled distances are at most 2, and 4 is an exact stand-in for anything larger.
    scaled = radius if margin == 0.0 else min(max(radius / scale, -4.0), 4.0)
    low = kind(scaled - margin)
    high = kind(scaled + margin)
    opened = 0
    closed = 0
    checked = 0
    for begin in range(start, stop, BLOCK):
        block = row[begin : min(begin + BLOCK, stop)]
        inside = np.int32(0)
        near = np.int32(0)
        for j in range(block.size):
            inside = np.int32(inside + np.int32(block[j] < low))
            near = np.int32(near + np.int32(block[j] <= high))
        opened += int(inside)
        if margin == 0.0:
            closed += int(near)
        else:
            closed += int(inside)
            if near != inside:
                for j in range(block.size):
                    if block[j] >= low and block[j] <= high:
                        distance = row_distance(rows, i, begin + j)
                        opened += distance < radius
                        closed += distance <= radius
                        checked += 1
    return opened - (radius > 0.0), closed - (radius >= 0.0), checked


@cached
def joint_rows(
    first: int,
    last: int,
    columns_x: Floats,
    columns_y: Floats,
    columns_y2: Floats,
    rows_x: Floats,
    rows_y: Floats,
    rows_y2: Floats,
    position: Ints,
    limits: Ints,
    scale: float,
    margin: float,
    rectangle: bool,
    counts: Ints,
    radii: Floats,
) -> int:
    """Answer for rows first..last by a full pass over their cells.

    Parameters
    ----------
    first, last : int
    columns_x, columns_y : ndarray, shape (dx, n) and (dy, n), float32 or float64
        Data divided by ``scale`` (float32) or as it is (float64), rows ordered
        so that joint cells and x cells are contiguous.
    columns_y2 : ndarray, shape (dy, n)
        The same for y, ordered so that y cells are contiguous.
    rows_x, rows_y, rows_y2 : ndarray, shape (n, dx), (n, dy), (n, dy), float64
        The data themselves in those two orders.
    position : ndarray, shape (n,) or (0,), int64
        Place of each row in the second order; empty where both orders are one.
    limits : ndarray, shape (6, n), int64
        Start and stop of each row's joint, x and y cells.
    scale, margin : float
        Unit of the float32 columns and the largest error of a distance there.
    rectangle : bool
    counts, radii : ndarray, shape (9, n) int64 and (3, n) float64
        Results, in the first order. ``counts[0]`` holds k on entry.

    Returns
    -------
    int
        Pairs that float32 could not settle.
    """
    n = rows_x.shape[0]
    row_x = np.empty(n, columns_x.dtype)
    row_y = np.empty(n, columns_x.dtype)
    distances = np.empty(n, np.float64)
    members = np.empty(n, np.int64)
    heap = np.empty(np.max(counts[0, first:last]) + 1, np.float64)
    one_order = position.size == 0
    checked = 0
    for i in range(first, last):
        start, stop = limits[0, i], limits[1, i]
        x_start, x_stop = limits[2, i], limits[3, i]
        y_start, y_stop = limits[4, i], limits[5, i]
        _fill(columns_x, i, x_start, x_stop, row_x)
        if one_order:
            _fill(columns_y, i, y_start, y_stop, row_y)
        else:
            _fill(columns_y, i, start, stop, row_y)
        # The row itself, at distance 0, is the first of the k + 1 nearest.
        size = counts[0, i] + 1
        reach = _nearest(row_x[start:stop], row_y[start:stop], size, heap)
        # In float32 the k-th may lie `margin` higher and its rivals read as much higher again.
        bound = columns_x.dtype.type(reach + 2.0 * margin)
        found = 0
        for begin in range(start, stop, BLOCK):
            end = min(begin + BLOCK, stop)
            if _any_within(row_x[begin:end], row_y[begin:end], bound):
                for j in range(begin, end):
                    value = max(row_x[j], row_y[j])
                    if value <= bound:
                        members[found] = j
                        distances[found] = value
                        found += 1
        radius = reach
        if margin > 0.0:
            checked += found
            heap[:size] = np.inf
            for f in range(found):
                j = members[f]
                value = max(row_distance(rows_x, i, j), row_distance(rows_y, i, j))
                distances[f] = value
                if value < heap[0]:
                    replace_root(heap, size, value)
            radius = heap[0]
        opened = 0
        closed = 0
        for f in range(found):
            opened += distances[f] < radius
            closed += distances[f] <= radius
        radii[0, i] = radius
        counts[1, i] = opened - (radius > 0.0)
        counts[2, i] = closed - 1
        if rectangle:
            width_x = 0.0
            width_y = 0.0
            for f in range(found):
                if distances[f] <= radius:
                    width_x = max(width_x, row_distance(rows_x, i, members[f]))
                    width_y = max(width_y, row_distance(rows_y, i, members[f]))
            radii[1, i] = width_x
            radii[2, i] = width_y
        counts[3, i], counts[4, i], more = _count(
            row_x, x_start, x_stop, radius, scale, margin, rows_x, i)  # fmt: skip
        checked += more
        here = i
        if not one_order:
            here = position[i]
            _fill(columns_y2, here, y_start, y_stop, row_y)
        counts[5, i], counts[6, i], more = _count(
            row_y, y_start, y_stop, radius, scale, margin, rows_y2, here)  # fmt: skip
        checked += more
        if rectangle:
            _, counts[7, i], more = _count(
                row_x, x_start, x_stop, radii[1, i], scale, margin, rows_x, i)  # fmt: skip
            checked += more
            _, counts[8, i], more = _count(
                row_y, y_start, y_stop, radii[2, i], scale, margin, rows_y2, here)  # fmt: skip
            checked += more
    return checked


@cached
def count_rows(
    first: int,
    last: int,
    columns: Floats,
    rows: Floats,
    scale: float,
    margin: float,
    radii: Floats,
    counts: Ints,
) -> int:
    """Count others within ``radii`` (n,) of rows first..last into ``counts`` (2, n)."""
    n = rows.shape[0]
    row = np.empty(n, columns.dtype)
    checked = 0
    for i in range(first, last):
        _fill(columns, i, 0, n, row)
        counts[0, i], counts[1, i], more = _count(
            row, 0, n, radii[i], scale, margin, rows, i)  # fmt: skip
        checked += more
    return checked
