"""Contingency tables of many columns, dense or sparse, with one other column."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.compiled import cached, helper
from mitk.numerics.many_tables import count_log_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

# Cells of a table, for each row, up to which it is laid out whole; others are sorted.
LAID_OUT = 16


class SparseCodes(NamedTuple):
    """Levels of the columns of a sparse matrix: those of single rows, and one that all others have.

    Attributes
    ----------
    starts : ndarray of shape (d + 1,), int64
        Where the entries of each column begin.
    rows, codes : ndarray of shape (entries,), int32
    rest : ndarray of shape (d,), int64
        Level of the rows without an entry.
    """

    starts: Ints
    rows: Codes
    codes: Codes
    rest: Ints

    def column(self, j: int, n: int) -> Codes:
        """Levels of one column, shape (n,)."""
        column = np.full(n, self.rest[j], dtype=np.int32)
        begin, end = self.starts[j : j + 2]
        column[self.rows[begin:end]] = self.codes[begin:end]
        return column


@helper
def _emptied(counts: Ints, used: int, logs: Floats) -> tuple[float, int]:
    """Sum of c ln c over the first cells, and how many hold rows; they are empty afterwards."""
    cells, logged = 0, 0.0
    for cell in range(used):
        cells += counts[cell] > 0
        logged += logs[counts[cell]]
        counts[cell] = 0
    return logged, cells


@cached
def _count_sparse(
    starts: Ints,
    rows: Codes,
    codes: Codes,
    rest: Ints,
    levels: Ints,
    other: Codes,
    size: int,
    logs: Floats,
    out: Floats,
) -> None:
    margin = np.zeros(size, np.int64)
    for i in range(len(other)):
        margin[other[i]] += 1
    counts = np.zeros(max(1, levels.max()) * size, np.int64)
    for j in range(len(levels)):
        if levels[j] == 0:
            continue
        base = rest[j] * size
        for b in range(size):
            counts[base + b] = margin[b]
        for at in range(starts[j], starts[j + 1]):
            b = other[rows[at]]
            counts[base + b] -= 1
            counts[codes[at] * size + b] += 1
        out[0, j], out[1, j] = _emptied(counts, levels[j] * size, logs)


@cached
def _count_dense(columns: Codes, levels: Ints, other: Codes, size: int, logs: Floats, out: Floats) -> None:
    counts = np.zeros(max(1, levels.max()) * size, np.int64)
    for j in range(len(levels)):
        if levels[j] == 0:
            continue
        column = columns[j]
        for i in range(len(other)):
            counts[column[i] * size + other[i]] += 1
        out[0, j], out[1, j] = _emptied(counts, levels[j] * size, logs)


def column_table_sums(columns: Codes | SparseCodes, levels: Ints, other: NDArray[np.integer]) -> tuple[Floats, Ints]:
    """Sums of c ln c over the cells, and observed cells, of the table of each column with another, (d,) each.

    Parameters
    ----------
    columns : ndarray of shape (d, n), int32, or SparseCodes
        Levels from 0.
    levels : ndarray of shape (d,), int64
        How many each column has.
    other : ndarray of shape (n,)
        Levels from 0.

    Examples
    --------
    >>> columns = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=np.int32)
    >>> sums, cells = column_table_sums(columns, np.array([2, 2]), np.array([0, 0, 1, 1]))
    >>> np.allclose(sums, [4 * np.log(2), 0.0]), cells.tolist()    # two cells of two rows; four of one
    (True, [2, 4])
    """
    n, size = len(other), int(other.max()) + 1
    logs, out = count_log_counts(n), np.empty((2, len(levels)))
    partner = np.ascontiguousarray(other, dtype=np.int32)
    large = levels * size > LAID_OUT * n
    counted = np.where(large, 0, levels).astype(np.int64)
    if isinstance(columns, SparseCodes):
        _count_sparse(*columns, counted, partner, size, logs, out)
    else:
        _count_dense(columns, counted, partner, size, logs, out)
    for j in np.flatnonzero(large).tolist():
        column = columns.column(j, n) if isinstance(columns, SparseCodes) else columns[j]
        counts = np.unique(column.astype(np.int64) * size + partner, return_counts=True)[1]
        out[:, j] = logs[counts].sum(), len(counts)
    return out[0], out[1].astype(np.int64)
