"""The network: attention over the rows of each view, then over canonical pairs, polynomial pairs and views together."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from flax import nnx

from mitk.learned.network.inputs import PAIR_READINGS, READINGS
from mitk.learned.network.stretching import LEVELS
from mitk.learned.statistics.formulas import largest

MIDDLE = LEVELS.index(0.5)
WIDTHS = TOKEN_WIDTH, CURVED_WIDTH, OVERALL_WIDTH, VIEWS = 21, 8, 87, 7
RADII = VIEWS - 1
# Logit by which the network's own answer counts at first against those of single statistics.
OWN = 2.0


class Attention(nnx.Module):
    """Multi-head attention of queries over keys; masked keys are not seen."""

    def __init__(self, width: int, heads: int, *, rngs: nnx.Rngs) -> None:
        self.heads = heads
        self.query = nnx.Linear(width, width, use_bias=False, rngs=rngs)
        self.key = nnx.Linear(width, width, use_bias=False, rngs=rngs)
        self.value = nnx.Linear(width, width, use_bias=False, rngs=rngs)
        self.out = nnx.Linear(width, width, rngs=rngs)

    def __call__(self, queries: jax.Array, keys: jax.Array, mask: jax.Array) -> jax.Array:
        """Shape (..., q, width) from queries (..., q, width), keys (..., m, width) and mask (..., m)."""

        def split(values: jax.Array) -> jax.Array:
            return values.reshape(*values.shape[:-1], self.heads, -1)

        q, k, v = split(self.query(queries)), split(self.key(keys)), split(self.value(keys))
        scores = jnp.einsum("...qhd,...mhd->...hqm", q, k) / jnp.sqrt(q.shape[-1])
        scores = jnp.where(mask[..., None, None, :], scores, -1e9)
        mixed = jnp.einsum("...hqm,...mhd->...qhd", jax.nn.softmax(scores, axis=-1), v)
        return self.out(mixed.reshape(*mixed.shape[:-2], -1))


class RowEncoder(nnx.Module):
    """Rows of one view, in any order, become one vector: learned queries attend over embedded rows."""

    def __init__(self, width: int, queries: int, out: int, *, rngs: nnx.Rngs) -> None:
        self.embed = nnx.Linear(6, width, rngs=rngs)
        self.hidden = nnx.Linear(width, width, rngs=rngs)
        self.scores = nnx.Linear(width, queries, use_bias=False, rngs=rngs)
        self.out = nnx.Linear((queries + 1) * width, out, rngs=rngs)

    def __call__(self, rows: jax.Array, mask: jax.Array) -> jax.Array:
        """Shape (..., v, out) from rows (..., v, r, 2) and mask (..., r)."""
        h = jax.nn.relu(self.hidden(jax.nn.relu(self.embed(row_inputs(rows, mask)))))
        # The first query is constant: it takes the plain mean.
        scores = jnp.pad(self.scores(h), [(0, 0)] * (h.ndim - 1) + [(1, 0)])
        weights = jax.nn.softmax(jnp.where(mask[..., None, :, None], scores, -1e9), axis=-2)
        pooled = jnp.einsum("...rq,...rw->...qw", weights, h)
        return self.out(pooled.reshape(*pooled.shape[:-2], -1))


def row_inputs(rows: jax.Array, mask: jax.Array) -> jax.Array:
    """What a row shows of itself: functions that do not change when the sides, or both signs, are exchanged.

    Shape (..., v, r, 6) from (..., v, r, 2).
    """
    p, q = rows[..., 0], rows[..., 1]
    total, gap = (p + q) / jnp.sqrt(2.0), jnp.abs(p - q) / jnp.sqrt(2.0)
    # Variates have no sign of their own: take the one that makes the sum skewed to the right.
    skew = jnp.sum(total**3 * mask[..., None, :], axis=-1, keepdims=True)
    total = total * jnp.where(skew < 0.0, -1.0, 1.0)
    radius = jnp.broadcast_to(total[..., RADII : RADII + 1, :], total.shape)
    apart = jnp.broadcast_to(gap[..., RADII : RADII + 1, :], total.shape)
    return jnp.stack([total, gap, p * q / 2.0, (p * p + q * q) / 4.0, radius, apart], axis=-1)


class Block(nnx.Module):
    """Pre-norm self-attention and a feed-forward layer."""

    def __init__(self, width: int, heads: int, *, rngs: nnx.Rngs) -> None:
        self.norm_attention = nnx.LayerNorm(width, rngs=rngs)
        self.attention = Attention(width, heads, rngs=rngs)
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.wide = nnx.Linear(width, 2 * width, rngs=rngs)
        self.narrow = nnx.Linear(2 * width, width, rngs=rngs)

    def __call__(self, h: jax.Array, mask: jax.Array) -> jax.Array:
        """Shape (..., t, width)."""
        normed = self.norm_attention(h)
        h = h + self.attention(normed, normed, mask)
        return h + self.narrow(jax.nn.gelu(self.wide(self.norm(h))))


class Network(nnx.Module):
    """Quantiles of the mutual information, in nats, from the features of a data set.

    Parameters
    ----------
    width : int, default 64
        Of tokens.
    row_width : int, default 16
        Of rows; 0 leaves the rows out.
    queries : int, default 8
        Learned queries that attend over the rows of a view.
    blocks : int, default 3
        Layers of attention over tokens.
    heads : int, default 4
    overall : int, default 87
        How many of the statistics of the whole are read, the first ones.
    weighed : bool, default True
        Average the network's own answer with what statistics say in nats, as far as each is trusted.
    rngs : nnx.Rngs
    """

    def __init__(
        self,
        *,
        width: int = 64,
        row_width: int = 16,
        queries: int = 8,
        blocks: int = 3,
        heads: int = 4,
        overall: int = OVERALL_WIDTH,
        weighed: bool = True,
        rngs: nnx.Rngs,
    ) -> None:
        self.token = nnx.Linear(TOKEN_WIDTH, width, rngs=rngs)
        self.curved = nnx.Linear(CURVED_WIDTH, width, rngs=rngs)
        self.overall = nnx.Linear(overall, width, rngs=rngs)
        self.overall_hidden = nnx.Linear(width, width, rngs=rngs)
        self.place = nnx.Param(0.02 * jax.random.normal(rngs.params(), (4 + VIEWS, width)))
        self.rows = RowEncoder(row_width, queries, width, rngs=rngs) if row_width else None
        self.blocks = nnx.List([Block(width, heads, rngs=rngs) for _ in range(blocks)])
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.each = nnx.Linear(width, 2, rngs=rngs)
        self.pooled = nnx.Linear(4 * width, 2 * width, rngs=rngs)
        self.last = nnx.Linear(2 * width, len(LEVELS) + 2, rngs=rngs)
        self.weighed = weighed
        if weighed:
            # Starts near the network's own answer, and learns which statistic says more.
            self.trust = nnx.Linear(
                2 * width,
                len(READINGS) + 2,
                kernel_init=nnx.initializers.zeros,
                bias_init=lambda _, shape, dtype: jnp.zeros(shape, dtype).at[0].set(OWN),
                rngs=rngs,
            )
            self.shrink = nnx.Linear(width, PAIR_READINGS + 1, kernel_init=nnx.initializers.zeros, rngs=rngs)

    def __call__(self, batch: Mapping[str, jax.Array]) -> tuple[jax.Array, jax.Array]:
        """Mean (b,) and quantiles (b, 23) at `LEVELS`, in nats, of standardised features."""
        tokens, curved, overall = batch["tokens"], batch["curved"], batch["overall"]
        pairs, kept = batch["counts"][:, 0], batch["counts"][:, 1]
        whole = self.overall_hidden(jax.nn.gelu(self.overall(overall)))
        parts = [self.token(tokens), self.curved(curved) + self.place[:4]]
        live = jnp.arange(tokens.shape[1]) < pairs[:, None]
        masks = [live, jnp.ones(curved.shape[:2], dtype=bool)]
        if self.rows is not None:
            row_mask = jnp.arange(batch["rows"].shape[2]) < kept[:, None]
            parts.append(self.rows(batch["rows"], row_mask) + self.place[4:])
            masks.append(jnp.ones((len(tokens), VIEWS), dtype=bool))
        h = jnp.concatenate(parts, axis=1) + whole[:, None, :]
        mask = jnp.concatenate(masks, axis=1)
        for block in self.blocks:
            h = block(h, mask)
        h = self.norm(h)
        pair_h, rest = h[:, : tokens.shape[1]], h[:, tokens.shape[1] :]
        each = jax.nn.softplus(self.each(pair_h)) * live[..., None]
        summed = jnp.sum(each, axis=1)
        mean = jnp.sum(pair_h * live[..., None], axis=1) / pairs[:, None]
        pooled = jnp.concatenate([mean, jnp.mean(rest, axis=1), largest(rest, axis=1), whole], axis=-1)
        hidden = jax.nn.gelu(self.pooled(pooled))
        out = self.last(hidden)
        centre = summed[:, 0] + out[:, 0]
        if self.weighed:
            centre = self._mean(centre, batch, pair_h, hidden)
        # Gaps grow with a width of their own, so that the head need only shape them.
        size = jax.nn.softplus(out[:, 1] + 0.1 * summed[:, 1]) + 1e-3
        gaps = jax.nn.softplus(out[:, 3:]) * size[:, None] / 4.0
        below = -jnp.cumsum(gaps[:, :MIDDLE][:, ::-1], axis=1)[:, ::-1]
        above = jnp.cumsum(gaps[:, MIDDLE:], axis=1)
        quantiles = centre[:, None] + jnp.concatenate([below, jnp.zeros_like(below[:, :1]), above], axis=1)
        return centre + size * out[:, 2], quantiles

    def _mean(self, own: jax.Array, batch: Mapping[str, jax.Array], pair_h: jax.Array, hidden: jax.Array) -> jax.Array:
        """Mean of the network's own answer and of what statistics say in nats, as far as each is trusted here."""
        shares = jax.nn.softmax(self.shrink(pair_h), axis=-1)[..., :PAIR_READINGS]
        pairs = jnp.sum(shares * batch["pair_readings"], axis=(1, 2))
        found = jnp.concatenate([own[:, None], pairs[:, None], batch["readings"]], axis=1)
        return jnp.sum(jax.nn.softmax(self.trust(hidden), axis=-1) * found, axis=1)
