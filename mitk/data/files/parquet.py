"""Parquet, through polars: the file at its literal path, and of it the columns that are asked for."""

from __future__ import annotations

from typing import Any

from mitk.data.files.options import ReadOptions
from mitk.data.files.source import Source, hushed, parsed
from mitk.data.files.table import LazyColumns, Table
from mitk.errors import DataError, DataTypeError, MissingDependencyError, MITKError, sentence

RULE = "must be a Parquet file"
# Of a cell as it is read, at least.
BYTES_PER_CELL = 8


def read_parquet(source: Source, options: ReadOptions) -> Table:
    """Read a Parquet file."""
    try:
        import polars
    except ImportError as error:
        raise MissingDependencyError(
            sentence("polars", "must be installed to read Parquet files", "none", 'pip install "mitk[frames]"')
        ) from error

    def scan() -> Any:
        # Brackets, stars and "year=2020" in a path are parts of a name, not patterns.
        where = source.open() if source.path is None else source.path.resolve()
        return polars.scan_parquet(where, glob=False, hive_partitioning=False)

    with parsed(source.name, RULE), hushed():
        lazy = scan()
        schema = dict(lazy.collect_schema())
        n = int(lazy.select(polars.len()).collect().item())
    if not schema or not n:
        raise DataError(sentence(source.name, "must have at least one row of data", f"{n} rows, {len(schema)} columns"))
    places = {name: j for j, name in enumerate(schema)}
    nested = [name for name, kind in schema.items() if kind.is_nested()]

    def taken(names: list[str]) -> Any:
        # By position, since names may look like patterns too.
        return scan().select(polars.nth([places[name] for name in names])).collect()

    def read(names: list[str]) -> dict[str, Any]:
        for name in names:
            if name in nested:
                hint = "take a part of each cell as a column of its own"
                raise DataTypeError(
                    sentence(name, "must hold real numbers, booleans or labels", str(schema[name]), hint)
                )
        options.check_size(", ".join(names[:3]), n * len(names) * BYTES_PER_CELL)
        try:
            with parsed(source.name, RULE), hushed():
                frame = taken(names)
        except MITKError:
            if len(names) == 1:
                with parsed(names[0], "must hold what polars can read", "convert it, or write the file anew"), hushed():
                    frame = taken(names)
            else:
                return {name: column for one in names for name, column in read([one]).items()}
        return {name: frame[name] for name in names}

    return Table(LazyColumns(list(schema), read))
