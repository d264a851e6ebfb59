"""Sets of rows for tests of conditional independence: families of laws, and files that another generator wrote.

A file is a ``*.npz`` of plain arrays, all sets of as many rows and columns:

- ``x`` (sets, n, dx), ``y`` (sets, n, dy), ``z`` (sets, n, dz); a side of one column may leave out its last axis;
- ``labels`` (sets, dx + dy + dz) or (dx + dy + dz,): True where a column holds labels, in the order x, y, z;
- ``dependent`` (sets,): False where x and y are independent given z;
- ``family``, optional: one name of all sets; else it is that of the file.
"""

from __future__ import annotations

import functools
import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.suites import columns, sample_seed
from benchmarks.suites.conditional import shared
from mitk.distributions import (
    ConditionalDistribution,
    ConditionalProduct,
    ConditionalTable,
    Confounded,
    CosinePair,
    Gaussian,
    GivenLabel,
    LabelToNumber,
    NumberToLabel,
)

Rng = np.random.Generator
Sides = tuple[np.ndarray, np.ndarray, np.ndarray]
NEEDED = ("x", "y", "z", "labels", "dependent")


@dataclass(frozen=True)
class ConditionalSet:
    """Rows of x, y and z, two axes each; which of all columns hold labels; whether x and y depend given z."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    labels: tuple[bool, ...]
    dependent: bool

    @property
    def discrete(self) -> dict[str, list[bool | None]]:
        """What a test is told of the kinds of columns: which are labels, and no more."""
        told: list[bool | None] = [True if label else None for label in self.labels]
        ends = np.cumsum([self.x.shape[1], self.y.shape[1]])
        parts = told[: ends[0]], told[ends[0] : ends[1]], told[ends[1] :]
        return dict(zip(("discrete_x", "discrete_y", "discrete_given"), parts, strict=True))


@dataclass(frozen=True)
class Family:
    """Laws drawn from one seed each, with x and y dependent given z, or not.

    ``make(rng, n, dependent)`` gives x, y and z; ``labels`` is over all their columns.
    """

    make: Callable[[Rng, int, bool], Sides]
    labels: tuple[bool, ...]


def _law(pick: Callable[[bool], ConditionalDistribution]) -> Callable[[Rng, int, bool], Sides]:
    """Rows of one law or the other."""
    return lambda rng, n, dependent: pick(dependent).sample(n, int(rng.integers(2**31)))


def _cosine(dim_z: int) -> Callable[[Rng, int, bool], Sides]:
    """Post-nonlinear sets as published with CCMI: coupling from U(0, 1), weights of z drawn for each set."""

    def make(rng: Rng, n: int, dependent: bool) -> Sides:
        coupling, weights = rng.random(), int(rng.integers(2**31))
        return _law(lambda told: CosinePair(dim_z, coupling if told else 0.0, weights_seed=weights))(rng, n, dependent)

    return make


CURVES: tuple[Callable[[np.ndarray], np.ndarray], ...] = (lambda t: t, np.square, np.cos, lambda t: t**3, np.tanh)


def _mean_curves(dim_z: int) -> Callable[[Rng, int, bool], Sides]:
    """Two of five curves of the mean of z in noise, as published with CDCIT; a noise in common makes them dependent."""

    def make(rng: Rng, n: int, dependent: bool) -> Sides:
        first, second = (CURVES[i] for i in rng.integers(len(CURVES), size=2))
        z = rng.standard_normal((n, dim_z))
        centre = z.mean(axis=1, keepdims=True)
        x, y = (curve(0.25 * rng.standard_normal((n, 1)) + centre) for curve in (first, second))
        common = 0.5 * rng.standard_normal((n, 1)) if dependent else 0.0
        return x + common, y + common, z

    return make


def _warped(dim_z: int, strength: float) -> Callable[[Rng, int, bool], Sides]:
    """Warped pairs as published with DINE, where the strength is 0.01; correlations of size U(0.1, 0.99)."""

    def linear(t: np.ndarray, rng: Rng) -> np.ndarray:
        return rng.uniform(0.2, 2.0) * t

    maps: tuple[Callable[[np.ndarray, Rng], np.ndarray], ...] = (
        linear,
        lambda t, rng: t**3,
        lambda t, rng: np.exp(-t),
        lambda t, rng: np.log1p(t - t.min()),
        lambda t, rng: 1.0 / (1.0 + np.exp(-t)),
    )

    def make(rng: Rng, n: int, dependent: bool) -> Sides:
        r = rng.uniform(0.1, 0.99) * rng.choice([-1.0, 1.0]) if dependent else 0.0
        sides = list(Gaussian.bivariate(r).sample(n, int(rng.integers(2**31))))
        noise = ("uniform", "normal", "laplace")[rng.integers(3)]
        z = rng.uniform(-1.0, 1.0, (n, dim_z)) if noise == "uniform" else getattr(rng, noise)(size=(n, dim_z))
        z = strength * z
        for i, chosen in enumerate(rng.integers(len(maps), size=2)):
            moved = sides[i] + z @ rng.standard_normal((dim_z, 1))
            sides[i] = maps[chosen](moved / moved.std(), rng)
        return sides[0], sides[1], z

    return make


def _strata(dependent: bool) -> ConditionalTable:
    """Four strata of x and y, which repeat z three times in five; in an eighth of the rows y repeats x."""
    table = ConditionalTable.common_cause([0.1, 0.2, 0.3, 0.4], 0.4, 0.4).table
    repeated = np.einsum("rck,rs->rsk", table, np.eye(4))
    return ConditionalTable(0.875 * table + 0.125 * repeated if dependent else table)


def _exclusive_or(dependent: bool) -> ConditionalTable:
    return ConditionalTable.exclusive_or(0.42 if dependent else 0.5)


def _counts(rng: Rng, n: int, dependent: bool) -> Sides:
    """Uniform z of 1 ... 10, x binomial of z, y Poisson about z, or about a mixture of z and x of the same mean."""
    z = rng.integers(1, 11, (n, 1))
    x = rng.binomial(z, 0.5)
    y = rng.poisson(0.7 * z + 0.6 * x if dependent else z)
    return x.astype(float), y.astype(float), z.astype(float)


def _mixed_sides(dependent: bool) -> ConditionalProduct:
    means = (-0.25, 0.25, 0.0) if dependent else (0.0, 0.0, 0.0)
    return ConditionalProduct([NumberToLabel(coupling=0.25 if dependent else 0.0), LabelToNumber(means)])


_COLUMNS = {dim: (False,) * (2 + dim) for dim in (1, 3, 5, 20)}
FAMILIES: dict[str, Family] = {
    "normal-3": Family(_law(lambda told: shared(0.15 if told else 0.0, 1, 3)), _COLUMNS[3]),
    "confounded": Family(_law(lambda told: Confounded(Gaussian.bivariate(0.15 if told else 0.0))), _COLUMNS[1]),
    "cosine-1": Family(_cosine(1), _COLUMNS[1]),
    "cosine-5": Family(_cosine(5), _COLUMNS[5]),
    "cosine-20": Family(_cosine(20), _COLUMNS[20]),
    "mean-curves-5": Family(_mean_curves(5), _COLUMNS[5]),
    "mean-curves-20": Family(_mean_curves(20), _COLUMNS[20]),
    "warped-5-faint": Family(_warped(5, 0.01), _COLUMNS[5]),
    "warped-5": Family(_warped(5, 1.0), _COLUMNS[5]),
    "strata": Family(_law(_strata), (True, True, True)),
    "exclusive-or": Family(_law(_exclusive_or), (True, True, True)),
    "counts": Family(_counts, _COLUMNS[1]),
    "by-label": Family(
        _law(lambda told: GivenLabel([Gaussian.bivariate(s * 0.2 * told) for s in (1, -1)], [0.5, 0.5])),
        (False, False, True),
    ),
    "label-to-number": Family(
        _law(lambda told: LabelToNumber((-0.25, 0.25, 0.0) if told else (0.0, 0.0, 0.0))), (True, False, False)
    ),
    "number-to-label": Family(
        _law(lambda told: NumberToLabel(coupling=0.25 if told else 0.0)), (False, True, True, False)
    ),
    "mixed-sides": Family(_law(_mixed_sides), (False, True, True, False, True, False, False)),
}


def drawn(family: str, dependent: bool, n: int, seed: int) -> ConditionalSet:
    """A set of a family: the same for every method, whatever was drawn before."""
    made = FAMILIES[family]
    rng = np.random.default_rng(sample_seed("independence", f"{family}-{int(dependent)}", n, seed))
    x, y, z = made.make(rng, n, dependent)
    return ConditionalSet(columns(x), columns(y), columns(z), made.labels, dependent)


@dataclass(frozen=True)
class SetFile:
    """The sets of one file."""

    path: Path
    family: str
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    labels: np.ndarray
    dependent: np.ndarray

    @property
    def n(self) -> int:
        """Rows of each set."""
        return self.x.shape[1]

    @functools.cached_property
    def content(self) -> str:
        """Hash of the file: sets that were written anew are measured anew."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()[:12]

    def count(self, dependent: bool) -> int:
        """Sets of one side."""
        return int((self.dependent == dependent).sum())

    def take(self, dependent: bool, seed: int) -> ConditionalSet:
        """The set number `seed` of those of one side."""
        i = np.flatnonzero(self.dependent == dependent)[seed]
        labels = tuple(bool(label) for label in self.labels[i])
        return ConditionalSet(self.x[i], self.y[i], self.z[i], labels, dependent)


