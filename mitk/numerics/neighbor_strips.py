"""Numba kernels for exact max-norm neighbours in the plane and counts on a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.compiled import cached, helper
from mitk.numerics.neighbor_kernels import replace_root
from mitk.numerics.neighbor_passes import run

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@helper
def _offer(heap: Floats, size: int, value: float, ties: int) -> int:
    """Offer a distance to the k nearest; keep how many more tie with the k-th."""
    root = heap[0]
    if value < root:
        replace_root(heap, size, value)
        return ties + 1 if heap[0] == root else 0
    return ties + (value == root)


@helper
def _visit(
    across: Floats,
    along: Floats,
    begin: int,
    end: int,
    at: int,
    a: float,
    b: float,
    heap: Floats,
    size: int,
    ties: int,
    units: Ints | None,
    unit: int,
) -> int:
    """Offer one strip's points of other units, from place ``at`` outwards both ways."""
    for j in range(at, end):
        gap = along[j] - b
        if gap > heap[0]:
            break
        # Compiled without this where there are no units.
        if units is not None and units[j] == unit:
            continue
        ties = _offer(heap, size, max(gap, abs(across[j] - a)), ties)
    for j in range(at - 1, begin - 1, -1):
        gap = b - along[j]
        if gap > heap[0]:
            break
        if units is not None and units[j] == unit:
            continue
        ties = _offer(heap, size, max(gap, abs(across[j] - a)), ties)
    return ties


@helper
def _extent(
    across: Floats,
    along: Floats,
    begin: int,
    end: int,
    at: int,
    a: float,
    b: float,
    radius: float,
    width: float,
    height: float,
) -> tuple[float, float]:
    """Enlarge width and height to hold one strip's points within ``radius``."""
    for step in (1, -1):
        j = at if step == 1 else at - 1
        while begin <= j < end:
            gap = abs(along[j] - b)
            if gap > radius:
                break
            aside = abs(across[j] - a)
            if aside <= radius:
                width = max(width, aside)
                height = max(height, gap)
            j += step
    return width, height


@helper
def place_of(values: Floats, begin: int, end: int, value: float) -> int:
    """First place in values[begin:end] holding ``value`` or more."""
    while begin < end:
        middle = (begin + end) // 2
        if values[middle] < value:
            begin = middle + 1
        else:
            end = middle
    return begin


@cached
def strip_rows(
    first: int,
    last: int,
    across: Floats,
    along: Floats,
    length: int,
    lows: Floats,
    highs: Floats,
    k: int,
    rectangle: bool,
    units: Ints | None,
    counts: Ints,
    radii: Floats,
) -> None:
    """Nearest neighbours in the plane, from points cut into strips.

    Strip s holds points s * length up to (s + 1) * length, all with ``across``
    from lows[s] to highs[s] and sorted by ``along``; strips ascend. Fills
    ``counts`` (2, n) with neighbours nearer than the k-th and no farther, and
    ``radii`` (3, n) with its distance and the extents of those no farther.
    Points of the same of ``units`` (n,) are no neighbours, but in extents.
    """
    n = across.size
    strips = lows.size
    heap = np.empty(k, np.float64)
    unit = 0
    for i in range(first, last):
        a, b = across[i], along[i]
        if units is not None:
            unit = units[i]
        heap[:] = np.inf
        own = i // length
        end = min((own + 1) * length, n)
        ties = _visit(across, along, i + 1, end, i + 1, a, b, heap, k, 0, units, unit)
        ties = _visit(across, along, own * length, i, i, a, b, heap, k, ties, units, unit)
        for step in (1, -1):
            s = own + step
            while 0 <= s < strips:
                if (lows[s] - a if step == 1 else a - highs[s]) > heap[0]:
                    break
                begin, end = s * length, min((s + 1) * length, n)
                at = place_of(along, begin, end, b)
                ties = _visit(across, along, begin, end, at, a, b, heap, k, ties, units, unit)
                s += step
        radius = heap[0]
        opened = 0
        for f in range(k):
            opened += heap[f] < radius
        counts[0, i] = opened
        counts[1, i] = k + ties
        radii[0, i] = radius
        if rectangle:
            width, height = 0.0, 0.0
            for step in (1, -1):
                s = own if step == 1 else own - 1
                while 0 <= s < strips:
                    if (lows[s] - a if step == 1 else a - highs[s]) > radius:
                        break
                    begin, end = s * length, min((s + 1) * length, n)
                    at = place_of(along, begin, end, b)
                    width, height = _extent(
                        across, along, begin, end, at, a, b, radius, width, height)  # fmt: skip
                    s += step
            radii[1, i] = width
            radii[2, i] = height


