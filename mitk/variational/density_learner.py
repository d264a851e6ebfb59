"""A conditional and a marginal density of y, trained together by likelihood."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from mitk.variational.density_start import Elliptical, canonical, fit_elliptical, fit_normal, log_student, start
from mitk.variational.densities import Density, GaussianDensity
from mitk.variational.training import merged

Array = jax.Array
HEADS = ("flow", "gaussian")


class Densities(nnx.Module):
    """ln s(y) and ln q(y | x) of y in its canonical variates.

    Parameters
    ----------
    marginal, conditional : nnx.Module
    to_x, to_y : Array
        Multiply rows from the right; they stay as they are.
    """

    def __init__(self, marginal: nnx.Module, conditional: nnx.Module, to_x: Array, to_y: Array) -> None:
        self.marginal, self.conditional = marginal, conditional
        self.to_x, self.to_y = nnx.Param(to_x), nnx.Param(to_y)

    def __call__(self, x: Array, y: Array) -> tuple[Array, Array]:
        """ln s(y) and ln q(y | x) of paired rows, each (n,), nats, up to one constant for both."""
        x, y = self.variates(x, y)
        return self.marginal(y, jnp.zeros((y.shape[0], 0))), self.conditional(y, x)

    def variates(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Canonical variates of both sides."""
        return x @ jax.lax.stop_gradient(self.to_x[...]), y @ jax.lax.stop_gradient(self.to_y[...])


@dataclass(frozen=True)
class DensityLearner:
    """Densities by name of their head, trained by maximum likelihood.

    Attributes
    ----------
    dim_x, dim_y : int
    head : {"flow", "gaussian"}
    blocks, width, depth, bins : int
        Of the flow.
    """

    dim_x: int
    dim_y: int
    head: str = "flow"
    blocks: int = 2
    width: int = 64
    depth: int = 2
    bins: int = 12

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained densities; `given` is what `starts` returns, for one member."""
        to_x, to_y = given.get("to_x", jnp.eye(self.dim_x)), given.get("to_y", jnp.eye(self.dim_y))
        parts = []
        for prefix, condition in (("s_", 0), ("q_", self.dim_x)):
            own = {k.removeprefix(prefix): v for k, v in given.items() if k.startswith(prefix)}
            if self.head == "gaussian":
                parts.append(GaussianDensity(self.dim_y, condition, width=self.width, depth=self.depth, rngs=rngs, **own))
            else:
                sizes = {"blocks": self.blocks, "width": self.width, "depth": self.depth, "bins": self.bins}
                parts.append(Density(self.dim_y, condition, rngs=rngs, **sizes, **own))
        return Densities(*parts, to_x, to_y)

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Minus the mean log likelihoods, for a column of y."""
        return -self.score(module, x, y, key) / self.dim_y, memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Mean of ln s(y) + ln q(y | x)."""
        return sum(jnp.mean(part) for part in module(x, y))

    def starts(self, x: np.ndarray, y: np.ndarray, seed: int) -> dict[str, np.ndarray]:
        """Starting values from the rows that a member is trained on."""
        joined = np.concatenate([x, y], axis=1)
        fitted = fit_normal(joined) if self.head == "gaussian" else fit_elliptical(joined)
        to_x, to_y, rho = canonical(fitted, self.dim_x)
        regression = np.zeros((self.dim_x, self.dim_y))
        regression[np.arange(len(rho)), np.arange(len(rho))] = rho
        left = np.ones(self.dim_y)
        left[: len(rho)] = np.sqrt(1.0 - rho**2)
        given = {"to_x": to_x, "to_y": to_y, "q_regression": regression}
        a, b = (x - fitted.mean[: self.dim_x]) @ to_x, (y - fitted.mean[self.dim_x :]) @ to_y
        residual = (b - a @ regression) / left
        shift_b, shift_a = fitted.mean[self.dim_x :] @ to_y, fitted.mean[: self.dim_x] @ to_x
        if self.head == "gaussian":
            found = {"s_": {"matrix": np.eye(self.dim_y)}, "q_": {"matrix": np.eye(self.dim_y)}}
        else:
            found = self._tails(fitted, a, b, residual, seed)
        found["q_"]["matrix"] = found["q_"]["matrix"] / left
        found["s_"]["offset"] = -found["s_"]["matrix"] @ shift_b
        found["q_"]["offset"] = -found["q_"]["matrix"] @ (shift_b - shift_a @ regression)
        return given | {prefix + name: value for prefix, part in found.items() for name, value in part.items()}

    def _tails(
        self, fitted: Elliptical, a: np.ndarray, b: np.ndarray, residual: np.ndarray, seed: int
    ) -> dict[str, dict[str, np.ndarray]]:
        dof, conditional = fitted.dof, fitted.dof + self.dim_x
        # Given x, an elliptical law keeps its shape, and its scale is that of x.
        scale = np.sqrt((dof + (a**2).sum(axis=1)) / conditional)[:, None]
        within = residual / scale
        s_tails, q_tails = np.array([1.0 / dof, 0.0, dof]), np.array([1.0 / conditional, 1.0, dof])
        s_log = float(log_student(b, dof).mean())
        q_log = float((log_student(within, conditional) - self.dim_y * np.log(scale[:, 0])).mean())
        return {
            "s_": start(b, s_log, s_tails, self.bins, seed),
            "q_": start(residual, q_log, q_tails, self.bins, seed),
        }


@functools.lru_cache(maxsize=32)
def _logs(learner: DensityLearner) -> Callable[..., Any]:
    return jax.jit(lambda leaves, x, y: merged(learner, leaves)(x, y))


@functools.lru_cache(maxsize=32)
def _pairs(learner: DensityLearner) -> Callable[..., Any]:
    def every(leaves: list[Any], x: Array, y: Array) -> Array:
        module = merged(learner, leaves)
        x, y = module.variates(x, y)
        return jax.lax.map(lambda row: module.conditional(y, jnp.broadcast_to(row, (y.shape[0], row.shape[0]))), x)

    return jax.jit(every)


def log_densities(learner: DensityLearner, leaves: list[Any], x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln s(y) and ln q(y | x) of paired rows by one member, (n,) each, nats, float64."""
    s, q = _logs(learner)(leaves, x, y)
    return np.asarray(s, dtype=np.float64), np.asarray(q, dtype=np.float64)


def log_density_matrix(learner: DensityLearner, leaves: list[Any], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """ln q(y_j | x_i) of all pairs by one member, (n, n), nats, float64."""
    return np.asarray(_pairs(learner)(leaves, x, y), dtype=np.float64)
