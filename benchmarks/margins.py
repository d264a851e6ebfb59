"""Which margins KSG should take by itself: ``python -m benchmarks.margins``.

Mean signed error, with its standard deviation, of KSG on standardised columns and on normal scores.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import numpy as np

from mitk import KSG

Pair = tuple[np.ndarray, np.ndarray]
Law = Callable[[np.random.Generator, int], Pair]


def gaussian(r: float, pairs: int = 1) -> Law:
    """Pairs with correlation r."""

    def draw(rng: np.random.Generator, n: int) -> Pair:
        x = rng.standard_normal((n, pairs))
        return x, r * x + math.sqrt(1.0 - r * r) * rng.standard_normal((n, pairs))

    return draw


def student(freedom: float, d: int) -> Law:
    """Uncorrelated Student-t vectors with a common scale."""

    def draw(rng: np.random.Generator, n: int) -> Pair:
        z = rng.standard_normal((n, 2 * d)) / np.sqrt(rng.chisquare(freedom, size=(n, 1)) / freedom)
        return z[:, :d], z[:, d:]

    return draw


def additive(width: float) -> Law:
    """A uniform variable plus uniform noise."""

    def draw(rng: np.random.Generator, n: int) -> Pair:
        x = rng.uniform(size=(n, 1))
        return x, x + rng.uniform(-width, width, size=(n, 1))

    return draw


def mapped(law: Law, map_x: Callable[[np.ndarray], np.ndarray], map_y: Callable[[np.ndarray], np.ndarray]) -> Law:
    """A law seen through increasing maps of its columns, which leave the information unchanged."""

    def draw(rng: np.random.Generator, n: int) -> Pair:
        x, y = law(rng, n)
        return map_x(x), map_y(y)

    return draw


def information(r: float, pairs: int = 1) -> float:
    """Of Gaussian pairs, in nats."""
    return -0.5 * pairs * math.log(1.0 - r * r)


LAWS: dict[str, tuple[float, Law]] = {
    "gaussian 0.8": (information(0.8), gaussian(0.8)),
    "three gaussian pairs 0.6": (information(0.6, 3), gaussian(0.6, 3)),
    "uniform additive 0.1": (math.log(5.0) + 0.1, additive(0.1)),
    "log-normal, both": (information(0.8), mapped(gaussian(0.8), np.exp, np.exp)),
    "exp(5x) and y": (information(0.8), mapped(gaussian(0.8), lambda x: np.exp(5 * x), lambda y: y)),
    "cubes": (information(0.8), mapped(gaussian(0.8), lambda x: x**3, lambda y: y**3)),
    "three log-normal pairs": (information(0.6, 3), mapped(gaussian(0.6, 3), np.exp, np.exp)),
    "student 1, 1+1": (0.224, student(1.0, 1)),
    "student 1, 2+2": (0.432, student(1.0, 2)),
    "student 2, 2+2": (0.193, student(2.0, 2)),
    "student 2, 3+3": (0.291, student(2.0, 3)),
}


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.margins", description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--sets", type=int, default=20)
    options = parser.parse_args(arguments)
    print("| law | truth | standard | normal |\n|---|---|---|---|")
    totals = dict.fromkeys(("standard", "normal"), 0.0)
    for name, (truth, law) in LAWS.items():
        row = f"| {name} | {truth:.3f} "
        for margins in totals:
            values = [
                KSG(margins=margins).fit(*law(np.random.default_rng(seed), options.n), confidence=None).value - truth
                for seed in range(options.sets)
            ]
            totals[margins] += float(np.mean(np.abs(values))) / len(LAWS)
            row += f"| {np.mean(values):+.3f} ({np.std(values):.3f}) "
        print(row + "|", flush=True)
    print("| **mean absolute error** | | " + " | ".join(f"{t:.3f}" for t in totals.values()) + " |")


if __name__ == "__main__":
    main()
