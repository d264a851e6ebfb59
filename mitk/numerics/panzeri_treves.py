"""Bias of plug-in information with the number of relevant cells estimated (Panzeri and Treves 1996)."""

from __future__ import annotations

import numpy as np

from mitk.numerics.tables import Table


def panzeri_treves_bias(table: Table) -> float:
    """[sum_x (R_x - 1) - (R_y - 1)] / 2n in nats, R_x the relevant levels of y given each level of x."""
    n = float(table.joint.sum())
    levels = len(table.y)
    order = np.argsort(table.cell_x, kind="stable")
    ends = np.cumsum(np.bincount(table.cell_x, minlength=len(table.x)))
    rows = np.split(table.joint[order], ends[:-1])
    return float((sum(relevant_cells(row, levels) - 1 for row in rows) - (levels - 1)) / (2.0 * n))


def relevant_cells(counts: np.ndarray, most: int) -> float:
    """Number of cells that can occur, from the positive counts of those that did; at most `most`.

    The smallest number R whose expected number of occupied cells, under a Bayesian estimate of the
    probabilities that gives each unseen cell an equal share, comes nearest to the number seen.
    """
    seen, n = len(counts), float(counts.sum())
    if seen >= most or n < 2:
        return float(min(seen, most))
    total = np.arange(seen, most + 1)
    unseen = total - seen
    each = 1.0 - (n / (n + seen)) ** (1.0 / n)
    missing = np.minimum(unseen * each, 1.0)
    p = (1.0 - missing)[:, None] * (counts + 1.0) / (n + seen)
    expected = (1.0 - (1.0 - p) ** n).sum(axis=1)
    share = np.divide(missing, unseen, out=np.zeros(len(total)), where=unseen > 0)
    expected += unseen * (1.0 - (1.0 - share) ** n)
    return float(total[np.argmin(np.abs(expected - seen))])
