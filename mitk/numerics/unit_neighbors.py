"""Nearest neighbours among the rows of other units: of rows that depend on each other, such as those of a group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mitk.numerics.codes import joint_codes
from mitk.numerics.neighbor_trees import groups
from mitk.numerics.neighbors import cell_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Distances held at a time.
MOST_HELD = 1 << 21


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
    radii, asked = np.zeros(len(points)), np.zeros(len(points), dtype=np.int64)
    for rows in groups(cells, len(points)):
        own, label = points[rows], units[rows]
        _, which, sizes = np.unique(label, return_inverse=True, return_counts=True)
        asked[rows] = np.minimum(k, len(own) - sizes[which])
        if sizes.max() > len(sizes):
            # Few large units: a search among the others of each is less work.
            for unit in range(len(sizes)):
                inside, others = np.flatnonzero(which == unit), own[which != unit]
                if len(others):
                    far = cKDTree(others).query(own[inside], [min(k, len(others))], p=np.inf)[0]
                    radii[np.arange(len(points))[rows][inside]] = far[:, 0]
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
            radii[np.arange(len(points))[rows][part]] = np.where(wanted > 0, found, 0.0)
    return radii, asked


def foreign_counts(points: Floats, radii: Floats, cells: Ints, units: Ints) -> tuple[Ints, Ints]:
    """Rows of the cell and of other units at a distance below, and at most, the radii (n,); shape (n,) each."""
    within = joint_codes(np.column_stack([cells, units]))
    (opened, closed), (own_opened, own_closed) = (cell_counts(points, radii, codes) for codes in (cells, within))
    return opened - own_opened, closed - own_closed
