"""Exact k-nearest neighbours and marginal counts in the Chebyshev (max) norm.

The distance between two rows is what float64 makes of ``max(abs(a - b))``, and
every back-end returns what comparing all of those would.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import threading
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mitk.numerics import neighbor_trees as trees

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class JointNeighbors(NamedTuple):
    """Neighbours and counts of every row; all arrays have shape (n,).

    Attributes
    ----------
    k : ndarray of int64
        Neighbours asked for: at most the other members of the row's cell.
    radius : ndarray of float64
        Joint distance to the k-th neighbour; 0 where k is 0.
    joint_open, joint_closed : ndarray of int64
        Others with joint distance below, and at most, the radius.
    x_open, x_closed, y_open, y_closed : ndarray of int64
        Others with distance on one side below, and at most, the radius.
    radius_x, radius_y : ndarray of float64, or None
        Largest distance on one side among the ``joint_closed`` neighbours.
    x_rectangle, y_rectangle : ndarray of int64, or None
        Others with distance on one side at most ``radius_x``, ``radius_y``.
    """

    k: Ints
    radius: Floats
    joint_open: Ints
    joint_closed: Ints
    x_open: Ints
    x_closed: Ints
    y_open: Ints
    y_closed: Ints
    radius_x: Floats | None = None
    radius_y: Floats | None = None
    x_rectangle: Ints | None = None
    y_rectangle: Ints | None = None


def joint_neighbors(
    x: Floats,
    y: Floats,
    k: int,
    *,
    cells_x: Ints | None = None,
    cells_y: Ints | None = None,
    rectangle: bool = False,
    threads: int | None = None,
) -> JointNeighbors:
    """Find each row's k-th joint neighbour and count the rows near it on each side.

    Parameters
    ----------
    x, y : ndarray, shape (n, dx), (n, dy)
        Finite, of a range float64 can hold. Either side may have no columns.
    k : int
        Neighbours to look for, at least 1.
    cells_x, cells_y : ndarray, shape (n,), or None
        Labels; rows labelled differently on a side are infinitely far apart there.
    rectangle : bool
        Whether to fill the last four fields.
    threads : int or None
        None takes the usable cores, or one inside a joblib worker.

    Returns
    -------
    JointNeighbors

    Raises
    ------
    ValueError
        Shapes disagree, k is below 1, or the data are not finite or their
        differences overflow.
    """
    x, y = _checked(x), _checked(y)
    n = len(x)
    if len(y) != n:
        raise ValueError(f"x has {n} rows and y has {len(y)}.")
    codes_x, codes_y = (_codes(cells, n) for cells in (cells_x, cells_y))
    joint = _paired(codes_x, codes_y)
    cells = 1 if joint is None else int(joint.max(initial=0)) + 1
    backend = _backend(n, x.shape[1], y.shape[1], cells)
    return _joint(x, y, k, codes_x, codes_y, rectangle, threads, backend)


def _joint(
    x: Floats,
    y: Floats,
    k: int,
    codes_x: Ints | None,
    codes_y: Ints | None,
    rectangle: bool,
    threads: int | None,
    backend: str,
) -> JointNeighbors:
    """Answer `joint_neighbors` with a given back-end."""
    n = len(x)
    workers = usable_threads() if threads is None else threads
    joint = _paired(codes_x, codes_y)
    counts = np.empty((9, n), np.int64)
    radii = np.empty((3, n))
    counts[0] = _neighbors_asked(joint, n, k)
    if n == 0:
        pass
    elif backend == "matrix":
        trees.matrix_neighbors(x, y, counts[0], codes_x, codes_y, rectangle, counts, radii)
    elif backend == "rows":
        from mitk.numerics import neighbor_passes as passes

        passes.joint_pass(x, y, codes_x, codes_y, joint, workers, rectangle, counts, radii)
    else:
        _by_parts(x, y, (joint, codes_x, codes_y), workers, rectangle, backend, counts, radii)
    last: tuple[Any, ...] = (*radii[1:], *counts[7:]) if rectangle else ()
    return JointNeighbors(counts[0], radii[0], *counts[1:7], *last)


def knn_distances(points: Floats, k: int) -> Floats:
    """Return the distance of each row to its k-th neighbour.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    k : int
        At least 1; no more than the n - 1 others are taken.

    Returns
    -------
    ndarray, shape (n,)
    """
    points = _checked(points)
    n, d = points.shape
    backend = _backend(n, d - d // 2, d // 2, 1)
    if n == 0 or backend in ("matrix", "rows"):
        return _joint(points, points[:, :0], k, None, None, False, None, backend).radius
    asked = int(_neighbors_asked(None, n, k)[0])
    return _nearest(points, asked, d // 2, usable_threads(), False, backend)[0]


def marginal_counts(points: Floats, radii: Floats) -> tuple[Ints, Ints]:
    """Count the other rows around each row.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    radii : ndarray, shape (n,)

    Returns
    -------
    opened, closed : ndarray, shape (n,)
        Others at a distance below, and at most, ``radii``.
    """
    points = _checked(points)
    radii = np.asarray(radii, np.float64)
    n, d = points.shape
    if radii.shape != (n,):
        raise ValueError(f"Radii must have shape ({n},), not {radii.shape}.")
    if n == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return _counts(points, radii, usable_threads(), _backend(n, d, 1 if d == 1 else 0, 1))


def cell_counts(points: Floats, radii: Floats, cells: Ints) -> tuple[Ints, Ints]:
    """Count the other rows of its cell around each row.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    radii : ndarray, shape (n,)
    cells : ndarray, shape (n,)
        Labels from 0.

    Returns
    -------
    opened, closed : ndarray, shape (n,)
        As `marginal_counts`.
    """
    found = np.empty((2, len(points)), np.int64)
    for rows in trees.groups(cells, len(points)):
        found[:, rows] = marginal_counts(points[rows], radii[rows])
    return found[0], found[1]


def _backend(n: int, dx: int, dy: int, cells: int) -> str:
    """Choose how to search: all give the same answer.

    Parameters
    ----------
    n, dx, dy : int
    cells : int
        Joint cells; 1 without labels.

    Returns
    -------
    str
        ``matrix`` (NumPy, all distances), ``trees`` (cKDTree and sorting),
        ``strips`` (the plane in sorted strips), ``rows`` (a pass over all
        pairs) or ``boxes`` (a tree whose boxes are counted whole). The last
        three compile, so that no small problem in few dimensions uses them.

    Notes
    -----
    Milliseconds of one core for kNN and both counts, k = 3, Gaussian data:
    trees / rows / boxes, with strips in the place of rows for 1 + 1; without
    cells, and with ten cells on one side.

    ======  =======  =================  =================  ================
    cells   dx + dy  n = 10^3           10^4               5 * 10^4
    ======  =======  =================  =================  ================
    1       1 + 1    5.3 / 0.9 / 1.3    27 / 9 / 17        - / 56 / 84
    1       1 + 2    11 / 4.1 / 2.5     202 / 145 / 26     - / 3340 / 186
    1       2 + 2    24 / 3.9 / 3.8     519 / 175 / 56     - / 3890 / 460
    1       3 + 3    50 / 4.1 / 7.1     1360 / 140 / 124   - / 3540 / 1330
    1       5 + 5    137 / 8 / 27       6310 / 286 / 830   - / 6900 / 9650
    10      1 + 2    25 / 3.7 / 4.6     363 / 114 / 52     - / 2010 / 289
    10      2 + 2    23 / 3.9 / 5.8     646 / 113 / 71     - / 1900 / 607
    10      3 + 3    56 / 3.9 / 10      1860 / 116 / 203   - / 1720 / 2000
    ======  =======  =================  =================  ================

    Matrix against
    trees, in microseconds: n = 100, 2 columns 100 / 121 and 4 columns
    123 / 162; n = 200, 364 / 356 and 440 / 1315; n = 400, 1359 / 786 and
    1685 / 3627.
    """
    d = dx + dy
    if n <= matrix_rows(d):
        return "matrix"
    if d <= 1 or not repays_compiling(n, d):
        return "trees"
    if dx == dy == 1:
        return "strips"
    # A cap, since in many hundreds of columns the power overflows.
    return "boxes" if n > 2_000 * 1.85 ** min(d - 4, 100) * cells**0.5 else "rows"


def repays_compiling(n: int, d: int) -> bool:
    """Whether compiled searches are there, or n rows of d columns in all take longer than having them."""
    compiled = "mitk.numerics.neighbor_kernels" in sys.modules or "mitk.numerics.neighbor_strips" in sys.modules
    return compiled or n > 5000 or d > 4


def matrix_rows(d: int) -> int:
    """Rows up to which matrices of all distances are quickest for d columns in all."""
    return {3: 400, 4: 800}.get(d, 200)


def expect_many(n: int, d: int) -> None:
    """Have searches compiled from here on, if n rows of d columns repay that over many of them; answers are the same.

    Parameters
    ----------
    n, d : int
    """
    if n > matrix_rows(d):
        importlib.import_module("mitk.numerics.neighbor_strips")


def _by_parts(
    x: Floats,
    y: Floats,
    codes: tuple[Ints | None, Ints | None, Ints | None],
    threads: int,
    rectangle: bool,
    backend: str,
    counts: Ints,
    radii: Floats,
) -> None:
    """Fill ``counts`` and ``radii``, joint cells first and then each side's cells."""
    n = len(x)
    points = np.concatenate([x, y], axis=1)
    for rows in trees.groups(codes[0], n):
        k = counts[0, rows][0]
        radii[0, rows], counts[1, rows], counts[2, rows], extents = _nearest(
            points[rows], int(k), x.shape[1], threads, rectangle, backend
        )
        if extents is not None:
            radii[1:, rows] = extents
    for place, side in enumerate((x, y)):
        for rows in trees.groups(codes[1 + place], n):
            row = 3 + 2 * place
            counts[row, rows], counts[row + 1, rows] = _counts(side[rows], radii[0, rows], threads, backend)
            if rectangle:
                counts[7 + place, rows] = _counts(side[rows], radii[1 + place, rows], threads, backend)[1]


