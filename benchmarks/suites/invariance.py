"""What must not change the information: each law before and after a transformation of the same sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.suites import Part, Suite
from benchmarks.suites.relations import Relate, Relation, difference, swapped
from mitk.distributions import (
    AdditiveUniform,
    Gaussian,
    LogGammaExponential,
    Rotation,
    Spiral,
    Student,
    binary_label,
    half_cube,
    x_shape,
)

Sides = tuple[np.ndarray, np.ndarray]
Change = Callable[[np.ndarray, np.ndarray, np.random.Generator], Sides]


def monotone(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """Increasing maps column by column: asinh of x, half-cubes of y."""
    return np.arcsinh(x), half_cube()(y)


def affine(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """Other units and origins: each column of x has a scale of its own, y is turned round."""
    return 100.0 + x * 10.0 ** (np.arange(x.shape[1]) % 5 - 2.0), 7.0 - 3.0 * y


def rotation(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """An orthogonal map of x; of one column, its reflection."""
    return (Rotation(1)(x) if x.shape[1] > 1 else -x), y


def bijection(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """A spiral of the first two columns of x; of one column, its halves change places."""
    if x.shape[1] > 1:
        return Spiral()(x), y
    # Half a turn of the logistic circle: what was next to the median is far out now, what was far out is the middle.
    t = np.tanh((x - np.median(x)) / (2.0 * x.std()))
    size = np.maximum(np.abs(t), 1e-300)
    return -np.sign(t) * np.log((2.0 - size) / size), y


def permuted_columns(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """Columns in the opposite order."""
    return x[:, ::-1], y[:, ::-1]


def permuted_rows(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """Rows in another order, the same on both sides."""
    order = rng.permutation(len(x))
    return x[order], y[order]


def appended_noise(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """A standard normal column beside x."""
    return np.column_stack([x, rng.standard_normal(len(x))]), y


def duplicated_column(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """The first column of x once more."""
    return np.column_stack([x, x[:, 0]]), y


def single_precision(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sides:
    """float32 for float64."""
    return x.astype(np.float32), y.astype(np.float32)


CHANGES: dict[str, Change] = {
    "monotone": monotone,
    "affine": affine,
    "rotation": rotation,
    "bijection": bijection,
    "permuted columns": permuted_columns,
    "permuted rows": permuted_rows,
    "appended noise": appended_noise,
    "duplicated column": duplicated_column,
    "float32": single_precision,
}
# Law, and what `fit` has to be told of it.
BASES: dict[str, tuple[Any, Mapping[str, Any]]] = {
    "normal": (Gaussian.bivariate(0.75), {}),
    "normal-3d": (Gaussian.sparse(3, 3), {}),
    "normal-dense-5d": (Gaussian.dense(5, 5), {}),
    "student-2d": (Student.identity(2, 2, 3), {}),
    "additive": (AdditiveUniform(0.25), {}),
    "x-shape": (x_shape(), {}),
    "log-gamma": (LogGammaExponential(1.0), {}),
    "label": (binary_label(), {"discrete_y": True}),
}


def changed(change: Change) -> Relate:
    """The transformed sample beside the sample."""

    def relate(x: np.ndarray, y: np.ndarray, task: Relation, rng: np.random.Generator) -> list[Part]:
        return [Part(*change(x, y, rng), task.options), Part(x, y, task.options)]

    return relate


def exchanged(x: np.ndarray, y: np.ndarray, task: Relation, rng: np.random.Generator) -> list[Part]:
    """Y and x beside x and y."""
    return [Part(y, x, swapped(task.options)), Part(x, y, task.options)]


def _task(change: str, base: str, relate: Relate) -> Relation:
    law, options = BASES[base]
    name = f"{change.replace(' ', '-')}-{base}"
    return Relation(name, law, change, options=options, relate=relate, combination=difference, quantity="difference")


def _applies(change: str, base: str) -> bool:
    law = BASES[base][0]
    return change != "permuted columns" or max(law.dim_x, law.dim_y) > 1


SUITE = Suite(
    "invariance",
    tuple(
        _task(change, base, relate)
        for change, relate in [*((name, changed(change)) for name, change in CHANGES.items()), ("swap", exchanged)]
        for base in BASES
        if _applies(change, base)
    ),
    sizes=(1000,),
    seeds=3,
    summary="what must not change the information, on the same sample: differences, ideal 0",
)
