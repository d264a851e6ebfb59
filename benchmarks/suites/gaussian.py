"""Normal laws on a grid of dimension and information: as pairs, rotated, and with all columns entangled."""

from __future__ import annotations

import math

from benchmarks.suites import Suite, Task
from mitk.distributions import Gaussian, Mapped, Rotation

INFORMATION = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
SHAPES = [(d, d) for d in (1, 2, 5, 10, 25, 50, 100)] + [(5, 1), (10, 2), (25, 5)]


def entangled(information: float, dim_x: int, dim_y: int) -> Gaussian:
    """Unit variances and one correlation r between any two columns, which leave `information` nats.

    Its one canonical correlation is r sqrt(d_x d_y / ((1 + (d_x - 1) r) (1 + (d_y - 1) r))): r solves a quadratic.
    """
    squared = -math.expm1(-2.0 * information)
    a = dim_x * dim_y - squared * (dim_x - 1) * (dim_y - 1)
    b = squared * (dim_x + dim_y - 2)
    return Gaussian.dense(dim_x, dim_y, (b + math.sqrt(b * b + 4.0 * a * squared)) / (2.0 * a))


def _tasks(dim_x: int, dim_y: int, information: float) -> list[Task]:
    law = Gaussian.from_information(information, dim_x, dim_y)
    place = f"{dim_x}-{dim_y}-{information:g}"
    tasks = [Task(f"diagonal-{place}", law, "pairs", place)]
    if dim_x > 1:
        turned = Mapped(law, Rotation(1), Rotation(2) if dim_y > 1 else None)
        tasks.append(Task(f"rotated-{place}", turned, "pairs", place))
        if information > 0:
            dense = entangled(information, dim_x, dim_y)
            tasks.append(Task(f"dense-{place}", dense, "dense", known_information=information))
    return tasks


SUITE = Suite(
    "gaussian",
    tuple(task for shape in SHAPES for information in INFORMATION for task in _tasks(*shape, information)),
    sizes=(1000,),
    seeds=3,
    version=2,
    summary="normal laws by dimension and information, in pairs, rotated and dense",
)
