"""`mitk train`: estimators that learn from simulated data."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mitk.cli.app import guarded, training
from mitk.cli.options import Jobs, Json
from mitk.errors import ParameterError, sentence

if TYPE_CHECKING:
    from mitk.auto.errors.training import TrainedErrors
    from mitk.learned.training.retraining import Trained


@training.command("mist", epilog="Example:  mitk train mist --config default --out run --jobs 2")
@guarded
def train_mist(
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Folder of the run.")],
    config: Annotated[str, typer.Option("--config", metavar="FILE", help="Recipe in TOML, or default.")] = "default",
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Train MIST by a recipe; the same command goes on after an interrupt."""
    _find_own_families()
    from mitk.learned import read_recipe, train_mist

    trained = train_mist(read_recipe(config), out, n_jobs=jobs or -1, progress=True)
    told = f"Held-out error {trained.mae:.4f} nats, 90 % intervals hold {trained.coverage:.1%} of truths."
    _show_trained(trained, told, as_json)


@training.command("auto", epilog="Example:  mitk train auto --config default --out run --jobs 2")
@guarded
def train_auto(
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Folder of the run.")],
    config: Annotated[str, typer.Option("--config", metavar="FILE", help="Recipe in TOML, or default.")] = "default",
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Learn how the readings of auto err; the same command goes on after an interrupt."""
    _find_own_families()
    from mitk.auto.errors import read_error_recipe, train_auto

    trained = train_auto(read_error_recipe(config), out, n_jobs=jobs or -1, progress=True)
    told = f"Error on laws left out {trained.error:.3f} nats, 95 % intervals hold {trained.coverage:.1%} of truths."
    _show_trained(trained, told, as_json)


@training.command("sets", epilog="Example:  nice mitk train sets --out run --files 0:135")
@guarded
def simulate_sets(
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Folder of the run.")],
    config: Annotated[str, typer.Option("--config", metavar="FILE", help="Recipe in TOML, or default.")] = "default",
    files: Annotated[str, typer.Option("--files", metavar="FIRST:LAST", help="Files of sets; LAST is not one.")] = "",
    jobs: Jobs = 1,
) -> None:
    """Simulate the sets that MIST is trained on, and stop; the same command goes on after an interrupt."""
    _find_own_families()
    from mitk.learned import read_recipe, simulate_sets

    first, colon, last = files.partition(":")
    if files and not (colon and first.isdecimal() and last.isdecimal()):
        raise ParameterError(sentence("--files", "must be FIRST:LAST, two whole numbers", repr(files)))
    shards = range(int(first), int(last)) if files else None
    many = simulate_sets(
        read_recipe(config),
        out,
        shards=shards,
        n_jobs=jobs or -1,
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(f"{many} files are in {os.path.join(out, 'sets')}.")


def _find_own_families() -> None:
    """Families in modules of the current folder are found, and hide no installed package."""
    sys.path.append(os.getcwd())


def _show_trained(trained: Trained | TrainedErrors, told: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(trained.to_dict()))
        return
    print(told)
    print(f"Wrote {trained.weights} and {trained.report}.")
