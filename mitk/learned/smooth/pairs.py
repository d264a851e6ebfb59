"""Canonical and polynomial variates with a gradient, in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient
from jax.scipy.linalg import solve_triangular

from mitk.learned.statistics.canonical import PAIRED_AT, RIDGES
from mitk.learned.statistics.formulas import KEPT, Pairing, basis, curved_statistics, deviation, information
from mitk.learned.statistics.nonlinear import RIDGE, Curved

# Squared singular values nearer than its root count as equal: their vectors' gradient would grow without bound.
NEAR = 1e-5


def canonical(
    blocks: tuple[jax.Array, jax.Array, jax.Array], ridge: jax.Array | float, maps: tuple[jax.Array, jax.Array]
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Give a canonical analysis its gradient.

    `maps` solve the problem for the values of the blocks. How the solution changes with them to the first order is
    added, without a share in the value; the derivative through LAPACK's decompositions would not be finite where
    singular values are equal, and slow to compile.

    Parameters
    ----------
    blocks : tuple of ndarrays of shape (dx, dx), (dy, dy), (dx, dy)
        Covariance of x, of y, and of x with y.
    ridge : float
        Added to the variances.
    maps : tuple of ndarrays of shape (dx, dx), (dy, dy)
        Whiten the sides, and turn them so that their covariance is diagonal.

    Returns
    -------
    s : ndarray of shape (min(dx, dy),)
    map_x, map_y : ndarray of shape (dx, dx), (dy, dy)
    """
    block_x, block_y, cross = blocks
    map_x, map_y = (stop_gradient(m) for m in maps)
    dx, dy = cross.shape
    size, r = max(dx, dy), min(dx, dy)
    stretch_x = 0.5 * _change(map_x.T @ (block_x + ridge * jnp.eye(dx)) @ map_x)
    stretch_y = 0.5 * _change(map_y.T @ (block_y + ridge * jnp.eye(dy)) @ map_y)
    turned = map_x.T @ cross @ map_y
    at = stop_gradient(turned)
    s = jnp.diagonal(at)
    change = _change(turned) - stretch_x @ at - at @ stretch_y
    # Variates without a partner have one of correlation zero.
    wide = jnp.pad(change, [(0, size - dx), (0, size - dy)])
    columns = jnp.pad(s, (0, size - r))
    rows = columns[:, None]
    gap = columns**2 - rows**2
    inverse = gap / (gap**2 + NEAR)
    turn_x = (inverse * (wide * columns + rows * wide.T))[:dx, :dx]
    turn_y = (inverse * (rows * wide + wide.T * columns))[:dy, :dy]
    return s + jnp.diagonal(change), map_x + map_x @ (turn_x - stretch_x), map_y + map_y @ (turn_y - stretch_y)


def _change(values: jax.Array) -> jax.Array:
    """Zero, with the gradient of `values`."""
    return values - stop_gradient(values)


