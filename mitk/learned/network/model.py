"""A trained model as it ships: networks, standardisation, calibration and guard in one safetensors file."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mitk.errors import ParameterError, sentence
from mitk.learned.network.forward import forward
from mitk.learned.network.guard import smaller_side, surprise
from mitk.learned.network.inputs import stacked, standardised
from mitk.learned.network.stretching import LEVELS, STAGES, calibrated, coordinates
from mitk.learned.statistics.features import Features, features

WEIGHTS = Path(__file__).parents[1] / "weights"
SHIPPED = "mist.safetensors"
WRITTEN = "must be a file written by `mitk train mist` of this version"
# Data sets that share one pass: larger passes fall out of the cache.
PASS = 64
# Rows of models whose card does not tell.
OLD_ROWS = 10_000


@dataclass(frozen=True)
class Predicted:
    """Answers for several data sets.

    Attributes
    ----------
    mean : ndarray of shape (b,)
        Mean of the networks, nats.
    quantiles : ndarray of shape (b, 23)
        Calibrated quantiles at `Model.levels`, nats.
    surprise : ndarray of shape (b,)
        How far the statistics lie from those of the training sets; 1 is the border of what is trusted.
    """

    mean: np.ndarray
    quantiles: np.ndarray
    surprise: np.ndarray


@dataclass(frozen=True)
class Model:
    """Networks with what belongs to them.

    Parameters
    ----------
    networks : tuple of mapping of str to ndarray
        Parameters by name; their answers are averaged.
    scale : mapping of str to ndarray
        Means and standard deviations of the features.
    calibration : mapping of str to ndarray
        ``levels`` (23,), and for each stage ("rows", "columns", "surprise") ``stage.edges`` (r - 1,) of its ranges and
        ``stage.factors`` (r, 23): by how much the distance of each quantile from the median is stretched.
    guard : mapping of str to ndarray
        ``edges`` of the smaller side's columns, and for each range i of them ``i.mean``, ``i.axes``, ``i.deviations``
        and ``i.border`` of the features' distance.
    card : mapping
        Facts about the training.
    """

    networks: tuple[dict[str, np.ndarray], ...]
    scale: dict[str, np.ndarray]
    calibration: dict[str, np.ndarray]
    guard: dict[str, np.ndarray]
    card: dict[str, Any]

    @property
    def levels(self) -> np.ndarray:
        """Levels of the quantiles."""
        return self.calibration["levels"]

    @property
    def rows(self) -> int:
        """Rows that the networks have seen together, at most."""
        return int(self.card.get("rows", OLD_ROWS))

    def predict(self, found: list[Features]) -> Predicted:
        """Answers for data sets of any shapes."""
        parts = [self.answer(stacked(found[i : i + PASS])) for i in range(0, len(found), PASS)]
        return Predicted(*(np.concatenate([getattr(p, name) for p in parts]) for name in Predicted.__annotations__))

    def predict_parts(self, found: list[list[Features]]) -> Predicted:
        """Answers for data sets of which several parts were looked at: the means of the parts'."""
        single = self.predict([part for parts in found for part in parts])
        sizes = [len(parts) for parts in found]
        starts = np.cumsum([0, *sizes[:-1]])
        means = {name: np.add.reduceat(getattr(single, name), starts, axis=0) for name in Predicted.__annotations__}
        return Predicted(**{name: (total.T / sizes).T for name, total in means.items()})

    def answer(self, sets: dict[str, np.ndarray]) -> Predicted:
        """Answers from stacked features."""
        batch = standardised(sets, self.scale)
        means, quantiles = zip(*(forward(network, batch) for network in self.networks), strict=True)
        mean = np.mean(means, axis=0).astype(np.float64)
        raw = np.mean(quantiles, axis=0).astype(np.float64)
        far = surprise(batch, smaller_side(sets), self.guard)
        return Predicted(mean, calibrated(raw, coordinates(sets, far), self.calibration), far)

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write one file and return its SHA-256."""
        from safetensors.numpy import save_file

        tensors = {f"network.{i}.{name}": a for i, net in enumerate(self.networks) for name, a in net.items()}
        for part in ("scale", "calibration", "guard"):
            tensors |= {f"{part}/{name}": np.ascontiguousarray(a) for name, a in getattr(self, part).items()}
        save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, path, {"card": json.dumps(self.card)})
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model that `Model.save` wrote; a file that has not changed is read once.

    Raises
    ------
    ParameterError
        When the file is missing or is none.
    """
    try:
        facts = Path(path).stat()
    except (OSError, ValueError) as error:
        raise ParameterError(sentence("weights", WRITTEN, str(error))) from error
    return _read(str(path), facts.st_mtime_ns, facts.st_size)


@functools.lru_cache(maxsize=8)
def _read(path: str, changed: int, size: int) -> Model:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            card = json.loads((file.metadata() or {}).get("card", "{}"))
    except (OSError, SafetensorError) as error:
        raise ParameterError(sentence("weights", WRITTEN, str(error))) from error
    networks: dict[str, dict[str, np.ndarray]] = {}
    parts: dict[str, dict[str, np.ndarray]] = {"scale": {}, "calibration": {}, "guard": {}}
    for name, values in tensors.items():
        part, slash, key = name.partition("/")
        if slash:
            parts.setdefault(part, {})[key] = values
        elif name.startswith("network."):
            _, i, key = name.split(".", 2)
            networks.setdefault(i, {})[key] = values
    if not networks or set(parts) != {"scale", "calibration", "guard"}:
        raise ParameterError(sentence("weights", WRITTEN, path))
    model = Model(tuple(networks[i] for i in sorted(networks)), **parts, card=card)
    fault = _fault(model)
    if fault:
        raise ParameterError(sentence("weights", WRITTEN, f"{path} ({fault})"))
    return model


def _fault(model: Model) -> str:
    """Why a model that was read cannot answer, tried on a small data set; empty where it can."""
    try:
        if not np.allclose(model.levels, LEVELS):
            return "its quantiles are not those of this version"
        if any((np.diff(model.calibration[f"{stage}.edges"]) <= 0).any() for stage in STAGES):
            return "the ranges of its calibration are not in order"
        x = np.linspace(-1.0, 1.0, 20)[:, None]
        with np.errstate(all="ignore"):
            found = model.predict([features(x, x**2)])
    except (KeyError, IndexError, ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    known = np.isfinite([found.mean.sum(), found.quantiles.sum(), found.surprise.sum()]).all()
    return "" if known else "its answers are not numbers"


@functools.cache
def shipped() -> Model:
    """The model in the package, its checksum compared once a process."""
    return load(checked(WEIGHTS / SHIPPED))


def checked(path: Path) -> Path:
    """Weights of the package, which must have the SHA-256 that is written beside them.

    Raises
    ------
    ParameterError
    """
    try:
        expected = path.with_name(f"{path.name}.sha256").read_text().split()[0]
        got = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, IndexError) as error:
        raise ParameterError(sentence("weights", "must be in the package", str(error), "install mitk again")) from error
    if got != expected:
        raise ParameterError(
            sentence("weights", f"must have the SHA-256 {expected[:12]}...", f"{got[:12]}...", "install mitk again")
        )
    return path
