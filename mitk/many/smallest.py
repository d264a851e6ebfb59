"""The smallest of all p-values where nothing depends on anything: the law that the largest finds are judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mitk.errors import ParameterError, sentence
from mitk.many.ready import Ready, ready
from mitk.many.shared_null import PERMUTATIONS
from mitk.many.tiles import Recipe, answered_together, tile_size, tiles
from mitk.many.units import Units
from mitk.parallel import spread


def smallest_p_values(recipe: Recipe, units: Units, n_jobs: int, advance: Callable[[int], None]) -> np.ndarray:
    """The smallest p-value of all pairs in each of 199 data sets whose rows were permuted.

    Rows of the targets are permuted as wholes, so that columns keep what they have in common, and so do targets;
    without targets, or where all columns are targets, each column is permuted apart.

    Parameters
    ----------
    recipe : Recipe
    units : Units
    n_jobs : int
        Threads.
    advance : callable
        Told of each data set that is done.

    Returns
    -------
    ndarray of shape (199,)

    Raises
    ------
    ParameterError
        Where some pair has to be fitted one by one, or has no p-value.
    """
    table = ready(units, recipe.options.thin) if recipe.together and recipe.test else None
    # Targets keep what they have in common: pairs of two of them are compared with the others' law.
    first_target = len(units) - _targets(units)
    asked = (pairs[pairs[:, 0] < first_target] for _, pairs in tiles(units, tile_size(units)))
    between = [pairs for pairs in asked if len(pairs)]
    if table is None or not all(_together(recipe, table, pairs) for pairs in between):
        rule = 'must be "bh", "by" or "bonferroni" where pairs are fitted one by one or not tested'
        raise ParameterError(sentence("correct", rule, repr("max"), 'correct="by" holds whatever the dependence'))
    quiet = replace(recipe, options=replace(recipe.options, confidence=None))

    def smallest(seed: np.random.SeedSequence) -> float:
        shuffled = _permuted(table, units, np.random.default_rng(seed))
        return min(float(np.min(answered_together(quiet, shuffled, pairs, np.inf)[1])) for pairs in between)

    found = []
    for one in spread(
        smallest, np.random.SeedSequence(recipe.estimator.seed).spawn(PERMUTATIONS), n_jobs, threads=True
    ):
        found.append(one)
        advance(1)
    return np.array(found)


def _targets(units: Units) -> int:
    """Targets that are permuted against other columns: none where all columns are targets."""
    return units.n_targets % len(units)


def _together(recipe: Recipe, table: Ready, pairs: np.ndarray) -> bool:
    _, p_values, rest = answered_together(recipe, table, pairs, np.inf)
    return not len(rest) and not np.isnan(p_values).any()


def _permuted(ready: Ready, units: Units, rng: np.random.Generator) -> Ready:
    """The same columns with rows in other orders."""
    values = ready.table.values.copy(order="F")
    if targets := _targets(units):
        moved = ready.place[len(units) - targets :]
        values[:, moved] = values[rng.permutation(len(values))][:, moved]
    else:
        values = np.asfortranarray(rng.permuted(values, axis=0))
    return replace(ready, table=replace(ready.table, values=values))
