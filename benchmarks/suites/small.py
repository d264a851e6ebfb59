"""Ten to five hundred rows: laws with drawn parameters, and shapes that such priors leave out."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.suites import Suite, Task
from benchmarks.suites.drawn import STRUCTURES, TRANSFORMS, drawn
from mitk.distributions import (
    AdditiveUniform,
    Gaussian,
    Mapped,
    NoisyDirection,
    Rotation,
    Student,
    UniformBall,
    four_balls,
    half_cube,
    u_shape,
    with_outliers,
    x_shape,
)

SEED = 20_251


def _drawn() -> Iterator[Task]:
    """Every structure through every transform, each with parameters of its own."""
    for i, structure in enumerate(STRUCTURES):
        for j, transform in enumerate(TRANSFORMS):
            yield Task(f"{structure}-{transform}", drawn(structure, transform, (SEED, i, j)), structure)


def _others() -> Iterator[Task]:
    sparse = Gaussian.sparse(8, 8, 2, 2.0)
    student = Student.sparse(5, 5, 3.0)
    for law, place in ((sparse, "rotated-normal-8"), (student, "rotated-student-5")):
        yield Task(place, Mapped(law, Rotation(1), Rotation(2)), "rotated")
    yield Task("normal-10v1", Gaussian.from_information(0.5, 10, 1), "unequal sides")
    yield Task("dense-2v8", Gaussian.dense(2, 8), "unequal sides")
    yield Task("normal-1v1", Gaussian.bivariate(0.75), "one column")
    yield Task("half-cube-normal-1v1", Mapped(Gaussian.bivariate(0.4), half_cube(), half_cube()), "one column")
    yield Task("student-2-1v1", Student.dense(1, 1, 2.0), "one column")
    yield Task("additive-0.3-1v1", AdditiveUniform(0.3), "one column")
    yield Task("x-shape", x_shape(), "mixture")
    yield Task("four-balls", four_balls(), "mixture")
    yield Task("outliers-0.05", with_outliers(Gaussian.bivariate(0.9), 0.05), "mixture")
    yield Task("u-shape", u_shape(), "not monotone")
    yield Task("direction-5", NoisyDirection(5.0), "not monotone")
    yield Task("disc", UniformBall(1, 1), "not monotone")


SUITE = Suite(
    "small",
    (*_drawn(), *_others()),
    sizes=(10, 20, 50, 100, 200, 500),
    seeds=3,
    summary="10 to 500 rows: drawn normal, Student and additive laws through monotone maps, and what those leave out",
)
