"""Tables of 2 x 2 with given margins: what they can be, and which informations the one seen allows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, xlogy

from mitk.numerics.tables import Table

# With this much variance the count of a cell is near enough to a continuous variable.
FINE = 100.0
# Logarithms of odds ratios tried, in standard errors from the one seen.
STEPS = np.linspace(-6.0, 6.0, 121)
# A logarithm of odds that stands for any beyond it.
LARGEST = 50.0


def coarse(table: Table) -> bool:
    """Whether the count of a cell of a 2 x 2 table varies so little that the tables of its margins can be listed."""
    a, b, n = (float(count) for count in (table.x.min(), table.y.min(), table.x.sum()))
    return a * b * (n - a) * (n - b) / n**3 <= FINE


class Fourfold(NamedTuple):
    """The tables of 2 x 2 that have the margins of one that was seen.

    Attributes
    ----------
    cell : ndarray of shape (tables,)
        Count of the cell of the rarer levels, ascending.
    log_p : ndarray of shape (tables,)
        Logarithm of the probability if the sides are independent: hypergeometric (Fisher 1935).
    information : ndarray of shape (tables,)
        Plug-in information in nats.
    seen : int
        Which of them was seen.
    rows, a, b : int
        Number of rows, and of those in the rarer level of x and of y.
    """

    cell: np.ndarray
    log_p: np.ndarray
    information: np.ndarray
    seen: int
    rows: int
    a: int
    b: int


def fourfold(table: Table) -> Fourfold:
    """The tables with the margins of a table of two levels a side."""
    first, second = int(table.x.argmin()), int(table.y.argmin())
    n, a, b = int(table.x.sum()), int(table.x[first]), int(table.y[second])
    least = max(0, a + b - n)
    cell = np.arange(least, min(a, b) + 1, dtype=np.float64)
    log_p = -gammaln(_cells(cell, n, a, b) + 1.0).sum(axis=0)
    log_p -= log_p.max()
    seen = int(table.joint[(table.cell_x == first) & (table.cell_y == second)].sum())
    return Fourfold(cell, log_p - np.log(np.exp(log_p).sum()), _information(cell, n, a, b), seen - least, n, a, b)


def information_bounds(table: Table, probabilities: np.ndarray) -> np.ndarray | None:
    """Ends of exact intervals of the information of a 2 x 2 table, its margins taken as those of the law.

    The odds ratios under which neither so many nor so few rows in the first cell are rarer than 1 - p (Cornfield
    1956), read as informations.

    Parameters
    ----------
    table : Table
        Two levels a side.
    probabilities : ndarray of shape (m,)
        Below 1/2 for lower ends, above for upper ones.

    Returns
    -------
    ndarray of shape (m,) or None
        In nats; None where the count varies so much that a continuous law does as well.
    """
    if not coarse(table):
        return None
    a, b, n = (float(count) for count in (table.x.min(), table.y.min(), table.x.sum()))
    tables = fourfold(table)
    cells = _cells(tables.cell[tables.seen], n, a, b) + 0.5
    log_odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2])) + np.sqrt((1.0 / cells).sum()) * STEPS
    p = tables.log_p[:, None] + tables.cell[:, None] * log_odds
    p = np.exp(p - p.max(axis=0))
    p /= p.sum(axis=0)
    at_least, at_most = (
        np.log(np.maximum(part.sum(axis=0), 1e-300)) for part in (p[tables.seen :], p[: tables.seen + 1])
    )
    rarer = np.log(np.minimum(probabilities, 1.0 - probabilities))
    # A count at its end allows any odds beyond.
    least, most = np.full((2, len(rarer)), [[-np.inf], [np.inf]])
    if tables.seen > 0:
        least = np.interp(rarer, at_least, log_odds)
    if tables.seen < len(tables.cell) - 1:
        most = np.interp(-rarer, -at_most, log_odds)
    ends = np.clip([least, most], -LARGEST, LARGEST)
    found = _information(_expected(ends, n, a, b), n, a, b)
    lower = np.where(ends[0] * ends[1] <= 0.0, 0.0, found.min(axis=0))
    return np.where(probabilities < 0.5, lower, found.max(axis=0))


def _cells(first: np.ndarray, n: float, a: float, b: float) -> np.ndarray:
    """The four cells of tables with margins a and b of n rows; shape (4, ...)."""
    return np.array([first, a - first, b - first, n - a - b + first])


def _information(first: np.ndarray, n: float, a: float, b: float) -> np.ndarray:
    margins = sum(float(xlogy(c, c)) for c in (a, n - a, b, n - b)) - float(xlogy(n, n))
    cells = np.maximum(_cells(first, n, a, b), 0.0)
    return np.maximum((xlogy(cells, cells).sum(axis=0) - margins) / n, 0.0)


def _expected(log_odds: np.ndarray, n: float, a: float, b: float) -> np.ndarray:
    """First cell of the table with these margins and odds ratio: f (n - a - b + f) = odds (a - f) (b - f)."""
    odds = np.exp(log_odds)
    # (odds - 1) f^2 - s f + odds a b = 0, the root written so that odds of 1 are no exception.
    s = (odds - 1.0) * (a + b) + n
    return 2.0 * odds * a * b / (s + np.sqrt(np.maximum(s * s - 4.0 * (odds - 1.0) * odds * a * b, 0.0)))
