"""A hundred tasks with parameters drawn for each release, so that no method is tuned to them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.suites import Suite, Task
from benchmarks.suites.drawn import STRUCTURES, TRANSFORMS, Draw, drawn, student
from mitk.distributions import (
    Bimodal,
    Chain,
    Distribution,
    Elliptical,
    Exp,
    Gaussian,
    GaussianMixture,
    LogGammaExponential,
    Mapped,
    NoisyDirection,
    NormalCDF,
    RandomEmbedding,
    Rotation,
    SmoothedDiscreteUniform,
    Spiral,
    SwissRoll,
    Table,
    smoothed_uniform,
)

# Drawn anew with every release: raise the release, publish another seed.
RELEASE = 1
SEED = 1_732_050
COUNT = 100


def _nats(rng: np.random.Generator, low: float = 0.05, high: float = 5.0) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _normal(rng: np.random.Generator) -> Gaussian:
    dim_x, dim_y = (int(d) for d in rng.integers(1, 21, size=2))
    return Gaussian.from_information(_nats(rng), dim_x, dim_y)


def _rotated(rng: np.random.Generator) -> Distribution:
    first, second = (int(seed) for seed in rng.integers(1 << 30, size=2))
    return Mapped(_normal(rng), Rotation(first), Rotation(second))


def _spiral(rng: np.random.Generator) -> Distribution:
    d = int(rng.integers(2, 11))
    return Mapped(Gaussian.from_information(_nats(rng), d), Spiral(0, 1), Spiral(1, 0))


def _swiss_roll(rng: np.random.Generator) -> Distribution:
    pair = Gaussian.from_information(_nats(rng, high=3.0))
    return Mapped(pair, Chain((SwissRoll(), NormalCDF())), NormalCDF())


def _bimodal(rng: np.random.Generator) -> Distribution:
    share, gap = float(rng.uniform(0.2, 0.8)), float(rng.uniform(2.0, 6.0))
    return Mapped(Gaussian.from_information(_nats(rng)), Bimodal(share, 0.0, gap), Exp())


def _embedded(rng: np.random.Generator) -> Distribution:
    d, columns = int(rng.integers(1, 6)), int(rng.integers(20, 201))
    first, second = (int(seed) for seed in rng.integers(1 << 30, size=2))
    latent = Gaussian.from_information(_nats(rng), d)
    return Mapped(latent, RandomEmbedding(d, columns, first), RandomEmbedding(d, columns, second))


def _heavy(rng: np.random.Generator) -> Distribution:
    d, dof = int(rng.integers(1, 6)), float(rng.uniform(1.0, 4.0))
    # The common scale has up to 0.8 nats of its own here, so the rest comes on top of one.
    return student(1.0 + _nats(rng), d, dof)


def _elliptical(rng: np.random.Generator) -> Distribution:
    d = int(rng.integers(1, 4))
    normal = Gaussian.from_information(_nats(rng, high=2.0), d)
    share = float(rng.uniform(0.05, 0.5))
    return Elliptical(normal.covariance, d, [1.0, float(rng.uniform(2.0, 8.0))], [1.0 - share, share])


def _mixture(rng: np.random.Generator) -> Distribution:
    k = int(rng.integers(2, 6))
    means = rng.normal(scale=2.0, size=(k, 2))
    spread = rng.uniform(0.3, 1.5, size=(k, 2))
    off = rng.uniform(-0.95, 0.95, size=k) * spread.prod(axis=1)
    dispersions = [np.diag(s**2) + c * (1.0 - np.eye(2)) for s, c in zip(spread, off, strict=True)]
    return GaussianMixture(rng.dirichlet(np.full(k, 3.0)), means, dispersions, 1)


def _smoothed(rng: np.random.Generator) -> Distribution:
    return smoothed_uniform(_nats(rng), int(rng.integers(1, 6)))


def _log_gamma(rng: np.random.Generator) -> Distribution:
    return LogGammaExponential.from_information(_nats(rng, low=0.3), int(rng.integers(1, 4)))


def _direction(rng: np.random.Generator) -> Distribution:
    return NoisyDirection(float(rng.uniform(1.0, 20.0)))


def _table(rng: np.random.Generator) -> Distribution:
    shape = tuple(int(levels) for levels in rng.integers(2, 9, size=2))
    return Table(rng.dirichlet(np.full(shape[0] * shape[1], 0.5)).reshape(shape))


def _levels(rng: np.random.Generator) -> Distribution:
    return SmoothedDiscreteUniform(int(rng.integers(2, 9)), float(rng.uniform(0.5, 6.0)))


OTHERS: MappingProxyType[str, Draw] = MappingProxyType(
    {
        "normal": _normal,
        "rotated": _rotated,
        "spiral": _spiral,
        "swiss-roll": _swiss_roll,
        "bimodal": _bimodal,
        "embedded": _embedded,
        "heavy": _heavy,
        "elliptical": _elliptical,
        "mixture": _mixture,
        "smoothed": _smoothed,
        "log-gamma": _log_gamma,
        "direction": _direction,
        "table": _table,
        "levels": _levels,
    }
)

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "table": {"discrete_x": True, "discrete_y": True},
    "levels": {"discrete_x": True},
}


def tasks(seed: int, count: int = COUNT) -> tuple[Task, ...]:
    """`count` tasks that `seed` determines: families in turn, parameters drawn from the hyper-priors of each."""
    families = [*STRUCTURES, *OTHERS]
    made = []
    for i in range(count):
        family = families[i % len(families)]
        if family in STRUCTURES:
            transform = list(TRANSFORMS)[np.random.default_rng((seed, i, 0)).integers(len(TRANSFORMS))]
            law, name = drawn(family, transform, (seed, i, 1)), f"{family}-{transform}"
        else:
            law, name = OTHERS[family](np.random.default_rng((seed, i, 1))), family
        made.append(Task(f"{i:03d}-{name}", law, family, options=OPTIONS.get(family, {})))
    return tuple(made)


SUITE = Suite(
    "random",
    tasks(SEED),
    sizes=(1000,),
    seeds=1,
    version=RELEASE,
    summary=f"{COUNT} tasks with parameters drawn for release {RELEASE} (seed {SEED})",
)
