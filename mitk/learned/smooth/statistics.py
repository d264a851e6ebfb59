"""The statistics of `mitk.learned.statistics.features` with a gradient, in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from mitk.learned.smooth.pairs import curved, pairing
from mitk.learned.smooth.ranks import normal_scores, row_order
from mitk.learned.smooth.views import neighbor_statistics
from mitk.learned.statistics.features import BOUNDS, LIMIT, MAX_ROWS, TOKENS, VIEW_ROWS
from mitk.learned.statistics.formulas import (
    Pairing,
    best_columns,
    deviation,
    log_radius,
    overall_statistics,
    token_statistics,
)
from mitk.learned.statistics.raw import straight_statistics
from mitk.learned.statistics.sides import side_statistics
from mitk.learned.statistics.views import row_views


def statistics(x: jax.Array, y: jax.Array) -> dict[str, jax.Array]:
    """What `mitk.learned.statistics.features` finds in x (n, dx) and y (n, dy), without padding.

    Returns
    -------
    dict of str to ndarray
        ``tokens`` (r, 21), ``curved`` (4, 8), ``overall`` (87,) and ``rows`` (7, min(n, 192), 2); r is the number of
        canonical pairs, at most 32.
    """
    scores, doubled = normal_scores(jnp.hstack([x, y]))
    order, half = row_order(doubled)
    zx, zy = jnp.split((scores / deviation(scores))[order][:MAX_ROWS], [x.shape[1]], axis=1)
    half = half[:MAX_ROWS]
    raw = jnp.hstack([x, y])[order][:MAX_ROWS]
    raw = (raw - raw.mean(axis=0)) / deviation(raw - raw.mean(axis=0))
    # Compiled once for both.
    both = jax.vmap(pairing)(jnp.stack([zx, raw[:, : x.shape[1]]]), jnp.stack([zy, raw[:, x.shape[1] :]]))
    paired, straight = (Pairing(*jax.tree.map(lambda values, i=i: values[i], tuple(both))) for i in (0, 1))
    bent = curved(paired, half)
    axis_x, axis_y, peaks = best_columns(zx, zy)
    radius_x, radius_y = log_radius(paired.white_x), log_radius(paired.white_y)
    planar = [(axis_x, axis_y), (radius_x, radius_y)]
    rows = [jnp.stack([a[:VIEW_ROWS], b[:VIEW_ROWS]], axis=1) for a, b in row_views(paired, bent, *planar)]
    overall = [
        overall_statistics(zx, zy, paired, radius_x, radius_y),
        neighbor_statistics(zx, zy, half, paired, bent, planar),
        side_statistics(zx, zy, paired, lambda squared, k: -jax.lax.top_k(-squared, k + 1)[0][:, 1:]),
        straight_statistics(straight, len(zx)),
    ]
    return {
        "tokens": token_statistics(paired, peaks, min(paired.p.shape[1], TOKENS)),
        "curved": bent.statistics,
        "overall": jnp.clip(jnp.concatenate(overall), *BOUNDS),
        "rows": jnp.clip(jnp.stack(rows), -LIMIT, LIMIT),
    }
