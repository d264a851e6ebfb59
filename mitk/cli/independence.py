"""`mitk test`: whether columns depend on each other at all."""

from __future__ import annotations

import json
from typing import Annotated

import typer

import mitk
from mitk.cli.app import app, guarded
from mitk.cli.columns import groups_of, kinds_of, read_sides, remark
from mitk.cli.options import (
    BlockLength,
    Discrete,
    File,
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


@app.command("test", epilog="Example:  mitk test data.csv --x height --y age")
@guarded
def independence(
    file: File,
    x: X = "",
    y: Y = "",
    method: MethodName = "screen",
    settings: Settings = None,
    permutations: Annotated[int, typer.Option("--permutations", help="Surrogates.")] = 999,
    missing: Missing = "raise",
    discrete: Discrete = "",
    groups: Groups = "",
    block: BlockLength = "",
    thin: Thin = 1,
    seed: Seed = 0,
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Test whether x and y depend on each other at all."""
    from mitk.progress import progress_bar

    hyperparameters = settings_of(settings, "permutation_test")
    table, left, right = read_sides(file, x, y)
    with progress_bar(f"{permutations} permutations"):
        outcome = mitk.permutation_test(
            left,
            right,
            method,
            permutations,
            groups=groups_of(table, groups),
            block=rows_of(block),
            thin=thin,
            missing=missing,
            seed=seed,
            n_jobs=jobs or -1,
            **kinds_of(table, left, right, discrete),
            **hyperparameters,
        )
    remark(table, {**left, **right})
    if as_json:
        print(json.dumps(outcome.to_dict(), allow_nan=False))
        return
    from mitk.show.rendering import show_test

    show_test(outcome, list(left), list(right))
