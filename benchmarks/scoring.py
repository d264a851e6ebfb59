"""From rows to numbers: what each method scores on each task of one suite at one number of rows.

A failed cell has no value, so it scores the largest of always-zero's error, the worst completed method's error on
the same sample, and 0.1 nats; a cell that was never run although the method ran with that seed elsewhere in the
suite scores the same, so that nothing is gained by leaving tasks out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtri

from benchmarks import verdict
from benchmarks.store import Row

FAILED_ERROR = 0.1
RANKED_QUANTITIES = ("mi", "conditional_mi")
ZERO, ORACLE = "always zero", "oracle"
REFERENCES = (ORACLE, ZERO)
# Truths, in nats, of the tasks that the power of a test is taken over: neither hopeless nor beyond doubt.
POWER_RANGE = (0.05, 0.2)
# Truths closer than this, in nats, have no order.
SAME_TRUTH = 1e-6
# Mean of |N(0, 1)|: what the oracle's error is on average where only its standard deviation is known.
MEAN_ABSOLUTE_NORMAL = math.sqrt(2.0 / math.pi)


@dataclass
class Table:
    """All cells of one suite at one number of rows.

    Attributes
    ----------
    suite : str
    n : int
    tasks : list of dict
        Facts of each task: name, family, rank_class, dim_x, dim_y, truth, truth_kind, noise_floor.
    methods : list of str
        Ranked methods; `scores` holds those whose number is no mutual information.
    cells : dict
        (method, task, seed) -> row.
    seeds : dict
        method -> the seeds it ran with anywhere in the table.
    """

    suite: str
    n: int
    tasks: list[dict[str, Any]]
    methods: list[str]
    scores: list[str]
    cells: dict[tuple[str, str, int], Row]
    seeds: dict[str, list[int]]
    errors: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def all_seeds(self) -> list[int]:
        """Seeds that any ranked method ran with."""
        return sorted({seed for method in self.methods for seed in self.seeds[method]})


def tables(rows: Iterable[Row]) -> list[Table]:
    """One table per suite and number of rows, with absolute errors of shape (tasks, seeds); nan where no seed."""
    groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["suite"], row["n"]].append(row)
    built = []
    for (suite, n), members in sorted(groups.items()):
        facts = {row["task"]: row for row in members}
        tasks = [_facts(row) for row in sorted(facts.values(), key=lambda r: (r["family"], r["rank_class"], r["task"]))]
        cells = {(row["method"], row["task"], row["seed"]): row for row in members}
        seeds = {m: sorted({row["seed"] for row in members if row["method"] == m}) for m, _, _ in cells}
        other = {row["method"] for row in members if not ranked(row)}
        names = sorted(seeds)
        table = Table(
            suite, n, tasks, [m for m in names if m not in other], [m for m in names if m in other], cells, seeds
        )
        _fill_errors(table)
        built.append(table)
    return built


def ranked(row: Row) -> bool:
    """Whether the number is a mutual information, or would have been had the cell not failed."""
    return row.get("kind") != "score" and row.get("quantity", "mi") in RANKED_QUANTITIES


def _facts(row: Row) -> dict[str, Any]:
    names = ("family", "rank_class", "dim_x", "dim_y", "truth", "truth_error", "truth_kind", "noise_floor")
    return {"name": row["task"], **{name: row[name] for name in names}}


def error(row: Row | None) -> float | None:
    """Signed error in nats; None for a cell that failed or was not run."""
    return None if row is None or row.get("value") is None else row["value"] - row["truth"]


def _fill_errors(table: Table) -> None:
    seeds = table.all_seeds
    for method in table.methods:
        table.errors[method] = np.full((len(table.tasks), len(seeds)), np.nan)
    for t, task in enumerate(table.tasks):
        for s, seed in enumerate(seeds):
            signed = {m: error(table.cells.get((m, task["name"], seed))) for m in table.methods}
            charge = max([abs(task["truth"]), FAILED_ERROR, *(abs(e) for e in signed.values() if e is not None)])
            for method, e in signed.items():
                if seed in table.seeds[method]:
                    table.errors[method][t, s] = charge if e is None else abs(e)
    if table.methods:
        table.errors[ZERO] = np.array([[abs(task["truth"])] * len(seeds) for task in table.tasks])
        table.errors[ORACLE] = _oracle(table, seeds)


def _oracle(table: Table, seeds: Sequence[int]) -> np.ndarray:
    known = {
        (task, seed): row["oracle"] for (_, task, seed), row in table.cells.items() if row.get("oracle") is not None
    }
    errors = np.full((len(table.tasks), len(seeds)), np.nan)
    for t, task in enumerate(table.tasks):
        if task["noise_floor"] is not None:
            errors[t] = MEAN_ABSOLUTE_NORMAL * task["noise_floor"]
        for s, seed in enumerate(seeds):
            if (task["name"], seed) in known:
                errors[t, s] = abs(known[task["name"], seed] - task["truth"])
    return errors


def weights(tasks: Sequence[dict[str, Any]]) -> np.ndarray:
    """Weight of each task in the mean within rank class, then family, then suite; they add up to 1."""
    classes = [(task["family"], task["rank_class"]) for task in tasks]
    families = [task["family"] for task in tasks]
    per_class = np.array([classes.count(c) for c in classes], dtype=float)
    per_family = np.array([len({c for c in classes if c[0] == f}) for f in families], dtype=float)
    return 1.0 / (per_class * per_family * len(set(families)))


def balanced(tasks: Sequence[dict[str, Any]], by_task: np.ndarray) -> float:
    """Mean within rank class, then family, then suite; over the tasks where there is a number."""
    known = np.flatnonzero(np.isfinite(by_task))
    if not len(known):
        return math.nan
    return float(weights([tasks[t] for t in known]) @ by_task[known])


def task_scores(table: Table, method: str, t: int) -> dict[str, Any]:
    """Everything a table shows of one method on one task: errors in nats, costs in seconds and MB.

    ``mae`` counts failed and missing cells; what has a sign or an interval is over completed cells.
    """
    task = table.tasks[t]
    own = [table.cells.get((method, task["name"], seed)) for seed in table.seeds[method]]
    done = [row for row in own if row is not None and row.get("value") is not None]
    signed = np.array([error(row) for row in done])
    truth, floor = task["truth"], task["noise_floor"]
    found: dict[str, Any] = {
        "cells": len(own),
        "completed": len(done),
        "failed": sum(row is not None and row.get("value") is None for row in own),
        "missing": sum(row is None for row in own),
        "mae": _mean(table.errors[method][t]) if method in table.errors else None,
        "deviation": _mean(np.abs(signed)),
        "bias": _mean(signed),
        "sd": float(np.std(signed, ddof=1)) if len(signed) > 1 else None,
        "relative": _mean(np.abs(signed) / max(truth, 0.1)),
        "solved": sum(solved(e, truth, floor) for e in signed),
        "refused": sum(row["status"] == "UNRELIABLE" for row in done),
        "refused_rightly": sum(
            row["status"] == "UNRELIABLE" and not solved(e, truth, floor) for row, e in zip(done, signed, strict=True)
        ),
        "normalised": None if floor is None else _mean(np.abs(signed) / math.hypot(floor, 0.02)),
        "seconds": _median(row.get("seconds") for row in done),
        "seconds_first": _median(row.get("seconds_first") for row in done),
        "peak_mb": max((row["peak_mb"] for row in own if row and row.get("peak_mb")), default=None),
        "reasons": sorted({row["reason"] for row in own if row and row.get("reason")}),
    }
    return {**found, **verdict.counts(done), **interval_scores(done, truth), **validity(done, truth, floor)}


def solved(e: float, truth: float, floor: float | None) -> bool:
    """Whether an error is within 0.05 nats, a tenth of the truth, or three noise floors."""
    return bool(abs(e) <= max(0.05, 0.1 * truth, 3.0 * (floor or 0.0)))


def interval_scores(done: Sequence[Row], truth: float) -> dict[str, Any]:
    """Coverage, mean width, Winkler score and CRPS of the stored intervals, and coverage at each stored level.

    Read as a test of independence, an interval that lies above 0 rejects: an alarm where the truth is 0, a detection
    where it lies in `POWER_RANGE`.
    """
    have = [row for row in done if row.get("low") is not None and row.get("high") is not None]
    covered = sum(row["low"] <= truth <= row["high"] for row in have)
    low_power, high_power = POWER_RANGE
    weak = low_power <= truth <= high_power
    rejected = sum(row["low"] > 0.0 for row in have)
    levels: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for row in have:
        for level, low, high in row.get("intervals") or []:
            if low is not None and high is not None:
                levels[level][0] += low <= truth <= high
                levels[level][1] += 1
    return {
        "intervals": len(have),
        "covered": covered,
        "nulls": len(have) if truth == 0.0 else 0,
        "alarms": rejected if truth == 0.0 else 0,
        "weak": len(have) if weak else 0,
        "detected": rejected if weak else 0,
        "crps": _mean(np.array([crps(row["intervals"], truth) for row in have if row.get("intervals")])),
        "width": _mean(np.array([row["high"] - row["low"] for row in have])),
        "winkler": _mean(np.array([winkler(row["low"], row["high"], row["level"], truth) for row in have])),
        "levels": [[level, *counts] for level, counts in sorted(levels.items())],
    }


def winkler(low: float, high: float, level: float, truth: float) -> float:
    """Interval score: width plus 2/alpha times how far the truth lies outside."""
    return high - low + 2.0 / (1.0 - level) * (max(low - truth, 0.0) + max(truth - high, 0.0))


def interval_score(row: Row) -> float:
    """Winkler score of a row's interval, in nats; nan where it has none."""
    if row.get("low") is None or row.get("high") is None:
        return math.nan
    return winkler(row["low"], row["high"], row["level"], row["truth"])


