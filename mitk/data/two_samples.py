"""The door for two samples whose rows are not paired: the same columns, any numbers of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.data.columns import Column, read_columns
from mitk.data.complete_rows import check_missing, complete_rows
from mitk.data.samples import FEW_LEVELS, LEVELS_PER_ROW, Side, side_of
from mitk.errors import DataError, sentence

# Numbers that share their values fill so few levels that they are read as labels.
AS_LABELS = "Numbers of few values are taken as labels; discrete=False takes them as numbers."


@dataclass(frozen=True, eq=False)
class TwoSamples:
    """Two samples of the same columns.

    Attributes
    ----------
    pooled : Side
        The rows of x and, after them, those of y.
    n : int
        Rows of x.
    labels : bool
        Whether the columns are read as labels rather than numbers.
    notes : tuple of str
    n_dropped : int
    """

    pooled: Side
    n: int
    labels: bool
    notes: tuple[str, ...]
    n_dropped: int

    @property
    def m(self) -> int:
        """Rows of y."""
        return self.pooled.n - self.n


def admit_two(
    x: Any, y: Any, *, missing: str = "raise", discrete: bool | Sequence[bool | None] | None = None
) -> TwoSamples:
    """Check and convert two samples.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
    y : array_like of shape (m,) or (m, d)
        The same columns in the same order; labels are matched by their text.
    missing : {"raise", "drop"}
    discrete : bool or sequence of bool, optional
        The word on the kind of the columns.

    Raises
    ------
    DataError, DataTypeError, ParameterError
    """
    check_missing(missing)
    read = {"x": read_columns(x, "x"), "y": read_columns(y, "y")}
    sizes = [len(columns) for columns in read.values()]
    if sizes[0] != sizes[1] or not sizes[0]:
        hint = "both are samples of the same columns; which rows go together means nothing"
        raise DataError(sentence("y", f"must have as many columns as `x`, {sizes[0]}", sizes[1], hint))
    dropped, kept = 0, {}
    for what, columns in read.items():
        complete = complete_rows(columns, len(columns[0].values), missing, what)
        if complete.sum() < 2:
            raise DataError(sentence(what, "must have at least 2 complete rows", f"{int(complete.sum())}"))
        dropped += int((~complete).sum())
        kept[what] = [replace(column, values=column.values[complete]) for column in columns]
    pooled = [_joined(one, other) for one, other in zip(kept["x"], kept["y"], strict=True)]
    n, rows = len(kept["x"][0].values), len(pooled[0].values)
    side = side_of(pooled, np.ones(rows, dtype=bool), discrete, "discrete")
    notes = [column.note for column in pooled if column.note]
    constant = np.ptp(side.values, axis=0) == 0.0
    if constant.any() and not constant.all():
        notes += [f"`{name}` is constant and tells nothing apart." for name in np.array(side.names)[constant]]
        side = side.columns(~constant)
    labels = _as_labels(side)
    if labels and set(side.kinds) != {"label"}:
        notes.append(AS_LABELS)
    if dropped:
        notes.append(f"{dropped} rows dropped for missing values.")
    return TwoSamples(side, n, labels, tuple(notes), dropped)


def _joined(x: Column, y: Column) -> Column:
    """One column of both, in which equal labels have one code."""
    if x.nominal != y.nominal:
        kinds = ["labels" if column.nominal else "numbers" for column in (x, y)]
        raise DataError(sentence("y", f"must hold what `x` holds, {kinds[0]} in {x.name}", f"{kinds[1]} in {y.name}"))
    if bool(x.levels) != bool(y.levels):
        raise DataError(sentence("y", f"must hold labels of the type that `x` has in {x.name}", "text beside booleans"))
    if not x.levels:
        return replace(x, values=np.concatenate([x.values, y.values]))
    levels = sorted({*x.levels, *y.levels})
    place = {level: float(code) for code, level in enumerate(levels)}
    parts = [np.array([place[level] for level in column.levels])[column.values.astype(int)] for column in (x, y)]
    return replace(x, values=np.concatenate(parts), levels=tuple(levels))


def _as_labels(side: Side) -> bool:
    """Whether all columns are labels, or numbers of few values that nobody called numbers; DataError for a mixture."""
    free = np.array([word is not False for word in side.told], dtype=bool)
    counts = np.array([kind == "count" for kind in side.kinds], dtype=bool)
    counts &= side.repeats(max(FEW_LEVELS, LEVELS_PER_ROW * side.n))
    labels = free & (side.few | counts)
    if labels.any() and not labels.all():
        # Numbers of few values beside others are numbers.
        if not side.discrete.any():
            return False
        names = np.array(side.names)
        got = f"labels ({', '.join(names[labels])}) and numbers ({', '.join(names[~labels])})"
        hint = "discrete=True takes all as labels; or compare the numbers within each label"
        raise DataError(sentence("x", "must hold labels alone or numbers alone", got, hint))
    return bool(labels.all())
