"""Reading a table of named columns from a file: CSV, NumPy and Parquet, never running code found in it."""

from __future__ import annotations

import csv
import math
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mitk.errors import DataError, DataTypeError, MissingDependencyError, ParameterError, sentence

MISSING = frozenset({"", "na", "nan"})
DELIMITERS = (",", ";", "\t")
ROWS_TO_SNIFF = 20
MAX_NAMES_LISTED = 20


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of one length, as read.

    Attributes
    ----------
    columns : dict of str to array_like of shape (n,)
        Numbers as float64 with nan where missing; labels as str with None where missing; from Parquet the
        series themselves. Any selection of it can be passed to `estimate` as `x` or `y`.
    notes : dict of str to str
        For some columns, what should make the reader look again, in one sentence.
    """

    columns: dict[str, Any]
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Column names in the order of the file."""
        return list(self.columns)

    def select(self, wanted: Iterable[str], what: str = "columns") -> dict[str, Any]:
        """Take columns by name, by the name of the array they are part of, or else by number from 0.

        Parameters
        ----------
        wanted : iterable of str
        what : str, default "columns"
            Who asks, for the message.

        Returns
        -------
        dict of str to array_like of shape (n,)

        Raises
        ------
        ParameterError
            With the names there are.

        Examples
        --------
        >>> list(Table({"a": [1.0], "b[0]": [2.0], "b[1]": [3.0]}).select(["b", "0"]))
        ['b[0]', 'b[1]', 'a']
        """
        chosen: dict[str, Any] = {}
        for item in wanted:
            parts = [name for name in self.names if name.startswith(f"{item}[")]
            if item in self.columns:
                parts = [item]
            elif not parts and item.isdecimal() and int(item) < len(self.names):
                parts = [self.names[int(item)]]
            if not parts:
                raise ParameterError(
                    sentence(what, "must name columns of the file", repr(item), f"it has {self.listing()}")
                )
            chosen.update({name: self.columns[name] for name in parts})
        return chosen

    def listing(self) -> str:
        """List the names, shortened when there are many."""
        more = len(self.names) - MAX_NAMES_LISTED
        return ", ".join(self.names[:MAX_NAMES_LISTED]) + (f" and {more} more" if more > 0 else "")


def read_table(path: str | Path) -> Table:
    r"""Read a file of columns.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv`` or ``.txt`` with a row of column names, separated by commas, semicolons or tabs;
        ``.npy`` with an array of shape (n,) or (n, d), whose columns are named 0, 1, ...; ``.npz`` with such
        arrays, each a column ``name`` or a set of columns ``name[0]``, ``name[1]``, ...; ``.parquet``.

    Returns
    -------
    Table

    Raises
    ------
    DataError, DataTypeError
        In one sentence, for whatever is wrong with the file.
    MissingDependencyError
        For Parquet without polars.

    Notes
    -----
    A column of a text file is numeric when every cell that is not missing parses as a number; cells that are
    empty, NA or NaN are missing. In files separated by semicolons the comma may be the decimal mark. Arrays
    are never unpickled, so a file cannot run code.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "data.csv"
    >>> _ = path.write_text("height,sex\n1.71,f\n,m\n")
    >>> table = read_table(path)
    >>> table.columns["height"].tolist(), table.columns["sex"].tolist()
    ([1.71, nan], ['f', 'm'])
    """
    path = Path(path)
    readers = {
        ".csv": _read_text,
        ".tsv": _read_text,
        ".txt": _read_text,
        ".npy": _read_numpy,
        ".npz": _read_numpy,
        ".parquet": _read_parquet,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            sentence(path.name, f"must end in one of {', '.join(readers)}", repr(path.suffix), "export it as CSV")
        )
    if not path.is_file():
        raise DataError(sentence(str(path), "must be a file", "a directory" if path.is_dir() else "nothing there"))
    try:
        table = reader(path)
    except OSError as error:
        raise DataError(sentence(path.name, "must be readable", error.strerror or str(error))) from error
    if not table.columns or not len(next(iter(table.columns.values()))):
        raise DataError(sentence(path.name, "must have at least one row of data", "none"))
    return table


def _read_text(path: Path) -> Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            delimiter = _sniff(lines)
            lines.seek(0)
            reader = csv.reader(lines, delimiter=delimiter)
            header: list[str] = []
            rows: list[list[str]] = []
            for row in reader:
                if not row:
                    continue
                if not header:
                    header = _checked_header(row, path)
                elif len(row) != len(header):
                    raise DataError(
                        sentence(
                            path.name,
                            f"must have {len(header)} cells in every row",
                            f"{len(row)} in line {reader.line_num}",
                            "quote cells that hold the separator",
                        )
                    )
                else:
                    rows.append(row)
    except UnicodeDecodeError as error:
        raise DataError(
            sentence(path.name, "must be UTF-8 text", f"byte {error.object[error.start]:#04x}", "save it as UTF-8")
        ) from error
    except csv.Error as error:
        raise DataError(sentence(path.name, "must be a table in text form", str(error))) from error
    if not header:
        raise DataError(sentence(path.name, "must hold a row of column names and rows of data", "an empty file"))
    columns: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for name, cells in zip(header, zip(*rows, strict=True), strict=False):
        columns[name], note = _text_column(cells, name, decimal_comma=delimiter == ";")
        if note:
            notes[name] = note
    return Table(columns, notes)


