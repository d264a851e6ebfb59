"""Tests of independence of many contingency tables."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, erfc, gammaincc

from mitk.numerics.fourfold_tails import fourfold_tails
from mitk.numerics.many_moments import many_independent_tables
from mitk.numerics.table_draws import drawn_tails
from mitk.numerics.tables import Table, information

# Least expected count from which on a chi-square law does.
FILLED = 5.0
# Variance of the cell of a table of two levels a side below which a continuous law does not.
FEW_TABLES = 3.5
# P-values of such tables below which exact sums take over from the chi-square.
RARE = 1e-3
# Logarithm of the number of tables, and sum of the variances of their cells, from which on a gamma law does.
CHOICE, SPREAD = 11.0, 40.0


def independence_p_values(
    n: int, margins: list[np.ndarray], pairs: np.ndarray, plug_in: np.ndarray, both: np.ndarray, seed: int = 0
) -> np.ndarray:
    """Probability that independent sides with the same margins have at least this plug-in information.

    Parameters
    ----------
    n : int
        Rows of every table.
    margins : list of ndarray of shape (levels,)
        Counts of the levels of each column, all positive.
    pairs : ndarray of shape (m, 2)
        Places of columns.
    plug_in : ndarray of shape (m,)
        In nats.
    both : ndarray of shape (m,)
        Rows in the second level of both sides, for two levels a side.
    seed : int, default 0
        Of the tables drawn.

    Returns
    -------
    ndarray of shape (m,)

    Notes
    -----
    Where every expected count is at least 5: 2 n I over Williams' (1976) factor, which gives it the mean of a
    chi-square to second order, against a chi-square of (levels x - 1)(levels y - 1) degrees.

    Two levels a side: where the cell has a variance below 3.5 or an expected count is below 5, the exact sum over
    tables (Fisher 1935); below 0.001 never more certain than that sum, so that small p-values are exact.

    Sparser tables of more levels: a gamma law with the mean and the variance that information has given the margins,
    or, where margins leave few tables, tables drawn with these margins, which hold the level exactly. Beyond the
    largest of 999 draws the tail falls as that of the gamma law.
    """
    least = np.array([margin.min() for margin in margins], dtype=np.float64)
    levels = np.array([len(margin) for margin in margins])
    inverse = np.array([(n / margin).sum() for margin in margins])
    x, y = pairs[:, 0], pairs[:, 1]
    degrees = (levels[x] - 1.0) * (levels[y] - 1.0)
    information = np.maximum(plug_in, 0.0)
    williams = 1.0 + (inverse[x] - 1.0) * (inverse[y] - 1.0) / (6.0 * n * degrees)
    statistic = 2.0 * n * information / williams
    # A chi-square of one degree is a squared normal, whose tail is quicker.
    p = erfc(np.sqrt(0.5 * statistic))
    more = degrees > 1.0
    p[more] = chdtrc(degrees[more], statistic[more])
    sparse = least[x] * least[y] < FILLED * n
    fourfold = (levels[x] == 2) & (levels[y] == 2)
    if fourfold.any():
        seconds = np.array([margin[-1] for margin in margins], dtype=np.float64)
        share = seconds / n
        variance = n * (share * (1.0 - share))[x] * (share * (1.0 - share))[y]
        few = fourfold & (sparse | (variance < FEW_TABLES))
        rows = np.flatnonzero(few | (fourfold & (p < RARE)))
        a, b = (seconds[side][rows].astype(np.int64) for side in (x, y))
        exact, _ = fourfold_tails(n, a, b, both[rows])
        p[rows] = np.where(few[rows], exact, np.maximum(p[rows], np.minimum(exact, RARE)))
    rows = np.flatnonzero(sparse & ~fourfold)
    if len(rows):
        p[rows] = _sparse(n, margins, pairs[rows], information[rows], seed)
    return p


def _sparse(n: int, margins: list[np.ndarray], pairs: np.ndarray, plug_in: np.ndarray, seed: int) -> np.ndarray:
    """P-values, shape (m,), of tables of which some cells are expected to hold few rows."""
    law = many_independent_tables(n, margins, pairs)
    # Where all tables have one information nothing speaks against independence.
    varies = (law.variance > 0.0) & (law.mean > 0.0)
    shape = np.divide(law.mean**2, law.variance, out=np.ones(len(pairs)), where=varies)
    scale = np.divide(law.mean, shape, out=np.ones(len(pairs)), where=varies)
    p = np.where(varies, gammaincc(shape, plug_in / scale), 1.0)
    rows = np.flatnonzero((law.choice < CHOICE) | (law.spread < SPREAD) | ~varies)
    drawn, extreme, largest = drawn_tails(n, margins, pairs[rows], plug_in[rows], seed)
    # The gamma law through the largest draw.
    at_largest = gammaincc(shape[rows], largest / scale[rows])
    beyond = (extreme == 0) & varies[rows] & (at_largest > 0.0)
    fall = np.divide(p[rows], at_largest, out=np.ones(len(rows)), where=beyond)
    p[rows] = drawn * np.where(beyond, np.minimum(fall, 1.0), 1.0)
    return p


def table_p_value(table: Table, seed: int = 0) -> float:
    """`independence_p_values` of one table."""
    both = table.joint[(table.cell_x == 1) & (table.cell_y == 1)].sum() if len(table.x) == len(table.y) == 2 else -1
    plug_in = np.array([information(table, "plug-in")])
    n, margins = int(table.joint.sum()), [table.x, table.y]
    return float(independence_p_values(n, margins, np.array([[0, 1]]), plug_in, np.array([both]), seed)[0])
