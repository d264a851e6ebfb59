"""P-values of many tests, adjusted for having asked so often."""

from __future__ import annotations

import numpy as np

CORRECTIONS = ("bh", "by", "bonferroni", "max")


def adjusted(p_values: np.ndarray, correct: str | None = "bh", tests: int | None = None) -> np.ndarray:
    """The smallest level at which each test would be among those found; nan where there is no p-value.

    Parameters
    ----------
    p_values : ndarray of shape (m,)
    correct : {"bh", "by", "bonferroni"} or None, default "bh"
        "bh" holds the share of false finds (Benjamini and Hochberg 1995), also where tests help each other, as those of
        correlated columns mostly do; "by" whatever the dependence (Benjamini and Yekutieli 2001); "bonferroni" the
        chance of any false find. None leaves p as it is.
    tests : int, optional
        Tests in all, where those left out have larger p-values; m less those without a p-value by default.

    Returns
    -------
    ndarray of shape (m,)

    Notes
    -----
    With p_(1) <= ... <= p_(T): "bh" q_(i) = min_{j >= i} p_(j) T / j, "by" that times sum_{j <= T} 1 / j, "bonferroni"
    p T; none above 1.

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    known = np.flatnonzero(~np.isnan(p_values))
    total = len(known) if tests is None else tests
    q = np.full(len(p_values), np.nan)
    if correct is None or not len(known):
        return p_values.astype(np.float64)
    if correct == "bonferroni":
        q[known] = np.minimum(p_values[known] * total, 1.0)
        return q
    order = known[np.argsort(p_values[known], kind="stable")]
    scaled = p_values[order] * (total / np.arange(1.0, len(order) + 1.0))
    if correct == "by":
        scaled *= float((1.0 / np.arange(1.0, total + 1.0)).sum())
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def adjusted_by_smallest(p_values: np.ndarray, smallest: np.ndarray) -> np.ndarray:
    """The chance that any of the tests reaches each p-value where nothing depends on anything; nan where there is none.

    Parameters
    ----------
    p_values : ndarray of shape (m,)
    smallest : ndarray of shape (B,)
        The smallest p-value of all tests in each of B data sets whose rows were permuted.

    Returns
    -------
    ndarray of shape (m,)

    Notes
    -----
    q_i = (1 + #{b : smallest_b <= p_i}) / (1 + B) (Westfall and Young 1993, single step): as strict as "bonferroni"
    where tests are independent, and less so where they are not.

    Examples
    --------
    >>> adjusted_by_smallest(np.array([0.001, 0.2]), np.array([0.01, 0.3, 0.05])).tolist()
    [0.25, 0.75]
    """
    reached = np.searchsorted(np.sort(smallest), p_values, side="right")
    return np.where(np.isnan(p_values), np.nan, (1.0 + reached) / (1.0 + len(smallest)))
