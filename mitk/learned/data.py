"""Simulated sets in memory: shards read as they come, standardised, dealt in batches that a step number determines."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

ARRAYS = ("tokens", "curved", "overall", "rows", "counts", "facts")
# Standardised values beyond this say no more than that they are extreme.
LIMIT = 8.0


class Pool:
    """Sets of the shards of a folder.

    Parameters
    ----------
    folder : path
    first, last : int
        Shards first, first + 1, ..., last - 1; those that are not there yet are read by a later `refresh`.
    """

    def __init__(self, folder: str | os.PathLike[str], first: int, last: int) -> None:
        self.folder = Path(folder)
        self.missing = list(range(first, last))
        self.shards: list[dict[str, np.ndarray]] = []
        self.refresh()

    def refresh(self) -> int:
        """Read the shards that have come since; returns the number of sets."""
        for shard in list(self.missing):
            path = self.folder / f"{shard}.npz"
            if path.exists():
                with np.load(path) as found:
                    self.shards.append({name: found[name] for name in ARRAYS})
                self.missing.remove(shard)
        return sum(len(shard["facts"]) for shard in self.shards)

    def batch(self, seed: int, step: int, size: int, rows: int | None = None) -> dict[str, np.ndarray]:
        """Sets at random; with `rows`, only so many rows of each view, drawn anew each time."""
        rng = np.random.default_rng([seed, step])
        lengths = np.array([len(shard["facts"]) for shard in self.shards])
        chosen = np.sort(rng.integers(lengths.sum(), size=size))
        owner = np.searchsorted(np.cumsum(lengths), chosen, side="right")
        within = chosen - np.concatenate([[0], np.cumsum(lengths)])[owner]
        parts = [(self.shards[s], within[owner == s]) for s in np.unique(owner)]
        found = {name: np.concatenate([shard[name][place] for shard, place in parts]) for name in ARRAYS}
        if rows is not None:
            found = thinned(found, rows, rng)
        return found

    def all(self, most: int | None = None) -> dict[str, np.ndarray]:
        """Every set, or the first `most`."""
        before = np.cumsum([0, *(len(shard["facts"]) for shard in self.shards)])
        taken = [shard for shard, past in zip(self.shards, before, strict=False) if most is None or past < most]
        return {name: np.concatenate([shard[name] for shard in taken])[:most] for name in ARRAYS}


def parts(found: dict[str, np.ndarray], size: int) -> list[dict[str, np.ndarray]]:
    """Cut sets into pieces of `size`."""
    many = len(found["facts"])
    return [{name: values[i : i + size] for name, values in found.items()} for i in range(0, many, size)]


def thinned(found: dict[str, np.ndarray], rows: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Keep `rows` consecutive rows of each view from a random start: their order is random already."""
    kept = found["counts"][:, 1].astype(np.int64)
    start = (rng.random(len(kept)) * np.maximum(kept - rows + 1, 1)).astype(np.int64)
    places = start[:, None] + np.arange(rows)
    picked = np.take_along_axis(found["rows"], places[:, None, :, None], axis=2)
    counts = found["counts"].copy()
    counts[:, 1] = np.minimum(kept, rows)
    return found | {"rows": picked, "counts": counts}


def moments(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Means and standard deviations by which features are standardised; padding is left out."""
    live = np.arange(found["tokens"].shape[1]) < found["counts"][:, :1]
    columns = {
        "tokens": found["tokens"][live].astype(np.float64),
        "curved": found["curved"].reshape(-1, found["curved"].shape[-1]).astype(np.float64),
        "overall": found["overall"].astype(np.float64),
    }
    scale: dict[str, np.ndarray] = {}
    for name, values in columns.items():
        scale[f"{name}.mean"] = values.mean(axis=0).astype(np.float32)
        scale[f"{name}.sd"] = np.maximum(values.std(axis=0), 1e-3).astype(np.float32)
    return scale


def standardised(found: dict[str, np.ndarray], scale: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the network reads, float32."""
    batch = {}
    for name in ("tokens", "curved", "overall"):
        values = (found[name].astype(np.float32) - scale[f"{name}.mean"]) / scale[f"{name}.sd"]
        batch[name] = np.clip(values, -LIMIT, LIMIT)
    live = np.arange(found["tokens"].shape[1]) < found["counts"][:, :1]
    batch["tokens"] *= live[..., None]
    batch["rows"] = found["rows"].astype(np.float32)
    batch["counts"] = found["counts"].astype(np.int32)
    return batch
