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


def relevant_cells(counts: np.ndarray, most: int) -> int:
    """Number of cells that can occur, from the positive counts of those that did; at most `most`.

    Cells are added one at a time while the number expected to be occupied comes nearer to the number seen. The
    unseen ones share the probability gamma = u [1 - (n / (n + R))^(1/n)], u their number and R that of the seen
    ones, whose probabilities are (1 - gamma) (c + 1) / (n + R); without unseen cells they are c / n.
    """
    seen, n = len(counts), float(counts.sum())
    expected = float((1.0 - (1.0 - counts / n) ** n).sum())
    gap, cells = abs(expected - seen), seen
    share = 1.0 - (n / (n + seen)) ** (1.0 / n)
    while cells < most:
        unseen = cells + 1 - seen
        gamma = unseen * share
        if gamma >= 1.0:
            break
        p = (1.0 - gamma) * (counts + 1.0) / (n + seen)
        expected = float((1.0 - (1.0 - p) ** n).sum()) + unseen * (1.0 - (1.0 - share) ** n)
        if abs(expected - seen) >= gap:
            break
        gap, cells = abs(expected - seen), cells + 1
    return cells