def _sniff(lines: Iterable[str]) -> str:
    """Choose the separator that gives the first rows one width, the largest; the comma when none does."""
    head = [line for _, line in zip(range(ROWS_TO_SNIFF), lines, strict=False) if line.strip()]
    best, best_rank = ",", (False, 1)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(head, delimiter=delimiter)] or [1]
        # In doubt the header decides, so that a ragged file is refused with the right line number.
        rank = (len(set(widths)) == 1 and widths[0] > 1, widths[0])
        if rank > best_rank:
            best, best_rank = delimiter, rank
    return best


def _checked_header(row: list[str], path: Path) -> list[str]:
    # A nameless column, such as the index that pandas writes, goes by its number.
    names = [name.strip() or str(j) for j, name in enumerate(row)]
    numbers = [_number(name) for name in names]
    if any(v is not None and v != round(v) for v in numbers) and all(v is not None for v in numbers):
        raise DataError(
            sentence(path.name, "must begin with a row of column names", "numbers", "add a first line such as x,y")
        )
    twice = next((name for j, name in enumerate(names) if name in names[:j]), None)
    if twice is not None:
        raise DataError(sentence(path.name, "must name each column once", f"{twice!r} twice"))
    return names


def _number(text: str) -> float | None:
    """Read a finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return None if "_" in text or not math.isfinite(value) else value


def _text_column(cells: tuple[str, ...], name: str, decimal_comma: bool) -> tuple[np.ndarray, str]:
    """Make a numeric or a label column from its cells, with a note when it is nearly numeric."""
    numbers = _as_numbers(cells)
    if numbers is None and decimal_comma:
        numbers = _as_numbers([cell.replace(",", ".", 1) for cell in cells])
    if numbers is not None:
        return numbers, ""
    labels = [None if cell.strip().lower() in MISSING else cell.strip() for cell in cells]
    odd = [cell for cell in labels if cell is not None and _number(cell) is None]
    note = ""
    if 2 * len(odd) < len(labels) - labels.count(None):
        note = (
            f"`{name}` is read as labels because {len(odd)} of its {len(labels)} cells "
            f"{'is' if len(odd) == 1 else 'are'} not a number (first {odd[0]!r})."
        )
    return np.array(labels, dtype=object), note


def _as_numbers(cells: Iterable[str]) -> np.ndarray | None:
    try:
        # The whole column at C speed; only columns with gaps or labels pay for a second look.
        values = np.array(list(map(float, cells)))
    except ValueError:
        try:
            values = np.array([np.nan if c.strip().lower() in MISSING else float(c) for c in cells])
        except ValueError:
            return None
    # Python reads 1_000 as a number; in a table it is a label.
    return None if any("_" in cell for cell in cells) else values


def _read_numpy(path: Path) -> Table:
    try:
        with path.open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
            arrays = {name: loaded[name] for name in loaded} if hasattr(loaded, "files") else {"": loaded}
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        # NumPy says the same of foreign files and of pickles.
        pickled = "pickled objects, which could run code, or another format"
        got = pickled if "pickle" in str(error) else str(error)
        raise DataTypeError(
            sentence(path.name, "must be a NumPy file of plain arrays", got, "save float or string arrays")
        ) from error
    columns: dict[str, Any] = {}
    for name, array in arrays.items():
        if array.ndim not in (1, 2) or array.dtype.names is not None:
            what = "a structured array" if array.dtype.names is not None else f"shape {array.shape}"
            raise DataError(sentence(name or path.name, "must have shape (n,) or (n, d)", what))
        if array.ndim == 1:
            columns[name or "0"] = array
            continue
        for j in range(array.shape[1]):
            columns[f"{name}[{j}]" if name else str(j)] = array[:, j]
    lengths = sorted({len(column) for column in columns.values()})
    if len(lengths) > 1:
        raise DataError(sentence(path.name, "must hold arrays of one length", f"lengths {lengths}"))
    return Table(columns)


def _read_parquet(path: Path) -> Table:
    try:
        import polars
    except ImportError as error:
        raise MissingDependencyError(
            sentence("polars", "must be installed to read Parquet files", "none", 'pip install "mitk[frames]"')
        ) from error
    try:
        frame = polars.read_parquet(path)
    except polars.exceptions.PolarsError as error:
        raise DataError(sentence(path.name, "must be a Parquet file", str(error).splitlines()[0])) from error
    return Table({name: frame[name] for name in frame.columns})
