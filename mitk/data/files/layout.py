"""How a text file is laid out: what stands before the table, what separates its cells, how wide it is."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, TextIO

from mitk.data.files.options import ReadOptions
from mitk.data.number_text import is_number

ROWS_TO_SNIFF = 20
# A separator that gives all rows one width is hardly there by chance, but the comma (1,5) and the space may be.
PREFERRED = ("\t", ";", "|", ",", " ")
COMMENT = "#"
_EXCEL = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class Preamble:
    """What stands before the first row of a table.

    Parameters
    ----------
    lines : TextIO
    options : ReadOptions

    Attributes
    ----------
    length : int
        Lines of it.
    separator : str
        The one that the file names itself, as Excel does; "" for none.
    comment : str
        The last comment, which may name the columns.
    """

    def __init__(self, lines: TextIO, options: ReadOptions) -> None:
        self.length, self.separator, self.comment = 0, "", ""
        for line in lines:
            declared = _EXCEL.fullmatch(line) if self.length == 0 else None
            text = line.strip()
            if declared:
                self.separator = declared[1]
            elif text and not is_comment(text, options):
                return
            elif text:
                self.comment = text.lstrip(COMMENT).strip()
            self.length += 1
        if self.comment:
            # Nothing but comments: then they are none.
            self.length, self.comment = int(bool(self.separator)), ""


def is_comment(text: str, options: ReadOptions) -> bool:
    """Whether a line is a comment; #N/A is a missing value."""
    return text.startswith(COMMENT) and re.split(r"[,;\t| ]", text, maxsplit=1)[0] not in options.missing


def split_rows(lines: Iterable[str], separator: str, strict: bool = False) -> Any:
    """Rows of cells, as a reader of csv that knows its line; a space stands for any number of blanks."""
    if separator == " ":
        lines = (line.replace("\t", " ").strip() for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=separator == " ", strict=strict)


def split_line(text: str, separator: str) -> list[str]:
    """The cells of one line; none where there is no line, or none that can be split."""
    try:
        return next(split_rows([text], separator), [])
    except csv.Error:
        return []


def find_separator(lines: Iterable[str]) -> str:
    """The separator that gives the first rows one width; in doubt the one that splits the first row the most."""
    head = [line for line in islice(lines, ROWS_TO_SNIFF) if line.strip()]
    widest, most, single = "", 1, ","
    for separator in PREFERRED:
        try:
            rows = [row for row in split_rows(head, separator) if row]
        except csv.Error:
            # Lines longer than a cell may be: it is not this one.
            continue
        if len(head) == ROWS_TO_SNIFF:
            # A cell with line ends in it may have been cut.
            rows = rows[:-1]
        widths = [len(row) for row in rows]
        if not widths:
            continue
        below = set(widths[1:]) or {widths[0]}
        # The first row may lack a name for the names of rows.
        alike = len(below) == 1 and widths[0] > 1 and max(below) - widths[0] in (0, 1)
        if alike and (separator != " " or _has_numbers(rows)):
            return separator
        if widths[0] > most and separator != " ":
            widest, most = separator, widths[0]
        if set(widths) == {1}:
            single = separator
    return widest or single


def _has_numbers(rows: list[list[str]]) -> bool:
    """Whether some column holds numbers: words are separated by spaces without being a table."""
    below = rows[1:] or rows
    return any(all(is_number(row[j]) for row in below) for j in range(min(map(len, below))))
