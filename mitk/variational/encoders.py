"""Networks that turn rows into vectors: what critics and densities are made of."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import jax
from flax import nnx

Array = jax.Array
# Columns in, columns out, source of the first parameters -> a module that maps (n, in) to (n, out).
Encoder = Callable[[int, int, nnx.Rngs], nnx.Module]


class MLP(nnx.Module):
    """Fully connected layers with GELU between them.

    Parameters
    ----------
    inputs, outputs : int
        Columns in and out.
    width : int, default 64
        Of each hidden layer.
    depth : int, default 2
        Hidden layers; 0 is a linear map.
    zero : bool, default False
        Start with an output of exactly 0.
    rngs : nnx.Rngs

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> MLP(3, 2, rngs=nnx.Rngs(0))(jnp.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self, inputs: int, outputs: int, *, width: int = 64, depth: int = 2, zero: bool = False, rngs: nnx.Rngs
    ) -> None:
        sizes = [inputs, *[width] * depth]
        self.hidden = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in itertools.pairwise(sizes)])
        start = nnx.initializers.zeros_init() if zero else nnx.initializers.lecun_normal()
        self.last = nnx.Linear(sizes[-1], outputs, kernel_init=start, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        """Map rows of shape (..., inputs) to (..., outputs)."""
        for layer in self.hidden:
            x = nnx.gelu(layer(x))
        return self.last(x)


class ConvNet(nnx.Module):
    """Two strided 3 x 3 convolutions and one hidden layer, for rows that hold an image each.

    Parameters
    ----------
    inputs, outputs : int
        Columns in (height x width x channels, the channel last) and out.
    shape : tuple of int
        (height, width) or (height, width, channels).
    channels : int, default 16
        Of the first convolution; the second has twice as many.
    width : int, default 64
        Of the hidden layer.
    rngs : nnx.Rngs

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> ConvNet(64, 4, shape=(8, 8), rngs=nnx.Rngs(0))(jnp.ones((5, 64))).shape
    (5, 4)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        shape: tuple[int, ...],
        channels: int = 16,
        width: int = 64,
        rngs: nnx.Rngs,
    ) -> None:
        self.shape = (*shape, 1)[:3]
        height, across, depth = self.shape
        if height * across * depth != inputs:
            raise ValueError(f"`shape` must multiply to the {inputs} columns of a row, got {shape}.")
        self.first = nnx.Conv(depth, channels, (3, 3), strides=2, rngs=rngs)
        self.second = nnx.Conv(channels, 2 * channels, (3, 3), strides=2, rngs=rngs)
        left = -(-height // 4) * -(-across // 4) * 2 * channels
        self.head = MLP(left, outputs, width=width, depth=1, rngs=rngs)

    def __call__(self, x: Array) -> Array:
        """Map rows of shape (n, height x width x channels) to (n, outputs)."""
        x = nnx.gelu(self.first(x.reshape(-1, *self.shape)))
        x = nnx.gelu(self.second(x))
        return self.head(x.reshape(x.shape[0], -1))


def images(shape: tuple[int, ...], channels: int = 16, width: int = 64) -> Encoder:
    """An `encoder` for rows that hold an image each.

    Parameters
    ----------
    shape : tuple of int
        (height, width) or (height, width, channels).
    channels, width : int
        Of the `ConvNet`.

    Returns
    -------
    callable
    """
    return _Images(shape, channels, width)


class _Images(tuple):
    """A hashable factory: programs are compiled once for equal settings."""

    def __new__(cls, shape: tuple[int, ...], channels: int, width: int) -> _Images:
        return super().__new__(cls, (tuple(shape), channels, width))

    def __call__(self, inputs: int, outputs: int, rngs: nnx.Rngs) -> nnx.Module:
        shape, channels, width = self
        return ConvNet(inputs, outputs, shape=shape, channels=channels, width=width, rngs=rngs)
