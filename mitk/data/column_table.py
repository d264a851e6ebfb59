"""Many columns, read and judged once, from which pairs are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.data.columns import ColumnKind
from mitk.data.samples import Samples, Side
from mitk.numerics.codes import level_codes
from mitk.numerics.ranks import bend_scores, normal_scores, standardised
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
    few : bool
        Whether few of the pairs that are asked will be looked at closer: each is then worked on alone.
    """

    values: np.ndarray
    kinds: tuple[ColumnKind, ...]
    names: tuple[str, ...]
    nominal: tuple[bool, ...]
    told: tuple[bool | None, ...]
    few: bool = False

    @classmethod
    def of(cls, *sides: Side) -> ColumnTable:
        """The columns of some sides, none constant, one after the other."""
        return cls(
            np.asfortranarray(np.hstack([side.values for side in sides])),
            tuple(kind for side in sides for kind in side.kinds),
            tuple(name for side in sides for name in side.names),
            tuple(nominal for side in sides for nominal in side.nominal or (False,) * side.d),
            tuple(word for side in sides for word in side.told or (None,) * side.d),
        )

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
            # A stable sort takes five times as long.
            order[:, j] = np.argsort(column, kind="stable" if self.tied[j] else None)
        return order

    @cached_property
    def standard(self) -> np.ndarray:
        """The columns with mean 0 and standard deviation 1, shape (n, d), columns contiguous."""
        made = np.empty((self.n, self.d), order="F")
        for j in range(self.d):
            made[:, j] = standardised(self.values[:, j])
        return made

    @cached_property
    def kurtosis(self) -> np.ndarray:
        """Mean fourth power of each column of `standard`, shape (d,)."""
        return np.array([np.mean(np.square(np.square(column))) for column in self.standard.T])

    @cached_property
    def scores(self) -> np.ndarray:
        """Normal scores of each column, with mean 0 and standard deviation 1, shape (n, d), columns contiguous."""
        return self._by_ranks(normal_scores)

    @cached_property
    def score_skewness(self) -> np.ndarray:
        """Mean cube of each column of `scores`, shape (d,); 0 without ties, where scores are symmetric."""
        return np.array([np.mean(self.scores[:, j] ** 3) if tied else 0.0 for j, tied in enumerate(self.tied)])

    @cached_property
    def bends(self) -> np.ndarray:
        """Normal scores of distances from the median, by ranks, made as `scores` are; 0 where they are all the same."""
        return self._by_ranks(bend_scores)

    def _by_ranks(self, scored: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Standardised scores, which for columns without ties are the same numbers in another order."""

        def standard(column: np.ndarray) -> np.ndarray:
            scores = scored(column[:, None]).ravel()
            return standardised(scores) if np.ptp(scores) > 0.0 else np.zeros(len(scores))

        made = np.empty((self.n, self.d), order="F")
        of_rank = standard(np.arange(float(self.n)))
        for j, tied in enumerate(self.tied):
            if tied:
                made[:, j] = standard(self.values[:, j])
            else:
                made[self.order[:, j], j] = of_rank
        return made

    @cached_property
    def codes(self) -> np.ndarray:
        """Number of each row's level, in their order from 0, shape (n, d), int32, columns contiguous."""
        codes = np.empty((self.n, self.d), dtype=np.int32, order="F")
        for j, column in enumerate(self.values.T):
            codes[:, j] = level_codes(column)
        return codes

    @cached_property
    def levels(self) -> np.ndarray:
        """How many different values each column holds, shape (d,), int64."""
        return self.codes.max(axis=0).astype(np.int64) + 1

    def pair(self, x: int, y: int) -> Samples:
        """Two columns as the samples that single fits take."""
        return Samples(self._side(x), self._side(y))

    def _side(self, j: int) -> Side:
        column = np.ascontiguousarray(self.values[:, [j]])
        return Side(column, (self.kinds[j],), (self.names[j],), (self.nominal[j],), (self.told[j],))


@dataclass(frozen=True, eq=False)
class JoinedTable(ColumnTable):
    """The columns of some tables, one after the other; what those have made of their columns is taken from them."""

    parts: tuple[ColumnTable, ...] = ()

    @classmethod
    def beside(cls, parts: tuple[ColumnTable, ...]) -> JoinedTable:
        """The columns of several tables of the same rows."""
        return cls(
            _beside([part.values for part in parts]),
            tuple(kind for part in parts for kind in part.kinds),
            tuple(name for part in parts for name in part.names),
            tuple(nominal for part in parts for nominal in part.nominal),
            tuple(word for part in parts for word in part.told),
            parts[0].few,
            parts,
        )

    @cached_property
    def tied(self) -> np.ndarray:
        """As of every table."""
        return np.concatenate([part.tied for part in self.parts])

    @cached_property
    def order(self) -> np.ndarray:
        """As of every table."""
        return _beside([part.order for part in self.parts])

    @cached_property
    def standard(self) -> np.ndarray:
        """As of every table."""
        return _beside([part.standard for part in self.parts])

    @cached_property
    def kurtosis(self) -> np.ndarray:
        """As of every table."""
        return np.concatenate([part.kurtosis for part in self.parts])

    @cached_property
    def scores(self) -> np.ndarray:
        """As of every table."""
        return _beside([part.scores for part in self.parts])

    @cached_property
    def bends(self) -> np.ndarray:
        """As of every table."""
        return _beside([part.bends for part in self.parts])

    @cached_property
    def codes(self) -> np.ndarray:
        """As of every table."""
        return _beside([part.codes for part in self.parts])


def _beside(parts: list[np.ndarray]) -> np.ndarray:
    """Arrays (n, d) side by side, columns contiguous."""
    made = np.empty((len(parts[0]), sum(part.shape[1] for part in parts)), dtype=parts[0].dtype, order="F")
    np.concatenate(parts, axis=1, out=made)
    return made
