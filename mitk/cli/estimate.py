"""`mitk estimate`: how much some columns tell about others."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

import mitk
from mitk.cli.app import app, guarded
from mitk.cli.columns import groups_of, kinds_of, read_sides, select
from mitk.cli.options import (
    BlockLength,
    Confidence,
    Discrete,
    File,
    Given,
    Groups,
    IntervalName,
    Json,
    MethodName,
    Missing,
    Seed,
    Settings,
    Thin,
    Unit,
    X,
    Y,
    level_of,
    rows_of,
    settings_of,
)
from mitk.errors import ParameterError, sentence


@app.command(epilog="Example:  mitk estimate data.csv --x height --y age --method ksg --set k=5")
@guarded
def estimate(
    file: File,
    x: X = "",
    y: Y = "",
    given: Given = "",
    method: MethodName = "auto",
    settings: Settings = None,
    unit: Unit = "nats",
    confidence: Confidence = "0.95",
    interval: IntervalName = "default",
    missing: Missing = "raise",
    discrete: Discrete = "",
    groups: Groups = "",
    block: BlockLength = "",
    thin: Thin = 1,
    seed: Seed = 0,
    explain: Annotated[bool, typer.Option("--explain", help="Print the readings and what decided.")] = False,
    as_json: Json = False,
    pointwise: Annotated[bool, typer.Option("--pointwise", help="With --json: the contribution of each row.")] = False,
) -> None:
    """Estimate how much the columns x tell about the columns y, given others where there are any."""
    from mitk.progress import progress_bar

    if pointwise and not as_json:
        raise ParameterError(sentence("--pointwise", "goes with --json", "no --json"))
    hyperparameters, level = settings_of(settings), level_of(confidence)
    table, left, right = read_sides(file, x, y)
    condition = select(table, given, "--given") if given else None
    with progress_bar(f"Estimating with {method}"):
        result = mitk.estimate(
            left,
            right,
            method,
            given=condition,
            seed=seed,
            confidence=level,
            interval=interval,
            missing=missing,
            unit=unit,
            groups=groups_of(table, groups),
            block=rows_of(block),
            thin=thin,
            **kinds_of(table, left, right, discrete, condition),
            **hyperparameters,
        )
    used = {**left, **right, **(condition or {})}
    notes = tuple(table.notes[name] for name in used if name in table.notes)
    result = replace(result, notes=result.notes + notes)
    if as_json:
        print(result.to_json(pointwise))
        return
    if explain:
        print(result.explain())
        return
    from mitk.show.rendering import show_estimate

    show_estimate(result, list(left), list(right), list(condition or ()))