# A worker goes through a file set by set; two files are some hundred megabytes.
@functools.lru_cache(maxsize=2)
def read(path: Path) -> SetFile:
    """The sets of a file, each side with three axes.

    Raises
    ------
    BenchmarkError
        When an array is missing, or its shape does not fit.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            found = {name: held[name] for name in held.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise BenchmarkError(f"`{path}` must be a *.npz of plain arrays, got {error}.") from error
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise BenchmarkError(f"`{path}` must hold the arrays {', '.join(NEEDED)}; it has no {', '.join(missing)}.")
    x, y, z = (side[:, :, None] if side.ndim == 2 else side for side in (found[name].astype(float) for name in "xyz"))
    dependent = found["dependent"].astype(bool)
    width = x.shape[-1] + y.shape[-1] + z.shape[-1]
    labels = found["labels"].astype(bool)
    fits = all(side.ndim == 3 and side.shape[:2] == (len(dependent), x.shape[1]) for side in (x, y, z))
    if not fits or labels.shape not in ((width,), (len(dependent), width)):
        shapes = ", ".join(f"{name} {found[name].shape}" for name in NEEDED)
        raise BenchmarkError(
            f"`{path}` must hold x, y and z of one number of sets and rows and their labels, got {shapes}."
        )
    family = str(found["family"]) if "family" in found else path.stem
    return SetFile(path, family, x, y, z, np.broadcast_to(labels, (len(dependent), width)), dependent)


def save(path: Path, sets: Sequence[ConditionalSet], family: str = "") -> None:
    """Write sets of as many rows and columns as a file."""
    sides = {name: np.stack([getattr(one, name) for one in sets]) for name in "xyz"}
    labels, dependent = np.array([one.labels for one in sets]), np.array([one.dependent for one in sets])
    np.savez_compressed(path, **sides, labels=labels, dependent=dependent, family=np.array(family or path.stem))
