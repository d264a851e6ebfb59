"""Simulated sets in memory: shards read as they come, dealt in batches that a step number determines."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from mitk.errors import ParameterError, sentence

ARRAYS = ("tokens", "curved", "overall", "rows", "counts", "facts")
# Most canonical pairs of the sets of a batch.
PAIRS = (4, 12, 32)


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
        self.places: list[list[np.ndarray]] = []
        self.refresh()

    def refresh(self) -> int:
        """Read the shards that have come since; returns the number of sets."""
        for shard in list(self.missing):
            path = self.folder / f"{shard}.npz"
            if path.exists():
                try:
                    with path.open("rb") as file, np.load(file) as found:
                        self.shards.append({name: found[name] for name in ARRAYS})
                except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
                    rule, remedy = "must hold whole shards of simulated sets", "remove it: it is simulated again"
                    raise ParameterError(sentence("out", rule, f"{path} ({error})", remedy)) from error
                ranges = np.searchsorted(PAIRS, self.shards[-1]["counts"][:, 0])
                self.places.append([np.flatnonzero(ranges == i) for i in range(len(PAIRS))])
                self.missing.remove(shard)
        return sum(len(shard["facts"]) for shard in self.shards)

    def batch(self, seed: int, step: int, size: int, rows: int | None = None) -> dict[str, np.ndarray]:
        """Sets at random, all of about as many canonical pairs, so that little padding is computed.

        A batch is of each range of `PAIRS` as often as sets are. With `rows`, only so many rows of each view, drawn
        anew each time.
        """
        rng = np.random.default_rng([seed, step])
        counts = np.array([[len(places) for places in shard] for shard in self.places])
        which = int(rng.choice(len(PAIRS), p=counts.sum(axis=0) / counts.sum()))
        lengths = counts[:, which]
        chosen = np.sort(rng.integers(lengths.sum(), size=size))
        owner = np.searchsorted(np.cumsum(lengths), chosen, side="right")
        within = chosen - np.concatenate([[0], np.cumsum(lengths)])[owner]
        parts = [(self.shards[s], self.places[s][which][within[owner == s]]) for s in np.unique(owner)]
        found = {name: np.concatenate([shard[name][place] for shard, place in parts]) for name in ARRAYS}
        found["tokens"] = found["tokens"][:, : PAIRS[which]]
        if rows is not None:
            found = thinned(found, rows, rng)
        return found

    def all(self, most: int | None = None) -> dict[str, np.ndarray]:
        """Every set, or the first `most`."""
        before = np.cumsum([0, *(len(shard["facts"]) for shard in self.shards)])
        taken = [shard for shard, past in zip(self.shards, before, strict=False) if most is None or past < most]
        return {name: np.concatenate([shard[name] for shard in taken])[:most] for name in ARRAYS}


def thinned(found: dict[str, np.ndarray], rows: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Keep `rows` consecutive rows of each view from a random start: their order is random already."""
    kept = found["counts"][:, 1].astype(np.int64)
    start = (rng.random(len(kept)) * np.maximum(kept - rows + 1, 1)).astype(np.int64)
    places = start[:, None] + np.arange(rows)
    picked = np.take_along_axis(found["rows"], places[:, None, :, None], axis=2)
    counts = found["counts"].copy()
    counts[:, 1] = np.minimum(kept, rows)
    return found | {"rows": picked, "counts": counts}
