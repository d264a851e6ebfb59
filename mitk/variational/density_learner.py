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

from mitk.variational.densities import Density, GaussianDensity, Twist
from mitk.variational.density_start import Elliptical, canonical, fit_elliptical, fit_normal, log_student, start
from mitk.variational.training import merged

Array = jax.Array
HEADS = ("flow", "gaussian")


class Densities(nnx.Module):
    """ln s(y) and ln q(y | x) of y in its canonical variates.

    Parameters
    ----------
    both : nnx.Module
        Marginal and conditional density as one module with parameters of shape (2, ...): of equal form they compile
        once. The marginal one is conditioned on zeros.
    to_x, to_y : Array
        Multiply rows from the right; they stay as they are.
    """

    def __init__(self, both: nnx.Module, to_x: Array, to_y: Array) -> None:
        self.both = both
        self.to_x, self.to_y = nnx.Param(to_x), nnx.Param(to_y)
        # Shared by both densities, whose errors it leaves alike.
        self.twist_x, self.twist_y = Twist(to_x.shape[0]), Twist(to_y.shape[0])

    def __call__(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Ln s(y) and ln q(y | x) of paired rows, each (n,), nats, up to one constant for both."""
        x, y = self.variates(x, y)
        logs = self.logs(jnp.stack([jnp.zeros_like(x), x]), y)
        return logs[0], logs[1]

    def logs(self, conditions: Array, y: Array) -> Array:
        """Log densities (2, n) of y (n, dy) under conditions (2, n, dx), of which the first must be 0."""
        return nnx.vmap(lambda density, condition: density(y, condition), in_axes=(0, 0))(self.both, conditions)

    def variates(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Canonical variates of both sides, turned."""
        x = x @ jax.lax.stop_gradient(self.to_x[...])
        y = y @ jax.lax.stop_gradient(self.to_y[...])
        return self.twist_x(x), self.twist_y(y)


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
        own = {name: value for name, value in given.items() if name not in ("to_x", "to_y")}

        def make(rngs: nnx.Rngs, own: dict[str, Any]) -> nnx.Module:
            if self.head == "gaussian":
                return GaussianDensity(self.dim_y, self.dim_x, width=self.width, depth=self.depth, rngs=rngs, **own)
            sizes: dict[str, Any] = {"blocks": self.blocks, "width": self.width, "depth": self.depth, "bins": self.bins}
            return Density(self.dim_y, self.dim_x, rngs=rngs, **sizes, **own)

        # Without starting values the shapes must be the same, so that the structure is.
        both = nnx.split_rngs(splits=2)(nnx.vmap(make, in_axes=(0, 0)))(rngs, own)
        return Densities(both, to_x, to_y)

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Minus the mean log likelihoods, for a column of y."""
        return -self.score(module, x, y, key) / self.dim_y, memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Mean of ln s(y) + ln q(y | x)."""
        s, q = module(x, y)
        return jnp.mean(s) + jnp.mean(q)

    def starts(self, x: np.ndarray, y: np.ndarray, seed: int) -> dict[str, np.ndarray]:
        """Starting values from the rows that a member is trained on."""
        joined = np.concatenate([x, y], axis=1)
        fitted = fit_normal(joined) if self.head == "gaussian" else fit_elliptical(joined)
        to_x, to_y, rho = canonical(fitted, self.dim_x)
        regression = np.zeros((self.dim_x, self.dim_y))
        regression[np.arange(len(rho)), np.arange(len(rho))] = rho
        left = np.ones(self.dim_y)
        left[: len(rho)] = np.sqrt(1.0 - rho**2)
        a, b = (x - fitted.mean[: self.dim_x]) @ to_x, (y - fitted.mean[self.dim_x :]) @ to_y
        residual = (b - a @ regression) / left
        if self.head == "gaussian":
            found = [{"matrix": np.eye(self.dim_y)}, {"matrix": np.eye(self.dim_y)}]
        else:
            found = self._tails(fitted, a, b, residual, seed)
        marginal, conditional = found
        conditional["matrix"] = conditional["matrix"] / left
        marginal["regression"] = np.zeros_like(regression)
        conditional["regression"] = regression @ conditional["matrix"].T
        mean_b, mean_a = fitted.mean[self.dim_x :] @ to_y, fitted.mean[: self.dim_x] @ to_x
        marginal["offset"] = -marginal["matrix"] @ mean_b
        conditional["offset"] = -conditional["matrix"] @ mean_b + mean_a @ conditional["regression"]
        both = {name: np.stack([marginal[name], conditional[name]]) for name in marginal}
        return {"to_x": to_x, "to_y": to_y} | both

    def _tails(
        self, fitted: Elliptical, a: np.ndarray, b: np.ndarray, residual: np.ndarray, seed: int
    ) -> list[dict[str, np.ndarray]]:
        dof, conditional = fitted.dof, fitted.dof + self.dim_x
        # Given x, an elliptical law keeps its shape, and its scale is that of x.
        scale = np.sqrt((dof + (a**2).sum(axis=1)) / conditional)[:, None]
        within = residual / scale
        s_tails, q_tails = np.array([1.0 / dof, 0.0, dof]), np.array([1.0 / conditional, 1.0, dof])
        s_log = float(log_student(b, dof).mean())
        q_log = float((log_student(within, conditional) - self.dim_y * np.log(scale[:, 0])).mean())
        return [
            start(b, s_log, s_tails, self.bins, seed),
            start(residual, q_log, q_tails, self.bins, seed),
        ]


@functools.lru_cache(maxsize=32)
def _logs(learner: DensityLearner) -> Callable[..., Any]:
    return jax.jit(lambda parameters, x, y: merged(learner, parameters)(x, y))


@functools.lru_cache(maxsize=32)
def _pairs(learner: DensityLearner) -> Callable[..., Any]:
    def every(parameters: Array, x: Array, y: Array) -> Array:
        module = merged(learner, parameters)
        x, y = module.variates(x, y)

        def given(row: Array) -> Array:
            condition = jnp.broadcast_to(row, (y.shape[0], row.shape[0]))
            # Made anew: a module cannot be carried into another trace.
            inner = merged(learner, parameters)
            return inner.logs(jnp.stack([jnp.zeros_like(condition), condition]), y)[1]

        return jax.lax.map(given, x)

    return jax.jit(every)


def log_densities(
    learner: DensityLearner, parameters: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ln s(y) and ln q(y | x) of paired rows by one member, (n,) each, nats, float64."""
    s, q = _logs(learner)(parameters, x, y)
    return np.asarray(s, dtype=np.float64), np.asarray(q, dtype=np.float64)


def log_density_matrix(learner: DensityLearner, parameters: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ln q(y_j | x_i) of all pairs by one member, (n, n), nats, float64."""
    return np.asarray(_pairs(learner)(parameters, x, y), dtype=np.float64)
