"""Orders of rows that move each only to near ones, as far as possible without taking any twice."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from mitk.numerics.compiled import cached

# What two rows of different labels are apart, in standard deviations of a number.
LABELS_APART = 2.0


@cached
def _taken(near, order, first):  # type: ignore[no-untyped-def]
    """For each row, one of its near rows (n, k): the first from a random place on that nobody has, else any."""
    n, k = near.shape
    used = np.zeros(n, np.bool_)
    rows = np.empty(n, np.int64)
    for step in range(n):
        i = order[step]
        rows[i] = near[i, first[step]]
        for further in range(k):
            j = near[i, (first[step] + further) % k]
            if not used[j]:
                rows[i] = j
                break
        used[rows[i]] = True
    return rows


def near_rows(scores: np.ndarray, labels: list[np.ndarray], k: int, seed: int) -> np.ndarray:
    """The k nearest rows of each, itself among them, (n, k), in numbers (n, c) and labels; ties at random."""
    n = len(scores)
    indicators = [(codes[:, None] == np.unique(codes)) * (LABELS_APART / np.sqrt(2.0)) for codes in labels]
    points = np.hstack([scores, *indicators])
    # Rows of equal conditions are exchanged at random rather than by their numbers.
    points = np.hstack([points, 1e-6 * np.random.default_rng(seed).standard_normal((n, 1))])
    k = min(k, n)
    return np.asarray(cKDTree(points).query(points, k=k)[1], dtype=np.int64).reshape(n, k)


def local_order(near: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An order of rows, (n,), that takes each from among its near rows (n, k).

    Rows choose in random order among those near them that no other took; where all are taken, one is taken again
    (Runge, "Conditional independence testing based on a nearest-neighbor estimator of conditional mutual information",
    AISTATS 2018).
    """
    n, k = near.shape
    return np.asarray(_taken(near, rng.permutation(n), rng.integers(0, k, n)))


def order_within(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An order of rows, (n,), that shuffles those of equal codes."""
    n = len(codes)
    rows = np.empty(n, dtype=np.int64)
    rows[np.argsort(codes, kind="stable")] = np.lexsort((rng.random(n), codes))
    return rows
