"""Informations of binned columns, averaged over coarse and fine bins."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mitk.numerics.codes import level_codes
from mitk.numerics.column_tables import SparseCodes, column_table_sums
from mitk.selection.informations import Informations
from mitk.selection.reading import Features, Target

# Rows that a cell of an even table should hold, and the rows from which on it should hold more.
ROWS_PER_CELL, FILLING_ROWS = 5, 1000
FEWEST_BINS = 3
# Numbers of bins that are averaged over, from two to the most, and where the bins begin, as a share of one.
RESOLUTIONS, STARTS = 5, (0.0, 0.5)


@dataclass(frozen=True, eq=False)
class Grid:
    """Columns as codes of their cells.

    Attributes
    ----------
    codes : ndarray of shape (d, n), int32, or SparseCodes
    levels : ndarray of shape (d,), int64
    corrected : bool
        Whether the bias is taken from informations (Miller and Madow).
    n : int
    """

    codes: np.ndarray | SparseCodes
    levels: np.ndarray
    corrected: bool
    n: int

    def column(self, j: int) -> np.ndarray:
        """Codes (n,) of one column."""
        return self.codes.column(j, self.n) if isinstance(self.codes, SparseCodes) else self.codes[j]

    @cached_property
    def entropies(self) -> np.ndarray:
        """Plug-in entropies of the columns, shape (d,)."""
        return np.array([entropy(self.column(j)) for j in range(len(self.levels))])

    def shared(self, other: np.ndarray) -> np.ndarray:
        """Informations of each column with another column of codes (n,), shape (d,)."""
        logged, cells = column_table_sums(self.codes, self.levels, other)
        information = self.entropies + entropy(other) + logged / self.n - math.log(self.n)
        if self.corrected:
            information += (self.levels + int(other.max()) - cells) / (2.0 * self.n)
        return information


def entropy(codes: np.ndarray) -> float:
    """Plug-in entropy of codes (n,), in nats."""
    share = np.bincount(codes) / len(codes)
    return float(-(share[share > 0] * np.log(share[share > 0])).sum())


@dataclass(frozen=True, eq=False)
class Tables(Informations):
    """Informations of binned columns.

    Attributes
    ----------
    grids : tuple of Grid
        Of different bins; informations are their mean.
    targets : tuple of ndarray of shape (n,)
        Codes of the target in each.
    order : ndarray of shape (n,), optional
        That of the rows of selected columns; those of the target are in it.
    """

    grids: tuple[Grid, ...]
    targets: tuple[np.ndarray, ...]
    order: np.ndarray | None = None

    @property
    def d(self) -> int:
        """Number of columns."""
        return len(self.grids[0].levels)

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.grids[0].n

    @cached_property
    def relevances(self) -> list[np.ndarray]:
        """Those of each grid."""
        return [grid.shared(y) for grid, y in zip(self.grids, self.targets, strict=True)]

    @cached_property
    def relevance(self) -> np.ndarray:
        """I(f; y), shape (d,)."""
        return _mean(self.relevances)

    def beside(self, s: int, conditional: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """I(f; s) and I(f; s | y) = I(f; s, y) - I(f; y)."""
        return self._with(s, self.order, conditional)

    def interactions(self, columns: np.ndarray) -> np.ndarray:
        """I(f; g | y) - I(f; g), shape (c, c)."""
        found = np.empty((len(columns), len(columns)))
        for place, g in enumerate(columns.tolist()):
            redundancy, conditional = self._with(g, None, True)
            found[place] = (conditional - redundancy)[columns]
        np.fill_diagonal(found, -np.inf)
        return found

    def shuffled(self, order: np.ndarray) -> Tables:
        """With the target's and the selected columns' rows in another order."""
        return replace(self, targets=tuple(y[order] for y in self.targets), order=order)

    def entropies(self) -> tuple[np.ndarray, float]:
        """Plug-in entropies."""
        return _mean([grid.entropies for grid in self.grids]), float(np.mean([entropy(y) for y in self.targets]))

    def _with(self, s: int, order: np.ndarray | None, conditional: bool) -> tuple[np.ndarray, np.ndarray]:
        redundancies, conditionals = [], []
        for grid, y, relevance in zip(self.grids, self.targets, self.relevances, strict=True):
            other = grid.column(s) if order is None else grid.column(s)[order]
            redundancies.append(grid.shared(other))
            if not conditional:
                conditionals.append(np.zeros(self.d))
                continue
            both = level_codes(other.astype(np.int64) * (int(y.max()) + 1) + y)
            conditionals.append(grid.shared(both) - relevance)
        return _mean(redundancies), _mean(conditionals)


def _mean(parts: list[np.ndarray]) -> np.ndarray:
    mean: np.ndarray = np.mean(parts, axis=0)
    return mean


def binned(features: Features, target: Target, bins: int | None = None, corrected: bool = True) -> Tables:
    """Tables of columns and target in bins of equal mass; labels, and numbers of no more levels than bins, keep theirs.

    Parameters
    ----------
    features : Features
    target : Target
    bins : int, optional
        The most; by default so many that a cell of f, s and y holds ``r = 5 max(1, n / 1000) ** (1 / 3)`` rows: the
        third root of n / r for a target of numbers, the square root of n / (r K) for one of K labels, and three at
        least.
    corrected : bool, default True

    Notes
    -----
    One grid tells neighbouring values apart where an edge happens to lie, and by how many bins there happen to be;
    informations that differ by less than that make the order of a selection. It is averaged out over up to five
    numbers of bins from two to the most, of which coarse ones scatter less and fine ones see more, each from two
    starts that lie half a bin apart (shifted histograms, Scott 1985). Copies of a column remain copies in each grid.
    """
    n, d = features.shape
    cells = Bins(n, bins or bins_for(n, target))
    columns = (cells.codes(features.values(j), features.nominal[j]) for j in range(d))
    return _tables(columns, cells.codes(target.values, target.label), features, corrected)


def whole(features: Features, target: Target, corrected: bool = True) -> Tables:
    """Tables of the levels that columns and target have."""
    columns = ([level_codes(features.values(j))] for j in range(features.shape[1]))
    return _tables(columns, [level_codes(target.values)], features, corrected)


def bins_for(n: int, target: Target) -> int:
    """Bins of each column of numbers."""
    filled = n / (ROWS_PER_CELL * max(1.0, n / FILLING_ROWS) ** (1.0 / 3.0))
    if target.label:
        return max(FEWEST_BINS, math.floor((filled / target.n_classes) ** 0.5 + 1e-9))
    return max(FEWEST_BINS, math.floor(filled ** (1.0 / 3.0) + 1e-9))


class Bins:
    """Coarse and fine bins of equal mass of n rows.

    Parameters
    ----------
    n : int
    most : int
        Bins of the finest grid.

    Notes
    -----
    Bins end at quantiles. A value that spans several takes with it what lies up to the next one, so that no bin is a
    sliver between a frequent value and a quantile; a column that would be left in one bin goes by mean ranks.
    """

    def __init__(self, n: int, most: int) -> None:
        sizes = np.unique(np.linspace(2, most, RESOLUTIONS).round()).tolist()
        self.n = n
        self.most = most
        self.grids = [(size, start) for size in sizes for start in STARTS]
        self.of_rank = [self._placed(np.arange(1.0, n + 1.0), *grid) for grid in self.grids]

    def codes(self, values: np.ndarray, nominal: bool) -> list[np.ndarray]:
        """Codes (n,) of a column in each grid: its levels where these are labels or few."""
        levels = level_codes(values)
        counts = np.bincount(levels)
        if nominal or len(counts) <= self.most:
            return [levels] * len(self.grids)
        if len(counts) == self.n:
            return [of_rank[levels] for of_rank in self.of_rank]
        last = np.cumsum(counts)
        found = []
        for grid in self.grids:
            placed = self._placed(last, *grid)
            if placed[0] == placed[-1]:
                placed = self._placed(last - (counts - 1) / 2.0, *grid)
            found.append(level_codes(placed)[levels])
        return found

    def _placed(self, ranks: np.ndarray, size: float, start: float) -> np.ndarray:
        """Bins of ranks from 1."""
        bins: np.ndarray = np.floor((2.0 * ranks - 1.0) * size / (2.0 * self.n) + start).astype(np.int32)
        return bins - bins[0]


def _tables(
    columns: Iterable[list[np.ndarray]], targets: list[np.ndarray], features: Features, corrected: bool
) -> Tables:
    """Grids of the codes that columns have in each, as sparse as the matrix that they come from."""
    n, d = features.shape
    gather = _Sparse if features.sparse else _Dense
    gathered = [gather(n, d) for _ in targets]
    for codes in columns:
        for one, column in zip(gathered, codes, strict=True):
            one.add(column)
    grids = tuple(Grid(one.codes(), np.array(one.levels, dtype=np.int64), corrected, n) for one in gathered)
    return Tables(grids, tuple(y.astype(np.int64) for y in targets))


class _Dense:
    """Columns of codes one after the other."""

    def __init__(self, n: int, d: int) -> None:
        self.levels: list[int] = []
        self._codes = np.empty((d, n), dtype=np.int32)

    def add(self, column: np.ndarray) -> None:
        self._codes[len(self.levels)] = column
        self.levels.append(int(column.max()) + 1)

    def codes(self) -> np.ndarray:
        return self._codes


class _Sparse:
    """Entries of columns whose level is not the most frequent of the column."""

    def __init__(self, n: int, d: int) -> None:
        self.levels: list[int] = []
        self._rest: list[int] = []
        self._rows: list[np.ndarray] = []
        self._codes: list[np.ndarray] = []

    def add(self, column: np.ndarray) -> None:
        rest = int(np.bincount(column).argmax())
        rows = np.flatnonzero(column != rest)
        self.levels.append(int(column.max()) + 1)
        self._rest.append(rest)
        self._rows.append(rows.astype(np.int32))
        self._codes.append(column[rows].astype(np.int32))

    def codes(self) -> SparseCodes:
        starts = np.concatenate([[0], np.cumsum([len(rows) for rows in self._rows])]).astype(np.int64)
        rest = np.array(self._rest, dtype=np.int64)
        return SparseCodes(starts, np.concatenate(self._rows), np.concatenate(self._codes), rest)
