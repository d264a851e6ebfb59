"""Two columns that repeat some values and spread over others, given a condition: each part by what suits it."""

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
from mitk.inference.second_opinion import TOLERANCE
from mitk.results.interval import Quantiles
from mitk.results.reason import Status
from mitk.results.record import MIEstimate

# A value that so many rows and this share of them have is no chance.
LEAST_ROWS, LEAST_SHARE = 20, 0.05
# Rows that either part of a column needs for its parts to be asked apart, and rows of which a part says nothing.
LEAST_PART, SILENT = 50, 30
PARTS = (("repeats", True), ("spreads", False))
# Probabilities of the quantiles: two-sided 99.9 % to 10 %.
PROBABILITIES = tuple(np.concatenate([[0.0005, 0.005], np.arange(0.01, 1.0, 0.01), [0.995, 0.9995]]).tolist())


@dataclass(frozen=True)
class _Part:
    """A term of the sum: what is asked of which rows."""

    name: str
    rows: np.ndarray
    x: Side
    y: Side


def parted_found(samples: Samples) -> Found | None:
    """I(x; y | z) as a sum over rows that repeat a value and rows that do not; None where that is not the case.

    Parameters
    ----------
    samples : Samples
        With a condition.

    Notes
    -----
    Whether a value repeats, A of x and B of y, is a function of it, so that

        I(x; y | z) = I(A; B | z) + I(x; B | A, z) + I(A; y | B, z) + I(x; y | A, B, z).

    Given A = a and B = b, repeated values are labels and the others have a density: rain, dropout and censored numbers
    are two laws in one. Terms given A or B are means over their parts, weighed by rows; errors of parts add as
    independent ones do.
    """
    if samples.block is not None or (samples.x.d, samples.y.d) != (1, 1):
        return None
    a, b = _repeats(samples.x), _repeats(samples.y)
    if a is None or b is None or all(part.all() or not part.any() for part in (a, b)):
        return None
    answers = [(part, answer) for part in _parts(samples, a, b) if (answer := _answered(samples, part)) is not None]
    contributions = np.zeros(samples.n)
    for part, answer in answers:
        contributions[part.rows] += answer.value
    value = float(contributions.mean())
    doubts = [doubt for part, answer in answers if _matters(part, answer) for doubt in answer.status.reasons]
    return Found(
        value,
        uncertainty=lambda: _together(value, contributions, answers),
        status=Status().because(*doubts),
        notes=("Asked rows that repeat a value, and the others, apart, and summed what they say.",),
        diagnostics={"readings": listed([Reading.of(part.name, answer) for part, answer in answers])},
        kind="estimate",
    )


def _repeats(side: Side) -> np.ndarray | None:
    """Rows (n,) whose value is frequent; None of labels, counts and rounded numbers, and where either part is small."""
    if side.kinds[0] in ("label", "count"):
        return None
    _, codes, counts = np.unique(side.values[:, 0], return_inverse=True, return_counts=True)
    found = np.asarray(counts[codes] >= max(LEAST_ROWS, LEAST_SHARE * side.n))
    others = int((~found).sum())
    rounded = np.count_nonzero(counts[codes[~found]] > 1) > TIED_SHARE * others
    small = found.any() and others > 0 and min(side.n - others, others) < LEAST_PART
    return None if rounded or small else found


def _parts(samples: Samples, a: np.ndarray, b: np.ndarray) -> Iterator[_Part]:
    """The terms: of the repeats, of one side with the repeats of the other, and of both sides."""
    everyone = np.ones(samples.n, dtype=bool)
    yield _Part("repeats", everyone, _labels(samples.x, a), _labels(samples.y, b))
    for word, own in PARTS:
        yield _Part(f"x {word}, repeats of y", a == own, _of_part(samples.x, own), _labels(samples.y, b))
        yield _Part(f"repeats of x, y {word}", b == own, _labels(samples.x, a), _of_part(samples.y, own))
        for other_word, other in PARTS:
            rows = (a == own) & (b == other)
            yield _Part(f"x {word}, y {other_word}", rows, _of_part(samples.x, own), _of_part(samples.y, other))


def _labels(side: Side, repeats: np.ndarray) -> Side:
    return replace(side, values=repeats[:, None].astype(float), kinds=("label",))


def _of_part(side: Side, repeats: bool) -> Side:
    return replace(side, kinds=("label",) if repeats else ("continuous",))


def _answered(samples: Samples, part: _Part) -> MIEstimate | None:
    """What `auto` says of a part; None where a side is constant in it, or rows are too few to say anything."""
    rows = np.flatnonzero(part.rows)
    if len(rows) < SILENT or min(np.ptp(side.values[rows, 0]) for side in (part.x, part.y)) == 0.0:
        return None
    asked = without_constant_condition(replace(samples, x=part.x, y=part.y).take(rows))
    return fitted("auto", {"effort": "quick"}, asked)


def _matters(part: _Part, answer: MIEstimate) -> bool:
    """Whether the value would be another if that of the part were anywhere in its interval."""
    if answer.ci is None:
        return True
    return max(answer.ci.high - answer.value, answer.value - answer.ci.low, answer.value) * part.rows.mean() > TOLERANCE


def _together(value: float, contributions: np.ndarray, answers: list[tuple[_Part, MIEstimate]]) -> Quantiles:
    """Quantiles of a sum of parts: their errors are independent, and so are those of how many rows they have."""
    grid = ndtri(PROBABILITIES)
    squares = contributions.var() / len(contributions) * grid**2
    for part, answer in answers:
        if answer.quantiles is not None:
            own = np.interp(grid, ndtri(answer.quantiles.probabilities), answer.quantiles.values)
            squares = squares + (part.rows.mean() * (own - answer.value)) ** 2
    ends = np.sort(value + np.sign(grid) * np.sqrt(squares))
    return Quantiles(PROBABILITIES, tuple(ends.tolist()), "parts")
