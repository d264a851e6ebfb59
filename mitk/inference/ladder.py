"""The subsample ladder: how an estimate moves with the number of rows, and where it would end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# Below this many levels a line, its curvature and their errors cannot be told apart.
MIN_LEVELS = 5

Value = Callable[[np.ndarray], float]


@dataclass(frozen=True, eq=False)
class Ladder:
    """Values of disjoint chunks of the rows, level by level.

    Attributes
    ----------
    levels : ndarray of shape (L,), int
        Chunks a level: 1, 2, 3, ...
    values : tuple of ndarray
        Nats; one array of `levels[k]` values for each level.
    chunk_rows : ndarray of shape (L,), int
        Rows of the smallest chunk of a level.
    pieces : ndarray of shape (m,)
        Share of the rows in each of the pieces into which the ends of all chunks cut the master permutation.
    members : tuple of ndarray, bool
        One array of shape (chunks, m) for each level: which pieces make up a chunk.
    """

    levels: np.ndarray
    values: tuple[np.ndarray, ...]
    chunk_rows: np.ndarray
    pieces: np.ndarray
    members: tuple[np.ndarray, ...]

    @property
    def means(self) -> np.ndarray:
        """Mean value of each level, nats, shape (L,)."""
        return np.array([values.mean() for values in self.values])

    def upto(self, count: int) -> Ladder:
        """The first `count` levels."""
        return Ladder(
            self.levels[:count], self.values[:count], self.chunk_rows[:count], self.pieces, self.members[:count]
        )

    def overlap(self) -> np.ndarray:
        """Covariance of the level means, up to a factor, from what they share, shape (L, L).

        Notes
        -----
        To first order an estimate is a mean of one term a row, which all levels share whatever the chunks. What
        differs is the second order, a mean of one term for each pair of rows that meet in a chunk. With n_c the share
        of chunk c, and n_cd that of the rows common to chunks c and d of levels with g and h chunks,

            K_gh = 1/(g h) sum_cd n_cd^2 / (n_c^2 n_d^2),

        which is min(g, h) where one level refines the other, as for a Brownian motion in g.
        """
        inverse = [(members @ self.pieces) ** -2.0 for members in self.members]
        shape = np.empty((len(self.levels), len(self.levels)))
        for i, left in enumerate(self.members):
            for j, right in enumerate(self.members):
                shared = (left * self.pieces) @ right.T
                shape[i, j] = (shared**2 * np.outer(inverse[i], inverse[j])).mean()
        return shape


def chunks(order: np.ndarray, labels: np.ndarray, level: int) -> Iterator[np.ndarray]:
    """Yield the rows of `level` disjoint chunks of whole units, in the order of a master permutation of the units.

    Chunks of single rows are of equal size, so that fewer than `level` rows are left out; chunks of groups hold about
    as many rows each.

    Parameters
    ----------
    order : ndarray of shape (units,), int
    labels : ndarray of shape (n,), int
        Unit of each row.
    level : int

    Examples
    --------
    >>> [rows.tolist() for rows in chunks(np.array([3, 1, 0, 2, 4]), np.arange(5), 2)]
    [[1, 3], [0, 2]]
    """
    for start, stop in _ends(order, labels, level):
        chosen = np.zeros(len(order), dtype=bool)
        chosen[order[start:stop]] = True
        yield np.flatnonzero(chosen[labels])


def _ends(order: np.ndarray, labels: np.ndarray, level: int) -> list[tuple[int, int]]:
    """Where each chunk starts and stops in the master permutation."""
    units = len(order)
    if units == len(labels):
        size = units // level
        return [(k * size, (k + 1) * size) for k in range(level)]
    held = np.concatenate([[0], np.cumsum(np.bincount(labels)[order])])
    ends = np.searchsorted(held, np.arange(level + 1) * held[-1] / level - 1e-9)
    return [(int(start), int(stop)) for start, stop in pairwise(ends)]


def climb(
    value: Value,
    order: np.ndarray,
    labels: np.ndarray,
    *,
    levels: int = 10,
    smallest: int = 2,
    first: float | None = None,
    run: Callable[[Value, list[np.ndarray]], list[float]] | None = None,
) -> Ladder:
    """Evaluate an estimate on the chunks of every level that has enough rows.

    Parameters
    ----------
    value : callable
        Estimate in nats from the given row numbers.
    order : ndarray of shape (units,), int
        Master permutation of the units.
    labels : ndarray of shape (n,), int
        Unit of each row: rows of one unit stay in one chunk.
    levels : int, default 10
        Most levels, as :cite:`abdelaleem2025` take.
    smallest : int, default 2
        Fewest rows of a chunk.
    first : float, optional
        The value of all rows, where it is known.
    run : callable, optional
        Maps `value` over a list of rows; in turn by default.

    Returns
    -------
    Ladder
        With at least the first level.
    """
    cut = [list(chunks(order, labels, level)) for level in range(1, min(levels, len(order)) + 1)]
    enough = [min(map(len, parts)) >= smallest for parts in cut]
    cut = cut[: max(enough.index(False) if False in enough else len(cut), 1)]
    jobs = [rows for parts in cut[0 if first is None else 1 :] for rows in parts]
    found = [value(rows) for rows in jobs] if run is None else run(value, jobs)
    flat = np.array(found if first is None else [first, *found])
    counts = [len(parts) for parts in cut]
    values = tuple(np.split(flat, np.cumsum(counts)[:-1]))
    held = np.concatenate([[0], np.cumsum(np.bincount(labels)[order])]) / len(labels)
    ends = [_ends(order, labels, level) for level in counts]
    marks = np.unique([0, len(order), *(end for level in ends for pair in level for end in pair)])
    members = tuple(np.array([(marks[:-1] >= a) & (marks[1:] <= b) for a, b in level]) for level in ends)
    return Ladder(
        np.array(counts), values, np.array([min(map(len, parts)) for parts in cut]), np.diff(held[marks]), members
    )


def pooled_variance(ladder: Ladder) -> tuple[float, float]:
    """Variance of the value of all rows, from how chunks differ, and its degrees of freedom.

    Notes
    -----
    With s2_g the sample variance of the g chunks of a level and a variance that falls as 1/n,

        sum_g (g - 1) s2_g / g  /  sum_g (g - 1)

    :cite:`holmes2019`. Levels share their rows, so it has fewer degrees of freedom than chunks: 2 E^2 / Var for a
    mean of one normal term a row, which is exact for the pieces at hand.
    """
    weights = np.array([g - 1.0 for g in ladder.levels])
    spread = [values.var(ddof=1) / len(values) if len(values) > 1 else 0.0 for values in ladder.values]
    form = np.zeros((len(ladder.pieces), len(ladder.pieces)))
    for g, weight, members in zip(ladder.levels, weights, ladder.members, strict=True):
        if g < 2:
            continue
        deviation = members / (members @ ladder.pieces)[:, None]
        deviation = deviation - deviation.mean(axis=0)
        form += weight / ((g - 1.0) * g) * (deviation.T @ deviation)
    scatter = form * ladder.pieces
    degrees = np.trace(scatter) ** 2 / np.trace(scatter @ scatter)
    return float(np.dot(weights, spread) / weights.sum()), float(degrees)
