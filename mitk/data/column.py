"""A column of data as every reader makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Column:
    """One column as read: float64 values (codes for labels), nan where missing.

    Attributes
    ----------
    values : ndarray of shape (n,)
    name : str
    nominal : bool
        True for labels (strings, categories, booleans), whose codes have no order.
    note : str
        How it was read, where that is not plain.
    levels : tuple of str
        The texts that the codes of labels stand for; empty for booleans, and for numbers.
    """

    values: np.ndarray
    name: str
    nominal: bool = False
    note: str = ""
    levels: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.values)

    def renamed(self, name: str) -> Column:
        """The same column by another name."""
        return replace(self, name=name)

    def loaded(self) -> Column:
        """The column with its values in memory."""
        return self
