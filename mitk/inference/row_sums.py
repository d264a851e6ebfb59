"""Summaries that rows add up to: what some methods need of a table, however long it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mitk.data.column import Column
from mitk.numerics.tables import Table

# Reads all rows of a column, for who needs more of it than a part; gives None where even one is too long.
WholeColumn = Callable[[], Column | None]


class RowSums(ABC):
    """What is kept of two columns while their rows go by."""

    n = 0

    @abstractmethod
    def add(self, x: Column, y: Column) -> None:
        """Take in some rows of both columns, none of which misses a value."""


class MomentSums(RowSums):
    """Means and central products, which no offset of the columns cancels (Chan, Golub and LeVeque 1983).

    Examples
    --------
    >>> sums = MomentSums()
    >>> sums.add(Column(np.array([1.0, 2.0]), "x"), Column(np.array([1.0, 2.0]), "y"))
    >>> sums.add(Column(np.array([3.0]), "x"), Column(np.array([5.0]), "y"))
    >>> sums.n, round(sums.correlation, 4)    # 4 / sqrt(2 x 26 / 3)
    (3, 0.9608)
    """

    def __init__(self) -> None:
        self.mean = np.zeros(2)
        self.products = np.zeros((2, 2))

    def add(self, x: Column, y: Column) -> None:
        """As `RowSums.add`."""
        rows = np.array([x.values, y.values])
        here = rows.mean(axis=1)
        centred = rows - here[:, None]
        total = self.n + x.n
        apart = here - self.mean
        self.products += centred @ centred.T + np.outer(apart, apart) * (self.n * x.n / total)
        self.mean += apart * (x.n / total)
        self.n = total

    @property
    def correlation(self) -> float:
        """Of the columns; 0 where one is constant."""
        spread = float(np.sqrt(self.products[0, 0]) * np.sqrt(self.products[1, 1]))
        return float(np.clip(self.products[0, 1] / spread, -1.0, 1.0)) if spread > 0.0 else 0.0


class CountSums(RowSums):
    """The contingency table of two columns, perhaps of the bins that their values lie in.

    Parameters
    ----------
    edges : sequence of (ndarray of shape (bins - 1,) or None)
        The largest value of each bin but the last, of each column; None where values are levels themselves.

    Examples
    --------
    >>> sums = CountSums()
    >>> sums.add(Column(np.array([0.0, 1.0, 1.0]), "x", levels=("a", "c")), Column(np.array([5.0, 5.0, 7.0]), "y"))
    >>> sums.add(Column(np.array([0.0]), "x", levels=("b",)), Column(np.array([7.0]), "y"))
    >>> sums.table().joint.tolist()
    [1, 1, 1, 1]
    """

    def __init__(self, edges: Sequence[np.ndarray | None] = (None, None)) -> None:
        self.edges = edges
        self.cells: dict[tuple[Any, Any], int] = {}

    def add(self, x: Column, y: Column) -> None:
        """As `RowSums.add`."""
        (names_x, codes_x), (names_y, codes_y) = (
            _levels(column, edges) for column, edges in zip((x, y), self.edges, strict=True)
        )
        cells, counts = np.unique(codes_x * len(names_y) + codes_y, return_counts=True)
        for cell, count in zip(cells.tolist(), counts.tolist(), strict=True):
            key = names_x[cell // len(names_y)], names_y[cell % len(names_y)]
            self.cells[key] = self.cells.get(key, 0) + count
        self.n += x.n

    def table(self) -> Table:
        """The table, levels in their order, as `mitk.numerics.tables.count` has it."""
        keys = sorted(self.cells)
        joint = np.array([self.cells[key] for key in keys], dtype=np.int64)
        sides = []
        for side in range(2):
            code = {level: place for place, level in enumerate(sorted({key[side] for key in keys}))}
            sides.append(np.array([code[key[side]] for key in keys], dtype=np.int64))
        margins = [np.bincount(side, weights=joint).astype(np.int64) for side in sides]
        return Table(joint, *sides, *margins)


def mass_edges(values: np.ndarray, bins: int) -> np.ndarray:
    """The largest value of each bin of equal mass but the last, shape (bins - 1,); equal values share a bin.

    Examples
    --------
    >>> mass_edges(np.array([4.0, 1.0, 2.0, 3.0]), 2).tolist()
    [2.0]
    """
    levels, counts = np.unique(values, return_counts=True)
    code = mass_codes(np.cumsum(counts) - (counts - 1) / 2.0, len(values), bins)
    last = np.searchsorted(code, np.arange(bins - 1), side="right") - 1
    return np.where(last < 0, -np.inf, levels[np.maximum(last, 0)])


def mass_codes(ranks: np.ndarray, n: int, bins: int) -> np.ndarray:
    """Bins, from 0, into which ranks from 1 to n fall evenly."""
    return np.clip(np.ceil(ranks * bins / n - 1e-9).astype(np.int64) - 1, 0, bins - 1)


def _levels(column: Column, edges: np.ndarray | None) -> tuple[list[Any], np.ndarray]:
    """What the levels of some rows are called, whatever their codes here, and each row's place among them."""
    values = column.values if edges is None else np.searchsorted(edges, column.values)
    levels, codes = np.unique(values, return_inverse=True)
    named = bool(column.levels) and edges is None
    return [column.levels[int(level)] if named else level for level in levels.tolist()], codes
