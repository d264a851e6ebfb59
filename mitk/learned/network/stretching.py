"""Calibrated quantiles: distances from the median are stretched, range by range of what tells how sure one may be."""

from __future__ import annotations

import numpy as np

# Levels of the quantiles that the network answers with.
LEVELS = (
    0.005, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
    0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.995,
)  # fmt: skip
# In this order: each stage stretches what the one before it has left.
STAGES = ("rows", "columns", "surprise")


def coordinates(sets: dict[str, np.ndarray], surprise: np.ndarray) -> dict[str, np.ndarray]:
    """What the ranges of each stage are counted in, (b,) each: rows, columns of both sides a row, the guard's distance.

    Rows are rounded, or a rounding error would carry their number across the edge of its range.
    """
    overall = sets["overall"].astype(np.float64)
    return {"rows": np.round(np.exp(overall[:, 0])), "columns": overall[:, 5], "surprise": surprise}


def calibrated(raw: np.ndarray, where: dict[str, np.ndarray], calibration: dict[str, np.ndarray]) -> np.ndarray:
    """Quantiles (b, q) stretched by the factors of their ranges, stage after stage."""
    for stage in STAGES:
        ranges = np.searchsorted(calibration[f"{stage}.edges"], where[stage])
        raw = stretched(raw, calibration[f"{stage}.factors"][ranges])
    return raw


def stretched(quantiles: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Quantiles (b, q) with their distances from the median, the one in the middle, times the factors (b, q)."""
    middle = quantiles.shape[1] // 2
    centre = quantiles[:, middle : middle + 1]
    return np.sort(centre + factors * (quantiles - centre), axis=1)
