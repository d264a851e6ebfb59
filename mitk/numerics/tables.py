"""Mutual information of contingency tables kept as codes: counts, estimates, first-order variance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mitk.numerics.entropies import ENTROPIES, james_stein_cells


class Table(NamedTuple):
    """Counts of paired codes; empty cells are left out, so memory is linear in the rows.

    Attributes
    ----------
    joint : ndarray of shape (cells,)
        Counts of the observed cells.
    cell_x, cell_y : ndarray of shape (cells,)
        Where each observed cell lies.
    x, y : ndarray of shape (levels of x,) and (levels of y,)
        Marginal counts, all positive.
    cell : ndarray of shape (n,) or None
        Cell of each row.
    """

    joint: np.ndarray
    cell_x: np.ndarray
    cell_y: np.ndarray
    x: np.ndarray
    y: np.ndarray
    cell: np.ndarray | None = None


def count(codes_x: np.ndarray, codes_y: np.ndarray) -> Table:
    """Table of paired integer codes, each of shape (n,)."""
    _, codes_x = np.unique(codes_x, return_inverse=True)
    _, codes_y = np.unique(codes_y, return_inverse=True)
    x, y = np.bincount(codes_x), np.bincount(codes_y)
    cells, cell, joint = np.unique(codes_x * len(y) + codes_y, return_inverse=True, return_counts=True)
    return Table(joint, cells // len(y), cells % len(y), x, y, cell)


def from_array(counts: np.ndarray) -> Table:
    """Table of a dense array of counts (levels x, levels y); empty rows and columns are left out."""
    dense = counts[np.ix_(counts.sum(axis=1) > 0, counts.sum(axis=0) > 0)].astype(np.int64)
    cell_x, cell_y = np.nonzero(dense)
    return Table(dense[cell_x, cell_y], cell_x, cell_y, dense.sum(axis=1), dense.sum(axis=0))


def information(table: Table, correction: str) -> float:
    """Mutual information in nats: H(x) + H(y) - H(x, y), each by the estimator named.

    James-Stein shrinks the joint table once and takes its own margins (Hausser and Strimmer 2009).
    """
    levels_x, levels_y = len(table.x), len(table.y)
    if correction == "james-stein":
        return _james_stein_information(table)
    entropy = ENTROPIES[correction]
    joint = entropy(table.joint, levels_x * levels_y)
    return entropy(table.x, levels_x) + entropy(table.y, levels_y) - joint


def pointwise_cells(table: Table) -> np.ndarray:
    """Ln p(x, y) / p(x) p(y) of each observed cell, in nats."""
    n = table.joint.sum()
    return np.log(table.joint * float(n)) - np.log(table.x[table.cell_x].astype(float) * table.y[table.cell_y])


def bias_degrees(table: Table) -> float:
    """2n times the first-order bias of the plug-in value: cells - levels x - levels y + 1.

    Cells are those observed and those that can occur unseen, estimated from the cells seen once and twice as
    f1 (f1 - 1) / 2 (f2 + 1) (Chao 1984) and limited to the empty ones.
    """
    levels_x, levels_y, cells = len(table.x), len(table.y), len(table.joint)
    once, twice = int((table.joint == 1).sum()), int((table.joint == 2).sum())
    unseen = min(once * (once - 1) / (2.0 * (twice + 1)), levels_x * levels_y - cells)
    return cells + unseen - levels_x - levels_y + 1


def plug_in_bias(table: Table) -> float:
    """Expected excess of the plug-in value in nats, to second order in 1/n.

    (cells - levels x - levels y + 1) / 2n, and the next term of the expansion of entropies, sum 1/p / 12n^2
    over cells less that over levels, with the probabilities of independence; limited to a quarter of the first,
    beyond which the expansion says nothing.
    """
    n = float(table.joint.sum())
    first = bias_degrees(table) / (2.0 * n)
    inverse_x, inverse_y = (n / table.x).sum(), (n / table.y).sum()
    second = (inverse_x * inverse_y - inverse_x - inverse_y + 1.0) / (12.0 * n * n)
    return first + min(second, 0.25 * max(first, 0.0))


def _james_stein_information(table: Table) -> float:
    levels_x, levels_y = len(table.x), len(table.y)
    p, empty, each = james_stein_cells(table.joint, levels_x * levels_y)
    each_cells = 0.0 if empty == 0 or each == 0.0 else empty * each * np.log(each)
    scale = 1.0 - each * levels_x * levels_y
    n = table.joint.sum()
    px = scale * table.x / n + each * levels_y
    py = scale * table.y / n + each * levels_x
    kept = p[p > 0]
    joint = (kept * np.log(kept)).sum() + each_cells
    return float(joint - (px * np.log(px)).sum() - (py * np.log(py)).sum())