@helper
def _left_end(values: Floats, start: int, i: int, radius: float, strict: bool) -> int:
    """First place up to i whose distance to values[i] is within ``radius``."""
    begin, end = start, i + 1
    a = values[i]
    while begin < end:
        middle = (begin + end) // 2
        gap = a - values[middle]
        if gap < radius or (gap == radius and not strict):
            end = middle
        else:
            begin = middle + 1
    return begin


@helper
def _right_end(values: Floats, i: int, stop: int, radius: float, strict: bool) -> int:
    """First place past i whose distance to values[i] is not within ``radius``."""
    begin, end = i, stop
    a = values[i]
    while begin < end:
        middle = (begin + end) // 2
        gap = values[middle] - a
        if gap < radius or (gap == radius and not strict):
            begin = middle + 1
        else:
            end = middle
    return begin


@cached
def sorted_rows(first: int, last: int, values: Floats, radii: Floats, counts: Ints) -> None:
    """Count others within ``radii`` (n,) along sorted ``values`` (n,) into ``counts`` (2, n).

    The searches test the distance itself: ``values[i] - radius`` would round,
    and misplace a value exactly on the boundary.
    """
    n = values.size
    for i in range(first, last):
        radius = radii[i]
        left = _left_end(values, 0, i, radius, False)
        right = _right_end(values, i, n, radius, False)
        counts[1, i] = max(right - left, 0) - (radius >= 0.0)
        if left <= i and not values[i] - values[left] < radius:
            left = _left_end(values, left, i, radius, True)
        if right > i and not values[right - 1] - values[i] < radius:
            right = _right_end(values, i, right, radius, True)
        counts[0, i] = max(right - left, 0) - (radius > 0.0)


def line_counts(values: Floats, radii: Floats, threads: int) -> tuple[Ints, Ints]:
    """Count the others nearer than, and within, a radius on a line.

    Parameters
    ----------
    values, radii : ndarray, shape (n,)
    threads : int

    Returns
    -------
    opened, closed : ndarray, shape (n,)
    """
    n = len(values)
    order = np.argsort(values)
    ascending, radius = values[order], radii[order]
    found = np.empty((2, n), np.int64)
    run(lambda first, last: sorted_rows(first, last, ascending, radius, found), n, 8192, threads)
    counts = np.empty((2, n), np.int64)
    counts[:, order] = found
    return counts[0], counts[1]


def plane_nearest(
    points: Floats, k: int, threads: int, rectangle: bool = False, units: Ints | None = None
) -> tuple[Floats, Ints, Ints, Floats | None]:
    """Find each point's k-th neighbour, and how many tie with it.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
    k : int
        Below n.
    threads : int
    rectangle : bool
        Whether to measure the extents.
    units : ndarray, shape (n,), optional
        Labels: points of one unit are no neighbours of each other, and each must have k strangers. Not with
        ``rectangle``.

    Returns
    -------
    radius : ndarray, shape (n,)
    opened, closed : ndarray, shape (n,)
        Others nearer than the k-th neighbour, and no farther.
    extents : ndarray, shape (2, n), or None
        Largest distance on each side among those no farther.
    """
    n = len(points)
    # Strips about as wide as the k-th neighbour is far, were the points spread evenly.
    length = int(np.ceil(np.sqrt(n * (k + 1.0))))
    order = np.argsort(points[:, 0])
    starts = np.arange(0, n, length)
    lows = points[order[starts], 0]
    highs = points[order[np.minimum(starts + length, n) - 1], 0]
    for start in starts:
        strip = order[start : start + length]
        order[start : start + length] = strip[np.argsort(points[strip, 1])]
    across, along = np.ascontiguousarray(points[order].T)
    unit = None if units is None else units[order]
    counts = np.empty((2, n), np.int64)
    radii = np.empty((3, n))

    def rows(first: int, last: int) -> None:
        strip_rows(first, last, across, along, length, lows, highs, k, rectangle, unit, counts, radii)

    run(rows, n, 4096, threads)
    found = np.empty((2, n), np.int64)
    found[:, order] = counts
    measured = np.empty((3, n))
    measured[:, order] = radii
    return measured[0], found[0], found[1], measured[1:] if rectangle else None
