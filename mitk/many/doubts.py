"""What the interval of a value says against it."""

from __future__ import annotations

import numpy as np

from mitk.estimator import NOT_FINITE
from mitk.results.reason import Reason, below_zero, no_interval


def interval_doubts(value: float, high: float, level: float | None) -> tuple[Reason, ...]:
    """Reasons that the interval of a value gives not to trust it, where one was asked for."""
    if level is None:
        return ()
    if not np.isfinite(value):
        return (no_interval(NOT_FINITE),)
    return (below_zero(),) if high < 0.0 else ()
