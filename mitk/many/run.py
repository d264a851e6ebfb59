"""All tiles of a call, one after the other, those that are stored taken up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np

from mitk.many.answers import Answers
from mitk.many.by_rows import adds_up, part_of
from mitk.many.held import Held
from mitk.many.ready import Ready, ReadyByTiles, ready
from mitk.many.store import TileStore
from mitk.many.tiles import (
    ONE_BY_ONE,
    Failure,
    Recipe,
    answered_together,
    one_by_one,
    single_fits,
    tile_size,
    tiles,
)
from mitk.many.units import Units
from mitk.parallel import Work, cluster, one_thread, shared, spread, workers

# Bytes that a number of a block takes with all that is made of it, and that one of a tile takes beside.
OF_BLOCK, OF_TILE = 44, 60


def answer_all(
    recipe: Recipe,
    units: Units,
    held: Held,
    store: TileStore | None,
    n_jobs: int,
    advance: Callable[[int], None],
    memory: int = 0,
) -> Failure | None:
    """Answer every pair, into `held` and into `store`; what all pairs failed by, if they all failed by the same.

    Pairs that are answered together go in threads, those fitted one by one in processes, and all of them on a cluster
    where there is one.
    """
    # What rows add up to is asked of all of them, pair by pair.
    by_rows = adds_up(recipe.estimator) and any(part_of(units.side(unit)) for unit in range(len(units)))
    together = recipe.together and not by_rows
    size = tile_size(units) if together else ONE_BY_ONE
    few = not held.everything
    table: Ready | ReadyByTiles | None = None
    band = 1
    if together and units.stored:
        block = OF_BLOCK * size * units.n
        tile = 2 * OF_TILE * size * units.n
        room = max(memory - tile, 0)
        if cluster() is None:
            # Threads share the blocks, and each has a tile of its own.
            n_jobs = max(1, min(workers(n_jobs), room // (tile + block)))
        band = max(1, (room - (n_jobs - 1) * tile) // block - 1)
        table = ReadyByTiles(units, recipe.options.thin, few, size, band + 1)
    elif together:
        table = ready(units, recipe.options.thin, few)
    outcomes: set[Failure | None] = set()
    with ExitStack() as stack:
        stack.enter_context(one_thread())
        tile_work = None if table is None else stack.enter_context(shared(partial(_together, recipe, table)))
        attempt: Work | None = None
        todo = (pairs for place, pairs in tiles(units, size, band) if not _done(store, place))
        begun = _begun(tile_work, todo, held, n_jobs)
        for place, pairs in tiles(units, size, band):
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
            if len(rest) and attempt is None:
                sent = units if cluster() is not None else None
                attempt = stack.enter_context(shared(single_fits(recipe, sent)))
            for part, whole, failures in one_by_one(attempt, units, rest, n_jobs):
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
    together: Work | None, todo: Iterator[np.ndarray], held: Held, n_jobs: int
) -> Iterator[tuple[Answers, np.ndarray, np.ndarray]]:
    """What can be answered together of each tile, in order: answers, p-values of all, and pairs that are left."""
    if together is None:
        nothing = Answers.joined([])
        return ((nothing, np.empty(0), pairs) for pairs in todo)
    return spread(together, ((pairs, held.least) for pairs in todo), n_jobs, threads=True)


def _together(recipe: Recipe, table: Ready | ReadyByTiles, job: tuple[np.ndarray, float]) -> Any:
    pairs, least = job
    return answered_together(recipe, table.of(pairs), pairs, least)
