"""Columns and target of a selection, read as scikit-learn reads them, and as mitk does where columns hold text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mitk.data.columns import Column, read_columns
from mitk.errors import DataError, UnsupportedError, sentence
from mitk.numerics.codes import level_codes

# Whole numbers of at most so many levels, or of the square root of the rows, are classes.
FEW_CLASSES = 10


@dataclass(frozen=True, eq=False)
class Features:
    """Columns to select from.

    Attributes
    ----------
    matrix : ndarray or sparse matrix in columns, of shape (n, d)
        Float64; labels as codes.
    names : tuple of str
    nominal : tuple of bool
        Which columns hold labels, whose codes have no order.
    """

    matrix: Any
    names: tuple[str, ...]
    nominal: tuple[bool, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        n, d = self.matrix.shape
        return n, d

    @property
    def sparse(self) -> bool:
        """Whether zeros are not stored."""
        return hasattr(self.matrix, "tocsc")

    def values(self, j: int) -> np.ndarray:
        """One column, shape (n,)."""
        if not self.sparse:
            column: np.ndarray = self.matrix[:, j]
            return column
        column = np.zeros(self.shape[0])
        begin, end = self.matrix.indptr[j : j + 2]
        column[self.matrix.indices[begin:end]] = self.matrix.data[begin:end]
        return column

    def columns(self) -> Iterator[Column]:
        """Each as the door reads it."""
        for j, (name, nominal) in enumerate(zip(self.names, self.nominal, strict=True)):
            yield Column(self.values(j), name, nominal)


@dataclass(frozen=True, eq=False)
class Target:
    """What the columns are to tell.

    Attributes
    ----------
    values : ndarray of shape (n,)
        Labels as codes 0, 1, ...
    label : bool
    """

    values: np.ndarray
    label: bool

    @cached_property
    def n_classes(self) -> int:
        """How many labels there are."""
        return int(self.values.max()) + 1


def read_target(y: Any, discrete: bool | None, n: int) -> Target:
    """A target of labels or numbers.

    Text, categories, booleans are labels, and so are whole numbers of at most ten levels or the square root of the
    rows.

    Parameters
    ----------
    y : array_like of shape (n,)
    discrete : bool, optional
        The caller's word: True for labels, False for numbers.
    n : int
        Rows of the columns.

    Raises
    ------
    DataError, DataTypeError
    """
    columns = read_columns(y, "y")
    if len(columns) > 1:
        raise DataError(sentence("y", "must be one column", f"{len(columns)} columns", "select for each by itself"))
    column = columns[0]
    if len(column.values) != n:
        raise DataError(sentence("y", f"must have as many rows as X, {n}", len(column.values)))
    if not np.isfinite(column.values).all():
        raise DataError(sentence("y", "must have no gaps and no infinities", f"{(~np.isfinite(column.values)).sum()}"))
    codes = level_codes(column.values)
    whole = np.array_equal(column.values, np.rint(column.values))
    label = column.nominal or (whole and int(codes.max()) < max(FEW_CLASSES, math.isqrt(n)))
    if discrete is False and column.nominal and len(column.levels) > 2:
        raise DataError(sentence("y", "holds labels and can only be discrete", "discrete_target=False"))
    label = label if discrete is None else discrete
    return Target(codes.astype(np.float64) if label else column.values, label)


def labelled_columns(X: Any) -> list[Column] | None:
    """Columns of a frame that holds text, categories or booleans; None for anything else, which scikit-learn reads."""
    import narwhals.stable.v2 as nw

    frame = nw.from_native(X, pass_through=True)
    if not isinstance(frame, nw.DataFrame) or all(kind.is_numeric() for kind in frame.schema.values()):
        return None
    columns = read_columns(X, "X")
    gaps = [column.name for column in columns if not np.isfinite(column.values).all()]
    if gaps:
        shown = ", ".join(gaps[:5])
        raise DataError(sentence("X", "must have no gaps and no infinities", f"some in {shown}", "impute them first"))
    return columns if any(column.nominal for column in columns) else None


def unordered(features: Features) -> list[str]:
    """Names of the columns of labels that have no order: of more than two levels."""
    return [
        name
        for j, (name, nominal) in enumerate(zip(features.names, features.nominal, strict=True))
        if nominal and len(np.unique(features.values(j))) > 2
    ]


def refuse_unordered(features: Features, method: str) -> None:
    """Raise UnsupportedError where a method of numbers is given labels without an order."""
    names = unordered(features)
    if names:
        rule = f'must suit the columns; "{method}" takes numbers and labels of two levels'
        raise UnsupportedError(sentence("method", rule, ", ".join(names[:5]), 'method="binning" takes any'))
