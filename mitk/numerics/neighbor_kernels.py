"""Numba kernels for exact max-norm neighbour search, and the layout they need.

Everything here compiles on first use, so :mod:`mitk.numerics.neighbors`
imports this module only for problems large enough to repay it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

BLOCK = 256
# Finite data only, and every distance is an absolute value: no NaN, no -0.
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": {"nnan", "nsz"}}


def cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with an on-disk cache where one can be kept, without it elsewhere.

    Parameters
    ----------
    function : callable
        Function in Numba's subset; calling it twice with the same arguments
        must be harmless.

    Returns
    -------
    callable
        Compiled function. A cache that cannot be found, read or written costs
        a recompilation in this process and nothing else.
    """
    try:
        compiled = njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        return njit(**_OPTIONS)(function)
    fallback = None

    def call(*arguments: Any) -> Any:
        nonlocal fallback
        if fallback is None:
            try:
                return compiled(*arguments)
            except (OSError, EOFError, pickle.UnpicklingError):
                fallback = njit(**_OPTIONS)(function)
        return fallback(*arguments)

    return call


helper = njit(**_OPTIONS)


@helper
def _fill(columns, i, start, stop, out):
    """Write the distances from row i to rows start..stop, four columns a pass."""
    # Loops from 0 over slices: numba then knows no index is negative, and vectorises.
    d = columns.shape[0]
    row = out[start:stop]
    row[:] = 0
    c = 0
    while c + 4 <= d:
        c0, c1 = columns[c, start:stop], columns[c + 1, start:stop]
        c2, c3 = columns[c + 2, start:stop], columns[c + 3, start:stop]
        a0, a1, a2, a3 = columns[c, i], columns[c + 1, i], columns[c + 2, i], columns[c + 3, i]
        for j in range(row.size):
            u = max(abs(c0[j] - a0), abs(c1[j] - a1))
            v = max(abs(c2[j] - a2), abs(c3[j] - a3))
            row[j] = max(row[j], max(u, v))
        c += 4
    while c < d:
        column = columns[c, start:stop]
        a = columns[c, i]
        for j in range(row.size):
            row[j] = max(row[j], abs(column[j] - a))
        c += 1


@helper
def _distance(rows, i, j):
    """Float64 distance between rows i and j."""
    largest = 0.0
    for c in range(rows.shape[1]):
        largest = max(largest, abs(rows[i, c] - rows[j, c]))
    return largest


@helper
def replace_root(heap, size, value):
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
def _any_within(row_x, row_y, bound):
    """Whether max(row_x, row_y) is anywhere at most ``bound``."""
    # A count vectorises where a smallest value or an early exit does not.
    within = np.int32(0)
    for j in range(row_x.size):
        within = np.int32(within + np.int32(max(row_x[j], row_y[j]) <= bound))
    return within > 0


@helper
def _nearest(row_x, row_y, size, heap):
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
def _count(row, start, stop, radius, scale, margin, rows, i):
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
        opened += inside
        if margin == 0.0:
            closed += near
        else:
            closed += inside
            if near != inside:
                for j in range(block.size):
                    if block[j] >= low and block[j] <= high:
                        distance = _distance(rows, i, begin + j)
                        opened += distance < radius
                        closed += distance <= radius
                        checked += 1
    return opened - (radius > 0.0), closed - (radius >= 0.0), checked


@cached
def joint_rows(
    first, last, columns_x, columns_y, columns_y2, rows_x, rows_y, rows_y2, position,
    limits, scale, margin, rectangle, counts, radii,
):  # fmt: skip
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
                value = max(_distance(rows_x, i, j), _distance(rows_y, i, j))
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
                    width_x = max(width_x, _distance(rows_x, i, members[f]))
                    width_y = max(width_y, _distance(rows_y, i, members[f]))
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
def count_rows(first, last, columns, rows, scale, margin, radii, counts):
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


def run(task: Callable[[int, int], None], n: int, chunk: int, threads: int) -> None:
    """Call ``task(first, last)`` over n rows, a chunk at a time, from several threads.

    Parameters
    ----------
    task : callable
    n, chunk, threads : int
    """
    starts = range(0, n, chunk)
    if threads == 1 or len(starts) == 1:
        for start in starts:
            task(start, min(start + chunk, n))
        return
    with ThreadPoolExecutor(min(threads, len(starts))) as pool:
        for done in [pool.submit(task, start, min(start + chunk, n)) for start in starts]:
            done.result()


# Share of pairs left to float64 above which whole rows in float64 are quicker.
_DOUBTFUL = 0.03
# Largest error of a distance between float32 values in [-1, 1], with room for
# rounding the thresholds too: four roundings of 2**-24 and four more of the threshold.
_MARGIN = 10 * 2.0**-24


