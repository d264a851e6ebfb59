"""Dependence that correlations of normal scores overlook, and correlations of bent columns show."""

from __future__ import annotations

import math

import numpy as np

from mitk.data.column_table import ColumnTable
from mitk.inference.inflation import unit_variance_factor
from mitk.inference.second_opinion import ERRORS, TOLERANCE, TOLERANCE_SHARE
from mitk.numerics.gaussian_mi import SINGULAR, gaussian_bias
from mitk.numerics.pair_moments import mean_products
from mitk.results.reason import Reason


def overlooked(
    table: ColumnTable, pairs: np.ndarray, values: np.ndarray, low: np.ndarray, high: np.ndarray
) -> dict[int, Reason]:
    """Reasons to doubt the copula's values of pairs in which distances from the median share more than normal scores.

    Distances are ranked, so that tails do not matter. The larger information of the correlations of either column's
    distances with the other's normal scores, and of both distances, must exceed the interval, and the value by more
    than 0.05 nats, 10 % of itself and two of its standard errors. A lower bound is doubted as well.

    Parameters
    ----------
    table : ColumnTable
    pairs : ndarray of shape (m, 2)
    values, low, high : ndarray of shape (m,)
        The copula's, in nats, with intervals.

    Returns
    -------
    dict of int to Reason
        By place.

    Notes
    -----
    Of 20,000 pairs of Gaussian copulas none of whose margins matter, r from 0 to .95, so many are doubted.
    """
    n = table.n
    bias = gaussian_bias(n, 1, 1)
    best, shown = np.zeros(len(pairs)), np.zeros(len(pairs), dtype=np.int8)
    views = ((table.bends, table.scores), (table.scores, table.bends), (table.bends, table.bends))
    for view, (left, right) in enumerate(views):
        seen = mean_products(left, right, pairs)
        more = np.abs(seen) > np.abs(best)
        best[more], shown[more] = seen[more], view
    residual = np.maximum((1.0 - best) * (1.0 + best), SINGULAR)
    readings = -0.5 * np.log(residual) - bias
    gaps = readings - np.maximum(values, 0.0)
    tolerance = np.maximum(TOLERANCE, TOLERANCE_SHARE * readings)
    reasons = {}
    for place in np.flatnonzero((gaps > tolerance) & (readings > high)):
        left, right = views[shown[place]]
        r, reading = float(best[place]), float(readings[place])
        a, b = left[:, pairs[place, 0]], right[:, pairs[place, 1]]
        scores = (a * b - 0.5 * r * (a * a + b * b)) / residual[place]
        error = abs(r) * math.sqrt(float(scores @ scores) / n * unit_variance_factor(n) / n)
        if gaps[place] > ERRORS * error:
            reasons[int(place)] = Reason(
                "second-opinion",
                f"Distances from the median show {reading:.3g} [{reading - ERRORS * error:.3g}, "
                f"{reading + ERRORS * error:.3g}] nats where the value is {values[place]:.3g} [{low[place]:.3g}, "
                f"{high[place]:.3g}], further apart than errors allow",
                'compare with method="ksg"',
            )
    return reasons
