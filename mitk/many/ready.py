"""Columns that can be answered together, judged once: all of them as one table, or those of a tile as it is asked."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mitk.data.column_table import ColumnTable, JoinedTable
from mitk.data.columns import Column, ColumnKind, column_kind
from mitk.data.row_order import checked_thin
from mitk.data.sources import batches, loaded
from mitk.errors import MITKError
from mitk.many.units import Units
from mitk.numerics.serial import MIN_ROWS, scores


@dataclass(frozen=True, eq=False)
class Ready:
    """Units that can be answered together.

    Attributes
    ----------
    table : ColumnTable
    place : ndarray of shape (units,), int64
        Column of the table of each unit; -1 for blocks, columns with gaps, constants and what cannot be read.
    remembers : ndarray of shape (units,), bool
        Whether rows of it resemble their neighbours: two such may be series.
    """

    table: ColumnTable
    place: np.ndarray
    remembers: np.ndarray

    @cached_property
    def look(self) -> np.ndarray:
        """A number for each column of the table (d,): columns that a method cannot treat differently share it."""
        table = self.table
        # Labels of two levels are numbers to many methods; more have no order.
        unordered = [
            nominal and column.max() > 1.0 for nominal, column in zip(table.nominal, table.values.T, strict=True)
        ]
        looks = list(zip(table.kinds, table.tied.tolist(), table.told, unordered, strict=True))
        names = sorted(set(looks), key=repr)
        return np.array([names.index(look) for look in looks], dtype=np.int64)

    def of(self, pairs: np.ndarray) -> Ready:
        """What holds the columns of some pairs of units."""
        return self


@dataclass(frozen=True, eq=False)
class Judged:
    """What is known of each unit before any pair is asked.

    Attributes
    ----------
    kinds : tuple of (str or None)
        None of what cannot be answered together: blocks, columns with gaps, constants and what cannot be read.
    remembers : ndarray of shape (units,), bool
        As of `Ready`.
    """

    kinds: tuple[ColumnKind | None, ...]
    remembers: np.ndarray


def judged(units: Units, thin: int | None) -> Judged:
    """Which units can be answered together, each read once."""
    step = checked_thin(thin)
    kinds: list[ColumnKind | None] = [None] * len(units)
    remembers = np.zeros(len(units), dtype=bool)
    single = [unit for unit, columns in enumerate(units.columns) if len(columns) == 1]
    for some in batches(single, units.n):
        read = loaded([units.columns[unit][0] for unit in some])
        for unit, column in zip(some, read, strict=True):
            kinds[unit], remembers[unit] = _judged(column, column.values[::step], units.choices[unit][0])
    return Judged(tuple(kinds), remembers)


def _judged(column: Column, values: np.ndarray, choice: bool | None) -> tuple[ColumnKind | None, bool]:
    """The kind of a column, None where it cannot be answered with others, and whether its rows remember others."""
    if len(values) < 2:
        return None, False
    with np.errstate(over="ignore", invalid="ignore"):
        span = float(np.ptp(values))
    # Neither gaps nor infinities, nor what spans more than floats do.
    if not 0.0 < span < np.inf:
        return None, False
    try:
        kind = column_kind(column, values, choice)
    except MITKError:
        # What is wrong with it is told with each of its pairs.
        return None, False
    if len(values) < MIN_ROWS:
        return kind, False
    felt = scores(values[:, None], np.array([column.nominal], dtype=bool), np.array([kind != "label"])).remembering()
    return kind, felt.table.shape[1] > 0


def ready(units: Units, thin: int | None, few: bool = False) -> Ready:
    """Which units can be answered together, and the table of them."""
    known = judged(units, thin)
    chosen = [unit for unit, kind in enumerate(known.kinds) if kind is not None]
    place = np.full(len(units), -1)
    place[chosen] = np.arange(len(chosen))
    return Ready(_table(units, known, chosen, checked_thin(thin), few), place, known.remembers)


class ReadyByTiles:
    """Units whose columns are read a block at a time, and what was made of the last blocks kept for the next tile.

    Parameters
    ----------
    units : Units
    thin : int or None
    few : bool
        As of `ColumnTable`.
    size : int
        Units of a block.
    held : int
        Blocks that are kept.
    """

    def __init__(self, units: Units, thin: int | None, few: bool, size: int, held: int) -> None:
        self.units, self.step, self.few, self.size, self.held = units, checked_thin(thin), few, size, held
        self.judged = judged(units, thin)
        self._blocks: OrderedDict[int, ColumnTable] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, pairs: np.ndarray) -> Ready:
        """What holds the columns of some pairs of units."""
        place, parts, before = np.full(len(self.units), -1), [], 0
        for block in np.unique(pairs // self.size).tolist():
            able = self._able(block)
            place[able] = before + np.arange(len(able))
            before += len(able)
            parts.append(self._block(block))
        table = parts[0] if len(parts) == 1 else JoinedTable.beside(tuple(parts))
        return Ready(table, place, self.judged.remembers)

    def _able(self, block: int) -> list[int]:
        units = range(block * self.size, min((block + 1) * self.size, len(self.units)))
        return [unit for unit in units if self.judged.kinds[unit] is not None]

    def _block(self, block: int) -> ColumnTable:
        with self._lock:
            if block in self._blocks:
                self._blocks.move_to_end(block)
                return self._blocks[block]
            while len(self._blocks) >= self.held:
                self._blocks.popitem(last=False)
        # Not under the lock: to read, a worker of a cluster may have to wait for tasks that others do on it meanwhile.
        table = _table(self.units, self.judged, self._able(block), self.step, self.few)
        with self._lock:
            return self._blocks.setdefault(block, table)

    def __getstate__(self) -> dict[str, Any]:
        """Who gets it reads for himself."""
        return {**self.__dict__, "_blocks": OrderedDict(), "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {"_lock": threading.Lock()})


def _table(units: Units, known: Judged, chosen: list[int], step: int, few: bool) -> ColumnTable:
    columns: list[Column] = loaded([units.columns[unit][0] for unit in chosen])
    values = np.empty((-(-units.n // step), len(chosen)), order="F")
    for place, column in enumerate(columns):
        values[:, place] = column.values[::step]
    return ColumnTable(
        values,
        tuple(kind for unit in chosen if (kind := known.kinds[unit]) is not None),
        tuple(column.name for column in columns),
        tuple(column.nominal for column in columns),
        tuple(units.choices[unit][0] for unit in chosen),
        few,
    )
