"""Suites of tasks whose mutual information is known.

A suite is one module of this package that defines ``SUITE`` and one line in `MODULES`; it is imported when first
asked for.

>>> [task.name for task in suite("smoke").tasks][:2]
['gaussian-0.5', 'gaussian-0.9']
>>> x, y = suite("smoke").task("gaussian-0.5").sample(100, seed=0)
>>> x.shape, y.shape
((100, 1), (100, 1))
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from benchmarks.errors import BenchmarkError, unknown
from mitk.errors import UnsupportedError

__all__ = ["MODULES", "Law", "Part", "Suite", "Task", "suite"]

# name -> module that defines SUITE
MODULES = {
    "smoke": "benchmarks.suites.smoke",
    "null": "benchmarks.suites.null",
    "bmi40": "benchmarks.suites.bmi40",
    "bmi-mixtures": "benchmarks.suites.bmi_mixtures",
    "gaussian": "benchmarks.suites.gaussian",
    "highdim": "benchmarks.suites.highdim",
    "small": "benchmarks.suites.small",
    "timeseries": "benchmarks.suites.timeseries",
    "images": "benchmarks.suites.images",
    "staircase": "benchmarks.suites.staircase",
    "intervals": "benchmarks.suites.intervals",
    "random": "benchmarks.suites.random",
    "conditional": "benchmarks.suites.conditional",
    "selfconsistency": "benchmarks.suites.selfconsistency",
    "invariance": "benchmarks.suites.invariance",
    "highmi": "benchmarks.suites.highmi",
    "mixed": "benchmarks.suites.mixed",
    "heavy": "benchmarks.suites.heavy",
}


class Law(Protocol):
    """What a task needs of a joint distribution; every `mitk.distributions.Distribution` has it.

    ``pointwise_sd`` (nats) may be None, and ``pointwise`` may be missing or raise where densities are unknown.
    """

    name: str
    dim_x: int
    dim_y: int
    mutual_information: float
    mutual_information_error: float
    pointwise_sd: float | None

    def sample(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw `n` rows."""
        ...


