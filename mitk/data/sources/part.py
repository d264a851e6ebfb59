"""A part of the rows of a table that is too long: runs of neighbours, spread over all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mitk.data.column import Column
from mitk.data.sources.contract import ColumnSource
from mitk.errors import DataError, sentence

# What a row of two columns takes, with all that is made of them.
BYTES_A_ROW = 160
# Runs of rows that are read: enough to see all of a file, few enough that each is long.
RUNS = 64


class PartOfRows(ColumnSource):
    """Runs of rows of a source, one at a random place of each of as many equal stretches.

    Parameters
    ----------
    source : ColumnSource
    memory : int
        Bytes that two columns of the part may take, with what is made of them.
    seed : int
    """

    def __init__(self, source: ColumnSource, memory: int, seed: int) -> None:
        rows, self.memory = memory // BYTES_A_ROW, memory
        runs = min(RUNS, rows)
        size, stretch = rows // runs, source.n // runs
        rng = np.random.default_rng(seed)
        starts = np.arange(runs) * stretch + rng.integers(0, stretch - size + 1, runs)
        self.source, self.names, self.n, self.seed = source, source.names, size * runs, seed
        self.runs = [slice(int(start), int(start) + size) for start in starts]

    @property
    def note(self) -> str:
        """What was read, in a sentence."""
        return (
            f"Read {self.n} of {self.source.n} rows, in {len(self.runs)} runs at places drawn with seed {self.seed}, "
            "since two whole columns exceed `memory`."
        )

    def read(self, places: Sequence[int], rows: slice | None = None) -> list[Column]:
        """As `ColumnSource.read`, of the rows of the part."""
        parts = [self.source.read(places, run) for run in self.runs]
        columns = [joined([part[k] for part in parts]) for k in range(len(places))]
        return columns if rows is None else [replace(column, values=column.values[rows]) for column in columns]


def joined(parts: Sequence[Column]) -> Column:
    """Runs of one column as one: labels by their texts, which have other codes in each run.

    Raises
    ------
    DataError
        For a column of text that is numbers in one run and words in another.
    """
    first = parts[0]
    told = [part for part in parts if not np.isnan(part.values).all()]
    if len({(part.nominal, bool(part.levels)) for part in told}) > 1:
        rule = "must hold numbers or labels in all of its rows"
        raise DataError(sentence(first.name, rule, "text that is both", "store it as one of them"))
    values = [part.values for part in parts]
    if not told or not told[0].levels:
        return replace((told or parts)[0], values=np.concatenate(values))
    levels = sorted({level for part in told for level in part.levels})
    code = {level: float(place) for place, level in enumerate(levels)}
    for k, part in enumerate(parts):
        known = ~np.isnan(part.values)
        values[k] = np.full(part.n, np.nan)
        values[k][known] = np.array([code[level] for level in part.levels] or [0.0])[part.values[known].astype(int)]
    return replace(told[0], values=np.concatenate(values), levels=tuple(levels))
