"""Calls of `estimate` with odd data and options: `python tests/fuzz.py COUNT --seed 0 --effort quick`.

Each must end in a result or in an error of mitk: no other exception, no warning of another library, no interval without
finite ends that hold the value, no input changed, and the same answer from equal data in another container.
"""

from __future__ import annotations

import argparse
import math
import sys
import traceback
import warnings
from collections import Counter
from typing import Any

import numpy as np

from mitk import MITKError, MITKWarning, estimate

SIZES = (2, 3, 5, 8, 13, 20, 40, 80, 150, 300)
WIDTHS = (1, 1, 1, 2, 3, 6, 15)


def column(rng: np.random.Generator, n: int) -> np.ndarray:
    """One column of n rows of some odd kind."""
    normal = rng.standard_normal(n)
    return [
        lambda: normal,
        lambda: normal * 10.0 ** rng.integers(-200, 200),
        lambda: normal + 10.0 ** rng.integers(0, 12),
        lambda: np.round(normal, int(rng.integers(0, 3))),
        lambda: np.maximum(normal, 0.0),
        lambda: rng.integers(0, int(rng.integers(1, 12)), n).astype(float),
        lambda: rng.poisson(rng.uniform(0.05, 30.0), n).astype(float),
        lambda: rng.standard_t(1.0, n),
        lambda: np.exp(5.0 * normal),
        lambda: np.full(n, 3.0),
        lambda: np.where(np.arange(n) == 0, 1e150, normal),
        lambda: np.cumsum(normal),
        lambda: np.repeat(normal, 2)[:n],
        lambda: rng.choice([0.0, 1.0], n, p=[0.97, 0.03]),
    ][int(rng.integers(14))]()


def side(rng: np.random.Generator, n: int, other: np.ndarray | None = None) -> np.ndarray:
    """A side of n rows; with `other`, sometimes a function of it in noise, or the same."""
    d = int(rng.choice(WIDTHS))
    made = np.column_stack([column(rng, n) for _ in range(d)])
    if other is not None and rng.random() < 0.6:
        with np.errstate(all="ignore"):
            shape = [lambda v: v, np.square, np.sin, np.abs, np.sign][int(rng.integers(5))]
            noise = rng.choice([0.0, 1e-6, 0.1, 1.0]) * rng.standard_normal(n)
            made[:, 0] = np.nan_to_num(shape(other[:, 0]) + noise, posinf=1e300, neginf=-1e300)
    return made


def contained(rng: np.random.Generator, values: np.ndarray) -> Any:
    """The same numbers in some container."""
    import pandas as pd

    kind = int(rng.integers(6))
    if kind == 0:
        return values.tolist()
    if kind == 1:
        return pd.DataFrame(values, columns=[f"c{j}" for j in range(values.shape[1])])
    if kind == 2:
        return np.asfortranarray(values)
    if kind == 3 and values.shape[1] == 1:
        return values[:, 0]
    return values[::-1][::-1] if kind == 4 else values


def options_of(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Options of the call."""
    options: dict[str, Any] = {}
    if rng.random() < 0.2:
        options["unit"] = "bits"
    if rng.random() < 0.2:
        options["confidence"] = [None, 0.5, 0.99][int(rng.integers(3))]
    if rng.random() < 0.15:
        options["discrete_x"] = bool(rng.integers(2))
    if rng.random() < 0.15:
        options["discrete_y"] = bool(rng.integers(2))
    if rng.random() < 0.1:
        options["groups"] = rng.integers(0, max(2, n // 4), n)
    elif rng.random() < 0.15:
        options["block"] = [1, 5, "auto"][int(rng.integers(3))]
    return options


def one_case(seed: int, number: int, effort: str) -> str:
    """How one call ends: "OK", "UNRELIABLE" or "refused"; AssertionError for a fault."""
    rng = np.random.default_rng([seed, number])
    n = int(rng.choice(SIZES))
    x = side(rng, n)
    y = side(rng, n, x)
    options = options_of(rng, n)
    before = x.copy(), y.copy()

    def ask(a: Any, b: Any) -> Any:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            try:
                result = estimate(a, b, effort=effort, **options)
            except MITKError as error:
                result = str(error)
        foreign = [w for w in seen if not issubclass(w.category, MITKWarning)]
        assert not foreign, f"warning {foreign[0].message!r}"
        return result

    result = ask(x, y)
    assert (x == before[0]).all(), "x was changed"
    assert (y == before[1]).all(), "y was changed"
    again = ask(contained(rng, x), contained(rng, y))
    if isinstance(result, str):
        assert isinstance(again, str), "refused in one container only"
        return "refused"
    assert again.value == result.value or (math.isnan(again.value) and math.isnan(result.value)), (
        f"{result.value!r} became {again.value!r} in another container"
    )
    if result.status.ok:
        assert math.isfinite(result.value), "OK without a finite value"
        assert result.kind == "estimate" or len(result.diagnostics["readings"]) == 1, f"OK with kind {result.kind}"
        if options.get("confidence", 0.95) is not None:
            assert result.ci is not None, "OK without an interval"
            assert math.isfinite(result.ci.low), "an infinite end"
            assert math.isfinite(result.ci.high), "an infinite end"
            assert result.value in result.ci, "an interval that does not hold the value"
    return str(result.status.code)


def run(count: int, seed: int, effort: str, start: int = 0) -> Counter[str]:
    """How `count` calls end; faults are printed with their number."""
    ends: Counter[str] = Counter()
    for number in range(start, start + count):
        try:
            ends[one_case(seed, number, effort)] += 1
        except Exception as error:  # Whatever it is, it is a fault to be printed.
            ends["fault"] += 1
            print(f"case {number}: {type(error).__name__}: {error}")
            if not isinstance(error, AssertionError):
                traceback.print_exc(limit=-3, file=sys.stdout)
    return ends


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--effort", default="quick")
    given = parser.parse_args()
    found = run(given.count, given.seed, given.effort, given.start)
    print(dict(found))
    sys.exit(1 if found["fault"] else 0)
