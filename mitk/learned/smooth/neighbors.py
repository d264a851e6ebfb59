"""Nearest-neighbour information with a gradient, in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from scipy.special import digamma, polygamma

from mitk.learned.statistics.neighbors import MOST, NEIGHBORS


@jax.checkpoint
def contributions(x: jax.Array, y: jax.Array, live: jax.Array) -> jax.Array:
    """Contributions to the neighbour information among the rows that the mask `live` picks, (3, n), in nats.

    Counts are exact; their gradient is that of sums of sigmoid((radius - distance) / tau), tau a quarter of the radius.

    Parameters
    ----------
    x, y : ndarray of shape (n, dx), (n, dy)
    live : ndarray of shape (n,), bool
    """
    n = len(x)
    count = jnp.sum(live)
    neighbors = jnp.clip(jnp.minimum(jnp.asarray(NEIGHBORS), count - 1), 1, n - 1)
    far = jnp.stack([jnp.max(jnp.abs(side[:, None] - side), axis=-1) for side in (x, y)])
    joint = jnp.max(far, axis=0)
    others = live & ~jnp.eye(n, dtype=bool)
    _, nearest = jax.lax.top_k(-stop_gradient(jnp.where(others, joint, jnp.inf)), min(MOST, n - 1))
    radius = jnp.take_along_axis(joint, nearest[:, neighbors - 1], axis=1)
    # Axes: side, row, number of neighbours, other row.
    edge, apart = radius[None, :, :, None], far[:, :, None, :]
    counted = jnp.maximum(jnp.sum(live & (apart < edge), axis=-1), 1)
    width = 0.25 * stop_gradient(edge) + 1e-3
    soft = jnp.sum(jax.nn.sigmoid((edge - apart) / width) * others[None, :, None], axis=-1)
    places = np.arange(n + 1).clip(1)
    psi = jnp.asarray(digamma(places), dtype=jnp.float32)
    slope = jnp.asarray(polygamma(1, places), dtype=jnp.float32)
    digammas = psi[counted] + slope[counted] * (soft - stop_gradient(soft))
    return (psi[neighbors] + psi[count])[:, None] - digammas.sum(axis=0).T


def mean_of_first(parts: jax.Array, live: jax.Array, asked: int | jax.Array) -> jax.Array:
    """Means (3,) of contributions (3, n) over the first `asked` of the rows that the mask picks."""
    rows = live & (jnp.cumsum(live) <= asked)
    return parts @ rows / jnp.maximum(jnp.sum(rows), 1)
