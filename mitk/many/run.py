"""All tiles of a call, one after the other, those that are stored taken up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from mitk.many.answers import Answers
from mitk.many.held import Held
from mitk.many.store import TileStore
from mitk.many.tiles import ONE_BY_ONE, TOGETHER, Failure, Recipe, answered_together, one_by_one, tiles
from mitk.many.units import Ready, Units, ready


def answer_all(
    recipe: Recipe,
    units: Units,
    held: Held,
    store: TileStore | None,
    n_jobs: int,
    advance: Callable[[int], None],
) -> Failure | None:
    """Answer every pair, into `held` and into `store`; what all pairs failed by, if they all failed by the same.

    Pairs that are answered together go in threads, those fitted one by one in processes.
    """
    table = ready(units, recipe.options.thin) if recipe.together else None
    size = ONE_BY_ONE if table is None else TOGETHER
    begun = _begun(recipe, table, (p for k, p in enumerate(tiles(units, size)) if not _done(store, k)), held, n_jobs)
    outcomes: set[Failure | None] = set()
    for place, pairs in enumerate(tiles(units, size)):
        if _done(store, place):
            assert store is not None
            held.take(*store.load(place))
            outcomes.add(None)
            advance(len(pairs))
            continue
        answers, p_values, rest = next(begun)
        parts, known = [answers], [p_values]
        if len(rest) < len(pairs):
            outcomes.add(None)
            advance(len(pairs) - len(rest))
        for part, whole, failures in one_by_one(recipe, units, rest, n_jobs):
            parts.append(part)
            known.append(part.p_value)
            held.whole.update(whole)
            outcomes |= failures
            advance(1)
        found, all_p_values = held.worth(Answers.joined(parts)), np.concatenate(known)
        held.take(found, all_p_values)
        if store is not None:
            store.save(place, found, all_p_values)
    return outcomes.pop() if len(outcomes) == 1 else None


def _done(store: TileStore | None, place: int) -> bool:
    return store is not None and store.holds(place)


def _begun(
    recipe: Recipe, table: Ready | None, todo: Iterator[np.ndarray], held: Held, n_jobs: int
) -> Iterator[tuple[Answers, np.ndarray, np.ndarray]]:
    """What can be answered together of each tile, in order: answers, p-values of all, and pairs that are left."""
    from joblib import Parallel, delayed

    if table is None:
        nothing = Answers.joined([])
        return ((nothing, np.empty(0), pairs) for pairs in todo)
    if n_jobs == 1:
        return (answered_together(recipe, table, pairs, held.least) for pairs in todo)
    tasks = (delayed(answered_together)(recipe, table, pairs, held.least) for pairs in todo)
    found: Iterator[tuple[Answers, np.ndarray, np.ndarray]] = Parallel(
        n_jobs=n_jobs, prefer="threads", return_as="generator"
    )(tasks)
    return found
