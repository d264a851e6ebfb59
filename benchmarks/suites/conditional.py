"""Conditional mutual information of known value, by the chain rule on two fits."""

from __future__ import annotations

import numpy as np

from benchmarks.suites import Suite
from benchmarks.suites.relations import Conditional
from mitk.distributions import (
    Asinh,
    BinarySeries,
    ConditionalGaussian,
    ConditionalMapped,
    ConditionalTable,
    Confounded,
    Gaussian,
    GivenLabel,
    HalfDiscrete,
    Independent,
    LinearSeries,
    SharedCount,
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
]

# Exactly 0, which the arithmetic of covariances only approaches.
NULLS = (
    *("gaussian-missing-edge", "thinned-counts", "shared-count", "post-nonlinear-null", "confounded-null"),
    *("common-cause-4", "transfer-reverse"),
)

SUITE = Suite(
    "conditional",
    tuple(
        Conditional(name, law, family, rank_class, known_information=0.0 if name in NULLS else None)
        for name, law, family, rank_class in _TASKS
    ),
    sizes=(1000,),
    seeds=5,
    summary="conditional information by the chain rule: normal, chains, mixed, post-nonlinear, tables, transfer",
)
