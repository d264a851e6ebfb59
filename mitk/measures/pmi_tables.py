"""Tables of pointwise mutual information from counts; sparse ones for words."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.errors import DataError, UnsupportedError, sentence
from mitk.measures.inputs import number_array, positive
from mitk.measures.outcome import check_options
from mitk.results.record import NATS_PER_UNIT


def pmi_table(counts: Any, *, smoothing: float = 0.0, context_power: float = 1.0, unit: str = "nats") -> np.ndarray:
    """Pointwise mutual information of each cell of a table of counts.

    Parameters
    ----------
    counts : array_like of shape (a, b)
        None negative.
    smoothing : float, default 0.0
        Added to every cell first. Rare cells get the largest values by chance; a little smoothing takes that away.
    context_power : float, default 1.0
        Columns are as probable as their counts to this power; 0.75 is usual for words, where it lowers rare contexts.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    ndarray of shape (a, b)
        -inf for empty cells.

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    ``ln p_ij / p_i p_j``. Its mean under p_ij is the plug-in mutual information.

    References
    ----------
    * K. Church and P. Hanks, "Word association norms, mutual information, and lexicography" (1990).
    * O. Levy and Y. Goldberg, "Neural word embedding as implicit matrix factorization", NIPS (2014).

    Examples
    --------
    >>> pmi_table([[2, 0], [0, 2]], unit="bits").tolist()
    [[1.0, -inf], [-inf, 1.0]]
    """
    check_options(None, unit)
    table = _smoothed(counts, smoothing)
    log_p, log_rows, log_columns = _logs(table, context_power)
    with np.errstate(invalid="ignore"):
        values = log_p - log_rows[:, None] - log_columns
    return np.where(table > 0, values, -np.inf) / NATS_PER_UNIT[unit]


def npmi_table(counts: Any, *, smoothing: float = 0.0) -> np.ndarray:
    """Normalised pointwise mutual information of each cell, from -1 to 1.

    Parameters
    ----------
    counts : array_like of shape (a, b)
    smoothing : float, default 0.0
        As in `pmi_table`.

    Returns
    -------
    ndarray of shape (a, b)
        -1 for empty cells.

    Raises
    ------
    DataError, ParameterError

    References
    ----------
    * G. Bouma, "Normalized (pointwise) mutual information in collocation extraction" (2009).

    Examples
    --------
    >>> npmi_table([[2, 0], [0, 2]]).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    table = _smoothed(counts, smoothing)
    if np.count_nonzero(table) < 2:
        raise DataError(sentence("counts", "must have at least 2 cells that are not empty", np.count_nonzero(table)))
    log_p, log_rows, log_columns = _logs(table, 1.0)
    with np.errstate(invalid="ignore"):
        values = (log_p - log_rows[:, None] - log_columns) / -log_p
    return np.where(table > 0, values, -1.0)


def ppmi_table(
    counts: Any, *, smoothing: float = 0.0, context_power: float = 1.0, shift: float = 0.0, unit: str = "nats"
) -> Any:
    """Positive pointwise mutual information: max(pmi - shift, 0), the usual start of count-based word vectors.

    Parameters
    ----------
    counts : array_like or scipy sparse array of shape (a, b)
    smoothing, context_power
        As in `pmi_table`; no smoothing of sparse counts, which would fill every cell.
    shift : float, default 0.0
        In nats; ln k stands for k negative samples.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    ndarray of shape (a, b), or scipy.sparse.csr_array where `counts` is sparse

    Raises
    ------
    DataError, ParameterError, UnsupportedError

    References
    ----------
    * O. Levy and Y. Goldberg, "Neural word embedding as implicit matrix factorization", NIPS (2014).

    Examples
    --------
    >>> ppmi_table([[2, 0], [0, 2]], unit="bits").tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    check_options(None, unit)
    shift = positive(shift, "shift", zero=True)
    if hasattr(counts, "tocsr"):
        return _sparse_ppmi(counts, smoothing, context_power, shift) / NATS_PER_UNIT[unit]
    values = pmi_table(counts, smoothing=smoothing, context_power=context_power)
    return np.maximum(values - shift, 0.0) / NATS_PER_UNIT[unit]


def _sparse_ppmi(counts: Any, smoothing: float, context_power: float, shift: float) -> Any:
    from scipy.sparse import csr_array

    if smoothing:
        raise UnsupportedError(sentence("smoothing", "must be 0 for sparse counts", smoothing, "pass a dense array"))
    table = csr_array(counts, dtype=np.float64, copy=True)
    table.sum_duplicates()
    table.eliminate_zeros()
    _refuse(table.data)
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    log_rows, log_columns = _log_margins(
        np.asarray(table.sum(axis=1)).ravel(), np.asarray(table.sum(axis=0)).ravel(), context_power
    )
    logs = np.log(table.data / table.data.sum()) - log_rows[rows] - log_columns[table.indices]
    table.data = np.maximum(logs - shift, 0.0)
    table.eliminate_zeros()
    return table


def _smoothed(counts: Any, smoothing: float) -> np.ndarray:
    table = number_array(counts, "counts")
    if table.ndim != 2:
        raise DataError(sentence("counts", "must have shape (a, b)", f"shape {table.shape}"))
    _refuse(table)
    return table + positive(smoothing, "smoothing", zero=True)


def _refuse(cells: np.ndarray) -> None:
    if (cells < 0).any() or not cells.sum() > 0:
        raise DataError(sentence("counts", "must be at least 0, and not all 0", f"sum {cells.sum():g}"))


def _logs(table: np.ndarray, context_power: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ln p of cells, rows and columns; -inf where empty."""
    with np.errstate(divide="ignore"):
        log_p = np.log(table / table.sum())
    return (log_p, *_log_margins(table.sum(axis=1), table.sum(axis=0), context_power))


def _log_margins(rows: np.ndarray, columns: np.ndarray, context_power: float) -> tuple[np.ndarray, np.ndarray]:
    weighted = np.where(columns > 0, columns ** positive(context_power, "context_power"), 0.0)
    with np.errstate(divide="ignore"):
        return np.log(rows / rows.sum()), np.log(weighted / weighted.sum())
