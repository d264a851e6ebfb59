"""Nearest-neighbour information of several views with a gradient, in JAX."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from mitk.learned.smooth.neighbors import contributions, mean_of_first
from mitk.learned.smooth.ranks import normal_scores
from mitk.learned.statistics.formulas import Pairing, controlled, controls
from mitk.learned.statistics.neighbors import ASKED, NEIGHBORS
from mitk.learned.statistics.nonlinear import Curved
from mitk.learned.statistics.views import FEW_COLUMNS, FEW_ROWS, HALVED, MANY_ROWS, View

# Of the three numbers of neighbours, the one at which halves are looked at.
AT_HALF = NEIGHBORS.index(HALVED[0])


def neighbor_statistics(
    zx: jax.Array, zy: jax.Array, half: jax.Array, paired: Pairing, bent: Curved, planar: Sequence[View]
) -> jax.Array:
    """What `mitk.learned.statistics.views.neighbor_statistics` finds, shape (27,)."""
    n = len(zx)
    few = min(n, MANY_ROWS if zx.shape[1] + zy.shape[1] <= FEW_COLUMNS else FEW_ROWS)
    every = jnp.arange(n)

    def first(rows: jax.Array, most: int) -> jax.Array:
        return rows & (jnp.cumsum(rows) <= most)

    halves = [half, ~half]
    full = jnp.ones(n, dtype=bool)
    lines = [(paired.p[:, 0], paired.q[:, 0]), *planar]
    single = [(*view, full) for view in lines]
    single += [(*view, rows) for view in lines for rows in halves]
    single += [(bent.p[:, 0], bent.q[:, 0], rows) for rows in halves]
    live = jnp.stack([rows for _, _, rows in single])
    scores = [
        jax.vmap(lambda values, rows: normal_scores(values[:, None], rows)[0])(
            jnp.stack([v[side] for v in single]), live
        )
        for side in (0, 1)
    ]
    count = paired.p.shape[1]
    many = min(n, MANY_ROWS)
    several = [(paired.p[:, :m], paired.q[:, :m], every < many) for m in range(2, min(3, count) + 1)]
    several += [(bent.p[:, :2], bent.q[:, :2], first(rows, MANY_ROWS // 2)) for rows in halves]
    # Columns of zeros change no distance: views of one shape are compiled once.
    p, q = (
        jnp.concatenate(
            [jnp.pad(scores[side], [(0, 0), (0, 0), (0, 2)])]
            + [jnp.pad(v[side], [(0, 0), (0, 3 - v[side].shape[1])])[None] for v in several]
        )
        for side in (0, 1)
    )
    rows = jnp.concatenate([live, *(v[2][None] for v in several)])
    asked = jnp.asarray([n] * len(single) + [ASKED] * len(several))
    parts = jax.lax.map(lambda view: contributions(*view), (p, q, rows))
    found = jax.vmap(mean_of_first)(parts, rows, asked)
    known = controls(paired)
    whole = contributions(zx[:few], zy[:few], jnp.ones(few, dtype=bool))[:, :ASKED]
    weights = jnp.stack([(rows.sum() > 3).astype(jnp.float32) for rows in halves])
    weights = weights / jnp.maximum(weights.sum(), 1.0)

    def over_halves(parts: jax.Array) -> jax.Array:
        return jnp.einsum("h,vhk->vk", weights, parts.reshape(-1, 2, parts.shape[-1]))

    lined = found[: len(lines)]
    parted = over_halves(found[len(lines) : 3 * len(lines)])[:, AT_HALF]
    folded = over_halves(jnp.concatenate([found[len(single) - 2 : len(single)], found[-2:]]))
    pairs = [lined[0]]
    pairs += [controlled(parts[len(single) + i, :, : min(many, ASKED)], known) for i in range(min(3, count) - 1)]
    pairs += [pairs[-1]] * (3 - len(pairs))
    return jnp.concatenate([controlled(whole, known), *pairs, *lined[1:], *folded, parted])
