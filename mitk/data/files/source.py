"""Where the bytes of a file come from: the file itself, standard input, what is packed in it."""

from __future__ import annotations

import gzip
import io
import os
import sys
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mitk.data.files.options import GIGABYTE, ReadOptions
from mitk.errors import DataError, MITKError, sentence

STANDARD_INPUT = "-"
# How files of each kind begin, where their name does not say it.
SIGNS = {b"\x93NUMPY": ".npy", b"PK": ".npz", b"PAR1": ".parquet"}
TEXT = (".csv", ".tsv", ".txt", ".tab", ".dat")
ENDINGS = (*TEXT, ".npy", ".npz", ".parquet")
PACKED = ".gz"


@dataclass(frozen=True, eq=False)
class Source:
    """The bytes of a file.

    Attributes
    ----------
    name : str
        For messages.
    kind : str
        The ending that says how it is to be read.
    path : Path, optional
        None where the bytes are in memory.
    content : bytes
    """

    name: str
    kind: str
    path: Path | None = None
    content: bytes = b""

    def open(self) -> BinaryIO:
        """A stream of the bytes that can go back."""
        return io.BytesIO(self.content) if self.path is None else self.path.open("rb")

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.content) if self.path is None else self.path.stat().st_size


def source_of(path: str | Path, options: ReadOptions) -> Source:
    """Find out what kind of file it is, and unpack it.

    Raises
    ------
    DataError
    """
    if str(path) == STANDARD_INPUT:
        content = sys.stdin.buffer.read()
        if content.startswith(b"\x1f\x8b"):
            content = _unpacked("standard input", io.BytesIO(content), options)
        kind = next((kind for sign, kind in SIGNS.items() if content.startswith(sign)), ".txt")
        return Source("standard input", kind, content=content)
    path = Path(path)
    packed = path.suffix.lower() == PACKED
    kind = Path(path.stem).suffix.lower() if packed else path.suffix.lower()
    if kind not in ENDINGS:
        hint = "export it as CSV" if kind.startswith(".xls") or kind == ".ods" else "name it by what it holds"
        raise DataError(
            sentence(path.name, f"must end in one of {', '.join(ENDINGS)}, or in these and .gz", repr(kind), hint)
        )
    if not path.is_file():
        raise DataError(sentence(str(path), "must be a file", "a directory" if path.is_dir() else "nothing there"))
    if not packed:
        return Source(path.name, kind, path=path)
    with path.open("rb") as stream:
        return Source(path.name, kind, content=_unpacked(path.name, stream, options))


def _unpacked(name: str, stream: BinaryIO, options: ReadOptions) -> bytes:
    most = int(options.limit * GIGABYTE)
    try:
        with gzip.open(stream) as packed:
            content = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(sentence(name, "must be a gzip file", str(error) or "another format")) from error
    if len(content) > most:
        hint = f"--limit {2 * options.limit:g} allows twice as much"
        raise DataError(sentence(name, f"must expand to at most {options.limit:g} GB", "more", hint))
    return content


@contextmanager
def hushed() -> Iterator[None]:
    """Keep compiled code from writing to standard error past Python, as it does where it panics before it raises."""
    try:
        kept = os.dup(2)
    except OSError:
        # There is no standard error.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def parsed(name: str, rule: str, hint: str = "", kind: type[MITKError] = DataError) -> Iterator[None]:
    """Turn whatever a parser makes of bytes that are not as they should be into one sentence.

    Files come from anywhere, and parsers raise anything: of the standard library a dozen classes, of others still more.
    """
    try:
        with warnings.catch_warnings():
            # What parsers wonder at is either read or refused.
            warnings.simplefilter("ignore")
            yield
    except MITKError:
        raise
    except BaseException as error:
        # What goes wrong in compiled code of polars is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        got = " ".join(str(error).split()) or type(error).__name__
        got = got if len(got) <= 200 else f"{got[:200]}..."
        raise kind(sentence(name, rule, got.rstrip("."), hint)) from error
