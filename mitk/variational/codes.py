"""Gaussian codes of a wide side: a variational autoencoder that starts at the principal components."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from mitk.variational.encoders import MLP
from mitk.variational.training import Plan, merged, train

Array = jax.Array
# A tenth of the rows tells when to stop.
HELD_OUT = 10
# Bounds of the log variance of a code, of that of the noise of a column, and what untrained ones are.
CODE, NOISE = (-10.0, 2.0), (-6.0, 2.0)
FIRST_CODE, FIRST_NOISE = -3.0, -2.0


class Autoencoder(nnx.Module):
    """Codes of unit normal law from which the columns can be told.

    Parameters
    ----------
    columns, dim : int
        Of the side and of a code, dim <= columns; at first a code holds the first columns.
    width, depth : int
        Of both networks.
    rngs : nnx.Rngs
    """

    def __init__(self, columns: int, dim: int, *, width: int, depth: int, rngs: nnx.Rngs) -> None:
        self.encoder = MLP(columns, 2 * dim, width=width, depth=depth, rngs=rngs)
        self.decoder = MLP(dim, columns, width=width, depth=depth, rngs=rngs)
        self.first, self.back = nnx.Param(jnp.eye(columns, dim)), nnx.Param(jnp.eye(dim, columns))
        self.log_noise = nnx.Param(jnp.full(columns, FIRST_NOISE))

    def encode(self, rows: Array) -> tuple[Array, Array]:
        """Mean and log variance of the codes of rows (n, columns), both (n, dim)."""
        shift, log_variance = jnp.split(self.encoder(rows), 2, axis=1)
        return rows @ self.first[...] + shift, jnp.clip(log_variance + FIRST_CODE, *CODE)

    def bound(self, rows: Array, key: Array) -> Array:
        """Evidence lower bound of each row, nats, without its constant, (n,)."""
        mean, log_variance = self.encode(rows)
        code = mean + jnp.exp(log_variance / 2.0) * jax.random.normal(key, mean.shape)
        log_noise = jnp.clip(self.log_noise[...], *NOISE)
        missed = rows - code @ self.back[...] - self.decoder(code)
        told = -0.5 * jnp.sum(missed**2 * jnp.exp(-log_noise) + log_noise, axis=1)
        return told - 0.5 * jnp.sum(mean**2 + jnp.exp(log_variance) - log_variance - 1.0, axis=1)


@dataclass(frozen=True)
class CodesLearner:
    """An autoencoder of x by its bound; y is not looked at."""

    columns: int
    dim: int
    width: int
    depth: int

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained autoencoder."""
        return Autoencoder(self.columns, self.dim, width=self.width, depth=self.depth, rngs=rngs)

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Minus the mean bound, for a column."""
        return -jnp.mean(module.bound(x, key)) / self.columns, memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """The mean bound."""
        return jnp.mean(module.bound(x, key))


@functools.lru_cache(maxsize=16)
def _codes(learner: CodesLearner) -> Callable[..., Any]:
    return jax.jit(lambda parameters, rows: merged(learner, parameters).encode(rows)[0])


def gaussian_codes(
    components: np.ndarray, dim: int, *, width: int = 256, depth: int = 2, steps: int = 4000, seed: int = 0
) -> np.ndarray:
    """Codes whose law is about a standard normal one and that tell the components as well as so many numbers can.

    Where a side is a bent image of few normal variates, its codes are about those variates, turned; principal
    components are only so far as the image is flat.

    Parameters
    ----------
    components : ndarray of shape (n, r)
        Principal components, largest first.
    dim : int
        Columns of the codes, at most r.
    width, depth, steps : int
    seed : int

    Returns
    -------
    ndarray of shape (n, dim)

    References
    ----------
    * D. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014, arXiv:1312.6114.
    """
    n, columns = components.shape
    # So that the variances of the leading columns are about 1, as those of the codes are to be.
    scale = math.sqrt(float(np.mean(np.sum(components**2, axis=1))) / dim) or 1.0
    side = (components / scale).astype(np.float32)
    order = np.random.default_rng(seed).permutation(n)
    out = max(n // HELD_OUT, 1)
    learner = CodesLearner(columns, dim, width, depth)
    plan = Plan(steps=steps, batch=256, patience=10)
    trained = train(learner, plan, side, side[:, :1], order[None, out:], order[None, :out], seed=seed)
    return np.asarray(_codes(learner)(trained.member(0), side), dtype=np.float64)
