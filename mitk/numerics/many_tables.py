"""Contingency tables of many pairs of columns: their counts, and the sums that informations are made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from mitk.numerics.compiled import cached

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Cells, for each row, up to which a table is laid out whole; larger ones are counted level by level.
DENSE = 2
# Bits of a word counted in pairs, in fours and in bytes, and the sum of the bytes.
PAIRS, FOURS, BYTES, SUM = 0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F, 0x0101010101010101


class TableSums(NamedTuple):
    """What informations of tables are made of, each of shape (m,).

    Attributes
    ----------
    plug_in : ndarray of float64
        Plug-in information in nats.
    cells : ndarray of int64
        Observed cells.
    once : ndarray of int64
        Cells that one row is in.
    both : ndarray of int64
        For two levels a side, rows in the second of both; -1 for larger tables.
    """

    plug_in: Floats
    cells: Ints
    once: Ints
    both: Ints


def count_log_counts(n: int) -> Floats:
    """C ln c of the counts 0 to n, shape (n + 1,)."""
    counts = np.arange(n + 1.0)
    return xlogy(counts, counts)


def margins_of(codes: np.ndarray, levels: Ints) -> list[Ints]:
    """Rows of each level of columns of codes (n, d), one array (levels,) a column."""
    return [np.bincount(column, minlength=size) for column, size in zip(codes.T, levels, strict=True)]


def table_sums(codes: np.ndarray, levels: Ints, pairs: Ints) -> TableSums:
    """The tables of pairs of columns, each counted once.

    Parameters
    ----------
    codes : ndarray of shape (n, d), int32
        Levels from 0, columns contiguous.
    levels : ndarray of shape (d,)
    pairs : ndarray of shape (m, 2)
        Places of columns.

    Notes
    -----
    Tables of two levels a side follow from the margins and one count: columns are packed into bits, 64 rows a word,
    and the bits counted that two columns share.
    """
    n, m = len(codes), len(pairs)
    logs = count_log_counts(n)
    entropies = np.array([logs[margin].sum() for margin in margins_of(codes, levels)])
    sums, cells, once = np.empty(m), np.empty(m, dtype=np.int64), np.empty(m, dtype=np.int64)
    both = np.full(m, -1, dtype=np.int64)
    fourfold = (levels[pairs] == 2).all(axis=1)
    if fourfold.any():
        used = np.zeros(len(levels), dtype=bool)
        used[pairs[fourfold]] = True
        words, seconds = packed(codes[:, used])
        place = (np.cumsum(used) - 1)[pairs[fourfold]]
        found = np.empty((4, len(place)))
        _count_fourfold(words, seconds, place, n, logs, found)
        sums[fourfold] = found[0]
        cells[fourfold], once[fourfold], both[fourfold] = found[1:].astype(np.int64)
    if not fourfold.all():
        rest = np.flatnonzero(~fourfold)
        found = np.empty((3, len(rest)))
        _count_tables(codes.T, levels, np.ascontiguousarray(pairs[rest]), logs, found)
        sums[rest] = found[0]
        cells[rest], once[rest] = found[1:].astype(np.int64)
    total = logs[n] + sums - entropies[pairs[:, 0]] - entropies[pairs[:, 1]]
    return TableSums(total / n, cells, once, both)


def packed(codes: np.ndarray) -> tuple[NDArray[np.uint64], Ints]:
    """Columns of 0 and 1, (n, d), as bits, (d, words), and the ones in each, (d,)."""
    bits = np.packbits(codes.T.astype(np.uint8), axis=1)
    words = np.zeros((bits.shape[0], -(-bits.shape[1] // 8) * 8), dtype=np.uint8)
    words[:, : bits.shape[1]] = bits
    return words.view(np.uint64), codes.sum(axis=0, dtype=np.int64)


@cached
def _count_fourfold(words: NDArray[np.uint64], seconds: Ints, pairs: Ints, n: int, logs: Floats, found: Floats) -> None:
    """Sum of c ln c over the cells, cells, cells of one row, and rows in the second level of both sides: (4, m)."""
    one, two, four, last = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)
    pair, fours, in_bytes, total = np.uint64(PAIRS), np.uint64(FOURS), np.uint64(BYTES), np.uint64(SUM)
    for p in range(len(pairs)):
        x, y = pairs[p]
        shared = np.uint64(0)
        for w in range(words.shape[1]):
            bits = words[x, w] & words[y, w]
            bits = bits - ((bits >> one) & pair)
            bits = (bits & fours) + ((bits >> two) & fours)
            bits = (bits + (bits >> four)) & in_bytes
            shared += (bits * total) >> last
        # As signed as the other counts, or numba makes floats of their differences.
        both = np.int64(shared)
        only_x, only_y = seconds[x] - both, seconds[y] - both
        cells, once, logged = 0, 0, 0.0
        for count in (both, only_x, only_y, n - both - only_x - only_y):
            if count > 0:
                cells += 1
            if count == 1:
                once += 1
            logged += logs[count]
        found[0, p], found[1, p], found[2, p], found[3, p] = logged, cells, once, both


@cached
def _count_tables(columns: NDArray[np.int32], levels: Ints, pairs: Ints, logs: Floats, found: Floats) -> None:
    """Sum of c ln c over the cells, cells, and cells of one row: (3, m), of columns (d, n)."""
    n = columns.shape[1]
    counts = np.zeros(DENSE * n + 1, np.int64)
    ordered = np.empty(n, np.int64)
    for p in range(len(pairs)):
        x, y = columns[pairs[p, 0]], columns[pairs[p, 1]]
        levels_x, levels_y = levels[pairs[p, 0]], levels[pairs[p, 1]]
        cells, once, logged = 0, 0, 0.0
        size = levels_x * levels_y
        if size <= DENSE * n:
            for i in range(n):
                counts[x[i] * levels_y + y[i]] += 1
            for cell in range(size):
                count = counts[cell]
                counts[cell] = 0
                cells += count > 0
                once += count == 1
                logged += logs[count]
        else:
            # The rows of each level of x together, then a row of the table at a time.
            ends = np.zeros(levels_x + 1, np.int64)
            for i in range(n):
                ends[x[i] + 1] += 1
            for level in range(levels_x):
                ends[level + 1] += ends[level]
            starts = ends.copy()
            for i in range(n):
                ordered[starts[x[i]]] = y[i]
                starts[x[i]] += 1
            for level in range(levels_x):
                for i in range(ends[level], ends[level + 1]):
                    counts[ordered[i]] += 1
                for i in range(ends[level], ends[level + 1]):
                    count = counts[ordered[i]]
                    if count > 0:
                        counts[ordered[i]] = 0
                        cells += 1
                        once += count == 1
                        logged += logs[count]
        found[0, p], found[1, p], found[2, p] = logged, cells, once
