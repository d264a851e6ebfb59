"""A critic and the objective it is trained by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from mitk import objectives
from mitk.variational.critics import critic
from mitk.variational.encoders import MLP, Encoder

Array = jax.Array
OBJECTIVES = ("dv", "mine", "nwj", "infonce", "js", "smile", "tuba", "interpolated", "flo", "kl", "gan", "hellinger")
# These have a network beside the critic, and their scores mean something else without it: they join no others.
ALONE = ("tuba", "interpolated", "flo")


@dataclass(frozen=True)
class CriticLearner:
    """A critic by name, trained by an objective by name.

    Attributes
    ----------
    dim_x, dim_y : int
    objective : str
        One of `OBJECTIVES`, or some but those `ALONE` joined by ``+``, of which the mean is trained.
    critic : str
    embedding, width, depth : int
    encoder : callable or pair of callables, optional
    beta : float or None
        Weight of the information against the rate of stochastic codes (VSIB); None for codes without noise.
    tau, alpha, average_rate : float
        Of "smile", "interpolated" and "mine".
    """

    dim_x: int
    dim_y: int
    objective: str = "infonce"
    critic: str = "separable"
    embedding: int = 32
    width: int = 64
    depth: int = 2
    encoder: Encoder | tuple[Encoder, Encoder] | None = None
    beta: float | None = None
    tau: float = 5.0
    alpha: float = 0.5
    average_rate: float = 0.05

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained critic, with a baseline or a second head where the objective has one."""
        scored = critic(
            self.critic,
            self.dim_x,
            self.dim_y,
            embedding=self.embedding,
            width=self.width,
            depth=self.depth,
            encoder=self.encoder,
            probabilistic=self.beta is not None,
            rngs=rngs,
        )
        if self.objective in ("tuba", "interpolated"):
            return _WithBaseline(scored, MLP(self.dim_y, 1, width=self.width, depth=self.depth, rngs=rngs))
        if self.objective == "flo":
            both = self.dim_x + self.dim_y
            return _WithNormaliser(scored, MLP(both, 1, width=self.width, depth=self.depth, zero=True, rngs=rngs))
        return scored

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Minus the objective, and for "mine" the moving average."""
        if self.beta is None:
            value, memory = self._objective(module, self._raw(module, x, y), x, y, memory)
            return -value, memory
        drawn = module if hasattr(module, "drawn") else module.critic
        scores, rate = drawn.drawn(x, y, key)
        value, memory = self._objective(module, scores, x, y, memory)
        return -value + rate / self.beta, memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """The objective on held-out rows; for MINE without memory, as DV."""
        scores = self._raw(module, x, y)
        if self.objective in ("js", "gan", "hellinger", "smile", "mine", "dv", "kl", "nwj"):
            return objectives.dv(scores)
        return self._objective(module, scores, x, y, jnp.float32(-jnp.inf))[0]

    def scores(self, module: Any, x: Array, y: Array) -> Array:
        """Scores of all pairs as they are read: FLO is the NWJ bound of g(x_i, y_j) - g(x_i, y_i) - u(x_i, y_i)."""
        scores = self._raw(module, x, y)
        if self.objective == "flo":
            return scores - (jnp.diagonal(scores) + self._normaliser(module, x, y))[:, None]
        return scores

    def _raw(self, module: Any, x: Array, y: Array) -> Array:
        if self.objective == "tuba":
            return module.critic(x, y) - module.baseline(y)[:, 0]
        return (module.critic if self.objective in ("interpolated", "flo") else module)(x, y)

    def _normaliser(self, module: Any, x: Array, y: Array) -> Array:
        return module.normaliser(jnp.concatenate([x, y], axis=1))[:, 0]

    def _objective(self, module: Any, scores: Array, x: Array, y: Array, memory: Array) -> tuple[Array, Array]:
        values = []
        for name in self.objective.split("+"):
            if name == "mine":
                value, memory = objectives.mine(scores, memory, self.average_rate)
            elif name == "infonce":
                value = objectives.infonce(scores, "symmetric")
            elif name == "smile":
                value = objectives.smile(scores, self.tau)
            elif name == "tuba":
                value = objectives.nwj(scores)
            elif name == "interpolated":
                value = objectives.interpolated(scores, module.baseline(y)[:, 0], self.alpha)
            elif name == "flo":
                value = objectives.flo(scores, self._normaliser(module, x, y))
            elif name in ("kl", "gan", "hellinger"):
                value = objectives.fdime(scores, name)
            else:
                value = {"dv": objectives.dv, "nwj": objectives.nwj, "js": objectives.js}[name](scores)
            values.append(value)
        return sum(values[1:], values[0]) / len(values), memory


class _WithBaseline(nnx.Module):
    def __init__(self, scored: nnx.Module, baseline: nnx.Module) -> None:
        self.critic, self.baseline = scored, baseline


class _WithNormaliser(nnx.Module):
    def __init__(self, scored: nnx.Module, normaliser: nnx.Module) -> None:
        self.critic, self.normaliser = scored, normaliser
