"""What is a table outside of memory, and how much memory it may take."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from mitk.data.files import read_table
from mitk.data.sources.arrays import ArraySource
from mitk.data.sources.contract import ColumnSource
from mitk.data.sources.dask_frames import DaskFrameSource
from mitk.data.sources.parquet import ParquetSource
from mitk.data.sources.part import BYTES_A_ROW, PartOfRows
from mitk.errors import DataError, MissingDependencyError, ParameterError, sentence

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
# Bytes for columns where nothing is said, and what the smallest tile takes.
MEMORY = 1_000_000_000
LEAST_MEMORY = 100_000_000


def readable(data: Any, memory: int | None, seed: int = 0) -> Any:
    """Data as columns are read from them: a source, a part of its rows, or data in memory.

    Parameters
    ----------
    data : Any
        As of `open_source`; also a path of another file, which is read whole.
    memory : int, optional
        Bytes, by default `MEMORY`. Two columns of a source, with what is made of them, must not take more.
    seed : int
        Of the part of the rows.
    """
    source = open_source(data)
    if source is None:
        if not isinstance(data, (str, os.PathLike)):
            return data
        if memory is not None:
            rule = "must come with a .parquet, .npy or .zarr, since other files are read whole"
            raise ParameterError(sentence("memory", rule, str(data), "convert the file, or leave it out"))
        return _whole(data)
    memory = memory or MEMORY
    return source if source.n <= memory // BYTES_A_ROW else PartOfRows(source, memory, seed)


def open_source(data: Any) -> ColumnSource | None:
    """The table that data outside of memory are; None of what is in memory, or has to be read whole.

    Parameters
    ----------
    data : str or Path, memmap, array of Zarr, HDF5 or Dask, frame of Dask, or ColumnSource
        Paths of a .parquet, .npy or .zarr.

    Raises
    ------
    DataError, MissingDependencyError
    """
    if isinstance(data, ColumnSource):
        return data
    if isinstance(data, (str, os.PathLike)):
        return _opened(Path(data))
    if isinstance(data, np.memmap):
        return ArraySource(data)
    if isinstance(data, np.ndarray):
        return None
    if hasattr(data, "npartitions") and hasattr(data, "columns"):
        return DaskFrameSource(data)
    # What is held in chunks is held elsewhere.
    return ArraySource(data) if all(hasattr(data, name) for name in ("shape", "dtype", "chunks")) else None


def _whole(path: Any) -> Any:
    table = read_table(path)
    return table.take(table.names)


def _opened(path: Path) -> ColumnSource | None:
    if path.suffix.lower() == ".parquet":
        return ParquetSource(path)
    if path.suffix.lower() == ".npy" and path.is_file():
        try:
            return ArraySource(np.load(path, mmap_mode="r", allow_pickle=False))
        except ValueError as error:
            raise DataError(sentence(path.name, "must be a NumPy file of a plain array", str(error))) from error
    if path.suffix.lower() == ".zarr":
        try:
            import zarr
        except ImportError as error:
            rule = "must be installed to read its arrays"
            raise MissingDependencyError(sentence("zarr", rule, "none", "pip install zarr")) from error
        found = zarr.open(str(path), mode="r")
        if not hasattr(found, "shape"):
            raise DataError(sentence(path.name, "must be an array of Zarr", "a group", "open it and pass its array"))
        return ArraySource(found)
    return None


def memory_of(memory: Any) -> int | None:
    """Bytes that a number, or a text such as "200MB", means; None for no limit.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> memory_of("200MB"), memory_of("1.5 GiB"), memory_of(None)
    (200000000, 1610612736, None)
    """
    if memory is None:
        return None
    found = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]*)\s*", memory) if isinstance(memory, str) else None
    size = None
    if found and found[2].upper() in UNITS and found[1].count(".") < 2 and found[1] != ".":
        size = float(found[1]) * UNITS[found[2].upper()]
    elif isinstance(memory, (int, float, np.number)) and not isinstance(memory, bool):
        size = float(memory)
    if size is None or not LEAST_MEMORY <= size < np.inf:
        rule = f'must be bytes, or a text such as "200MB", of at least {LEAST_MEMORY // 10**6} MB'
        raise ParameterError(sentence("memory", rule, repr(memory)))
    return int(size)
