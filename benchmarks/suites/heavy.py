"""Heavy tails, gross outliers, and columns that say nothing new."""

from __future__ import annotations

from benchmarks.suites import Suite, Task
from mitk.distributions import (
    AppendConstant,
    Chain,
    Distribution,
    Duplicate,
    Exp,
    Gaussian,
    Inliers,
    Mapped,
    Power,
    Product,
    Student,
    with_outliers,
)


def _normal(d: int) -> Gaussian:
    return Gaussian.bivariate(0.75) if d == 1 else Gaussian.dense(d, d)


def _outliers(share: float, d: int) -> Distribution:
    """Pairs of columns, the first y of which is replaced by a far draw now and then."""
    spoiled = with_outliers(Gaussian.bivariate(0.9), share, 20.0)
    return spoiled if d == 1 else Product((spoiled, *[Gaussian.bivariate(0.6)] * (d - 1)))


def _tasks() -> list[Task]:
    tasks = []
    for d in (1, 3):
        shape = f"{d}v{d}"
        for dof in (1, 2, 3):
            tasks.append(Task(f"student-{dof}-{shape}", Student.dense(d, d, dof), "student"))
        for margin in (Power(3.0), Power(5.0), Exp()):
            law = Mapped(_normal(d), margin, margin)
            tasks.append(Task(f"{margin.name}-{shape}", law, "monotone", f"normal-{shape}"))
        for share in (0.01, 0.05):
            tasks.append(Task(f"outliers-{share:g}-{shape}", _outliers(share, d), "outliers"))
        # Here a strayed row is no outlier on either side alone.
        strayed = Gaussian.bivariate(0.9) if d == 1 else Gaussian.sparse(d, d, 2, 3.0)
        tasks.append(Task(f"strayed-0.05-{shape}", Inliers(strayed, 0.05), "outliers"))
        for added in (AppendConstant(), Duplicate(), Chain((Duplicate(), AppendConstant(1, 7.0)))):
            tasks.append(Task(f"{added.name}-{shape}", Mapped(_normal(d), added, added), "idle columns"))
        tasks.append(Task(f"constant(1)_x-{shape}", Mapped(_normal(d), AppendConstant()), "idle columns"))
    return tasks


SUITE = Suite(
    "heavy",
    tuple(_tasks()),
    sizes=(1000,),
    seeds=5,
    summary="heavy tails, outliers, constant and repeated columns",
)
