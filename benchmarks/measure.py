"""Measuring one cell in this process: sample, fit, and say what came out and what it cost."""

from __future__ import annotations

import contextlib
import math
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.methods import Fitter
from benchmarks.suites import Part, Task, fingerprint, suite
from mitk import MIEstimate

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


class Meter:
    """Measures cells one after another, and remembers which shapes each method has compiled for.

    Parameters
    ----------
    progress : callable
        Called with "sampled", "first" and "fitted" as a cell goes on; whoever watches the clock restarts it then.
    """

    def __init__(self, progress: Callable[[str], None] = lambda stage: None) -> None:
        self.progress = progress
        self.seen: set[tuple] = set()

    def measure(self, job: dict[str, Any]) -> dict[str, Any]:
        """Fields of a row; a method that raises or returns no finite number is a failure with its reason."""
        task = suite(job["suite"]).task(job["task"])
        sample = task.sample(job["n"], job["seed"])
        found: dict[str, Any] = {"oracle": task.oracle(*sample), "sample": fingerprint(*sample)}
        parts = task.parts(sample, job["seed"], conditional=Fitter(job["method"]).conditional)
        self.progress("sampled")
        reset_peak_memory()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                row = combined(task, [self._fit(part, job, alone=len(parts) == 1) for part in parts])
        except Exception as error:  # Whatever a method does, the run goes on.
            row = raised(error)
        return {**found, "peak_mb": peak_memory(), **row}

    def _fit(self, part: Part, job: dict[str, Any], *, alone: bool) -> dict[str, Any]:
        """Fields of one part; an interval of a part says nothing about the whole, so only a lone part has one."""
        fit = {**job["fit"], **part.options, **({} if alone else {"confidence": None})}
        fitter = Fitter(job["method"])
        shape = (job["config"], job["n"], part.x.shape[1], part.y.shape[1])
        costs = {}
        if shape not in self.seen:
            _, costs["seconds_first"] = timed(fitter, part.x, part.y, job["seed"], fit)
            self.seen.add(shape)
            self.progress("first")
        result, costs["seconds"] = timed(fitter, part.x, part.y, job["seed"], fit)
        if not alone:
            self.progress("fitted")
        return {**costs, **described(result)}


def timed(fitter: Fitter, x: Any, y: Any, seed: int, fit: dict[str, Any]) -> tuple[MIEstimate, float]:
    """A fit and its wall time in seconds."""
    start = time.perf_counter()
    result = fitter(x, y, seed, **fit)
    return result, rounded(time.perf_counter() - start)


def described(result: MIEstimate) -> dict[str, Any]:
    """What a row keeps of a result, in nats."""
    with contextlib.suppress(ValueError):
        result = result.to("nats")
    value = float(result.value)
    row: dict[str, Any] = {
        "value": value,
        "kind": result.kind,
        "quantity": result.quantity,
        "unit": result.unit,
        "status": result.status.code,
        "reasons": list(map(str, result.status.reasons)),
        "estimator": str(result.estimator),
    }
    if result.ci is not None:
        row |= {"low": result.ci.low, "high": result.ci.high}
        row |= {"level": result.ci.level, "interval": result.ci.method}
        row["intervals"] = ladder(result)
    if not math.isfinite(value):
        row |= not_finite(value)
    return row


def combined(task: Task, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One row from those of a cell's parts: the first that failed, else what the task makes of their values."""
    if len(rows) == 1:
        return rows[0]
    for row in rows:
        if row["value"] is None:
            return {name: row[name] for name in ("value", "failure", "reason")}
    values = [row["value"] for row in rows]
    value = task.combine(values)
    informations = all(row["kind"] != "score" and row["quantity"] == "mi" for row in rows)
    whole: dict[str, Any] = {
        "value": value,
        "parts": values,
        # A difference of two bounds bounds nothing.
        "kind": "estimate" if informations else "score",
        "quantity": task.quantity,
        "unit": rows[0]["unit"],
        "status": next((row["status"] for row in rows if row["status"] != "OK"), "OK"),
        "reasons": list(dict.fromkeys(reason for row in rows for reason in row["reasons"])),
        "estimator": rows[0]["estimator"],
        "seconds": sum(row["seconds"] for row in rows),
    }
    if any("seconds_first" in row for row in rows):
        whole["seconds_first"] = sum(row.get("seconds_first", row["seconds"]) for row in rows)
    return whole if math.isfinite(value) else {**whole, **not_finite(value)}


def not_finite(value: float) -> dict[str, Any]:
    """What a row keeps of a number that is none."""
    return {"value": None, "failure": "nan", "reason": f"returned {value}"}


def ladder(result: MIEstimate) -> list[list[float]]:
    """Level, low and high at several levels, read from the quantiles the result keeps."""
    if result.quantiles is None:
        return []
    ends = []
    for level in LEVELS:
        with contextlib.suppress(ValueError):
            ci = result.interval(level)
            ends.append([level, rounded(ci.low), rounded(ci.high)])
    return ends


def rounded(number: float) -> float:
    """Six digits: of a time or an end of an interval the rest is noise that fills the store."""
    return float(f"{number:.6g}")


def raised(error: BaseException) -> dict[str, Any]:
    """What a row keeps of an exception."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(place[0].filename).name}:{place[0].lineno})" if place else ""
    first = (str(error).strip().splitlines() or [""])[0]
    return {"value": None, "failure": "raised", "reason": f"{type(error).__name__}: {first[:300]}{where}"}


def reset_peak_memory() -> None:
    """Start the peak afresh where the system allows it (Linux); elsewhere it is that of the worker's life."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> float:
    """Peak resident memory of this process, in MB."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale, 1)