def crps(intervals: Sequence[Sequence[float | None]], truth: float) -> float:
    """Continuous ranked probability score, in nats, of the quantiles that equal-tailed intervals are made of.

    Twice the mean over all probabilities of the quantile loss. Between the quantiles the normal-score axis is linear,
    as where they were read; beyond the outermost, which leave half a percent a side, they stay what they are.
    """
    ends = [(0.5 + side * level / 2.0, end) for level, low, high in intervals for side, end in ((-1, low), (1, high))]
    known = sorted((probability, end) for probability, end in ends if end is not None)
    if not known:
        return math.nan
    probabilities = (np.arange(1000) + 0.5) / 1000
    quantiles = np.interp(ndtri(probabilities), ndtri([p for p, _ in known]), [end for _, end in known])
    return float(2.0 * np.mean((truth - quantiles) * (probabilities - (truth < quantiles))))


def ordering(tasks: Sequence[dict[str, Any]], by_task: Sequence[dict[str, Any]]) -> float | None:
    """Kendall's tau of mean estimate against truth over the tasks of one family, mean over families.

    Over pairs of tasks whose truths differ: 1 when all are put in the right order, -1 when all are reversed. A family
    counts from three such pairs on.
    """
    known = [i for i, scores in enumerate(by_task) if scores["bias"] is not None]
    found = []
    for family in sorted({tasks[i]["family"] for i in known}):
        own = [i for i in known if tasks[i]["family"] == family]
        truths = np.array([tasks[i]["truth"] for i in own])
        values = truths + np.array([by_task[i]["bias"] for i in own])
        first, second = np.triu_indices(len(own), 1)
        right = np.sign(truths[first] - truths[second]) * np.sign(values[first] - values[second])
        differ = np.abs(truths[first] - truths[second]) > SAME_TRUTH
        if differ.sum() >= 3:
            found.append(float(right[differ].mean()))
    return float(np.mean(found)) if found else None


