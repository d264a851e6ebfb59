"""What the quick readings say of simulated sets, in files on disk that any number of processes may fill."""

from __future__ import annotations

import numpy as np

from mitk.auto.errors.evidence import evidence_of, stacked
from mitk.auto.errors.recipe import ErrorRecipe
from mitk.auto.readings import Readings
from mitk.data.samples import admit
from mitk.data.screening import without_constants
from mitk.errors import DataError


def one_file(recipe: ErrorRecipe, shard: int) -> dict[str, np.ndarray]:
    """Evidence, truth and family (b,) of those sets of a file that errors are learned of."""
    rows, truth, family = [], [], []
    for place in range(recipe.shard):
        drawn = recipe.drawn(shard, place)
        known = read(drawn.x, drawn.y)
        if known is not None:
            rows.append(known)
            truth.append(drawn.information)
            family.append(recipe.families.index(drawn.family))
    return stacked(rows) | {"truth": np.array(truth), "family": np.array(family, dtype=int)}


def read(x: np.ndarray, y: np.ndarray) -> dict[str, float] | None:
    """Evidence of one data set; None where errors are not learned of its kind."""
    try:
        samples = admit(x, y, block=1).samples
    except DataError:
        # More columns than rows can bear are refused at the door.
        return None
    readings = Readings(without_constants(samples)[0], 0)
    if not readings.errors_known:
        return None
    taken = readings.quick()
    believed = readings.believed(taken)
    if readings.exact or not {reading.method for reading in believed} & {"mist", "ksg"}:
        return None
    return evidence_of(readings, believed)
