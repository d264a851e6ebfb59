"""Which unit of one network does what a unit of another does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk.data.options import FitOptions
from mitk.data.samples import admit
from mitk.errors import DataError, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.measures.inputs import number_array, rows_of, whole
from mitk.measures.outcome import check_options
from mitk.numerics.gaussian_mi import gaussian_bias
from mitk.numerics.ranks import average_ranks, normal_scores
from mitk.registry import make_estimator
from mitk.results.record import NATS_PER_UNIT

ROWS_PER_CELL = 5
HOWS = ("one-to-one", "best")


def pairwise_mi(
    x: Any, y: Any, method: str | Estimator = "copula", *, bins: int | None = None, unit: str = "nats"
) -> np.ndarray:
    """Mutual information of each column of x with each column of y.

    Parameters
    ----------
    x : array_like of shape (n, dx)
        Activations of the units of one network.
    y : array_like of shape (n, dy)
        Those of another on the same inputs.
    method : str or Estimator, default "copula"
        "copula" takes one matrix product for all pairs and sees monotone dependence; "binning" one a column and
        sees any shape. Any other method of `mitk.methods`, or an estimator, is called for one pair after another.
    bins : int, optional
        For "binning": bins of equal mass a column, by default ``floor(sqrt(n / 5))``.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    ndarray of shape (dx, dy)
        0 for a unit that never changes. "copula" and "binning" are lower bounds but for their sampling error; not
        clipped. Without intervals: `mitk.estimate` gives one for a pair.

    Raises
    ------
    DataError, ParameterError, UnknownMethodError, UnsupportedError

    Notes
    -----
    "copula": ``-1/2 ln(1 - rho^2)`` of normal scores, less its exact bias: what `mitk.GaussianCopula` returns.
    "binning": ``sum p ln(p / p_x p_y)``, less the Miller-Madow bias: what `mitk.Binning` returns.

    References
    ----------
    * Y. Li et al., "Convergent learning: do different neural networks learn the same representations?", ICLR (2016).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((500, 2))
    >>> values = pairwise_mi(x, x[:, ::-1] + rng.standard_normal((500, 2)))
    >>> bool(np.abs(values - [[0.0, 0.347], [0.347, 0.0]]).max() < 0.1)
    True
    """
    check_options(None, unit)
    x, y = rows_of(x, "x"), rows_of(y, "y")
    if len(x) != len(y):
        raise DataError(sentence("y", f"must have the {len(x)} rows of x", len(y)))
    if bins is not None and method != "binning":
        raise ParameterError(sentence("bins", 'belongs to method="binning"', repr(method)))
    alive_x, alive_y = (np.ptp(side, axis=0) > 0 for side in (x, y))
    values = np.zeros((x.shape[1], y.shape[1]))
    if alive_x.any() and alive_y.any():
        kept = x[:, alive_x], y[:, alive_y]
        if method == "copula":
            values[np.ix_(alive_x, alive_y)] = _copula(*kept)
        elif method == "binning":
            values[np.ix_(alive_x, alive_y)] = _binned(*kept, bins)
        else:
            values[np.ix_(alive_x, alive_y)] = _one_by_one(*kept, method)
    return values / NATS_PER_UNIT[unit]


@dataclass(frozen=True, eq=False)
class Matching:
    """Units matched.

    Attributes
    ----------
    rows, columns : ndarray of shape (m,)
        Unit ``rows[i]`` goes with unit ``columns[i]``.
    values : ndarray of shape (m,)
        Their entries in the matrix, in its unit.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray


