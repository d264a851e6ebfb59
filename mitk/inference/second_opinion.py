"""A second opinion on any estimate: cheap readings of the same rows, which it may not contradict by much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.data.samples import LEVELS_PER_ROW, Samples
from mitk.inference.exact import ADD_NOISE, exact_relation
from mitk.inference.inflation import effective_units
from mitk.inference.resampling import unit_labels
from mitk.numerics.codes import joint_codes
from mitk.numerics.readings import Reading, explained_readings, label_entropy, neighbor_reading, table_reading
from mitk.numerics.ties import has_ties, pair_keys, spread
from mitk.results.reason import Reason

# The tolerance that a misleading result is defined by: nats, and a share of the larger number.
TOLERANCE, TOLERANCE_SHARE = 0.05, 0.1
# Standard errors of a reading that it must differ by.
ERRORS = 2.0
# Numeric columns in all that neighbours resolve, and up to which more rows cost little.
MOST_NUMERIC, FEW_NUMERIC = 6, 3
# Rows that readings are taken from, the fewest of them, and from how many those are drawn.
MOST_ROWS, MOST_ROWS_FEW, FEWEST_ROWS, MOST_DRAWN_FROM = 1000, 2000, 16, 20_000
# Rows for each column below which planes leave residuals that are too small; and the most columns they are fast for.
ROWS_A_COLUMN, MOST_EXPLAINED = 7, 64
# Rows a cell from which on a table is read.
ROWS_A_CELL = 5


def second_opinion(samples: Samples, value: float, low: float, high: float, kind: str = "estimate") -> list[Reason]:
    """Reasons to doubt a value that other readings of the same rows contradict; empty when none does.

    A reading contradicts when it lies outside the interval, the value lies outside its own, and the two differ by more
    than 0.05 nats and 10 % of the larger. Sizes decide, not p-values, which would refuse every large sample.

    Parameters
    ----------
    samples : Samples
        Without constant columns.
    value, low, high : float
        The estimate and its interval, in nats.
    kind : {"estimate", "lower", "upper", "score"}
        A lower bound may lie below the truth and an upper bound above it; a score is never contradicted.

    Returns
    -------
    list of Reason
        At most one sentence, with both numbers.

    Notes
    -----
    Up to six numeric columns, nearest neighbours on normal scores are read, labels as cells. Their bias is towards 0,
    so that a value above them contradicts them only beyond what their rise from half of the rows to all lets expect.
    Planes are read in both directions, through columns bent to normal margins and through the columns themselves:
    the entropy of a side less that of what a plane through the other leaves of it, and what the rest still shares
    with the other side. Unlike neighbours they have no ceiling; what bends they miss, so that they contradict from
    above alone, and more than six numeric columns have no other reading. Two sides of labels are read as a table, if
    its cells are filled; and a side of labels holds no more than its entropy.

    Readings come from at most 2,000 rows (1,000 of more than three numeric columns), which depend on the values and
    not on the order of the rows; of more than 20,000 rows so many are drawn first, by their place. `CheapReadings`
    answers for several values of the same samples.

    Examples
    --------
    >>> from mitk.data.samples import admit
    >>> x = np.random.default_rng(0).standard_normal(1000)
    >>> samples = admit(x, x**2 + 0.1 * x).samples
    >>> len(second_opinion(samples, 0.0, -0.01, 0.01)), second_opinion(samples, 0.0, -0.01, 0.01, "lower")
    (1, [])
    """
    return CheapReadings(samples).against(value, low, high, kind)


@dataclass(frozen=True)
class _Claim:
    """The value under examination, in nats."""

    value: float
    low: float
    high: float
    kind: str
    errors: float

    def below(self, reading: Reading) -> bool:
        """Whether a reading above contradicts it."""
        gap = reading.value - max(self.value, 0.0)
        far = gap > max(self._tolerance(reading.value), self.errors * reading.error)
        return self.kind != "lower" and far and reading.value > self.high

    def above(self, most: float, error: float = 0.0) -> bool:
        """Whether it is contradicted by information that is at most so large, up to an error."""
        # No information is below 0; a lower bound says no more than where its interval begins.
        most = max(most, 0.0)
        gap = (self.low if self.kind == "lower" else self.value) - most
        far = gap > max(self._tolerance(most), self.errors * error)
        return self.kind != "upper" and far and self.low > most

    def _tolerance(self, reading: float) -> float:
        return max(TOLERANCE, TOLERANCE_SHARE * max(abs(self.value), abs(reading)))

    def contradicted_by(self, reader: str, reading: Reading, remedy: str) -> list[Reason]:
        """The reason."""
        error = self.errors * reading.error
        low, high = reading.value - error, max(reading.most, reading.value + error)
        return [
            Reason(
                "second-opinion",
                f"{reader} {reading.value:.3g} [{low:.3g}, {high:.3g}] nats where the value is {self.value:.3g} "
                f"[{self.low:.3g}, {self.high:.3g}], further apart than errors allow",
                remedy,
            )
        ]


class CheapReadings:
    """Readings of some samples, each taken when it is first needed.

    Parameters
    ----------
    samples : Samples
        Without constant columns.
    errors : float, default 2.0
        Standard errors of a reading that a value must differ by to be contradicted.
    """

    def __init__(self, samples: Samples, errors: float = ERRORS) -> None:
        self.samples = samples
        self.errors = errors
        self._labels = samples.cells
        self._d = int(sum((~labels).sum() for labels in self._labels))

    def against(self, value: float, low: float, high: float, kind: str = "estimate") -> list[Reason]:
        """What `second_opinion` says of a value, in nats."""
        if kind == "score" or not all(map(math.isfinite, (value, low, high))):
            return []
        claim = _Claim(value, low, high, kind, self.errors)
        if all(labels.all() for labels in self._labels):
            return self._table_against(claim)
        for side, labels in zip((self.samples.x, self.samples.y), self._labels, strict=True):
            if labels.all() and claim.above(entropy := label_entropy(side.codes())):
                return [
                    Reason(
                        "second-opinion",
                        f"Labels with an entropy of {entropy:.3g} nats cannot hold the {value:.3g} of the value",
                        'compare with method="mixed-ksg"',
                    )
                ]
        return self._function_against(claim) or self._neighbors_against(claim) or self._planes_against(claim)

    def _function_against(self, claim: _Claim) -> list[Reason]:
        """No finite value holds where one side is a function of the other as far as rows tell."""
        if claim.kind == "lower" or (relation := exact_relation(self.samples)) is None:
            return []
        function, argument = relation
        text = f"{function} is a function of {argument} as far as rows tell, so that the information has no bound"
        return [Reason("exact", text, ADD_NOISE)]

    def _table_against(self, claim: _Claim) -> list[Reason]:
        reading, cells = self._table
        filled = cells * ROWS_A_CELL <= self.samples.n
        if filled and (claim.below(reading) or claim.above(reading.value, reading.error)):
            return claim.contradicted_by("The table of the labels shows", reading, 'compare with method="discrete"')
        return []

    def _neighbors_against(self, claim: _Claim) -> list[Reason]:
        near = self._near
        if near is None:
            return []
        low = claim.below(near)
        # Planes are asked only where it matters.
        high = not low and claim.above(near.most)
        if high:
            # Where planes leave much to neighbours, these read it better without them.
            high = claim.above(max([near.most, *(r.most for r in (*self._bent, *self._plain) if r.whole)]))
        method = "mixed-ksg" if any(labels.any() for labels in self._labels) else "ksg"
        remedy = f'compare with method="{method}" and margins="normal"'
        return claim.contradicted_by("Nearest neighbours read", near, remedy) if low or high else []

    def _planes_against(self, claim: _Claim) -> list[Reason]:
        if not self._bent:
            return []
        remedy = 'compare with method="residual-entropy"'
        best = max(self._bent, key=lambda r: r.value)
        if claim.below(best):
            return claim.contradicted_by("Planes through bent columns explain", best, remedy)
        # Heavy tails can show too much in the columns as they are: bent ones must show some of it.
        if best.value > claim.high and best.value - best.error > claim.value and self._plain:
            plain = max(self._plain, key=lambda r: r.value)
            if claim.below(plain):
                return claim.contradicted_by("Planes through the columns explain", plain, remedy)
        return []

    @cached_property
    def _table(self) -> tuple[Reading, int]:
        reading, cells = table_reading(self.samples.x.codes(), self.samples.y.codes())
        return self._widened(reading, self.samples.n), cells

    @cached_property
    def _near(self) -> Reading | None:
        if not 0 < self._d <= MOST_NUMERIC:
            return None
        x, y, cells_x, cells_y = self._numbers
        if len(x) < FEWEST_ROWS or not (x.shape[1] or y.shape[1]):
            return None
        return self._widened(neighbor_reading(x, y, cells_x, cells_y), len(x))

    @cached_property
    def _bent(self) -> list[Reading]:
        return self._explained(bent=True)

    @cached_property
    def _plain(self) -> list[Reading]:
        return self._explained(bent=False)

    def _explained(self, *, bent: bool) -> list[Reading]:
        """Readings of planes in both directions; none where they cannot be had or make no sense."""
        if any(labels.any() for labels in self._labels) or self._d > MOST_EXPLAINED:
            return []
        # Residuals of lattices are lattices, whose steps pass for dependence.
        if any(side.repeats(LEVELS_PER_ROW * self.samples.n).any() for side in (self.samples.x, self.samples.y)):
            return []
        x, y, _, _ = self._numbers
        if len(x) < max(FEWEST_ROWS, ROWS_A_COLUMN * self._d) or not x.shape[1] or not y.shape[1]:
            return []
        try:
            readings = explained_readings(x, y, bent=bent)
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            # Columns that outliers or exact relations make singular; the estimate must not fail for its critic.
            return []
        # A reading below 0 comes from entropies of none of the kinds that are known.
        return [self._widened(r, len(x)) for r in readings if math.isfinite(r.most) and r.most > 0.0]

    def _widened(self, reading: Reading, rows: int) -> Reading:
        """With the error of as many rows as there are independent groups or runs, where these are fewer."""
        if not self.samples.dependent:
            return reading
        factor = math.sqrt(max(rows / effective_units(unit_labels(self.samples)), 1.0))
        more = ERRORS * reading.error * (factor - 1.0)
        return Reading(reading.value, reading.error * factor, reading.most + more, reading.whole)

    @cached_property
    def _numbers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
        """Numbers without ties of some rows, (m, dx) and (m, dy), and their labels as cells, if there are any."""
        samples, n = self.samples, self.samples.n
        if n > MOST_DRAWN_FROM:
            # Drawing from very many rows would cost more than reading.
            drawn = np.random.default_rng(0).choice(n, MOST_DRAWN_FROM, replace=False)
            samples = samples.take(np.sort(drawn))
        keys = pair_keys(samples.x.values, samples.y.values)
        order = np.argsort(keys)[: MOST_ROWS_FEW if self._d <= FEW_NUMERIC else MOST_ROWS]
        numbers, cells = [], []
        for which, (side, labels) in enumerate(zip((samples.x, samples.y), self._labels, strict=True)):
            values = side.values[order]
            cells.append(joint_codes(values[:, labels]) if labels.any() else None)
            values = values[:, ~labels]
            if values.shape[1]:
                values = values[:, np.ptp(values, axis=0) > 0.0]
            tied = np.array([has_ties(column) for column in values.T], dtype=bool)
            numbers.append(spread(values, tied, keys[order], which) if tied.any() else values)
        return numbers[0], numbers[1], cells[0], cells[1]
