"""Numbers of few repeated values: how many there are, which of them are points of mass, how finely to look."""

from __future__ import annotations

import numpy as np

# Values that this share of the rows have, and ten times as many as any lesser value, are points of mass, if there are
# ten lesser values: beside them the others are nearly a continuum. The steps of counts do not tower so.
POINT_SHARE = 0.1
POINT_TOWERS = 10
CONTINUUM = 10
# With so many rows a value, on average, the order drawn within the cells of values decides much of an estimate.
ROWS_PER_VALUE = 4
MOST_SPREADINGS, ROWS_SPREAD = 8, 2_400
MOST_NEIGHBORS = 20
# With so many rows a cell on average, and so few of all rows alone in theirs, order adds nothing to what cells tell.
ROWS_PER_CELL = 10
ALONE_SHARE = 0.005


def value_count(column: np.ndarray) -> int:
    """How many different values a column (n,) holds."""
    ordered = np.sort(column)
    return int((ordered[1:] != ordered[:-1]).sum()) + 1 if len(column) else 0


def well_filled(cells: np.ndarray) -> bool:
    """Whether the cells of rows, codes of shape (n,), hold enough of them for order between cells to add nothing."""
    counts = np.unique(cells, return_counts=True)[1]
    n = len(cells)
    return len(counts) * ROWS_PER_CELL <= n and int((counts == 1).sum()) <= ALONE_SHARE * n


def points_of_mass(column: np.ndarray, least: float) -> np.ndarray:
    """Number of the point of mass that each row of a column sits on, -1 for none; shape (n,).

    Parameters
    ----------
    column : ndarray of shape (n,)
    least : float
        Fewest rows of one.
    """
    _, level, counts = np.unique(column, return_inverse=True, return_counts=True)
    heavy = counts >= max(POINT_SHARE * len(column), least)
    rest = counts[~heavy]
    if len(rest) < CONTINUUM:
        return np.full(len(column), -1)
    heavy &= counts >= POINT_TOWERS * rest.max()
    return np.where(heavy, np.cumsum(heavy) - 1, -1)[level]


def spreadings(values: np.ndarray) -> int:
    """How many spreadings of the ties of columns (n, d) to take the mean of: more where values are few.

    Each spreading adds the chance of its order, which a mean takes away; in many rows, of which more are neighbours,
    there is little to gain.
    """
    n = len(values)
    if not any(value_count(column) * ROWS_PER_VALUE <= n for column in values.T):
        return 2
    return int(np.clip(ROWS_SPREAD // n // 2 * 2, 2, MOST_SPREADINGS))


def neighbors_on_lattices(n: int) -> int:
    """Neighbours for a pair of columns of which one is a lattice: n^(3/8), 3 to 20.

    Within cells a lattice is flat, so that more neighbours cost little and take chance away; where rows are many, as
    many as strong dependence allows.
    """
    return max(3, min(round(n**0.375), n // 12 - 1, MOST_NEIGHBORS))