def validity(done: Sequence[Row], truth: float, floor: float | None) -> dict[str, Any]:
    """For bounds: cells on the wrong side of the truth by more than two standard errors.

    The standard error is read from the interval, else it is the noise floor, else the scatter over seeds.
    """
    bounds = [row for row in done if row.get("kind") in ("lower", "upper")]
    if not bounds:
        return {"bounds": 0, "beyond": 0}
    scatter = float(np.std([row["value"] for row in bounds], ddof=1)) if len(bounds) > 1 else 0.0
    beyond = 0
    for row in bounds:
        if row.get("low") is not None and row.get("high") is not None:
            se = (row["high"] - row["low"]) / (2.0 * float(ndtri(0.5 + row["level"] / 2.0)))
        else:
            se = scatter if floor is None else floor
        excess = row["value"] - truth if row["kind"] == "lower" else truth - row["value"]
        beyond += excess > 2.0 * se
    return {"bounds": len(bounds), "beyond": beyond}


def summary(table: Table, by_task: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One line of a table: means over tasks of what `task_scores` found, and rates over cells."""

    def total(name: str) -> int:
        return sum(scores[name] for scores in by_task)

    def mean(name: str) -> float | None:
        return _mean(np.array([s[name] for s in by_task if s[name] is not None], dtype=float))

    levels: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for scores in by_task:
        for level, covered, count in scores["levels"]:
            levels[level][0] += covered
            levels[level][1] += count
    done = total("completed")
    return {
        **{name: mean(name) for name in ("mae", "bias", "sd", "relative", "normalised", "width", "winkler", "crps")},
        **{name: total(name) for name in ("cells", "completed", "failed", "missing")},
        "solved": total("solved") / total("cells"),
        "coverage": total("covered") / total("intervals") if total("intervals") else None,
        "intervals": total("intervals"),
        "levels": [[level, covered / count] for level, (covered, count) in sorted(levels.items())],
        "alarms": total("alarms") / total("nulls") if total("nulls") else None,
        "power": total("detected") / total("weak") if total("weak") else None,
        "tau": ordering(table.tasks, by_task),
        "refused": total("refused") / done if done else None,
        "precision": total("refused_rightly") / total("refused") if total("refused") else None,
        **verdict.rates({name: total(name) for name in ("judged", "misled", "good", "good_refused")}),
        "beyond": total("beyond") / total("bounds") if total("bounds") else None,
        "seconds": mean("seconds"),
        "seconds_first": mean("seconds_first"),
        "peak_mb": max((s["peak_mb"] for s in by_task if s["peak_mb"]), default=None),
    }


def _mean(values: np.ndarray) -> float | None:
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
