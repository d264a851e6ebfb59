"""What is paired with what: columns or blocks of columns, read, named and judged once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk.data.columns import Column, kind_choices, read_columns
from mitk.data.sources import ColumnSource, PartOfRows, StoredColumn, stored_columns
from mitk.errors import DataError, DataTypeError, MITKWarning, ParameterError, sentence
from mitk.many.condition import read_condition

# Labels that are different in more than this share of the rows name the rows.
NAMES_OF_ROWS = 0.5
FEWEST_NAMES = 20


@dataclass(frozen=True, eq=False)
class Units:
    """What is paired.

    Attributes
    ----------
    names : tuple of str
    columns : tuple of tuple of Column
        Of each unit: one, or those of a block.
    choices : tuple of tuple of (bool or None)
        The caller's word on the kind of each column.
    n_targets : int
        How many of the last are targets; 0 where all are paired with all.
    notes : tuple of str
        What was left out, and why.
    given : tuple of Column
        The condition of every pair; no columns where there is none.
    given_choices : tuple of (bool or None)
    """

    names: tuple[str, ...]
    columns: tuple[tuple[Column, ...], ...]
    choices: tuple[tuple[bool | None, ...], ...]
    n_targets: int = 0
    notes: tuple[str, ...] = ()
    given: tuple[Column, ...] = ()
    given_choices: tuple[bool | None, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def n_pairs(self) -> int:
        """How many pairs there are."""
        d, t = len(self), self.n_targets
        return (d - t) * t + t * (t - 1) // 2 if t else d * (d - 1) // 2

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.columns[0][0].n

    @property
    def stored(self) -> bool:
        """Whether columns are read as they are needed."""
        return any(isinstance(column, StoredColumn) for columns in self.columns for column in columns)

    def side(self, unit: int) -> dict[str, Column]:
        """The columns of a unit by their names, as a fit takes them."""
        return {column.name: column for column in self.columns[unit]}

    @property
    def condition(self) -> dict[str, Column] | None:
        """The columns of the condition by their names, as a fit takes them."""
        return {column.name: column for column in self.given} or None

    def told(self, unit: int) -> list[bool | None]:
        """The caller's word on each column of a unit."""
        return list(self.choices[unit])


def read_units(
    data: Any,
    *,
    names: Sequence[str] | None,
    blocks: Mapping[str, Sequence[str]] | None,
    targets: Any,
    discrete: Any,
    given: Any = None,
    discrete_given: Any = None,
) -> Units:
    """Read columns, leave out what cannot be paired with a warning, make blocks, targets and a condition of them."""
    columns, notes = _readable(data)
    notes += [column.note for column in columns if column.note]
    columns = _named(columns, names)
    choices = kind_choices(discrete, len(columns), "discrete")
    columns, choices, chosen = _with_targets(columns, choices, targets)
    condition, given_choices, within = read_condition(columns, choices, given, discrete_given)
    both = [columns[k].name for k in chosen if k in within]
    if both:
        raise ParameterError(sentence("given", "must not be among the targets", both[0]))
    others = [k for k in range(len(columns)) if k not in within]
    kept = [k for k in others if k in chosen or not _names_rows(columns[k], choices[k])]
    if len(kept) < len(others):
        left_out = [columns[k].name for k in sorted(set(others) - set(kept))]
        notes.append(f"Left out, labels that differ from row to row as names do: {', '.join(left_out)}.")
    for note in notes:
        warnings.warn(note, MITKWarning, stacklevel=3)
    units: list[tuple[str, tuple[int, ...]]]
    if blocks is None:
        units = [(columns[k].name, (k,)) for k in kept if k not in chosen]
    else:
        units = _blocks(blocks, {columns[k].name: k for k in kept if k not in chosen})
    units += [(columns[k].name, (k,)) for k in chosen]
    if len(units) < 2:
        rule = "must have a column beside the targets" if chosen else "must have at least two columns"
        raise DataError(sentence("data", rule, len(units) - len(chosen)))
    return Units(
        tuple(name for name, _ in units),
        tuple(tuple(columns[k] for k in members) for _, members in units),
        tuple(tuple(choices[k] for k in members) for _, members in units),
        len(chosen),
        tuple(notes),
        condition,
        given_choices,
    )


