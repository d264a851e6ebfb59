"""Ratios and differences that have an ideal instead of a truth in nats: a table of their own, outside the ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.scoring import Table


@dataclass(frozen=True)
class Facts:
    """How a quantity is shown.

    Attributes
    ----------
    by : str
        What of a task makes a row.
    rows : str
        What the rows are called.
    first, second : str
        The two numbers of a cell.
    legend : str
    """

    by: str
    rows: str
    first: str
    second: str
    legend: str


FACTS = {
    "ratio": Facts("name", "ratio", "mean", "sd", "Mean ratio (standard deviation over seeds); not ranked."),
    "difference": Facts(
        "family",
        "transformation",
        "deviation",
        "largest",
        "Mean (largest) absolute difference between the values after and before a transformation of the same sample, "
        "in nats; ideally 0, not ranked.",
    ),
}
MEAN_ROW = "mean distance from the ideal"


def relation_table(table: Table) -> dict[str, Any] | None:
    """Rows by ratio or transformation, with a cell for each method; None for a suite of informations."""
    quantity = next((row["quantity"] for row in table.cells.values() if row.get("quantity") in FACTS), None)
    if quantity is None:
        return None
    facts, methods = FACTS[quantity], sorted(table.seeds)
    groups: dict[str, list[dict[str, Any]]] = {}
    for task in table.tasks:
        groups.setdefault(task[facts.by], []).append(task)
    rows = [
        {"name": name, "ideal": tasks[0]["truth"], "cells": [_cell(table, method, tasks) for method in methods]}
        for name, tasks in groups.items()
    ]
    reasons: dict[tuple[str, str], list[str]] = {}
    for (method, task, _), row in sorted(table.cells.items()):
        if row.get("failure"):
            reasons.setdefault((method, row["reason"]), []).append(task)
    return {
        "quantity": quantity,
        "methods": methods,
        "rows": rows,
        "overall": [_overall([row["cells"][m] for row in rows]) for m in range(len(methods))],
        "reasons": [
            {"method": method, "reason": reason, "tasks": sorted(set(names))}
            for (method, reason), names in reasons.items()
        ],
        "legend": facts.legend,
        "head": facts.rows,
        "mean_row": MEAN_ROW,
        "shown": [facts.first, facts.second],
    }


def _cell(table: Table, method: str, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    values, distances, failed = [], [], 0
    for task in tasks:
        for seed in table.seeds[method]:
            row = table.cells.get((method, task["name"], seed))
            if row is None or row.get("value") is None:
                failed += 1
                continue
            values.append(row["value"])
            distances.append(abs(row["value"] - task["truth"]))
    return {
        "completed": len(values),
        "failed": failed,
        "mean": float(np.mean(values)) if values else None,
        "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
        "deviation": float(np.mean(distances)) if values else None,
        "largest": max(distances, default=None),
    }


def _overall(cells: list[dict[str, Any]]) -> float | None:
    """Mean over rows of the distance from the ideal."""
    known = [cell["deviation"] for cell in cells if cell["deviation"] is not None]
    return float(np.mean(known)) if known else None
