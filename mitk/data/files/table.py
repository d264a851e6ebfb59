"""A table of named columns that are read when they are asked for."""

from __future__ import annotations

import csv
import difflib
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mitk.errors import MITKError, ParameterError, sentence

MAX_NAMES_LISTED = 20
# Beyond so many names none is looked for that is like another.
MOST_COMPARED = 10_000


class LazyColumns(Mapping[str, Any]):
    """Columns by name, read once, when they are asked for.

    Parameters
    ----------
    names : sequence of str
    read : callable
        Makes columns by name from names.
    """

    def __init__(self, names: Sequence[str], read: Callable[[list[str]], Mapping[str, Any]]) -> None:
        self._names = dict.fromkeys(names)
        self._read = read
        self._known: dict[str, Any] = {}

    def take(self, names: Iterable[str]) -> dict[str, Any]:
        """Some columns, those that were not read yet all at once."""
        names = list(names)
        unread = [name for name in names if name not in self._known]
        if unread:
            self._known.update(self._read(unread))
        return {name: self._known[name] for name in names}

    def __contains__(self, name: object) -> bool:
        # That of a mapping would read the column.
        return name in self._names

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self.take([name])[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of a file.

    Attributes
    ----------
    columns : mapping of str to array_like of shape (n,)
        Numbers as float64 with nan where missing, or as whole numbers with None where float64 has no place for them;
        labels as str with None where missing; from Parquet the series themselves. Any selection of it can be passed
        to `estimate` as `x` or `y`.
    notes : dict of str to str
        For some columns that were read, what should make the reader look again, in one sentence.
    remarks : list of str
        The same of the file as a whole.
    refused : dict of str to MITKError
        What is in the file but is no column of it, and why.
    labels : set of str
        Columns that the caller takes as labels: their cells need not agree on being numbers.
    """

    columns: Mapping[str, Any]
    notes: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    refused: dict[str, MITKError] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)

    @cached_property
    def names(self) -> list[str]:
        """Column names in the order of the file."""
        return list(self.columns)

    def named(self, wanted: Iterable[str], what: str = "columns") -> list[str]:
        """Names of the columns that are meant: by name, by the name of the array they are part of, or by position.

        Parameters
        ----------
        wanted : iterable of str
            ":1" is the first column, whatever its name.
        what : str, default "columns"
            Who asks, for the message.

        Raises
        ------
        ParameterError
            With the names there are.
        """
        chosen: list[str] = []
        for item in wanted:
            if re.fullmatch(r":[0-9]{1,9}", item):
                if not 1 <= int(item[1:]) <= len(self.names):
                    rule = f"must lie between :1 and :{len(self.names)} where it is a position"
                    raise ParameterError(sentence(what, rule, item))
                chosen.append(self.names[int(item[1:]) - 1])
            elif item in self.columns:
                chosen.append(item)
            elif item in self._parts:
                chosen += self._parts[item]
            elif item in self.refused:
                raise self.refused[item]
            else:
                raise ParameterError(
                    sentence(what, "must name columns of the file", repr(item), f"it has {self.listing(item)}")
                )
        return list(dict.fromkeys(chosen))

    def select(self, wanted: Iterable[str], what: str = "columns") -> dict[str, Any]:
        """Take columns, as `named` finds them.

        Returns
        -------
        dict of str to array_like of shape (n,)

        Raises
        ------
        ParameterError, DataError, DataTypeError

        Examples
        --------
        >>> list(Table({"a": [1.0], "b[0]": [2.0], "b[1]": [3.0]}).select(["b", ":1"]))
        ['b[0]', 'b[1]', 'a']
        """
        return self.take(self.named(wanted, what))

    def take(self, names: Iterable[str]) -> dict[str, Any]:
        """Take columns by their names."""
        if isinstance(self.columns, LazyColumns):
            return self.columns.take(names)
        return {name: self.columns[name] for name in names}

    def readable(self, names: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
        """Those of some columns that can be read, and a sentence for each that cannot."""
        try:
            return self.take(names), []
        except MITKError:
            found: dict[str, Any] = {}
            why: list[str] = []
            for name in names:
                try:
                    found.update(self.take([name]))
                except MITKError as error:
                    why.append(str(error))
            return found, why

    def listing(self, like: str = "") -> str:
        """List the names, shortened when there are many, those that resemble one first."""
        close: list[str] = []
        if like and MAX_NAMES_LISTED < len(self.names) <= MOST_COMPARED:
            close = difflib.get_close_matches(like, self.names, n=3)
        names = list(dict.fromkeys([*close, *self.names[:MAX_NAMES_LISTED]]))[:MAX_NAMES_LISTED]
        more = len(self.names) - len(names)
        positions = f"; by position they are :1 to :{len(self.names)}" if like.isdecimal() else ""
        return ", ".join(names) + (f" and {more} more" if more > 0 else "") + positions

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        """Columns by the name of the array that they are part of."""
        parts: dict[str, list[str]] = {}
        for name in self.names:
            whole, bracket, _ = name.rpartition("[")
            if bracket:
                parts.setdefault(whole, []).append(name)
        return parts


def on_command_line(name: str) -> str:
    """A name as an option takes it: in quotes of its own where it holds commas, and in those of the shell.

    Examples
    --------
    >>> print(on_command_line("age"), on_command_line("b, c"))
    age '"b, c"'
    """
    quoted = '"{}"'.format(name.replace('"', '""')) if "," in name or '"' in name else name
    return shlex.quote(quoted)


def split_names(text: str) -> list[str]:
    """Names that stand in one option, by commas; in double quotes where they hold commas themselves.

    Examples
    --------
    >>> split_names('age, "b, c"')
    ['age', 'b, c']
    """
    try:
        return [part.strip() for part in next(csv.reader([text], skipinitialspace=True), [])]
    except csv.Error:
        # A name of more than one line, or longer than any.
        return [text]
