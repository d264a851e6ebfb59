"""TRE: the log ratio of joint and product as a sum of small ones, over bridges from the one to the other."""

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

from mitk import objectives
from mitk.hyperparameters import whole
from mitk.tags import Tags
from mitk.variational.encoders import MLP
from mitk.variational.evaluation import Reading, read_pointwise
from mitk.variational.neural import CrossFitted
from mitk.variational.training import merged

Array = jax.Array


class Bridges(nnx.Module):
    """Log ratios of neighbouring bridges on shared encoders: quadratic forms of the codes, one a bridge.

    Parameters
    ----------
    dim_x, dim_y, bridges, embedding, width, depth : int
    rngs : nnx.Rngs
    """

    def __init__(
        self, dim_x: int, dim_y: int, *, bridges: int, embedding: int, width: int, depth: int, rngs: nnx.Rngs
    ) -> None:
        self.encode_x = MLP(dim_x, embedding, width=width, depth=depth, rngs=rngs)
        self.encode_y = MLP(dim_y, embedding, width=width, depth=depth, rngs=rngs)
        both = dim_x + dim_y + 2 * embedding
        self.square = nnx.Param(jnp.zeros((bridges, both, both)))
        self.slope = nnx.Param(jnp.zeros((bridges, both)))
        self.level = nnx.Param(jnp.zeros(bridges))

    def __call__(self, x: Array, y: Array) -> Array:
        """Log ratios of paired rows, shape (bridges, n)."""
        # The columns themselves beside their codes: quadratic forms of them are exact for Gaussian laws.
        rows = jnp.concatenate([x, y, self.encode_x(x), self.encode_y(y)], axis=1)
        squares = jnp.einsum("ni,bij,nj->bn", rows, self.square[...], rows)
        return squares + self.slope[...] @ rows.T + self.level[...][:, None]


@dataclass(frozen=True)
class BridgeLearner:
    """Logistic losses between neighbours among p_0, the joint law, and p_m, the product.

    Under p_k the partner of x is sqrt(1 - a_k^2) y + a_k y', with a stranger's y' and a_k = sin(pi k / 2m).
    """

    dim_x: int
    dim_y: int
    bridges: int
    embedding: int
    width: int
    depth: int

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained ratios, all 0."""
        return Bridges(
            self.dim_x,
            self.dim_y,
            bridges=self.bridges,
            embedding=self.embedding,
            width=self.width,
            depth=self.depth,
            rngs=rngs,
        )

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Minus the mean logistic objective of the bridges."""
        ratios = self.ratios(module, x, y, key)
        values = [objectives.js(ratios[k, k], ratios[k + 1, k]) for k in range(self.bridges)]
        return -sum(values[1:], values[0]) / self.bridges, memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """The objective, with the same strangers at every checkpoint."""
        return -self.loss(module, x, y, jax.random.key(0), jnp.zeros(()))[0]

    def ratios(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Log ratios of all bridges (second axis) for rows of all laws (first), shape (bridges + 1, bridges, n)."""
        stranger = jnp.roll(y, jax.random.randint(key, (), 1, y.shape[0]), axis=0)
        angles = jnp.arange(self.bridges + 1) * (math.pi / 2.0 / self.bridges)
        partners = jnp.cos(angles)[:, None, None] * y + jnp.sin(angles)[:, None, None] * stranger
        return jnp.stack([module(x, partner) for partner in partners])


@functools.lru_cache(maxsize=16)
def _sum(learner: BridgeLearner) -> Callable[..., Any]:
    return jax.jit(lambda parameters, x, y: jnp.sum(merged(learner, parameters)(x, y), axis=0))


@dataclass(frozen=True, kw_only=True)
class TRE(CrossFitted):
    """Telescoping ratio estimation, for large values.

    Parameters
    ----------
    bridges : int, default 6
        Ratios from the joint law to the product; each sees laws that are close, which a classifier can tell apart well.
    embedding, width, depth : int, default 16, 64, 2
        Of the encoders, shared by the bridges.

    Notes
    -----
    ln p/q = sum_k ln p_k / p_{k+1}, each learned by a logistic loss between samples of neighbours, and I = E_p of the
    sum on held-out rows. Not a bound: a bridge that is off is off unseen. Under p_k the partner of x is
    sqrt(1 - a_k^2) y + a_k y'.

    References
    ----------
    * B. Rhodes, K. Xu, M. Gutmann, "Telescoping density-ratio estimation", NeurIPS 2020, arXiv:2006.12204.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((500, 1))
    >>> y = 0.8 * x + 0.6 * rng.standard_normal((500, 1))      # truth: 0.511 nats
    >>> r = TRE(steps=200, width=16, bridges=2, folds=2).fit(x, y)
    >>> abs(r.value - 0.511) < 0.25
    True
    """

    batch: int = 256
    bridges: int = 6
    embedding: int = 16
    width: int = 64
    depth: int = 2

    @property
    def tags(self) -> Tags:
        """Continuous columns, large values."""
        return self._tagged(
            "large values; a chain of density ratios between neighbours",
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        for name, least in (("bridges", 1), ("embedding", 1), ("width", 1), ("depth", 0)):
            whole(name, getattr(self, name), least)

    def _learner(self, x: np.ndarray, y: np.ndarray) -> BridgeLearner:
        return BridgeLearner(x.shape[1], y.shape[1], self.bridges, self.embedding, self.width, self.depth)

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        program, found = _sum(learner), np.zeros(len(x))
        for parameters in networks:
            found += np.asarray(program(parameters, x, y), dtype=np.float64)
        return read_pointwise(found / len(networks))
