"""`mitk estimate`: how much some columns tell about others."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

import mitk
from mitk.cli.app import app, guarded
from mitk.cli.options import (
    BlockLength,
    Confidence,
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
from mitk.cli.source import Source, reads_a_file
from mitk.errors import ParameterError, sentence
from mitk.printable import printable
from mitk.show.spelling import spelled


@app.command(epilog="Example:  mitk estimate example --x radius --y diagnosis --method mixed-ksg --set k=5")
@guarded
@reads_a_file
def estimate(
    source: Source,
    x: X = "",
    y: Y = "",
    given: Given = "",
    method: MethodName = "auto",
    settings: Settings = None,
    unit: Unit = "nats",
    confidence: Confidence = "0.95",
    interval: IntervalName = "default",
    missing: Missing = "raise",
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
    opened = source.open()
    left, right = opened.select(x, "--x", needed=True), opened.select(y, "--y", needed=True)
    condition = opened.select(given, "--given") if given else None
    kinds = opened.kinds(left, right, condition or {})
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
            groups=opened.groups(groups),
            block=rows_of(block),
            thin=thin,
            discrete_x=kinds[0],
            discrete_y=kinds[1],
            discrete_given=kinds[2] if condition else None,
            **hyperparameters,
        )
    result = replace(result, notes=(*result.notes, *opened.notes({**left, **right, **(condition or {})})))
    if as_json:
        print(result.to_json(pointwise))
        return
    if explain:
        print("\n".join(printable(spelled(line)) for line in result.explain().split("\n")))
        return
    from mitk.show.rendering import show_estimate

    show_estimate(result, list(left), list(right), list(condition or ()))
