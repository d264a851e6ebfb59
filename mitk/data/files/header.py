"""Whether the first row of a text file names its columns: it does where it does not look like the rows under it."""

from __future__ import annotations

from collections.abc import Sequence

from mitk.data.files.options import Missing
from mitk.data.number_text import is_number
from mitk.errors import DataError, sentence

# Rows that the first one is compared with.
ROWS_COMPARED = 200


def is_header(rows: Sequence[Sequence[str]], missing: Missing) -> tuple[bool, bool]:
    """Whether the first row names the columns, and whether that is plain to see.

    A word above numbers is a name. Numbers above numbers are data, but for 0, 1, 2, ... above others, the names that
    pandas gives. Where no column holds numbers, words that come again in their column are data.

    Parameters
    ----------
    rows : sequence of sequence of str
        All of one length, at least one.
    missing : Missing
    """
    first, below = rows[0], rows[1 : ROWS_COMPARED + 1]
    numbers = [is_number(cell) for cell in first]
    if all(numbers[j] or cell in missing for j, cell in enumerate(first)):
        return _counts_up(first) and _differs(first, below), False
    over_numbers = False
    for j, cell in enumerate(first):
        held = [row[j] for row in below if row[j] not in missing]
        if not held or cell in missing or not all(map(is_number, held)):
            continue
        if not numbers[j]:
            return True, not any(numbers)
        over_numbers = True
    if over_numbers:
        return False, False
    again = any(cell in {row[j] for row in below} for j, cell in enumerate(first))
    return not again and len(set(first)) == len(first), False


def _counts_up(first: Sequence[str]) -> bool:
    """Whether a row is 0, 1, 2, ..., perhaps after an empty cell for the names of rows."""
    cells = [cell.strip() for cell in first]
    numbers = cells if cells[0] else cells[1:]
    return len(cells) > 1 and numbers == [str(j) for j in range(len(numbers))]


def _differs(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether what is under a row that counts up is not whole, or begins with row names that count up themselves."""
    named = not first[0].strip()
    if named and [row[0].strip() for row in below[:3]] == [str(j) for j in range(len(below[:3]))]:
        return True
    return any(not cell.strip().lstrip("-").isdecimal() for row in below for cell in row[named:] if cell.strip())


def named(first: Sequence[str], name: str) -> list[str]:
    """Names of the columns: those without one go by their position.

    Raises
    ------
    DataError
        For a name twice.
    """
    names = [cell.strip() or f":{j + 1}" for j, cell in enumerate(first)]
    if len(set(names)) < len(names):
        seen: set[str] = set()
        twice = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise DataError(
            sentence(name, "must name each column once", f"{twice!r} twice", "give one of them another name")
        )
    return names


def by_position(d: int) -> list[str]:
    """Names of the columns where none are given."""
    return [f":{j + 1}" for j in range(d)]
