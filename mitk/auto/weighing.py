"""Readings weighed against each other: by errors that were learned, where they were, and by assumed ones elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from mitk.auto.combination import Reading, combined
from mitk.auto.errors.model import shipped
from mitk.auto.readings import Readings
from mitk.results.interval import Quantiles


def weigh(readings: Readings, believed: Sequence[Reading], *, learned: bool = True) -> tuple[list[Reading], Quantiles]:
    """The readings as they were weighed, and quantiles of the information.

    Parameters
    ----------
    readings : Readings
    believed : sequence of Reading
        Those that count.
    learned : bool, default True
        Whether to correct them by what was learned, where it was learned how readings of such data err.
    """
    if not (learned and readings.errors_known):
        return list(believed), combined(believed, readings.most)
    model = shipped()
    weighed = model.corrected(readings, believed)
    return weighed, model.combined(believed, weighed, readings)
