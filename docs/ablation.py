"""Print what `Auto` loses without each reading and each rule: `python -W ignore docs/ablation.py [SUITE@ROWS ...]`.

Readings are taken once a task, seed 0; then combined with all of them, without each in turn, and without each rule.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.suites import suite
from mitk.auto.combination import MOSTLY, Reading, median
from mitk.auto.readings import Readings
from mitk.auto.verdict import doubts_of
from mitk.auto.weighing import weigh
from mitk.data.samples import admit
from mitk.data.screening import without_constants

SUITES = ("bmi40@1000", "bmi-mixtures@1000", "heavy@1000", "null@1000", "staircase@1000", "highdim@1000")
LEAST_TOLERANCE, TOLERANCE = 0.05, 0.1
ASSUMED = "errors assumed, not learned"

Change = Callable[[Readings, Sequence[Reading]], Sequence[Reading]]


@dataclass(frozen=True)
class Taken:
    """One task: its readings and the truth."""

    suite: str
    truth: float
    source: Readings
    readings: list[Reading]


def taken(names: Sequence[str]) -> Iterator[Taken]:
    """The readings of every task with a scalar truth that is not a table."""
    for name in names:
        title, rows = name.split("@")
        for task in suite(title).tasks:
            samples, _ = without_constants(admit(*task.sample(int(rows), 0)).samples)
            if all(columns.all() for columns in samples.cells):
                continue
            source = Readings(samples, 0)
            yield Taken(name, task.mutual_information, source, source.quick())


def without(method: str) -> Change:
    """All readings but that of a method."""
    return lambda source, readings: [r for r in source.believed(readings) if r.method != method]


def plain_neighbors(source: Readings, readings: Sequence[Reading]) -> Sequence[Reading]:
    """Neighbours without extrapolation, as one more reading that sees only a share."""
    changed = []
    for reading in source.believed(readings):
        if reading.detail:
            shift = reading.plain - reading.value
            moved = {end: getattr(reading, end) + shift for end in ("value", "low", "high")}
            changed.append(replace(reading, **moved, share=MOSTLY))
        else:
            changed.append(reading)
    return changed


CHANGES: dict[str, Change] = {
    "all": lambda source, readings: source.believed(readings),
    ASSUMED: lambda source, readings: source.believed(readings),
    **{f"without {method}": without(method) for method in ("mist", "ksg", "residual-entropy", "copula", "gaussian")},
    "neighbours not extrapolated": plain_neighbors,
    "determined columns not noticed": lambda source, readings: readings,
    "no reading sees only a share": lambda source, readings: [replace(r, share=0.0) for r in source.believed(readings)],
}


def judged(one: Taken, change: Change, learned: bool) -> tuple[float, bool, bool]:
    """Absolute error, whether it misleads, and whether it is doubted."""
    readings = change(one.source, one.readings) or one.readings
    weighed, quantiles = weigh(one.source, readings, learned=learned)
    left_out = [r for r in one.readings if r not in readings]
    doubts = doubts_of(readings, weighed, quantiles, "quick", exact=one.source.exact, unbelieved=left_out)
    value, ci = median(quantiles), quantiles.interval(0.95)
    error = abs(value - one.truth)
    good = error <= max(LEAST_TOLERANCE, TOLERANCE * one.truth)
    return error, not doubts and not good and one.truth not in ci, bool(doubts)


def table(names: Sequence[str]) -> str:
    """A line a change: mean absolute error by suite, then over all tasks the shares misled and doubted."""
    tasks = [one for one in taken(names) if one.readings]
    lines = [f"| | {' | '.join(names)} | misled | doubted |", "|---|" + "---|" * (len(names) + 2)]
    for label, change in CHANGES.items():
        found = [(one.suite, *judged(one, change, label != ASSUMED)) for one in tasks]
        errors = [np.mean([row[1] for row in found if row[0] == name]) for name in names]
        rates = [np.mean([row[i] for row in found]) for i in (2, 3)]
        lines.append(f"| {label} | {' | '.join(f'{v:.3f}' for v in (*errors, *rates))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(sys.argv[1:] or SUITES), end="")
