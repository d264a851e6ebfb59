"""Critics: functions f(x, y) that score pairs of rows, as flax modules.

A critic maps x of shape (a, dx) and y of shape (b, dy) to scores of shape (a, b), one for every pair. `Separable`,
`Bilinear` and `Quadratic` cost two passes of their encoders and a product of matrices; `Hybrid` a small head and
`Concatenated` a whole network for each of the a b pairs.
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from mitk.variational.encoders import MLP, Encoder

Array = jax.Array


class Separable(nnx.Module):
    """f(x, y) = g(x) . h(y).

    Parameters
    ----------
    encode_x, encode_y : nnx.Module
        Rows to (n, embedding).
    """

    def __init__(self, encode_x: nnx.Module, encode_y: nnx.Module) -> None:
        self.encode_x, self.encode_y = encode_x, encode_y

    def __call__(self, x: Array, y: Array) -> Array:
        """Scores of all pairs, shape (a, b)."""
        return self.encode_x(x) @ self.encode_y(y).T


class Bilinear(nnx.Module):
    """f(x, y) = g(x)^T W h(y), W starting at the unit matrix.

    Parameters
    ----------
    encode_x, encode_y : nnx.Module
    embedding : int
    """

    def __init__(self, encode_x: nnx.Module, encode_y: nnx.Module, embedding: int) -> None:
        self.encode_x, self.encode_y = encode_x, encode_y
        self.weight = nnx.Param(jnp.eye(embedding) / jnp.sqrt(embedding))

    def __call__(self, x: Array, y: Array) -> Array:
        """Scores of all pairs, shape (a, b)."""
        return self.encode_x(x) @ self.weight[...] @ self.encode_y(y).T


class Quadratic(nnx.Module):
    """The full quadratic form of g(x) and h(y): exact for variates that are jointly Gaussian.

    f(x, y) = g^T W h + g^T A g + h^T B h + a . g + b . h, with W starting at the unit matrix and the rest at 0. A
    product alone lacks the squares that the log ratio of a Gaussian pair has.

    Parameters
    ----------
    encode_x, encode_y : nnx.Module
    embedding : int
    """

    def __init__(self, encode_x: nnx.Module, encode_y: nnx.Module, embedding: int) -> None:
        self.encode_x, self.encode_y = encode_x, encode_y
        self.weight = nnx.Param(jnp.eye(embedding) / jnp.sqrt(embedding))
        self.square_x, self.square_y = nnx.Param(jnp.zeros((embedding,) * 2)), nnx.Param(jnp.zeros((embedding,) * 2))
        self.slope_x, self.slope_y = nnx.Param(jnp.zeros(embedding)), nnx.Param(jnp.zeros(embedding))

    def __call__(self, x: Array, y: Array) -> Array:
        """Scores of all pairs, shape (a, b)."""
        g, h = self.encode_x(x), self.encode_y(y)
        own_x = jnp.sum((g @ self.square_x[...] + self.slope_x[...]) * g, axis=1)
        own_y = jnp.sum((h @ self.square_y[...] + self.slope_y[...]) * h, axis=1)
        return g @ self.weight[...] @ h.T + own_x[:, None] + own_y[None, :]


class Concatenated(nnx.Module):
    """f(x, y) = MLP([x, y]): the most flexible, at a pass of the whole network for each pair.

    Parameters
    ----------
    dim_x, dim_y : int
    width, depth : int
        Of the network.
    rngs : nnx.Rngs
    """

    def __init__(self, dim_x: int, dim_y: int, *, width: int, depth: int, rngs: nnx.Rngs) -> None:
        # The first layer of a joined row is a sum of two, so it is taken once a row and not once a pair.
        self.first_x = nnx.Linear(dim_x, width, use_bias=False, rngs=rngs)
        self.first_y = nnx.Linear(dim_y, width, rngs=rngs)
        self.rest = MLP(width, 1, width=width, depth=max(depth - 1, 0), rngs=rngs)

    def __call__(self, x: Array, y: Array) -> Array:
        """Scores of all pairs, shape (a, b)."""
        joined = self.first_x(x)[:, None, :] + self.first_y(y)[None, :, :]
        return self.rest(nnx.gelu(joined))[..., 0]


class Hybrid(nnx.Module):
    """f(x, y) = MLP([g(x), h(y)]): encoders once a row, a small head for each pair.

    It does not inflate the embedding that a dependence needs, as products do.

    Parameters
    ----------
    encode_x, encode_y : nnx.Module
    embedding : int
    width : int
        Of the head's one hidden layer.
    rngs : nnx.Rngs
    """

    def __init__(
        self, encode_x: nnx.Module, encode_y: nnx.Module, embedding: int, *, width: int, rngs: nnx.Rngs
    ) -> None:
        self.encode_x, self.encode_y = encode_x, encode_y
        self.head = Concatenated(embedding, embedding, width=width, depth=2, rngs=rngs)

    def __call__(self, x: Array, y: Array) -> Array:
        """Scores of all pairs, shape (a, b)."""
        return self.head(nnx.gelu(self.encode_x(x)), nnx.gelu(self.encode_y(y)))


class StochasticEncoder(nnx.Module):
    """An encoder with a mean and a variance for each row: the stochastic encoder of VSIB.

    Called with `noise` it draws mu + sigma e; without, it returns mu, as evaluation wants.

    Parameters
    ----------
    encoder : nnx.Module
        Rows to (n, embedding).
    embedding : int
    rngs : nnx.Rngs
    """

    def __init__(self, encoder: nnx.Module, embedding: int, *, rngs: nnx.Rngs) -> None:
        self.encoder = encoder
        self.mean = nnx.Linear(embedding, embedding, rngs=rngs)
        self.spread = nnx.Linear(embedding, embedding, rngs=rngs)

    def moments(self, x: Array) -> tuple[Array, Array]:
        """Mean and log variance of each row's code, both of shape (n, embedding)."""
        hidden = nnx.gelu(self.encoder(x))
        return self.mean(hidden), jnp.clip(self.spread(hidden), -10.0, 4.0)

    def __call__(self, x: Array) -> Array:
        """Codes without noise."""
        return self.moments(x)[0]


