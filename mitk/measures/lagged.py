"""Pairs of a series and its future, for information over time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.inputs import rows_of, whole


class LaggedPairs(NamedTuple):
    """Rows of a series beside those `lag` steps later.

    Attributes
    ----------
    past, future : ndarray of shape (n, d)
    run : ndarray of shape (n,)
        Which run each pair is from; for ``groups=``.
    """

    past: np.ndarray
    future: np.ndarray
    run: np.ndarray


def lagged_pairs(series: Any, lag: int = 1) -> LaggedPairs:
    """Pair each row of a series with the one `lag` steps later.

    Parameters
    ----------
    series : array_like of shape (T,) or (T, d), or list of arrays of shape (T_r,) or (T_r, d)
        A list of arrays holds separate runs: no pair crosses from one to the next.
    lag : int, default 1

    Returns
    -------
    LaggedPairs

    Raises
    ------
    DataError
        When no run is longer than `lag`.
    ParameterError

    Notes
    -----
    Neighbouring pairs share rows, so they are not independent: the estimator finds ``block=`` for one run where it
    matters, or is given it; for many runs it needs ``groups=pairs.run``.

    Examples
    --------
    >>> import numpy as np
    >>> pairs = lagged_pairs([np.arange(4.0), np.arange(10.0, 13.0)], lag=2)
    >>> pairs.past.ravel().tolist(), pairs.future.ravel().tolist(), pairs.run.tolist()
    ([0.0, 1.0, 10.0], [2.0, 3.0, 12.0], [0, 0, 1])
    """
    lag = whole(lag, "lag", 1)
    several = isinstance(series, (list, tuple)) and len(series) > 0 and all(isinstance(r, np.ndarray) for r in series)
    runs = [rows_of(run, "series") for run in (series if several else [series])]
    if len({run.shape[1] for run in runs}) > 1:
        raise DataError(sentence("series", "must have runs with the same columns", [run.shape for run in runs]))
    kept = [(i, run) for i, run in enumerate(runs) if len(run) > lag]
    if not kept:
        longest = max(len(run) for run in runs)
        raise DataError(sentence("series", f"must have a run of more than lag = {lag} rows", f"at most {longest}"))
    return LaggedPairs(
        np.concatenate([run[:-lag] for _, run in kept]),
        np.concatenate([run[lag:] for _, run in kept]),
        np.concatenate([np.full(len(run) - lag, i) for i, run in kept]),
    )
