"""From a recipe to learned errors: simulate, fit, set margins, write; whatever is done already is not done again."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mitk.auto.errors.evidence import NAMES
from mitk.auto.errors.fitting import fit, quantiles_of, scale_of
from mitk.auto.errors.model import ErrorModel, weightless
from mitk.auto.errors.recipe import ErrorRecipe
from mitk.auto.errors.report import measured, report
from mitk.auto.errors.simulation import one_file
from mitk.errors import ParameterError, sentence
from mitk.learned.network.stretching import LEVELS, stretched
from mitk.learned.training.calibration import often, stretch
from mitk.learned.training.runs import claim, counted
from mitk.learned.training.simulation import fill
from mitk.progress import progress_bar

WRITTEN = "auto.safetensors"
# Rows that part the ranges with margins of their own, and strange sets at which a range's own weigh half.
EDGES, SHRINK = (100.0, 1000.0), 200.0

Sets = dict[str, np.ndarray]


@dataclass(frozen=True)
class TrainedErrors:
    """What `train_auto` wrote.

    Attributes
    ----------
    weights : str
        The model's file.
    report : str
        Its report, in Markdown.
    sha256 : str
        Checksum of the file.
    sets : int
        Simulated data sets that errors were learned of.
    error : float
        Mean absolute error, nats, of strange families that the fit did not see, families counting alike.
    coverage : float
        Share of those whose truth lies in the 95 % interval, with margins from the other strange families.
    """

    weights: str
    report: str
    sha256: str
    sets: int
    error: float
    coverage: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON takes them."""
        return asdict(self)


def train_auto(
    recipe: ErrorRecipe, out: str | os.PathLike[str], *, n_jobs: int = 1, progress: bool = False
) -> TrainedErrors:
    """Learn how the readings of `Auto` err, or go on where an interrupted call has stopped.

    Parameters
    ----------
    recipe : ErrorRecipe
    out : path
        Folder of the run: ``sets/`` with what was read of simulated sets, and in the end ``auto.safetensors`` and
        ``report.md``.
    n_jobs : int, default 1
        Processes that simulate, through joblib; -1 takes all cores.
    progress : bool, default False
        Draw bars on stderr when it is a terminal.

    Returns
    -------
    TrainedErrors

    Raises
    ------
    ParameterError
        When `out` holds a run of another recipe.
    KeyboardInterrupt
        Nothing but the files at hand are lost: the same call goes on.
    """
    place, facts = Path(out), recipe.facts()
    claim(place / "recipe.json", facts)
    try:
        sets = _simulated(recipe, place / "sets", n_jobs, progress)
        with progress_bar("Fitting", shown=progress):
            model, judged = learned(recipe, sets)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(f"Interrupted; what is done is in {place}, and the same command goes on.") from error
    model.save(place / WRITTEN)
    checksum = hashlib.sha256((place / WRITTEN).read_bytes()).hexdigest()
    (place / "report.md").write_text(report(recipe, judged, len(sets["truth"]), checksum), encoding="utf-8")
    strange = [found for found in judged["learned"].values() if found.strange]
    mae, coverage = (float(np.mean([getattr(found, name) for found in strange])) for name in ("error", "coverage"))
    return TrainedErrors(str(place / WRITTEN), str(place / "report.md"), checksum, len(sets["truth"]), mae, coverage)


