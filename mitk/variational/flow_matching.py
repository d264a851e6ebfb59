"""FMMI: flow matching from strangers to pairs; the divergence of the flow is the information."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from mitk.data.samples import Samples
from mitk.hyperparameters import whole
from mitk.tags import Tags
from mitk.variational.encoders import MLP
from mitk.variational.evaluation import Reading, read_pointwise
from mitk.variational.neural import CrossFitted
from mitk.variational.training import merged

Array = jax.Array
# Up to this many moving columns the divergence is exact; beyond, one random probe a draw.
EXACT_COLUMNS = 8
# In more columns on both sides together the divergence of a field that is a little off adds up: measured on 25 + 25
# columns the value is 0.8 nats too high.
MAX_DIM = 20


def time_features(t: Array) -> Array:
    """A few waves of times in [0, 1], shape (n, 6); where the field changes fast, they can follow."""
    angles = jnp.pi * t[:, None] * jnp.array([1.0, 2.0, 4.0])
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=1)


class Velocity(nnx.Module):
    """v(y_t, x, t): how the y of a stranger moves towards the y of a partner of x.

    Parameters
    ----------
    dim_x, dim_y, width, depth : int
    rngs : nnx.Rngs
    """

    def __init__(self, dim_x: int, dim_y: int, *, width: int, depth: int, rngs: nnx.Rngs) -> None:
        self.net = MLP(dim_x + dim_y + 6, dim_y, width=width, depth=depth, rngs=rngs)
        # Gaussian laws have velocities that are linear in (y, x), by a matrix that changes with time.
        self.linear = MLP(6, (dim_x + dim_y) * dim_y, width=32, depth=1, zero=True, rngs=rngs)

    def __call__(self, y: Array, x: Array, t: Array) -> Array:
        """Velocities of shape (n, dim_y)."""
        waves = time_features(t)
        both = jnp.concatenate([y, x], axis=1)
        matrix = self.linear(waves).reshape(len(y), both.shape[1], y.shape[1])
        return self.net(jnp.concatenate([both, waves], axis=1)) + jnp.einsum("ni,nij->nj", both, matrix)


@dataclass(frozen=True)
class FlowLearner:
    """Regression of y_1 - y_0 on (y_t, x, t), y_t = (1 - t) y_0 + t y_1, y_0 a stranger's."""

    dim_x: int
    dim_y: int
    width: int
    depth: int

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained velocity."""
        return Velocity(self.dim_x, self.dim_y, width=self.width, depth=self.depth, rngs=rngs)

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Mean squared error of the velocity."""
        t, stranger = _drawn(key, y)
        between = (1.0 - t[:, None]) * stranger + t[:, None] * y
        return jnp.mean(jnp.sum((module(between, x, t) - (y - stranger)) ** 2, axis=1)), memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Minus the loss, at the same times and strangers for every checkpoint."""
        return -self.loss(module, x, y, jax.random.key(0), jnp.zeros(()))[0]


def _drawn(key: Array, y: Array) -> tuple[Array, Array]:
    """A time and a stranger for each row: times spread evenly, strangers by a cyclic shift of shuffled rows."""
    n = y.shape[0]
    own, other, shift = jax.random.split(key, 3)
    t = (jax.random.permutation(own, n) + jax.random.uniform(other, (n,))) / n
    return t, jnp.roll(y, jax.random.randint(shift, (), 1, n), axis=0)


@functools.lru_cache(maxsize=16)
def _divergence(learner: FlowLearner) -> Callable[..., Any]:
    """Divergence in y of the velocity at y_t, shape (n,)."""
    exact = learner.dim_y <= EXACT_COLUMNS

    def one(parameters: Array, x: Array, y: Array, stranger: Array, t: Array, key: Array) -> Array:
        module = merged(learner, parameters)
        between = (1.0 - t[:, None]) * stranger + t[:, None] * y

        def along(direction: Array) -> Array:
            _, slope = jax.jvp(lambda at: module(at, x, t), (between,), (direction,))
            return jnp.sum(slope * direction, axis=1)

        if exact:
            units = jnp.eye(learner.dim_y)
            return sum((along(jnp.broadcast_to(unit, between.shape)) for unit in units), jnp.zeros(len(y)))
        return along(jax.random.rademacher(key, between.shape, dtype=between.dtype))

    return jax.jit(one)


@dataclass(frozen=True, kw_only=True)
class FMMI(CrossFitted):
    """Mutual information by flow matching.

    Parameters
    ----------
    width, depth : int, default 128, 3
        Of the velocity network.
    draws : int, default 64
        Times and strangers a held-out row, over which the divergence is averaged.

    Notes
    -----
    A velocity v(y_t, x, t) is trained by regression to carry strangers (x, y_0) to pairs (x, y_1) along
    y_t = (1 - t) y_0 + t y_1; the entropy of a flow changes by the mean of its divergence, so

        I = h(Y) - h(Y | X) = -E_t E div_y v(Y_t, X, t).

    No bound, and no ceiling at the logarithm of n. The side with fewer columns moves.

    References
    ----------
    * I. Butakov et al., "FMMI: flow matching mutual information estimation", arXiv:2511.08552 (2025).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((500, 1))
    >>> y = 0.8 * x + 0.6 * rng.standard_normal((500, 1))      # truth: 0.511 nats
    >>> r = FMMI(steps=200, width=32, folds=2).fit(x, y)
    >>> abs(r.value - 0.511) < 0.2
    True
    """

    steps: int = 4000
    batch: int = 256
    rate: float = 2e-3
    patience: int = 6
    width: int = 128
    depth: int = 3
    draws: int = 64

    @property
    def tags(self) -> Tags:
        """Continuous columns, no ceiling."""
        return self._tagged(
            "large values, no ceiling; the divergence of a trained flow",
            max_dim=MAX_DIM,
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        for name, least in (("width", 1), ("depth", 0), ("draws", 1)):
            whole(name, getattr(self, name), least)

    def _columns(self, samples: Samples) -> tuple[np.ndarray, np.ndarray, list[str]]:
        x, y, notes = super()._columns(samples)
        return (x, y, notes) if y.shape[1] <= x.shape[1] else (y, x, notes)

    def _learner(self, x: np.ndarray, y: np.ndarray) -> FlowLearner:
        return FlowLearner(x.shape[1], y.shape[1], self.width, self.depth)

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        n, program = len(x), _divergence(learner)
        found = np.zeros(n)
        for draw in range(self.draws):
            # Times on a grid that is shifted from row to row, so that the draws of a row cover [0, 1] evenly.
            t = ((np.arange(n) / n + draw / self.draws + rng.random() / self.draws) % 1.0).astype(np.float32)
            stranger = np.roll(y, int(rng.integers(1, n)), axis=0)
            key = jax.random.key(int(rng.integers(2**31)))
            for parameters in networks:
                found -= np.asarray(program(parameters, x, y, stranger, t, key), dtype=np.float64)
        return read_pointwise(found / (self.draws * len(networks)))
