"""How far the statistics of a data set lie from those of the training sets."""

from __future__ import annotations

import numpy as np


def facts(batch: dict[str, np.ndarray]) -> np.ndarray:
    """Standardised statistics that the guard looks at, (b, f)."""
    return np.concatenate([batch["overall"], batch["curved"].reshape(len(batch["curved"]), -1)], axis=1)


def smaller_side(sets: dict[str, np.ndarray]) -> np.ndarray:
    """Columns of the side that has fewer, (b,), of stacked features."""
    return np.round(np.exp(sets["overall"][:, 1].astype(np.float64)))


def surprise(batch: dict[str, np.ndarray], smaller: np.ndarray, guard: dict[str, np.ndarray]) -> np.ndarray:
    """Distance (b,) of the statistics from the training sets' of as many columns, over its border."""
    found = np.zeros(len(smaller))
    if not guard:
        return found
    seen = facts(batch)
    ranges = np.searchsorted(guard["edges"], smaller, side="right")
    for i in np.unique(ranges):
        own = ranges == i
        along = (seen[own] - guard[f"{i}.mean"]) @ guard[f"{i}.axes"] / guard[f"{i}.deviations"]
        found[own] = np.sqrt(np.mean(along**2, axis=1)) / guard[f"{i}.border"]
    return found
