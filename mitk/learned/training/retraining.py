"""From a recipe to a model: simulate, train, calibrate, write; whatever is done already is not done again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mitk.errors import ParameterError, sentence
from mitk.learned.network.model import SHIPPED, Model
from mitk.learned.statistics.features import MAX_ROWS
from mitk.learned.training.calibration import calibrate, guard
from mitk.learned.training.data import Pool
from mitk.learned.training.recipe import Recipe
from mitk.learned.training.report import measured, report
from mitk.learned.training.runs import claim, counted
from mitk.learned.training.simulation import simulate
from mitk.learned.training.training import train
from mitk.progress import progress_bar

# Sets judged at every checkpoint, and sets from which the guard learns what is usual.
JUDGED, GUARDED = 2000, 20_000
# What simulated sets depend on, of a recipe's facts.
OF_SETS = ("mitk", "statistics", "prior", "seed", "shard")


@dataclass(frozen=True)
class Trained:
    """What `train_mist` wrote.

    Attributes
    ----------
    weights : str
        The model's file, for ``MIST(weights=...)``.
    report : str
        Its report, in Markdown.
    sha256 : str
        Checksum of the file.
    sets, held_out : int
        Simulated data sets that were trained on, and that were not.
    mae : float
        Mean absolute error on the held-out sets, nats.
    coverage : float
        Share of held-out sets whose truth lies in the 90 % interval, calibrated on others.
    """

    weights: str
    report: str
    sha256: str
    sets: int
    held_out: int
    mae: float
    coverage: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON takes them."""
        return asdict(self)


def train_mist(recipe: Recipe, out: str | os.PathLike[str], *, n_jobs: int = 1, progress: bool = False) -> Trained:
    """Train MIST by a recipe, or go on where an interrupted call has stopped.

    Parameters
    ----------
    recipe : Recipe
    out : path
        Folder of the run: ``sets/`` with the simulated sets, ``network-<seed>/`` with checkpoints, and in the end
        ``mist.safetensors`` and ``report.md``. Copy ``sets/`` into another folder to train other networks on it.
    n_jobs : int, default 1
        Processes that simulate, through joblib; -1 takes all cores. Training takes the cores it finds.
    progress : bool, default False
        Draw bars on stderr when it is a terminal.

    Returns
    -------
    Trained

    Raises
    ------
    ParameterError
        When `out` holds a run of another recipe.
    KeyboardInterrupt
        Nothing but the files and the step at hand are lost: the same call goes on.
    """
    place = Path(out)
    facts = recipe.facts()
    claim(place / "recipe.json", facts)
    claim(place / "sets" / "recipe.json", {name: facts[name] for name in OF_SETS})
    try:
        return _run(recipe, place, n_jobs, progress)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(f"Interrupted; what is done is in {place}, and the same command goes on.") from error


def simulate_sets(
    recipe: Recipe,
    out: str | os.PathLike[str],
    *,
    shards: range | None = None,
    n_jobs: int = 1,
    report: Callable[[str], None] = lambda line: None,
) -> int:
    """Simulate the sets of a recipe and nothing more: what `train_mist` would begin with.

    Parameters
    ----------
    recipe : Recipe
    out : path
        Folder of the run; the files are in its ``sets/``. Files that are there are kept.
    shards : range, optional
        Numbers of the files, of 0 to below those of `held_out` and `sets` together; all of them by default. Give each
        of several processes a range of its own.
    n_jobs : int, default 1
        Processes, through joblib.
    report : callable
        Called with a line for each file: how many are done and how long the others will take.

    Returns
    -------
    int
        Files in `shards`.

    Raises
    ------
    ParameterError
        When `out` holds sets of another recipe, or `shards` others than its.
    KeyboardInterrupt
        Finished files stay: the same call goes on.
    """
    place = Path(out)
    facts = recipe.facts()
    held, learned = recipe.shards
    chosen = range(held.start, learned.stop) if shards is None else shards
    if len(chosen) and not 0 <= min(chosen) <= max(chosen) < learned.stop:
        rule = f"must be files of the recipe, from 0 to below {learned.stop}"
        raise ParameterError(sentence("shards", rule, f"{chosen.start}:{chosen.stop}"))
    claim(place / "sets" / "recipe.json", {name: facts[name] for name in OF_SETS})
    began, made, done = time.monotonic(), 0, 0

    def told(sets: int, seconds: float) -> None:
        nonlocal made, done
        done += sets // recipe.shard
        if not seconds:
            report(f"{done} of {len(chosen)} files are there already.")
            return
        made += 1
        left = (time.monotonic() - began) / made * (len(chosen) - done)
        report(f"{done} of {len(chosen)} files, {1e3 * seconds / sets:.0f} ms a set, {_span(left)} left.")

    try:
        _simulate(recipe, place / "sets", chosen, n_jobs, told)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(f"Interrupted; what is done is in {place}, and the same command goes on.") from error
    return len(chosen)


