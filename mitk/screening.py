"""What in the data deserves a look before a number is trusted."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mitk.numerics.ranks import average_ranks, bulk_share
from mitk.samples import Samples, Side

# Correlation of both sides with their own next row, from which on a series is suspected.
SERIAL = 0.3
# Interquartile range over standard deviation below which distances in the bulk are lost; 1.35 for a normal.
CROWDED = 0.3


def without_constants(samples: Samples) -> tuple[Samples, list[str]]:
    """Leave out columns with one value: they carry no information and make matrices singular."""
    notes: list[str] = []

    def varying(side: Side) -> Side:
        varies = np.ptp(side.values, axis=0) > 0
        for name in np.array(side.names)[~varies]:
            notes.append(f"`{name}` is constant and carries no information.")
        return side if varies.all() else side.columns(varies)

    given = None if samples.given is None else varying(samples.given)
    return replace(samples, x=varying(samples.x), y=varying(samples.y), given=given), notes


def serial_notes(samples: Samples) -> list[str]:
    """A note when both sides resemble themselves a row later, as series do, and nothing was said of it."""
    n = samples.n
    if samples.groups is not None or samples.block is not None or n < 50 or not (samples.x.d and samples.y.d):
        return []
    similar = []
    for side in (samples.x, samples.y):
        ranks = average_ranks(side.values)
        steps = np.diff(ranks, axis=0)
        if ((steps >= 0).all(axis=0) | (steps <= 0).all(axis=0)).any():
            return []  # Sorted rows, not a series.
        ranks -= ranks.mean(axis=0)
        similar.append(float(((ranks[1:] * ranks[:-1]).sum(axis=0) / (ranks**2).sum(axis=0)).max()))
    if min(similar) < SERIAL or min(similar) < 4.0 / math.sqrt(n):
        return []
    return [
        f"Rows resemble the rows before them (by {similar[0]:.2f} in x and {similar[1]:.2f} in y); "
        "if they are a series, pass block=, or the interval is too short."
    ]


def crowded_columns(samples: Samples, remedy: str) -> list[str]:
    """A reason for doubt when outliers or skew leave the bulk of a continuous column no width on its own scale."""
    names = [
        name
        for side in (samples.x, samples.y)
        for j, (name, kind) in enumerate(zip(side.names, side.kinds, strict=True))
        if kind == "continuous" and bulk_share(side.values[:, j]) < CROWDED
    ]
    if not names:
        return []
    return [f"Outliers or skew leave the bulk of {', '.join(names)} no width on its scale; {remedy}."]
