"""Readings corrected by what they missed on simulated laws, and quantiles with margins that hold there."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mitk.auto.combination import LEAST_ERROR, SMALL, WEIGHT, Belief, Reading, combined
from mitk.auto.errors.evidence import METHODS, NAMES, evidence_of, stacked
from mitk.auto.errors.facts import FACTS, facts, raw
from mitk.auto.readings import Readings
from mitk.errors import ParameterError, sentence
from mitk.inference.distribution import PROBABILITIES
from mitk.learned.network.model import checked
from mitk.learned.network.stretching import LEVELS
from mitk.results.interval import Quantiles

SHIPPED = Path(__file__).parents[1] / "weights" / "auto.safetensors"
WRITTEN = "must be a file written by `mitk train auto` of this version"
# What is learned of each reading: how its log-odds of seeing only a share and of straying change, the logarithms of
# both scales of its error and of its weight, and by how many half-widths it is off.
CORRECTIONS = ("share", "stray", "below", "above", "weight", "shift")
# A reading that never errs so does it this rarely, and no correction moves it by more half-widths.
LEAST_CHANCE, MOST_SHIFT = 1e-3, 3.0
# Half-widths above a reading out to which information is looked for.
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
        """Quantiles of the information given readings as taken and as corrected, calibrated."""
        value, high = (np.array([getattr(reading, name) for reading in taken]) for name in ("value", "high"))
        prior = Belief(*prior_of(self.weights["prior"]), float(largest(value, high).max()))
        found = combined(weighed, readings.most, prior)
        factors = self.margins["factors"][int(np.searchsorted(self.margins["edges"], readings.samples.n))]
        values = np.array(found.values)
        middle = values[PROBABILITIES.index(0.5)]
        drawn = np.sort(middle + np.interp(PROBABILITIES, LEVELS, factors) * (values - middle))
        return replace(found, values=tuple(np.minimum(drawn, max(readings.most, middle)).tolist()))

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


def largest(value: Any, high: Any) -> Any:
    """The largest information that is thought of, by what a reading says at most."""
    return 0.5 + 1.3 * (value + FARTHEST * np.maximum(high - value, LEAST_ERROR))


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
    moved = MOST_SHIFT * np.tanh(shift / MOST_SHIFT)
    value = reading.value + moved * (upper if moved > 0.0 else lower)
    return replace(
        reading,
        value=value,
        low=value - lower * np.exp(below),
        high=value + upper * np.exp(above),
        share=float(chances[1]),
        stray=float(chances[2]),
        weight=WEIGHT * float(np.exp(weight)),
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
    except (OSError, SafetensorError, KeyError) as error:
        raise ParameterError(sentence("weights", WRITTEN, str(error))) from error
    model = ErrorModel(**parts, card=card)
    try:
        known = {name: np.ones(1) for name in NAMES}
        seen = facts(known, model.scale)
        whole = all(model.weights[m].shape == (1 + len(FACTS[m]), len(CORRECTIONS)) for m in METHODS)
        edges, factors = model.margins["edges"], model.margins["factors"]
        whole = (
            whole and model.weights["prior"].shape == (2,) and all(len(raw(known, m)) == len(seen[m]) for m in METHODS)
        )
        whole = whole and factors.shape == (len(edges) + 1, len(LEVELS))
    except (KeyError, ValueError) as error:
        raise ParameterError(sentence("weights", WRITTEN, f"{path} ({error})")) from error
    if not whole:
        raise ParameterError(sentence("weights", WRITTEN, f"{path}, of other shapes"))
    return model


@functools.cache
def shipped() -> ErrorModel:
    """The model in the package, its checksum compared once a process."""
    return load(checked(SHIPPED))
