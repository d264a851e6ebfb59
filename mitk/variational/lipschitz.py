"""Networks whose slope is at most 1 by construction, and the dual distance that they are trained by."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from mitk.variational.encoders import MLP
from mitk.variational.training import merged

Array = jax.Array
# Product pairs that each row of a batch enters.
SHIFTS = 4
# Steps of the iteration that makes weights orthogonal.
POLAR_STEPS = 15


def polar(weight: Array) -> Array:
    """The nearest matrix with orthonormal columns (or rows), by the iteration of Bjorck and Bowie.

    Parameters
    ----------
    weight : Array of shape (a, b)

    Returns
    -------
    Array of shape (a, b)
        Orthonormal to float32 where no singular value is below some thousandth of the largest; no singular value
        exceeds 1 by more than rounding in any case.
    """
    # A bound of the largest singular value; the iteration needs one below sqrt 3. What it converges to has no size.
    fixed = jnp.abs(jax.lax.stop_gradient(weight))
    size = jnp.sqrt(fixed.sum(axis=0).max() * fixed.sum(axis=1).max())
    wide = weight.shape[0] < weight.shape[1]
    start = (weight.T if wide else weight) / size

    def step(w: Array, _: None) -> tuple[Array, None]:
        return w @ (1.5 * jnp.eye(w.shape[1]) - 0.5 * w.T @ w), None

    found, _ = jax.lax.scan(step, start, length=POLAR_STEPS)
    return found.T if wide else found


def group_sort(z: Array) -> Array:
    """Sort neighbouring pairs of the last axis, whose length is even: MaxMin of Anil, Lucas and Grosse."""
    first, second = z[..., ::2], z[..., 1::2]
    # A choice has a finite gradient however the values are rounded.
    ordered = first > second
    return jnp.concatenate([jnp.where(ordered, first, second), jnp.where(ordered, second, first)], axis=-1)


class Orthogonal(nnx.Module):
    """f(x, y): orthogonal layers with GroupSort between them, hence 1-Lipschitz.

    Parameters
    ----------
    dim_x, dim_y : int
    metric : {"l2", "l1sum"}
        In "l1sum" the slopes in x and in y are at most 1 each; in "l2" their squares sum to at most 1.
    width : int
        Even, and at least as many as the columns of a side.
    depth : int
        Hidden layers.
    rngs : nnx.Rngs

    Examples
    --------
    >>> f = Orthogonal(2, 1, metric="l2", width=8, depth=2, rngs=nnx.Rngs(0))
    >>> f(jnp.ones((5, 2)), jnp.ones((5, 1))).shape
    (5,)
    """

    def __init__(self, dim_x: int, dim_y: int, *, metric: str, width: int, depth: int, rngs: nnx.Rngs) -> None:
        self.dim_x, self.metric = dim_x, metric
        sizes = [dim_x + dim_y, *[width] * depth]
        start = nnx.initializers.orthogonal()
        self.weights = nnx.List([nnx.Param(start(rngs.params(), (b, a))) for a, b in itertools.pairwise(sizes)])
        self.shifts = nnx.List([nnx.Param(jnp.zeros(b)) for b in sizes[1:]])
        self.last = nnx.Param(start(rngs.params(), (1, sizes[-1])))

    def layers(self) -> list[Array]:
        """Weights as they act, the last of them a row."""
        first = self.weights[0][...]
        if self.metric == "l1sum":
            joined = jnp.concatenate([polar(first[:, : self.dim_x]), polar(first[:, self.dim_x :])], axis=1)
        else:
            joined = polar(first)
        row = self.last[...]
        return [joined, *(polar(w[...]) for w in self.weights[1:]), row / jnp.sqrt(jnp.sum(row**2))]

    def __call__(self, x: Array, y: Array) -> Array:
        """Values of paired rows, shape (n,)."""
        z = jnp.concatenate([x, y], axis=1)
        *hidden, last = self.layers()
        for weight, shift in zip(hidden, self.shifts, strict=True):
            z = group_sort(z @ weight.T + shift[...])
        return (z @ last.T)[:, 0]


class Free(nnx.Module):
    """f(x, y) of any slope: a fully connected network, to be held by a penalty."""

    def __init__(self, dim_x: int, dim_y: int, *, width: int, depth: int, rngs: nnx.Rngs) -> None:
        self.network = MLP(dim_x + dim_y, 1, width=width, depth=depth, rngs=rngs)

    def __call__(self, x: Array, y: Array) -> Array:
        """Values of paired rows, shape (n,)."""
        return self.network(jnp.concatenate([x, y], axis=1))[:, 0]


def slopes(f: Any, x: Array, y: Array, metric: str) -> Array:
    """Lipschitz slope of f at paired rows in the ground metric, shape (n,)."""
    in_x, in_y = jax.grad(lambda a, b: f(a, b).sum(), argnums=(0, 1))(x, y)
    square_x, square_y = jnp.sum(in_x**2, axis=1), jnp.sum(in_y**2, axis=1)
    # Rounded off at 0, where the root has no slope of its own.
    return jnp.sqrt((jnp.maximum(square_x, square_y) if metric == "l1sum" else square_x + square_y) + 1e-12)


@dataclass(frozen=True)
class DualLearner:
    """A critic trained by E_joint f - E_product f.

    Attributes
    ----------
    dim_x, dim_y : int
    metric : {"l2", "l1sum"}
    lipschitz : {"orthogonal", "penalty"}
        By construction, or by lambda E (|grad f| - 1)^2 on segments between joint and product points, as in the paper.
    penalty : float
        lambda.
    width, depth : int
    """

    dim_x: int
    dim_y: int
    metric: str = "l2"
    lipschitz: str = "orthogonal"
    penalty: float = 10.0
    width: int = 64
    depth: int = 2

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained critic."""
        if self.lipschitz == "penalty":
            return Free(self.dim_x, self.dim_y, width=self.width, depth=self.depth, rngs=rngs)
        return Orthogonal(self.dim_x, self.dim_y, metric=self.metric, width=self.width, depth=self.depth, rngs=rngs)

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Minus the dual value of a batch, and the penalty."""
        value = _dual(module, x, y)
        if self.lipschitz == "orthogonal":
            return -value, memory
        along = jax.random.uniform(key, (len(y), 1))
        between = along * y + (1.0 - along) * jnp.roll(y, 1, axis=0)
        return -value + self.penalty * jnp.mean((slopes(module, x, between, self.metric) - 1.0) ** 2), memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Dual value; a penalised critic is divided by its largest slope where that exceeds 1."""
        value = _dual(module, x, y)
        if self.lipschitz == "orthogonal":
            return value
        return value / jnp.maximum(jnp.max(slopes(module, x, jnp.roll(y, 1, axis=0), self.metric)), 1.0)


