"""Leave-one-out Gaussian kernel sums."""

from __future__ import annotations

import numpy as np

# Pairs of rows handled at once, so that a table of them stays in the cache.
PAIRS_AT_ONCE = 250_000


def leave_one_out_log_sums(points: np.ndarray, h: float) -> np.ndarray:
    """Ln sum_{j != i} exp(-|u_i - u_j|^2 / 2 h^2) for each row u_i of `points` (n, d); shape (n,).

    Computed relative to the nearest row, so that outliers do not underflow. Memory is linear in n.
    """
    n, d = points.shape
    logs = np.empty(n)
    step = max(1, PAIRS_AT_ONCE // n)
    scaled = points / (np.sqrt(2.0) * h)
    square = (scaled**2).sum(axis=1)
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        if d == 1:
            exponent = -((scaled[rows] - scaled[:, 0]) ** 2)
        else:
            exponent = np.minimum(2.0 * scaled[rows] @ scaled.T - square - square[rows, None], 0.0)
        exponent[np.arange(exponent.shape[0]), np.arange(rows.start, rows.stop)] = -np.inf
        top = exponent.max(axis=1)
        exponent -= top[:, None]
        logs[rows] = top + np.log(np.exp(exponent, out=exponent).sum(axis=1))
    return logs
