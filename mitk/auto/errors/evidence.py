"""The readings of one data set as a row of numbers, from which it is learned how readings err."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from mitk.auto.combination import Reading
from mitk.auto.readings import Readings

METHODS = ("mist", "ksg", "residual-entropy", "copula", "gaussian")
OF_READING = ("value", "low", "high", "share", "stray", "ok")
OF_DATA = ("rows", "joint")
# What rows of evidence hold.
NAMES = (*OF_DATA, *(f"{method}.{fact}" for method in METHODS for fact in OF_READING))

Evidence = Mapping[str, np.ndarray]


def evidence_of(readings: Readings, taken: Iterable[Reading]) -> dict[str, float]:
    """What is known before the readings are weighed, by the names of `NAMES`; NaN where there is no such thing.

    Parameters
    ----------
    readings : Readings
    taken : iterable of Reading
        Those that count.

    Returns
    -------
    dict of str to float
        Rows, the dimension of both sides together, and of each reading its numbers.
    """
    found = dict.fromkeys(NAMES, math.nan)
    found |= {"rows": float(readings.samples.n), "joint": readings.joint}
    for reading in taken:
        if reading.method not in METHODS:
            continue
        numbers = (reading.value, reading.low, reading.high, reading.share, reading.stray, float(reading.status.ok))
        found |= {f"{reading.method}.{name}": number for name, number in zip(OF_READING, numbers, strict=True)}
    return found


def stacked(rows: Iterable[Mapping[str, float]]) -> dict[str, np.ndarray]:
    """Evidence of several data sets (b,), by name."""
    rows = list(rows)
    return {name: np.array([row[name] for row in rows]) for name in NAMES}
