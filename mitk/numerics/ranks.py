"""Ranks and normal scores."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks 1..n of each column of `values` (n, d), tied values sharing their mean rank."""
    n = values.shape[0]
    order = np.argsort(values, axis=0)
    ordered = np.take_along_axis(values, order, axis=0)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, n + 1.0)[:, None], axis=0)
    for j in np.flatnonzero((ordered[1:] == ordered[:-1]).any(axis=0)):
        _, inverse, counts = np.unique(values[:, j], return_inverse=True, return_counts=True)
        last = np.cumsum(counts)
        ranks[:, j] = (last - (counts - 1) / 2.0)[inverse.ravel()]
    return ranks


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Standard normal quantiles at rank / (n + 1) of each column.

    Parameters
    ----------
    values : ndarray of shape (n, d)

    Returns
    -------
    ndarray of shape (n, d)

    Examples
    --------
    >>> normal_scores(np.array([[3.0], [1.0], [2.0]])).ravel().round(3).tolist()
    [0.674, -0.674, 0.0]
    """
    return ndtri(average_ranks(values) / (values.shape[0] + 1.0))


def standardised(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and standard deviation 1, safe for entries from 1e-300 to 1e300.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        No column may be constant.

    Returns
    -------
    ndarray of shape (n, d)
    """
    # Halved, so that the extremes of float64 do not overflow; from the least value, so that the differences of
    # data with a large offset come out exactly and a shift changes nothing.
    centred = values / 2.0 - values.min(axis=0) / 2.0
    centred = centred / np.abs(centred).max(axis=0)
    centred = centred - centred.mean(axis=0)
    return centred / centred.std(axis=0)


def bulk_share(column: np.ndarray) -> float:
    """Interquartile range over standard deviation of a column (n,): 1.35 for a normal, near 0 for outliers or skew."""
    quarter, three = np.quantile(column, [0.25, 0.75])
    scale = np.abs(column).max() or 1.0
    return float((three - quarter) / scale / (column / scale).std())
