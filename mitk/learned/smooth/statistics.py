"""The statistics of `mitk.learned.statistics.features` with a gradient, in JAX."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from mitk.learned.network.network import largest
from mitk.learned.smooth.neighbors import neighbor_information
from mitk.learned.smooth.pairs import Curved, Pairing, curved, deviation, information, pairing, standardised
from mitk.learned.smooth.ranks import normal_scores, row_order
from mitk.learned.statistics.features import FEW_COLUMNS, FEW_ROWS, LIMIT, MANY_ROWS, MAX_ROWS, TOKENS, VIEW_ROWS
from mitk.learned.statistics.nonlinear import KEPT
from mitk.numerics.gaussian_mi import gaussian_bias


def statistics(x: jax.Array, y: jax.Array) -> dict[str, jax.Array]:
    """What `mitk.learned.features.features` finds in x (n, dx) and y (n, dy), without padding.

    Returns
    -------
    dict of str to ndarray
        ``tokens`` (r, 21), ``curved`` (4, 8), ``overall`` (55,) and ``rows`` (7, min(n, 192), 2); r is the number of
        canonical pairs, at most 32.
    """
    scores, doubled = normal_scores(jnp.hstack([x, y]))
    order, half = row_order(doubled)
    zx, zy = jnp.split((scores / deviation(scores))[order][:MAX_ROWS], [x.shape[1]], axis=1)
    half = half[:MAX_ROWS]
    paired = pairing(zx, zy)
    bent = curved(paired, half)
    axis_x, axis_y, peaks = best_columns(zx, zy)
    radius_x, radius_y = _log_radius(paired.white_x), _log_radius(paired.white_y)
    count = min(paired.p.shape[1], TOKENS)
    views = [(paired.p[:, i], paired.q[:, i]) for i in range(min(3, count))]
    views += [(paired.p[:, 0], paired.q[:, 0])] * (3 - len(views))
    views += [(bent.p[:, i], bent.q[:, i]) for i in range(2)]
    views += [(axis_x, axis_y), (radius_x, radius_y)]
    rows = jnp.stack([jnp.stack([a[:VIEW_ROWS], b[:VIEW_ROWS]], axis=1) for a, b in views])
    scalars = _overall(zx, zy, paired, radius_x, radius_y)
    neighbors = _neighbors(zx, zy, paired, bent, half, views[-2:])
    return {
        "tokens": _token_statistics(paired, peaks, count),
        "curved": jnp.pad(bent.statistics, [(0, KEPT - len(bent.statistics)), (0, 0)]),
        "overall": jnp.clip(jnp.concatenate([scalars, neighbors]), -40.0, 60.0),
        "rows": jnp.clip(rows, -LIMIT, LIMIT),
    }


def best_columns(zx: jax.Array, zy: jax.Array) -> tuple[jax.Array, jax.Array, list[jax.Array]]:
    """The pair of columns that themselves or whose squares correlate most, and each column's best, largest first."""
    n, dx = zx.shape
    dy = zy.shape[1]
    wide_x = jnp.hstack([zx, standardised(zx * zx)])
    wide_y = jnp.hstack([zy, standardised(zy * zy)])
    cross = jnp.abs(wide_x.T @ wide_y / n)
    straight = cross[:dx, :dy]
    either = jnp.maximum(jnp.maximum(straight, cross[dx:, :dy]), jnp.maximum(cross[:dx, dy:], cross[dx:, dy:]))
    i, j = jnp.unravel_index(jnp.argmax(either), either.shape)
    peaks = [information(jnp.sort(largest(values, axis))[::-1]) for values in (straight, either) for axis in (1, 0)]
    return zx[:, i], zy[:, j], peaks


