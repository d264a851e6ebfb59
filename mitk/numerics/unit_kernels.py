"""Numba kernels that compare rows with those of their unit, or of their cell but of other units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.compiled import cached
from mitk.numerics.neighbor_kernels import replace_root, row_distance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@cached
def unit_rows(points: Floats, radii: Floats, units: Ints, places: Ints, starts: Ints, counts: Ints) -> None:
    """Count others of each row's unit with a distance below, and at most, the radii (n,) into ``counts`` (2, n).

    Parameters
    ----------
    points : ndarray, shape (n, d)
    radii : ndarray, shape (n,)
    units, places, starts
        Labels from 0, rows by their unit, and where each begins among them.
    counts : ndarray, shape (2, n)
        Filled.
    """
    for i in range(units.size):
        opened, closed = -int(radii[i] > 0.0), -int(radii[i] >= 0.0)
        for place in range(starts[units[i]], starts[units[i] + 1]):
            distance = row_distance(points, i, places[place])
            opened += distance < radii[i]
            closed += distance <= radii[i]
        counts[0, i], counts[1, i] = opened, closed


@cached
def stranger_rows(
    points: Floats, k: int, cells: Ints, places: Ints, starts: Ints, units: Ints, radii: Floats, asked: Ints
) -> None:
    """Distance of each row to its k-th neighbour among the rows of its cell and of other units; 0 where there is none.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    k : int
    cells, places, starts
        Labels from 0, rows by their cell, and where each begins among them.
    units : ndarray, shape (n,)
    radii, asked : ndarray, shape (n,)
        Filled: with the distances, and with k or the rows there are.
    """
    heap = np.empty(k, np.float64)
    for i in range(cells.size):
        heap[:] = np.inf
        found = 0
        for place in range(starts[cells[i]], starts[cells[i] + 1]):
            j = places[place]
            if units[j] == units[i]:
                continue
            found += 1
            distance = row_distance(points, i, j)
            if distance < heap[0]:
                replace_root(heap, k, distance)
        asked[i] = min(found, k)
        farthest = 0.0
        for h in range(k):
            if heap[h] < np.inf:
                farthest = max(farthest, heap[h])
        radii[i] = farthest


@cached
def stranger_counts(
    points: Floats, radii: Floats, cells: Ints, places: Ints, starts: Ints, units: Ints, counts: Ints
) -> None:
    """Count rows of each row's cell and of other units below, and at most, its radius (n,) into ``counts`` (2, n)."""
    for i in range(cells.size):
        opened, closed = 0, 0
        for place in range(starts[cells[i]], starts[cells[i] + 1]):
            j = places[place]
            if units[j] == units[i]:
                continue
            distance = row_distance(points, i, j)
            opened += distance < radii[i]
            closed += distance <= radii[i]
        counts[0, i], counts[1, i] = opened, closed