def _span(seconds: float) -> str:
    """Hours and minutes."""
    minutes = round(seconds / 60.0)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _run(recipe: Recipe, place: Path, n_jobs: int, shown: bool) -> Trained:
    every = range(recipe.shards[0].start, recipe.shards[1].stop)
    with counted("Simulating sets", len(every) * recipe.shard, shown) as reach:
        done = 0

        def told(sets: int, seconds: float) -> None:
            nonlocal done
            done += sets
            reach(done)

        _simulate(recipe, place / "sets", every, n_jobs, told)
    held, learned = (Pool(place / "sets", part.start, part.stop) for part in recipe.shards)
    held_out = held.all()
    judged = {name: values[:JUDGED] for name, values in held_out.items()}
    networks = []
    for i, seed in enumerate(recipe.seeds):
        with counted(f"Network {i + 1} of {len(recipe.seeds)}", recipe.training.steps, shown) as reach:
            found = train(
                learned,
                replace(recipe.training, seed=seed),
                place / f"network-{seed}",
                held_out=judged,
                progress=lambda step, loss, reach=reach: reach(step),  # type: ignore[misc]
                number=i,
            )
        networks.append(found)
    with progress_bar("Calibrating", shown=shown):
        names = [name for name in networks[0] if not name.endswith((".mean", ".sd"))]
        scale = {name: values for name, values in networks[0].items() if name not in names}
        bare = tuple({name: network[name] for name in names} for network in networks)
        how = recipe.calibration
        border = guard(learned.all(GUARDED), scale, how)
        judgement = measured(bare, scale, border, held_out, list(recipe.prior.weights), how)
        sizes = {"sets": sum(len(s["facts"]) for s in learned.shards), "held_out": len(held_out["facts"])}
        model = Model(
            bare,
            scale,
            calibrate(bare, scale, border, held_out, how),
            border,
            {"recipe": recipe.facts(), "rows": MAX_ROWS, **sizes, "mae": judgement.mae, "coverage": judgement.coverage},
        )
        path = place / SHIPPED
        checksum = model.save(path)
    text = report(recipe, place, judgement, sizes, checksum)
    (place / "report.md").write_text(text, encoding="utf-8")
    return Trained(
        str(path), str(place / "report.md"), checksum, **sizes, mae=judgement.mae, coverage=judgement.coverage
    )


def _simulate(recipe: Recipe, folder: Path, shards: range, n_jobs: int, told: Callable[[int, float], None]) -> None:
    """Fill the missing files, and write down the seconds that each took."""
    with (folder / "times.jsonl").open("a", encoding="utf-8") as times:

        def advance(sets: int, seconds: float) -> None:
            told(sets, seconds)
            if seconds:
                times.write(json.dumps({"sets": sets, "seconds": round(seconds, 3)}) + "\n")
                times.flush()

        simulate(recipe.prior, folder, shards, seed=recipe.seed, size=recipe.shard, n_jobs=n_jobs, progress=advance)
