"""The law of pairs that are answered together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mitk.data.column_table import ColumnTable
from mitk.data.samples import admit
from mitk.estimator import Estimator
from mitk.testing.checks import EXACT, _law, _require
from mitk.testing.data import PairedData
from mitk.testing.fits import fit


@_law("many pairs", "pairs that are answered together have the values of single fits")
def _many(estimator: Estimator, data: PairedData) -> None:
    if data.x.shape[1] > 1 or data.y.shape[1] > 1:
        return
    orders = (1, -1)
    samples = admit(data.x, np.hstack([data.y[::order] for order in orders]), **data.options, block=1).samples
    found = estimator._many(ColumnTable.of(samples.x, samples.y), np.array([[0, 1], [0, 2]]))
    if found is None:
        return
    for place, order in enumerate(orders):
        value = float(found.values[place])
        alone = fit(estimator, replace(data, y=data.y[::order]), block=1).value
        _require(abs(value - alone) <= EXACT, f"{value} together and {alone} alone on {data.label}.")
        low, high = (float(end[0]) for end in found.intervals(np.array([place]), 0.95))
        _require(low <= value <= high, f"the interval [{low}, {high}] leaves out {value} on {data.label}.")
    _require(((found.p_values >= 0.0) & (found.p_values <= 1.0)).all(), "p-values lie outside 0 to 1.")
