"""Integer codes of distinct rows."""

from __future__ import annotations

import numpy as np


def joint_codes(values: np.ndarray) -> np.ndarray:
    """Codes 0, 1, ... of the distinct rows of `values` (n, d), in lexicographic order; shape (n,)."""
    codes = np.zeros(values.shape[0], dtype=np.int64)
    for j in range(values.shape[1]):
        levels, inverse = np.unique(values[:, j], return_inverse=True)
        # Recoding after each column keeps the numbers below n times levels, so they cannot overflow.
        codes = np.unique(codes * len(levels) + inverse.ravel(), return_inverse=True)[1].ravel()
    return codes
