"""Data as the network can take them: rows beyond the most left out, wide sides projected."""

from __future__ import annotations

import numpy as np

from mitk.learned.statistics.features import MAX_PARTS, MAX_ROWS
from mitk.numerics.ranks import normal_scores

# Columns a side.
MAX_DIM = 64


def seen(
    x: np.ndarray, y: np.ndarray, most: int = MAX_ROWS * MAX_PARTS
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Rows and columns as the network can take them, and notes on what was left out."""
    notes: list[str] = []
    if len(x) > most:
        notes.append(f"{most} of {len(x)} rows were used, drawn at random.")
    sides = []
    for name, side in (("x", x), ("y", y)):
        if side.shape[1] > MAX_DIM:
            scores = normal_scores(side)
            left, values, _ = np.linalg.svd(scores - scores.mean(axis=0), full_matrices=False)
            # What is left beyond the rank is rounding, which ranks would blow up to noise.
            kept = min(MAX_DIM, int((values > 1e-10 * values[0]).sum()))
            share = float((values[:kept] ** 2).sum() / (values**2).sum())
            notes.append(
                f"{name} was projected from {side.shape[1]} columns on {kept} principal components of its normal "
                f"scores ({share:.0%} of the variance)."
            )
            side = left[:, :kept] * values[:kept]
        sides.append(side)
    return sides[0], sides[1], tuple(notes)
