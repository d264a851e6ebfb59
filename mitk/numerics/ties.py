"""Ties dissolved without randomness: every tied value is spread over the cell that rounds to it."""

from __future__ import annotations

import numpy as np

from mitk.numerics.codes import joint_codes

# Odd constants of the splitmix64 generator.
_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
# A column in which so many rows share their value is a lattice; the share of a cell that a lone row moves by there.
LATTICE_SHARE, HAIR = 0.5, 1e-4
_STEP = np.uint64(0x9E3779B97F4A7C15)


def pair_keys(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A 64-bit key for each row that depends on the values of all rows and not on its place, shape (n,).

    Identical rows get different keys, in an order that does not matter since the rows are the same. Exchanging
    `x` and `y` leaves the keys unchanged.
    """
    code_x, code_y = joint_codes(x), joint_codes(y)
    low, high = np.minimum(code_x, code_y), np.maximum(code_x, code_y)
    # Pairs (a, b) and (b, a) share a key, so occurrences are counted in ordered pairs.
    occurrence = _occurrence(code_x, code_y)
    keys = scrambled(scrambled(scrambled(low) ^ high.astype(np.uint64)) ^ occurrence.astype(np.uint64))
    # The sum over all rows makes the order a different one in every data set and subsample; a fixed order for a
    # given pair of levels would be a bias that no averaging removes.
    return scrambled(keys ^ scrambled(scrambled(keys).sum(keepdims=True)))


def spread(
    values: np.ndarray,
    tied: np.ndarray,
    keys: np.ndarray,
    side: int,
    fixed: np.ndarray | None = None,
    *,
    evenly: bool = True,
) -> np.ndarray:
    """Move the rows of each tied level evenly over its cell, in an order drawn from the keys.

    Rounded data carry exactly the information of the same data plus independent uniform noise within each
    rounding cell, because the noise can be rounded away again. Cells reach half-way to the neighbouring levels,
    so they never overlap, and rows are placed evenly in them.

    Parameters
    ----------
    values : ndarray of shape (n, d)
    tied : ndarray of shape (d,), bool
        Columns to treat.
    keys : ndarray of shape (n,), uint64
        From `pair_keys`.
    side : int
        Sides given an even number and the odd one after it are spread independently.
    fixed : ndarray of shape (n, d), bool, optional
        Entries to leave alone and out of account.
    evenly : bool, default True
        Whether the rows of a level share its cell out among themselves; else each lies anywhere in it, where gaps are
        to look like those of independent rows.

    Returns
    -------
    ndarray of shape (n, d)
    """
    result = values.copy()
    for j in np.flatnonzero(tied):
        rows = np.arange(len(values)) if fixed is None else np.flatnonzero(~fixed[:, j])
        column = values[rows, j]
        order_key = scrambled(keys[rows] ^ np.uint64((2 * int(j) + side + 1) * 0xD1B54A32D192ED03 % 2**64))
        levels, level, counts = np.unique(column, return_inverse=True, return_counts=True)
        if len(levels) < 2:
            continue
        middle = levels[:-1] + np.diff(levels) / 2.0
        low = np.concatenate([[2.0 * levels[0] - middle[0]], middle])
        high = np.concatenate([middle, [2.0 * levels[-1] - middle[-1]]])
        order = np.lexsort((order_key, level))
        place = np.empty(len(column))
        place[order] = np.arange(len(column)) - np.repeat(np.cumsum(counts) - counts, counts)
        # Not at equal steps, so that cells with equal counts do not form a finer lattice.
        jitter = (scrambled(order_key) >> np.uint64(11)).astype(np.float64) / 2.0**53
        share = (place + jitter) / counts[level] if evenly else jitter
        shared = counts[level] > 1
        if shared.mean() > LATTICE_SHARE:
            # Levels that one row has lie at equal distances, which rounding would tell apart one way or the other.
            column = column + HAIR * (jitter - 0.5) * (high - low)[level]
        result[rows, j] = np.where(shared, low[level] + share * (high - low)[level], column)
    return result


def has_ties(column: np.ndarray) -> bool:
    """Whether a column (n,) repeats a value."""
    ordered = np.sort(column)
    return bool((ordered[1:] == ordered[:-1]).any())


def _occurrence(code_x: np.ndarray, code_y: np.ndarray) -> np.ndarray:
    """0 for the first row of each distinct pair, 1 for the second, ..."""
    order = np.lexsort((code_y, code_x))
    x, y = code_x[order], code_y[order]
    new = np.concatenate([[True], (x[1:] != x[:-1]) | (y[1:] != y[:-1])])
    position = np.arange(len(order))
    occurrence = np.empty(len(order), dtype=np.int64)
    occurrence[order] = position - np.maximum.accumulate(np.where(new, position, 0))
    return occurrence


def scrambled(bits: np.ndarray) -> np.ndarray:
    """splitmix64 of integers: unrelated 64-bit words for neighbouring numbers."""
    z = bits.astype(np.uint64) + _STEP
    z = (z ^ (z >> np.uint64(30))) * _MULTIPLIERS[0]
    z = (z ^ (z >> np.uint64(27))) * _MULTIPLIERS[1]
    return z ^ (z >> np.uint64(31))
