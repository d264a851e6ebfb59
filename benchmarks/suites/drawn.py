"""Laws whose parameters are drawn: families, their hyper-priors, and maps to see them through."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from mitk.distributions import (
    AdditiveUniform,
    Asinh,
    Distribution,
    Gaussian,
    Map,
    Mapped,
    Product,
    Student,
    WigglyX,
    WigglyY,
    half_cube,
)

Draw = Callable[[np.random.Generator], Distribution]
MOST_COLUMNS = 32


def _columns(rng: np.random.Generator) -> int:
    return int(rng.integers(2, MOST_COLUMNS + 1))


def _coupling(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.1, 5.0))


def _normal_dense(rng: np.random.Generator) -> Gaussian:
    d = _columns(rng)
    return Gaussian.dense(d, d, float(rng.uniform(0.0, 0.5)))


def _normal_sparse(rng: np.random.Generator) -> Gaussian:
    d = _columns(rng)
    return Gaussian.sparse(d, d, int(rng.integers(1, d + 1)), _coupling(rng))


def _normal_2pair(rng: np.random.Generator) -> Gaussian:
    d = _columns(rng)
    return Gaussian.sparse(d, d, 2, _coupling(rng))


def _normal_lvm(rng: np.random.Generator) -> Gaussian:
    d = _columns(rng)
    pairs = int(rng.integers(1, d + 1))
    common, coupling, own, idle = (float(rng.uniform(*ends)) for ends in ((0, 1), (0.1, 3), (0, 1.5), (0.1, 5)))
    return Gaussian.latent_variable(
        d, d, pairs=pairs, coupling=coupling, common=common, common_x=own, common_y=own, idle=idle
    )


def _student(normal: Callable[[np.random.Generator], Gaussian]) -> Draw:
    def draw(rng: np.random.Generator) -> Student:
        law = normal(rng)
        return Student(law.covariance, law.dim_x, float(rng.uniform(1.0, 10.0)))

    return draw


def _additive(rng: np.random.Generator) -> Product:
    return Product(tuple(AdditiveUniform(float(noise)) for noise in rng.uniform(0.1, 2.0, _columns(rng))))


# The hyper-priors of arXiv:2511.18945: d columns a side, d from 2 to 32.
STRUCTURES: MappingProxyType[str, Draw] = MappingProxyType(
    {
        "normal-dense": _normal_dense,
        "normal-sparse": _normal_sparse,
        "normal-2pair": _normal_2pair,
        "normal-lvm": _normal_lvm,
        "student-dense": _student(_normal_dense),
        "student-sparse": _student(_normal_sparse),
        "student-2pair": _student(_normal_2pair),
        "additive": _additive,
    }
)

# Increasing maps of each column; wiggles differ between the sides.
TRANSFORMS: MappingProxyType[str, tuple[Map, Map] | None] = MappingProxyType(
    {
        "base": None,
        "asinh": (Asinh(), Asinh()),
        "half-cube": (half_cube(), half_cube()),
        "wiggly": (WigglyX(), WigglyY()),
    }
)


def drawn(structure: str, transform: str, seed: int | tuple[int, ...]) -> Distribution:
    """Law of that structure with parameters drawn from `seed`, seen through that transform."""
    law = STRUCTURES[structure](np.random.default_rng(seed))
    maps = TRANSFORMS[transform]
    return law if maps is None else Mapped(law, *maps)


def student(information: float, dim: int, dof: float) -> Student:
    """Student law of `dim` columns a side and `information` nats in all, of which the common scale gives its part."""
    scale = Student.identity(dim, dim, dof).mutual_information
    normal = Gaussian.from_information(information - scale, dim)
    return Student(normal.covariance, dim, dof, label=f"student-{dim}-{dim}-{dof:g}-{information:g}")
