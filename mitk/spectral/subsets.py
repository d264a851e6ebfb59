"""Subsets of the rows that classes are compared with, given from outside."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence

# For each class, in the order of its label, rows of each subset.
Subsets = Sequence[Sequence[Sequence[int]]]


def published_subsets(labels: Any, *, repeats: int = 5, seed: int = 0) -> list[list[list[int]]]:
    """The random subsets that the published program compares classes with.

    Parameters
    ----------
    labels : array_like of shape (n,)
    repeats : int, default 5
    seed : int, default 0

    Returns
    -------
    list of k lists of `repeats` lists of row indices
        One for each class in the order of its label. Python's generator starts afresh for every class, so classes of
        one size get the same subsets.

    Examples
    --------
    >>> [len(rows) for rows in published_subsets([0, 0, 0, 1], repeats=2)[0]]
    [3, 3]
    """
    counts = np.unique(np.asarray(labels), return_counts=True)[1]
    n = int(counts.sum())
    drawn = []
    for size in counts.tolist():
        generator = random.Random(seed)
        drawn.append([generator.sample(range(n), k=size) for _ in range(repeats)])
    return drawn


def check_subsets(subsets: Subsets, sizes: np.ndarray, n: int) -> None:
    """Raise DataError unless there are subsets of each class's size, of rows that there are."""
    if len(subsets) != len(sizes):
        raise DataError(sentence("subsets", f"must hold one entry for each of {len(sizes)} classes", len(subsets)))
    for each, size in zip(subsets, sizes.tolist(), strict=True):
        rows = np.asarray(each)
        if rows.ndim != 2 or rows.shape[1] != size or rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= n:
            raise DataError(
                sentence("subsets", f"must hold row indices of shape (repeats, {size}) for a class", f"{rows.shape}")
            )
