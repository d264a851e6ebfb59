"""Simulated data sets, as features with their truth, in shards on disk that any number of processes may fill."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mitk.learned.network.inputs import stacked
from mitk.learned.prior.meta import Prior
from mitk.learned.statistics.features import Features, features
from mitk.learned.statistics.reduction import seen
from mitk.parallel import spread

SHARD = 1000
# Sets that are kept out of training are drawn from seeds of their own, so that more sets to train on never meet them.
RESERVED = 0x5E7A51DE


class Simulated(NamedTuple):
    """One simulated data set, before anything is computed of it.

    Attributes
    ----------
    family : str
        Its family, by its name in the prior.
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)
    information : float
        Its truth in nats.
    """

    family: str
    x: np.ndarray
    y: np.ndarray
    information: float


def simulated_set(prior: Prior, index: int, *, seed: int = 0, size: int = SHARD) -> Simulated:
    """Set `index` of a simulation, drawn again: place ``index % size`` of the file ``index // size``.

    Examples
    --------
    >>> found = simulated_set(Prior({"shapes": 1}), 1234, seed=1)
    >>> found.family, len(found.x) == len(found.y)
    ('shapes', True)
    """
    shard, place = divmod(index, size)
    return _drawn(prior, np.random.SeedSequence([seed, shard], spawn_key=(place,)))


def reserved_set(prior: Prior, index: int, *, seed: int = 0) -> Simulated:
    """Set `index` of those that no network is trained on: `prior`, `seed` and `index` alone determine it."""
    return _drawn(prior, np.random.SeedSequence([seed, RESERVED], spawn_key=(index,)))


def _drawn(prior: Prior, seed: np.random.SeedSequence) -> Simulated:
    family, draw = prior.draw(seed)
    return Simulated(family, draw.x, draw.y, draw.information)


def simulate(
    prior: Prior,
    folder: str | os.PathLike[str],
    shards: range,
    *,
    seed: int = 0,
    size: int = SHARD,
    n_jobs: int = 1,
    progress: Callable[[int, float], None] = lambda sets, seconds: None,
) -> None:
    """Fill the missing ones of `shards` in `folder`; an interrupted shard is begun again.

    Parameters
    ----------
    prior : Prior
    folder : path
        Made when missing. Shard i is the file ``i.npz`` and depends on `prior`, `seed`, `size` and i alone.
    shards : range
    seed : int, default 0
    size : int, default 1000
        Data sets in a shard.
    n_jobs : int, default 1
        Processes, through joblib; -1 takes all cores. Under a Dask back-end of joblib, its workers.
    progress : callable
        Called after each shard with its number of data sets and the seconds that a process spent on it: 0 for those
        that were there.
    """
    fill(partial(_made, prior, seed, size), folder, shards, size=size, n_jobs=n_jobs, progress=progress)


def fill(
    made: Callable[[int], dict[str, np.ndarray]],
    folder: str | os.PathLike[str],
    shards: range,
    *,
    size: int,
    n_jobs: int = 1,
    progress: Callable[[int, float], None] = lambda sets, seconds: None,
) -> None:
    """Fill the missing ones of `shards` in `folder` with the arrays that ``made(shard)`` gives; others as `simulate`.

    Parameters
    ----------
    made : callable
        What joblib can pickle.
    folder : path
    shards : range
    size : int
        Data sets in a shard.
    n_jobs : int, default 1
    progress : callable
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    missing = [shard for shard in shards if not (place / f"{shard}.npz").exists()]
    if len(missing) < len(shards):
        progress(size * (len(shards) - len(missing)), 0.0)
    for shard, arrays, seconds in spread(partial(_timed, made), missing, n_jobs, ordered=False):
        part = place / f"{shard}.{os.getpid()}.part"
        try:
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            part.rename(place / f"{shard}.npz")
        finally:
            part.unlink(missing_ok=True)
        progress(size, seconds)


def _timed(made: Callable[[int], dict[str, np.ndarray]], shard: int) -> tuple[int, dict[str, np.ndarray], float]:
    """A shard and the seconds it took; whoever asked for it writes the file, since a worker may have another disk."""
    began = time.perf_counter()
    arrays = made(shard)
    return shard, arrays, time.perf_counter() - began


def _made(prior: Prior, seed: int, size: int, shard: int) -> dict[str, np.ndarray]:
    return one_shard(prior, np.random.SeedSequence([seed, shard]), size)


def one_shard(prior: Prior, seed: np.random.SeedSequence, size: int) -> dict[str, np.ndarray]:
    """Arrays of `size` data sets."""
    names = list(prior.weights)
    found: list[Features] = []
    facts = np.empty((size, 5), dtype=np.float32)
    for i, child in enumerate(seed.spawn(size)):
        drawn = _drawn(prior, child)
        x, y, _ = seen(drawn.x, drawn.y)
        found.append(features(x, y))
        facts[i] = drawn.information, *drawn.x.shape, drawn.y.shape[1], names.index(drawn.family)
    return stacked(found) | {"facts": facts, "families": np.array(names)}
