"""One to fifteen nats, where estimators saturate: normal, Student, uniform, log-gamma laws and curves in noise."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.suites import Suite, Task
from mitk.distributions import (
    Distribution,
    Gaussian,
    LogGammaExponential,
    Mapped,
    NoisyFunction,
    Product,
    Rotation,
    Student,
    correlated_uniform,
    cubic,
    parabola,
    smoothed_uniform,
    swing,
    widening,
)

INFORMATION = (1, 2, 4, 6, 8, 10, 15)
CURVES = {
    "cubic": (cubic, None),
    "parabola": (parabola, None),
    "swing": (swing, None),
    "swing-widening": (swing, widening),
}
# NoisyFunction.from_information at each of INFORMATION: found once, so that the suite is listed at no cost.
NOISE = {
    "cubic": (
        0.1853163706,
        0.0591397245,
        7.606567656e-3,
        1.02644028e-3,
        1.388760479e-4,
        1.879418548e-5,
        1.266335576e-7,
    ),
    "parabola": (
        0.1040242874,
        0.03058205127,
        3.524629927e-3,
        4.53623375e-4,
        6.03232479e-5,
        8.112283806e-6,
        5.447675811e-8,
    ),
    "swing": (
        0.1942992499,
        0.05697093231,
        6.404949769e-3,
        8.069200903e-4,
        1.062313317e-4,
        1.422706832e-5,
        9.531529995e-8,
    ),
    "swing-widening": (
        0.2057567372,
        0.05984853554,
        6.7100522e-3,
        8.447055531e-4,
        1.111697826e-4,
        1.488651487e-5,
        9.972595139e-8,
    ),
}

# Name -> family, and the law of so many nats in so many columns a side. Uniform margins are a copy of the normal law.
FAMILIES: dict[str, tuple[str, Callable[[float, int], Distribution]]] = {
    "normal": ("normal", Gaussian.from_information),
    "uniform": ("normal", lambda nats, d: correlated_uniform(Gaussian.from_information(nats, d))),
    "student-1": ("student", lambda nats, d: Student.from_information(nats, d, dof=1.0)),
    "student-2": ("student", lambda nats, d: Student.from_information(nats, d, dof=2.0)),
    "smoothed-uniform": ("smoothed uniform", smoothed_uniform),
    "log-gamma-exponential": ("log-gamma-exponential", LogGammaExponential.from_information),
}
# Nats of the three columns of a side: a cubic, a parabola and a swing.
THREE_CURVES = ((1, 1, 2), (2, 2, 2), (2, 2, 4), (4, 4, 2), (1, 6, 8))


def _noisy(curve: str, information: int) -> NoisyFunction:
    function, spread = CURVES[curve]
    return NoisyFunction(function, NOISE[curve][INFORMATION.index(information)], spread)


def _turned(law: Distribution) -> Mapped:
    return Mapped(law, Rotation(1), Rotation(2))


def _tasks() -> list[Task]:
    tasks = []
    for name, (family, law) in FAMILIES.items():
        for d in (1, 3):
            for nats in INFORMATION:
                # Monotone margins and rotations of one law count as one.
                copies = f"{'normal' if family == 'normal' else name}-{d}v{d}-{nats}"
                tasks.append(Task(f"{name}-{d}v{d}-{nats}", law(nats, d), family, copies, known_information=nats))
                if d > 1 and nats in (2, 6, 10) and name != "student-1":
                    tasks.append(
                        Task(
                            f"{name}-rotated-{d}v{d}-{nats}",
                            _turned(law(nats, d)),
                            family,
                            copies,
                            known_information=nats,
                        )
                    )
    for curve in CURVES:
        for nats in INFORMATION:
            tasks.append(Task(f"{curve}-1v1-{nats}", _noisy(curve, nats), "noisy functions", known_information=nats))
    for parts in THREE_CURVES:
        nats = sum(parts)
        law = Product(tuple(_noisy(*part) for part in zip(("cubic", "parabola", "swing"), parts, strict=True)))
        copies = f"curves-3v3-{nats}"
        tasks.append(Task(copies, law, "noisy functions", known_information=nats))
        tasks.append(
            Task(f"curves-rotated-3v3-{nats}", _turned(law), "noisy functions", copies, known_information=nats)
        )
    return tasks


SUITE = Suite(
    "highmi",
    tuple(_tasks()),
    sizes=(1000, 10000),
    seeds=3,
    summary="1 to 15 nats, in one column and in three, straight and rotated",
)
