"""Leave-one-out Gaussian kernel sums."""

from __future__ import annotations

import numpy as np

from mitk.numerics.neighbors import usable_threads

# Rows a thread takes at a time, and how many there must be for threads to pay.
ROWS_AT_ONCE = 64
ALONE = 500


def leave_one_out_log_sums(points: np.ndarray, h: float) -> np.ndarray:
    """Ln sum_{j != i} exp(-|u_i - u_j|^2 / 2 h^2) for each row u_i of `points` (n, d); shape (n,).

    Computed relative to the nearest row, so that outliers do not underflow. Memory is linear in n.
    """
    # Numba is only paid for by those who need it.
    from mitk.numerics.kernel_sums import log_sum_rows
    from mitk.numerics.neighbor_passes import run

    n = len(points)
    logs = np.empty(n)
    columns = np.ascontiguousarray((points / (np.sqrt(2.0) * h)).T)
    # No matrix product, whose threads wait for each other when other work takes a core.
    threads = usable_threads() if n > ALONE else 1
    run(lambda first, last: log_sum_rows(first, last, columns, logs), n, ROWS_AT_ONCE, threads)
    return logs
