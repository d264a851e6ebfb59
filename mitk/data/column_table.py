"""Many columns, read and judged once, from which pairs are taken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.data.columns import ColumnKind
from mitk.numerics.ties import has_ties


@dataclass(frozen=True, eq=False)
class ColumnTable:
    """Columns without gaps, none constant, whose rows are independent.

    Attributes
    ----------
    values : ndarray of shape (n, p), float64
        Labels as codes; columns are contiguous.
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
    nominal: tuple[bool, ...]
    told: tuple[bool | None, ...]

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.values.shape[0]

    @property
    def d(self) -> int:
        """Number of columns."""
        return self.values.shape[1]

    @cached_property
    def tied(self) -> np.ndarray:
        """Which columns repeat values, shape (d,)."""
        return np.array([has_ties(column) for column in self.values.T], dtype=bool)

    @cached_property
    def order(self) -> np.ndarray:
        """Rows of each column by their value, shape (n, d), int32, columns contiguous; ties by their place."""
        order = np.empty((self.n, self.d), dtype=np.int32, order="F")
        for j, column in enumerate(self.values.T):
            order[:, j] = np.argsort(column, kind="stable")
        return order
