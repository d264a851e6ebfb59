"""What `mitk matrix` and `mitk rank` share: columns of a file, the call, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import typer

import mitk
from mitk.cli.options import level_of, rows_of, settings_of
from mitk.cli.source import Source
from mitk.cli.terminal import note, say
from mitk.errors import DataError, ParameterError, sentence
from mitk.show.spelling import spelled

# Most pairs failed: there is output, but hardly what was asked for.
MOSTLY_FAILED = 3


def answer_pairs(
    source: Source,
    *,
    columns: str,
    exclude: str,
    given: str,
    target: str = "",
    settings: list[str] | None,
    confidence: str,
    groups: str,
    block: str,
    jobs: int,
    memory: str,
    top: int,
    as_json: bool,
    out: str,
    **options: Any,
) -> None:
    """Read a file, answer its pairs, print them; exit code 3 where most of them failed."""
    hyperparameters, level = settings_of(settings, "pairwise"), level_of(confidence)
    opened = source.open()
    take: Callable[[list[str]], dict[str, Any]] = opened.table.take
    readable: Callable[[list[str]], tuple[dict[str, Any], list[str]]] = opened.table.readable
    if memory:
        readable = opened.outside(memory, options["seed"])
        take = lambda names: readable(names)[0]  # noqa: E731
    labels = opened.groups(groups)
    left_out = opened.names(exclude, "--exclude")
    if set(opened.names(target, "--target")) & set(left_out):
        raise ParameterError(sentence("--exclude", "must leave the target", target))
    condition = opened.names(given, "--given")
    if set(condition) & set(opened.names(target, "--target")):
        raise ParameterError(sentence("--given", "must leave the target", target))
    left_out += condition
    unreadable: list[str] = []
    if columns:
        named = [name for name in opened.names(columns, "--columns") if name not in set(left_out)]
        chosen = take(named)
    else:
        # A column of groups is no measurement, unless it is asked for.
        unasked = {*left_out, *opened.names(groups, "--groups")}
        chosen, unreadable = readable([name for name in opened.table.names if name not in unasked])
    targets = take(opened.names(target, "--target"))
    chosen |= targets
    conditional = take(condition) if condition else None
    kinds = opened.kinds(chosen, conditional or {})
    result = mitk.pairwise(
        chosen,
        given=conditional,
        targets=list(targets) or None,
        confidence=level,
        discrete=kinds[0],
        discrete_given=kinds[1] if condition else None,
        groups=labels,
        block=rows_of(block),
        n_jobs=jobs or -1,
        out=out or None,
        memory=memory or None,
        progress=True,
        **options,
        **hyperparameters,
    )
    counts = result.counts()
    if counts["failed"] == len(result.answers) > 0:
        raise DataError(f"No pair could be estimated; the first says: {result.answers.error[0]}")
    opened.remark({**chosen, **(conditional or {})})
    for text in [*([f"Left out: {' '.join(unreadable)}"] if unreadable else []), *result.notes]:
        note(text)
    failed = counts["failed"]
    if failed:
        first = next(error for error in result.answers.error if error)
        say(spelled(f"Failed: {failed} of {len(result.answers)} pairs; the first says: {first}"))
    if as_json:
        print(json.dumps(result.to_dict(), allow_nan=False))
    else:
        from mitk.show.rendering import show_pairs

        show_pairs(result, top)
    if 2 * failed > len(result.answers):
        raise typer.Exit(MOSTLY_FAILED)
