"""What the neighbour estimators share: prepared sides, scaling of columns, spreading of ties, doubts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma

from mitk.data.samples import Prepared, Samples
from mitk.data.screening import crowded_columns
from mitk.errors import DataError, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of
from mitk.inference.resampling import unit_labels
from mitk.numerics.codes import joint_codes
from mitk.numerics.ksg import MOST_ORDERED, conditional_contributions
from mitk.numerics.ksg_null import ksg_p_values, null_is_known
from mitk.numerics.neighbors import expect_many, matrix_rows
from mitk.numerics.ranks import normal_scores, standardised
from mitk.numerics.ties import pair_keys, spread
from mitk.remedies import reduce_or
from mitk.results.reason import Reason, Status
from mitk.tags import Tags

MARGINS = ("raw", "standard", "normal")
# Beyond so many numeric columns on both sides the bias towards 0 is worse than the spread at any n in use.
MAX_NUMERIC = 6
USUAL_NEIGHBORS = 3
# Number of the condition among the sides whose ties are spread apart.
CONDITION = 100
# More rows alone with their labels than this share leave the value to chance.
ALONE_SHARE = 0.1


@dataclass(frozen=True)
class NeighborSide:
    """One prepared side.

    Attributes
    ----------
    values : ndarray of shape (n, d)
        Scaled numeric columns.
    tied : ndarray of shape (d,), bool
        Which of them repeat values.
    cells : ndarray of shape (n,), int64
        Labels: rows that differ in them are never neighbours.
    live : ndarray of shape (n,), bool
        Rows that have numbers, rather than labels alone.
    fixed : ndarray of shape (n, d), bool
        Entries that sit on an atom and are labels, not numbers.
    labelled : NeighborSide or None
        The same with lattices taken as labels, where there are any.
    spreadings : int
        Spreadings of the ties to take the mean of, an even number.
    """

    values: np.ndarray
    tied: np.ndarray
    cells: np.ndarray
    live: np.ndarray
    fixed: np.ndarray
    labelled: NeighborSide | None = None
    spreadings: int = 2

    @classmethod
    def without_columns(cls, n: int) -> NeighborSide:
        """Of n rows that nothing tells apart."""
        empty, nowhere = np.empty((n, 0)), np.zeros(n, dtype=bool)
        return cls(empty, np.zeros(0, dtype=bool), np.zeros(n, dtype=np.int64), nowhere, np.zeros((n, 0), dtype=bool))

    @property
    def plain(self) -> bool:
        """Whether it is one column of numbers, none of which serves as a cell."""
        cells = bool(self.cells.any() or self.fixed.any()) or not self.live.all()
        return self.values.shape[1] == 1 and not cells

    def __getitem__(self, rows: np.ndarray) -> NeighborSide:
        return replace(
            self,
            values=self.values[rows],
            cells=self.cells[rows],
            live=self.live[rows],
            fixed=self.fixed[rows],
            labelled=None if self.labelled is None else self.labelled[rows],
        )


@dataclass(frozen=True, kw_only=True)
class NeighborEstimator(Estimator):
    """What the neighbour estimators share: k, the scaling of columns, the spreading of ties."""

    k: int = 3
    margins: str = "standard"

    def check(self) -> None:
        """Raise ParameterError for k below 1 or unknown margins."""
        if not isinstance(self.k, (int, np.integer)) or isinstance(self.k, bool) or self.k < 1:
            raise ParameterError(sentence("k", "must be a whole number of at least 1", repr(self.k), "3 is usual"))
        one_of("margins", self.margins, MARGINS)

    @property
    def _margin_invariances(self) -> frozenset[str]:
        """Maps of columns that the scaling undoes."""
        kept = {"standard": {"affine"}, "normal": {"affine", "monotone"}}
        return frozenset(kept.get(self.margins, set()))

    def _subsample_rule(self, prepared: Prepared) -> tuple[int, float]:
        # A part must still fill the labels' cells. The bias falls as 1/n for smooth densities of two columns; with
        # edges, or in more columns, as n^-0.5.
        sides = [prepared.x, prepared.y] + ([] if prepared.given is None else [prepared.given])
        cells = len(np.unique(joint_codes(np.column_stack([side.cells for side in sides]))))
        least, half = 10 * (self.k + 1), prepared.samples.n // 2
        if self.k > USUAL_NEIGHBORS:
            # Halves will do for many neighbours: what they lose to their width lengthens the interval.
            least = max(min(least, half), 7 * (self.k + 1))
        return max(least, min(2 * (self.k + 1) * cells, half)), 0.5

    def _p_value(self, value: float, prepared: Prepared) -> float | None:
        """That of numbers without ties, which spread ties make of them, with each other or with classes.

        The mean over several spreadings scatters less than one, so that p is a little too large.
        """
        x, y, n = prepared.x, prepared.y, prepared.samples.n
        if prepared.given is not None or self.margins != "normal" or not (x.plain or y.plain):
            return None
        if x.plain and y.plain:
            return float(ksg_p_values(np.array([value]), n, self.k)[0]) if null_is_known(n, self.k) else None
        classes = x if y.plain else y
        if classes.values.shape[1] or classes.fixed.any():
            return None
        from mitk.inference.class_tests import class_null  # compiles, and is needed only here

        sizes = tuple(np.sort(np.bincount(classes.cells)).tolist())
        return float(class_null(n, sizes, int(self.k), self.seed).p_values(np.array([value]))[0])

    @property
    def _fewest(self) -> int:
        """Rows that k neighbours need: many of them scatter less, so that they need fewer each."""
        return min(20 * (self.k + 1), max(20 * (USUAL_NEIGHBORS + 1), 12 * (self.k + 1)))

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        if values.shape[1] == 0 or self.margins == "raw":
            return values
        return normal_scores(values) if self.margins == "normal" else standardised(values)

    def _dissolved(self, x: NeighborSide, y: NeighborSide) -> list[tuple[np.ndarray, np.ndarray]]:
        """Both sides without ties; in pairs, the sides' spreading exchanged, when there were any."""
        if not (x.tied.any() or y.tied.any()):
            return [(x.values, y.values)]
        keys = pair_keys(np.column_stack([x.values, x.cells]), np.column_stack([y.values, y.cells]))
        return [
            (spread(x.values, x.tied, keys, first, x.fixed), spread(y.values, y.tied, keys, first ^ 1, y.fixed))
            for first in range(max(x.spreadings, y.spreadings))
        ]

    def _given(self, prepared: Prepared) -> Found:
        """The conditional information, of sides with or without labels; without a condition given nothing.

        Rows of one group, or of one run, are no neighbours: they are alike in more than what one side tells of another.
        """
        nothing = NeighborSide.without_columns(prepared.samples.n)
        sides = (prepared.x, prepared.y, nothing if prepared.given is None else prepared.given)
        passes = self._dissolved(*sides[:2])
        z = sides[2].values
        if sides[2].tied.any():
            z = spread(z, sides[2].tied, pair_keys(z, z), CONDITION, sides[2].fixed)
        total = np.zeros(prepared.samples.n)
        units = unit_labels(prepared.samples) if prepared.samples.dependent else None
        cells, live = tuple(side.cells for side in sides), tuple(side.live for side in sides)
        for x, y in passes:
            contributions, alone = conditional_contributions((x, y, z), self.k, cells, live, units)  # type: ignore[arg-type]
            total += contributions
        pointwise = total / len(passes)
        status = Status().because(*alone_reasons(float(alone.mean()), apart=units is not None))
        notes = alone_notes(int(alone.sum()), apart=units is not None)
        return Found(float(pointwise.mean()), pointwise=pointwise, notes=notes, status=status)

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """As of every estimator; many orders repay compiled searches."""
        value, d = super().shuffled_value(samples), samples.x.d + samples.y.d

        def compiled(rows: np.ndarray) -> float:
            # Here, where the worker is that searches.
            expect_many(len(rows), d)
            return value(rows)

        return compiled

    def suits(self, samples: Samples) -> bool:
        """As of every estimator, up to as many numeric columns as neighbours resolve."""
        return super().suits(samples) and numeric_columns(samples) <= MAX_NUMERIC

    def _doubts(self, found: Found, samples: Samples, tags: Tags) -> list[Reason]:
        doubts = super()._doubts(found, samples, tags)
        # Discrete columns cost neighbours no resolution, so dimension is judged by numeric columns alone.
        d = numeric_columns(samples)
        if d > MAX_NUMERIC:
            text = f"{d} numeric columns in all are beyond the {MAX_NUMERIC} that neighbours resolve"
            doubts.append(Reason("many-columns", text, reduce_or(samples, self)))
        elif tags.min_n <= samples.n < (needed := tags.min_n * 2.0 ** (d / 2.0 - 1.0)):
            text = f"n={samples.n} is few for {d} numeric columns"
            doubts.append(Reason("few-rows", text, f"{needed:.0f} or more would do"))
        if self.margins != "normal":
            doubts += crowded_columns(samples, 'use margins="normal"')
        return doubts

    def _ceiling(self, n: int) -> float:
        """What k neighbours give for an exact relation of n rows, in nats."""
        return float(digamma(n) - digamma(self.k))

    def _enough(self, n: int) -> None:
        if n <= self.k:
            raise DataError(
                sentence(
                    "x",
                    f"must have more than k = {self.k} rows",
                    n,
                    f"k={max(n - 1, 1)} is the most for them",
                )
            )


