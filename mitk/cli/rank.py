"""`mitk rank`: columns by what they tell about a target."""

from __future__ import annotations

from typing import Annotated

import typer

from mitk.cli.app import app, guarded
from mitk.cli.many import answer_pairs
from mitk.cli.options import (
    BlockLength,
    Columns,
    Confidence,
    Correct,
    Exclude,
    Given,
    Groups,
    IntervalName,
    Jobs,
    Json,
    Memory,
    MethodName,
    Missing,
    Out,
    Seed,
    Settings,
    Thin,
    Top,
    Unit,
)
from mitk.cli.source import Source, reads_a_file


@app.command(epilog="Example:  mitk rank example --target diagnosis --exclude area,perimeter")
@guarded
@reads_a_file
def rank(
    source: Source,
    target: Annotated[str, typer.Option("--target", metavar="COLUMNS", help="What the others are to tell about.")],
    columns: Columns = "",
    exclude: Exclude = "",
    given: Given = "",
    method: MethodName = "screen",
    settings: Settings = None,
    unit: Unit = "nats",
    confidence: Confidence = "0.95",
    interval: IntervalName = "default",
    missing: Missing = "raise",
    groups: Groups = "",
    block: BlockLength = "",
    thin: Thin = 1,
    correct: Correct = "bh",
    top: Top = 0,
    out: Out = "",
    seed: Seed = 0,
    jobs: Jobs = 1,
    memory: Memory = "",
    as_json: Json = False,
) -> None:
    """Rank columns by what they tell about a target, with q-values."""
    answer_pairs(
        source,
        columns=columns,
        exclude=exclude,
        given=given,
        target=target,
        method=method,
        settings=settings,
        unit=unit,
        confidence=confidence,
        interval=interval,
        missing=missing,
        groups=groups,
        block=block,
        thin=thin,
        correct=None if correct == "none" else correct,
        seed=seed,
        jobs=jobs,
        memory=memory,
        top=top,
        as_json=as_json,
        out=out,
    )
