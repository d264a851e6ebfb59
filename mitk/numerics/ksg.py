"""Contributions of rows to the nearest-neighbour estimates of mutual information."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import digamma

from mitk.numerics.codes import joint_codes
from mitk.numerics.neighbors import cell_counts, joint_neighbors
from mitk.numerics.unit_neighbors import foreign_counts, foreign_radii

# Rows whose distances, all at once, are no burden on memory: 80 MB.
MOST_ORDERED = 2000


def ksg_contributions(x: np.ndarray, y: np.ndarray, k: int, variant: int) -> np.ndarray:
    """Contributions, shape (n,) nats, of Kraskov, Stögbauer and Grassberger's estimators 1 and 2.

    1: psi(k) + psi(n) - psi(n_x + 1) - psi(n_y + 1), counts strictly within the joint radius;
    2: psi(k) - 1/k + psi(n) - psi(n_x) - psi(n_y), counts within the rectangle of the k neighbours.
    A row whose k nearest neighbours all coincide with it contributes as in a table:
    psi(n_xy) + psi(n) - psi(n_x) - psi(n_y), counts of equal rows, itself included.
    """
    n = x.shape[0]
    found = joint_neighbors(x, y, k, rectangle=variant == 2)
    if variant == 1:
        near = digamma(k) - digamma(found.x_open + 1) - digamma(found.y_open + 1)
    else:
        assert found.x_rectangle is not None
        assert found.y_rectangle is not None
        near = (
            digamma(k) - 1.0 / k - digamma(np.maximum(found.x_rectangle, 1)) - digamma(np.maximum(found.y_rectangle, 1))
        )
    same = digamma(found.joint_closed + 1) - digamma(found.x_closed + 1) - digamma(found.y_closed + 1)
    return digamma(n) + np.where(found.radius > 0.0, near, same)


def ksg_of_orders(
    x: np.ndarray, y: np.ndarray, k: int, units: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """Contributions of variant 1, shape (n,) nats, as a function of the order in which the rows of y are taken.

    What `ksg_contributions` gives to the last digit, or `conditional_contributions` of rows that depend on those of
    their unit, in a fraction of its time, for up to `MOST_ORDERED` rows. Each unit leaves k others.
    """
    from mitk.numerics.neighbor_orders import Orders

    n, orders = x.shape[0], Orders(x, y, k, units)
    psi = digamma(np.arange(1, n + 1))
    # Of all rows but the others of its unit.
    first, last = digamma(k), psi[-1] if units is None else psi[n - _sizes(units)]

    def contributions(rows: np.ndarray) -> np.ndarray:
        counts, least = orders.counts(rows)
        if least == 0.0:
            return ksg_contributions(x, y[rows], k, 1) if units is None else _of_units(x, y[rows], k, units)
        return last + (first - psi[counts[0]] - psi[counts[1]])

    return contributions


def _of_units(x: np.ndarray, y: np.ndarray, k: int, units: np.ndarray) -> np.ndarray:
    """`conditional_contributions` of numbers given nothing."""
    n = len(x)
    one, everywhere, nowhere = np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    return conditional_contributions(
        (x, y, np.empty((n, 0))), k, (one, one, one), (everywhere, everywhere, nowhere), units
    )[0]


def class_information(points: np.ndarray, classes: np.ndarray, k: int) -> Callable[[np.ndarray], float]:
    """The information between numbers (n, d) and classes (n,), as a function of the order of the classes, in nats.

    The mean of `mixed_contributions` of classes without numbers, psi(n) + psi(k_i) - psi(n_x + 1) - psi(n_y), with k_i
    at most the other rows of the class and 0 from rows alone in theirs, for up to `MOST_ORDERED` rows.
    """
    from mitk.numerics.neighbor_orders import by_distance, class_rows

    n, sizes = len(points), _sizes(classes)
    near, steps = by_distance(points)
    psi = digamma(np.arange(1, n + 1))
    asked = np.minimum(sizes - 1, k)
    fixed = np.where(asked > 0, psi[-1] + psi[asked - 1] - psi[sizes - 1], 0.0)

    def information(rows: np.ndarray) -> float:
        counts = np.empty(n, dtype=np.int64)
        least = class_rows(near, steps, classes[rows], asked[rows], counts)
        if least == 0.0:
            everywhere, nowhere = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
            empty, one = np.empty((n, 0)), np.zeros(n, dtype=np.int64)
            parts, _ = mixed_contributions(points, empty, k, one, classes[rows], everywhere, nowhere)
            return float(parts.mean())
        return float((fixed[rows] - np.where(asked[rows] > 0, psi[counts], 0.0)).mean())

    return information


def mixed_contributions(
    x: np.ndarray,
    y: np.ndarray,
    k: int,
    cells_x: np.ndarray,
    cells_y: np.ndarray,
    live_x: np.ndarray,
    live_y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Contributions, shape (n,) nats, when rows in different cells of a side are infinitely far apart.

    Variant 1 within cells, with k at most the other rows of the cell. Rows without numbers on either side
    contribute as in a table: psi(n_xy) + psi(n) - psi(n_x) - psi(n_y), sizes of their cells.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)
    k : int
    cells_x, cells_y : ndarray of shape (n,), int64
        Labels from 0.
    live_x, live_y : ndarray of shape (n,), bool
        Rows that have numbers on that side, rather than labels alone; the same for all rows of a cell.

    Returns
    -------
    contributions : ndarray of shape (n,)
    alone : ndarray of shape (n,), bool
        Rows alone in their cell that have numbers in it: they tell nothing about its density and count 0.
    """
    if not (cells_x.any() or cells_y.any()) and live_x.all() and live_y.all():
        return ksg_contributions(x, y, k, 1), np.zeros(len(x), dtype=bool)
    n = x.shape[0]
    size_x, size_y = _sizes(cells_x), _sizes(cells_y)
    joint = joint_codes(np.column_stack([cells_x, cells_y]))
    contributions = digamma(_sizes(joint)) - digamma(size_x) - digamma(size_y)
    alone = np.zeros(n, dtype=bool)
    rows = np.flatnonzero(live_x | live_y)
    if len(rows):
        found = joint_neighbors(x[rows], y[rows], k, cells_x=cells_x[rows], cells_y=cells_y[rows])
        # All rows of a cell of labels are at distance 0 there, those left out of the search included.
        near_x = np.where(live_x[rows], found.x_open + 1, size_x[rows])
        near_y = np.where(live_y[rows], found.y_open + 1, size_y[rows])
        near = digamma(np.maximum(found.k, 1)) - digamma(near_x) - digamma(near_y)
        same_x = np.where(live_x[rows], found.x_closed + 1, size_x[rows])
        same_y = np.where(live_y[rows], found.y_closed + 1, size_y[rows])
        same = digamma(found.joint_closed + 1) - digamma(same_x) - digamma(same_y)
        contributions[rows] = np.where(found.radius > 0.0, near, same)
        alone[rows] = found.k == 0
    return np.where(alone, 0.0, digamma(n) + contributions), alone


