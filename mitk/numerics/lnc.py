"""Local non-uniformity: how far the neighbours of a point fall short of filling their rectangle."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

# Share of uniform neighbourhoods that the threshold wrongly corrects, and trials to find it.
FALSE_ALARM = 5e-3
TRIALS = 40_000
ROWS_AT_ONCE = 20_000


def nonuniformity(x: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    """ln(V_rotated / V) at each row, (n,), where it is below the threshold, else 0.

    V is the volume of the smallest box around the point, parallel to the axes, that holds its k nearest
    neighbours; V_rotated the same for a box along the principal axes of those neighbours (Gao, Ver Steeg and
    Galstyan 2015).
    """
    from scipy.spatial import cKDTree

    points = np.column_stack([x, y])
    _, index = cKDTree(points).query(points, k=k + 1, p=np.inf)
    logs = np.empty(len(points))
    for start in range(0, len(points), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        # A point with many copies may not be its own first neighbour; any copy serves.
        logs[rows] = log_volume_ratio(points[index[rows, 1:]] - points[rows, None, :])
    return np.where(logs < threshold(k, points.shape[1]), logs, 0.0)


def log_volume_ratio(offsets: np.ndarray) -> np.ndarray:
    """ln(V_rotated / V), shape (m,), of m sets of offsets (m, k, d) from their centre."""
    # A power of two for each row keeps every digit, and squares within floats.
    offsets = np.ldexp(offsets, -np.frexp(np.abs(offsets).max(axis=(1, 2), keepdims=True))[1])
    axes = np.linalg.eigh(offsets.transpose(0, 2, 1) @ offsets)[1]
    rotated = np.abs(offsets @ axes).max(axis=1)
    upright = np.abs(offsets).max(axis=1)
    tiny = np.finfo(float).tiny
    return (np.log(np.maximum(rotated, tiny)) - np.log(np.maximum(upright, tiny))).sum(axis=1)


@lru_cache(maxsize=64)
def threshold(k: int, d: int) -> float:
    """The FALSE_ALARM quantile of ln(V_rotated / V) for k uniform neighbours in d dimensions, by simulation."""
    rng = np.random.default_rng(0)
    offsets = rng.uniform(-1.0, 1.0, size=(TRIALS, k, d))
    return float(np.quantile(log_volume_ratio(offsets), FALSE_ALARM))
