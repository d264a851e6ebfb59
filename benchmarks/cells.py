"""What identifies a cell of the benchmark, and which cells a run consists of."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.methods import configuration, digest
from benchmarks.suites import Suite, Task

# Whose versions can change a number.
PACKAGES = ("mitk", "numpy", "scipy", "scikit-learn", "numba", "jax")


@dataclass(frozen=True)
class Cell:
    """One method on one sample.

    Attributes
    ----------
    suite, task, n, seed, method : what is measured, as named on the command line
    config : str
        Hash of the method's full configuration, options of `fit` included.
    versions : str
        "python 3.11.7, mitk 0.1.0, ..."
    machine : str
        "x86_64, 2 cores, ..."
    suite_version : int
    """

    suite: str
    suite_version: int
    task: str
    n: int
    seed: int
    method: str
    config: str
    versions: str
    machine: str

    @property
    def key(self) -> str:
        """What the store looks a cell up by."""
        return digest(asdict(self))

    @property
    def place(self) -> tuple[str, str, int, int, str]:
        """Which number of a table this is, whoever measured it."""
        return self.suite, self.task, self.n, self.seed, self.method


def plan(
    suites: Iterable[Suite],
    methods: Sequence[str],
    *,
    sizes: Sequence[int] = (),
    seeds: int | None = None,
    tasks: Sequence[str] = (),
    fit: dict[str, Any],
    machine: str = "",
) -> list[Cell]:
    """Every cell of a run, in an order that keeps equal shapes of one method together.

    Parameters
    ----------
    suites : iterable of Suite
    methods : sequence of str
        As on the command line.
    sizes : sequence of int
        Numbers of rows; by default those of each task or suite.
    seeds : int, optional
        Seeds 0, 1, ..., seeds - 1; by default as many as the suite says.
    tasks : sequence of str
        Only these; by default all.
    fit : dict
        Options of `fit`.
    machine : str
        By default a description of this one.
    """
    configs = {method: digest(configuration(method, fit)) for method in methods}
    here = {"versions": versions(), "machine": machine or machine_name()}
    cells = []
    for method in methods:
        for suite in suites:
            wanted = [(n, one) for one in chosen(suite, tasks) for n in sizes or one.sizes or suite.sizes]
            for n, member in sorted(wanted, key=lambda pair: (pair[0], pair[1].dim_x, pair[1].dim_y)):
                for seed in range(suite.seeds if seeds is None else seeds):
                    cells.append(
                        Cell(suite.name, suite.version, member.name, n, seed, method, config=configs[method], **here)
                    )
    return cells


def chosen(suite: Suite, names: Sequence[str]) -> list[Task]:
    """The named tasks, or all; `check_tasks` refuses a name that no suite has."""
    return [member for member in suite.tasks if not names or member.name in names]


def check_tasks(suites: Sequence[Suite], names: Sequence[str]) -> None:
    """Raise when a task's name is in none of the suites."""
    for name in names:
        if not any(task.name == name for suite in suites for task in suite.tasks):
            if len(suites) == 1:
                suites[0].task(name)
            raise BenchmarkError(f"`task` must be in one of the suites, got {name!r}.")


@functools.cache
def versions() -> str:
    """Python and the packages that numbers depend on."""
    found = [f"python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


@functools.cache
def machine_name() -> str:
    """Architecture, cores and processor; no host name, which says nothing about speed."""
    model = ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else ""
    return ", ".join(part for part in (platform.machine(), f"{cores()} cores", model or platform.processor()) if part)


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@functools.cache
def commit() -> str:
    """The commit of the checkout, for the record only: it does not decide what is measured again."""
    here = Path(__file__).parent
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()
