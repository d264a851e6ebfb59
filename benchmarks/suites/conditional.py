"""Conditional mutual information of known value, asked as such or by the chain rule on two fits."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.suites import Suite
from benchmarks.suites.relations import Conditional
from mitk.distributions import (
    Asinh,
    BinarySeries,
    Chain,
    ConditionalGaussian,
    ConditionalMapped,
    ConditionalProduct,
    ConditionalTable,
    Confounded,
    CosinePair,
    Exp,
    Gaussian,
    GivenLabel,
    HalfDiscrete,
    Independent,
    LabelToNumber,
    Linear,
    LinearlyConfounded,
    LinearSeries,
    NumberToLabel,
    Power,
    ScaledChannel,
    SharedCount,
    ShiftedChannel,
    SwitchedChannel,
    ThinnedCounts,
    Transfer,
    half_cube,
)


def shared(own: float, dim: int = 1, dim_z: int = 1) -> ConditionalGaussian:
    """X and y are the mean of z plus unit noises, whose columns correlate at `own` pairwise."""
    d = 2 * dim + dim_z
    mix = np.zeros((d, d))
    noise = np.eye(d)
    noise[np.arange(dim), dim + np.arange(dim)] = noise[dim + np.arange(dim), np.arange(dim)] = own
    mix[: 2 * dim, 2 * dim :] = 1.0 / np.sqrt(dim_z)
    mix += np.eye(d)
    return ConditionalGaussian(mix @ noise @ mix.T, dim, dim)


# z = x + y + half a noise: x and y are independent until z is known.
_COLLIDER = ConditionalGaussian([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 2.25]])
_MISSING_EDGE = ConditionalGaussian.from_precision(
    [
        [1.6, 0.0, 0.5, -0.4, 0.0],
        [0.0, 1.6, 0.5, 0.3, 0.4],
        [0.5, 0.5, 1.6, 0.0, 0.3],
        [-0.4, 0.3, 0.0, 1.6, 0.0],
        [0.0, 0.4, 0.3, 0.0, 1.6],
    ]
)
_PAIR = Gaussian.bivariate(0.8)
_OPPOSITE = GivenLabel([_PAIR, Gaussian.bivariate(-0.8)], [0.5, 0.5])
_HALF = GivenLabel([HalfDiscrete(0.8, 0.8), Independent(HalfDiscrete(0.8, 0.8))], [0.5, 0.5])
_MAPS = (half_cube(), Asinh(), half_cube())


def series(coefficients: list[list[float]], history: int = 1) -> Transfer:
    """Transfer entropy from the first column of a linear series to the second."""
    return Transfer(LinearSeries(coefficients), history)


def warped(own: float, dim: int, dim_z: int, strength: float) -> ConditionalMapped:
    """Pairs correlated at `own`, moved by sums of Laplace noises z, through the cube of x and exp(-y / sd).

    The sets of DINE, which have a strength of 0.01: z hardly moves anything. Given z they are pairs through maps.
    """
    moved = LinearlyConfounded(_pairs(own, dim), dim_z, strength, "laplace")
    # A standard Laplace number has a variance of 2.
    sd = np.sqrt(1.0 + 2.0 * strength**2 * (moved.weights[1] ** 2).sum() / dim)
    return ConditionalMapped(moved, Power(3.0), Chain((Exp(), Linear(np.eye(dim) / -sd))))


def _pairs(own: float, dim: int) -> Gaussian:
    """Pairs of columns, each correlated at `own`."""
    return Gaussian(np.kron([[1.0, own], [own, 1.0]], np.eye(dim)), dim)


# Name, law, family and, for copies of one truth and difficulty, rank class.
_TASKS = [
    ("gaussian-0.6", shared(0.6), "gaussian", "gaussian-0.6"),
    ("gaussian-0.6-3d", shared(0.6, 3, 3), "gaussian", ""),
    ("gaussian-collider", _COLLIDER, "gaussian", ""),
    ("gaussian-missing-edge", _MISSING_EDGE, "chains", ""),
    ("thinned-counts", ThinnedCounts(), "chains", ""),
    ("shared-count", SharedCount(), "chains", ""),
    ("opposite-by-label", _OPPOSITE, "mixed", ""),
    ("half-discrete-by-label", _HALF, "mixed", ""),
    ("post-nonlinear-0.6", ConditionalMapped(shared(0.6), *_MAPS), "post-nonlinear", "gaussian-0.6"),
    ("post-nonlinear-null", ConditionalMapped(shared(0.0), *_MAPS), "post-nonlinear", ""),
    ("confounded-0.8", Confounded(_PAIR), "post-nonlinear", ""),
    ("confounded-null", Confounded(Independent(_PAIR)), "post-nonlinear", ""),
    ("exclusive-or-0.1", ConditionalTable.exclusive_or(0.1), "tables", ""),
    ("common-cause-4", ConditionalTable.common_cause([0.1, 0.2, 0.3, 0.4], 0.3, 0.3), "tables", ""),
    ("transfer-white-0.8", series([[0.0, 0.0], [0.8, 0.0]]), "transfer", ""),
    ("transfer-0.4", series([[0.5, 0.0], [0.4, 0.5]]), "transfer", "transfer-0.4"),
    ("transfer-0.4-history-2", series([[0.5, 0.0], [0.4, 0.5]], 2), "transfer", "transfer-0.4"),
    ("transfer-0.5", series([[0.9, 0.0], [0.5, 0.5]]), "transfer", ""),
    ("transfer-reverse", series([[0.5, 0.4], [0.0, 0.5]]), "transfer", ""),
    ("transfer-coin-0.1", Transfer(BinarySeries(0.1)), "transfer", ""),
    ("shifted-channel", ShiftedChannel(), "channels", ""),
    ("shifted-channel-20", ShiftedChannel(20), "channels", ""),
    ("mixed-shifted-channel-20", ShiftedChannel(20, normal=True), "channels", ""),
    ("scaled-channel", ScaledChannel(), "channels", ""),
    ("scaled-channel-10", ScaledChannel(10), "channels", ""),
    ("switched-channel", SwitchedChannel(), "channels", ""),
    ("warped-0.75-2d-faint", warped(0.75, 2, 2, 0.01), "warped", ""),
    ("warped-0.75-2d", warped(0.75, 2, 2, 1.0), "warped", ""),
    ("warped-0.5-5d", warped(0.5, 5, 5, 1.0), "warped", ""),
    ("warped-null", warped(0.0, 1, 5, 1.0), "warped", ""),
    ("cosine-1", CosinePair(), "post-nonlinear", ""),
    ("cosine-5", CosinePair(5), "post-nonlinear", ""),
    ("cosine-null-5", CosinePair(5, 0.0), "post-nonlinear", ""),
    ("number-to-label", NumberToLabel(), "mixed", ""),
    ("label-to-number", LabelToNumber(), "mixed", ""),
    ("labels-and-numbers", ConditionalProduct([NumberToLabel(), LabelToNumber()]), "mixed", ""),
    ("number-to-label-null", NumberToLabel(coupling=0.0), "mixed", ""),
]

# What `fit` is told of labels; those of y are followed by those of z.
_LABELS: dict[str, dict[str, Any]] = {
    **{name: {"discrete_y": [True, True, False]} for name in ("number-to-label", "number-to-label-null")},
    "label-to-number": {"discrete_x": True},
    "labels-and-numbers": {"discrete_x": [False, True], "discrete_y": [True, False, True, False, False]},
}

# Exactly 0, which the arithmetic of covariances only approaches.
NULLS = (
    *("gaussian-missing-edge", "thinned-counts", "shared-count", "post-nonlinear-null", "confounded-null"),
    *("common-cause-4", "transfer-reverse", "warped-null", "cosine-null-5", "number-to-label-null"),
)

SUITE = Suite(
    "conditional",
    tuple(
        Conditional(
            name,
            law,
            family,
            rank_class,
            options=_LABELS.get(name, {}),
            known_information=0.0 if name in NULLS else None,
        )
        for name, law, family, rank_class in _TASKS
    ),
    sizes=(1000,),
    seeds=5,
    version=2,
    summary="conditional information: normal, chains, channels, warped, mixed, tables, transfer",
)
