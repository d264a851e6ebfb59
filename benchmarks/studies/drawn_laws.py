"""Meta-distributions: data sets whose law is drawn too, for judging an estimator over a family of laws.

The families and hyper-priors of `PAPER_IN` and `PAPER_OUT` are those of the MIST paper's two test sets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import erf, ndtri

from mitk.distributions import (
    AdditiveUniform,
    Asinh,
    Distribution,
    Gaussian,
    LogGammaExponential,
    Mapped,
    Product,
    Rotation,
    Spiral,
    Student,
    WigglyX,
    WigglyY,
    concentric,
    galaxy,
    half_cube,
    waves,
)

Rng = np.random.Generator


@dataclass(frozen=True)
class Drawn:
    """A data set of a law drawn at random, and its mutual information in nats."""

    x: np.ndarray
    y: np.ndarray
    information: float
    family: str


Maker = Callable[[Rng], Distribution]
MAPS: dict[str, Callable[[Distribution], Distribution]] = {
    "base": lambda law: law,
    "asinh": lambda law: Mapped(law, Asinh(), Asinh()),
    "halfcube": lambda law: Mapped(law, half_cube(), half_cube()),
    "wigglify": lambda law: Mapped(law, WigglyX(), WigglyY()),
}


def _dim(rng: Rng) -> int:
    return int(rng.integers(2, 33))


def _normal_dense(rng: Rng) -> Distribution:
    d = _dim(rng)
    return Gaussian.dense(d, d, rng.uniform(0.0, 0.5))


def _normal_sparse(rng: Rng) -> Distribution:
    d = _dim(rng)
    return Gaussian.sparse(d, d, int(rng.integers(1, d + 1)), rng.uniform(0.1, 5.0))


def _normal_latent(rng: Rng) -> Distribution:
    d = _dim(rng)
    beta = rng.uniform(0.0, 1.5)
    return Gaussian.latent_variable(
        d,
        d,
        pairs=int(rng.integers(1, d + 1)),
        coupling=rng.uniform(0.1, 3.0),
        common=rng.uniform(0.0, 1.0),
        common_x=beta,
        common_y=beta,
        idle=rng.uniform(0.1, 5.0),
    )


def _student_dense(rng: Rng) -> Distribution:
    d = _dim(rng)
    return Student.dense(d, d, rng.uniform(1.0, 10.0), rng.uniform(0.0, 0.5))


def _student_sparse(rng: Rng) -> Distribution:
    d = _dim(rng)
    return Student.sparse(d, d, rng.uniform(1.0, 10.0), int(rng.integers(1, d + 1)), rng.uniform(0.1, 5.0))


def _additive(rng: Rng) -> Distribution:
    return Product([AdditiveUniform(e) for e in rng.uniform(0.1, 2.0, _dim(rng))])


def _mapped(make: Maker, name: str) -> Maker:
    return lambda rng: MAPS[name](make(rng))


PAPER_IN: dict[str, Maker] = {
    "normal-dense-base": _mapped(_normal_dense, "base"),
    "normal-lvm-wigglify": _mapped(_normal_latent, "wigglify"),
    "normal-dense-halfcube": _mapped(_normal_dense, "halfcube"),
    "student-dense-base": _mapped(_student_dense, "base"),
    "student-sparse-base": _mapped(_student_sparse, "base"),
    "student-sparse-asinh": _mapped(_student_sparse, "asinh"),
}
PAPER_OUT: dict[str, Maker] = {
    "normal-dense-wigglify": _mapped(_normal_dense, "wigglify"),
    "normal-sparse-halfcube": _mapped(_normal_sparse, "halfcube"),
    "normal-sparse-asinh": _mapped(_normal_sparse, "asinh"),
    "student-sparse-wigglify": _mapped(_student_sparse, "wigglify"),
    "student-dense-halfcube": _mapped(_student_dense, "halfcube"),
    "additive-base": _mapped(_additive, "base"),
    "additive-halfcube": _mapped(_additive, "halfcube"),
}


def rotated(dim_x: int, dim_y: int, dof: float | None) -> Maker:
    """Normal or Student laws of random canonical correlations, both sides turned at random; a sum of 0.1 to 3 nats."""

    def make(rng: Rng) -> Distribution:
        k = min(dim_x, dim_y, int(rng.integers(1, 6)))
        shares = rng.dirichlet(np.ones(k)) * rng.uniform(0.1, 3.0)
        law: Distribution = Gaussian.from_canonical_correlations(np.sqrt(-np.expm1(-2.0 * shares)), dim_x, dim_y)
        if dof is not None:
            assert isinstance(law, Gaussian)
            law = Student(law.covariance, dim_x, dof)
        turns = [Rotation(int(rng.integers(2**31))) if d > 1 else None for d in (dim_x, dim_y)]
        return Mapped(law, *turns)

    return make


def _spiral(rng: Rng) -> Distribution:
    d = int(rng.choice([2, 3, 5, 10]))
    law = Gaussian.from_information(rng.uniform(0.2, 2.0), d, d, pairs=2)
    speed = rng.uniform(0.5, 1.5) / d
    return Mapped(law, Spiral(0, 1, speed=speed), Spiral(1, 2, speed=speed) if d > 2 else None)


def _gumbel(rng: Rng) -> Distribution:
    return GumbelPair(1.0 / rng.uniform(0.2, 0.9))


def _log_gamma(rng: Rng) -> Distribution:
    return LogGammaExponential.from_information(rng.uniform(0.1, 3.0), int(rng.integers(1, 4)))


# Mechanisms that no data set of the pretrained estimator's training came from.
HELD_OUT: dict[str, Maker] = {
    "spiral": _spiral,
    "galaxy": lambda rng: galaxy(rng.uniform(0.2, 0.8), rng.uniform(1.0, 4.0)),
    "waves": lambda rng: waves(int(rng.integers(4, 13)), rng.uniform(2.0, 6.0), rng.uniform(1.0, 3.0)),
    "concentric": lambda rng: concentric(int(rng.integers(1, 4)), int(rng.integers(2, 6))),
    "log-gamma-exponential": _log_gamma,
    "gumbel-copula": _gumbel,
}


class GumbelPair:
    """Uniform margins with Gumbel's copula of parameter theta >= 1; I is the mean of its log-density, by quadrature.

    With a = (-ln u)^theta + (-ln v)^theta, ln c = -a^(1/theta) + (theta - 1)(ln(-ln u) + ln(-ln v)) - ln(u v)
    + (2/theta - 2) ln a + ln(1 + (theta - 1) a^(-1/theta)).
    """

    def __init__(self, theta: float) -> None:
        self.theta = theta
        # Midpoints of normal scores: the density is steepest in the corners, where they are dense.
        scores = np.linspace(-6.0, 6.0, 1201)
        u = 0.5 * (1.0 + erf(scores / math.sqrt(2.0)))
        u = np.clip(u, 1e-12, 1.0 - 1e-12)
        weight = np.exp(-0.5 * scores**2)
        weight /= weight.sum()
        logs = self.log_density(u[:, None], u[None, :])
        mass = weight[:, None] * weight * np.exp(logs)
        self.mutual_information = float((mass * logs).sum() / mass.sum())

    def log_density(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Logarithm of the copula's density."""
        t, s, r = self.theta, -np.log(u), -np.log(v)
        a = s**t + r**t
        root = a ** (1.0 / t)
        return (
            -root
            + (t - 1.0) * (np.log(s) + np.log(r))
            + s
            + r
            + (2.0 / t - 2.0) * np.log(a)
            + np.log1p((t - 1.0) / root)
        )

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """By a positive stable frailty of index 1/theta (Chambers, Mallows and Stuck)."""
        rng = np.random.default_rng(seed)
        a = 1.0 / self.theta
        angle = rng.uniform(0.0, math.pi, n)
        e = rng.exponential(size=n)
        frailty = (
            np.sin(a * angle) / np.sin(angle) ** self.theta * (np.sin((1.0 - a) * angle) / e) ** (self.theta - 1.0)
        )
        u, v = (np.exp(-((rng.exponential(size=n) / frailty) ** a)) for _ in range(2))
        return ndtri(u)[:, None], ndtri(v)[:, None]


def draw(makers: dict[str, Maker], seed: int, sizes: tuple[int, int]) -> Drawn:
    """A data set: family uniform, n uniform in `sizes`, the law of the family's hyper-prior."""
    rng = np.random.default_rng([77, seed])
    name = list(makers)[int(rng.integers(len(makers)))]
    n = int(rng.integers(sizes[0], sizes[1] + 1))
    law = makers[name](rng)
    x, y = law.sample(n, int(rng.integers(2**31)))
    return Drawn(x, y, float(law.mutual_information), name)
