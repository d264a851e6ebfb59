"""Dependence that correlations of normal scores overlook and others show."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mitk.data.column_table import ColumnTable
from mitk.inference.inflation import unit_variance_factor
from mitk.inference.second_opinion import ERRORS, FEWEST_ROWS, TOLERANCE, TOLERANCE_SHARE
from mitk.numerics.gaussian_mi import SINGULAR, gaussian_bias
from mitk.numerics.pair_moments import mean_products
from mitk.results.reason import Reason

# Kurtosis up to which a few rows do not decide a correlation; 3 of a normal column.
LIGHT = 6.0
BENT = "Distances from the median show"


def overlooked(
    table: ColumnTable, pairs: np.ndarray, values: np.ndarray, intervals: Callable[[np.ndarray], tuple[np.ndarray, ...]]
) -> dict[int, Reason]:
    """Reasons to doubt the copula's values of pairs that other correlations contradict.

    Three are of bent columns, the normal scores of distances from the median: of either column's with the normal scores
    of the other, and of both. They go by ranks, so that tails do not matter. The fourth is of the columns as they are,
    where both have light tails. The largest information must exceed the interval, and the value by more than 0.05 nats,
    10 % of itself and two of its standard errors. A lower bound is doubted as well.

    Parameters
    ----------
    table : ColumnTable
    pairs : ndarray of shape (m, 2)
    values : ndarray of shape (m,)
        The copula's, in nats.
    intervals : callable
        ``intervals(places)``: both ends of the intervals of some, (c,) each.

    Returns
    -------
    dict of int to Reason
        By place.

    Notes
    -----
    Of 20,000 pairs of Gaussian copulas with r from 0 to .95, none are doubted at n = 100, 200 and 1,000, .06 % at 50
    and .2 % at 20, and of 4,000 with uniform, two-peaked, rounded or skewed margins at most .2 % from n = 50 on. Of 300
    parabolas with as much noise, 70 % are doubted at n = 50 and all at 200; of circles with noise of .2, 78 % and all.
    """
    n = table.n
    views = (
        (table.bends, table.scores, BENT),
        (table.scores, table.bends, BENT),
        (table.bends, table.bends, BENT),
        (table.standard, table.standard, "The columns as they are show"),
    )
    best, shown = np.zeros(len(pairs)), np.zeros(len(pairs), dtype=np.int8)
    for view, (left, right, _) in enumerate(views):
        seen = mean_products(left, right, pairs, alone=table.few)
        if left is table.standard:
            seen[~_light(table, pairs)] = 0.0
        more = np.abs(seen) > np.abs(best)
        best[more], shown[more] = seen[more], view
    residual = np.maximum((1.0 - best) * (1.0 + best), SINGULAR)
    readings = -0.5 * np.log(residual) - gaussian_bias(n, 1, 1)
    gaps = readings - np.maximum(values, 0.0)
    reasons: dict[int, Reason] = {}
    far = np.flatnonzero(gaps > np.maximum(TOLERANCE, TOLERANCE_SHARE * readings))
    if n < FEWEST_ROWS or not len(far):
        return reasons
    for place, low, high in zip(far.tolist(), *intervals(far), strict=True):
        if readings[place] <= high:
            continue
        left, right, reader = views[shown[place]]
        r, reading = float(best[place]), float(readings[place])
        a, b = left[:, pairs[place, 0]], right[:, pairs[place, 1]]
        scores = (a * b - 0.5 * r * (a * a + b * b)) / residual[place]
        error = abs(r) * math.sqrt(float(scores @ scores) / n * unit_variance_factor(n) / n)
        if gaps[place] > ERRORS * error:
            reasons[place] = Reason(
                "second-opinion",
                f"{reader} {reading:.3g} [{reading - ERRORS * error:.3g}, {reading + ERRORS * error:.3g}] nats where "
                f"the value is {values[place]:.3g} [{low:.3g}, {high:.3g}], further apart than errors allow",
                'compare with method="ksg"',
            )
    return reasons


def _light(table: ColumnTable, pairs: np.ndarray) -> np.ndarray:
    """Which pairs are of columns with light tails, shape (m,)."""
    used = np.unique(pairs)
    light = np.zeros(table.d, dtype=bool)
    light[used] = table.kurtosis[used] < LIGHT
    return light[pairs].all(axis=1)
