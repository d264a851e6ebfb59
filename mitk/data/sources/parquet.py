"""Parquet through pyarrow: of the file the columns and the groups of rows that are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mitk.data.column import Column
from mitk.data.columns import read_columns
from mitk.data.files.source import parsed
from mitk.data.sources.contract import ColumnSource, check_run
from mitk.errors import DataError, DataTypeError, MissingDependencyError, sentence


class ParquetSource(ColumnSource):
    """A Parquet file at its literal path.

    Parameters
    ----------
    path : str or Path
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).resolve()
        if not self.path.is_file():
            got = "a directory" if self.path.is_dir() else "nothing there"
            raise DataError(sentence(str(path), "must be a file", got))
        with parsed(self.path.name, "must be a Parquet file"), _open(self.path) as file:
            self.names = tuple(file.schema_arrow.names)
            self.metadata = file.metadata
            self.n = int(self.metadata.num_rows)
        if len(set(self.names)) < len(self.names):
            raise DataError(sentence("data", "must have columns of different names", "a name twice"))
        if not self.names or not self.n:
            got = f"{self.n} rows, {len(self.names)} columns"
            raise DataError(sentence(self.path.name, "must have at least one row of data", got))

    def read(self, places: Sequence[int], rows: slice | None = None) -> list[Column]:
        """As `ColumnSource.read`; of a run of rows the groups are read that it lies in."""
        names = [self.names[place] for place in places]
        with parsed(self.path.name, "must be a Parquet file"), _open(self.path, self.metadata) as file:
            if rows is None:
                table = file.read(columns=names, use_threads=False)
            else:
                groups, before = _groups(file.metadata, rows)
                table = file.read_row_groups(groups, columns=names, use_threads=False)
                table = table.slice(rows.start - before, rows.stop - rows.start)
        columns = [self._column(table, name, rows is not None) for name in names]
        del table
        _tidy()
        return columns

    def chunks(self, places: Sequence[int], rows: int) -> Iterator[list[Column]]:
        """As `ColumnSource.chunks`; no group of rows is read twice."""
        names = [self.names[place] for place in places]
        with parsed(self.path.name, "must be a Parquet file"), _open(self.path, self.metadata) as file:
            for batch in file.iter_batches(batch_size=rows, columns=names, use_threads=False):
                yield [self._column(batch, name, run=True) for name in names]
        _tidy()

    def _column(self, table: Any, name: str, run: bool) -> Column:
        column = table.column(name)
        if str(column.type).startswith(("list", "struct", "map", "large_list", "fixed_size_list")):
            hint = "take a part of each cell as a column of its own"
            rule = "must hold real numbers, booleans or labels"
            raise DataTypeError(sentence(name, rule, str(column.type), hint))
        if run and str(column.type).startswith(("int", "uint", "decimal")):
            import pyarrow.compute as compute

            bounds = compute.min_max(column).as_py()
            check_run(name, bounds["min"], bounds["max"])
        return read_columns({name: column}, name)[0]


def _open(path: Path, metadata: Any = None) -> Any:
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        rule, remedy = "must be installed to read Parquet by columns", 'pip install "mitk[frames]"'
        raise MissingDependencyError(sentence("pyarrow", rule, "none", remedy)) from error
    return parquet.ParquetFile(path, metadata=metadata, memory_map=False, pre_buffer=False)


def _groups(metadata: Any, rows: slice) -> tuple[list[int], int]:
    """The groups of rows that a run lies in, and the rows before the first of them."""
    chosen: list[int] = []
    begin = before = 0
    for group in range(metadata.num_row_groups):
        end = begin + metadata.row_group(group).num_rows
        if end > rows.start and begin < rows.stop:
            before = before if chosen else begin
            chosen.append(group)
        begin = end
    return chosen, before


def _tidy() -> None:
    """Give back what pyarrow keeps for later."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()
