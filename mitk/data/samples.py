"""The door: whatever the user passes becomes `Samples`, clean float64 blocks of paired rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.data.both_sides import like_images, shared_columns
from mitk.data.columns import Column, ColumnKind, column_kind, kind_choices, kind_notes, read_columns
from mitk.data.complete_rows import check_missing, complete_rows
from mitk.data.row_counts import common_length
from mitk.data.row_groups import group_codes, kept_groups
from mitk.data.row_labels import check_labels
from mitk.data.row_order import checked_block, checked_thin, run_length
from mitk.errors import DataError, ParameterError, sentence
from mitk.numerics.codes import joint_codes
from mitk.numerics.lattices import value_count, well_filled

# Numbers of more levels than this share of the rows cannot fill cells.
LEVELS_PER_ROW = 0.2
# Few levels, for methods that take them as classes or were never meant for them.
FEW_LEVELS, ROWS_PER_LEVEL = 20, 10


@dataclass(frozen=True, eq=False)
class Side:
    """The columns of one side.

    Attributes
    ----------
    values : ndarray of shape (n, d), float64
        Labels as codes.
    kinds : tuple of {"continuous", "tied", "count", "label"}
    names : tuple of str
    nominal : tuple of bool
        True for labels, whose codes have no order.
    told : tuple of (bool or None)
        What the caller said of each column: True for a label, False for never one, None for nothing.
    """

    values: np.ndarray
    kinds: tuple[ColumnKind, ...]
    names: tuple[str, ...]
    nominal: tuple[bool, ...] = ()
    told: tuple[bool | None, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.values.shape[0]

    @property
    def d(self) -> int:
        """Number of columns."""
        return self.values.shape[1]

    @property
    def discrete(self) -> np.ndarray:
        """Which columns are labels, shape (d,)."""
        return np.array([kind == "label" for kind in self.kinds], dtype=bool)

    @property
    def lattice(self) -> np.ndarray:
        """Which columns are numbers whose levels may serve as cells, shape (d,): few, and the caller did not object."""
        free = np.array([word is None for word in self.told or (None,) * self.d], dtype=bool)
        return free & self.repeats(LEVELS_PER_ROW * self.n)

    @property
    def few(self) -> np.ndarray:
        """Which columns are labels or numbers of few levels, shape (d,): at most 20, each of ten rows on average."""
        return self.discrete | self.repeats(max(2, min(FEW_LEVELS, self.n // ROWS_PER_LEVEL)))

    def repeats(self, most: float) -> np.ndarray:
        """Which columns are numbers of at most so many levels, shape (d,)."""
        tied = [kind in ("count", "tied") for kind in self.kinds]
        return np.array([t and value_count(v) <= most for t, v in zip(tied, self.values.T, strict=True)], dtype=bool)

    def take(self, rows: np.ndarray) -> Side:
        """The given rows, in that order."""
        return replace(self, values=self.values[rows])

    __getitem__ = take

    def columns(self, keep: np.ndarray) -> Side:
        """The columns where the boolean mask `keep` is True."""
        index = np.flatnonzero(keep)
        return Side(
            np.ascontiguousarray(self.values[:, index]),
            tuple(self.kinds[j] for j in index),
            tuple(self.names[j] for j in index),
            tuple(self.nominal[j] for j in index) if self.nominal else (),
            tuple(self.told[j] for j in index) if self.told else (),
        )

    def beside(self, other: Side) -> Side:
        """These columns and then those of another side of the same rows."""

        def of_both(name: str, empty: Any) -> tuple[Any, ...]:
            mine, theirs = getattr(self, name), getattr(other, name)
            return (*(mine or (empty,) * self.d), *(theirs or (empty,) * other.d)) if mine or theirs else ()

        return Side(
            np.hstack([self.values, other.values]),
            self.kinds + other.kinds,
            self.names + other.names,
            of_both("nominal", False),
            of_both("told", None),
        )

    def codes(self) -> np.ndarray:
        """One integer a distinct row, shape (n,); rows are equal exactly when their codes are."""
        return joint_codes(self.values)


@dataclass(frozen=True, eq=False)
class Samples:
    """Paired rows ready for an estimator.

    Attributes
    ----------
    x, y : Side
    given : Side, optional
        The condition.
    groups : ndarray of shape (n,), int64, optional
        Rows of one group depend on each other; resampling keeps groups whole.
    block : int, optional
        Rows are a series; resampling keeps runs of this many rows whole.
    """

    x: Side
    y: Side
    given: Side | None = None
    groups: np.ndarray | None = None
    block: int | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.x.n

    @property
    def dependent(self) -> bool:
        """Whether rows depend on each other, in groups or in runs."""
        return self.groups is not None or self.block is not None

    @property
    def sides(self) -> tuple[Side, ...]:
        """x, y and, where there is one, the condition."""
        return (self.x, self.y) if self.given is None else (self.x, self.y, self.given)

    @property
    def cells(self) -> tuple[np.ndarray, np.ndarray]:
        """Which columns of x, (dx,), and of y, (dy,), have levels that serve as cells.

        Labels, and numbers of few levels if the cells of both sides are then so well filled that order adds nothing.
        """
        labels = (self.x.discrete, self.y.discrete)
        chosen = (self.x.discrete | self.x.lattice, self.y.discrete | self.y.lattice)
        codes = np.column_stack([self.x.values[:, chosen[0]], self.y.values[:, chosen[1]]])
        return chosen if well_filled(joint_codes(codes)) else labels

    def take(self, rows: np.ndarray) -> Samples:
        """The given rows of every side."""
        return Samples(
            self.x.take(rows),
            self.y.take(rows),
            None if self.given is None else self.given.take(rows),
            None if self.groups is None else self.groups[rows],
            self.block,
        )

    def permuted(self, rows: np.ndarray) -> Samples:
        """Rows of x and of the condition kept, rows of y (and no others) taken in the given order."""
        return replace(self, y=self.y.take(rows))


@dataclass(frozen=True, eq=False)
class Prepared:
    """Samples with the work on each side that resamples share already done.

    Attributes
    ----------
    samples : Samples
    x, y : object
        What a method made of each side; indexing by rows gives the state of those rows.
    given : object
        The same of the condition, None where there is none.
    """

    samples: Samples
    x: Any
    y: Any
    given: Any = None

    def take(self, rows: np.ndarray) -> Prepared:
        """The given rows of every side."""
        given = None if self.given is None else self.given[rows]
        return Prepared(self.samples.take(rows), self.x[rows], self.y[rows], given)

    def permuted(self, rows: np.ndarray) -> Prepared:
        """Rows of y, and no others, taken in the given order."""
        return Prepared(self.samples.permuted(rows), self.x, self.y[rows], self.given)


@dataclass(frozen=True)
class Admitted:
    """What the door let through: samples, notes for the result, and rows dropped."""

    samples: Samples
    notes: tuple[str, ...]
    n_dropped: int


def admit(
    x: Any,
    y: Any,
    *,
    given: Any = None,
    missing: str = "raise",
    discrete_x: bool | Sequence[bool | None] | None = None,
    discrete_y: bool | Sequence[bool | None] | None = None,
    discrete_given: bool | Sequence[bool | None] | None = None,
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
    beside: Mapping[str, Any] | None = None,
) -> Admitted:
    """Check and convert paired data.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
    y : array_like of shape (n,) or (n, dy)
    given : array_like of shape (n,) or (n, dz), optional
        The condition.
    missing : {"raise", "drop"}
        What to do with rows that have a missing value on any side.
    discrete_x, discrete_y, discrete_given : bool or sequence of bool, optional
        The word on the kind, for all columns or one each: True says labels, False never labels.
    groups : array_like of shape (n,), optional
    block : int or "auto", optional
        Rows of a run of a series; 1 says that the order of rows means nothing. Without it, and without `groups`, rows
        that depend on their neighbours get runs of a length found from them.
    thin : int, optional
        Take every `thin`-th row, from the first.
    beside : mapping of str to array_like of shape (n,) or (n, d), optional
        Other data of the same rows by name, which are no part of the samples: a row counts as complete only if it is in
        these too.

    Returns
    -------
    Admitted

    Raises
    ------
    DataError, DataTypeError, ParameterError
    """
    if given is None and discrete_given is not None:
        raise ParameterError(sentence("discrete_given", "must come with `given`", "no `given`"))
    check_missing(missing)
    data = {"x": x, "y": y} | ({} if given is None else {"given": given})
    return _admitted(
        data,
        beside or {},
        missing,
        {"x": discrete_x, "y": discrete_y, "given": discrete_given},
        groups,
        block,
        thin,
    )


def admit_alone(
    x: Any,
    *,
    missing: str = "raise",
    discrete: bool | Sequence[bool | None] | None = None,
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
) -> Admitted:
    """Check and convert rows of one side, as `admit` does but for notes on kinds; both sides of the samples are it.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
    missing, discrete, groups, block, thin
        As in `admit`.

    Returns
    -------
    Admitted

    Raises
    ------
    DataError, DataTypeError, ParameterError
    """
    check_missing(missing)
    return _admitted({"x": x}, {}, missing, {"x": discrete}, groups, block, thin)


def _admitted(
    data: Mapping[str, Any],
    beside: Mapping[str, Any],
    missing: str,
    discrete: Mapping[str, bool | Sequence[bool | None] | None],
    groups: Any,
    block: int | str | None,
    thin: int | None,
) -> Admitted:
    """Samples of the sides x, y and given, so far as there are these; x is y too where it stands alone."""
    read = {what: read_columns(side, what) for what, side in data.items()}
    others = {what: read_columns(side, what) for what, side in beside.items()}
    n = common_length(read | others)
    labels = None if groups is None else group_codes(groups, n)
    notes = list(check_labels(**data, groups=groups, **beside))
    step = checked_thin(thin)
    if step > 1:
        read, others = (
            {what: [replace(c, values=c.values[::step]) for c in columns] for what, columns in some.items()}
            for some in (read, others)
        )
        labels = None if labels is None else labels[::step]
        whole, n = n, len(read["x"][0].values)
        notes.append(f"One row in {step} was taken: {n} of {whole}.")
    block = checked_block(block, n, labels is not None)
    every = [column for columns in (read | others).values() for column in columns]
    complete = complete_rows(every, n, missing, "x" if len(data) == 1 else "x and y")
    kept = int(complete.sum())
    if kept < 2:
        raise DataError(sentence("x", "must have at least 2 complete rows", f"{kept} of {n}"))
    block = checked_block(block, kept, labels is not None)
    sides = {
        what: side_of(columns, complete, discrete[what], f"discrete_{what}" if "y" in data else "discrete")
        for what, columns in read.items()
    }
    for what, columns in read.items():
        notes += [column.note for column in columns if column.note]
        if "y" in data:
            notes += kind_notes(columns, sides[what].kinds, sides[what].values, sides[what].told, what)
    if "y" in data:
        notes += [*shared_columns(sides["x"], sides["y"]), *like_images(data["x"], data["y"])]
    if kept < n:
        notes.append(f"{n - kept} of {n} rows dropped for missing values.")
    first, second = sides["x"], sides.setdefault("y", sides["x"])
    length: int | None = None
    if labels is None:
        length, remarks = run_length(
            block,
            (first.values, second.values),
            kinds=[first.kinds, second.kinds],
            nominal=[first.nominal, second.nominal],
        )
        notes += remarks
        if length is not None and kept < n:
            notes.append("Runs of the series are taken over the rows that are left, across the gaps.")
    samples = Samples(
        **sides,
        groups=None if labels is None else kept_groups(labels[complete]),
        block=length,
    )
    return Admitted(samples, tuple(notes), n - kept)


def side_of(
    columns: list[Column],
    complete: np.ndarray,
    discrete: bool | Sequence[bool | None] | None,
    option: str,
) -> Side:
    """The complete rows of columns as a side.

    Parameters
    ----------
    columns : list of Column
    complete : ndarray of shape (n,), bool
    discrete : bool or sequence of bool, optional
        The caller's word on the kind.
    option : str
        Name of the option that it was said by.
    """
    choices = kind_choices(discrete, len(columns), option)
    values = np.empty((int(complete.sum()), len(columns)))
    for j, column in enumerate(columns):
        values[:, j] = column.values[complete]
    kinds = tuple(column_kind(c, values[:, j], choices[j]) for j, c in enumerate(columns))
    values.flags.writeable = False
    return Side(values, kinds, tuple(c.name for c in columns), tuple(c.nominal for c in columns), tuple(choices))
