"""NumPy's files: arrays whose shapes are read first, and whose numbers only when they are asked for."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from mitk.data.files.options import ReadOptions
from mitk.data.files.source import Source, parsed
from mitk.data.files.table import LazyColumns, Table
from mitk.errors import DataError, DataTypeError, MITKError, sentence

RULE, HINT = "must be a NumPy file of plain arrays", "save float or string arrays"
# NumPy says the same of foreign files and of pickles.
PICKLED = "pickled objects, which could run code, or another format"
MEMBER = ".npy"
# A name for each is kept, and some bytes may claim any number of columns.
MOST_COLUMNS = 10_000_000
ENCRYPTED = 0x1
# Versions of the format whose headers are read alike but for their length.
HEADERS = {b"\x01\x00": npy.read_array_header_1_0, b"\x02\x00": npy.read_array_header_2_0}


@dataclass(frozen=True)
class Shape:
    """What the beginning of a file of an array says of it."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Bytes of its numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy(source: Source, options: ReadOptions) -> Table:
    """Read a file of one array."""
    with source.open() as stream:
        told = _beginning(source.name, stream)
        begun = stream.tell()
    _check(source.name, told, source.size - begun)
    names = [str(j) for j in range(_width(told))]
    return Table(LazyColumns(names, _columns_of(names, partial(_array, source, told))))


def read_npz(source: Source, options: ReadOptions) -> Table:
    """Read a file of several arrays, of which those that are no columns are named when asked for."""
    columns: dict[str, tuple[str, int]] = {}
    shapes: dict[str, Shape] = {}
    refused: dict[str, MITKError] = {}
    with source.open() as stream:
        if not zipfile.is_zipfile(stream):
            raise DataTypeError(sentence(source.name, RULE, PICKLED, HINT))
    with parsed(source.name, RULE, HINT, DataTypeError), source.open() as stream, zipfile.ZipFile(stream) as packed:
        for member in packed.infolist():
            name = member.filename.removesuffix(MEMBER)
            try:
                shapes[name] = _member(source, packed, member, name)
            except MITKError as error:
                refused[name] = error
                continue
            if len(shapes[name].shape) == 1:
                columns[name] = (name, 0)
            else:
                columns.update({f"{name}[{j}]": (name, j) for j in range(shapes[name].shape[1])})
    if not columns:
        raise next(iter(refused.values()), DataError(sentence(source.name, "must hold an array", "none")))

    def read(names: list[str]) -> dict[str, np.ndarray]:
        arrays = {}
        for name in dict.fromkeys(columns[column][0] for column in names):
            arrays[name] = _unpacked(source, name, shapes[name], options)
        found = {column: (arrays[columns[column][0]], columns[column][1]) for column in names}
        return {column: array if array.ndim == 1 else array[:, j] for column, (array, j) in found.items()}

    remarks = [f"Left out of {source.name}, since they are no columns: {', '.join(refused)}."] if refused else []
    return Table(LazyColumns(list(columns), read), remarks=remarks, refused=refused)


def _beginning(name: str, stream: IO[bytes]) -> Shape:
    """Shape and type of an array, without its numbers.

    Raises
    ------
    DataTypeError
        For another format, and for what would have to be unpickled.
    """
    if stream.read(len(npy.MAGIC_PREFIX)) != npy.MAGIC_PREFIX:
        raise DataTypeError(sentence(name, RULE, PICKLED, HINT))
    version = stream.read(2)
    with parsed(name, RULE, HINT, DataTypeError):
        # Version 3 differs from 2 by letters in names of fields, of which there may be none here.
        shape, _, dtype = HEADERS.get(version, npy.read_array_header_2_0)(stream)
        if dtype.hasobject:
            raise DataTypeError(sentence(name, RULE, PICKLED, HINT))
        return Shape(shape, dtype)


def _check(name: str, told: Shape, held: int) -> None:
    """Refuse an array that is no set of columns, or that is not all there."""
    if told.dtype.names is not None:
        raise DataError(sentence(name, "must have shape (n,) or (n, d)", "a structured array", "save its fields apart"))
    if len(told.shape) not in (1, 2):
        raise DataError(sentence(name, "must have shape (n,) or (n, d)", f"shape {told.shape}"))
    if _width(told) > MOST_COLUMNS:
        rule = f"must have at most {MOST_COLUMNS} columns"
        raise DataError(sentence(name, rule, f"shape {told.shape}", "samples go in rows: save its transpose"))
    if min(told.shape) < 0 or told.size > held:
        hint = "the file may have been cut"
        raise DataTypeError(sentence(name, RULE, f"shape {told.shape} in {held} bytes of numbers", hint))
    if not told.size:
        raise DataError(sentence(name, "must have at least one row of data", f"shape {told.shape}"))


def _member(source: Source, packed: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Shape:
    what = f"{name} in {source.name}"
    if member.flag_bits & ENCRYPTED:
        raise DataError(sentence(what, "must not be encrypted", "an encrypted member"))
    with parsed(what, RULE, HINT, DataTypeError), packed.open(member) as stream:
        told = _beginning(what, stream)
        begun = stream.tell()
    _check(what, told, member.file_size - begun)
    return told


def _unpacked(source: Source, name: str, told: Shape, options: ReadOptions) -> np.ndarray:
    what = f"{name} in {source.name}"
    options.check_size(what, told.size)
    with parsed(what, RULE, HINT, DataTypeError), source.open() as stream, zipfile.ZipFile(stream) as packed:
        member = name + MEMBER if name + MEMBER in packed.namelist() else name
        with packed.open(member) as part:
            return npy.read_array(part, allow_pickle=False)


def _width(told: Shape) -> int:
    return 1 if len(told.shape) == 1 else told.shape[1]


def _array(source: Source, told: Shape) -> np.ndarray:
    with parsed(source.name, RULE, HINT, DataTypeError):
        if source.path is not None:
            # Columns that are not asked for stay in the file.
            return np.load(source.path, mmap_mode="r", allow_pickle=False)
        with source.open() as stream:
            return npy.read_array(stream, allow_pickle=False)


def _columns_of(names: list[str], array: Callable[[], np.ndarray]) -> Callable[[list[str]], dict[str, np.ndarray]]:
    places = {name: j for j, name in enumerate(names)}

    def read(wanted: list[str]) -> dict[str, np.ndarray]:
        whole = array()
        return {name: whole if whole.ndim == 1 else whole[:, places[name]] for name in wanted}

    return read