def _single(*sides: Floats) -> tuple[list[Floats], float] | None:
    """Centre and scale the sides into [-1, 1], as float32 columns.

    Parameters
    ----------
    *sides : ndarray, shape (n, d)

    Returns
    -------
    columns : list of ndarray, shape (d, n)
    scale : float
        A power of two, so that dividing by it is exact. The whole result is
        None where there is no such scale.
    """
    centred = [side - (side.min(axis=0) / 2 + side.max(axis=0) / 2) for side in sides]
    exponent = np.frexp(max(np.abs(side).max(initial=0.0) for side in centred))[1]
    if abs(exponent) > 1000:
        return None
    scale = float(np.ldexp(1.0, exponent))
    return [(side.T / scale).astype(np.float32, order="C") for side in centred], scale


def _pass(
    single: tuple[list[Floats], float] | None,
    double: Callable[[], list[Floats]],
    rows: Callable[[int, int, list[Floats], float, float], int],
    n: int,
    threads: int,
) -> None:
    """Run rows in float32 for as long as it settles nearly all pairs, then in float64.

    Parameters
    ----------
    single : tuple or None
        From `_single`.
    double : callable
        Makes the float64 columns.
    rows : callable
        ``rows(first, last, columns, scale, margin)``, the number of pairs that
        had to be settled in float64.
    n, threads : int
    """
    exact: list[list[Floats]] = []
    making = Lock()

    def task(first: int, last: int) -> None:
        if single is not None and not exact:
            if rows(first, last, *single, _MARGIN) <= _DOUBTFUL * n * (last - first):
                return
        with making:
            if not exact:
                exact.append(double())
        rows(first, last, exact[0], 1.0, 0.0)

    run(task, n, 64, threads if n > 500 else 1)


def count_pass(points: Floats, radii: Floats, threads: int) -> tuple[Ints, Ints]:
    """Count the others nearer than, and within, a radius of each row.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    radii : ndarray, shape (n,)
    threads : int

    Returns
    -------
    opened, closed : ndarray, shape (n,)
    """
    points = np.ascontiguousarray(points)
    counts = np.empty((2, len(points)), np.int64)

    def rows(first: int, last: int, columns: list[Floats], scale: float, margin: float) -> int:
        return count_rows(first, last, columns[0], points, scale, margin, radii, counts)

    _pass(_single(points), lambda: [np.ascontiguousarray(points.T)], rows, len(points), threads)
    return counts[0], counts[1]


def _bounds(codes: Ints | None, n: int) -> Ints:
    """Return the start and stop (2, n) of each row's run of equal codes."""
    if codes is None:
        return np.repeat(np.array([[0], [n]]), n, axis=1)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1])
    ends = np.append(starts[1:], n)
    return np.repeat(np.stack([starts, ends]), ends - starts, axis=1)


def joint_pass(
    x: Floats,
    y: Floats,
    codes_x: Ints | None,
    codes_y: Ints | None,
    joint: Ints | None,
    threads: int,
    rectangle: bool,
    counts: Ints,
    radii: Floats,
) -> None:
    """Fill ``counts`` and ``radii`` as `joint_rows` says, in the caller's order.

    Parameters
    ----------
    x, y : ndarray, shape (n, dx), (n, dy)
    codes_x, codes_y, joint : ndarray, shape (n,), or None
        Cells, and cells of the pair.
    threads : int
    rectangle : bool
    counts, radii : ndarray, shape (9, n), (3, n)
    """
    n = len(x)
    place = np.empty(0, np.int64)
    order: Ints | slice = slice(None)
    y_bounds = _bounds(None, n)
    if codes_x is not None and codes_y is not None:
        order = np.lexsort((codes_y, codes_x))
        again = np.argsort(codes_y[order], kind="stable")
        place = np.empty(n, np.int64)
        place[again] = np.arange(n)
        y_bounds = _bounds(codes_y[order][again], n)[:, place]
    elif joint is not None:
        order = np.argsort(joint, kind="stable")
        y_bounds = _bounds(None if codes_y is None else joint[order], n)
    limits = np.concatenate([
        _bounds(None if joint is None else joint[order], n),
        _bounds(None if codes_x is None else codes_x[order], n),
        y_bounds,
    ])  # fmt: skip
    x, y = np.ascontiguousarray(x[order]), np.ascontiguousarray(y[order])
    y2 = y[again] if len(place) else y
    counted, measured = counts[:, order].copy(), np.empty((3, n))

    def twice(columns: list[Floats]) -> list[Floats]:
        return [*columns, np.ascontiguousarray(columns[1][:, again]) if len(place) else columns[1]]

    def rows(first: int, last: int, columns: list[Floats], scale: float, margin: float) -> int:
        return joint_rows(
            first, last, *columns, x, y, y2, place, limits, scale, margin, rectangle, counted, measured
        )

    single = _single(x, y)
    _pass(
        single and (twice(single[0]), single[1]),
        lambda: twice([np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)]),
        rows,
        n,
        threads,
    )
    counts[:, order], radii[:, order] = counted, measured