@dataclass(frozen=True)
class Part:
    """One fit of a cell: two sides, and what `fit` has to be told of them."""

    x: np.ndarray
    y: np.ndarray
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One distribution of a suite, with its place in the ranking.

    Parameters
    ----------
    name : str
    law : Law
        What is sampled, and what knows the truth; asked lazily, so that a suite is listed at no cost.
    family : str
        Tasks of a family are averaged before families are.
    rank_class : str, default: the name
        Tasks whose truth and difficulty are copies of one another; they count as one in the ranking.
    truth : str, default: that of the law, else "closed form"
        Kind of truth: "closed form", "quadrature", "monte carlo".
    options : mapping
        What `fit` has to be told on this task, such as ``{"discrete_y": True}`` or ``{"block": 50}``.
    sizes : tuple of int
        Default numbers of rows; empty means those of the suite.
    known_information, known_error, known_sd : float, optional
        Truth, its standard error, and the standard deviation of the pointwise information, in nats, where a law
        would spend long on finding them.
    suite : str
        Filled in by the suite.
    quantity : str, default "mi"
        What a cell's number is; only "mi" and "conditional_mi" enter the accuracy ranking.
    """

    name: str
    law: Law
    family: str
    rank_class: str = ""
    truth: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    sizes: tuple[int, ...] = ()
    known_information: float | None = None
    known_error: float | None = None
    known_sd: float | None = None
    suite: str = ""
    quantity: str = "mi"

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank_class", self.rank_class or self.name)
        object.__setattr__(self, "truth", self.truth or getattr(self.law, "truth", "closed form"))
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.law.dim_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self.law.dim_y

    @property
    def mutual_information(self) -> float:
        """The truth, in nats."""
        return float(self.law.mutual_information if self.known_information is None else self.known_information)

    @property
    def mutual_information_error(self) -> float:
        """Standard error of the truth, in nats; 0 for closed forms."""
        return float((self.law.mutual_information_error if self.known_error is None else self.known_error) or 0.0)

    def noise_floor(self, n: int) -> float | None:
        """Standard error, in nats, of the average true pointwise information of `n` rows; None where unknown."""
        sd = self.law.pointwise_sd if self.known_sd is None else self.known_sd
        return None if sd is None else float(sd) / math.sqrt(n)

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Draw `n` rows, the same for every method.

        Parameters
        ----------
        n : int
        seed : int, default 0
            Mixed with the names of suite and task and with `n`, so that no two cells share random numbers.

        Returns
        -------
        x : ndarray of shape (n, dim_x)
        y : ndarray of shape (n, dim_y)
        """
        x, y = self.law.sample(n, sample_seed(self.suite, self.name, n, seed))
        return columns(x), columns(y)

    def parts(self, sample: Sequence[np.ndarray], seed: int = 0, *, conditional: bool = False) -> list[Part]:
        """The fits that a cell consists of: one, unless the task is about several (`benchmarks.suites.relations`).

        Parameters
        ----------
        sample : sequence of ndarray
        seed : int, default 0
        conditional : bool, default False
            Whether the method takes a condition.
        """
        x, y = sample
        return [Part(x, y, self.options)]

    def combine(self, values: Sequence[float]) -> float:
        """The number of a cell, from those of its parts."""
        return values[0]

    def oracle(self, *sample: np.ndarray) -> float | None:
        """Average true pointwise information of a sample, in nats; None where densities are unknown."""
        pointwise = getattr(self.law, "pointwise", None)
        if pointwise is None:
            return None
        try:
            contributions = pointwise(*sample)
        except UnsupportedError:
            return None
        if contributions is None:
            return None
        value = float(np.mean(contributions))
        return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Suite:
    """Named tasks, the sizes and seeds they are usually run at, and a version.

    Parameters
    ----------
    name : str
    tasks : tuple of Task
    sizes : tuple of int
        Default numbers of rows.
    seeds : int
        Default number of seeds.
    version : int
        Raised whenever a task or its sampling changes: cells of another version are measured again.
    summary : str
        One line.
    """

    name: str
    tasks: tuple[Task, ...]
    sizes: tuple[int, ...] = (1000,)
    seeds: int = 3
    version: int = 1
    summary: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tasks", tuple(replace(task, suite=self.name) for task in self.tasks))
        names = [task.name for task in self.tasks]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BenchmarkError(f"task names of suite {self.name!r} must differ, got {twice[0]!r} twice.")

    def task(self, name: str) -> Task:
        """Look a task up by its name."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise unknown("task", name, (task.name for task in self.tasks))


@functools.cache
def suite(name: str) -> Suite:
    """Find a suite by name, or your own as ``"package.module:NAME"``.

    Raises
    ------
    BenchmarkError
        When there is none.
    """
    module, _, attribute = name.partition(":")
    if attribute:
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise BenchmarkError(f"`suite` {name!r} cannot be imported: {error}.") from error
        if not isinstance(found, Suite):
            raise BenchmarkError(f"`suite` {name!r} must be a Suite, got {type(found).__name__}.")
        return replace(found, name=name)
    if name not in MODULES:
        raise unknown("suite", name, MODULES)
    return importlib.import_module(MODULES[name]).SUITE


def sample_seed(suite: str, task: str, n: int, seed: int) -> int:
    """Derive the 63-bit seed of a sample from what identifies it, whatever was drawn before."""
    digest = hashlib.sha256(f"{suite}\0{task}\0{n}\0{seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def fingerprint(*sides: np.ndarray) -> str:
    """Hash of the first rows: equal on every machine that drew the same sample."""
    first = [np.ascontiguousarray(side[:16], dtype=np.float64).round(9) + 0.0 for side in sides]
    return hashlib.sha256(b"".join(side.tobytes() for side in first)).hexdigest()[:8]


def columns(side: Any) -> np.ndarray:
    """Shape (n, d) from (n,) or (n, d)."""
    side = np.asarray(side)
    return side[:, None] if side.ndim == 1 else side
