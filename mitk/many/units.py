"""What is paired with what: columns or blocks of columns, read, named and judged once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mitk.data.column_table import ColumnTable
from mitk.data.columns import Column, ColumnKind, column_kind, kind_choices, read_columns
from mitk.data.row_order import checked_thin
from mitk.errors import DataError, DataTypeError, MITKError, MITKWarning, ParameterError, sentence
from mitk.many.condition import read_condition
from mitk.numerics.serial import MIN_ROWS, scores

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


@dataclass(frozen=True, eq=False)
class Ready:
    """Units that can be answered together.

    Attributes
    ----------
    table : ColumnTable
    place : ndarray of shape (units,), int64
        Column of the table of each unit; -1 for blocks, columns with gaps, constants and what cannot be read.
    remembers : ndarray of shape (units,), bool
        Whether rows of it resemble their neighbours: two such may be series.
    """

    table: ColumnTable
    place: np.ndarray
    remembers: np.ndarray

    @cached_property
    def look(self) -> np.ndarray:
        """A number for each column of the table (d,): columns that a method cannot treat differently share it."""
        table = self.table
        # Labels of two levels are numbers to many methods; more have no order.
        unordered = [
            nominal and column.max() > 1.0 for nominal, column in zip(table.nominal, table.values.T, strict=True)
        ]
        looks = list(zip(table.kinds, table.tied.tolist(), table.told, unordered, strict=True))
        names = sorted(set(looks), key=repr)
        return np.array([names.index(look) for look in looks], dtype=np.int64)


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


def ready(units: Units, thin: int | None) -> Ready:
    """Which units can be answered together, and the table of them."""
    step = checked_thin(thin)
    place, remembers = np.full(len(units), -1), np.zeros(len(units), dtype=bool)
    values: list[np.ndarray] = []
    kinds: list[ColumnKind] = []
    taken: list[tuple[Column, bool | None]] = []
    for unit, (columns, choices) in enumerate(zip(units.columns, units.choices, strict=True)):
        column = columns[0].values[::step]
        if len(columns) > 1 or len(column) < 2:
            continue
        with np.errstate(over="ignore", invalid="ignore"):
            span = float(np.ptp(column))
        # Neither gaps nor infinities, nor what spans more than floats do.
        if not 0.0 < span < np.inf:
            continue
        try:
            kind = column_kind(columns[0], column, choices[0])
        except MITKError:
            # What is wrong with it is told with each of its pairs.
            continue
        place[unit] = len(values)
        nominal = np.array([columns[0].nominal], dtype=bool)
        if len(column) >= MIN_ROWS:
            felt = scores(column[:, None], nominal, np.array([kind != "label"])).remembering()
            remembers[unit] = felt.table.shape[1] > 0
        values.append(column)
        kinds.append(kind)
        taken.append((columns[0], choices[0]))
    rows = len(units.columns[0][0].values[::step])
    table = ColumnTable(
        np.array(values, dtype=np.float64).reshape(len(values), rows).T,
        tuple(kinds),
        tuple(column.name for column, _ in taken),
        tuple(column.nominal for column, _ in taken),
        tuple(choice for _, choice in taken),
    )
    return Ready(table, place, remembers)


def _readable(data: Any) -> tuple[list[Column], list[str]]:
    """Columns of the data, and a note on those of a frame that hold dates and the like, which are left out."""
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
    lengths = sorted({len(column.values) for column in columns})
    if len(lengths) > 1:
        raise DataError(sentence("data", "must hold columns of one length", f"lengths {lengths}"))
    return columns, ["Left out: " + " ".join(left_out)]


def _parts(data: Any) -> list[Any]:
    """Columns of a mapping or a frame, each as `read_columns` takes it; none of anything else."""
    import narwhals.stable.v2 as nw

    if isinstance(data, Mapping):
        return [{name: part} for name, part in data.items()]
    wrapped = nw.from_native(data, pass_through=True)
    return [series.to_native() for series in wrapped.iter_columns()] if isinstance(wrapped, nw.DataFrame) else []


def _named(columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    if names is None:
        return columns
    try:
        listed = [] if isinstance(names, str) else [str(name) for name in names]
    except TypeError:
        listed = []
    if len(listed) != len(columns):
        raise ParameterError(sentence("names", f"must hold {len(columns)} names", repr(names)))
    return [replace(column, name=name) for column, name in zip(columns, listed, strict=True)]


def _names_rows(column: Column, choice: bool | None) -> bool:
    """Whether a column of labels is a name for each row, such as an id."""
    if not column.nominal or choice is not None:
        return False
    known = column.values[~np.isnan(column.values)]
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
        if len(asked) != len(columns[0].values):
            raise ParameterError(sentence("targets", "must be names of columns, or columns", repr(missing[0])))
    added = read_columns(targets, "target")
    n = len(columns[0].values)
    if len(added[0].values) != n:
        raise DataError(sentence("targets", f"must have as many rows as `data`, {n}", len(added[0].values)))
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
