"""Measuring one cell in this process: sample, fit, and say what came out and what it cost."""

from __future__ import annotations

import contextlib
import math
import resource
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.methods import Fitter
from benchmarks.suites import fingerprint, suite
from mitk import MIEstimate

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


class Meter:
    """Measures cells one after another, and remembers which shapes each method has compiled for.

    Parameters
    ----------
    progress : callable
        Called with "sampled" and "first" as a cell goes on; whoever watches the clock restarts it then.
    """

    def __init__(self, progress: Callable[[str], None] = lambda stage: None) -> None:
        self.progress = progress
        self.seen: set[tuple] = set()

    def measure(self, job: dict[str, Any]) -> dict[str, Any]:
        """Fields of a row; a method that raises or returns no finite number is a failure with its reason."""
        task = suite(job["suite"]).task(job["task"])
        x, y = task.sample(job["n"], job["seed"])
        found: dict[str, Any] = {"oracle": task.oracle(x, y), "sample": fingerprint(x, y)}
        self.progress("sampled")
        fit = {**job["fit"], **task.options}
        fitter = Fitter(job["method"])
        shape = (job["config"], job["n"], x.shape[1], y.shape[1])
        reset_peak_memory()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if shape not in self.seen:
                    _, found["seconds_first"] = timed(fitter, x, y, job["seed"], fit)
                    self.seen.add(shape)
                    self.progress("first")
                result, found["seconds"] = timed(fitter, x, y, job["seed"], fit)
        except Exception as error:  # Whatever a method does, the run goes on.
            return {**found, "peak_mb": peak_memory(), **raised(error)}
        return {**found, "peak_mb": peak_memory(), **described(result)}


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
        "reasons": list(result.status.reasons),
        "estimator": str(result.estimator),
    }
    if result.ci is not None:
        row |= {"low": result.ci.low, "high": result.ci.high}
        row |= {"level": result.ci.level, "interval": result.ci.method}
        row["intervals"] = ladder(result)
    if not math.isfinite(value):
        row |= {"value": None, "failure": "nan", "reason": f"returned {value}"}
    return row


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
