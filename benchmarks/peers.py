"""Other libraries on the same samples: each runs in a Python of its own, given by path."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.errors import BenchmarkError, unknown
from benchmarks.measure import combined
from benchmarks.methods import PEER
from benchmarks.scoring import tables, task_scores
from benchmarks.store import Row
from benchmarks.suites import fingerprint, suite
from benchmarks.workers import Job, Worker

SCRIPT = Path(__file__).parent / "peer_worker.py"
# Without this directory and PYTHONPATH, whose modules may be named like packages that the peer imports.
ALONE = "-I"


@dataclass(frozen=True)
class Peer:
    """Another library: the module it is imported by, what is run of it, and its distribution where the name differs."""

    module: str
    summary: str
    distribution: str = ""


PEERS = {
    "scikit-learn": Peer("sklearn", "mutual_info_regression or mutual_info_classif, 3 neighbours; one column a side"),
    "ennemi": Peer("ennemi", "estimate_mi, 3 neighbours; one column a side"),
    "infomeasure": Peer("infomeasure", 'mutual_information, approach "metric" (KSG, 3 neighbours) or "discrete"'),
    "npeet-plus": Peer("npeet_plus", "mi, micd or midd, 3 neighbours"),
    "benchmark-mi": Peer("bmi", "KSGEnsembleFirstEstimator, 3 neighbours, Euclidean within a side"),
    "benchmark-mi-infonce": Peer("bmi", "InfoNCEEstimator at its defaults, half of the rows held out", "benchmark-mi"),
}


# Prints the version of a distribution, or fails when its module is not there.
_PROBE = """
import importlib.util, sys
from importlib.metadata import PackageNotFoundError, version
if importlib.util.find_spec(sys.argv[1]) is None:
    sys.exit(1)
try:
    print(version(sys.argv[2]))
except PackageNotFoundError:
    print("unknown")
"""


def check(methods: Sequence[str], python: str) -> dict[str, str]:
    """Find the version of each peer; raise when one is unknown or cannot be imported by the given Python."""
    interpreter = python or sys.executable
    versions = {}
    for method in methods:
        name = method.removeprefix(PEER)
        if name not in PEERS:
            raise unknown("peers", name, PEERS)
        probe = [interpreter, ALONE, "-c", _PROBE, PEERS[name].module, PEERS[name].distribution or name]
        try:
            found = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=60)
        except OSError as error:
            raise BenchmarkError(f"`--peer-python` must be a Python, got {interpreter!r}: {error}.") from error
        if found.returncode:
            raise BenchmarkError(
                f"`--peers` {name!r} is not installed for {interpreter}; put it in an environment of its own and "
                "give the path of its Python by --peer-python."
            )
        versions[method] = found.stdout.strip()
    return versions


def backend(python: str, *, jobs: int, timeout: float) -> Any:
    """A back-end for `runner.execute` that draws each sample here and has it estimated there, one at a time."""

    def run(todo: Sequence[Job]) -> Iterator[tuple[Job, Job]]:
        cores = sorted(os.sched_getaffinity(0))[:1] if jobs > 1 and hasattr(os, "sched_getaffinity") else []
        worker = Worker(timeout, cores, command=[python or sys.executable, ALONE, str(SCRIPT)])
        try:
            for job in todo:
                yield job, _measure(worker, job)
        finally:
            worker.stop()

    return run


def _measure(worker: Worker, job: Job) -> Job:
    task = suite(job["suite"]).task(job["task"])
    sample = task.sample(job["n"], job["seed"])
    rows = []
    for part in task.parts(sample, job["seed"]):
        # Columns of which one alone is labelled have no word in the peers' arrays.
        labels = [part.options.get(option) is True for option in ("discrete_x", "discrete_y")]
        peer = {
            "peer": job["method"].removeprefix(PEER),
            "x": packed(part.x, labels[0]),
            "y": packed(part.y, labels[1]),
        }
        row = worker.run({**peer, "shape": job["shape"]})
        rows.append(row)
        if row["value"] is None:
            break
    row = rows[-1] if rows[-1]["value"] is None else combined(task, rows)
    return {"oracle": task.oracle(*sample), "sample": fingerprint(*sample), **row}


def packed(side: np.ndarray, labels: bool = False) -> dict[str, Any]:
    """An array as JSON; labels are sent as integers, which is how peers know them."""
    side = np.ascontiguousarray(side, dtype=np.int64 if labels or side.dtype.kind in "biu" else np.float64)
    return {"shape": side.shape, "dtype": side.dtype.str, "data": base64.b64encode(side.tobytes()).decode()}


def place(row: Row) -> tuple[str, str, int, int, str]:
    """Which number of a table a row is."""
    return row["suite"], row["task"], row["n"], row["seed"], row["method"]


def side_by_side(rows: Sequence[Row], methods: Sequence[str]) -> tuple[list[str], list[list[Any]]]:
    """Head and lines of a table: error and time of each method on each task, and on all tasks all could do."""
    head = ["suite", "task", "n", "truth", *(f"{name} {what}" for name in methods for what in ("error", "s"))]
    lines: list[list[Any]] = []
    for table in tables(rows):
        errors: list[list[float]] = []
        for t, task in enumerate(table.tasks):
            line: list[Any] = [table.suite, task["name"], table.n, f"{task['truth']:.3f}"]
            own = [task_scores(table, name, t) for name in methods]
            for scores in own:
                failed = scores["completed"] < scores["cells"]
                line += ["failed", ""] if failed else [f"{scores['deviation']:.3f}", f"{scores['seconds']:.4f}"]
            lines.append(line)
            if all(scores["completed"] == scores["cells"] for scores in own):
                errors.append([number for scores in own for number in (scores["deviation"], scores["seconds"])])
        if errors:
            means = np.mean(errors, axis=0)
            shown = [f"{m:.4f}" if i % 2 else f"{m:.3f}" for i, m in enumerate(means)]
            lines.append([table.suite, f"mean of the {len(errors)} that all did", table.n, "", *shown])
    return head, lines