def match_units(matrix: Any, how: str = "one-to-one") -> Matching:
    """Match the rows of a matrix of similarities to its columns.

    Parameters
    ----------
    matrix : array_like of shape (dx, dy)
        Such as `pairwise_mi`.
    how : {"one-to-one", "best"}, default "one-to-one"
        "one-to-one" uses each unit once and makes the sum as large as can be; "best" takes for each row the column
        with the largest entry, which several rows may share.

    Returns
    -------
    Matching
        In the order of the rows; min(dx, dy) pairs, or dx with "best".

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    The drop from "best" to "one-to-one" shows which units have no counterpart of their own.

    References
    ----------
    * Y. Li et al., "Convergent learning: do different neural networks learn the same representations?", ICLR (2016).

    Examples
    --------
    >>> table = [[0.9, 0.8], [0.7, 0.1]]
    >>> match_units(table).columns.tolist(), match_units(table, "best").columns.tolist()
    ([1, 0], [0, 0])
    """
    from scipy.optimize import linear_sum_assignment

    matrix = number_array(matrix, "matrix")
    if matrix.ndim != 2:
        raise DataError(sentence("matrix", "must have shape (dx, dy)", f"shape {matrix.shape}"))
    if how not in HOWS:
        raise ParameterError(sentence("how", f"must be one of {', '.join(HOWS)}", repr(how)))
    if how == "best":
        rows, columns = np.arange(len(matrix)), matrix.argmax(axis=1)
    else:
        rows, columns = linear_sum_assignment(matrix, maximize=True)
    return Matching(rows, columns, matrix[rows, columns])


def _copula(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    n = len(x)
    if n < 4:
        raise DataError(sentence("x", "must have at least 4 rows", n))
    white = []
    for side in (x, y):
        scores = normal_scores(side)
        scores -= scores.mean(axis=0)
        white.append(scores / scores.std(axis=0))
    rho = np.clip(white[0].T @ white[1] / n, -1.0, 1.0)
    with np.errstate(divide="ignore"):
        return -0.5 * np.log((1.0 - rho) * (1.0 + rho)) - gaussian_bias(n, 1, 1)


def _binned(x: np.ndarray, y: np.ndarray, bins: int | None) -> np.ndarray:
    n = len(x)
    bins = max(2, math.floor(math.sqrt(n / ROWS_PER_CELL))) if bins is None else whole(bins, "bins", 2)
    if bins**2 > n:
        raise ParameterError(sentence("bins", f"must leave at least one of {n} rows a cell", f"{bins} x {bins}"))
    one_hot = [np.eye(bins)[_equal_mass(side, bins)] for side in (x, y)]
    right = one_hot[1].reshape(n, -1)
    values = np.empty((x.shape[1], y.shape[1]))
    for i in range(x.shape[1]):
        counts = (one_hot[0][:, i].T @ right).reshape(bins, y.shape[1], bins).transpose(1, 0, 2)
        values[i] = _tables_mi(counts, n)
    return values


def _equal_mass(side: np.ndarray, bins: int) -> np.ndarray:
    """Bin of each entry, (n, d); tied values fall into one."""
    codes = np.ceil(average_ranks(side) * bins / len(side) - 1e-9).astype(np.int64) - 1
    return np.clip(codes, 0, bins - 1)


def _tables_mi(counts: np.ndarray, n: int) -> np.ndarray:
    """Plug-in information less Miller-Madow bias of tables (tables, a, b), in nats."""
    from scipy.special import xlogy

    margin_x, margin_y = counts.sum(axis=2), counts.sum(axis=1)
    sums = [xlogy(part, part).reshape(len(counts), -1).sum(axis=1) for part in (counts, margin_x, margin_y)]
    plug_in = (sums[0] - sums[1] - sums[2]) / n + math.log(n)
    cells, levels_x, levels_y = (
        (part > 0).reshape(len(counts), -1).sum(axis=1) for part in (counts, margin_x, margin_y)
    )
    return plug_in - (cells - levels_x - levels_y + 1) / (2.0 * n)


def _one_by_one(x: np.ndarray, y: np.ndarray, method: str | Estimator) -> np.ndarray:
    estimator = make_estimator(method, {}) if isinstance(method, str) else method
    values = np.empty((x.shape[1], y.shape[1]))
    for i in range(x.shape[1]):
        for j in range(y.shape[1]):
            values[i, j] = estimator.fit_admitted(admit(x[:, i], y[:, j]), FitOptions(confidence=None)).value
    return values
