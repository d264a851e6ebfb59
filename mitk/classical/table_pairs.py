"""Tables of many pairs of discrete columns at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitk.data.column_table import ColumnTable
from mitk.estimator import MIN_ROWS, Estimator
from mitk.found import Found, FoundMany
from mitk.inference.distribution import around
from mitk.inference.table_tests import independence_p_values
from mitk.inference.tables import CELLS_PER_ROW, SINGLE_SHARE, sparse_counts, table_quantiles
from mitk.numerics.many_moments import many_independent_tables
from mitk.numerics.many_tables import TableSums, margins_of, table_sums
from mitk.numerics.tables import Table, from_array
from mitk.results.reason import Reason

# Cells of a table, for each row, up to which it is laid out whole.
DENSE = 16


@dataclass(frozen=True, eq=False)
class TablePairs:
    """Pairs of discrete columns, counted.

    Attributes
    ----------
    estimator : Estimator
        Whose tags doubts are read from.
    table : ColumnTable
    pairs : ndarray of shape (m, 2)
    values : ndarray of shape (m,)
        In nats.
    sums : TableSums
    """

    estimator: Estimator
    table: ColumnTable
    pairs: np.ndarray
    values: np.ndarray
    sums: TableSums

    def intervals(self, chosen: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the intervals of single fits, those of `table_quantiles`, in nats."""
        table, pairs = self.table, self.pairs[chosen]
        used, place = np.unique(pairs, return_inverse=True)
        margins = margins_of(table.codes[:, used], table.levels[used])
        law = many_independent_tables(table.n, margins, place.reshape(-1, 2))
        ends = np.empty((2, len(pairs)))
        for at, (x, y) in enumerate(pairs):
            value, independent = float(self.values[chosen[at]]), (float(law.mean[at]), float(law.variance[at]))
            quantiles = table_quantiles(counted(table, x, y), value, None, around(level), independent)
            interval = quantiles.interval(level)
            # Quantiles hold the value, up to the rounding between them.
            ends[:, at] = min(interval.low, value), max(interval.high, value)
        return ends[0], ends[1]

    def doubts(self, chosen: np.ndarray) -> list[tuple[Reason, ...]]:
        """Reasons of single fits; pairs of which there are none are told by their counts alone."""
        n, tags = self.table.n, self.estimator.tags
        cells, once = self.sums.cells[chosen], self.sums.once[chosen]
        doubted = (cells > CELLS_PER_ROW * n) | (once > SINGLE_SHARE * n)
        few = n < max(tags.min_n, MIN_ROWS)
        reasons: list[tuple[Reason, ...]] = [()] * len(chosen)
        for at in np.arange(len(chosen)) if few else np.flatnonzero(doubted):
            pair = self.table.pair(*self.pairs[chosen[at]])
            others = self.estimator._doubts(Found(float(self.values[chosen[at]])), pair, tags)
            reasons[at] = (*sparse_counts(n, int(cells[at]), int(once[at])), *others)
        return reasons


def table_pairs(estimator: Estimator, table: ColumnTable, pairs: np.ndarray, correction: str) -> FoundMany | None:
    """What `Discrete` says of pairs of columns (m, 2); None where they are to be fitted one by one.

    Parameters
    ----------
    estimator : Estimator
    table : ColumnTable
    pairs : ndarray of shape (m, 2)
    correction : str
        "plug-in" or "miller-madow"; others take each table by itself.
    """
    used, place = np.unique(pairs, return_inverse=True)
    if correction not in ("plug-in", "miller-madow") or not {table.kinds[j] for j in used} <= estimator.tags.data:
        return None
    pairs = pairs.astype(np.int64)
    sums, levels = table_sums(table.codes, table.levels, pairs), table.levels[pairs]
    values = sums.plug_in
    if correction == "miller-madow":
        values = values + (levels.sum(axis=1) - 1 - sums.cells) / (2.0 * table.n)
    margins = margins_of(table.codes[:, used], table.levels[used])
    p = independence_p_values(table.n, margins, place.reshape(-1, 2), sums.plug_in, sums.both, estimator.seed)
    found = TablePairs(estimator, table, pairs, values, sums)
    return FoundMany(values, p, found.intervals, found.doubts)


def counted(table: ColumnTable, x: int, y: int) -> Table:
    """The contingency table of two columns, in which no row knows its cell."""
    levels_x, levels_y = int(table.levels[x]), int(table.levels[y])
    cell = table.codes[:, x].astype(np.int64) * levels_y + table.codes[:, y]
    if levels_x * levels_y <= DENSE * table.n:
        return from_array(np.bincount(cell, minlength=levels_x * levels_y).reshape(levels_x, levels_y))
    cells, joint = np.unique(cell, return_counts=True)
    x_margin, y_margin = (np.bincount(table.codes[:, j]) for j in (x, y))
    return Table(joint, cells // levels_y, cells % levels_y, x_margin, y_margin)