def _nearest(
    points: Floats, k: int, split: int, threads: int, rectangle: bool, backend: str
) -> tuple[Floats, Ints, Ints, Floats | None]:
    """Answer `neighbor_trees.tree_nearest` by the back-end."""
    if backend == "strips" and k > 0 and points.shape[1] == 2 and split == 1:
        from mitk.numerics import neighbor_strips as strips

        return strips.plane_nearest(points, k, threads, rectangle)
    if backend == "boxes" and points.shape[1] > 1 and 0 < k < len(points) // 4:
        from mitk.numerics.neighbor_boxes import Boxes

        return Boxes(points).nearest(k, threads, split, rectangle)
    return trees.tree_nearest(points, k, threads, split, rectangle)


def _counts(points: Floats, radii: Floats, threads: int, backend: str) -> tuple[Ints, Ints]:
    """Answer `marginal_counts` by the back-end."""
    if backend in ("strips", "boxes") and points.shape[1] == 1:
        from mitk.numerics import neighbor_strips as strips

        return strips.line_counts(points[:, 0], radii, threads)
    if backend == "boxes" and points.shape[1] > 1:
        from mitk.numerics.neighbor_boxes import Boxes

        return Boxes(points).counts(radii, threads)
    if backend == "rows":
        from mitk.numerics import neighbor_passes as passes

        return passes.count_pass(points, radii, threads)
    return trees.tree_counts(points, radii, threads)


