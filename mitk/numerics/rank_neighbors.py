"""Nearest neighbours of many pairs of columns on normal scores, which all columns without ties share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, ndtri

from mitk.numerics.bit_masks import LANES, lowest, marked
from mitk.numerics.compiled import cached, helper

Floats = NDArray[np.float64]
Ranks = NDArray[np.int32]

# Cells of the table that finds scores, for each row.
CELLS_A_ROW = 4
# The square first searched has this times the side at which k neighbours are expected; and what it grows by.
FIRST, MORE = 1.5, 1.6
# How fast that expectation follows what was found, row by row.
LEARNED = 0.1
# Rounding of a score that bounds a square, with room.
ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """What pairs of columns of n distinct values have in common.

    Attributes
    ----------
    scores : ndarray of shape (n + 2,)
        Normal quantiles of rank / (n + 1), between minus and plus infinity.
    places : ndarray of shape (cells + 1,), int32
        How many scores lie below each of as many cells of equal width.
    per_unit : float
        Cells in a unit of score.
    spacings : ndarray of shape (n,)
        Square root of a factor each for x and y, whose product is half the side of the square that holds k neighbours
        of a row where the columns are independent.
    psi : ndarray of shape (n + 1,)
        psi(k) + psi(n), and psi of 1 to n.
    """

    scores: Floats
    places: Ranks
    per_unit: float
    spacings: Floats
    psi: Floats


@lru_cache(maxsize=16)
def score_table(n: int, k: int) -> ScoreTable:
    """The table of n rows and k neighbours."""
    scores = ndtri(np.arange(1, n + 1) / (n + 1.0))
    cells = CELLS_A_ROW * n
    per_unit = float((cells - 1) / (scores[-1] - scores[0]))
    # As `_cell` has it, so that the two round alike.
    cell = np.minimum(((scores - scores[0]) * per_unit).astype(np.int64), cells - 1)
    density = n * np.exp(-0.5 * scores**2) / np.sqrt(2.0 * np.pi)
    return ScoreTable(
        np.concatenate([[-np.inf], scores, [np.inf]]),
        np.searchsorted(cell, np.arange(cells + 1)).astype(np.int32),
        per_unit,
        np.sqrt(0.5 * np.sqrt(k) / density),
        digamma(np.concatenate([[k], np.arange(1.0, n + 1.0)])) + np.where(np.arange(n + 1) == 0, digamma(n), 0.0),
    )


def rank_information(ranks: Ranks, pairs: np.ndarray, k: int) -> tuple[Floats, Floats]:
    """Kraskov, Stögbauer and Grassberger's first estimate of pairs of columns on normal scores.

    The mean over rows of psi(k) + psi(n) - psi(n_x + 1) - psi(n_y + 1), where n_x counts the other rows whose scores in
    x are strictly nearer than the k-th neighbour in the maximum norm :cite:`kraskov2004`: what `ksg_contributions`
    gives of the scores, up to the rounding of the sum. It lets other threads run.

    Parameters
    ----------
    ranks : ndarray of shape (n, p), int32, columns contiguous
        From 0, each once in every column.
    pairs : ndarray of shape (m, 2), int
        Places of columns.
    k : int
        Below n.

    Returns
    -------
    values : ndarray of shape (m,)
        Nats.
    variances : ndarray of shape (m,)
        Of the rows' contributions, nats squared.

    Notes
    -----
    Without ties all columns have the same scores in some order, and a pair is the ranks of y in the order of x. Each
    row searches a square of about 2 k neighbours, whose sides are turned into ranks by one table: a run of rows, in
    which ranks of y between two bounds are wanted. Where the square holds too few rows, it grows. How large squares
    have to be is learned from the rows before, so that dependence costs nothing.

    Examples
    --------
    >>> ranks = np.asfortranarray(np.array([[0, 1], [1, 0], [2, 3], [3, 2]], dtype=np.int32))
    >>> rank_information(ranks, np.array([[0, 0], [0, 1]]), 1)[0].round(3).tolist()
    [1.833, 0.833]
    """
    n = ranks.shape[0]
    table = score_table(n, k)
    found = np.empty((2, len(pairs)))
    pairs = np.ascontiguousarray(pairs, dtype=np.int64)
    rank_pairs(ranks, pairs, k, table.scores, table.places, table.per_unit, table.spacings, table.psi, found)
    return found[0], np.maximum(found[1] - found[0] ** 2, 0.0)


@helper
def _cell(score: float, first: float, per_unit: float, cells: int) -> int:
    return min(max(int((score - first) * per_unit), 0), cells - 1)


@helper
def _nearer(scores: Floats, places: Ranks, per_unit: float, at: int, radius: float) -> int:
    """How many scores lie within less than a radius of that at a place, itself included."""
    own, first, cells = scores[at], scores[1], places.size - 1
    end = places[_cell(own + radius, first, per_unit, cells)] + 1
    while scores[end] - own < radius:
        end += 1
    while not scores[end - 1] - own < radius:
        end -= 1
    begin = places[_cell(own - radius, first, per_unit, cells)] + 1
    while own - scores[begin - 1] < radius:
        begin -= 1
    while not own - scores[begin] < radius:
        begin += 1
    return end - begin


@cached
def rank_pairs(
    ranks: Ranks,
    pairs: NDArray[np.int64],
    k: int,
    scores: Floats,
    places: Ranks,
    per_unit: float,
    spacings: Floats,
    psi: Floats,
    found: Floats,
) -> None:
    """Fill ``found`` (2, m) with the means and mean squares of contributions; see `rank_information`."""
    n, first, cells = ranks.shape[0], scores[1], places.size - 1
    inner = scores[1 : n + 1]
    # Ranks of y in the order of x, and room for the last test, which no rank passes there.
    across = np.empty(n + LANES, np.int32)
    across[n:] = 2147483647
    # The row itself, and its neighbours.
    nearest = np.empty(k + 1)
    for p in range(pairs.shape[0]):
        x, y = ranks[:, pairs[p, 0]], ranks[:, pairs[p, 1]]
        for i in range(n):
            across[x[i]] = y[i]
        total, squares, scale = 0.0, 0.0, 1.0
        for i in range(n):
            own = np.intp(across[i])
            a, b = inner[i], inner[own]
            expected = spacings[i] * spacings[own]
            bound = FIRST * scale * expected
            while True:
                left = places[_cell(a - bound, first, per_unit, cells)]
                right = places[_cell(a + bound, first, per_unit, cells) + 1]
                low = places[_cell(b - bound, first, per_unit, cells)]
                span = places[_cell(b + bound, first, per_unit, cells) + 1] - low
                nearest[:] = np.inf
                for start in range(left, right, LANES):
                    bits = marked(across, start, low, span)
                    while bits:
                        # Unsigned places need no look for negative ones.
                        j = np.uintp(start + lowest(bits))
                        bits &= bits - np.uint64(1)
                        distance = max(abs(inner[j] - a), abs(inner[np.uintp(across[j])] - b))
                        # Without branches, which chance would decide.
                        for f in range(k + 1):
                            kept = nearest[f]
                            nearest[f] = min(kept, distance)
                            distance = max(kept, distance)
                radius = nearest[k]
                if radius < bound - ROUNDING:
                    break
                bound *= MORE
            scale += LEARNED * (radius / expected - scale)
            near_x = _nearer(scores, places, per_unit, i + 1, radius)
            near_y = _nearer(scores, places, per_unit, own + 1, radius)
            contribution = psi[0] - psi[near_x] - psi[near_y]
            total += contribution
            squares += contribution * contribution
        found[0, p] = total / n
        found[1, p] = squares / n