def learned(recipe: ErrorRecipe, sets: Sets) -> tuple[ErrorModel, dict[str, Any]]:
    """The model of some sets, and how it does on families that it did not see.

    Every strange family is judged by a fit on all others but those of its fold; each familiar one likewise, in as many
    folds; those that are held out, by the model itself. Margins come from the strange families alone: there the network
    errs as it does on laws it was not made for.
    """
    how = recipe.training
    family, familiar = sets["family"].astype(int), len(recipe.prior.weights)
    apart = np.isin(np.array(recipe.families)[family], recipe.held_out)
    strange = (family >= familiar) & ~apart
    if len(np.unique(family[strange] % how.folds)) < 2:
        hint = "simulate more sets, of continuous columns"
        raise ParameterError(sentence("strange", "must leave sets of two folds that can be read", recipe.strange, hint))
    taught = _part(sets, ~apart)
    scale, weight = scale_of(taught), np.zeros(len(family))
    weight[~apart] = weights_of(recipe, taught)
    # What is held out is judged by what was learned of all others.
    fold = np.where(apart, how.folds, np.where(strange, family - familiar, family) % how.folds)
    raw = np.empty((len(family), len(LEVELS)))
    for i in range(how.folds):
        away, kept = fold == i, (fold != i) & ~apart
        if away.any():
            raw[away] = quantiles_of(fit(_part(sets, kept), weight[kept], scale, how), scale, _part(sets, away))
    weights = fit(taught, weight[~apart], scale, how)
    margins = margins_of(raw[strange], _part(sets, strange), how.margins)
    if apart.any():
        raw[apart] = quantiles_of(weights, scale, _part(sets, apart))
    judged = {
        "assumed": measured(recipe, sets, quantiles_of(weightless(), scale, sets)),
        "learned": measured(recipe, sets, _stretched(raw, sets, fold, strange, how.margins)),
    }
    card = {"recipe": recipe.facts(), "sets": len(taught["truth"])}
    return ErrorModel(weights, scale, margins, card), judged


def weights_of(recipe: ErrorRecipe, sets: Sets) -> np.ndarray:
    """Weight (b,) of each set: that of its family, over the root of the family's number of sets."""
    family, familiar = sets["family"].astype(int), len(recipe.prior.weights)
    weight = 1.0 / np.sqrt(np.bincount(family)[family])
    weight[family >= familiar] *= recipe.training.strange
    names = np.array(recipe.families)[family]
    return np.where(names == "independent", recipe.training.independent, 1.0) * weight


def margins_of(raw: np.ndarray, sets: Sets, power: float = 1.0) -> dict[str, np.ndarray]:
    """`ErrorModel.margins` from quantiles (b, q) of families that a fit did not see; families count alike.

    `power` below 1 takes less than such families need: half of the way, on a logarithmic scale, is 0.5.
    """
    levels, edges = np.array(LEVELS), np.array(EDGES)
    family = sets["family"].astype(int)
    alike = often(family, np.ones(family.max() + 1))
    pooled = stretch(raw[alike], sets["truth"][alike], levels)
    factors = np.tile(pooled, (len(edges) + 1, 1))
    ranges = np.searchsorted(edges, sets["rows"])
    for i in range(len(factors)):
        own = alike[ranges[alike] == i]
        many = len(np.unique(own))
        if many:
            share = many / (many + SHRINK)
            factors[i] = share * stretch(raw[own], sets["truth"][own], levels) + (1.0 - share) * pooled
    return {"edges": edges, "factors": factors**power}


def _stretched(raw: np.ndarray, sets: Sets, fold: np.ndarray, strange: np.ndarray, power: float) -> np.ndarray:
    """Quantiles with margins from strange families of other folds."""
    found = np.empty_like(raw)
    for i in np.unique(fold):
        away = fold == i
        margins = margins_of(raw[strange & ~away], _part(sets, strange & ~away), power)
        ranges = np.searchsorted(margins["edges"], sets["rows"][away])
        found[away] = stretched(raw[away], margins["factors"][ranges])
    return found


def _simulated(recipe: ErrorRecipe, folder: Path, n_jobs: int, shown: bool) -> Sets:
    familiar, strange = recipe.shards
    every = range(familiar.start, strange.stop)
    with counted("Reading sets", len(every) * recipe.shard, shown) as reach:
        done = 0

        def told(sets: int, seconds: float) -> None:
            nonlocal done
            done += sets
            reach(done)

        fill(partial(one_file, recipe), folder, every, size=recipe.shard, n_jobs=n_jobs, progress=told)
    files = [np.load(folder / f"{shard}.npz") for shard in every]
    return {name: np.concatenate([file[name] for file in files]) for name in (*NAMES, "truth", "family")}


def _part(sets: Sets, chosen: np.ndarray) -> Sets:
    return {name: values[chosen] for name, values in sets.items()}
