"""Names for rows and labels that follow from what they hold, whatever their order and whatever they are called."""

from __future__ import annotations

import numpy as np

from mitk.numerics.ties import scrambled

# Rounds in which levels are named by their rows and rows by their levels.
ROUNDS = 2
_STEP = np.uint64(0xD1B54A32D192ED03)


def content_hashes(
    x: np.ndarray, y: np.ndarray, nominal_x: np.ndarray, nominal_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hashes of paired rows, of the levels in x and of the levels in y.

    Numbers are known by their ranks; labels by how often they occur, and then by the rows they occur in (Weisfeiler and
    Leman), so that neither another order of the rows, nor increasing maps of numbers, nor other names of the labels
    change a hash, and an exchange of the sides leaves those of the rows.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
        Ranks of numbers, codes of labels.
    y : ndarray of shape (n, dy)
    nominal_x, nominal_y : ndarray of shape (dx,) and (dy,), bool
        Which columns are labels.

    Returns
    -------
    rows : ndarray of shape (n,), uint64
    x, y : ndarray of the shapes of x and y, uint64

    Examples
    --------
    >>> labels, numbers = np.array([[0.0], [0.0], [1.0]]), np.array([[1.0], [2.0], [3.0]])
    >>> one = content_hashes(labels, numbers, np.array([True]), np.array([False]))
    >>> other = content_hashes(5.0 - labels, numbers, np.array([True]), np.array([False]))
    >>> bool((one[0] == other[0]).all())
    True
    """
    sides = [(2.0 * side).astype(np.int64).astype(np.uint64) for side in (x, y)]
    levels: list[list[tuple[int, np.ndarray]]] = []
    for side, values, nominal in zip(sides, (x, y), (nominal_x, nominal_y), strict=True):
        levels.append([])
        for j in np.flatnonzero(nominal).tolist():
            _, level, counts = np.unique(values[:, j], return_inverse=True, return_counts=True)
            side[:, j] = counts[level]
            levels[-1].append((j, level))
    for _ in range(ROUNDS):
        keys = scrambled(_rows(sides))
        for side, own in zip(sides, levels, strict=True):
            for place, level in own:
                total = np.zeros(int(level.max()) + 1, dtype=np.uint64)
                np.add.at(total, level, keys)
                side[:, place] = total[level]
    return _rows(sides), sides[0], sides[1]


def renamed(values: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """Codes 0, 1, ... of the levels of a column (n,), in the order of their hashes (n,)."""
    order = np.lexsort((values, hashes))
    new = np.append(False, np.diff(values[order]) != 0.0)
    codes = np.empty(len(values), dtype=np.int64)
    codes[order] = np.cumsum(new)
    return codes


def dealing_keys(rows: np.ndarray, seed: int) -> np.ndarray:
    """Keys (n,) to deal rows by, from their hashes (n,): equal rows get keys that are unrelated."""
    order = np.argsort(rows, kind="stable")
    new = np.append(True, np.diff(rows[order]) != 0)
    copy = np.empty(len(rows), dtype=np.uint64)
    copy[order] = np.arange(len(rows)) - np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))
    return scrambled(scrambled(rows) + scrambled(copy + np.uint64(int(seed) % 2**64)))


def _rows(sides: list[np.ndarray]) -> np.ndarray:
    total = np.zeros(len(sides[0]), dtype=np.uint64)
    for side in sides:
        steps = np.arange(1, side.shape[1] + 1, dtype=np.uint64) * _STEP
        total += scrambled(scrambled(side + steps).sum(axis=1))
    return total
