"""Simulated data sets, as features with their truth, in shards on disk that any number of processes may fill."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mitk.learned.network.inputs import stacked
from mitk.learned.prior.meta import Prior
from mitk.learned.statistics.features import Features, features
from mitk.learned.statistics.reduction import seen

SHARD = 2000


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
    size : int, default 2000
        Data sets in a shard.
    n_jobs : int, default 1
        Processes, through joblib; -1 takes all cores.
    progress : callable
        Called after each shard with its number of data sets and the seconds that a process spent on it: 0 for those
        that were there.
    """
    from joblib import Parallel, delayed

    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    missing = [shard for shard in shards if not (place / f"{shard}.npz").exists()]
    if len(missing) < len(shards):
        progress(size * (len(shards) - len(missing)), 0.0)
    parts = {shard: place / f"{shard}.{os.getpid()}.part" for shard in missing}
    tasks = (delayed(_fill)(prior, parts[i], place / f"{i}.npz", [seed, i], size) for i in missing)
    try:
        for seconds in Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)(tasks):
            progress(size, seconds)
    finally:
        # An interrupt ends the other processes before they could tidy up.
        for part in parts.values():
            part.unlink(missing_ok=True)


def _fill(prior: Prior, part: Path, path: Path, entropy: list[int], size: int) -> float:
    from threadpoolctl import threadpool_limits

    began = time.perf_counter()
    # The matrices are so small that threads of one process would but wait for each other.
    with threadpool_limits(1), part.open("wb") as file:
        np.savez(file, allow_pickle=False, **one_shard(prior, np.random.SeedSequence(entropy), size))
    part.rename(path)
    return time.perf_counter() - began


def one_shard(prior: Prior, seed: np.random.SeedSequence, size: int) -> dict[str, np.ndarray]:
    """Arrays of `size` data sets."""
    names = list(prior.weights)
    found: list[Features] = []
    facts = np.empty((size, 5), dtype=np.float32)
    for i, child in enumerate(seed.spawn(size)):
        name, draw = prior.draw(child)
        x, y, _ = seen(draw.x, draw.y)
        found.append(features(x, y))
        facts[i] = draw.information, draw.x.shape[0], draw.x.shape[1], draw.y.shape[1], names.index(name)
    return stacked(found) | {"facts": facts, "families": np.array(names)}
