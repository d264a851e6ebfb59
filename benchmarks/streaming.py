"""``python -m benchmarks stream``: a method follows information that rises while batches of fresh rows arrive."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.errors import BenchmarkError, unknown
from benchmarks.measure import described, raised
from benchmarks.methods import Fitter, configuration, split
from benchmarks.scoring import FAILED_ERROR
from benchmarks.suites import Task, suite

FIT = {"confidence": None}


@dataclass(frozen=True)
class Stream:
    """How a staircase is climbed.

    Parameters
    ----------
    steps : int
        Batches a stair.
    batch : int
        Fresh rows a batch.
    report : int
        Batches between two fits.
    window : int
        Latest rows that a fit sees.
    last : float
        Share of a stair, at its end, whose fits are scored.
    """

    steps: int = 4000
    batch: int = 64
    report: int = 100
    window: int = 64 * 64
    last: float = 0.25

    def __post_init__(self) -> None:
        if min(self.batch, self.report, self.window) < 1 or not self.report <= self.steps or not 0 < self.last <= 1:
            raise BenchmarkError("a stream must have `report` <= `steps`, all above 0, and `last` in (0, 1].")

    def climb(self, method: str, tasks: Sequence[Task], seed: int = 0) -> Iterator[dict[str, Any]]:
        """One record a fit, and one with the scores at the end of each stair."""
        fitter = Fitter(method)
        x = y = None
        for task in tasks:
            about = {"task": task.name, "method": method, "seed": seed, "truth": task.mutual_information}
            values = []
            fits = self.steps // self.report
            for k in range(fits):
                # A seed of its own for every interval between two fits.
                fresh = task.sample(self.report * self.batch, seed * self.steps + k)
                x, y = (
                    new[-self.window :] if old is None else np.concatenate([old, new])[-self.window :]
                    for old, new in zip((x, y), fresh, strict=True)
                )
                start = time.perf_counter()
                found = fitted(fitter, x, y, seed, {**FIT, **task.options})
                step = (k + 1) * self.report
                if k + 1 == fits or step > (1.0 - self.last) * self.steps:
                    values.append(found["value"])
                kept = {key: found[key] for key in ("value", "failure", "reason") if key in found}
                yield {**about, "step": step, **kept, "seconds": time.perf_counter() - start}
            yield {**about, **scores(values, task.mutual_information)}


def fitted(fitter: Fitter, x: np.ndarray, y: np.ndarray, seed: int, fit: dict[str, Any]) -> dict[str, Any]:
    """A fit as fields of a record; whatever a method does, the stream goes on."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return described(fitter(x, y, seed, **fit))
    except Exception as error:
        return raised(error)


def scores(values: Sequence[float | None], truth: float) -> dict[str, Any]:
    """Bias, variance and mean squared error in nats; a failed fit counts in the last as if it had said zero."""
    done = np.array([value for value in values if value is not None])
    failed = len(values) - len(done)
    charge = failed * max(abs(truth), FAILED_ERROR) ** 2
    return {
        "bias": float(done.mean() - truth) if len(done) else None,
        "variance": float(done.var()) if len(done) else None,
        "mse": float((((done - truth) ** 2).sum() + charge) / len(values)),
        "fits": len(values),
        "failed": failed,
    }


def staircase(name: str) -> list[Task]:
    """The tasks of one staircase, from little information to much."""
    groups: dict[str, list[Task]] = {}
    for task in suite("staircase").tasks:
        groups.setdefault(task.name.rpartition("-")[0], []).append(task)
    if name not in groups:
        raise unknown("stair", name, groups)
    return sorted(groups[name], key=lambda task: task.mutual_information)


def add_command(commands: Any) -> None:
    """Describe the command and its options."""
    stream = commands.add_parser("stream", help="a method on batches of fresh rows whose information rises")
    stream.add_argument("--method", action="append", required=True, metavar="SPEC", help="as for `run`")
    stream.add_argument("--stair", default="normal-20", help="staircases, separated by commas (default: normal-20)")
    for name, what in (("steps", "batches a stair"), ("batch", "rows a batch"), ("report", "batches between two fits")):
        stream.add_argument(f"--{name}", type=int, default=getattr(Stream, name), help=f"{what} (default: %(default)s)")
    stream.add_argument("--window", type=int, default=Stream.window, help="rows of a fit (default: %(default)s)")
    stream.add_argument("--last", type=float, default=Stream.last, help="share that is scored (default: %(default)s)")
    stream.add_argument("--seed", type=int, default=0)
    stream.add_argument("--out", default="", help="file for the records, one JSON object a line")
    stream.set_defaults(command=stream_command)


def stream_command(options: argparse.Namespace) -> int:
    """Climb, print the scores of each stair, and write every record as it comes."""
    from benchmarks.commands import number, table

    stream = Stream(options.steps, options.batch, options.report, options.window, options.last)
    stairs = [staircase(name) for name in split([options.stair])]
    for method in options.method:
        configuration(method, FIT)
    lines = []
    with Path(options.out or os.devnull).open("w", encoding="utf-8") as file:
        for method in options.method:
            for tasks in stairs:
                for record in stream.climb(method, tasks, options.seed):
                    file.write(json.dumps(record) + "\n")
                    file.flush()
                    if "mse" in record:
                        print(f"{record['task']} {method}: mse {number(record['mse'])}", file=sys.stderr)
                        lines.append(record)
    names = ("truth", "bias", "variance", "mse")
    body = [[r["task"], r["method"], *(number(r[n]) for n in names), r["fits"], r["failed"]] for r in lines]
    table(["stair", "method", *names, "fits", "failed"], body)
    return 0 if any(record["failed"] < record["fits"] for record in lines) else 1
