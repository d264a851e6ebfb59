"""Rows on disk: one JSON line a cell, written once it is measured, and never rewritten; packed to be kept."""

from __future__ import annotations

import contextlib
import gzip
import json
import math
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError

try:
    import fcntl
except ImportError:  # Windows: one writer at a time is the user's business there.
    fcntl = None  # type: ignore[assignment]

Row = dict[str, Any]
FILE = "cells.jsonl"
PACKED = ".jsonl.gz"
# What fields of a row hold; a line that holds something else is no row, whoever wrote it.
WORDS = {
    *("key", "suite", "task", "method", "versions", "machine", "family", "rank_class", "commit", "when", "command"),
    *("kind", "unit", "status", "interval", "quantity", "failure", "reason"),
}
WHOLE_NUMBERS = {"suite_version", "n", "seed", "dim_x", "dim_y"}
NUMBERS = {"truth", "noise_floor", "value", "low", "high", "level", "seconds", "seconds_first", "oracle", "peak_mb"}
REQUIRED = {
    *("key", "suite", "suite_version", "task", "n", "seed", "method", "versions", "machine"),
    *("family", "rank_class", "dim_x", "dim_y", "truth", "noise_floor"),
}


class Store:
    """A directory of ``*.jsonl`` and packed ``*.jsonl.gz`` files; new rows go to ``cells.jsonl``, all files are read.

    Parameters
    ----------
    path : path
        Directory, made when the first row is written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.torn = 0

    def rows(self) -> list[Row]:
        """All rows as they were written; lines that are torn or no rows are left out and counted in `torn`."""
        self.torn = 0
        return list(self._read())

    def keys(self, *, failed: bool = True) -> set[str]:
        """Keys of the cells that are there; without `failed`, of those that completed."""
        return {row["key"] for row in self.rows() if failed or not row.get("failure")}

    def append(self, row: Row) -> None:
        """Write one row so that it survives the power going off right after."""
        self.path.mkdir(parents=True, exist_ok=True)
        line = json.dumps(finite(row), allow_nan=False).encode() + b"\n"
        handle = os.open(self.path / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if fcntl:
                fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                line = b"\n" + line
            while line:
                line = line[os.write(handle, line) :]
            os.fsync(handle)
        finally:
            os.close(handle)

    @property
    def files(self) -> list[Path]:
        """What is read, in this order: packed rows come first, so that what is measured on top of them counts."""
        return [*sorted(self.path.glob(f"*{PACKED}")), *sorted(self.path.glob("*.jsonl"))]

    def _read(self) -> Iterator[Row]:
        for line in (line for file in self.files for line in lines_of(file)):
            row = None
            with contextlib.suppress(ValueError):
                row = json.loads(line)
            if is_row(row):
                yield row
            elif line.strip():
                self.torn += 1


def is_row(row: Any) -> bool:
    """Whether something that JSON held is a row."""
    return (
        isinstance(row, dict)
        and row.keys() >= REQUIRED
        and all(isinstance(row[name], str) for name in WORDS & row.keys())
        and all(type(row[name]) is int for name in WHOLE_NUMBERS & row.keys())
        and all(row[name] is None or type(row[name]) in (int, float) for name in NUMBERS & row.keys())
        and (row.get("failure") is not None or type(row.get("value")) in (int, float))
    )


def lines_of(file: Path) -> Iterator[bytes]:
    """Lines of a plain or packed file; raise when a packed one is broken, since then all that follows is lost."""
    with gzip.open(file) if file.name.endswith(PACKED) else open(file, "rb") as lines:
        try:
            yield from lines
        except (EOFError, OSError, zlib.error) as error:
            raise BenchmarkError(f"`{file}` must be a whole file of rows, got {error}.") from error


def pack(rows: Iterable[Row], path: str | Path) -> None:
    """Write rows as one small file that a store reads; the same rows give the same bytes."""
    path = Path(path)
    if not path.name.endswith(PACKED):
        raise BenchmarkError(f"`--pack` must name a *{PACKED} file, which is what a store reads, got {str(path)!r}.")
    rows = sorted(rows, key=lambda row: (row["suite"], row["method"], row["n"], row["task"], row["seed"]))
    text = "".join(json.dumps(finite(row), allow_nan=False, separators=(",", ":")) + "\n" for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    # It may replace the file that the rows were read from.
    part = path.with_name(path.name + ".part")
    part.write_bytes(gzip.compress(text.encode(), mtime=0))
    part.replace(path)


def finite(item: Any) -> Any:
    """Replace nan and infinities, which strict JSON has no word for, by None."""
    if isinstance(item, float):
        return item if math.isfinite(item) else None
    if isinstance(item, dict):
        return {key: finite(value) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [finite(value) for value in item]
    return item


def latest(rows: Iterable[Row]) -> list[Row]:
    """One row per suite, task, n, seed and method: the last one written, of the newest version of the suite."""
    newest: dict[str, int] = {}
    kept: dict[tuple, Row] = {}
    for row in rows:
        newest[row["suite"]] = max(newest.get(row["suite"], 0), row["suite_version"])
        kept[row["suite"], row["task"], row["n"], row["seed"], row["method"], row["suite_version"]] = row
    return [row for row in kept.values() if row["suite_version"] == newest[row["suite"]]]


def write_parquet(rows: list[Row], path: str | Path) -> None:
    """Export rows for other tools; needs the ``frames`` extra."""
    try:
        import polars
    except ImportError as error:
        raise BenchmarkError("Parquet needs polars: pip install 'mitk[frames]'.") from error
    nested = {key for row in rows for key, value in row.items() if isinstance(value, (dict, list))}
    flat = [{key: json.dumps(value) if key in nested else value for key, value in row.items()} for row in rows]
    polars.DataFrame(flat, infer_schema_length=None).write_parquet(path)


def opened(path: str | Path) -> Store:
    """A store that must already hold rows."""
    store = Store(path)
    if not store.files:
        raise BenchmarkError(
            f"`{path}` must be a directory that `run --out` has written, got no *.jsonl or *{PACKED} in it."
        )
    return store
