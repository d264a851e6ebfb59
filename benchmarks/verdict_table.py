"""Stored rows as tables of verdicts: by method, and by suite and method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.scoring import summary, tables, task_scores
from benchmarks.store import Row
from benchmarks.verdict import overview

# The suite whose interval scores stand beside the rates of a method.
MAIN = "bmi40"
PARTS = {
    "misled": "Misled, share of completed cells:",
    "good_refused": "Good answers refused, share of the good:",
    "coverage": "Coverage of the intervals:",
    "winkler": "Winkler score of the intervals, nats:",
    "mae": "Mean absolute error, nats:",
}
Printed = tuple[str, list[str], list[list[str]]]


def verdict_tables(rows: Sequence[Row], methods: Sequence[str] = ()) -> list[Printed]:
    """Title, head and rows of each table.

    Parameters
    ----------
    rows : sequence of dict
        As `benchmarks.store.latest` leaves them.
    methods : sequence of str
        Order of the columns; by default all, by name. Errors of failed cells are charged by what all methods in the
        rows scored.

    Returns
    -------
    list of tuple
        First one line a method: means of both rates over suites and sizes, the largest share misled, and the Winkler
        score on the BMI tasks at each size. Then a table for each of `PARTS`, suites and sizes down, methods across.
    """
    boards = _boards(rows)
    names = list(methods) or sorted({line["method"] for board in boards for line in board["lines"]})
    found = {(board["suite"], board["n"], line["method"]): line for board in boards for line in board["lines"]}
    places = [(board["suite"], board["n"]) for board in boards]
    sizes = [n for suite, n in places if suite == MAIN]
    first = []
    for name in names:
        one = overview(boards, name)
        scores = [number(found.get((MAIN, n, name), {}).get("winkler")) for n in sizes]
        cells = [
            str(sum(found[(*place, name)][field] for place in places if (*place, name) in found))
            for field in ("cells", "failed", "missing", "without_interval")
        ]
        first.append(
            [
                name,
                number(one["misled"]),
                number(one["worst"]),
                one["worst_table"],
                number(one["good_refused"]),
                *scores,
                str(one["judged"]),
                *cells,
            ]
        )
    head = ["method", "misled", "worst", "where", "good refused", *(f"Winkler {MAIN} {n}" for n in sizes)]
    printed = [("", [*head, "tables", "cells", "failed", "missing", "no interval"], first)]
    for field, title in PARTS.items():
        lines = [
            [suite, str(n), *(number(found.get((suite, n, name), {}).get(field)) for name in names)]
            for suite, n in places
        ]
        printed.append((title, ["suite", "n", *names], [line for line in lines if any(line[2:])]))
    return printed


def _boards(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What `overview` reads of a leaderboard, of suites whose cells can be judged, without ranks."""
    boards: list[dict[str, Any]] = []
    for table in tables(rows):
        lines = []
        for method in table.methods:
            by_task = [task_scores(table, method, t) for t in range(len(table.tasks))]
            judged, completed = (sum(scores[name] for scores in by_task) for name in ("judged", "completed"))
            if judged or not completed:
                line = {"method": method, "reference": False, **summary(table, by_task)}
                lines.append({**line, "without_interval": completed - line["intervals"]})
        boards.append({"suite": table.suite, "n": table.n, "lines": lines})
    return [board for board in boards if any(line["misled"] is not None for line in board["lines"])]


def number(value: float | None) -> str:
    """Three digits after the point, or nothing."""
    return "" if value is None else f"{value:.3f}"
