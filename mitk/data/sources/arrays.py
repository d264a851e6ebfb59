"""Arrays outside of memory: of a mapped file, of Zarr, HDF5 and Dask, and whatever else gives slices as arrays."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from mitk.data.column import Column
from mitk.data.columns import read_columns
from mitk.data.sources.contract import ColumnSource, check_run
from mitk.errors import DataError, sentence

# Bytes of a mapped file that are looked at before they are given back.
MAPPED = 1 << 24


class _Mapped(NamedTuple):
    """How a file is mapped."""

    name: str
    dtype: np.dtype[Any]
    offset: int
    shape: tuple[int, ...]
    order: Literal["C", "F"]


class ArraySource(ColumnSource):
    """An array of shape (n,) or (n, d) that is sliced.

    Parameters
    ----------
    array : object with ``shape``, ``dtype`` and slices
    """

    def __init__(self, array: Any) -> None:
        shape = tuple(array.shape)
        if len(shape) not in (1, 2) or not all(isinstance(size, (int, np.integer)) for size in shape):
            hint = "call .compute_chunk_sizes() first" if len(shape) in (1, 2) else "flatten each sample"
            raise DataError(sentence("data", "must have shape (n,) or (n, d)", f"shape {shape}", hint))
        self.array = array
        self.n = int(shape[0])
        self.names = ("data",) if len(shape) == 1 else tuple(f"data[{j}]" for j in range(shape[1]))

    def __getstate__(self) -> dict[str, Any]:
        """A file that is mapped goes by its name, and is mapped again where it comes to."""
        state = dict(self.__dict__)
        array = self.array
        if isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap) and array.filename is not None:
            order = "C" if array.flags.c_contiguous else "F"
            state["array"] = _Mapped(str(array.filename), array.dtype, array.offset, array.shape, order)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(state["array"], _Mapped):
            name, dtype, offset, shape, order = state["array"]
            state["array"] = np.memmap(name, dtype, "r", offset, shape, order)
        self.__dict__.update(state)

    def read(self, places: Sequence[int], rows: slice | None = None) -> list[Column]:
        """As `ColumnSource.read`."""
        start, stop, _ = (rows or slice(None)).indices(self.n)
        made = np.empty((stop - start, len(places)), dtype=self.array.dtype, order="F")
        for at, (first, last) in _neighbours(places):
            into = made[:, at : at + last - first]
            if isinstance(self.array, np.memmap):
                _copy(self.array, start, stop, first, last, into)
            else:
                part = self.array[start:stop] if len(self.array.shape) == 1 else self.array[start:stop, first:last]
                into[:] = np.asarray(part).reshape(into.shape)
        if rows is not None and made.dtype.kind in "iu" and made.size:
            for k, place in enumerate(places):
                check_run(self.names[place], made[:, k].min(), made[:, k].max())
        return [read_columns(made[:, k], self.names[place])[0] for k, place in enumerate(places)]


def _neighbours(places: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Where runs of places begin in the list, and their first place and the one after their last."""
    begin = 0
    for k in range(1, len(places) + 1):
        if k == len(places) or places[k] != places[k - 1] + 1:
            yield begin, (places[begin], places[k - 1] + 1)
            begin = k


def _copy(array: np.memmap, start: int, stop: int, first: int, last: int, into: np.ndarray) -> None:
    """Copy from a mapped file, of which no more than a little stays in memory."""
    mapped = getattr(array, "_mmap", None)
    step = max(1, MAPPED // max(abs(array.strides[0]), array.itemsize))
    for begin in range(start, stop, step):
        end = min(begin + step, stop)
        into[begin - start : end - start] = array[begin:end, None] if array.ndim == 1 else array[begin:end, first:last]
        if isinstance(mapped, mmap.mmap) and hasattr(mapped, "madvise") and array.mode in ("r", "r+"):
            # Pages that were read count as memory of this process until it lets go of them; the file keeps them.
            mapped.madvise(mmap.MADV_DONTNEED)
