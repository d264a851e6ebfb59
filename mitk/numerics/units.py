"""Rows that depend on each other, such as those of a group: which they are, and halves that part no such unit."""

from __future__ import annotations

import numpy as np


def by_unit(units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n,) in the order of their units, labelled from 0, and where each begins and the last ends among them.

    Examples
    --------
    >>> rows, starts = by_unit(np.array([1, 0, 1, 0]))
    >>> rows.tolist(), starts.tolist()
    ([1, 3, 0, 2], [0, 2, 4])
    """
    return np.argsort(units, kind="stable"), np.append(0, np.cumsum(np.bincount(units)))


def rows_by_size(units: np.ndarray) -> list[np.ndarray]:
    """Rows (u, m) of the units of each size m, for labels of units (n,)."""
    _, codes, sizes = np.unique(units, return_inverse=True, return_counts=True)
    rows = np.split(np.argsort(codes, kind="stable"), np.cumsum(sizes)[:-1])
    return [np.stack([own for own in rows if len(own) == size]) for size in np.unique(sizes)]


def halves_by(values: np.ndarray, units: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two halves that are alike in some values (n,), units whole where rows have labels (n,) of such."""
    if units is None:
        order = np.argsort(values, kind="stable")
        return np.sort(order[::2]), np.sort(order[1::2])
    _, codes, sizes = np.unique(units, return_inverse=True, return_counts=True)
    first = np.zeros(len(sizes), dtype=bool)
    first[np.argsort(np.bincount(codes, values) / sizes, kind="stable")[::2]] = True
    return np.flatnonzero(first[codes]), np.flatnonzero(~first[codes])


def units_of_values(column: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code of the value in each row (n,), and in how many units (labels 0, 1, ..., shape (n,)) each value is.

    Examples
    --------
    >>> codes, counts = units_of_values(np.array([2.0, 2.0, 2.0, 5.0]), np.array([0, 0, 1, 1]))
    >>> codes.tolist(), counts.tolist()
    ([0, 0, 0, 1], [2, 1])
    """
    levels, codes = np.unique(column, return_inverse=True)
    codes = codes.ravel()
    pairs = np.unique(codes * (int(units.max()) + 1) + units)
    return codes, np.bincount(pairs // (int(units.max()) + 1), minlength=len(levels))