def _checked(points: Floats) -> Floats:
    """Return the points as float64 rows whose differences are all finite."""
    points = np.asarray(points, np.float64)
    if points.ndim != 2:
        raise ValueError(f"Points must be a matrix, not an array of shape {points.shape}.")
    if points.size:
        with np.errstate(over="ignore", invalid="ignore"):
            spread = points.max(axis=0) - points.min(axis=0)
        if not np.isfinite(spread).all():
            raise ValueError("Points must be finite, and so must their differences.")
    return points


def _codes(cells: Ints | None, n: int) -> Ints | None:
    """Replace labels by numbers from 0."""
    if cells is None:
        return None
    cells = np.asarray(cells)
    if cells.shape != (n,):
        raise ValueError(f"Cells must have shape ({n},), not {cells.shape}.")
    return np.unique(cells, return_inverse=True)[1].astype(np.int64)


def _paired(left: Ints | None, right: Ints | None) -> Ints | None:
    """Replace pairs of labels by numbers from 0."""
    if left is None or right is None:
        return right if left is None else left
    return _codes(left * (right.max(initial=0) + 1) + right, len(left))


def _neighbors_asked(codes: Ints | None, n: int, k: int) -> Ints:
    """Return min(k, other members of the cell) for every row."""
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}.")
    members = np.full(n, n) if codes is None else np.bincount(codes)[codes]
    return np.minimum(members - 1, k)


def usable_threads() -> int:
    """Return the usable cores, or 1 in a worker that others work beside.

    joblib's process workers are children of a Python process, and its thread
    workers are `multiprocessing.dummy` threads; both show without asking joblib.
    """
    dummy = sys.modules.get("multiprocessing.dummy")
    if multiprocessing.parent_process() is not None or (
        dummy is not None and isinstance(threading.current_thread(), dummy.DummyProcess)
    ):
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
