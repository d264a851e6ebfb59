"""Nearest neighbours among the rows of other units: of rows that depend on each other, such as those of a group."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mitk.numerics.codes import joint_codes
from mitk.numerics.neighbor_trees import distance_matrix, groups, slices
from mitk.numerics.neighbors import cell_counts, repays_compiling, usable_threads
from mitk.numerics.units import by_unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Distances held at a time.
MOST_HELD = 1 << 21
# Rows up to which all distances are quicker than trees of single cells.
MATRIX_ROWS = 300
# Rows of its unit, or of its cell, that each row may be compared with.
MOST_COMPARED = 500


def foreign_radii(points: Floats, k: int, cells: Ints, units: Ints) -> tuple[Floats, Ints]:
    """Distance, in the max norm, of each row to its k-th neighbour among the rows of its cell and of other units.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    k : int
    cells, units : ndarray of shape (n,)
        Labels of the rows.

    Returns
    -------
    radii : ndarray of shape (n,)
    asked : ndarray of shape (n,)
        Neighbours asked for: k, or all there are; where that is 0, the radius is 0.
    """
    n = len(points)
    sizes = np.bincount(cells)
    if n <= MATRIX_ROWS:
        return _matrix_radii(points, k, cells, units)
    if repays_compiling(n, points.shape[1]):
        plane = points.shape[1] == 2 and len(sizes) == 1 and n > k
        if plane and np.bincount(units).max() <= min(n - k, MOST_COMPARED):
            from mitk.numerics.neighbor_strips import plane_nearest

            radii, *_ = plane_nearest(points, k, usable_threads(), units=units)
            return radii, np.full(n, k)
        if sizes @ sizes <= MOST_COMPARED * n:
            from mitk.numerics.unit_kernels import stranger_rows

            radii, asked = np.zeros(n), np.zeros(n, dtype=np.int64)
            stranger_rows(np.ascontiguousarray(points), k, cells, *by_unit(cells), units, radii, asked)
            return radii, asked
    radii, asked = np.zeros(n), np.zeros(n, dtype=np.int64)
    for rows in groups(cells, n):
        own, label = points[rows], units[rows]
        _, which, sizes = np.unique(label, return_inverse=True, return_counts=True)
        asked[rows] = np.minimum(k, len(own) - sizes[which])
        if sizes.max() > len(sizes):
            # Few large units: a search among the others of each is less work.
            for unit in range(len(sizes)):
                inside, others = np.flatnonzero(which == unit), own[which != unit]
                if len(others):
                    far = cKDTree(others).query(own[inside], [min(k, len(others))], p=np.inf)[0]
                    radii[np.arange(n)[rows][inside]] = far[:, 0]
            continue
        tree = cKDTree(own)
        # So many hold k strangers, whoever the others are.
        most = min(k + int(sizes.max()), len(own))
        step = max(MOST_HELD // most, 1)
        for start in range(0, len(own), step):
            part = slice(start, start + step)
            distances, places = tree.query(own[part], most, p=np.inf)
            distances, places = distances.reshape(-1, most), places.reshape(-1, most)
            strangers = np.cumsum(label[places] != label[part, None], axis=1)
            wanted = asked[rows][part]
            last = np.argmax(strangers >= np.maximum(wanted, 1)[:, None], axis=1)
            found = np.take_along_axis(distances, last[:, None], axis=1)[:, 0]
            radii[np.arange(n)[rows][part]] = np.where(wanted > 0, found, 0.0)
    return radii, asked


def foreign_counts(points: Floats, radii: Floats, cells: Ints, units: Ints) -> tuple[Ints, Ints]:
    """Rows of the cell and of other units at a distance below, and at most, the radii (n,); shape (n,) each."""
    n = len(points)
    if n <= MATRIX_ROWS:
        return _matrix_counts(points, radii, cells, units)
    compiled, sizes = repays_compiling(n, points.shape[1]), np.bincount(cells)
    found = np.zeros((2, n), dtype=np.int64)
    if compiled and points.shape[1] > 1 and sizes @ sizes <= MOST_COMPARED * n:
        from mitk.numerics.unit_kernels import stranger_counts

        stranger_counts(np.ascontiguousarray(points), radii, cells, *by_unit(cells), units, found)
        return found[0], found[1]
    within = joint_codes(np.column_stack([cells, units]))
    opened, closed = cell_counts(points, radii, cells)
    sizes = np.bincount(within)
    if compiled and sizes @ sizes <= MOST_COMPARED * n:
        from mitk.numerics.unit_kernels import unit_rows

        unit_rows(points, radii, within, *by_unit(within), found)
    else:
        found[:] = cell_counts(points, radii, within)
    return opened - found[0], closed - found[1]


def _strangers(points: Floats, cells: Ints, units: Ints) -> Iterator[tuple[slice, Floats]]:
    """Some rows at a time, and their distances to all, infinite but for rows of their cell and of other units."""
    n = len(points)
    for rows in slices(n, n):
        matrix = distance_matrix(points[rows], points)
        matrix[(cells[rows, None] != cells) | (units[rows, None] == units)] = np.inf
        yield rows, matrix


def _matrix_radii(points: Floats, k: int, cells: Ints, units: Ints) -> tuple[Floats, Ints]:
    """`foreign_radii` from all distances."""
    radii, asked = np.zeros(len(points)), np.zeros(len(points), dtype=np.int64)
    for rows, matrix in _strangers(points, cells, units):
        asked[rows] = np.minimum(np.isfinite(matrix).sum(axis=1), k)
        last = np.maximum(asked[rows] - 1, 0)
        found = np.take_along_axis(np.partition(matrix, np.unique(last), axis=1), last[:, None], axis=1)[:, 0]
        radii[rows] = np.where(asked[rows] > 0, found, 0.0)
    return radii, asked


def _matrix_counts(points: Floats, radii: Floats, cells: Ints, units: Ints) -> tuple[Ints, Ints]:
    """`foreign_counts` from all distances."""
    found = np.zeros((2, len(points)), dtype=np.int64)
    for rows, matrix in _strangers(points, cells, units):
        found[0, rows] = np.count_nonzero(matrix < radii[rows, None], axis=1)
        found[1, rows] = np.count_nonzero(matrix <= radii[rows, None], axis=1)
    return found[0], found[1]