def conditional_contributions(
    sides: tuple[np.ndarray, np.ndarray, np.ndarray],
    k: int,
    cells: tuple[np.ndarray, np.ndarray, np.ndarray],
    live: tuple[np.ndarray, np.ndarray, np.ndarray],
    units: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Contributions, shape (n,) nats, to I(x; y | z) after Frenzel and Pompe, and after Mesner and Shalizi with labels.

    psi(k) + psi(n_z + 1) - psi(n_xz + 1) - psi(n_yz + 1), counts strictly within the radius of the k-th neighbour in
    (x, y, z); rows in different cells of a side are infinitely far apart there, and k is at most the other rows of the
    cell. Rows whose k nearest neighbours coincide with them, and rows without numbers, contribute as in a table:
    psi(n_xyz) + psi(n_z) - psi(n_xz) - psi(n_yz), counts of equal rows, itself included.

    Parameters
    ----------
    sides : tuple of ndarray
        x (n, dx), y (n, dy) and z (n, dz).
    k : int
    cells : tuple of ndarray of shape (n,), int64
        Labels of the rows on each side, from 0.
    live : tuple of ndarray of shape (n,), bool
        Rows that have numbers on that side, rather than labels alone; the same for all rows of a cell.
    units : ndarray of shape (n,), int64, optional
        Labels of rows that depend on each other, such as those of a group: none is the neighbour of another, nor
        counted, since they are alike in more than the condition. Rows without numbers are counted all the same.

    Returns
    -------
    contributions : ndarray of shape (n,)
    alone : ndarray of shape (n,), bool
        Rows alone in their cell that have numbers in it: they tell nothing about its density and count 0.
    """
    x, y, z = sides
    n = len(x)
    cells_x, cells_y = (joint_codes(np.column_stack([own, cells[2]])) for own in cells[:2])
    sizes = [_sizes(joint_codes(np.column_stack(cells))), _sizes(cells_x), _sizes(cells_y), _sizes(cells[2])]
    contributions = digamma(sizes[0]) - digamma(sizes[1]) - digamma(sizes[2]) + digamma(sizes[3])
    alone = np.zeros(n, dtype=bool)
    rows = np.flatnonzero(live[0] | live[1] | live[2])
    if len(rows):
        with_x, with_y, only = np.hstack([x, z])[rows], np.hstack([y, z])[rows], z[rows]
        codes = cells_x[rows], cells_y[rows], cells[2][rows]
        if units is None:
            found = joint_neighbors(with_x, with_y, k, cells_x=codes[0], cells_y=codes[1])
            radius, asked, closed = found.radius, found.k, found.joint_closed
            counts = [(found.x_open, found.x_closed), (found.y_open, found.y_closed)]
            counts.append(cell_counts(only, radius, codes[2]))
        else:
            joint, cell, unit = np.hstack([x, y, z])[rows], joint_codes(np.column_stack(codes)), units[rows]
            radius, asked = foreign_radii(joint, k, cell, unit)
            # Only asked of rows that coincide with their neighbours.
            closed = foreign_counts(joint, radius, cell, unit)[1] if not radius.all() else asked
            sides_codes = zip((with_x, with_y, only), codes, strict=True)
            counts = [foreign_counts(points, radius, code, unit) for points, code in sides_codes]
            own = [_sizes(joint_codes(np.column_stack([code, units]))) for code in (cells_x, cells_y, cells[2])]
            sizes[1:] = [size - known + 1 for size, known in zip(sizes[1:], own, strict=True)]
        numbers = live[0] | live[2], live[1] | live[2], live[2]
        near, same = digamma(np.maximum(asked, 1)), digamma(closed + 1)
        for sign, (inside, within), has, size in zip((-1.0, -1.0, 1.0), counts, numbers, sizes[1:], strict=True):
            # All rows of a cell of labels are at distance 0 there, those left out of the search included.
            near = near + sign * digamma(np.where(has[rows], inside + 1, size[rows]))
            same = same + sign * digamma(np.where(has[rows], within + 1, size[rows]))
        contributions[rows] = np.where(radius > 0.0, near, same)
        alone[rows] = asked == 0
    return np.where(alone, 0.0, contributions), alone


def _sizes(cells: np.ndarray) -> np.ndarray:
    """Number of rows in the cell of each row, shape (n,)."""
    _, inverse, counts = np.unique(cells, return_inverse=True, return_counts=True)
    return counts[inverse]
