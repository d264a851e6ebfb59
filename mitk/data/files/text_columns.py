"""Columns of a text file: numbers where all cells are, in one way of writing; labels where they are words."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mitk.data.files.options import ReadOptions
from mitk.data.files.table import on_command_line
from mitk.data.number_text import Numbers, decimal_mark, either_mark, plain_numbers, read_cell, read_numbers
from mitk.errors import DataError, sentence


class TextColumns:
    """Makes columns from cells when they are asked for.

    Parameters
    ----------
    rows : list of list of str
        All of one length.
    places : array of int
        The line of the file that each row ends in.
    positions : mapping of str to int
        Where in a row each column stands.
    separator : str
    options : ReadOptions

    Attributes
    ----------
    notes : dict of str to str
        Of columns that were read.
    labels : set of str
        Columns that the caller takes as labels.
    """

    def __init__(
        self,
        rows: list[list[str]],
        places: array[int],
        positions: Mapping[str, int],
        separator: str,
        options: ReadOptions,
    ) -> None:
        self.notes: dict[str, str] = {}
        self.labels: set[str] = set()
        self._rows, self._places, self._positions = rows, places, positions
        self._separator, self._options = separator, options
        self._mark: str | None = None

    def read(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Columns by name.

        Raises
        ------
        DataError
            For numbers that are not written in one way, or may be read in two.
        """
        return {name: self._column(name) for name in names}

    def _column(self, name: str) -> np.ndarray:
        cells, mark = self._cells(name), self._options.decimal
        plain = plain_numbers(cells, mark or ".")
        # Where the comma separates cells, the point is the decimal mark: no need to look for another.
        if plain is not None and (mark or self._separator == "," or not either_mark(cells, ".")):
            return self._numbers(plain)
        words = self._options.missing.words
        held = [place for place, cell in enumerate(cells) if cell.strip().lower() not in words]
        told = [cells[place] for place in held]
        found = read_numbers(told, mark)
        if found.outcome == "ambiguous":
            found = self._settled(name, told, held, found)
        if found.outcome == "numbers" and found.values is not None:
            return self._numbers(_spread(found.values, held, len(cells)))
        if found.outcome == "clash" and name not in self.labels:
            raise self._refusal(name, told, held, found, "must write its numbers in one way")
        if found.outcome == "words":
            self._note(name, told, held, found.cells)
        labels: list[str | None] = [None] * len(cells)
        for place, cell in zip(held, told, strict=True):
            labels[place] = cell.strip()
        return np.array(labels, dtype=object)

    def _cells(self, name: str) -> list[str]:
        j = self._positions[name]
        return [row[j] for row in self._rows]

    def _numbers(self, values: np.ndarray) -> Any:
        """Numbers less those that stand for missing values."""
        numbers = self._options.missing.numbers
        if not numbers:
            return values
        gone = np.isin(np.array([np.nan if v is None else float(v) for v in values.tolist()]), sorted(numbers))
        if values.dtype == object:
            return np.where(gone, np.array(None), values)
        return np.where(gone, np.nan, values)

    def _settled(self, name: str, told: list[str], held: list[int], found: Numbers) -> Numbers:
        """Numbers under the decimal mark that the file shows elsewhere, or that goes with its separator."""
        mark = self._shown()
        shown = "as in other columns"
        if not mark and self._separator == ",":
            mark, shown = ".", "as commas separate the cells"
        cell = told[found.cells[0]].strip()
        if not mark:
            if name in self.labels:
                return Numbers("words")
            raise self._refusal(
                name, told, held, found, "must tell its decimal mark", "--decimal . or --decimal , says which"
            )
        grouped = mark not in cell or cell.count(mark) > 1
        if grouped:
            other = "," if mark == "." else "."
            self.notes[name] = (
                f"`{name}` is read with grouped digits, {cell} for {cell.replace(other, '')}, {shown}; "
                f"--decimal {other} takes {other} for its decimal mark."
            )
        return read_numbers(told, mark)

    def _shown(self) -> str:
        """The one decimal mark that columns of the file show; "" where they show none, or two."""
        if self._mark is None:
            marks = set()
            for name in self._positions:
                marks.add(decimal_mark(self._cells(name)))
                if marks >= {".", ","}:
                    break
            marks.discard("")
            self._mark = marks.pop() if len(marks) == 1 else ""
        return self._mark

    def _refusal(
        self, name: str, told: list[str], held: list[int], found: Numbers, rule: str, hint: str = ""
    ) -> DataError:
        shown = " and ".join(f"{told[k].strip()!r} in line {self._places[held[k]]}" for k in found.cells)
        unclear = read_cell(told[found.cells[0]]) if found.outcome == "ambiguous" else None
        if unclear is not None:
            shown += f", which is {unclear.point} or {unclear.comma}"
        as_labels = f"--discrete {on_command_line(name)} takes the column as labels"
        if not hint and self._options.decimal and read_numbers(told).outcome != "clash":
            hint = f"leave --decimal {self._options.decimal} out"
        return DataError(sentence(name, rule, shown, f"{hint}, {as_labels}" if hint else as_labels))

    def _note(self, name: str, told: list[str], held: list[int], odd: tuple[int, ...]) -> None:
        if not odd or 2 * len(odd) >= len(told) or name in self.labels:
            return
        words = {told[k].strip() for k in odd}
        first = told[odd[0]].strip()
        remedy = f"--na {on_command_line(first)} takes it as missing; " if len(words) == 1 else ""
        self.notes[name] = (
            f"`{name}` is read as labels because {len(odd)} of its {len(self._rows)} cells "
            f"{'is' if len(odd) == 1 else 'are'} not a number (first {first!r} in line "
            f"{self._places[held[odd[0]]]}); {remedy}--discrete {on_command_line(name)} says that labels are meant."
        )


def _spread(values: np.ndarray, held: list[int], n: int) -> np.ndarray:
    """Values in their places, nan or None in the others."""
    if len(held) == n:
        return values
    whole = values.dtype == object
    spread = np.full(n, None if whole else np.nan, dtype=object if whole else np.float64)
    spread[held] = values
    return spread
