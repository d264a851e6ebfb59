"""Independence in the margins of every law: bias, false alarms, and intervals that should hold 0."""

from __future__ import annotations

from benchmarks.suites import Suite, Task
from mitk.distributions import (
    AdditiveUniform,
    BinarySeries,
    Chain,
    DigitImages,
    Distribution,
    Elliptical,
    Erased,
    Exp,
    Gaussian,
    GaussianMixture,
    HalfDiscrete,
    Independent,
    Inliers,
    LabelledNormal,
    Linear,
    LinearSeries,
    LogGammaExponential,
    Mapped,
    ModulatedSeries,
    NoisyDirection,
    NoisyFunction,
    Power,
    Product,
    Quantised,
    RandomEmbedding,
    RareEvent,
    RoundedGaussian,
    SeriesWindows,
    SmoothedDiscreteUniform,
    Student,
    StudentMixture,
    Table,
    UniformBall,
    ZeroInflatedPoisson,
    binary_label,
    concentric,
    correlated_uniform,
    galaxy,
    parabola,
    waves,
    with_outliers,
    x_shape,
)

LABEL_X, LABEL_Y = {"discrete_x": True}, {"discrete_y": True}
BOTH = {**LABEL_X, **LABEL_Y}
# Rows of the slow series are nearly independent at this distance: 0.8 to the 25th is 0.004.
BLOCK = {"block": 25}
LONG = (300, 1000, 3000, 10000)

_NORMAL = Gaussian.bivariate(0.0)
_TWICE = Linear([[2.0]])
_CLUSTERS = GaussianMixture([1 / 3] * 3, [[-5.0, -5.0], [0.0, 0.0], [5.0, 5.0]], [[[1, 0], [0, 1]]] * 3, 1)

# Family -> name of the task -> the law whose sides are drawn apart.
_LAWS: dict[str, dict[str, Distribution]] = {
    "normal": {
        "normal-1v1": _NORMAL,
        "normal-5v5": Gaussian.dense(5, 5),
        "normal-20v20": Gaussian.from_information(1.0, 20),
        "normal-10v1": Gaussian.dense(10, 1),
    },
    "uniform": {
        "uniform-1v1": correlated_uniform(Gaussian.bivariate(0.75)),
        "additive-2v2": AdditiveUniform(0.1, 2),
        "ball-3v3": UniformBall(3, 3),
        "direction": NoisyDirection(5.0, 3),
    },
    "heavy tails": {
        "student-1-1v1": Student.identity(1, 1, 1),
        "student-2-3v3": Student.identity(3, 3, 2),
        "elliptical-2v2": Elliptical(Gaussian.dense(2, 2).covariance, 2, [0.5, 1.0, 8.0], [0.4, 0.4, 0.2]),
        "cubed-1v1": Mapped(_NORMAL, Power(3.0), Power(3.0)),
        "lognormal-1v1": Mapped(_NORMAL, Chain((Exp(), _TWICE)), Chain((Exp(), _TWICE))),
        "log-gamma-1v1": LogGammaExponential.from_information(4.0),
        "outliers-1v1": with_outliers(Gaussian.bivariate(0.9), 0.05, 20.0),
        "strayed-2v2": Inliers(Gaussian.sparse(2, 2), 0.3),
    },
    "clusters": {
        "clusters-1v1": _CLUSTERS,
        "student-clusters-1v1": StudentMixture(
            [0.5, 0.5], [[-2, -2], [2, 2]], [[[1, 0], [0, 1]]] * 2, 1, dofs=[2.0, 5.0]
        ),
        "concentric-3v1": concentric(3, 5),
        "waves-2v1": waves(),
        "galaxy-2v1": galaxy(),
        "x-1v1": x_shape(),
    },
    "copies": {
        "copies-3v1": Gaussian.dense(3, 1, 0.9999),
        "embedded-20v20": Mapped(Gaussian.sparse(2, 2), RandomEmbedding(2, 20, 1), RandomEmbedding(2, 20, 2)),
        "product-3v3": Product((Gaussian.bivariate(0.75), AdditiveUniform(0.1), NoisyFunction(parabola, 0.05))),
    },
    "mixed": {
        "half-discrete": HalfDiscrete(),
        "poisson": ZeroInflatedPoisson(0.15),
        "rounded": RoundedGaussian(0.75, 0.5),
        "rare-event": RareEvent(0.05, 3),
        "erased-2v3": Erased(Gaussian.sparse(2, 2), 0.3),
    },
}

_LABELLED: dict[str, tuple[str, Distribution, dict[str, bool]]] = {
    "codes-4v4": ("discrete", Table.symmetric(4, 0.2), BOTH),
    "codes-50v50": ("discrete", Table.symmetric(50, 0.2), BOTH),
    "codes-2-normal": ("mixed", LabelledNormal.steps(2), LABEL_X),
    "codes-10-normal": ("mixed", LabelledNormal.steps(10), LABEL_X),
    "plane-bit": ("mixed", binary_label(), LABEL_Y),
    "levels-uniform": ("mixed", SmoothedDiscreteUniform(5), LABEL_X),
    "uniform-cells": ("mixed", Quantised.from_information(2.0), LABEL_Y),
}


SUITE = Suite(
    "null",
    (
        *(
            Task(f"null-{name}", Independent(law), family)
            for family, laws in _LAWS.items()
            for name, law in laws.items()
        ),
        *(
            Task(f"null-{name}", Independent(law), family, options=options)
            for name, (family, law, options) in _LABELLED.items()
        ),
        Task("null-digits-64v64", Independent(DigitImages.shared_bits(1)), "images", sizes=LONG),
        Task(
            "null-slow-series", Independent(LinearSeries([[0.8, 0.0], [0.4, 0.8]])), "series", options=BLOCK, sizes=LONG
        ),
        Task(
            "null-windows",
            Independent(SeriesWindows(LinearSeries([[0.5, 0.0], [0.4, 0.5]]), 2, 2)),
            "series",
            options=BLOCK,
            sizes=LONG,
        ),
        Task("null-amplitudes", Independent(ModulatedSeries(0.9)), "series", options=BLOCK, sizes=LONG),
        Task("null-coins", Independent(BinarySeries(0.1)), "series", options=BOTH | BLOCK, sizes=LONG),
    ),
    sizes=(10, 30, 100, 300, 1000, 3000, 10000),
    seeds=20,
    version=2,
    summary="independence: bias, false alarms, and whether intervals hold 0",
)
