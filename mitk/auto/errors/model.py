"""Readings corrected by what they missed on simulated laws, and quantiles with margins that hold there."""

from __future__ import annotations

import functools
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mitk.auto.combination import LEAST_ERROR, SMALL, WEIGHT, Belief, Reading, combined, widened
from mitk.auto.errors.evidence import METHODS, evidence_of, stacked
from mitk.auto.errors.facts import FACTS, facts
from mitk.auto.readings import Readings
from mitk.errors import ParameterError, sentence
from mitk.inference.distribution import PROBABILITIES
from mitk.learned.network.model import checked
from mitk.learned.network.stretching import LEVELS, stretched
from mitk.results.interval import Quantiles

SHIPPED = Path(__file__).parents[1] / "weights" / "auto.safetensors"
WRITTEN = "must be a file written by `mitk train auto` of this version"
# What is learned of each reading: how its log-odds of seeing only a share and of straying change, the logarithms of
# both scales of its error and of its weight, and by how many half-widths it is off.
CORRECTIONS = ("share", "stray", "below", "above", "weight", "shift")
# A reading that never errs so does it this rarely, and no correction moves it by more half-widths.
LEAST_CHANCE, MOST_SHIFT = 1e-3, 3.0
# Half-widths of a reading out to which information is looked for.
FARTHEST = 3.0


@dataclass(frozen=True)
class ErrorModel:
    """How readings of continuous data err.

    Parameters
    ----------
    weights : mapping of str to ndarray
        For each method (1 + f, 6): a constant and what each of its facts adds, to each of `CORRECTIONS`; and for
        "prior" (2,), what is added to its power and to the logarithm of the information where it bends.
    scale : mapping of str to ndarray
        ``method.mean`` and ``method.deviation`` (f,) of the facts.
    margins : mapping of str to ndarray
        ``factors`` (r, 23): by how much the distance of each quantile, at `LEVELS`, from the median is stretched, in
        each of the ranges of rows that ``edges`` (r - 1,) part.
    card : mapping
        Facts about the training.
    """

    weights: Mapping[str, np.ndarray]
    scale: Mapping[str, np.ndarray]
    margins: Mapping[str, np.ndarray]
    card: Mapping[str, Any]

    def corrected(self, readings: Readings, taken: Sequence[Reading]) -> list[Reading]:
        """The readings as what they missed on simulated laws corrects them; unknown methods as they are."""
        known = stacked([evidence_of(readings, taken)])
        seen = facts(known, self.scale)
        return [
            correct(reading, with_constant(seen[reading.method]) @ self.weights[reading.method])
            if reading.method in METHODS
            else reading
            for reading in taken
        ]

    def combined(self, taken: Sequence[Reading], weighed: Sequence[Reading], readings: Readings) -> Quantiles:
        """Quantiles of the information given readings as taken and as corrected, with margins."""
        value, low, high = (
            np.array([getattr(reading, name) for reading in taken]) for name in ("value", "low", "high")
        )
        least, most = reach(value, low, high)
        belief = Belief(*prior_of(self.weights["prior"]), float(least.min()), float(most.max()))
        found = combined(weighed, learned=belief)
        factors = self.margins["factors"][int(np.searchsorted(self.margins["edges"], readings.samples.n))]
        values = stretched(np.array([found.values]), np.interp(PROBABILITIES, LEVELS, factors)[None, :])[0]
        if any(reading.method not in METHODS for reading in weighed):
            # Margins are of quick readings; critics learn from the same rows, and chance in these is common to all.
            values = widened(values, weighed, math.inf)
        return replace(found, values=tuple(values.tolist()))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file."""
        from safetensors.numpy import save_file

        tensors = {
            f"{part}/{name}": np.ascontiguousarray(values)
            for part in ("weights", "scale", "margins")
            for name, values in getattr(self, part).items()
        }
        save_file(tensors, path, {"card": json.dumps(dict(self.card))})


def weightless() -> dict[str, np.ndarray]:
    """`ErrorModel.weights` that correct nothing."""
    weights = {method: np.zeros((1 + len(FACTS[method]), len(CORRECTIONS))) for method in METHODS}
    return weights | {"prior": np.zeros(2)}


def with_constant(facts: np.ndarray) -> np.ndarray:
    """Facts (b, f) behind a column of ones."""
    return np.column_stack([np.ones(len(facts)), facts])


def prior_of(learned: np.ndarray) -> tuple[float, float]:
    """The power of the prior and the information where it bends."""
    return 1.0 + float(learned[0]), SMALL * float(np.exp(learned[1]))


def reach(value: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """The least and the largest information that is thought of, by what a reading says."""
    least = np.minimum(value - FARTHEST * np.maximum(value - low, LEAST_ERROR), 0.0) - 0.3
    return least, 0.5 + 1.3 * np.maximum(value + FARTHEST * np.maximum(high - value, LEAST_ERROR), 0.0)


def correct(reading: Reading, correction: np.ndarray) -> Reading:
    """A reading with its correction (1, 6)."""
    share, stray, below, above, weight, shift = (float(value) for value in correction[0])
    sees = max(1.0 - reading.share - reading.stray, LEAST_CHANCE)
    odds = np.array([1.0, np.exp(share), np.exp(stray)]) * [
        sees,
        max(reading.share, LEAST_CHANCE),
        max(reading.stray, LEAST_CHANCE),
    ]
    chances = odds / odds.sum()
    lower, upper = (max(gap, LEAST_ERROR) for gap in (reading.value - reading.low, reading.high - reading.value))
    moved = MOST_SHIFT * math.tanh(shift / MOST_SHIFT)
    value = float(reading.value + moved * (upper if moved > 0.0 else lower))
    return replace(
        reading,
        value=value,
        low=value - float(lower) * math.exp(below),
        high=value + float(upper) * math.exp(above),
        share=float(chances[1]),
        stray=float(chances[2]),
        weight=WEIGHT * math.exp(weight),
    )


def load(path: str | os.PathLike[str]) -> ErrorModel:
    """Read a model that `ErrorModel.save` wrote.

    Raises
    ------
    ParameterError
        When the file is missing or is none.
    """
    from safetensors import SafetensorError, safe_open

    parts: dict[str, dict[str, np.ndarray]] = {"weights": {}, "scale": {}, "margins": {}}
    try:
        with safe_open(path, framework="numpy") as file:
            card = json.loads((file.metadata() or {}).get("card", "{}"))
            for full in file.keys():  # noqa: SIM118
                part, _, name = full.partition("/")
                parts[part][name] = file.get_tensor(full)
        whole = _whole(parts)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ParameterError(sentence("weights", WRITTEN, f"{path} ({error})")) from error
    if not whole:
        raise ParameterError(sentence("weights", WRITTEN, f"{path}, of other shapes or not of numbers"))
    return ErrorModel(**parts, card=card)


def _whole(parts: Mapping[str, Mapping[str, np.ndarray]]) -> bool:
    """Whether there is all that a model needs."""
    weights, scale, margins = parts["weights"], parts["scale"], parts["margins"]
    shapes = [weights["prior"].shape == (2,), margins["factors"].shape == (len(margins["edges"]) + 1, len(LEVELS))]
    for method in METHODS:
        many = len(FACTS[method])
        shapes.append(weights[method].shape == (1 + many, len(CORRECTIONS)))
        shapes += [scale[f"{method}.{name}"].shape == (many,) for name in ("mean", "deviation")]
    return all(shapes) and all(np.isfinite(values).all() for part in parts.values() for values in part.values())


@functools.cache
def shipped() -> ErrorModel:
    """The model in the package, its checksum compared once a process."""
    return load(checked(SHIPPED))
