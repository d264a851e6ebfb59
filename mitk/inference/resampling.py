"""Which rows move together, and random partitions that respect it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mitk.samples import Samples


def unit_labels(samples: Samples) -> np.ndarray:
    """Label of the resampling unit of each row, shape (n,): a row, a group, or a run of `block` rows."""
    if samples.groups is not None:
        return np.unique(samples.groups, return_inverse=True)[1].ravel()
    return np.arange(samples.n) // (samples.block or 1)


def partition(labels: np.ndarray, parts: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the rows of each of `parts` disjoint random subsets of whole units."""
    sizes = np.bincount(labels)
    order = rng.permutation(len(sizes))
    # Dealt from the largest on, there and back, so that parts have about as many rows.
    order = order[np.argsort(-sizes[order], kind="stable")]
    deal = np.concatenate([np.arange(parts), np.arange(parts)[::-1]])
    part_of_unit = np.empty(len(sizes), dtype=np.int64)
    part_of_unit[order] = np.resize(deal, len(sizes))
    part_of_row = part_of_unit[labels]
    for part in range(parts):
        yield np.flatnonzero(part_of_row == part)