def alone_reasons(share: float, *, apart: bool = False) -> tuple[Reason, ...]:
    """Why not to trust a value of which this share of the rows is alone with their labels.

    With `apart`, rows of their own group or run are no company.
    """
    if share <= ALONE_SHARE:
        return ()
    once = "occur in one group or run only" if apart else "occur only once"
    return (Reason("sparse", f"Many labels {once}", "merge them, or pass numbers as numbers"),)


def alone_notes(rows: int, *, apart: bool = False) -> tuple[str, ...]:
    """A word on so many rows that are alone with their labels, as of `alone_reasons`."""
    if not rows:
        return ()
    company = "have no row of another group or run" if apart else "are alone"
    return (f"{rows} rows {company} with their labels and count as independent.",)


def numeric_columns(samples: Samples) -> int:
    """Columns of all sides that hold numbers, not labels."""
    return int(sum((~side.discrete).sum() for side in samples.sides))


def orders_pay(samples: Samples, k: int) -> bool:
    """Whether many orders of the rows of a side are best read from all distances within the sides."""
    if samples.dependent:
        # However few: the search among rows of other units costs more than the distances.
        return samples.n <= MOST_ORDERED and int(np.bincount(unit_labels(samples)).max()) + k <= samples.n
    return max(k, matrix_rows(samples.x.d + samples.y.d)) < samples.n <= MOST_ORDERED
