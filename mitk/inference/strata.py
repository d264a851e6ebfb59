"""Contingency tables of the strata of a condition, taken together: estimates, intervals and doubts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mitk.inference.plug_in import PlugIn
from mitk.inference.tables import contribution_inflation, most_information, score_inflation, sparse_counts
from mitk.numerics.independence import independent_moments
from mitk.numerics.tables import Table, bias_degrees, count, information, plug_in_bias, pointwise_cells
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason


class Stratum(NamedTuple):
    """The rows of one value of the condition, and their table."""

    rows: np.ndarray
    table: Table

    @property
    def tells(self) -> bool:
        """Whether both sides vary in it."""
        return min(len(self.table.x), len(self.table.y)) > 1


def strata_of(codes_x: np.ndarray, codes_y: np.ndarray, codes_given: np.ndarray) -> list[Stratum]:
    """One table for each level of the condition, of integer codes (n,)."""
    order = np.argsort(codes_given, kind="stable")
    ends = np.flatnonzero(np.diff(codes_given[order])) + 1
    return [Stratum(rows, count(codes_x[rows], codes_y[rows])) for rows in np.split(order, ends)]


def strata_information(strata: list[Stratum], correction: str) -> float:
    """I(x; y | z) = sum_z n_z / n I_z in nats, each by the entropies of `correction`."""
    n = sum(len(s.rows) for s in strata)
    return float(sum(len(s.rows) / n * information(s.table, correction) for s in strata if s.tells))


def strata_reasons(strata: list[Stratum]) -> tuple[Reason, ...]:
    """Why not to trust strata: their cells are nearly empty, or many rows are alone in their stratum."""
    tables = [s.table for s in strata]
    n = sum(int(table.joint.sum()) for table in tables)
    cells = sum(len(table.joint) for table in tables)
    return sparse_counts(n, cells, sum(int((table.joint == 1).sum()) for table in tables))


def strata_pointwise(strata: list[Stratum]) -> np.ndarray:
    """Ln p(x, y | z) / p(x | z) p(y | z) of each row, (n,) nats."""
    found = np.zeros(sum(len(s.rows) for s in strata))
    for s in strata:
        assert s.table.cell is not None
        found[s.rows] = pointwise_cells(s.table)[s.table.cell]
    return found


def strata_quantiles(strata: list[Stratum], value: float, labels: np.ndarray | None = None) -> Quantiles:
    """Confidence distribution of the conditional information behind some strata, by test inversion.

    As `mitk.inference.tables.table_quantiles`: given its margins, each stratum's plug-in information has a mean and a
    variance at independence that add up over the strata, as their chi-squares do; away from independence the variance
    is that of the rows' ln p(x, y | z) / p(x | z) p(y | z).

    Parameters
    ----------
    strata : list of Stratum
    value : float
        The estimate in nats that the interval belongs to.
    labels : ndarray of shape (n,), optional
        Unit of each row, where rows depend on each other.

    Returns
    -------
    Quantiles
        In nats.
    """
    telling = [s for s in strata if s.tells]
    if not telling:
        return Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact")
    n = float(sum(len(s.rows) for s in strata))
    shares = np.array([len(s.rows) / n for s in telling])
    pointwise = strata_pointwise(strata)
    plug_in = max(float(pointwise.mean()), 0.0)
    squares = float((pointwise**2).mean())
    spread = squares - plug_in**2
    for s in telling:
        # Cells seen once stand for as many rows' worth of unseen ones, whose contribution is far from the mean.
        once = pointwise_cells(s.table)[s.table.joint == 1]
        spread += float(((once - np.log(2.0) - plug_in) ** 2).sum()) / n
    row = float((np.abs(pointwise) ** 3).mean()) / squares if squares > 0.0 else 0.0
    degrees = sum(max(bias_degrees(s.table), min(len(s.table.x), len(s.table.y)) - 1, 1) for s in telling)
    floor = degrees / (2.0 * n**2)
    bias = float(shares @ [plug_in_bias(s.table) for s in telling])
    moments = np.array([independent_moments(s.table.x, s.table.y) for s in telling])
    independent_bias = float(shares @ moments[:, 0])
    independent_floor = float(shares**2 @ moments[:, 1])
    near = far = 1.0
    if labels is not None:
        near = max(float(shares @ [score_inflation(s.table, labels[s.rows]) for s in telling]), 1.0)
        far = contribution_inflation(pointwise, labels)
    most = float(shares @ [most_information(s.table) for s in telling])
    known = PlugIn(n, plug_in, spread, row, bias, floor, independent_bias, independent_floor, near, far, most)
    return known.quantiles(value)
