"""What a table that is not in memory must offer, and a column of it that is read when it is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mitk.data.column import Column
from mitk.data.number_text import EXACT_INTEGER
from mitk.errors import DataError, DataTypeError, sentence

# Numbers that are read at a time where order does not matter.
BATCH = 1 << 21


class ColumnSource(ABC):
    """A table of named columns outside of memory. Other processes get it pickled, and read it themselves.

    Attributes
    ----------
    names : tuple of str
    n : int
        Rows.
    """

    names: tuple[str, ...]
    n: int

    @abstractmethod
    def read(self, places: Sequence[int], rows: slice | None = None) -> list[Column]:
        """Columns at some places, all their rows or a run of them, as `read_columns` makes them of data in memory.

        Raises
        ------
        DataTypeError
            For a column of dates and the like.
        """

    def chunks(self, places: Sequence[int], rows: int) -> Iterator[list[Column]]:
        """Columns at some places, at most so many rows at a time, from the first row to the last."""
        for start in range(0, self.n, rows):
            yield self.read(places, slice(start, min(start + rows, self.n)))


def check_run(name: str, least: Any, most: Any) -> None:
    """Refuse a run of whole numbers beyond 2^53, which are moved as wholes: other runs would be moved by others.

    Raises
    ------
    DataError
    """
    if least is not None and max(-int(least), int(most)) > EXACT_INTEGER:
        hint = "divide it, or allow more memory"
        rule = "must lie within 2^53 of 0 where its rows are read in runs"
        raise DataError(sentence(name, rule, "larger numbers", hint))


def loaded(columns: Sequence[Column]) -> list[Column]:
    """Columns with their values, those of one source read at once."""
    sources = {id(column.source): column.source for column in columns if isinstance(column, StoredColumn)}
    read: dict[tuple[int, int], np.ndarray] = {}
    for key, source in sources.items():
        places = sorted({c.place for c in columns if isinstance(c, StoredColumn) and c.source is source})
        read |= {(key, place): one.values for place, one in zip(places, source.read(places), strict=True)}
    return [c.loaded(read[id(c.source), c.place]) if isinstance(c, StoredColumn) else c for c in columns]


def batches(items: Sequence[Any], n: int) -> Iterator[Sequence[Any]]:
    """Columns of n rows, or what stands for them, so many at a time as are no burden on memory."""
    step = max(1, BATCH // max(n, 1))
    for start in range(0, len(items), step):
        yield items[start : start + step]


def stored_columns(source: ColumnSource, names: Sequence[str]) -> tuple[list[Column], list[str]]:
    """Columns of a source, and a sentence for each that cannot be read; each is read once, and its values let go."""
    places = {name: place for place, name in enumerate(source.names)}
    columns: list[Column] = []
    why: list[str] = []
    for some in batches([places[name] for name in names], source.n):
        try:
            columns += [StoredColumn(source, place, read) for place, read in zip(some, source.read(some), strict=True)]
        except DataTypeError:
            for place in some:
                try:
                    columns.append(StoredColumn(source, place, source.read([place])[0]))
                except DataTypeError as error:
                    why.append(str(error))
    return columns, why


class StoredColumn(Column):
    """A column of a source, whose values are read each time that they are asked for.

    Parameters
    ----------
    source : ColumnSource
    place : int
    read : Column
        The column as it was read once: of it all is kept but the values.
    """

    def __init__(self, source: ColumnSource, place: int, read: Column, name: str | None = None) -> None:
        told = {"nominal": read.nominal, "note": read.note, "levels": read.levels}
        for key, value in ({"source": source, "place": place, "name": name or read.name} | told).items():
            object.__setattr__(self, key, value)

    source: ColumnSource
    place: int

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.source.n

    @property
    def values(self) -> np.ndarray:
        """Values of shape (n,), read anew."""
        return self.source.read([self.place])[0].values

    def renamed(self, name: str) -> StoredColumn:
        """The same column by another name."""
        return StoredColumn(self.source, self.place, self, name)

    def loaded(self, values: np.ndarray | None = None) -> Column:
        """The column with its values, which may have been read."""
        values = self.values if values is None else values
        return Column(values, self.name, self.nominal, self.note, self.levels)
