"""Text files: rows of cells, as programs and people write them."""

from __future__ import annotations

import codecs
import csv
import io
from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Any, TextIO

from mitk.data.files.header import by_position, is_header, named
from mitk.data.files.layout import COMMENT, Preamble, find_separator, split_line, split_rows
from mitk.data.files.options import ReadOptions
from mitk.data.files.source import Source
from mitk.data.files.table import LazyColumns, Table
from mitk.data.files.text_columns import TextColumns
from mitk.errors import DataError, ParameterError, sentence

# Characters that are looked at for what no text has.
HEAD = 4096
ZEROS_HINT = "--encoding utf-16-le may read it"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(source: Source, options: ReadOptions) -> Table:
    """Read a text file."""
    with source.open() as raw:
        encoding = options.encoding or _encoding(raw.read(4))
        raw.seek(0)
        try:
            lines = io.TextIOWrapper(raw, encoding=encoding, newline="")
            return _table(lines, source.name, options)
        except LookupError as error:
            raise ParameterError(
                sentence("--encoding", "must be one that Python knows", repr(encoding), "utf-8, cp1252, utf-16")
            ) from error
        except UnicodeError as error:
            zeros = isinstance(error, UnicodeDecodeError) and b"\0" in error.object
            byte = f"byte {error.object[error.start]:#04x}" if isinstance(error, UnicodeDecodeError) else str(error)
            hint = ZEROS_HINT if zeros else "--encoding cp1252 reads what Windows writes"
            raise DataError(
                sentence(source.name, f"must be {encoding.removesuffix('-sig').upper()} text", byte, hint)
            ) from error


def _encoding(head: bytes) -> str:
    return next((encoding for mark, encoding in BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8-sig")


def _table(lines: TextIO, name: str, options: ReadOptions) -> Table:
    if "\0" in lines.read(HEAD):
        raise DataError(sentence(name, "must be text", "bytes of 0", ZEROS_HINT))
    lines.seek(0)
    preamble = Preamble(lines, options)
    separator = options.separator or preamble.separator
    if not separator:
        lines.seek(0)
        separator = find_separator(islice(lines, preamble.length, None))
    lines.seek(0)
    rows, places, comments = _rows(islice(lines, preamble.length, None), separator, name, options, preamble.length)
    if not rows:
        raise DataError(sentence(name, "must hold a row of column names and rows of data", "an empty file"))
    remarks = (
        [f"Left out of {name} as comments, since they begin with {COMMENT}: {comments} lines."] if comments else []
    )
    first, rows, wide = _evened(rows)
    if wide:
        remarks.append(
            f"Rows of {name} begin with a name of their own, for which the first row has no title: column :1."
        )
    commented = split_line(preamble.comment, separator)
    d = len(rows[0]) if rows else len(first)
    found, plain = is_header([first, *rows], options.missing) if options.header == "auto" else (False, True)
    if options.header == "yes" or found:
        names = named(first, name)
        places = places[1:]
        if not plain and options.header == "auto":
            remarks.append(
                f"The first row of {name} is taken as the names of the columns; --header no takes it as data."
            )
    else:
        rows = [first, *rows]
        commented = [cell.strip() for cell in commented]
        if options.header == "auto" and len(set(commented)) == d == len(commented) and "" not in commented:
            names = commented
            remarks.append(f"The comment before the rows of {name} is taken as the names of the columns.")
        else:
            names = by_position(d)
            if options.header == "auto":
                last = f" to :{d}" if d > 1 else ""
                remarks.append(
                    f"The first row of {name} looks like those under it and is taken as data; columns go by position, "
                    f":1{last}; --header yes takes it as names."
                )
    while names and names[-1] == f":{len(names)}" and not any(row[len(names) - 1].strip() for row in rows):
        # A separator at the end of each line makes a last column of nothing.
        names.pop()
    if not rows or not names:
        raise DataError(sentence(name, "must have at least one row of data", "none"))
    columns = TextColumns(rows, places, {title: j for j, title in enumerate(names)}, separator, options)
    return Table(LazyColumns(names, columns.read), columns.notes, remarks, labels=columns.labels)


def _rows(
    lines: Iterator[str], separator: str, name: str, options: ReadOptions, before: int
) -> tuple[list[list[str]], array[int], int]:
    """Rows of one width but perhaps the first, the line that each ends in, and how many comments were among them."""
    rows: list[list[str]] = []
    places = array("q")
    comments, d = 0, 0
    # Strictly, lest a quote that is never closed swallow the rows after it.
    reader = split_rows(lines, separator, strict=True)
    for row in _until_broken(reader, name, before):
        if rows and row and row[0].startswith(COMMENT) and _comment(row, d, options):
            comments += 1
            continue
        if len(row) != d or d == 1:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if len(rows) == 0 or (len(rows) == 1 < d and len(row) == d + 1):
                d = len(row)
            elif len(row) == d + 1 and not row[-1].strip():
                row.pop()
            elif len(row) != d:
                raise DataError(
                    sentence(
                        name,
                        f"must have {d} cells in every row",
                        f"{len(row)} in line {before + reader.line_num}",
                        "quote cells that hold the separator; --sep names it",
                    )
                )
        rows.append(row)
        places.append(before + reader.line_num)
    while len(rows) > 1 and d > 1 and not any(map(str.strip, rows[-1])):
        # Spreadsheets write rows of separators after the last.
        rows.pop()
        places.pop()
    return rows, places, comments


def _until_broken(reader: Any, name: str, before: int) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        hint = "close every quote and double those within; --sep names the separator"
        got = f"{error} in line {before + reader.line_num}"
        raise DataError(sentence(name, "must be a table in text form", got, hint)) from error


def _comment(row: list[str], d: int, options: ReadOptions) -> bool:
    """Whether a row that begins like a comment is one: a tag or a colour among d cells is not, nor is #N/A."""
    return row[0] not in options.missing and (len(row) != d or d == 1 or row[0].startswith(f"{COMMENT} "))


def _evened(rows: list[list[str]]) -> tuple[list[str], list[list[str]], bool]:
    """The first row as wide as the others, these, and whether they begin with a name of their own.

    Where the first is shorter by one, either that is so, or rows end in a separator.
    """
    first, rest = rows[0], rows[1:]
    if not rest or len(rest[0]) == len(first):
        return first, rest, False
    if not any(row[-1].strip() for row in rest):
        return first, [row[:-1] for row in rest], False
    return ["", *first], rest, True
