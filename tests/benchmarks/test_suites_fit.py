"""Every task can be fitted as a run would fit it: with its options. The screen takes any columns, in a moment."""

from __future__ import annotations

import math
import warnings

import pytest

from benchmarks.suites import suite
from mitk import estimate

NAMES = ("smoke", "null", "bmi-mixtures", "gaussian", "highmi", "mixed", "heavy")


@pytest.mark.parametrize("task", [pytest.param(t, id=f"{s}-{t.name}") for s in NAMES for t in suite(s).tasks])
def test_task_can_be_fitted(task):
    x, y = task.sample(200)
    with warnings.catch_warnings():
        # Doubts about heavy tails or ties are right here.
        warnings.simplefilter("ignore")
        result = estimate(x, y, "screen", confidence=None, **task.options)
    assert (result.n_samples, result.dim_x, result.dim_y) == (200, task.dim_x, task.dim_y)
    assert math.isfinite(result.value)
