"""Nearest-neighbour information of several views of few columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mitk.learned.statistics.formulas import Pairing, controlled, controls
from mitk.learned.statistics.neighbors import NEIGHBORS, contributions, neighbor_information, planar_information
from mitk.learned.statistics.nonlinear import Curved

# Rows that several columns a side are looked at in: more where the view has few. Single columns are seen in all rows.
FEW_ROWS, MANY_ROWS, FEW_COLUMNS = 768, 3072, 10
# Neighbours at which half of the rows are compared with all.
HALVED = (3,)
View = tuple[Any, Any]


def row_views(paired: Pairing, bent: Curved, axes: View, radii: View) -> list[View]:
    """The seven views of which rows are shown: three canonical pairs, two polynomial ones, best columns, radii."""
    count = paired.p.shape[1]
    views = [(paired.p[:, i], paired.q[:, i]) for i in range(min(3, count))]
    views += [views[0]] * (3 - len(views))
    return [*views, *((bent.p[:, i], bent.q[:, i]) for i in range(2)), axes, radii]


def neighbor_statistics(
    zx: np.ndarray, zy: np.ndarray, half: np.ndarray, paired: Pairing, bent: Curved, planar: Sequence[View]
) -> np.ndarray:
    """Information at `NEIGHBORS` neighbours of eight views, and at three of the halves of three, in nats; shape (27,).

    Views: all columns; one, two and three canonical pairs; the pairs of columns `planar`; one and two polynomial pairs,
    which are fitted on one half of the rows and looked at in the other. What half of the rows say less than all of
    them, and in how many dimensions, tells what is still missing.
    """
    few = MANY_ROWS if zx.shape[1] + zy.shape[1] <= FEW_COLUMNS else FEW_ROWS
    whole = [(zx[:few], zy[:few])]
    whole += [(paired.p[:MANY_ROWS, :many], paired.q[:MANY_ROWS, :many]) for many in (2, 3)]
    whole = whole[: max(paired.p.shape[1], 1)]
    known = controls(paired)
    several = [controlled(contributions(*view), known) for view in whole]
    lines = [(paired.p[:, 0], paired.q[:, 0]), *planar]
    single = planar_information(lines, NEIGHBORS)
    several += [single[0] if len(several) == 1 else several[-1]] * (3 - len(several))
    halves = [rows for rows in (half, ~half) if rows.sum() > 3]
    folded = np.zeros((2, len(NEIGHBORS)))
    parted = np.zeros((len(lines), 1))
    for rows in halves:
        folded[0] += planar_information([(bent.p[rows, 0], bent.q[rows, 0])], NEIGHBORS)[0] / len(halves)
        first, second = (side[rows][: MANY_ROWS // 2, :2] for side in (bent.p, bent.q))
        folded[1] += neighbor_information(first, second) / len(halves)
        parted += planar_information([(a[rows], b[rows]) for a, b in lines], HALVED) / len(halves)
    return np.concatenate([several[0], single[0], *several[1:], *single[1:], *folded, parted[:, 0]])
