"""Mean products of many pairs of columns: one matrix product where pairs share columns, else pair by pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

# Pairs that are worked on at a time, and entries of two blocks of columns that stay in the cache.
MOST_PAIRS, MOST_ENTRIES = 1 << 20, 1 << 16
# A matrix product takes as long as gathering this share of its pairs, and is held to so many entries.
DENSITY, MOST_PRODUCTS = 0.01, 1 << 25
# Above this correlation moments of fourth order cancel too far.
NEARLY_ONE = 0.99


@dataclass(frozen=True, eq=False)
class _Grid:
    """The columns that pairs are made of, (l,) on the left and (r,) on the right, and their places there, (m,) each."""

    left: np.ndarray
    right: np.ndarray
    row: np.ndarray
    column: np.ndarray

    @classmethod
    def of(cls, pairs: np.ndarray, d: int) -> _Grid:
        sides = []
        for places in pairs.T:
            used = np.zeros(d, dtype=bool)
            used[places] = True
            where = np.cumsum(used) - 1
            sides.append((np.flatnonzero(used), where[places]))
        (left, row), (right, column) = sides
        return cls(left, right, row, column)

    @property
    def dense(self) -> bool:
        """Whether the whole grid is cheaper than its pairs."""
        products = len(self.left) * len(self.right)
        return len(self.row) >= DENSITY * products and products <= MOST_PRODUCTS


def mean_products(
    left: np.ndarray, right: np.ndarray, pairs: np.ndarray, powers: tuple[int, int] = (1, 1), alone: bool = False
) -> np.ndarray:
    """Mean over rows of ``left[:, i] ** s * right[:, j] ** t`` for each pair (i, j), with `powers` (s, t).

    Parameters
    ----------
    left, right : ndarray of shape (n, d), float64
        Fastest with contiguous columns.
    pairs : ndarray of shape (m, 2)
        Places of columns.
    powers : (int, int), default (1, 1)
        Each 1, 2 or 3.
    alone : bool, default False
        Work on each pair by itself, so that its last bits do not depend on the others.

    Returns
    -------
    ndarray of shape (m,)

    Examples
    --------
    >>> a = np.array([[1.0, 2.0], [3.0, 1.0]])
    >>> mean_products(a, a, np.array([[0, 0], [0, 1]]), (2, 1)).tolist()
    [14.0, 5.5]
    """
    n, d = left.shape
    result = np.empty(len(pairs))
    for start in range(0, len(pairs), MOST_PAIRS):
        run = slice(start, start + MOST_PAIRS)
        grid = _Grid.of(pairs[run], d)
        if grid.dense and not alone:
            product = _power(_rows(left, grid.left), powers[0]) @ _power(_rows(right, grid.right), powers[1]).T
            result[run] = product.ravel()[grid.row * len(grid.right) + grid.column]
            continue
        for part, a, b in _blocks(left, right, pairs[run]):
            result[run][part] = np.einsum("ij,ij->i", _power(a, powers[0]), _power(b, powers[1]))
    result /= n
    return result


def scatter_of_correlations(columns: np.ndarray, pairs: np.ndarray, r: np.ndarray, alone: bool = False) -> np.ndarray:
    """Mean squares of the scores ``a b - r (a^2 + b^2) / 2`` of correlations.

    With moments m_st = E[a^s b^t] these are m_22 - r (m_31 + m_13) + r^2 (m_40 + 2 m_22 + m_04) / 4, which cancels
    where r is near 1 or -1; there scores are made row by row.

    Parameters
    ----------
    columns : ndarray of shape (n, d)
        Standardised.
    pairs : ndarray of shape (m, 2)
    r : ndarray of shape (m,)
        Their correlations.
    alone : bool, default False
        As of `mean_products`.

    Returns
    -------
    ndarray of shape (m,)
        (1 - r^2)^2 on average over normal rows.

    Examples
    --------
    >>> a = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> scatter_of_correlations(a, np.array([[0, 1]]), np.zeros(1)).tolist()
    [1.0]
    """
    result = np.empty(len(pairs))
    for start in range(0, len(pairs), MOST_PAIRS):
        run = slice(start, start + MOST_PAIRS)
        result[run] = _scatter(columns, pairs[run], r[run], alone)
    return result


def _scatter(columns: np.ndarray, pairs: np.ndarray, r: np.ndarray, alone: bool) -> np.ndarray:
    result = np.empty(len(pairs))
    by_rows = np.ones(len(pairs), dtype=bool)
    grid = _Grid.of(pairs, columns.shape[1])
    if grid.dense and not alone:
        by_rows = np.abs(r) > NEARLY_ONE
        both, left, right = (mean_products(columns, columns, pairs, powers) for powers in ((2, 2), (3, 1), (1, 3)))
        fourth = _fourth(columns, grid.left)[grid.row] + _fourth(columns, grid.right)[grid.column]
        result = both - r * (left + right) + 0.25 * r**2 * (fourth + 2.0 * both)
    chosen = np.flatnonzero(by_rows)
    for part, a, b in _blocks(columns, columns, pairs[chosen]):
        scores = a * b - 0.5 * r[chosen[part], None] * (a * a + b * b)
        result[chosen[part]] = np.einsum("ij,ij->i", scores, scores) / columns.shape[0]
    return result


def _fourth(columns: np.ndarray, used: np.ndarray) -> np.ndarray:
    squares = _power(_rows(columns, used), 2)
    return np.einsum("ij,ij->i", squares, squares) / columns.shape[0]


def _blocks(left: np.ndarray, right: np.ndarray, pairs: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Some pairs at a time: which, and their columns as rows, (c, n) each."""
    step = max(1, MOST_ENTRIES // left.shape[0])
    for start in range(0, len(pairs), step):
        part = slice(start, start + step)
        yield part, left.T[pairs[part, 0]], right.T[pairs[part, 1]]


def _rows(columns: np.ndarray, used: np.ndarray) -> np.ndarray:
    """The used columns (n, d) as rows (c, n), without a copy where they are neighbours."""
    if len(used) and used[-1] - used[0] + 1 == len(used):
        return columns.T[used[0] : used[-1] + 1]
    return columns.T[used]


def _power(values: np.ndarray, power: int) -> np.ndarray:
    return values if power == 1 else values * _power(values, power - 1)
