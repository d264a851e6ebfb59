"""Notes a person can follow, and the table of readings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mitk.auto.combination import Reading

if TYPE_CHECKING:
    from mitk.auto.readings import Readings

# A reading this far from the value, in nats and as a share, is worth a word.
APART, APART_SHARE = 0.05, 0.1
ENDS = ("value", "low", "high")
# What it means when a method reads less than the others.
LESS = {
    "copula": "the dependence is not monotone, or lies in more than ranks show",
    "ksg": "neighbours lose much in so many columns, or near their ceiling",
    "mixed-ksg": "neighbours lose much in so many columns, or near their ceiling",
    "gaussian": "the dependence is not that of normal columns",
    "residual-entropy": "neither side is a smooth function of the other in noise",
    "mist": "the network has not seen the like",
    "classifier": "no classifier separates the labels well",
    "anchored": "a critic needs more rows to find the rest",
    "doe": "densities of this form do not fit",
}


def explained(readings: Sequence[Reading], value: float, taken_from: Readings, why: str | None) -> tuple[str, ...]:
    """Notes on what was read, who stands apart and what that means.

    Parameters
    ----------
    readings : sequence of Reading
    value : float
        What they were combined to, in nats.
    taken_from : Readings
    why : str or None
        Why critics were trained; None when they were not.
    """
    notes = [f"Combined {_listed([f'{r.method} {r.value:.3g}' for r in readings])} nats."]
    if why is not None:
        trained = [reading.method for reading in readings if reading.method in ("anchored", "doe")]
        notes.append(f"Trained {_listed(trained)}{f', since {why}' if why else ''}.")
    if taken_from.determined:
        notes.append("Columns of one side determine each other, so that neighbours alone were believed.")
    for reading in readings:
        apart = reading.value - value
        if abs(apart) > max(APART, APART_SHARE * abs(value)) and not reading.holds(value):
            meaning = f": {LESS[reading.method]}" if apart < 0.0 and not taken_from.determined else ""
            notes.append(f"{reading.method} is {abs(apart):.2g} nats {'above' if apart > 0.0 else 'below'}{meaning}.")
    n = taken_from.samples.n
    part = [f"{reading.method} {reading.n_samples}" for reading in readings if reading.n_samples < n]
    if part:
        notes.append(f"Of {n} rows a part was read by {_listed(part)}.")
    notes += [f"{name} could not be asked: {why.rstrip('.')}." for name, why in taken_from.failed.items()]
    return tuple(notes)


def listed(readings: Sequence[Reading], weighed: Sequence[Reading] = ()) -> list[dict[str, Any]]:
    """The readings as plain records, informations in nats.

    Parameters
    ----------
    readings : sequence of Reading
    weighed : sequence of Reading, optional
        Those that counted, corrected by how they were found to err.
    """
    corrected = {reading.method: {end: getattr(reading, end) for end in ENDS} for reading in weighed}
    return [
        {
            "method": reading.method,
            **{end: getattr(reading, end) for end in ENDS},
            "weighed": corrected.get(reading.method),
            "status": reading.status.code,
            "reasons": [str(reason) for reason in reading.status.reasons],
            "n_samples": reading.n_samples,
            "detail": reading.detail,
            "seconds": reading.seconds,
        }
        for reading in readings
    ]


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
