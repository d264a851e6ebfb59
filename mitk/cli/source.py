"""The file of a command: how it is read, and as what its columns are taken."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mitk.cli.terminal import note
from mitk.errors import DataError, ParameterError, sentence

if TYPE_CHECKING:
    from mitk.data.files import Table

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help='.csv, .tsv, .txt, .npy, .npz or .parquet, also .gz; "-" for standard input, "example" for a data set.',
    ),
]
Discrete = Annotated[str, typer.Option("--discrete", metavar="COLUMNS", help="Columns to take as labels.")]
Count = Annotated[str, typer.Option("--count", metavar="COLUMNS", help="Columns to take as counts, in their order.")]
Continuous = Annotated[str, typer.Option("--continuous", metavar="COLUMNS", help="Columns to take as numbers.")]
Header = Annotated[str, typer.Option("--header", help="yes or no: whether the first row names the columns.")]
Na = Annotated[
    str, typer.Option("--na", metavar="WORDS", help="Missing values, beside NA, NULL, ?, ...; =A,B for these only.")
]
Decimal = Annotated[str, typer.Option("--decimal", metavar="MARK", help='Decimal mark, "." or ",".')]
Sep = Annotated[str, typer.Option("--sep", metavar="MARK", help="Separator: a character, tab or space.")]
Encoding = Annotated[str, typer.Option("--encoding", metavar="NAME", help="Of a text file, such as cp1252.")]
Limit = Annotated[float, typer.Option("--limit", metavar="GB", help="What compressed data may expand to.")]

READING: dict[str, tuple[Any, Any]] = {
    "header": (Header, "auto"),
    "na": (Na, ""),
    "decimal": (Decimal, ""),
    "sep": (Sep, ""),
    "encoding": (Encoding, ""),
    "limit": (Limit, 1.0),
}
KINDS: dict[str, tuple[Any, Any]] = {"discrete": (Discrete, ""), "count": (Count, ""), "continuous": (Continuous, "")}


@dataclass(frozen=True)
class Source:
    """A file that is still to be read.

    Attributes
    ----------
    file : str
    reading : dict of str to object
        Options of `ReadOptions`.
    kinds : dict of str to str
        What follows --discrete, --count and --continuous.
    """

    file: str
    reading: Mapping[str, Any]
    kinds: Mapping[str, str]

    def open(self) -> Opened:
        """Read the names of the columns, and what is said of some."""
        from mitk.data.files import ReadOptions, read_table

        table = read_table(self.file, ReadOptions(**self.reading))
        told = {option: _named(table, text, f"--{option}") for option, text in self.kinds.items()}
        table.labels.update(told["discrete"])
        twice = {name for name in table.labels if name in told["count"] or name in told["continuous"]}
        if twice:
            raise ParameterError(sentence("--discrete", "must not name what are numbers", ", ".join(sorted(twice))))
        return Opened(table, self.file, told)


@dataclass(frozen=True)
class Opened:
    """The table of a file, with what is said of the kinds of its columns."""

    table: Table
    file: str
    told: Mapping[str, list[str]]

    def names(self, text: str, option: str) -> list[str]:
        """The names of the columns that an option means."""
        return _named(self.table, text, option)

    def select(self, text: str, option: str, needed: bool = False) -> dict[str, Any]:
        """The columns that an option names."""
        if needed and not text:
            got = f"{self.file} has {self.table.listing()}"
            raise ParameterError(sentence(option, "must name columns", "none", got))
        return self.table.take(self.names(text, option))

    def groups(self, text: str) -> Any:
        """The column of groups, where one is named."""
        if not text:
            return None
        chosen = list(self.select(text, "--groups").values())
        if len(chosen) > 1:
            raise ParameterError(sentence("--groups", "must name one column", repr(text)))
        return chosen[0]

    def kinds(self, *sides: Mapping[str, Any]) -> list[Any]:
        """What the library is told of the kinds of columns; None of a side of which nothing is said.

        Raises
        ------
        ParameterError
            For a column that is not in use: a forgotten one would go unnoticed.
        DataError
            For words among what are to be numbers, for parts among counts.
        """
        used = {name: column for side in sides for name, column in side.items()}
        words: dict[str, bool] = {}
        for option, names in self.told.items():
            idle = sorted(set(names) - set(used))
            if idle:
                raise ParameterError(sentence(f"--{option}", "must name columns in use", ", ".join(idle)))
            if option != "discrete":
                for name in names:
                    self._check_numbers(name, used[name], option)
            words |= dict.fromkeys(names, option == "discrete")
        return [[words.get(name) for name in side] if words.keys() & set(side) else None for side in sides]

    def outside(self, memory: str, seed: int) -> Callable[[list[str]], tuple[dict[str, Any], list[str]]]:
        """How columns are had without reading the file whole: by names, with a sentence for each that cannot be read.

        Raises
        ------
        ParameterError
        """
        from mitk.data.sources import PartOfRows, memory_of, readable, stored_columns

        found = readable(self.file, memory_of(memory), seed) if self.file.endswith((".parquet", ".npy")) else None
        if found is None:
            raise ParameterError(sentence("--memory", "goes with .parquet and .npy", self.file, "leave it out"))
        if isinstance(found, PartOfRows):
            note(found.note)

        def columns(names: list[str]) -> tuple[dict[str, Any], list[str]]:
            places = {name: found.names[k] for k, name in enumerate(self.table.names)}
            kept, why = stored_columns(found, [places[name] for name in names])
            back = {own: name for name, own in places.items()}
            return {back[column.name]: column.renamed(back[column.name]) for column in kept}, why

        return columns

    def notes(self, used: Mapping[str, Any]) -> list[str]:
        """What was noted of the file, and of the columns in use."""
        return [*self.table.remarks, *(self.table.notes[name] for name in used if name in self.table.notes)]

    def remark(self, used: Mapping[str, Any]) -> None:
        """Print these."""
        for text in self.notes(used):
            note(text)

    def _check_numbers(self, name: str, values: Any, option: str) -> None:
        import numpy as np

        from mitk.data.columns import read_columns

        if name in self.table.notes and "as labels" in self.table.notes[name]:
            raise DataError(self.table.notes[name])
        column = read_columns({name: values}, name)[0]
        known = column.values[~np.isnan(column.values)]
        if column.nominal and not np.isin(known, (0.0, 1.0)).all():
            raise DataError(sentence(name, f"must hold numbers after --{option}", "labels", "leave it out there"))
        if option == "count" and not np.array_equal(known, np.rint(known)):
            part = float(known[known != np.rint(known)][0])
            hint = "--continuous takes any numbers"
            raise DataError(sentence(name, "must hold whole numbers after --count", f"{part:g}", hint))


def reads_a_file(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, which takes a `source`, the argument FILE and the options that say how it is read."""
    shared = {**KINDS, **READING}
    own = inspect.signature(command, eval_str=True).parameters

    @functools.wraps(command)
    def run(*, file: str, **given: Any) -> None:
        reading, kinds = ({name: given.pop(name) for name in names} for names in (READING, KINDS))
        command(source=Source(file, reading, kinds), **given)

    def keyword(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)

    parameters = [
        keyword("file", File),
        *(keyword(name, p.annotation, p.default) for name, p in own.items() if name != "source"),
        *(keyword(name, annotation, default) for name, (annotation, default) in shared.items()),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _named(table: Table, text: str, option: str) -> list[str]:
    """Names of the columns that an option means; a name may hold commas itself, alone or in double quotes."""
    from mitk.data.files.table import split_names

    if not text:
        return []
    return table.named([text] if text in table.columns else split_names(text), option)
