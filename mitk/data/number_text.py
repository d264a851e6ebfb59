"""Numbers as people write them: grouped digits, decimal commas, per cent, currency, exponents of Fortran."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

# Whole numbers from here on do not all have a place in float64.
EXACT_INTEGER = 2**53
# Digits beyond which a text is hardly a number, and slow to read as one.
MOST_DIGITS = 400

_SIGN = "[-+\u2212]"
_SPACES = " \u00a0\u2007\u2009\u202f"
_CURRENCY = "[$\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20cf\ufdfc\ufe69\uff04]"
_CELL = re.compile(
    rf"(?P<open>\()?(?P<sign>{_SIGN})? ?(?P<before>{_CURRENCY})?[{_SPACES}]?(?P<inner>{_SIGN})?"
    rf"(?P<body>(?:[0-9]|[.,][0-9])(?:[0-9.,'\u2019{_SPACES}]*[0-9.,])?)"
    rf"(?:[eEdD](?P<power>{_SIGN}?[0-9]+))?[{_SPACES}]?(?P<after>{_CURRENCY}|[%\u2030])?(?P<close>\))?"
)


def _bodies(mark: str, other: str) -> re.Pattern[str]:
    """Digits with one decimal mark at most, plain or in groups of three (of two, in India, before the last)."""
    end = rf"(?:[{mark}][0-9]*)?"
    groups = "|".join(
        rf"[1-9][0-9]{{0,2}}(?:{between}[0-9]{{2,3}})*{between}[0-9]{{3}}{end}"
        for between in (rf"[{other}]", "['\u2019]", f"[{_SPACES}]")
    )
    return re.compile(rf"[0-9]+{end}|[{mark}][0-9]+|{groups}")


_BODIES = {".": _bodies(".", ","), ",": _bodies(",", ".")}
# One mark with three digits after it, which may be either.
_EITHER = {mark: re.compile(rf"\s*[-+]?[1-9][0-9]{{0,2}}[{mark}][0-9]{{3}}\s*") for mark in (".", ",")}
# Lines that may tell the decimal mark: no words, no short whole numbers, no single mark with three digits after it.
_TELLING = re.compile(
    r"^(?![ \t\r]*(?:[-+]?(?:[1-9][0-9]{0,2}[.,][0-9]{3}|[0-9]{1,3})|[a-zA-Z].*)?[ \t\r]*$).+$", re.MULTILINE
)
_UNGROUPED = re.compile(r"(?<![0-9.,])[0-9]{4,}")
_FEW_DIGITS = re.compile(r"\s*[-+]?[0-9]{1,3}\s*")


@dataclass(frozen=True)
class Cell:
    """One number as written.

    Attributes
    ----------
    point, comma : str or None
        What float() takes, if the decimal mark is a point, or a comma; None where it cannot be.
    affix : str
        Its currency or per cent.
    """

    point: str | None
    comma: str | None
    affix: str = ""

    def under(self, mark: str) -> str | None:
        """What float() takes under a decimal mark."""
        return self.point if mark == "." else self.comma


@dataclass(frozen=True)
class Numbers:
    """What the cells of a column are together.

    Attributes
    ----------
    outcome : {"numbers", "words", "clash", "ambiguous"}
        Numbers; some cells are none; all are, but not written in one way; all are, under either decimal mark.
    values : ndarray of shape (n,), optional
        float64, or whole numbers as objects where float64 has no place for their digits.
    cells : tuple of int
        The places of cells that show why there are no values.
    """

    outcome: Literal["numbers", "words", "clash", "ambiguous"]
    values: np.ndarray | None = None
    cells: tuple[int, ...] = ()


def read_cell(text: str) -> Cell | None:
    """Read one cell; None where it is no number.

    Examples
    --------
    >>> read_cell("1.031,50"), read_cell("$3"), read_cell("three")
    (Cell(point=None, comma='1031.50', affix=''), Cell(point='3', comma='3', affix='$'), None)
    """
    found = _CELL.fullmatch(text.strip()) if len(text) < MOST_DIGITS else None
    if found is None or (found["open"] is None) != (found["close"] is None):
        return None
    signs = [sign for sign in (found["sign"], found["inner"], found["open"]) if sign]
    affixes = [affix for affix in (found["before"], found["after"]) if affix]
    if len(signs) > 1 or len(affixes) > 1:
        return None
    sign = "-" if signs and signs[0] != "+" else ""
    power = f"e{found['power'].replace(chr(0x2212), '-')}" if found["power"] else ""
    read = {
        mark: f"{sign}{re.sub(rf'[^0-9{mark}]', '', found['body']).replace(mark, '.')}{power}"
        if bodies.fullmatch(found["body"])
        else None
        for mark, bodies in _BODIES.items()
    }
    if read["."] is None and read[","] is None:
        return None
    return Cell(read["."], read[","], affixes[0] if affixes else "")


def is_number(text: str) -> bool:
    """Whether a cell can be read as a finite number in some way of writing."""
    return read_cell(text) is not None


def read_numbers(cells: Sequence[str], mark: str = "") -> Numbers:
    """Read the cells of a column, none of them missing.

    Parameters
    ----------
    cells : sequence of str
    mark : {"", ".", ","}
        The decimal mark; "" finds it from the cells, as far as they tell.

    Examples
    --------
    >>> read_numbers(["1,031.5", "987"]).values.tolist()
    [1031.5, 987.0]
    >>> read_numbers(["1.031", "987"]).outcome, read_numbers(["5%", "0.07"]).outcome
    ('ambiguous', 'clash')
    """
    for written in (".", ",") if not mark else (mark,):
        values = plain_numbers(cells, written)
        if values is not None:
            return Numbers("numbers", values) if mark or not either_mark(cells, written) else _ambiguous(cells, written)
    known: dict[str, Cell | None] = {}
    read = [known[cell] if cell in known else known.setdefault(cell, read_cell(cell)) for cell in cells]
    odd = tuple(place for place, cell in enumerate(read) if cell is None)
    if odd:
        return Numbers("words", cells=odd)
    whole = [cell for cell in read if cell is not None]
    other = next((k for k, cell in enumerate(whole) if cell.affix != whole[0].affix), None)
    if other is not None:
        return Numbers("clash", cells=(0, other))
    under = {m: [cell.under(m) for cell in whole] for m in ((mark,) if mark else (".", ","))}
    possible = {m: texts for m, texts in under.items() if None not in texts}
    if not possible:
        misfits = [next(k for k, text in enumerate(texts) if text is None) for texts in under.values()]
        return Numbers("clash", cells=tuple(sorted(set(misfits))))
    if len(possible) > 1 and possible["."] != possible[","]:
        unclear = next(k for k, cell in enumerate(whole) if cell.point != cell.comma)
        if not any(_UNGROUPED.search(cell) for cell in cells):
            return Numbers("ambiguous", cells=(unclear,))
        # Who groups digits groups them all: what stands in the others is the decimal mark.
        possible = {m: possible[m] for m in (".", ",") if m in cells[unclear]}
    return Numbers("numbers", _values([text or "" for text in next(iter(possible.values()))]))


def decimal_mark(cells: Sequence[str]) -> str:
    """The decimal mark that the first telling cell of a column shows; "" where none tells."""
    text = "\n".join(cells)
    if "." not in text and "," not in text:
        return ""
    for line in _TELLING.finditer(text):
        read = read_cell(line[0])
        if read is not None and (read.point is None) != (read.comma is None):
            return "." if read.comma is None else ","
    return ""


def plain_numbers(cells: Sequence[str], mark: str) -> np.ndarray | None:
    """The whole column at C speed, if it is written as Python writes numbers but for the decimal mark."""
    text = "\n".join(cells)
    # Python reads 1_000 as a number; in a table it is a label.
    if "_" in text:
        return None
    if mark == "," and "," in text:
        # A comma for a point, unless there are points too.
        pointed = text.replace(",", ".").split("\n") if "." not in text else []
        cells = pointed if len(pointed) == len(cells) else []
    elif mark == "," and "." in text:
        return None
    try:
        return _values(cells) if cells else None
    except ValueError:
        return None


def _values(texts: Sequence[str]) -> np.ndarray:
    values = np.fromiter(map(float, texts), np.float64, len(texts))
    if len(values) and not (np.abs(values) < EXACT_INTEGER).all() and max(map(len, texts)) < MOST_DIGITS:
        try:
            return np.array([int(text) for text in texts], dtype=object)
        except ValueError:
            return values
    return values


def either_mark(cells: Sequence[str], mark: str) -> bool:
    """Whether marks in plain numbers may group digits instead: 1.031 beside 987, but not beside 0.5 or 1031."""
    marked = False
    for cell in cells:
        if mark in cell and _EITHER[mark].fullmatch(cell):
            marked = True
        elif not _FEW_DIGITS.fullmatch(cell):
            return False
    return marked


def _ambiguous(cells: Sequence[str], mark: str) -> Numbers:
    return Numbers("ambiguous", cells=(next(k for k, cell in enumerate(cells) if mark in cell),))
