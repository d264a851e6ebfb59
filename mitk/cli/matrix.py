"""`mitk matrix`: all pairs of columns."""

from __future__ import annotations

import json
from typing import Annotated

import typer

import mitk
from mitk.cli.app import app, guarded
from mitk.cli.columns import chosen_columns, groups_of, remark, select
from mitk.cli.options import (
    BlockLength,
    Confidence,
    Discrete,
    File,
    Groups,
    IntervalName,
    Jobs,
    Json,
    MethodName,
    Missing,
    Seed,
    Settings,
    Thin,
    Unit,
    level_of,
    rows_of,
    settings_of,
)
from mitk.errors import DataError


@app.command(epilog="Example:  mitk matrix data.csv --columns height,weight,age --jobs 2")
@guarded
def matrix(
    file: File,
    columns: Annotated[str, typer.Option("--columns", metavar="COLUMNS", help="By default all.")] = "",
    method: MethodName = "screen",
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
    jobs: Jobs = 1,
    as_json: Json = False,
) -> None:
    """Estimate all pairs of columns, the strongest first."""
    from mitk.data.files import read_table

    hyperparameters, level = settings_of(settings, "pairwise"), level_of(confidence)
    table = read_table(file)
    labels = groups_of(table, groups)
    # A column of groups is no measurement, unless it is asked for.
    chosen = (
        select(table, columns, "--columns")
        if columns
        else {name: column for name, column in table.columns.items() if column is not labels}
    )
    labels_told = chosen_columns(table, chosen, discrete)
    kinds = [True if name in labels_told else None for name in chosen]
    result = mitk.pairwise(
        chosen,
        method,
        confidence=level,
        interval=interval,
        missing=missing,
        discrete=kinds,
        unit=unit,
        groups=labels,
        block=rows_of(block),
        thin=thin,
        seed=seed,
        n_jobs=jobs or -1,
        progress=True,
        **hyperparameters,
    )
    if all(isinstance(outcome, str) for outcome in result.results.values()):
        raise DataError(f"No pair could be estimated; the first says: {next(iter(result.results.values()))}")
    remark(table, chosen)
    if as_json:
        print(json.dumps(result.to_dict(), allow_nan=False))
        return
    from mitk.show.rendering import show_pairs

    show_pairs(result)
