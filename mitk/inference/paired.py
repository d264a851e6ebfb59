"""The interval of a difference of two informations that were read from the same rows."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from mitk.inference.distribution import PROBABILITIES
from mitk.inference.inflation import unit_variance
from mitk.results.interval import Quantiles


def error_correlation(first: np.ndarray, second: np.ndarray, labels: np.ndarray) -> float:
    """Correlation of the errors of two means of contributions of the same rows.

    Parameters
    ----------
    first, second : ndarray of shape (n,)
        Contributions of the rows to each value.
    labels : ndarray of shape (n,)
        Unit of each row, 0, 1, ...: rows of one unit depend on each other.

    Returns
    -------
    float
        From the variances of both means and of their difference; 0 where one does not vary.

    Examples
    --------
    >>> rows = np.array([0.0, 1.0, 2.0, 4.0])
    >>> error_correlation(rows, 3.0 * rows, np.arange(4)), error_correlation(rows, np.ones(4), np.arange(4))
    (1.0, 0.0)
    """
    scores = np.column_stack([first, second])
    scores = scores - scores.mean(axis=0)
    scale = np.sqrt(unit_variance(scores, labels))
    if not (np.isfinite(scale).all() and (scale > 0.0).all()):
        return 0.0
    apart = unit_variance((scores / scale) @ [[1.0], [-1.0]], labels)
    return float(np.clip(1.0 - 0.5 * apart[0], -1.0, 1.0))


def difference_quantiles(
    values: tuple[float, float], quantiles: tuple[Quantiles, Quantiles], correlation: float
) -> Quantiles:
    """Confidence distribution of the difference of two values from those of each (Zou 2007).

    With v1, v2 the values, (l1, u1), (l2, u2) their intervals and r the correlation of their errors, the ends are

        v1 - v2 - sqrt((v1 - l1)^2 + (u2 - v2)^2 - 2 r (v1 - l1)(u2 - v2)),
        v1 - v2 + sqrt((u1 - v1)^2 + (v2 - l2)^2 - 2 r (u1 - v1)(v2 - l2)):

    each arm recovers the variance of its value on that side, so that the difference inherits what lengthens one arm
    alone: skew near independence, and bias.

    Parameters
    ----------
    values : pair of float
    quantiles : pair of Quantiles
        In the unit of the values.
    correlation : float

    Returns
    -------
    Quantiles
    """
    places = ndtri(PROBABILITIES)
    first, second = (np.interp(places, ndtri(q.probabilities), q.values) for q in quantiles)
    # The upper arm of the second value goes with the lower one of the first, at the same level.
    arm, other = np.abs(first - values[0]), np.abs(second[::-1] - values[1])
    length = np.sqrt(np.maximum(arm**2 + other**2 - 2.0 * correlation * arm * other, 0.0))
    below = places < 0.0
    # An interval of a higher level holds those of lower ones.
    length[below] = np.maximum.accumulate(length[below][::-1])[::-1]
    length[~below] = np.maximum.accumulate(length[~below])
    ends = values[0] - values[1] + np.where(below, -length, length)
    return Quantiles(PROBABILITIES, tuple(ends.tolist()), "paired")
