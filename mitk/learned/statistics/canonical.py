"""Canonical variates of two sides whitened with ridges of several strengths."""

from __future__ import annotations

import numpy as np

from mitk.learned.statistics.formulas import Pairing, information

RIDGES = (0.02, 0.2, 0.6, 2.0)
PAIRED_AT = 2


def pairing(zx: np.ndarray, zy: np.ndarray) -> Pairing:
    """Pair the standardised sides `zx` (n, dx) and `zy` (n, dy)."""
    n, dx = zx.shape
    dy = zy.shape[1]
    block_x, block_y, block_xy = zx.T @ zx / n, zy.T @ zy / n, zx.T @ zy / n
    values_x, vectors_x = np.linalg.eigh(block_x)
    values_y, vectors_y = np.linalg.eigh(block_y)
    turned = vectors_x.T @ block_xy @ vectors_y
    informations = []
    share = min((dx + dy) / 2.0 / n, 3.0)
    for place, strength in enumerate(RIDGES):
        root_x = 1.0 / np.sqrt(np.maximum(values_x, 0.0) + strength * share)
        root_y = 1.0 / np.sqrt(np.maximum(values_y, 0.0) + strength * share)
        white = root_x[:, None] * turned * root_y
        if place == PAIRED_AT:
            left, s, right = np.linalg.svd(white)
            white_x = zx @ (vectors_x * root_x @ left)
            white_y = zy @ (vectors_y * root_y @ right.T)
        else:
            s = np.linalg.svd(white, compute_uv=False)
        informations.append(information(s))
    plain = 0.0
    if n > dx + dy + 2 and min(values_x[0], values_y[0]) > 1e-9:
        white = turned / np.sqrt(values_x)[:, None] / np.sqrt(values_y)
        plain = float(information(np.linalg.svd(white, compute_uv=False)).sum())
    white_x = white_x / np.maximum(white_x.std(axis=0), 1e-9)
    white_y = white_y / np.maximum(white_y.std(axis=0), 1e-9)
    r = min(dx, dy)
    return Pairing(
        informations,
        white_x[:, :r],
        white_y[:, :r],
        white_x,
        white_y,
        values_x[::-1],
        values_y[::-1],
        block_x,
        block_y,
        block_xy,
        plain,
    )
