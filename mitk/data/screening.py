"""What in the data deserves a look before a number is trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mitk.data.samples import Samples, Side
from mitk.numerics.ranks import bulk_share
from mitk.results.reason import Reason

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
    if given is not None and given.d == 0:
        given = None
    return replace(samples, x=varying(samples.x), y=varying(samples.y), given=given), notes


def without_constant_condition(samples: Samples) -> Samples:
    """The samples without a condition that is the same for all rows, and without such columns of it."""
    if samples.given is None:
        return samples
    varies = np.ptp(samples.given.values, axis=0) > 0
    return replace(samples, given=samples.given.columns(varies) if varies.any() else None)


def crowded_columns(samples: Samples, remedy: str) -> list[Reason]:
    """A reason for doubt when outliers or skew leave the bulk of a continuous column no width on its own scale."""
    names = [
        name
        for side in (samples.x, samples.y)
        for j, (name, kind) in enumerate(zip(side.names, side.kinds, strict=True))
        if kind == "continuous" and bulk_share(side.values[:, j]) < CROWDED
    ]
    if not names:
        return []
    return [Reason("crowded", f"Outliers or skew leave the bulk of {', '.join(names)} no width on its scale", remedy)]