def _readable(data: Any) -> tuple[list[Column], list[str]]:
    """Columns of the data, and a note on those of a frame that hold dates and the like, which are left out."""
    if isinstance(data, ColumnSource):
        return _stored(data)
    if isinstance(data, Mapping) and data and all(isinstance(column, StoredColumn) for column in data.values()):
        return [column.renamed(str(name)) for name, column in data.items()], []
    try:
        return read_columns(data, "data"), []
    except DataTypeError:
        parts = _parts(data)
        if not parts:
            raise

    columns, left_out = [], []
    for part in parts:
        try:
            columns += read_columns(part, "data")
        except DataTypeError as error:
            left_out.append(str(error))
    if not columns:
        raise DataTypeError(left_out[0] if left_out else sentence("data", "must have columns", "none"))
    lengths = sorted({column.n for column in columns})
    if len(lengths) > 1:
        raise DataError(sentence("data", "must hold columns of one length", f"lengths {lengths}"))
    return columns, ["Left out: " + " ".join(left_out)]


def _stored(source: ColumnSource) -> tuple[list[Column], list[str]]:
    """As `_readable`, of data whose columns are read one at a time, and whose values are not kept."""
    columns, left_out = stored_columns(source, source.names)
    if not columns:
        raise DataTypeError(left_out[0])
    notes = [source.note] if isinstance(source, PartOfRows) else []
    return columns, [*notes, *(["Left out: " + " ".join(left_out)] if left_out else [])]


def _parts(data: Any) -> list[Any]:
    """Columns of a mapping or a frame, each as `read_columns` takes it; none of anything else."""
    import narwhals.stable.v2 as nw

    if isinstance(data, Mapping):
        return [{name: part} for name, part in data.items()]
    wrapped = nw.from_native(data, pass_through=True)
    # Columns of pyarrow have no names of their own.
    frame = wrapped.iter_columns() if isinstance(wrapped, nw.DataFrame) else ()
    return [{str(series.name): series.to_native()} for series in frame]


def _named(columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    if names is None:
        return columns
    try:
        listed = [] if isinstance(names, str) else [str(name) for name in names]
    except TypeError:
        listed = []
    if len(listed) != len(columns):
        raise ParameterError(sentence("names", f"must hold {len(columns)} names", repr(names)))
    return [column.renamed(name) for column, name in zip(columns, listed, strict=True)]


def _names_rows(column: Column, choice: bool | None) -> bool:
    """Whether a column of labels is a name for each row, such as an id."""
    if not column.nominal or choice is not None:
        return False
    values = column.values
    known = values[~np.isnan(values)]
    levels = len(np.unique(known))
    return levels >= FEWEST_NAMES and levels > NAMES_OF_ROWS * len(known)


def _with_targets(
    columns: list[Column], choices: list[bool | None], targets: Any
) -> tuple[list[Column], list[bool | None], list[int]]:
    """Columns with the targets among them, and their places."""
    if targets is None:
        return columns, choices, []
    names = [column.name for column in columns]
    asked = [targets] if isinstance(targets, str) else targets
    if isinstance(asked, (list, tuple)) and asked and all(isinstance(name, str) for name in asked):
        missing = [name for name in asked if name not in names]
        if not missing:
            return columns, choices, [names.index(name) for name in dict.fromkeys(asked)]
        if len(asked) != columns[0].n:
            raise ParameterError(sentence("targets", "must be names of columns, or columns", repr(missing[0])))
    added = read_columns(targets, "target")
    n = columns[0].n
    if added[0].n != n:
        raise DataError(sentence("targets", f"must have as many rows as `data`, {n}", added[0].n))
    for column in added:
        same = [c.name for c in columns if np.array_equal(c.values, column.values, equal_nan=True)]
        if column.name in names or same:
            hint = f'leave it out of `data`, or pass targets="{(same or [column.name])[0]}"'
            raise ParameterError(sentence("targets", "must not be among the columns it is asked of", column.name, hint))
    places = [len(columns) + k for k in range(len(added))]
    return [*columns, *added], [*choices, *([None] * len(added))], places


def _blocks(blocks: Mapping[str, Sequence[str]], places: dict[str, int]) -> list[tuple[str, tuple[int, ...]]]:
    """Blocks by name with the places of their columns."""
    if not isinstance(blocks, Mapping) or not blocks:
        hint = 'for example blocks={"left": ["a", "b"], "right": ["c"]}'
        raise ParameterError(sentence("blocks", "must be names with lists of columns", repr(blocks)[:60], hint))
    units = []
    for name, members in blocks.items():
        listed = [members] if isinstance(members, str) else list(members)
        missing = [str(member) for member in listed if member not in places]
        if missing or not listed:
            got = missing[0] if missing else "no column"
            raise ParameterError(sentence(f"blocks[{name!r}]", "must name columns of the data", got))
        units.append((str(name), tuple(places[member] for member in listed)))
    return units
