"""What the network reads: stacked statistics, standardised by means and deviations of the training sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mitk.learned.statistics.features import Features

STORED = np.float16
# Standardised values beyond this say no more than that they are extreme.
LIMIT = 8.0
# Places of informations in nats among the statistics of the whole: canonical pairs at four ridges and without one,
# neighbours, and entropies by local dimensions.
READINGS = (7, 8, 9, 10, 16, *range(31, 58), 70)
# Of a canonical pair's statistics, the informations at four ridges.
PAIR_READINGS = 4


def stacked(found: Sequence[Features]) -> dict[str, np.ndarray]:
    """Arrays of several data sets, along a new first axis."""
    return {
        "tokens": np.stack([f.tokens for f in found]).astype(STORED),
        "curved": np.stack([f.curved for f in found]).astype(STORED),
        "overall": np.stack([f.overall for f in found]).astype(np.float32),
        "rows": np.stack([f.rows for f in found]).astype(STORED),
        "counts": np.array([(f.pairs, f.rows_kept) for f in found], dtype=np.int16),
    }


def parts(found: dict[str, np.ndarray], size: int) -> list[dict[str, np.ndarray]]:
    """Cut sets into pieces of `size`."""
    many = len(found["facts"])
    return [{name: values[i : i + size] for name, values in found.items()} for i in range(0, many, size)]


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
        mean = scale[f"{name}.mean"]
        # Weights read as many statistics, the first, as they were trained on.
        values = (found[name][..., : len(mean)].astype(np.float32) - mean) / scale[f"{name}.sd"]
        batch[name] = np.clip(values, -LIMIT, LIMIT)
    live = np.arange(found["tokens"].shape[1]) < found["counts"][:, :1]
    batch["tokens"] *= live[..., None]
    batch["readings"] = found["overall"][..., READINGS].astype(np.float32)
    batch["pair_readings"] = found["tokens"][..., :PAIR_READINGS].astype(np.float32) * live[..., None]
    batch["rows"] = found["rows"].astype(np.float32)
    batch["counts"] = found["counts"].astype(np.int32)
    return batch
