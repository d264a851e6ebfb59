"""What a reader of files is told beside the path."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import cached_property

from mitk.data.number_text import read_cell
from mitk.errors import ParameterError, sentence

# Words that programs write where there is no value, in small letters.
USUAL_MISSING = frozenset(
    {"", "na", "nan", "-nan", "null", "none", "n/a", "<na>", "?", ".", "#n/a", "#na", "#n/a n/a"}
    | {"1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "#div/0!", "#value!", "#ref!", "#num!", "#null!", "#name?"}
)  # fmt: skip
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Missing:
    """What stands for a missing value.

    Attributes
    ----------
    words : frozenset of str
        In small letters.
    numbers : frozenset of float
        Those of the words that are numbers, however written.
    """

    words: frozenset[str]
    numbers: frozenset[float] = frozenset()

    def __contains__(self, cell: str) -> bool:
        return cell.strip().lower() in self.words


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a file is read.

    Attributes
    ----------
    header : {"auto", "yes", "no"}
        Whether the first row of a text file names the columns; "auto" compares it with the rows under it.
    na : str
        Words for missing values in a text file, by commas, beside the usual ones; after "=" in place of these.
    decimal : {"", ".", ","}
        The decimal mark of a text file; "" finds it.
    sep : str
        The separator of a text file: one character, or comma, semicolon, tab, bar or space; "" finds it.
    encoding : str
        Of a text file; "" is UTF-8, or UTF-16 and UTF-32 where the file begins by saying so.
    limit : float
        Gigabytes that compressed data may expand to.

    Raises
    ------
    ParameterError
    """

    header: str = "auto"
    na: str = ""
    decimal: str = ""
    sep: str = ""
    encoding: str = ""
    limit: float = 1.0

    def __post_init__(self) -> None:
        if self.header not in ("auto", "yes", "no"):
            raise ParameterError(sentence("--header", "must be auto, yes or no", repr(self.header)))
        if self.decimal not in ("", ".", ","):
            raise ParameterError(sentence("--decimal", 'must be "." or ","', repr(self.decimal)))
        if self.sep and self.sep not in SEPARATORS and (len(self.sep) != 1 or self.sep in '"\r\n'):
            named = ", ".join(SEPARATORS)
            raise ParameterError(sentence("--sep", f"must be one character or one of {named}", repr(self.sep)))
        if not self.limit > 0.0:
            raise ParameterError(sentence("--limit", "must be a number of gigabytes above 0", self.limit))

    @cached_property
    def separator(self) -> str:
        """The separator, "" where none was named."""
        return SEPARATORS.get(self.sep, self.sep)

    @cached_property
    def missing(self) -> Missing:
        """What stands for a missing value."""
        only = self.na.startswith("=")
        told = next(csv.reader([self.na.removeprefix("=")], skipinitialspace=True), [])
        words = frozenset(word.strip().lower() for word in told)
        read = [read_cell(word) for word in words]
        numbers = frozenset(float(cell.point) for cell in read if cell is not None and cell.point is not None)
        return Missing(words | ({""} if only else USUAL_MISSING), numbers)

    def for_text_only(self, name: str) -> None:
        """Refuse what only a text file can be told."""
        blank = ReadOptions(limit=self.limit)
        told = [f.name for f in fields(self) if getattr(self, f.name) != getattr(blank, f.name)]
        if told:
            raise ParameterError(sentence(f"--{told[0]}", "goes with text files", name, "leave it out"))

    def check_size(self, name: str, size: int) -> None:
        """Refuse what would expand beyond the limit."""
        if size > self.limit * GIGABYTE:
            from mitk.errors import DataError

            needed = f"--limit {-(-size // GIGABYTE)} allows it"
            rule = f"must expand to at most {self.limit:g} GB"
            raise DataError(sentence(name, rule, f"{size / GIGABYTE:.3g} GB", needed))