class Probabilistic(nnx.Module):
    """A critic on stochastic codes of both sides: z = mu + sigma e in training, mu in evaluation.

    Parameters
    ----------
    encode_x, encode_y : nnx.Module
    embedding : int
    critic : nnx.Module
        Scores codes.
    rngs : nnx.Rngs
    """

    def __init__(
        self, encode_x: nnx.Module, encode_y: nnx.Module, embedding: int, critic: nnx.Module, *, rngs: nnx.Rngs
    ) -> None:
        self.code_x = StochasticEncoder(encode_x, embedding, rngs=rngs)
        self.code_y = StochasticEncoder(encode_y, embedding, rngs=rngs)
        self.critic = critic

    def __call__(self, x: Array, y: Array) -> Array:
        """Scores of all pairs, shape (a, b)."""
        return self.critic(self.code_x(x), self.code_y(y))

    def drawn(self, x: Array, y: Array, key: Array) -> tuple[Array, Array]:
        """Scores of drawn codes, and the rate KL(code || N(0, I)) of both sides together, mean over rows, nats."""
        codes, rate = [], jnp.zeros(())
        for stochastic, rows, own in zip((self.code_x, self.code_y), (x, y), jax.random.split(key), strict=True):
            mean, log_variance = stochastic.moments(rows)
            codes.append(mean + jnp.exp(log_variance / 2.0) * jax.random.normal(own, mean.shape))
            rate += 0.5 * jnp.mean(jnp.sum(mean**2 + jnp.exp(log_variance) - 1.0 - log_variance, axis=1))
        return self.critic(*codes), rate


class _Same(nnx.Module):
    """What `Probabilistic` leaves of the encoders of the critic inside it."""

    def __call__(self, x: Array) -> Array:
        """Codes without noise."""
        return x


CRITICS = ("separable", "bilinear", "quadratic", "hybrid", "concatenated")


def critic(
    kind: str,
    dim_x: int,
    dim_y: int,
    *,
    embedding: int = 32,
    width: int = 64,
    depth: int = 2,
    encoder: Encoder | tuple[Encoder, Encoder] | None = None,
    probabilistic: bool = False,
    rngs: nnx.Rngs,
) -> Any:
    """Build a critic by name.

    Parameters
    ----------
    kind : {"separable", "bilinear", "quadratic", "hybrid", "concatenated"}
    dim_x, dim_y : int
        Columns of each side.
    embedding : int, default 32
        Columns of g(x) and h(y).
    width, depth : int, default 64, 2
        Hidden layers of the default encoders, of the head and of the concatenated network.
    encoder : callable or pair of callables, optional
        ``encoder(inputs, outputs, rngs)`` returns the module for a side; an `MLP` by default.
    probabilistic : bool, default False
        Wrap it in stochastic codes (VSIB).
    rngs : nnx.Rngs

    Returns
    -------
    nnx.Module

    Examples
    --------
    >>> f = critic("hybrid", 3, 2, rngs=nnx.Rngs(0))
    >>> f(jnp.ones((5, 3)), jnp.ones((7, 2))).shape
    (5, 7)
    """
    plain: Encoder = functools.partial(_mlp, width=width, depth=depth)
    make_x, make_y = encoder if isinstance(encoder, tuple) else (encoder or plain,) * 2
    if probabilistic:
        codes = make_x(dim_x, embedding, rngs), make_y(dim_y, embedding, rngs)
        if kind == "concatenated":
            inner: Any = Concatenated(embedding, embedding, width=width, depth=depth, rngs=rngs)
        else:
            inner = _joined(kind, _Same(), _Same(), embedding, width, rngs)
        return Probabilistic(*codes, embedding, inner, rngs=rngs)
    if kind == "concatenated":
        return Concatenated(dim_x, dim_y, width=width, depth=depth, rngs=rngs)
    return _joined(kind, make_x(dim_x, embedding, rngs), make_y(dim_y, embedding, rngs), embedding, width, rngs)


def _joined(kind: str, encode_x: nnx.Module, encode_y: nnx.Module, embedding: int, width: int, rngs: nnx.Rngs) -> Any:
    if kind == "separable":
        return Separable(encode_x, encode_y)
    if kind == "bilinear":
        return Bilinear(encode_x, encode_y, embedding)
    if kind == "quadratic":
        return Quadratic(encode_x, encode_y, embedding)
    return Hybrid(encode_x, encode_y, embedding, width=min(width, 32), rngs=rngs)


def _mlp(inputs: int, outputs: int, rngs: nnx.Rngs, *, width: int, depth: int) -> nnx.Module:
    return MLP(inputs, outputs, width=width, depth=depth, rngs=rngs)
