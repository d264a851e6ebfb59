"""Exact max-norm neighbour search with NumPy and SciPy alone, nothing to compile.

cKDTree's queries are exact here. A max-norm distance is a largest rounded
difference, rounding is monotone, and for the max norm cKDTree compares boxes
by such differences too and never by running sums.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Numbers held at a time by what is done in slices.
_SLICE = 1 << 20
# The same for NumPy's full matrices: past it every temporary costs fresh pages.
_SMALL_SLICE = 12_000
# Below this many points NumPy's full matrix is quicker than a tree; for counts in the plane and in space, below these.
_MATRIX = 100
_COUNTED_IN_PLANE, _COUNTED = 1500, 3000
# Below this many points starting threads costs more than they save.
_THREADED = 2000


def groups(codes: Ints | None, n: int) -> Iterator[Ints | slice]:
    """Yield the rows of each cell.

    Parameters
    ----------
    codes : ndarray, shape (n,), or None
        Cell of each row; None for one cell.
    n : int

    Yields
    ------
    ndarray, shape (members,), or slice
        Index of the cell's rows, ascending.
    """
    if codes is None:
        yield slice(None)
        return
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    yield from np.split(order, ends)


def distance_matrix(left: Floats, right: Floats) -> Floats:
    """Return all max-norm distances between two sets of rows.

    Parameters
    ----------
    left, right : ndarray, shape (m, d), (n, d)

    Returns
    -------
    ndarray, shape (m, n)
    """
    largest = np.zeros((len(left), len(right)))
    for a, b in zip(left.T, right.T, strict=True):
        gap = a[:, None] - b
        np.maximum(largest, np.abs(gap, out=gap), out=largest)
    return largest


def _first_within(values: Floats, centres: Floats, radii: Floats, *, strict: bool) -> Ints:
    """Find where in ascending ``values`` the points within ``radii`` below ``centres`` begin.

    ``centres - radii`` rounds, so a plain search can misplace values on the
    boundary; what the distances themselves do not confirm is bisected on them.
    """
    n = len(values)
    compare = np.less if strict else np.less_equal
    first = np.searchsorted(values, centres - radii, side="right" if strict else "left")
    below = compare(centres - values[np.maximum(first - 1, 0)], radii) & (first > 0)
    above = compare(centres - values[np.minimum(first, n - 1)], radii) | (first == n)
    # Past the centre itself differences are negative, and only a negative radius excludes those.
    doubt = np.flatnonzero(below | ~above)
    if len(doubt):
        centre, radius = centres[doubt], radii[doubt]
        low, high = np.zeros(len(doubt), np.int64), np.full(len(doubt), n)
        for _ in range(n.bit_length()):
            middle = (low + high) // 2
            inside = compare(centre - values[np.minimum(middle, n - 1)], radius) | (middle == n)
            high = np.where(inside, middle, high)
            low = np.where(inside, low, np.minimum(middle + 1, high))
        first[doubt] = high
    return first


def sorted_counts(values: Floats, radii: Floats) -> tuple[Ints, Ints]:
    """Count the others nearer than, and within, a radius on a line.

    Parameters
    ----------
    values, radii : ndarray, shape (n,)

    Returns
    -------
    opened, closed : ndarray, shape (n,)
    """
    n = len(values)
    order = np.argsort(values)
    ascending, radius = values[order], radii[order]
    descending = -ascending[::-1]
    results = []
    for strict in (True, False):
        left = _first_within(ascending, ascending, radius, strict=strict)
        right = n - _first_within(descending, -ascending, radius, strict=strict)
        count = np.empty(n, np.int64)
        count[order] = np.maximum(right - left, 0) - (radius > 0 if strict else radius >= 0)
        results.append(count)
    return results[0], results[1]


def tree_counts(points: Floats, radii: Floats, threads: int) -> tuple[Ints, Ints]:
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
    n, d = points.shape
    if d == 0:
        opened, closed = np.where(radii > 0, n, 0), np.where(radii >= 0, n, 0)
    elif d == 1 and n > _MATRIX:
        return sorted_counts(points[:, 0], radii)
    elif n <= (_COUNTED if d > 2 else _COUNTED_IN_PLANE):
        opened, closed = np.empty((2, n), np.int64)
        for rows in slices(n, n):
            matrix = distance_matrix(points[rows], points)
            opened[rows] = np.count_nonzero(matrix < radii[rows, None], axis=1)
            closed[rows] = np.count_nonzero(matrix <= radii[rows, None], axis=1)
    else:
        from scipy.spatial import cKDTree

        tree = cKDTree(points)
        workers = threads if n > _THREADED else 1
        opened, closed = (
            tree.query_ball_point(points, reach, p=np.inf, workers=workers, return_length=True)
            for reach in (np.nextafter(radii, -np.inf), radii)
        )
    return opened - (radii > 0), closed - (radii >= 0)


def _sorted_nearest(values: Floats, k: int) -> Floats:
    """Return the distance to the k-th neighbour on a line.

    The k nearest fill a run of k + 1 sorted values with the point itself, so
    the distance is the least over the runs that hold it.
    """
    n = len(values)
    order = np.argsort(values)
    ascending = values[order]
    nearest = np.full(n, np.inf)
    for before in range(k + 1):
        inside = nearest[before : n - (k - before)]
        centre = ascending[before : n - (k - before)]
        np.minimum(inside, np.maximum(centre - ascending[: n - k], ascending[k:] - centre), out=inside)
    radius = np.empty(n)
    radius[order] = nearest
    return radius


def tree_nearest(
    points: Floats, k: int, threads: int, split: int = 0, rectangle: bool = False
) -> tuple[Floats, Ints, Ints, Floats | None]:
    """Find each row's k-th neighbour, and how many tie with it.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    k : int
        Below n.
    threads : int
    split : int
        Columns of the first side.
    rectangle : bool
        Whether to measure the extents.

    Returns
    -------
    radius : ndarray, shape (n,)
    opened, closed : ndarray, shape (n,)
        Others nearer than the k-th neighbour, and no farther.
    extents : ndarray, shape (2, n), or None
        Largest distance on each side among those no farther.
    """
    n, d = points.shape
    sides = points[:, :split], points[:, split:]
    if k * d == 0 or (d == 1 and k <= 32 and n > _MATRIX):
        radius = np.zeros(n) if k * d == 0 else _sorted_nearest(points[:, 0], k)
        opened, closed = tree_counts(points, radius, threads)
        line = np.stack([radius if side.shape[1] else 0 * radius for side in sides])
        return radius, opened, closed, line if rectangle else None
    radius = np.empty(n)
    opened, closed = np.empty((2, n), np.int64)
    extents = np.zeros((2, n)) if rectangle else None
    if n <= _MATRIX or k > n // 4:
        for rows in slices(n, n, _SLICE):
            matrix = distance_matrix(points[rows], points)
            reach = np.partition(matrix, k, axis=1)[:, k]
            radius[rows] = reach
            opened[rows] = np.count_nonzero(matrix < reach[:, None], axis=1) - (reach > 0)
            inside = matrix <= reach[:, None]
            closed[rows] = np.count_nonzero(inside, axis=1) - 1
            if extents is not None:
                for extent, side in zip(extents, sides, strict=True):
                    extent[rows] = np.where(inside, distance_matrix(side[rows], side), 0).max(axis=1)
        return radius, opened, closed, extents
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    workers = threads if n > _THREADED else 1
    # One neighbour beyond the k-th tells ties from none; the row itself comes first.
    for rows in slices(n, k + 2, _SLICE):
        distances, index = tree.query(points[rows], k + 2, p=np.inf, workers=workers)
        reach = distances[:, k]
        radius[rows] = reach
        opened[rows] = np.count_nonzero(distances < reach[:, None], axis=1) - (reach > 0)
        closed[rows] = np.where(distances[:, k + 1] > reach, k, -1)
        if extents is not None:
            for extent, side in zip(extents, sides, strict=True):
                extent[rows] = _widths(side, side[rows], index[:, : k + 1])
    tied = np.flatnonzero(closed < 0)
    if len(tied):
        closed[tied] = (
            tree.query_ball_point(points[tied], radius[tied], p=np.inf, workers=workers, return_length=True) - 1
        )
        if extents is not None:
            _tied_extents(tree, points, split, tied, radius, closed, extents)
    return radius, opened, closed, extents


def slices(n: int, width: int, size: int = _SMALL_SLICE) -> Iterator[slice]:
    """Yield slices of n rows, ``width`` numbers each and about ``size`` in all."""
    step = max(1, size // width)
    for start in range(0, n, step):
        yield slice(start, start + step)


def _widths(side: Floats, centres: Floats, index: Ints) -> Floats:
    """Return the largest distance from each centre (m, d) to rows ``index`` (m, k) of a side."""
    largest = np.zeros(len(index))
    for column, centre in zip(side.T, centres.T, strict=True):
        np.maximum(largest, np.abs(column[index] - centre[:, None]).max(axis=1), out=largest)
    return largest


def _tied_extents(
    tree: object, points: Floats, split: int, tied: Ints, radius: Floats, closed: Ints, extents: Floats
) -> None:
    """Measure the extents anew at rows where neighbours tie at the k-th distance."""
    ends = np.cumsum(closed[tied] + 1)
    for rows in np.split(tied, np.flatnonzero(np.diff(ends // _SLICE)) + 1):
        found = tree.query_ball_point(points[rows], radius[rows], p=np.inf)  # type: ignore[attr-defined]
        starts = np.concatenate([[0], np.cumsum(closed[rows] + 1)[:-1]])
        index = np.concatenate(found).astype(np.int64)
        gaps = np.abs(points[index] - np.repeat(points[rows], closed[rows] + 1, axis=0))
        largest = np.maximum.reduceat(gaps, starts, axis=0)
        extents[0, rows] = largest[:, :split].max(axis=1, initial=0.0)
        extents[1, rows] = largest[:, split:].max(axis=1, initial=0.0)


def matrix_neighbors(
    x: Floats,
    y: Floats,
    ks: Ints,
    codes_x: Ints | None,
    codes_y: Ints | None,
    rectangle: bool,
    counts: Ints,
    radii: Floats,
) -> None:
    """Fill ``counts`` and ``radii`` as `joint_rows` does, from full distance matrices.

    Parameters
    ----------
    x, y : ndarray, shape (n, dx), (n, dy)
    ks : ndarray, shape (n,)
    codes_x, codes_y : ndarray, shape (n,), or None
    rectangle : bool
    counts, radii : ndarray, shape (9, n), (3, n)
    """
    n = len(x)
    for rows in slices(n, n):
        sides = []
        for side, codes in ((x, codes_x), (y, codes_y)):
            matrix = distance_matrix(side[rows], side)
            if codes is not None:
                matrix[codes[rows, None] != codes] = np.inf
            sides.append(matrix)
        joint = np.maximum(*sides)
        kth = np.unique(ks[rows])
        parted = np.partition(joint, kth, axis=1)
        radius = parted[:, kth[0]] if len(kth) == 1 else np.take_along_axis(parted, ks[rows, None], 1)[:, 0]
        radii[0, rows] = radius
        for row, matrix in enumerate([joint, *sides]):
            counts[2 * row + 1, rows] = np.count_nonzero(matrix < radius[:, None], axis=1)
            counts[2 * row + 2, rows] = np.count_nonzero(matrix <= radius[:, None], axis=1)
        if rectangle:
            inside = joint <= radius[:, None]
            for row, matrix in enumerate(sides):
                width = np.where(inside, matrix, 0).max(axis=1)
                radii[1 + row, rows] = width
                counts[7 + row, rows] = np.count_nonzero(matrix <= width[:, None], axis=1) - 1
    counts[1:7:2] -= radii[0] > 0
    counts[2:7:2] -= 1
