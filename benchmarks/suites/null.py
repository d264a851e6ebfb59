"""Independence in many shapes: bias, false alarms, and intervals that should hold 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.suites import Suite, Task
from benchmarks.suites.laws import independent

Draw = Callable[[np.random.Generator, int], np.ndarray]


def _normal(d: int = 1) -> Draw:
    return lambda rng, n: rng.standard_normal((n, d))


def _uniform(d: int = 1) -> Draw:
    return lambda rng, n: rng.uniform(size=(n, d))


def _student(freedom: float, d: int = 1) -> Draw:
    return lambda rng, n: rng.standard_normal((n, d)) / np.sqrt(rng.chisquare(freedom, size=(n, 1)) / freedom)


def _lognormal(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.exp(2.0 * rng.standard_normal((n, 1)))


def _codes(levels: int) -> Draw:
    return lambda rng, n: rng.integers(levels, size=(n, 1))


def _clusters(rng: np.random.Generator, n: int) -> np.ndarray:
    return 5.0 * rng.integers(-1, 2, size=(n, 1)) + rng.standard_normal((n, 1))


def _copies(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.standard_normal((n, 1)) + 0.01 * rng.standard_normal((n, 3))


_TASKS: list[tuple[str, str, Draw, Draw, int, int]] = [
    ("normal-1v1", "normal", _normal(), _normal(), 1, 1),
    ("normal-5v5", "normal", _normal(5), _normal(5), 5, 5),
    ("normal-20v20", "normal", _normal(20), _normal(20), 20, 20),
    ("normal-10v1", "normal", _normal(10), _normal(), 10, 1),
    ("uniform-1v1", "uniform", _uniform(), _uniform(), 1, 1),
    ("student-1-1v1", "heavy tails", _student(1), _student(1), 1, 1),
    ("student-2-3v3", "heavy tails", _student(2, 3), _student(2, 3), 3, 3),
    ("lognormal-1v1", "heavy tails", _lognormal, _lognormal, 1, 1),
    ("clusters-1v1", "clusters", _clusters, _clusters, 1, 1),
    ("copies-3v1", "copies", _copies, _normal(), 3, 1),
    ("codes-4v4", "discrete", _codes(4), _codes(4), 1, 1),
    ("codes-2-normal", "mixed", _codes(2), _normal(), 1, 1),
]

SUITE = Suite(
    "null",
    tuple(
        Task(f"null-{name}", independent(f"null-{name}", draw_x, draw_y, dim_x, dim_y), family)
        for name, family, draw_x, draw_y, dim_x, dim_y in _TASKS
    ),
    sizes=(10, 30, 100, 300, 1000, 3000, 10000),
    seeds=20,
    summary="independence: bias, false alarms, and whether intervals hold 0",
)
