"""What `mitk matrix` and `mitk rank` share: columns of a file, the call, and how it ends."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer

import mitk
from mitk.cli.columns import chosen_columns, groups_of, remark, select
from mitk.cli.options import level_of, rows_of, settings_of
from mitk.errors import DataError, ParameterError, sentence

# Most pairs failed: there is output, but hardly what was asked for.
MOSTLY_FAILED = 3


def answer_pairs(
    file: str,
    *,
    columns: str,
    exclude: str,
    target: str = "",
    settings: list[str] | None,
    confidence: str,
    discrete: str,
    groups: str,
    block: str,
    jobs: int,
    top: int,
    as_json: bool,
    out: str,
    **options: Any,
) -> None:
    """Read a file, answer its pairs, print them; exit code 3 where most of them failed."""
    from mitk.data.files import read_table

    hyperparameters, level = settings_of(settings, "pairwise"), level_of(confidence)
    table = read_table(file)
    labels = groups_of(table, groups)
    chosen = select(table, columns, "--columns") if columns else dict(table.columns)
    left_out = select(table, exclude, "--exclude") if exclude else {}
    # A column of groups is no measurement, unless it is asked for.
    chosen = {n: c for n, c in chosen.items() if n not in left_out and (columns or c is not labels)}
    targets = select(table, target, "--target") if target else {}
    if set(targets) & set(left_out):
        raise ParameterError(sentence("--exclude", "must leave the target", target))
    chosen |= targets
    labels_told = chosen_columns(table, chosen, discrete)
    result = mitk.pairwise(
        chosen,
        targets=list(targets) or None,
        confidence=level,
        discrete=[True if name in labels_told else None for name in chosen],
        groups=labels,
        block=rows_of(block),
        n_jobs=jobs or -1,
        out=out or None,
        progress=True,
        **options,
        **hyperparameters,
    )
    counts = result.counts()
    if counts["failed"] == len(result.answers) > 0:
        raise DataError(f"No pair could be estimated; the first says: {_spelled(str(result.answers.error[0]))}")
    remark(table, chosen)
    for note in result.notes:
        print(f"Note: {note}", file=sys.stderr)
    failed = counts["failed"]
    if failed:
        first = next(error for error in result.answers.error if error)
        print(f"Failed: {failed} of {len(result.answers)} pairs; the first says: {_spelled(first)}", file=sys.stderr)
    if as_json:
        print(json.dumps(result.to_dict(), allow_nan=False))
    else:
        from mitk.show.rendering import show_pairs

        show_pairs(result, top)
    if 2 * failed > len(result.answers):
        raise typer.Exit(MOSTLY_FAILED)


def _spelled(hint: str) -> str:
    """A sentence of the library with options as the command line spells them."""
    return hint.replace('missing="drop"', "--missing drop")
