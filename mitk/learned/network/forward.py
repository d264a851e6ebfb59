"""The network's forward pass in NumPy: single data sets are answered without loading jax."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Parameters = Mapping[str, np.ndarray]
# Positions in the network; equal to those of mitk.learned.network.network, which tests compare.
RADII = 6
HEADS = 4


def forward(parameters: Parameters, batch: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean (b,) and quantiles (b, 23), in nats, of standardised features; float32 as the network's."""
    p = parameters
    tokens, curved, overall = batch["tokens"], batch["curved"], batch["overall"]
    pairs, kept = batch["counts"][:, 0], batch["counts"][:, 1]
    # Padding at the end of the longest is not computed.
    most = max(int(pairs.max()), 1)
    tokens = tokens[:, :most]
    whole = _linear(p, "overall_hidden", gelu(_linear(p, "overall", overall)))
    live = np.arange(most) < pairs[:, None]
    parts = [_linear(p, "token", tokens), _linear(p, "curved", curved) + p["place"][:4]]
    masks = [live, np.ones(curved.shape[:2], dtype=bool)]
    if "rows.embed.kernel" in p:
        seen = max(int(kept.max()), 1)
        rows = batch["rows"][:, :, :seen]
        parts.append(_rows(p, rows, np.arange(seen) < kept[:, None]) + p["place"][4:])
        masks.append(np.ones(rows.shape[:2], dtype=bool))
    h = np.concatenate(parts, axis=1) + whole[:, None, :]
    mask = np.concatenate(masks, axis=1)
    block = 0
    while f"blocks.{block}.norm.scale" in p:
        h = _block(p, f"blocks.{block}", h, mask)
        block += 1
    h = _normed(p, "norm", h)
    pair_h, rest = h[:, :most], h[:, most:]
    summed = (softplus(_linear(p, "each", pair_h)) * live[..., None]).sum(axis=1)
    mean = (pair_h * live[..., None]).sum(axis=1) / pairs[:, None]
    pooled = np.concatenate([mean, rest.mean(axis=1), rest.max(axis=1), whole], axis=-1)
    hidden = gelu(_linear(p, "pooled", pooled))
    out = _linear(p, "last", hidden)
    centre = summed[:, 0] + out[:, 0]
    if "trust.kernel" in p:
        centre = _mean(p, centre, batch, pair_h, hidden)
    size = softplus(out[:, 1] + 0.1 * summed[:, 1]) + 1e-3
    gaps = softplus(out[:, 3:]) * size[:, None] / 4.0
    middle = gaps.shape[1] // 2
    below = -np.cumsum(gaps[:, :middle][:, ::-1], axis=1)[:, ::-1]
    above = np.cumsum(gaps[:, middle:], axis=1)
    quantiles = centre[:, None] + np.concatenate([below, np.zeros_like(below[:, :1]), above], axis=1)
    return centre + size * out[:, 2], quantiles


def _mean(
    p: Parameters, own: np.ndarray, batch: Mapping[str, np.ndarray], pair_h: np.ndarray, hidden: np.ndarray
) -> np.ndarray:
    shares = _softmax(_linear(p, "shrink", pair_h), axis=-1)[..., :-1]
    pairs = (shares * batch["pair_readings"][:, : pair_h.shape[1]]).sum(axis=(1, 2))
    found = np.concatenate([own[:, None], pairs[:, None], batch["readings"]], axis=1)
    return (_softmax(_linear(p, "trust", hidden), axis=-1) * found).sum(axis=1)


def _linear(p: Parameters, name: str, values: np.ndarray) -> np.ndarray:
    out = values @ p[f"{name}.kernel"]
    bias = p.get(f"{name}.bias")
    return out if bias is None else out + bias


def _rows(p: Parameters, rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
    h = _linear(p, "rows.embed", row_inputs(rows, mask))
    h = np.maximum(_linear(p, "rows.hidden", np.maximum(h, 0.0)), 0.0)
    scores = _linear(p, "rows.scores", h)
    scores = np.concatenate([np.zeros_like(scores[..., :1]), scores], axis=-1)
    weights = _softmax(np.where(mask[:, None, :, None], scores, np.float32(-1e9)), axis=-2)
    pooled = np.swapaxes(weights, -1, -2) @ h
    return _linear(p, "rows.out", pooled.reshape(*pooled.shape[:-2], -1))


def row_inputs(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Functions of a row that do not change when the sides, or both signs, are exchanged."""
    p, q = rows[..., 0], rows[..., 1]
    root = np.float32(np.sqrt(2.0))
    total, gap = (p + q) / root, np.abs(p - q) / root
    skew = (total**3 * mask[:, None, :]).sum(axis=-1, keepdims=True)
    total = total * np.where(skew < 0.0, np.float32(-1.0), np.float32(1.0))
    radius = np.broadcast_to(total[:, RADII : RADII + 1], total.shape)
    apart = np.broadcast_to(gap[:, RADII : RADII + 1], total.shape)
    return np.stack([total, gap, p * q / 2, (p * p + q * q) / 4, radius, apart], axis=-1)


def _block(p: Parameters, name: str, h: np.ndarray, mask: np.ndarray) -> np.ndarray:
    h = h + _attention(p, f"{name}.attention", _normed(p, f"{name}.norm_attention", h), mask)
    wide = gelu(_linear(p, f"{name}.wide", _normed(p, f"{name}.norm", h)))
    return h + _linear(p, f"{name}.narrow", wide)


def _attention(p: Parameters, name: str, h: np.ndarray, mask: np.ndarray) -> np.ndarray:
    b, t, width = h.shape

    def split(part: str) -> np.ndarray:
        return _linear(p, f"{name}.{part}", h).reshape(b, t, HEADS, -1).swapaxes(1, 2)

    q, k, v = split("query"), split("key"), split("value")
    scores = q @ k.swapaxes(-1, -2) / np.float32(np.sqrt(width // HEADS))
    scores = np.where(mask[:, None, None, :], scores, np.float32(-1e9))
    mixed = (_softmax(scores, axis=-1) @ v).swapaxes(1, 2).reshape(b, t, width)
    return _linear(p, f"{name}.out", mixed)


def _normed(p: Parameters, name: str, h: np.ndarray) -> np.ndarray:
    centred = h - h.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + np.float32(1e-6)) * p[f"{name}.scale"] + p[f"{name}.bias"]


def _softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return raised / raised.sum(axis=axis, keepdims=True)


def gelu(v: np.ndarray) -> np.ndarray:
    """Gaussian error linear unit, by the same tanh as the network's."""
    return (
        np.float32(0.5) * v * (1 + np.tanh(np.float32(np.sqrt(2.0 / np.pi)) * (v + np.float32(0.044715) * v * v * v)))
    )


def softplus(v: np.ndarray) -> np.ndarray:
    """ln(1 + exp(v))."""
    return np.logaddexp(v, np.float32(0.0))
