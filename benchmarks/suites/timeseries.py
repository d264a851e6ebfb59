"""Rows that depend on one another: lagged windows, modulated amplitudes, and independent series with long memory.

The noise floor is that of an average over dependent rows. Information flow given the past of the target is
conditional information and belongs to another suite.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.suites import Suite, Task
from mitk.distributions import BinarySeries, LinearSeries, Mapped, ModulatedSeries, SeriesRows, SeriesWindows, half_cube

COUPLED = [[0.5, 0.0], [0.4, 0.5]]
SLOW = [[0.9, 0.0], [0.5, 0.5]]
DRIVEN = [[0.0, 0.0], [0.8, 0.0]]
# x drives a pair of columns of y, which feed back on it weakly.
LOOP = [[0.5, 0.1, 0.0], [0.4, 0.3, 0.2], [0.3, 0.0, 0.6]]
CODES = {"discrete_x": True, "discrete_y": True}


def _rows(name: str, law: SeriesRows, family: str, block: int, rank_class: str = "") -> Task:
    return Task(name, law, family, rank_class, options={"block": block}, known_sd=law.long_run_sd)


def _windows(coefficients: Any, width_x: int = 1, width_y: int = 1, lag: int = 1) -> SeriesWindows:
    return SeriesWindows(LinearSeries(coefficients), width_x, width_y, lag)


def _tasks() -> Iterator[Task]:
    pair = _windows(COUPLED)
    yield _rows("coupled-lag-1", pair, "coupled", 20, "coupled-lag-1")
    yield Task(
        "half-cube-coupled-lag-1",
        Mapped(pair, half_cube(), half_cube()),
        "coupled",
        "coupled-lag-1",
        options={"block": 20},
        known_sd=pair.long_run_sd,
    )
    yield _rows("coupled-lag-4", _windows(COUPLED, lag=4), "coupled", 20)
    yield _rows("coupled-past-5", _windows(COUPLED, 5), "windows", 20)
    yield _rows("coupled-past-5-future-5", _windows(COUPLED, 5, 5), "windows", 25)
    yield _rows("slow-lag-1", _windows(SLOW), "slow", 50)
    yield _rows("slow-past-3-future-3", _windows(SLOW, 3, 3), "slow", 50)
    yield _rows("driven-lag-1", _windows(DRIVEN), "driven", 10)
    yield _rows("driven-lag-2", _windows(DRIVEN, lag=2), "driven", 10)
    yield _rows("loop-lag-1", _windows(LOOP), "loop", 25)
    yield Task("coin-lag-1", BinarySeries(0.1), "coin", options={"block": 5, **CODES})
    yield Task("coin-lag-2", BinarySeries(0.1, lag=2), "coin", options={"block": 5, **CODES})
    yield _rows("amplitudes-strong", ModulatedSeries(0.95, 0.8, 20, 1.0), "amplitudes", 25)
    yield _rows("amplitudes-weak", ModulatedSeries(0.9, 0.8, 20, 3.0), "amplitudes", 25)
    yield _rows("independent-0.9", _windows(0.9 * np.eye(2)), "independent", 50)
    yield _rows("independent-0.99", _windows(0.99 * np.eye(2)), "independent", 100)
    yield _rows("independent-windows-5", _windows(0.9 * np.eye(2), 5, 5), "independent", 50)


SUITE = Suite(
    "timeseries",
    tuple(_tasks()),
    sizes=(1000,),
    seeds=5,
    summary="dependent rows: lagged windows, modulated amplitudes, independent series with memory",
)
