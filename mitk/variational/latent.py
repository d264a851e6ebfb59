"""LMI: compress both sides into what predicts the other, then count neighbours in the codes."""

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

from mitk.hyperparameters import whole
from mitk.numerics.ksg import ksg_contributions
from mitk.numerics.ranks import normal_scores
from mitk.results.reason import Reason
from mitk.tags import Tags
from mitk.variational.encoders import MLP
from mitk.variational.evaluation import Reading, read_pointwise
from mitk.variational.neural import CrossFitted
from mitk.variational.training import merged

Array = jax.Array


class CrossPredictors(nnx.Module):
    """Encoders of both sides, and decoders from each code to each side.

    Parameters
    ----------
    dim_x, dim_y, embedding, width, depth : int
    rngs : nnx.Rngs
    """

    def __init__(self, dim_x: int, dim_y: int, *, embedding: int, width: int, depth: int, rngs: nnx.Rngs) -> None:
        def net(inputs: int, outputs: int) -> MLP:
            return MLP(inputs, outputs, width=width, depth=depth, rngs=rngs)

        self.encode_x, self.encode_y = net(dim_x, embedding), net(dim_y, embedding)
        self.x_from_x, self.x_from_y = net(embedding, dim_x), net(embedding, dim_x)
        self.y_from_x, self.y_from_y = net(embedding, dim_y), net(embedding, dim_y)

    def losses(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Mean squared errors of a column: of each side from its own code, and from that of the other."""
        u, v = self.encode_x(x), self.encode_y(y)
        own = jnp.mean((self.x_from_x(u) - x) ** 2) + jnp.mean((self.y_from_y(v) - y) ** 2)
        cross = jnp.mean((self.x_from_y(v) - x) ** 2) + jnp.mean((self.y_from_x(u) - y) ** 2)
        return own, cross


@dataclass(frozen=True)
class LatentLearner:
    """Reconstruction and cross-prediction of both sides from short codes."""

    dim_x: int
    dim_y: int
    embedding: int
    width: int
    depth: int

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained networks."""
        return CrossPredictors(
            self.dim_x, self.dim_y, embedding=self.embedding, width=self.width, depth=self.depth, rngs=rngs
        )

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Sum of the four errors."""
        own, cross = module.losses(x, y)
        return own + cross, memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Minus the errors of cross-prediction: what is shared is what the codes are for."""
        return -module.losses(x, y)[1]


@functools.lru_cache(maxsize=16)
def _codes(learner: LatentLearner) -> Callable[..., Any]:
    def encode(parameters: Array, x: Array, y: Array) -> tuple[Array, Array]:
        module = merged(learner, parameters)
        return module.encode_x(x), module.encode_y(y)

    return jax.jit(encode)


@dataclass(frozen=True, kw_only=True)
class LMI(CrossFitted):
    """Latent mutual information: cross-predicting autoencoders, then nearest neighbours in their codes.

    Parameters
    ----------
    embedding : int, default 4
        Columns of a code. The paper takes 8; neighbours resolve fewer better, and dependence that needs more is missed.
    width, depth : int, default 128, 2
        Of the encoders and decoders.
    k : int, default 3
        Neighbours.

    Notes
    -----
    The squared errors of x'(z_x), y'(z_y), x'(z_y) and y'(z_x) are made small together on the training rows; KSG on the
    normal scores of the codes of held-out rows is the value. Codes are functions of their sides, so by data processing
    it lies below the information, up to the error of KSG. For sides of hundreds of columns that share a few dimensions.

    References
    ----------
    * G. Gowri et al., "Approximating mutual information of high-dimensional variables using learned representations",
      NeurIPS 2024, arXiv:2409.02732.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.standard_normal((500, 1))
    >>> x = shared + 0.5 * rng.standard_normal((500, 1)) * np.ones((1, 20))
    >>> y = -shared * np.ones((1, 20))                            # truth: 0.5 ln(1 + 4) = 0.805 nats
    >>> r = LMI(steps=200, width=16, embedding=1, folds=2).fit(x, y)
    >>> 0.5 < r.value < 1.1
    True
    """

    folds: int = 2
    batch: int = 256
    embedding: int = 4
    width: int = 128
    depth: int = 2
    k: int = 3

    @property
    def tags(self) -> Tags:
        """Many columns that share few dimensions."""
        return self._tagged(
            "hundreds of columns that share few dimensions; neighbours in learned codes",
            data=frozenset({"continuous", "tied", "count", "label"}),
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        for name, least in (("embedding", 1), ("width", 1), ("depth", 0), ("k", 1)):
            whole(name, getattr(self, name), least)

    def _learner(self, x: np.ndarray, y: np.ndarray) -> LatentLearner:
        return LatentLearner(x.shape[1], y.shape[1], self.embedding, self.width, self.depth)

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        program, found = _codes(learner), np.zeros(len(x))
        for parameters in networks:
            u, v = (normal_scores(np.asarray(code, dtype=np.float64)) for code in program(parameters, x, y))
            found += ksg_contributions(u, v, min(self.k, len(x) - 1), variant=1)
        return read_pointwise(found / len(networks))

    def _gates(self, value: float, error: float, readings: list[Reading], remedy: Callable[..., str]) -> list[Reason]:
        rows = min(len(found.pointwise) for found in readings)
        if value < math.log(rows) - 2.0:
            return []
        return [
            Reason(
                "ceiling",
                f"Neighbours among {rows} held-out rows resolve no more than about {math.log(rows):.1f} nats",
                f"collect more rows, or {remedy('residual-entropy')}",
            )
        ]
