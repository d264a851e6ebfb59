"""Tiles of pairs: which there are, and how one is answered, together where a method can, else one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from mitk.data.options import FitOptions
from mitk.errors import MITKError
from mitk.estimator import Estimator
from mitk.many.answers import Answers
from mitk.many.by_rows import of_all_rows, part_of
from mitk.many.doubts import interval_doubts
from mitk.many.ready import Ready
from mitk.many.shared_null import permuted_p_value
from mitk.many.single import fitted_like_many
from mitk.many.units import Units
from mitk.parallel import Sent, Work, spread
from mitk.remedies import refused
from mitk.results.record import NATS_PER_UNIT, MIEstimate

# What "screen" may take.
READERS = ("ksg", "mixed-ksg", "discrete", "copula")
# Units to a side of a tile: many where pairs are answered together, few where each takes long.
TOGETHER, ONE_BY_ONE = 512, 16
# Numbers in the columns of a tile, at most; tiles to a side, so that there is one for every worker, of so many units.
CELLS, SHARES, FEWEST = 1 << 20, 8, 16


@dataclass(frozen=True)
class Failure:
    """Why a pair has no estimate, in a form that any process can send: some exceptions cannot be pickled."""

    text: str
    kind: type[MITKError]


@dataclass(frozen=True)
class Recipe:
    """What to do with each pair.

    Attributes
    ----------
    estimator : Estimator
    name : str
        What it is registered as.
    options : FitOptions
    test : bool
        Whether p-values are wanted.
    given : dict of str to Column, optional
        The condition of every pair.
    """

    estimator: Estimator
    name: str
    options: FitOptions
    test: bool
    given: dict[str, Any] | None = None

    def attempt(
        self, x: Any, y: Any, discrete_x: list[bool | None], discrete_y: list[bool | None]
    ) -> tuple[MIEstimate | Failure, float]:
        """The estimate of one pair and its p-value."""
        start = time.perf_counter()
        try:
            told: dict[str, Any] = {"discrete_x": discrete_x, "discrete_y": discrete_y}
            options = replace(self.options, **told)
            admitted = options.admit(x, y, self.given)
            found = fitted_like_many(self.estimator, admitted, options) if self.together else None
            result, known = found or (self.estimator.fit_admitted(admitted, options), None)
            if (part := part_of(x) or part_of(y)) is not None:
                result = replace(result, notes=(*result.notes, part.note))
                whole = of_all_rows(self.estimator, x, y, admitted.samples, result, options)
                result, known = whole or (result, known)
            result = replace(result, seconds=time.perf_counter() - start)
            if not self.tested:
                return result, np.nan
            return result, permuted_p_value(self.estimator, admitted.samples) if known is None else known
        except Exception as error:  # Whatever befalls one pair must not lose the others.
            text = " ".join(str(error).split())
            if isinstance(error, MITKError):
                return Failure(text, type(error)), np.nan
            return Failure(f"{type(error).__name__}: {text}", MITKError), np.nan

    @property
    def tested(self) -> bool:
        """Whether pairs fitted one by one are tested: not where that would train networks, or ask many methods."""
        return self.test and not self.estimator.tags.trained and self.name != "auto"

    @property
    def together(self) -> bool:
        """Whether pairs may be answered together: independent rows, no condition, the usual interval."""
        options = self.options
        if self.given is not None:
            return False
        able = type(self.estimator)._many is not Estimator._many
        return able and options.interval == "default" and options.groups is None and options.block in (None, 1)


def tile_size(units: Units) -> int:
    """Units to a side of a tile of pairs that are answered together.

    The data alone decide, neither memory nor workers: the last bits of a matrix product depend on its shape.
    """
    even = max(-(-len(units) // SHARES), FEWEST)
    return max(min(TOGETHER, CELLS // (2 * max(units.n, 1)), even), 1)


def tiles(units: Units, size: int, band: int = 1) -> Iterator[tuple[int, np.ndarray]]:
    """Pairs of places (m, 2), a tile at a time, with its number: each pair once, the first place the smaller.

    A tile pairs a block of `size` units with another. They come so that, of the blocks of `band` first sides, each is
    kept while the second sides go by.
    """
    d, t = len(units), units.n_targets
    firsts = [np.arange(start, min(start + size, d)) for start in range(0, d, size)]
    # Every column with the targets, these among themselves too.
    seconds = [np.arange(start, min(start + size, d)) for start in range(d - t, d, size)] if t else firsts
    sides = [(i, j) for i in range(len(firsts)) for j in range(0 if t else i, len(seconds))]
    order = sorted(range(len(sides)), key=lambda k: (sides[k][0] // band, sides[k][1], sides[k][0]))
    for place in order if band > 1 else range(len(sides)):
        i, j = sides[place]
        pairs = _grid(firsts[i], seconds[j])
        if len(pairs):
            yield place, pairs


def _grid(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Pairs (m, 2) of which the first place is the smaller."""
    pairs = np.stack(np.meshgrid(left, right, indexing="ij"), axis=-1).reshape(-1, 2)
    return pairs[pairs[:, 0] < pairs[:, 1]]


