"""The leaderboard: a pure function of stored rows, as one record that Markdown, HTML and the figure show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pairwise import rank_overall
from benchmarks.ranking import rank_suite
from benchmarks.relations import relation_table
from benchmarks.scoring import REFERENCES, Table, balanced, summary, tables, task_scores
from benchmarks.store import Row, finite
from benchmarks.verdict import overview

Board = dict[str, Any]
HERE = Path(__file__).parent / "page"


def build(rows: Sequence[Row], command: str = "") -> Board:
    """Score and rank everything in the rows.

    Parameters
    ----------
    rows : sequence of dict
        One per suite, task, n, seed and method, as `benchmarks.store.latest` leaves them.
    command : str
        What made the page; printed on it.

    Returns
    -------
    dict
        Plain data, ready for JSON.
    """
    rows = sorted(rows, key=lambda row: (row["suite"], row["n"], row["task"], row["method"], row["seed"]))
    found = tables(rows)
    boards = [one_table(table) for table in found]
    return finite(
        {
            "command": command,
            "runs": sorted({row.get("command", "") for row in rows} - {""}),
            "versions": sorted({row["versions"] for row in rows}),
            "machines": sorted({row["machine"] for row in rows}),
            "cells": len(rows),
            "overall": [{**asdict(one), **overview(boards, one.method)} for one in rank_overall(found)],
            "tables": boards,
        }
    )


def one_table(table: Table) -> dict[str, Any]:
    """One suite at one number of rows."""
    lines, relations = [], relation_table(table)
    for place in rank_suite(table):
        lines.append({**asdict(place), **_line(table, place.method)})
    for name in REFERENCES if table.methods else ():
        by_task = [_mean(row) for row in table.errors[name]]
        lines.append(
            {
                "method": name,
                "reference": True,
                "kind": "reference",
                "score": balanced(table.tasks, np.array(by_task, dtype=float)),
                "mae": _mean(np.array(by_task, dtype=float)),
                "tasks": [{"mae": value} for value in by_task],
            }
        )
    lines.sort(key=lambda line: line["score"] if line["score"] is not None else float("inf"))
    return {
        "suite": table.suite,
        "n": table.n,
        "seeds": {method: len(seeds) for method, seeds in table.seeds.items()},
        "level": sorted({row["level"] for row in table.cells.values() if row.get("level")}),
        "tasks": table.tasks,
        "lines": lines,
        "scores": [] if relations else [{"method": m, **_line(table, m)} for m in table.scores],
        "relations": relations,
    }


def _line(table: Table, method: str) -> dict[str, Any]:
    by_task = [task_scores(table, method, t) for t in range(len(table.tasks))]
    kinds = {row["kind"] for (m, _, _), row in table.cells.items() if m == method and row.get("kind")}
    mixed = "mixed" if len(kinds) > 1 else next(iter(kinds), "estimate")
    return {"reference": False, "kind": mixed, **summary(table, by_task), "tasks": by_task}


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def html(board: Board) -> str:
    """One page that holds everything it needs: data, style and script."""
    page = (HERE / "page.html").read_text(encoding="utf-8")
    names = ("page.css", "table.js", "charts.js", "relations.js", "page.js")
    parts = {name: (HERE / name).read_text(encoding="utf-8") for name in names}
    # "</script>" inside a string would end the script element.
    parts["data"] = json.dumps(_short(board), allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    for name, text in parts.items():
        page = page.replace(f"/*{{{name}}}*/", text)
    return page


def _short(item: Any) -> Any:
    """Six digits are more than a page shows, and half the bytes."""
    if isinstance(item, float):
        return float(f"{item:.6g}")
    if isinstance(item, dict):
        return {key: _short(value) for key, value in item.items()}
    if isinstance(item, list):
        return [_short(value) for value in item]
    return item


def markdown(board: Board) -> str:
    """Tables of every suite and size."""
    from benchmarks.markdown import render

    return render(board)