def _neighbors(
    zx: jax.Array,
    zy: jax.Array,
    paired: Pairing,
    bent: Curved,
    half: jax.Array,
    columns: list[tuple[jax.Array, jax.Array]],
) -> jax.Array:
    few = MANY_ROWS if zx.shape[1] + zy.shape[1] <= FEW_COLUMNS else FEW_ROWS
    whole = neighbor_information(zx[:few], zy[:few], jnp.ones(len(zx[:few]), dtype=bool))
    every = jnp.arange(len(zx)) < MANY_ROWS
    halves = [rows & (jnp.cumsum(rows) <= MANY_ROWS // 2) for rows in (half, ~half)]
    count = min(3, paired.p.shape[1])
    views = [(paired.p[:, :many], paired.q[:, :many], every) for many in range(1, count + 1)]
    views += [(a[:, None], b[:, None], every) for a, b in columns]
    views += [(bent.p[:, :many], bent.q[:, :many], rows) for many in (1, 2) for rows in halves]
    # Columns of zeros change no distance: views of one shape are compiled once.
    p, q = (jnp.stack([jnp.pad(v[side], [(0, 0), (0, 3 - v[side].shape[1])]) for v in views]) for side in (0, 1))
    found = jax.lax.map(lambda view: neighbor_information(*view), (p, q, jnp.stack([v[2] for v in views])))
    pairs, single, parts = found[:count], found[count:-4], found[-4:].reshape(2, 2, -1)
    weights = jnp.stack([(rows.sum() > 3).astype(jnp.float32) for rows in halves])
    folded = jnp.einsum("h,vhk->vk", weights / jnp.maximum(weights.sum(), 1.0), parts)
    repeated = [pairs[-1]] * (3 - count)
    return jnp.concatenate([whole, *pairs, *repeated, *single, *folded])


def _token_statistics(paired: Pairing, peaks: list[jax.Array], count: int) -> jax.Array:
    p, q = paired.p[:, :count], paired.q[:, :count]
    p2, q2 = p * p, q * q
    fourth_p, fourth_q = _log((p2 * p2).mean(0)), _log((q2 * q2).mean(0))
    gap = p - q
    third_p, third_q = p * (p2 - 3.0), q * (q2 - 3.0)
    spectrum_x, spectrum_y = (jnp.log(jnp.maximum(s[:count], 1e-6)) for s in (paired.spectrum_x, paired.spectrum_y))
    best = [values[:count] for values in peaks]
    skew_p, skew_q = (p * (q2 - 1.0)).mean(0), (q * (p2 - 1.0)).mean(0)
    found = [values[:count] for values in paired.informations]
    found += [
        _log((p2 * q2).mean(0)),
        fourth_p + fourth_q,
        jnp.abs(fourth_p - fourth_q),
        jnp.abs(p * q).mean(0),
        jnp.log(jnp.abs(gap).mean(0) + 1e-6),
        jnp.log((gap * gap).mean(0) + 1e-9),
        ((p2 - 1.0) * (q2 - 1.0)).mean(0),
        (third_p * third_q).mean(0) / 6.0,
        (p * third_q + third_p * q).mean(0),
        jnp.abs((p * third_q - third_p * q).mean(0)),
        jnp.sqrt(skew_p**2 + skew_q**2 + 1e-12),
        best[0] + best[1],
        jnp.abs(best[0] - best[1]),
        best[2] + best[3],
        jnp.abs(best[2] - best[3]),
        spectrum_x + spectrum_y,
        jnp.abs(spectrum_x - spectrum_y),
    ]
    return jnp.clip(jnp.stack(found, axis=1), -20.0, 20.0)


def _overall(zx: jax.Array, zy: jax.Array, paired: Pairing, radius_x: jax.Array, radius_y: jax.Array) -> jax.Array:
    n, dx = zx.shape
    dy = zy.shape[1]
    low, high = min(dx, dy), max(dx, dy)
    enough = n > dx + dy + 2
    bias = gaussian_bias(n, dx, dy) if enough else 0.0
    sd_x, sd_y = deviation(radius_x), deviation(radius_y)
    square_x, square_y = (zx * zx).sum(1), (zy * zy).sum(1)
    wide_x = deviation(square_x) / math.sqrt(2.0 * dx)
    wide_y = deviation(square_y) / math.sqrt(2.0 * dy)
    flat_x, flat_y, tail_x, tail_y = (_log(jnp.mean(s**4)) for s in (zx, zy, paired.white_x, paired.white_y))
    block_x, block_y = jnp.abs(paired.block_x).mean(), jnp.abs(paired.block_y).mean()
    across = paired.block_xy
    return jnp.stack(
        [
            *map(
                jnp.asarray,
                (
                    math.log(n),
                    math.log(low),
                    math.log(high),
                    low / 16.0,
                    high / 16.0,
                    min((dx + dy) / n, 5.0),
                    float(enough),
                ),
            ),
            *(values.sum() for values in paired.informations),
            *(largest(values) for values in paired.informations),
            jnp.asarray(min(bias, 20.0)),
            paired.plain - bias,
            sd_x + sd_y,
            jnp.abs(sd_x - sd_y),
            jnp.mean(radius_x * radius_y),
            jnp.mean(standardised(square_x) * standardised(square_y)),
            wide_x + wide_y,
            jnp.abs(wide_x - wide_y),
            flat_x + flat_y,
            tail_x + tail_y,
            jnp.abs(tail_x - tail_y),
            block_x + block_y,
            jnp.abs(block_x - block_y),
            jnp.abs(across).mean(),
            jnp.log(jnp.mean(across**2) * n + 1e-6),
            jnp.mean(across),
        ]
    )


def _log(values: jax.Array) -> jax.Array:
    return jnp.log(jnp.maximum(values, 1e-12))


def _log_radius(white: jax.Array) -> jax.Array:
    """Standardised logarithm of the squared length of each white row."""
    return standardised(jnp.log((white * white).sum(axis=1) + 1e-9))
