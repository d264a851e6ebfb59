"""Intervals and doubts for contingency tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import stdtrit

from mitk.inference.distribution import PROBABILITIES
from mitk.inference.inflation import effective_units, unit_variance
from mitk.inference.plug_in import PlugIn
from mitk.numerics.entropies import plug_in as entropy_of_counts
from mitk.numerics.fourfold import information_bounds
from mitk.numerics.independence import exact_tail, independent_moments
from mitk.numerics.tables import Table, bias_degrees, plug_in_bias, pointwise_cells
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason

# More observed cells than this share of the rows, and no correction is to be relied on.
CELLS_PER_ROW = 0.2
# More rows alone in their cell than this share: about as much probability is in cells not seen (Good 1953).
SINGLE_SHARE = 0.05


def sparse_reasons(table: Table) -> tuple[Reason, ...]:
    """Why not to trust a table: cells outnumber a fifth of the rows, or many rows are alone in theirs."""
    return sparse_counts(int(table.joint.sum()), len(table.joint), int((table.joint == 1).sum()))


def sparse_counts(n: int, cells: int, once: int) -> tuple[Reason, ...]:
    """`sparse_reasons` of a table of n rows with so many observed cells, and so many that one row is in."""
    if cells > CELLS_PER_ROW * n:
        text = f"{cells} observed cells for {n} rows leave most of them nearly empty"
        return (Reason("sparse", text, "merge levels or collect more rows"),)
    if once > SINGLE_SHARE * n:
        text = f"{once} of {n} rows are alone in their cell, so about as many are unseen"
        return (Reason("sparse", text, "merge levels or collect more"),)
    return ()


def table_quantiles(
    table: Table,
    value: float,
    labels: np.ndarray | None = None,
    probabilities: tuple[float, ...] = PROBABILITIES,
    independent: tuple[float, float] | None = None,
) -> Quantiles:
    """Confidence distribution of the information behind a table, by test inversion.

    Parameters
    ----------
    table : Table
    value : float
        The estimate in nats that the interval belongs to.
    labels : ndarray of shape (n,), optional
        Unit of each row, where rows depend on each other; the table must then know the cell of each row.
    probabilities : tuple of float
        Where the quantiles are wanted, ascending.
    independent : (float, float), optional
        What `independent_moments` says of the margins, where it is known.

    Returns
    -------
    Quantiles
        In nats.
    """
    if min(len(table.x), len(table.y)) == 1:
        return Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact")
    n = float(table.joint.sum())
    pointwise, p = pointwise_cells(table), table.joint / n
    plug_in = max(float((p * pointwise).sum()), 0.0)
    spread = float((p * pointwise**2).sum()) - plug_in**2
    # What a row adds, weighted by its part in the variance.
    squares = float((p * pointwise**2).sum())
    row = float((p * np.abs(pointwise) ** 3).sum()) / squares if squares > 0.0 else 0.0
    # Cells seen once stand for as many rows' worth of unseen ones, whose contribution is far from the mean.
    once = table.joint == 1
    if once.any():
        spread += float((p[once] * (pointwise[once] - np.log(2.0) - plug_in) ** 2).sum())
    # Away from independence, a chi-square of at least the smaller side's levels: deterministic relations have no
    # cells to spare.
    floor = max(bias_degrees(table), min(len(table.x), len(table.y)) - 1, 1) / (2.0 * n**2)
    bias = plug_in_bias(table)
    # Rare cells that independence would fill leave no trace in the table; its margins know of them.
    independent_bias, independent_floor = independent or independent_moments(table.x, table.y)
    near = far = 1.0
    if labels is not None:
        assert table.cell is not None
        near = max(score_inflation(table, labels), 1.0)
        far = contribution_inflation(pointwise[table.cell], labels)
    most = most_information(table)
    known = PlugIn(n, plug_in, spread, row, bias, floor, independent_bias, independent_floor, near, far, most)
    tail = exact_tail(table, plug_in / near)
    quantiles = known.quantiles(value, independent_tail=tail, probabilities=probabilities)
    if len(table.x) == len(table.y) == 2:
        # Few rows in a cell: a continuous law leaves out what so few counts allow.
        bounds = information_bounds(table, np.array(quantiles.probabilities))
        if bounds is not None:
            return quantiles.spanning(replace(quantiles, values=tuple(bounds.tolist())))
    return quantiles


def most_information(table: Table) -> float:
    """Information in nats that a table's margins could hold: the smaller of their entropies."""
    return min(entropy_of_counts(margin, len(margin)) for margin in (table.x, table.y))


def contribution_inflation(contributions: np.ndarray, labels: np.ndarray) -> float:
    """Variance of the sum of contributions (n,) with units as wholes, over that with independent rows; at least 1."""
    within = float(unit_variance(contributions[:, None], np.arange(len(labels)))[0])
    return max(float(unit_variance(contributions[:, None], labels)[0]) / within, 1.0) if within > 0.0 else 1.0


def score_inflation(table: Table, labels: np.ndarray) -> float:
    """Variance of the scores of a table's cells with units as wholes, over that with independent rows.

    The score of a unit is its table T less what its margins r, s and its size m explain; in the metric of
    1 / (p q) its squared length is sum T^2 / pq - sum r^2 / p - sum s^2 / q + m^2, which needs no empty cell.
    """
    assert table.cell is not None
    n = len(table.cell)
    p, q = table.x / n, table.y / n
    x, y = table.cell_x[table.cell], table.cell_y[table.cell]

    def squares(codes: np.ndarray, weight: np.ndarray) -> float:
        pairs, counts = np.unique(labels * len(weight) + codes, return_counts=True)
        return float((counts.astype(np.float64) ** 2 / weight[pairs % len(weight)]).sum())

    cell_weight = p[table.cell_x] * q[table.cell_y]
    sizes = np.bincount(labels).astype(np.float64)
    between = squares(table.cell, cell_weight) - squares(x, p) - squares(y, q) + float((sizes**2).sum())
    within = float((1.0 / cell_weight[table.cell] - 1.0 / p[x] - 1.0 / q[y] + 1.0).sum())
    few = max(effective_units(labels) - 1.0, 1.0)
    student = float(stdtrit(few, 0.975)) / 1.959964
    return between / within * (few + 1.0) / few * student**2 if within > 0.0 else 1.0
