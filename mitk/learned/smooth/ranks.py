"""Normal scores with a gradient, and the order of rows that depends on the ranks alone, in JAX."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from scipy.special import ndtri

from mitk.learned.statistics.order import mixed


def normal_scores(values: jax.Array, live: jax.Array | None = None) -> tuple[jax.Array, jax.Array]:
    """Normal scores of `values` (n, d) among the rows that the mask `live` picks, and twice the ranks, int32 (n, d).

    The scores are those of the exact average ranks. Their gradient is that of soft ranks,
    sum_j sigmoid((x_i - x_j) / tau_i) with tau_i about sqrt(n) / 4 times the spacing of the rows around x_i: ranks
    themselves have none. Rows that are not picked are between others, and mean nothing.
    """
    rows = jnp.ones(len(values), dtype=bool) if live is None else live
    ranks, doubled = jax.vmap(_ranks, in_axes=(1, None), out_axes=1)(values, rows)
    return jax.scipy.special.ndtri(ranks / (jnp.sum(rows) + 1.0)), doubled


@jax.checkpoint
def _ranks(column: jax.Array, rows: jax.Array) -> tuple[jax.Array, jax.Array]:
    n = jnp.sum(rows)
    apart = column[:, None] - column
    doubled = 2 * jnp.sum(rows & (apart > 0.0), axis=1) + jnp.sum(rows & (apart == 0.0), axis=1) + 1
    reach = jnp.maximum(1, jnp.round(jnp.sqrt(n) / 2.0).astype(int))
    ordered, place = jnp.sort(jnp.where(rows, stop_gradient(column), jnp.inf)), (doubled - 2) // 2
    low, high = jnp.clip(place - reach, 0, n - 1), jnp.clip(place + reach, 0, n - 1)
    width = (ordered[high] - ordered[low]) / jnp.maximum(high - low, 1) * reach / 2.0
    # Tied rows have no spacing: a share of the whole column's stands in.
    middle = ordered[(3 * n) // 4] - ordered[n // 4]
    least = jnp.maximum(0.01 * middle, 1e-4 * (ordered[n - 1] - ordered[0]))
    width = jnp.maximum(width, jnp.where(least > 0.0, least, 1.0))
    soft = jnp.sum(jax.nn.sigmoid(apart / width[:, None]) * rows, axis=1)
    return doubled / 2.0 + (soft - stop_gradient(soft)), doubled.astype(jnp.int32)


def row_order(doubled: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The order of rows of `mitk.learned.statistics.order.arrangement` and, in that order, which half a row belongs to.

    Parameters
    ----------
    doubled : ndarray of shape (n, dx + dy), int32
        Twice the ranks.

    Returns
    -------
    order : ndarray of shape (n,), int
    half : ndarray of shape (n,), bool
    """
    # Sums of 64-bit keys, in 16-bit limbs: JAX has no wider integers than 32 bits by default.
    first, second, third, fourth = jnp.moveaxis(_hashes(len(doubled))[doubled].sum(axis=1, dtype=jnp.uint32), 1, 0)
    second += first >> 16
    third += second >> 16
    fourth += third >> 16
    low = (second << 16) | (first & 0xFFFF)
    high = (fourth << 16) | (third & 0xFFFF)
    high, low = _finalised(high, low)
    order = jnp.lexsort((low, high))
    return order, (low[order] >> 7) & 1 == 0


def _hashes(n: int) -> jax.Array:
    """Hash of the normal score at each doubled rank, as 16-bit limbs, least significant first; (2n + 1, 4) uint32."""
    scores = ndtri(np.arange(1, 2 * n + 1) / 2.0 / (n + 1.0))
    with np.errstate(over="ignore"):
        keys = mixed(np.round(np.append(0.0, scores) * 2.0**40).astype(np.int64).view(np.uint64))
    shifts = np.arange(0, 64, 16, dtype=np.uint64)
    return jnp.asarray((keys[:, None] >> shifts) & np.uint64(0xFFFF), dtype=jnp.uint32)


def _finalised(high: jax.Array, low: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The finaliser of SplitMix64 on 64-bit integers in two halves."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        high, low = _product(*_shifted(high, low, shift), factor)
    return _shifted(high, low, 31)


def _shifted(high: jax.Array, low: jax.Array, shift: int) -> tuple[jax.Array, jax.Array]:
    return high ^ (high >> shift), low ^ ((high << (32 - shift)) | (low >> shift))


def _product(high: jax.Array, low: jax.Array, factor: int) -> tuple[jax.Array, jax.Array]:
    number = partial(jnp.asarray, dtype=jnp.uint32)
    b0, b1 = number(factor & 0xFFFF), number((factor >> 16) & 0xFFFF)
    a0, a1 = low & 0xFFFF, low >> 16
    least = a0 * b0
    inner = a0 * b1 + (least >> 16)
    outer = a1 * b0 + (inner & 0xFFFF)
    carried = a1 * b1 + (inner >> 16) + (outer >> 16)
    carried += high * number(factor & 0xFFFFFFFF) + low * number(factor >> 32)
    return carried, (outer << 16) | (least & 0xFFFF)
