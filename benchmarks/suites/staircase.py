"""Stairs of two to ten nats, one law a stair: fixed samples here, fresh batches in `benchmarks.streaming`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.suites import Suite, Task
from benchmarks.suites.drawn import student
from mitk.distributions import (
    Asinh,
    Chain,
    Distribution,
    Gaussian,
    Mapped,
    NormalCDF,
    Power,
    Product,
    SwissRoll,
    half_cube,
    smoothed_uniform,
)

STAIRS = (2.0, 4.0, 6.0, 8.0, 10.0)


def _rolled(information: float, d: int) -> Distribution:
    """Pairs of normals, x rolled up in a plane of its own and y uniform, side by side."""
    pair = Gaussian.from_information(information / d)
    return Product((Mapped(pair, Chain((SwissRoll(), NormalCDF())), NormalCDF()),) * d)


def _half_cube(information: float, d: int) -> Distribution:
    return Mapped(Gaussian.from_information(information, d), half_cube(), half_cube())


def _asinh(information: float, d: int) -> Distribution:
    return Mapped(Gaussian.from_information(information, d), Asinh(), Asinh())


def _cubic(information: float, d: int) -> Distribution:
    return Mapped(Gaussian.from_information(information, d), None, Power(3.0))


# Name, law of (nats, columns), family, columns. Monotone copies of a normal law share its family and rank class.
_KINDS: tuple[tuple[str, Callable[[float, int], Distribution], str, tuple[int, ...]], ...] = (
    ("normal", Gaussian.from_information, "normal", (5, 20)),
    ("cubic", _cubic, "normal", (20,)),
    ("half-cube", _half_cube, "normal", (5, 20)),
    ("asinh", _asinh, "normal", (5, 20)),
    ("swiss-roll", _rolled, "swiss roll", (5, 20)),
    ("additive", smoothed_uniform, "additive", (5, 20)),
    ("student-5", lambda information, d: student(information, d, 5.0), "student", (5, 20)),
)


def _tasks() -> Iterator[Task]:
    for kind, law, family, dims in _KINDS:
        for d in dims:
            for information in STAIRS:
                place = f"{family}-{d}-{information:g}"
                yield Task(f"{kind}-{d}-{information:g}", law(information, d), family, place)


SUITE = Suite(
    "staircase",
    tuple(_tasks()),
    sizes=(2000,),
    seeds=3,
    summary="two to ten nats in 5 and 20 columns, raw and bent; as a stream: python -m benchmarks stream",
)
