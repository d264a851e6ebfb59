"""Intervals of neighbours at little cost: from the spread of rows' contributions and a rise from half of the rows."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

# Neighbours are shared, so rows are not independent: the variance of the mean of their contributions is larger than
# that of independent ones by this share, measured at independence (0.5 to 0.7 for k from 1 to 20, 1 to 3 columns).
OVERLAP = 0.6
# The bias towards 0 falls as n^-1/2 where a density has edges, and faster where it has none: as many times the rise
# from half of the rows to all is then missing at most.
MISSING = 1.0 / (np.sqrt(2.0) - 1.0)
# Share of the value by which neighbours read too much of smooth strong dependence.
EXCESS = 0.01
# A rise by so much of the ln 2 that exact relations show: then the value says how many rows there are. It is looked for
# in values from so many nats on.
RISING, LOOKED_AT = 0.5, 1.0
NOTE = "Interval from the spread of the rows' contributions."


def standard_errors(variances: np.ndarray, n: int) -> np.ndarray:
    """Of means of n contributions of neighbours with these variances, shape (m,)."""
    return np.sqrt((1.0 + OVERLAP) * variances / (n - 1))


def contribution_ends(
    values: np.ndarray, variances: np.ndarray, rises: np.ndarray, n: int, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of intervals, (m,) each, in nats.

    Parameters
    ----------
    values, variances : ndarray of shape (m,)
        Means and variances of rows' contributions.
    rises : ndarray of shape (m,)
        Values less the means of those of every other row and of the others.
    n : int
    level : float

    Notes
    -----
    Half the interval is z times the standard error sqrt(1.6 v / n) of the mean of contributions of variance v.
    Neighbours miss what a density hides between rows: the upper end is moved up by 2.4 times the rise, if there is one.
    They read up to some per cent too much of strong smooth dependence: the lower end is moved down by 1 % of the value.
    """
    error = float(ndtri(0.5 + 0.5 * level)) * standard_errors(variances, n)
    low = values - error - EXCESS * np.maximum(values, 0.0)
    return low, values + error + MISSING * np.maximum(rises, 0.0)


def still_rising(values: np.ndarray, variances: np.ndarray, rises: np.ndarray, n: int) -> np.ndarray:
    """Which values, shape (m,), grow with n whatever the truth: by more than half a nat from half of the rows."""
    grows = (rises > RISING) & (MISSING * rises > 2.0 * standard_errors(variances, n))
    return grows & (values > LOOKED_AT)