def _dual(module: Any, x: Array, y: Array) -> Array:
    # All pairs in one pass, so that the weights are made orthogonal once.
    partners = jnp.concatenate([jnp.roll(y, s, axis=0) for s in range(SHIFTS + 1)])
    own, *strange = module(jnp.tile(x, (SHIFTS + 1, 1)), partners).reshape(SHIFTS + 1, -1)
    return jnp.mean(own) - jnp.mean(jnp.stack(strange))


class Critic:
    """A trained critic on the host.

    Parameters
    ----------
    learner : DualLearner
    parameters : ndarray of shape (p,)
    """

    def __init__(self, learner: DualLearner, parameters: np.ndarray) -> None:
        self.learner, self.parameters = learner, jnp.asarray(parameters)
        self.orthogonal = learner.lipschitz == "orthogonal"
        if self.orthogonal:
            layers, shifts = _acting(learner)(self.parameters)
            self.layers = [np.asarray(w, dtype=np.float64) for w in layers]
            self.shifts = [np.asarray(b, dtype=np.float64) for b in shifts]

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Values of paired rows, shape (n,), float64."""
        if not self.orthogonal:
            return np.asarray(_seen(self.learner)(self.parameters, _single(x), _single(y))[0], dtype=np.float64)
        z = np.hstack([x, y])
        for weight, shift in zip(self.layers, self.shifts, strict=False):
            pairs = np.sort((z @ weight.T + shift).reshape(len(z), -1, 2), axis=2)
            z = np.hstack([pairs[:, :, 1], pairs[:, :, 0]])
        return (z @ self.layers[-1].T)[:, 0]

    def constant(self, x: np.ndarray, y: np.ndarray) -> float:
        """A Lipschitz constant: certified by construction, or the largest slope seen at pairs of rows.

        The certificate is the product of the largest singular values of the layers as they act, in float64.
        """
        if self.orthogonal:
            first, *rest = self.layers
            dim_x = self.learner.dim_x
            sides = [first[:, :dim_x], first[:, dim_x:]] if self.learner.metric == "l1sum" else [first]
            norms = [max(np.linalg.norm(side, 2) for side in sides), *(np.linalg.norm(w, 2) for w in rest)]
            return float(np.prod(norms))
        pairs = (_single(np.roll(y, s, axis=0)) for s in range(2))
        return float(max(_seen(self.learner)(self.parameters, _single(x), b)[1].max() for b in pairs))


@functools.lru_cache(maxsize=32)
def _acting(learner: DualLearner) -> Any:
    def acting(parameters: Array) -> tuple[list[Array], list[Array]]:
        module = merged(learner, parameters)
        return module.layers(), [shift[...] for shift in module.shifts]

    return jax.jit(acting)


@functools.lru_cache(maxsize=32)
def _seen(learner: DualLearner) -> Any:
    def seen(parameters: Array, x: Array, y: Array) -> tuple[Array, Array]:
        module = merged(learner, parameters)
        return module(x, y), slopes(module, x, y, learner.metric)

    return jax.jit(seen)


def _single(rows: np.ndarray) -> Array:
    return jnp.asarray(rows, dtype=jnp.float32)
