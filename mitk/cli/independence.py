"""`mitk test`: whether columns depend on each other at all."""

from __future__ import annotations

import json
from typing import Annotated

import typer

import mitk
from mitk.cli.app import app, guarded
from mitk.cli.options import (
    BlockLength,
    Given,
    Groups,
    Jobs,
    Json,
    MethodName,
    Missing,
    Seed,
    Settings,
    Thin,
    X,
    Y,
    rows_of,
    settings_of,
)
from mitk.cli.source import Source, reads_a_file


@app.command("test", epilog="Example:  mitk test example --x radius --y symmetry --method copula")
@guarded
@reads_a_file
def independence(
    source: Source,
    x: X = "",
    y: Y = "",
    given: Given = "",
    method: MethodName = "screen",
    settings: Settings = None,
    permutations: Annotated[int, typer.Option("--permutations", help="Surrogates.")] = 999,
    missing: Missing = "raise",
    groups: Groups = "",
    block: BlockLength = "",
    thin: Thin = 1,
    seed: Seed = 0,
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Test whether x and y depend on each other at all, or given other columns."""
    hyperparameters = settings_of(settings, "permutation_test")
    opened = source.open()
    left, right = opened.select(x, "--x", needed=True), opened.select(y, "--y", needed=True)
    condition = opened.select(given, "--given") if given else None
    kinds = opened.kinds(left, right, condition or {})
    outcome = mitk.permutation_test(
        left,
        right,
        method,
        permutations,
        given=condition,
        groups=opened.groups(groups),
        block=rows_of(block),
        thin=thin,
        missing=missing,
        seed=seed,
        n_jobs=jobs or -1,
        progress=True,
        discrete_x=kinds[0],
        discrete_y=kinds[1],
        discrete_given=kinds[2] if condition else None,
        **hyperparameters,
    )
    opened.remark({**left, **right, **(condition or {})})
    if as_json:
        print(json.dumps(outcome.to_dict(), allow_nan=False))
        return
    from mitk.show.rendering import show_test

    show_test(outcome, list(left), list(right), given=list(condition or ()))
