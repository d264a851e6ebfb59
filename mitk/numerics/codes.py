"""Integer codes of distinct rows."""

from __future__ import annotations

import numpy as np

# Whole numbers over at most so many times the rows are counted rather than sorted.
WIDEST_RANGE = 4


def joint_codes(values: np.ndarray) -> np.ndarray:
    """Codes 0, 1, ... of the distinct rows of `values` (n, d), in lexicographic order; shape (n,)."""
    codes = np.zeros(values.shape[0], dtype=np.int64)
    for j in range(values.shape[1]):
        levels, inverse = np.unique(values[:, j], return_inverse=True)
        # Recoding after each column keeps the numbers below n times levels, so they cannot overflow.
        codes = np.unique(codes * len(levels) + inverse.ravel(), return_inverse=True)[1].ravel()
    return codes


def level_codes(column: np.ndarray) -> np.ndarray:
    """Codes 0, 1, ... of the values of a column (n,), in their order; shape (n,).

    Without a sort for whole numbers in a narrow range, as the codes of labels are.
    """
    least = column.min()
    if column.max() - least <= WIDEST_RANGE * len(column) and np.array_equal(column, np.rint(column)):
        place = (column - least).astype(np.int64)
        return (np.cumsum(np.bincount(place) > 0) - 1)[place]
    return np.unique(column, return_inverse=True)[1].ravel()