def pairing(zx: jax.Array, zy: jax.Array) -> Pairing:
    """Pair the sides `zx` (n, dx) and `zy` (n, dy) of unit variance."""
    n, dx = zx.shape
    dy = zy.shape[1]
    blocks = zx.T @ zx / n, zy.T @ zy / n, zx.T @ zy / n
    (values_x, vectors_x), (values_y, vectors_y) = (jnp.linalg.eigh(stop_gradient(block)) for block in blocks[:2])
    turned = vectors_x.T @ stop_gradient(blocks[2]) @ vectors_y
    regular = (n > dx + dy + 2) & (jnp.minimum(values_x[0], values_y[0]) > 1e-6)

    def at(ridge: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        root_x, root_y = (1.0 / jnp.sqrt(jnp.maximum(values, 0.0) + ridge) for values in (values_x, values_y))
        left, _, right = jnp.linalg.svd(root_x[:, None] * turned * root_y)
        return canonical(blocks, ridge, (vectors_x * root_x @ left, vectors_y * root_y @ right.T))

    share = min((dx + dy) / 2.0 / n, 3.0)
    ridges = jnp.stack([*(jnp.asarray(share * strength) for strength in RIDGES), jnp.where(regular, 0.0, 1.0)])
    s, map_x, map_y = jax.vmap(at)(ridges)
    *informations, plain = information(s)
    white_x, white_y = zx @ map_x[PAIRED_AT], zy @ map_y[PAIRED_AT]
    white_x, white_y = white_x / deviation(white_x), white_y / deviation(white_y)
    r = min(dx, dy)
    spectrum_x = (values_x + jnp.diagonal(_change(vectors_x.T @ blocks[0] @ vectors_x)))[::-1]
    spectrum_y = (values_y + jnp.diagonal(_change(vectors_y.T @ blocks[1] @ vectors_y)))[::-1]
    return Pairing(
        informations,
        white_x[:, :r],
        white_y[:, :r],
        white_x,
        white_y,
        spectrum_x,
        spectrum_y,
        blocks[0],
        blocks[1],
        blocks[2],
        jnp.where(regular, plain.sum(), 0.0),
    )


def curved(paired: Pairing, half: jax.Array) -> Curved:
    """Fit polynomials on each half of the rows, judge on the other."""
    basis_x, basis_y = basis(paired.white_x), basis(paired.white_y)
    n = len(half)
    halves = jnp.stack([half, ~half])
    map_x, map_y, inside = jax.vmap(lambda rows: _fit(basis_x, basis_y, rows.astype(jnp.float32)))(halves)
    a, b = basis_x @ map_x, basis_y @ map_y
    # Both fits of a variate get the same sign.
    sign = jnp.where((a[0] * a[1] + b[0] * b[1]).mean(axis=0) < 0.0, -1.0, 1.0)
    others = (~halves).astype(jnp.float32)
    a, b = (jax.vmap(_standardised)(v, others) for v in (a, b))
    outside = jax.vmap(_mean)(a * b, others)
    p, q = (jnp.where(half[:, None], v[1] * sign, v[0]) for v in (a, b))
    enough = jnp.minimum(half.sum(), n - half.sum()) >= 4
    p, q, statistics = (jnp.where(enough, v, 0.0) for v in (p, q, curved_statistics(p, q, inside, outside)))
    return Curved(p, q, half, statistics)


def _fit(x: jax.Array, y: jax.Array, rows: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    n = jnp.maximum(rows.sum(), 1.0)
    x, y = ((side - _mean(side, rows)) * rows[:, None] for side in (x, y))
    blocks, roots = [], []
    for side in (x, y):
        width = side.shape[1]
        ridge = 1e-3 + RIDGE * jnp.minimum(width / n, 3.0)
        blocks.append(side.T @ side / n + ridge * jnp.eye(width))
        roots.append(jnp.linalg.cholesky(stop_gradient(blocks[-1])))
    cross = x.T @ y / n
    white = solve_triangular(roots[0], stop_gradient(cross), lower=True)
    white = solve_triangular(roots[1], white.T, lower=True).T
    left, _, right = jnp.linalg.svd(white)
    maps = (
        solve_triangular(roots[0], left, lower=True, trans="T"),
        solve_triangular(roots[1], right.T, lower=True, trans="T"),
    )
    s, map_x, map_y = canonical((blocks[0], blocks[1], cross), 0.0, maps)
    return map_x[:, :KEPT], map_y[:, :KEPT], s[:KEPT]


def _mean(values: jax.Array, rows: jax.Array) -> jax.Array:
    return rows @ values / jnp.maximum(rows.sum(), 1.0)


def _standardised(values: jax.Array, rows: jax.Array) -> jax.Array:
    """Columns with mean 0 and standard deviation 1 over the rows whose weight is 1."""
    centred = values - _mean(values, rows)
    return centred / jnp.sqrt(jnp.maximum(_mean(centred**2, rows), 1e-12))
