"""Normal laws on a grid of dimension and information, as pairs and after rotations."""

from __future__ import annotations

from benchmarks.suites import Suite, Task
from mitk.distributions import Gaussian, Mapped, Rotation


def _tasks(dim_x: int, dim_y: int, information: float) -> list[Task]:
    law = Gaussian.from_information(information, dim_x, dim_y)
    place = f"{dim_x}-{dim_y}-{information:g}"
    tasks = [Task(f"diagonal-{place}", law, "diagonal", place)]
    if dim_x > 1:
        turned = Mapped(law, Rotation(1), Rotation(2) if dim_y > 1 else None)
        tasks.append(Task(f"rotated-{place}", turned, "rotated", place))
    return tasks


_SHAPES = [(d, d) for d in (1, 2, 5, 10, 25, 50)] + [(5, 1), (10, 2), (25, 5)]

SUITE = Suite(
    "gaussian",
    tuple(
        task for shape in _SHAPES for information in (0.1, 0.5, 1.0, 2.0, 5.0) for task in _tasks(*shape, information)
    ),
    sizes=(1000,),
    seeds=3,
    summary="normal laws by dimension and information, in pairs and rotated",
)
