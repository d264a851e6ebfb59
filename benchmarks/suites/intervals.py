"""Little information in few rows, many times over, to see whether intervals hold the truth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.suites import Suite, Task
from benchmarks.suites.drawn import student
from mitk.distributions import (
    Gaussian,
    SmoothedDiscreteUniform,
    Table,
    correlated_uniform,
    four_balls,
    smoothed_uniform,
    x_shape,
)

WEAK, MIDDLE, STRONG = 0.1, 0.3, 1.0
# Probability of a new label at which a uniform label of four levels passes that many nats, to three digits.
REDRAWN = {WEAK: 0.7244, MIDDLE: 0.5107, STRONG: 0.1141}
CODES = {"discrete_x": True, "discrete_y": True}


def _two_levels(information: float) -> SmoothedDiscreteUniform:
    """A fair bit and a uniform from the bit on: of a width w above 1 there remain (ln 2) / w nats."""
    return SmoothedDiscreteUniform(2, np.log(2.0) / information)


def _tasks() -> Iterator[Task]:
    for information in (WEAK, MIDDLE, STRONG):
        yield Task(f"normal-1v1-{information:g}", Gaussian.from_information(information), "normal")
    for information in (MIDDLE, STRONG):
        yield Task(f"normal-3v3-{information:g}", Gaussian.from_information(information, 3), "normal")
        yield Task(f"student-3-1v1-{information:g}", student(information, 1, 3.0), "student")
        uniform = correlated_uniform(Gaussian.from_information(information))
        yield Task(f"uniform-1v1-{information:g}", uniform, "uniform margins")
    for information in (WEAK, MIDDLE, STRONG):
        yield Task(f"additive-{information:g}", smoothed_uniform(information), "additive")
        law = Table.symmetric(4, REDRAWN[information])
        yield Task(f"table-4-{information:g}", law, "discrete", options=CODES)
    yield Task("x-shape", x_shape(), "mixture")
    yield Task("four-balls", four_balls(), "mixture")
    for information in (WEAK, MIDDLE):
        law_x = _two_levels(information)
        yield Task(f"bit-and-uniform-{information:g}", law_x, "half discrete", options={"discrete_x": True})


SUITE = Suite(
    "intervals",
    tuple(_tasks()),
    sizes=(20, 50, 100, 200),
    seeds=100,
    summary="0.1 to 1 nats in 20 to 200 rows, a hundred times: coverage and width of intervals",
)
