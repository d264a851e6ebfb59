"""Columns that repeat some values and spread over others, given a condition: each part by what suits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from mitk.auto.combination import Reading
from mitk.auto.conditional_readings import fitted
from mitk.auto.explanation import listed
from mitk.data.columns import TIED_SHARE
from mitk.data.samples import Samples, Side
from mitk.data.screening import without_constant_condition
from mitk.found import Found
from mitk.inference.inflation import unit_variance
from mitk.inference.resampling import unit_labels
from mitk.inference.second_opinion import TOLERANCE
from mitk.numerics.units import units_of_values
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import MIEstimate

# A value that so many units of rows, and this share of them, have is no chance; both parts of a column need as many.
LEAST_UNITS, LEAST_SHARE = 20, 0.05
# Parts of fewer rows say nothing, and most of the rows that may say nothing: at 2 nats each these hold the tolerance.
SILENT, MOST_SILENT = 10, 0.025
PARTS = (("repeats", True), ("spreads", False))
# Probabilities of the quantiles: two-sided 99.9 % to 10 %.
PROBABILITIES = tuple(np.concatenate([[0.0005, 0.005], np.arange(0.01, 1.0, 0.01), [0.995, 0.9995]]).tolist())


@dataclass(frozen=True)
class _Split:
    """A side, which of its columns repeats some values and spreads over others (None: none), and in which rows."""

    side: Side
    column: int | None
    repeats: np.ndarray

    @property
    def label(self) -> Side:
        """Whether the value repeats, as a side of its own."""
        name = self.side.names[self.column or 0]
        return Side(self.repeats[:, None].astype(float), ("label",), (f"repeats of {name}",), (False,), (None,))

    def part(self, repeats: bool) -> Side:
        """The side as it is among rows that repeat, or do not."""
        if self.column is None:
            return self.side
        kinds = list(self.side.kinds)
        kinds[self.column] = "label" if repeats else "continuous"
        return replace(self.side, kinds=tuple(kinds))


@dataclass(frozen=True)
class _Part:
    """A term of the sum: what is asked of which rows."""

    name: str
    rows: np.ndarray
    x: Side
    y: Side

    @property
    def constant(self) -> bool:
        """Whether a side has one value, so that nothing is shared."""
        return any(np.ptp(side.values[self.rows], axis=0).max(initial=0.0) == 0.0 for side in (self.x, self.y))


def parted_found(samples: Samples) -> Found | None:
    """I(x; y | z) as a sum over rows that repeat a value and rows that do not; None where that is not the case.

    Parameters
    ----------
    samples : Samples
        With a condition. Of each side one column at most repeats some values and spreads over others.

    Notes
    -----
    Whether a value repeats, A of x and B of y, is a function of it, so that

        I(x; y | z) = I(A; B | z) + I(x; B | A, z) + I(A; y | B, z) + I(x; y | A, B, z).

    Given A = a and B = b, repeated values are labels and the others have a density: rain, dropout and censored numbers
    are two laws in one. Terms given A or B are means over their parts, weighed by rows; errors of parts add as
    independent ones do. Parts of hardly any rows are left out, and doubted where they could matter.
    """
    if samples.block is not None:
        return None
    units = unit_labels(samples)
    x, y = _split(samples.x, units), _split(samples.y, units)
    if x is None or y is None or (x.column is None and y.column is None):
        return None
    asked = [part for part in _parts(x, y) if part.rows.any() and not part.constant]
    answers = [(part, _answered(samples, part)) for part in asked if part.rows.sum() >= SILENT]
    contributions = np.zeros(samples.n)
    for part, answer in answers:
        contributions[part.rows] += answer.value
    value = float(contributions.mean())
    doubts = [doubt for part, answer in answers if _matters(part, answer) for doubt in answer.status.reasons]
    silent = sum(int(part.rows.sum()) for part in asked if part.rows.sum() < SILENT)
    if silent > MOST_SILENT * samples.n:
        text = f"{silent} rows in parts of fewer than {SILENT} were not asked, and may share what others do not"
        doubts.append(Reason("few-rows", text, "collect more"))
    return Found(
        value,
        uncertainty=lambda: _together(value, contributions, answers, units),
        status=Status().because(*doubts),
        notes=("Asked rows that repeat a value, and the others, apart, and summed what they say.",),
        diagnostics={"readings": listed([Reading.of(part.name, answer) for part, answer in answers])},
        kind="estimate",
    )


def _split(side: Side, units: np.ndarray) -> _Split | None:
    """A side and its column of two parts; None where several columns have two.

    Frequent are values that many units of rows have. Columns whose other values repeat too are rounded numbers, and
    labels and counts are what they are: they have no parts.
    """
    found = _Split(side, None, np.zeros(side.n, dtype=bool))
    for j in range(side.d):
        if side.kinds[j] in ("label", "count"):
            continue
        codes, counts = units_of_values(side.values[:, j], units)
        repeats = counts[codes] >= max(LEAST_UNITS, LEAST_SHARE * (units.max() + 1))
        others = codes[~repeats]
        rounded = np.count_nonzero(counts[others] > 1) > TIED_SHARE * len(others)
        if rounded or min(len(np.unique(units[part])) for part in (repeats, ~repeats)) < LEAST_UNITS:
            continue
        if found.column is not None:
            return None
        found = _Split(side, j, np.asarray(repeats))
    return found


def _parts(x: _Split, y: _Split) -> Iterator[_Part]:
    """The terms: of the repeats, of one side with the repeats of the other, and of both sides."""
    a, b = x.repeats, y.repeats
    yield _Part("repeats", np.ones(len(a), dtype=bool), x.label, y.label)
    for word, own in PARTS:
        yield _Part(f"x {word}, repeats of y", a == own, x.part(own), y.label)
        yield _Part(f"repeats of x, y {word}", b == own, x.label, y.part(own))
        for other_word, other in PARTS:
            yield _Part(f"x {word}, y {other_word}", (a == own) & (b == other), x.part(own), y.part(other))


def _answered(samples: Samples, part: _Part) -> MIEstimate:
    """What `auto` says of a part."""
    asked = replace(samples, x=part.x, y=part.y).take(np.flatnonzero(part.rows))
    return fitted("auto", {"effort": "quick"}, without_constant_condition(asked))


def _matters(part: _Part, answer: MIEstimate) -> bool:
    """Whether the value would be another if that of the part were anywhere in its interval."""
    if answer.ci is None:
        return True
    return max(answer.ci.high - answer.value, answer.value - answer.ci.low, answer.value) * part.rows.mean() > TOLERANCE


def _together(
    value: float, contributions: np.ndarray, answers: list[tuple[_Part, MIEstimate]], units: np.ndarray
) -> Quantiles:
    """Quantiles of a sum of parts: their errors are independent, and so are those of how many units they have."""
    grid = ndtri(PROBABILITIES)
    squares = unit_variance(contributions[:, None], units)[0] / len(units) * grid**2
    for part, answer in answers:
        if answer.quantiles is not None:
            own = np.interp(grid, ndtri(answer.quantiles.probabilities), answer.quantiles.values)
            squares = squares + (part.rows.mean() * (own - answer.value)) ** 2
    ends = np.sort(value + np.sign(grid) * np.sqrt(squares))
    return Quantiles(PROBABILITIES, tuple(ends.tolist()), "parts")
