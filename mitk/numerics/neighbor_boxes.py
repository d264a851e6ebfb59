"""Exact max-norm neighbours and counts from a tree of boxes, compiled.

Rows are halved at the median of the widest column until few are left; a box whose points are all near is counted
whole, so that many rows in one place cost no more than few. Rounding is monotone: what holds for the sides of a box
holds for the distances of its points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.compiled import cached, helper
from mitk.numerics.neighbor_kernels import replace_root
from mitk.numerics.neighbor_passes import run

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Most rows of a leaf, and rows that a thread takes at a time.
LEAF, CHUNK = 12, 2048


@helper
def _halve(values: Floats, order: Ints, begin: int, end: int, middle: int) -> None:
    """Reorder order[begin:end] so that no value before `middle` is larger than one from there on."""
    left, right = begin, end - 1
    while left < right:
        pivot = values[order[(left + right) // 2]]
        i, j = left, right
        while i <= j:
            while values[order[i]] < pivot:
                i += 1
            while values[order[j]] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            right = j
        elif middle >= i:
            left = i
        else:
            return


@cached
def build(columns: Floats, order: Ints, starts: Ints, lows: Floats, highs: Floats) -> None:
    """Order rows by the tree and measure its boxes.

    Parameters
    ----------
    columns : ndarray of shape (d, n)
    order : ndarray of shape (n,), int64
        0, 1, ..., n - 1; reordered.
    starts : ndarray of shape (nodes + 1, 2), int64
        Filled with the first row of each box and the first past it; box i is cut into 2 i + 1 and 2 i + 2.
    lows, highs : ndarray of shape (nodes, d)
        Filled with the sides of each box.
    """
    d, n = columns.shape
    nodes = lows.shape[0]
    starts[0, 0], starts[0, 1] = 0, n
    for node in range(nodes):
        begin, end = starts[node, 0], starts[node, 1]
        widest, width = 0, -1.0
        for j in range(d):
            low, high = np.inf, -np.inf
            for i in range(begin, end):
                value = columns[j, order[i]]
                low, high = min(low, value), max(high, value)
            lows[node, j], highs[node, j] = low, high
            if high - low > width:
                widest, width = j, high - low
        child = 2 * node + 1
        if child + 1 < nodes:
            middle = (begin + end) // 2
            _halve(columns[widest], order, begin, end, middle)
            starts[child, 0], starts[child, 1] = begin, middle
            starts[child + 1, 0], starts[child + 1, 1] = middle, end


@helper
def _to_box(point: Floats, low: Floats, high: Floats) -> float:
    """Distance from a point to the nearest point of a box."""
    largest = 0.0
    for j in range(point.size):
        largest = max(largest, low[j] - point[j], point[j] - high[j])
    return largest


@helper
def _across_box(point: Floats, low: Floats, high: Floats) -> float:
    """Distance from a point to the farthest corner of a box."""
    largest = 0.0
    for j in range(point.size):
        largest = max(largest, point[j] - low[j], high[j] - point[j])
    return largest


@helper
def _apart(a: Floats, b: Floats, first: int, last: int) -> float:
    """Distance of two points in some columns."""
    largest = 0.0
    for j in range(first, last):
        largest = max(largest, abs(a[j] - b[j]))
    return largest


@helper
def _offer(rows: Floats, i: int, begin: int, end: int, heap: Floats, ties: int) -> int:
    """Offer some rows to the k nearest of row i; keep how many more tie with the k-th."""
    for other in range(begin, end):
        if other == i:
            continue
        value = _apart(rows[i], rows[other], 0, rows.shape[1])
        root = heap[0]
        if value < root:
            replace_root(heap, heap.size, value)
            ties = ties + 1 if heap[0] == root else 0
        else:
            ties += value == root
    return ties


@cached
def nearest_rows(
    first: int,
    last: int,
    rows: Floats,
    starts: Ints,
    lows: Floats,
    highs: Floats,
    k: int,
    split: int,
    rectangle: bool,
    counts: Ints,
    radii: Floats,
) -> None:
    """Nearest neighbours of rows first..last: how many are nearer than the k-th and no farther, and how far they are.

    Parameters
    ----------
    first, last : int
    rows : ndarray of shape (n, d)
        In the order of the tree.
    starts, lows, highs
        As `build` made them.
    k : int
    split : int
        Columns of the first side.
    rectangle : bool
        Whether to measure the extents on each side of those no farther.
    counts, radii : ndarray of shape (2, n) and (3, n)
        Filled: nearer and no farther; distance of the k-th, and both extents.
    """
    d, nodes = rows.shape[1], lows.shape[0]
    heap = np.empty(k, np.float64)
    stack = np.empty(128, np.int64)
    leaf = -1
    for i in range(first, last):
        if leaf < 0 or not starts[leaf, 0] <= i < starts[leaf, 1]:
            leaf = 0
            while 2 * leaf + 2 < nodes:
                leaf = 2 * leaf + 1
                if i >= starts[leaf, 1]:
                    leaf += 1
        heap[:] = np.inf
        ties = _offer(rows, i, starts[leaf, 0], starts[leaf, 1], heap, 0)
        stack[0], size = 0, 1
        while size:
            size -= 1
            node = stack[size]
            if node == leaf or _to_box(rows[i], lows[node], highs[node]) > heap[0]:
                continue
            child = 2 * node + 1
            if child + 1 >= nodes:
                ties = _offer(rows, i, starts[node, 0], starts[node, 1], heap, ties)
                continue
            # The nearer half is looked into first.
            left = _to_box(rows[i], lows[child], highs[child])
            right = _to_box(rows[i], lows[child + 1], highs[child + 1])
            stack[size] = child + 1 if left <= right else child
            stack[size + 1] = child if left <= right else child + 1
            size += 2
        radius = heap[0]
        opened = 0
        for f in range(k):
            opened += heap[f] < radius
        counts[0, i], counts[1, i] = opened, k + ties
        radii[0, i] = radius
        if rectangle:
            width, height = 0.0, 0.0
            stack[0], size = 0, 1
            while size:
                size -= 1
                node = stack[size]
                if _to_box(rows[i], lows[node], highs[node]) > radius:
                    continue
                child = 2 * node + 1
                if child + 1 < nodes:
                    stack[size], stack[size + 1] = child, child + 1
                    size += 2
                    continue
                for other in range(starts[node, 0], starts[node, 1]):
                    aside, along = _apart(rows[i], rows[other], 0, split), _apart(rows[i], rows[other], split, d)
                    if max(aside, along) <= radius:
                        width, height = max(width, aside), max(height, along)
            radii[1, i], radii[2, i] = width, height


@cached
def count_boxes(
    first: int, last: int, rows: Floats, starts: Ints, lows: Floats, highs: Floats, radii: Floats, counts: Ints
) -> None:
    """Count others nearer than, and within, ``radii`` (n,) of rows first..last into ``counts`` (2, n)."""
    d, nodes = rows.shape[1], lows.shape[0]
    stack = np.empty(128, np.int64)
    for i in range(first, last):
        radius = radii[i]
        opened, closed = 0, 0
        stack[0], size = 0, 1
        while size:
            size -= 1
            node = stack[size]
            if _to_box(rows[i], lows[node], highs[node]) > radius:
                continue
            if _across_box(rows[i], lows[node], highs[node]) < radius:
                opened += starts[node, 1] - starts[node, 0]
                closed += starts[node, 1] - starts[node, 0]
                continue
            child = 2 * node + 1
            if child + 1 < nodes:
                stack[size], stack[size + 1] = child, child + 1
                size += 2
                continue
            for other in range(starts[node, 0], starts[node, 1]):
                value = _apart(rows[i], rows[other], 0, d)
                opened += value < radius
                closed += value <= radius
        counts[0, i], counts[1, i] = opened - (radius > 0.0), closed - (radius >= 0.0)


class Boxes:
    """The tree of some points.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    """

    def __init__(self, points: Floats) -> None:
        n, d = points.shape
        depth = max(int(np.ceil(np.log2(max(n, 1) / LEAF))), 0)
        nodes = 2 ** (depth + 1) - 1
        self.order = np.arange(n)
        self.starts = np.zeros((nodes, 2), np.int64)
        self.lows, self.highs = np.empty((2, nodes, d))
        build(np.ascontiguousarray(points.T), self.order, self.starts, self.lows, self.highs)
        self.rows = np.ascontiguousarray(points[self.order])

    def nearest(
        self, k: int, threads: int, split: int = 0, rectangle: bool = False
    ) -> tuple[Floats, Ints, Ints, Floats | None]:
        """Find each row's k-th neighbour, as `mitk.numerics.neighbor_trees.tree_nearest` does."""
        n = len(self.rows)
        counts, radii = np.empty((2, n), np.int64), np.empty((3, n))
        tree = (self.rows, self.starts, self.lows, self.highs)
        run(lambda first, last: nearest_rows(first, last, *tree, k, split, rectangle, counts, radii), n, CHUNK, threads)
        found, measured = np.empty_like(counts), np.empty_like(radii)
        found[:, self.order], measured[:, self.order] = counts, radii
        return measured[0], found[0], found[1], measured[1:] if rectangle else None

    def counts(self, radii: Floats, threads: int) -> tuple[Ints, Ints]:
        """Count the others nearer than, and within, a radius (n,) of each row."""
        n = len(self.rows)
        counts, reach = np.empty((2, n), np.int64), radii[self.order]
        tree = (self.rows, self.starts, self.lows, self.highs)
        run(lambda first, last: count_boxes(first, last, *tree, reach, counts), n, CHUNK, threads)
        found = np.empty_like(counts)
        found[:, self.order] = counts
        return found[0], found[1]
