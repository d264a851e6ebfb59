"""Nearest neighbours in many orders of one side's rows: what each side has alone is found once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.compiled import cached, helper
from mitk.numerics.neighbor_kernels import replace_root
from mitk.numerics.neighbor_strips import place_of
from mitk.numerics.neighbor_trees import distance_matrix
from mitk.numerics.units import by_unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@helper
def _of_unit(points: Floats, i: int, members: Ints, rows: Ints, radius: float) -> int:
    """Others of row i's unit, whose rows are `members`, with a distance below the radius where rows take `points`."""
    found = -1
    here = rows[i]
    for j in members:
        distance = 0.0
        for c in range(points.shape[1]):
            distance = max(distance, abs(points[here, c] - points[rows[j], c]))
        found += distance < radius
    return found


@cached
def order_rows(
    near: Ints,
    x: Floats,
    steps_x: Floats,
    y: Floats,
    steps_y: Floats,
    rows: Ints,
    k: int,
    units: Ints | None,
    places: Ints | None,
    starts: Ints | None,
    counts: Ints,
) -> float:
    """Count others strictly within each row's k-th joint distance on both sides; the least such distance.

    Parameters
    ----------
    near : ndarray, shape (n, n), integers
        Rows by their distance in x from each row.
    steps_x : ndarray, shape (n, n)
        These distances, ascending.
    x, y : ndarray, shape (n, dx) and (n, dy)
    steps_y : ndarray, shape (n, n)
        Ascending distances in y from each row of y.
    rows : ndarray, shape (n,)
        Row of y that each row of x is paired with.
    k : int
        Below n.
    units : ndarray, shape (n,), or None
        Labels from 0: rows of one unit are no neighbours of each other, nor counted. Each has k others.
    places : ndarray, shape (n,), or None
        Rows by their unit.
    starts : ndarray, shape (units + 1,), or None
        Where each unit begins among them.
    counts : ndarray, shape (2, n)
        Filled with the counts in x and y.
    """
    n, columns = y.shape
    same = np.arange(n)
    heap = np.empty(k, np.float64)
    least = np.inf
    for i in range(n):
        here = rows[i]
        heap[:] = np.inf
        end = n
        for place in range(n):
            distance = steps_x[i, place]
            # Those that follow are no nearer.
            if distance >= heap[0]:
                end = place
                break
            j = near[i, place]
            if j == i:
                continue
            # Compiled without this where there are no units.
            if units is not None and units[j] == units[i]:
                continue
            other = rows[j]
            for c in range(columns):
                distance = max(distance, abs(y[here, c] - y[other, c]))
            if distance < heap[0]:
                replace_root(heap, k, distance)
        radius = heap[0]
        least = min(least, radius)
        counts[0, i] = place_of(steps_x[i], 0, end, radius) - 1
        counts[1, i] = place_of(steps_y[here], 0, n, radius) - 1
        if units is not None and places is not None and starts is not None:
            members = places[starts[units[i]] : starts[units[i] + 1]]
            counts[0, i] -= _of_unit(x, i, members, same, radius)
            counts[1, i] -= _of_unit(y, i, members, rows, radius)
    return least


@cached
def class_rows(near: Ints, steps: Floats, codes: Ints, asked: Ints, counts: Ints) -> float:
    """Count others strictly within the distance of each row's k-th neighbour of its class; the least such distance.

    Parameters
    ----------
    near, steps : ndarray, shape (n, n)
        Rows by their distance from each row, and these distances.
    codes : ndarray, shape (n,), integers
        Class of each row.
    asked : ndarray, shape (n,), integers
        Neighbours for each row: fewer than its class has rows. Those of 0 are passed over.
    counts : ndarray, shape (n,)
        Filled.
    """
    n = codes.size
    least = np.inf
    for i in range(n):
        found = 0
        counts[i] = 0
        if asked[i] == 0:
            continue
        for place in range(n):
            j = near[i, place]
            if j != i and codes[j] == codes[i]:
                found += 1
                if found == asked[i]:
                    radius = steps[i, place]
                    least = min(least, radius)
                    counts[i] = place_of(steps[i], 0, place, radius) - 1
                    break
    return least


def by_distance(points: Floats) -> tuple[Ints, Floats]:
    """Rows by their distance from each row, and these distances, both of shape (n, n)."""
    distances = distance_matrix(points, points)
    near = np.argsort(distances, axis=1)
    return near.astype(np.int32), np.take_along_axis(distances, near, axis=1)


class Orders:
    """Counts of neighbours of rows whose y is taken in any order.

    Parameters
    ----------
    x, y : ndarray, shape (n, dx), (n, dy)
        Finite.
    k : int
        Neighbours, below n.
    units : ndarray, shape (n,), optional
        Labels from 0 of the places that rows are taken to: those of one unit are no neighbours of each other, nor
        counted. Each must leave k others.

    Notes
    -----
    Holds two n x n matrices of distances and one of numbers. Each row walks through the others by their distance in x
    until that exceeds the k-th joint distance found: some sqrt(k n) steps where the sides are independent, whatever
    the number of columns.
    """

    def __init__(self, x: Floats, y: Floats, k: int, units: Ints | None = None) -> None:
        self.k, self.units = k, units
        self.members: tuple[Ints, Ints] | tuple[None, None] = (None, None) if units is None else by_unit(units)
        self.x, self.y = np.ascontiguousarray(x), np.ascontiguousarray(y)
        self.near, self.steps_x = by_distance(x)
        self.steps_y = np.sort(distance_matrix(y, y), axis=1)

    def counts(self, rows: Ints) -> tuple[Ints, float]:
        """Others with a distance below that of the k-th joint neighbour, in x and y, (2, n); and the least of these.

        Counts mean nothing where that is 0.
        """
        counts = np.empty((2, len(rows)), np.int64)
        sides = self.near, self.x, self.steps_x, self.y, self.steps_y
        least = order_rows(*sides, rows, self.k, self.units, *self.members, counts)
        return counts, least