def answered_together(
    recipe: Recipe, ready: Ready, pairs: np.ndarray, least: float = -np.inf
) -> tuple[Answers, np.ndarray, np.ndarray]:
    """Answers, in the unit asked, to those pairs of a tile that can be had together and reach some value.

    Parameters
    ----------
    recipe : Recipe
    ready : Ready
    pairs : ndarray of shape (m, 2)
        Places of units.
    least : float
        Smaller values are not held.

    Returns
    -------
    answers : Answers
    p_values : ndarray
        Of all that were answered, held or not.
    rest : ndarray of shape (r, 2)
        Pairs that must be fitted one by one.
    """
    place = ready.place[pairs]
    able = (place >= 0).all(axis=1) & ~ready.remembers[pairs].all(axis=1)
    if recipe.options.block == 1:
        able = (place >= 0).all(axis=1)
    parts, p_values, rest = [], [], [pairs[~able]]
    for group in _alike(ready, place, np.flatnonzero(able)):
        if refused(recipe.estimator, ready.table.pair(*place[group[0]].tolist())):
            rest.append(pairs[group])
            continue
        found = recipe.estimator._many(ready.table, place[group])
        if found is None:
            rest.append(pairs[group])
            continue
        known = found.p_values if recipe.test else np.full(len(group), np.nan)
        p_values.append(known)
        values = found.values / NATS_PER_UNIT[recipe.options.unit]
        held = np.flatnonzero((values >= least) | np.isnan(values))
        answers = Answers.blank(pairs[group[held]], ready.table.n)
        answers.value[:], answers.p_value[:] = values[held], known[held]
        answers.method[:], answers.note[:] = found.method or recipe.name, found.note
        answers.kind[:] = found.kind[held] if isinstance(found.kind, np.ndarray) else found.kind
        level = recipe.options.confidence
        if level is not None and len(held):
            ends = found.intervals(held, level)
            answers.low[:], answers.high[:] = (end / NATS_PER_UNIT[recipe.options.unit] for end in ends)
        for k, reasons in enumerate(found.doubts(held)):
            answers.reasons[k] = reasons + interval_doubts(answers.value[k], answers.high[k], level)
        parts.append(answers)
    return Answers.joined(parts), np.concatenate([np.empty(0), *p_values]), np.concatenate(rest)


def _alike(ready: Ready, place: np.ndarray, chosen: np.ndarray) -> Iterator[np.ndarray]:
    """Chosen pairs by the kinds of their columns."""
    if not len(chosen):
        return
    pair = ready.look[place[chosen]]
    key = pair[:, 0] * (int(ready.look.max()) + 1) + pair[:, 1]
    for one in np.unique(key):
        yield chosen[key == one]


def one_by_one(
    attempt: Work | None, units: Units, pairs: np.ndarray, n_jobs: int
) -> Iterator[tuple[Answers, dict[tuple[int, int], MIEstimate], set[Failure | None]]]:
    """Answers to pairs (m, 2) fitted singly, some at a time; whole results; and failures, None for a success.

    Parameters
    ----------
    attempt : callable, `mitk.parallel.Sent` or None
        Of `single_fits`; None where there are no pairs.
    units : Units
    pairs : ndarray of shape (m, 2)
    n_jobs : int
    """
    if attempt is None:
        return
    # A cluster has the units already.
    jobs = pairs.tolist() if isinstance(attempt, Sent) else (_sides(units, i, j) for i, j in pairs.tolist())
    for (i, j), (name, outcome, p_value) in zip(pairs.tolist(), spread(attempt, jobs, n_jobs), strict=True):
        answers = Answers.blank(np.array([[i, j]]))
        if isinstance(outcome, Failure):
            answers.error[0] = outcome.text
            yield answers, {}, {outcome}
        else:
            answers.fill(0, outcome, name, p_value)
            yield answers, {(i, j): outcome}, {None}


def single_fits(recipe: Recipe, units: Units | None) -> Callable[[Any], tuple[str, MIEstimate | Failure, float]]:
    """What `one_by_one` does for a pair: of the sides of it, or where `units` are sent, of its places."""
    return partial(_single, recipe, units)


def _sides(units: Units, i: int, j: int) -> tuple[Any, ...]:
    return units.side(i), units.side(j), units.told(i), units.told(j)


def _single(recipe: Recipe, units: Units | None, job: Any) -> tuple[str, MIEstimate | Failure, float]:
    outcome, p_value = recipe.attempt(*(job if units is None else _sides(units, *job)))
    name = "" if isinstance(outcome, Failure) else reader(outcome, recipe.name)
    return name, outcome, p_value


def reader(result: MIEstimate, name: str) -> str:
    """Registered name of what read a pair: of "screen", the method that it took."""
    return next((taken for taken in result.diagnostics if taken in READERS), name) if name == "screen" else name
