"""Who is better than whom on one suite, how surely, and who is tied: paired bootstrap over families and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.scoring import Table, weights

REPLICATES = 1000
LEVEL = 0.95


@dataclass(frozen=True)
class Place:
    """A line of a ranking.

    Attributes
    ----------
    method : str
    score : float
        Smaller is better.
    low, high : float
        Bootstrap interval of the score.
    rank : int
        Shared by all that are tied with the first of their group.
    tied : bool
    """

    method: str
    score: float
    low: float
    high: float
    rank: int
    tied: bool


def replicate(table: Table, rng: np.random.Generator, replicates: int = REPLICATES) -> np.ndarray:
    """Family errors of resampled seeds, shape (replicates, methods, families); the last axis is sorted by name.

    All methods see the same resampled seeds, so that differences are paired.
    """
    errors = np.stack([table.errors[method] for method in table.methods])
    _, tasks, seeds = errors.shape
    known = np.isfinite(errors)
    draws = rng.multinomial(seeds, np.full(seeds, 1.0 / seeds), size=(replicates, tasks)).astype(float)
    total = np.einsum("bts,mts->bmt", draws, np.where(known, errors, 0.0))
    count = np.einsum("bts,mts->bmt", draws, known.astype(float))
    # A replicate may hold none of the seeds that a method has; its plain mean then stands in.
    plain = np.nanmean(errors, axis=2)
    by_task = np.where(count > 0, total / np.maximum(count, 1e-300), plain)
    return by_task @ family_weights(table)


def family_errors(table: Table) -> np.ndarray:
    """Mean absolute error by family, shape (methods, families)."""
    return np.stack([np.nanmean(table.errors[m], axis=1) for m in table.methods]) @ family_weights(table)


def family_weights(table: Table) -> np.ndarray:
    """Shape (tasks, families): each column averages within rank class, then over the classes of one family."""
    names = sorted({task["family"] for task in table.tasks})
    member = np.array([[task["family"] == name for name in names] for task in table.tasks], dtype=float)
    return member * weights(table.tasks)[:, None] * len(names)


def rank_suite(table: Table, seed: int = 0) -> list[Place]:
    """Rank the methods of one table by their error, averaged within rank class, then family, then suite."""
    if not table.methods:
        return []
    rng = np.random.default_rng(seed)
    families = replicate(table, rng)
    count = families.shape[2]
    shares = rng.multinomial(count, np.full(count, 1.0 / count), size=len(families)) / count
    replicated = np.einsum("bmf,bf->bm", families, shares)
    return places(table.methods, family_errors(table).mean(axis=1), replicated)


def places(methods: Sequence[str], scores: np.ndarray, replicated: np.ndarray) -> list[Place]:
    """Sort by score; whoever cannot be told from the first of a group by the paired bootstrap shares its rank.

    Parameters
    ----------
    methods : sequence of str
    scores : ndarray of shape (methods,)
    replicated : ndarray of shape (replicates, methods)
    """
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(replicated, [tail, 1.0 - tail], axis=0)
    ranks: dict[int, int] = {}
    leader, order = -1, np.argsort(scores, kind="stable")
    for position, m in enumerate(order, start=1):
        if leader >= 0:
            below, above = np.quantile(replicated[:, m] - replicated[:, leader], [tail, 1.0 - tail])
            if below <= 0.0 <= above:
                ranks[m] = ranks[leader]
                continue
        leader = int(m)
        ranks[m] = position
    held = list(ranks.values())
    return [
        Place(methods[m], float(scores[m]), float(low[m]), float(high[m]), ranks[m], held.count(ranks[m]) > 1)
        for m in order
    ]
