"""A run: plan cells, leave out what the store has, measure the rest, write each row as it comes."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.cells import Cell, commit, cores
from benchmarks.methods import configuration
from benchmarks.store import Row, Store
from benchmarks.suites import suite
from benchmarks.workers import Job, run_jobs

SCHEMA = 1
# Takes jobs, yields each with its row.
Backend = Callable[[Sequence[Job]], Iterator[tuple[Job, Job]]]


@dataclass
class Outcome:
    """What a run did: cells planned, there before, measured now, and of these failed."""

    planned: int
    before: int
    done: int = 0
    failed: int = 0


def local(jobs: int, timeout: float) -> Backend:
    """Worker processes on this machine; their cores are kept apart while there are enough of them."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(cores()))
    pinned = usable if 1 < jobs <= len(usable) else []
    return lambda todo: run_jobs(todo, count=jobs, timeout=timeout, cores=pinned)


def execute(
    cells: Sequence[Cell],
    store: Store,
    backend: Backend,
    *,
    fit: dict[str, Any],
    again: str = "",
    extra: dict[str, Any] | None = None,
    progress: Callable[[Iterable, int], Iterable] = lambda items, total: items,
) -> Outcome:
    """Measure the cells that the store does not have.

    Parameters
    ----------
    cells : sequence of Cell
    store : Store
    backend : callable
        Takes jobs and yields each with its row; `local` makes one.
    fit : dict
        Options of `fit`, the same that the cells were planned with.
    again : {"", "failed", "all"}
        What to measure although the store has it.
    extra : dict, optional
        Fields for every row, such as the number of threads.
    progress : callable
        Wraps the stream of results, given their number.
    """
    there = set() if again == "all" else store.keys(failed=again != "failed")
    missing = {cell.key: cell for cell in cells if cell.key not in there}
    outcome = Outcome(len(cells), len(cells) - len(missing))
    jobs = [job_of(cell, fit) for cell in missing.values()]
    configs = {cell.method: configuration(cell.method, fit) for cell in missing.values()}
    for job, measured in progress(backend(jobs), len(jobs)) if jobs else ():
        cell = missing[job["key"]]
        store.append({**row_of(cell, measured), "configuration": configs[cell.method], **(extra or {})})
        outcome.done += 1
        outcome.failed += bool(measured.get("failure"))
    return outcome


def job_of(cell: Cell, fit: dict[str, Any]) -> Job:
    """What a worker has to know."""
    task = suite(cell.suite).task(cell.task)
    return {
        "key": cell.key,
        **{name: getattr(cell, name) for name in ("suite", "task", "n", "seed", "method", "config")},
        "shape": (cell.method, cell.n, task.dim_x, task.dim_y),
        "fit": fit,
    }


def row_of(cell: Cell, measured: Job) -> Row:
    """Everything the leaderboard needs to know of a cell, so that it reads nothing but the store."""
    task = suite(cell.suite).task(cell.task)
    return {
        "schema": SCHEMA,
        "key": cell.key,
        **asdict(cell),
        "family": task.family,
        "rank_class": task.rank_class,
        "dim_x": task.dim_x,
        "dim_y": task.dim_y,
        "truth": task.mutual_information,
        "truth_error": task.mutual_information_error,
        "truth_kind": task.truth,
        "noise_floor": task.noise_floor(cell.n),
        "quantity": task.quantity,
        **measured,
        "commit": commit(),
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
