"""Measured coverage of intervals of differences, entropies and divergences: ``python -m benchmarks.sample_coverage``.

Every case draws samples of a law whose truth is known and asks once a seed; the table is Markdown.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk import compare, entropy, jensen_shannon, kl_divergence, normalized_mi
from mitk.distributions import Gaussian, LabelledNormal, Table

Rng = np.random.Generator
LEVEL = 0.95


@dataclass(frozen=True)
class Case:
    """A question asked of samples of a law.

    Attributes
    ----------
    name : str
    ask : callable
        ``ask(n, rng)``: a result with value, interval and status of samples of n rows.
    truth : float
    """

    name: str
    ask: Callable[[int, Rng], Any]
    truth: float


def normal_pairs(first: float, second: float, between: float, method: str) -> Case:
    """Two normal features of correlation `between`, and of `first` and `second` with a third column."""
    covariance = np.array([[1.0, between, first], [between, 1.0, second], [first, second, 1.0]])

    def ask(n: int, rng: Rng) -> Any:
        a, b, y = rng.multivariate_normal(np.zeros(3), covariance, n).T
        return compare((a, y), (b, y), method, block=1)

    truths = [Gaussian.bivariate(r).mutual_information for r in (first, second)]
    return Case(f"`compare`, normal {first}, {second}, `{method}`", ask, truths[0] - truths[1])


def labelled_pairs(first: float, second: float, between: float, method: str) -> Case:
    """Two normal features with noise of correlation `between` that a label shifts by `first` and `second`."""

    def ask(n: int, rng: Rng) -> Any:
        label = rng.integers(0, 2, n)
        noise = rng.multivariate_normal(np.zeros(2), [[1.0, between], [between, 1.0]], n)
        y = np.where(label > 0, "a", "b")
        return compare((noise[:, 0] + first * label, y), (noise[:, 1] + second * label, y), method, block=1)

    truths = [LabelledNormal([0.0, shift]).mutual_information for shift in (first, second)]
    return Case(f"`compare`, label and numbers, `{method}`", ask, truths[0] - truths[1])


def table_pairs(first: float, second: float, method: str) -> Case:
    """Two copies of a label of three levels of which shares are drawn anew, the smaller share in both."""

    def ask(n: int, rng: Rng) -> Any:
        y, other, fate = rng.integers(0, 3, n), rng.integers(0, 3, n), rng.random(n)
        a, b = (np.where(fate < share, other, y).astype(str) for share in (first, second))
        return compare((a, y.astype(str)), (b, y.astype(str)), method, block=1)

    tables = [np.full((3, 3), share / 9.0) + np.eye(3) * (1.0 - share) / 3.0 for share in (first, second)]
    truths = [Table(table).mutual_information for table in tables]
    return Case(f"`compare`, labels {first}, {second}, `{method}`", ask, truths[0] - truths[1])


def label_entropy(name: str, p: np.ndarray) -> Case:
    """Labels of these probabilities, up to a factor."""
    p = p / p.sum()

    def ask(n: int, rng: Rng) -> Any:
        return entropy(rng.choice(len(p), n, p=p), discrete=True, block=1)

    return Case(f"`entropy`, {name}", ask, float(-(p * np.log(p)).sum()))


def number_entropy(name: str, draw: Callable[[Rng, int], np.ndarray], truth: float) -> Case:
    """Numbers that ``draw(rng, n)`` gives."""
    return Case(f"`entropy`, {name}", lambda n, rng: entropy(draw(rng, n), block=1), truth)


def normal_columns(d: int, rho: float) -> np.ndarray:
    """Covariance of d columns that all correlate by rho."""
    return (1.0 - rho) * np.eye(d) + rho


def normal_entropy(d: int, rho: float) -> float:
    """Entropy of such normal columns, nats."""
    return 0.5 * d * float(np.log(2.0 * np.pi * np.e)) + 0.5 * float(np.linalg.slogdet(normal_columns(d, rho))[1])


def divergences(
    name: str, draw: Callable[[Rng, int], tuple[np.ndarray, np.ndarray]], kl: float, js: float
) -> list[Case]:
    """Both divergences of two samples that ``draw(rng, n)`` gives."""
    return [
        Case(f"`kl_divergence`, {name}", lambda n, rng: kl_divergence(*draw(rng, n)), kl),
        Case(f"`jensen_shannon`, {name}", lambda n, rng: jensen_shannon(*draw(rng, n)), js),
    ]


def normals(shift: float, scale: float, d: int) -> list[Case]:
    """Standard normal columns, and such that are shifted and scaled."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400_000, d))
    # The mean of both terms of the Jensen-Shannon divergence over many rows, to three digits.
    y = shift + scale * x
    terms = [
        -np.logaddexp(0.0, sign * (_log_normal(rows, shift, scale) - _log_normal(rows, 0.0, 1.0)))
        for rows, sign in ((x, 1.0), (y, -1.0))
    ]
    js = float(np.log(2.0) + 0.5 * (terms[0].mean() + terms[1].mean()))
    kl = d * float(np.log(scale) + (1.0 + shift**2) / (2.0 * scale**2) - 0.5)
    name = f"normal, shift {shift:.2g}, scale {scale:g}, {d} columns"

    def draw(rng: Rng, n: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.standard_normal((n, d)), shift + scale * rng.standard_normal((n, d))

    return divergences(name, draw, kl, js)


def _log_normal(rows: np.ndarray, shift: float, scale: float) -> np.ndarray:
    found: np.ndarray = (-0.5 * ((rows - shift) / scale) ** 2 - np.log(scale)).sum(axis=1)
    return found


def label_divergences(p: np.ndarray, q: np.ndarray) -> list[Case]:
    """Labels of probabilities p, and of q."""
    p, q = p / p.sum(), q / q.sum()
    middle = 0.5 * (p + q)

    def draw(rng: Rng, n: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.choice(len(p), n, p=p).astype(str), rng.choice(len(q), n, p=q).astype(str)

    js = 0.5 * float((p * np.log(p / middle)).sum() + (q * np.log(q / middle)).sum())
    return divergences(f"{len(p)} labels", draw, float((p * np.log(p / q)).sum()), js)


def share(noise: float, normalization: str) -> Case:
    """A label of three even levels and a copy of which a share is drawn anew."""
    table = np.full((3, 3), noise / 9.0) + np.eye(3) * (1.0 - noise) / 3.0
    entropy_of_both = -float((table * np.log(table)).sum())
    by = entropy_of_both if normalization == "joint" else np.log(3.0)

    def ask(n: int, rng: Rng) -> Any:
        cells = rng.choice(9, n, p=table.ravel())
        return normalized_mi((cells // 3).astype(str), (cells % 3).astype(str), normalization, block=1)

    return Case(
        f"`normalized_mi`, {normalization}, noise {noise}", ask, float((2.0 * np.log(3.0) - entropy_of_both) / by)
    )


CASES = [
    normal_pairs(0.8, 0.6, 0.7, "copula"),
    labelled_pairs(1.5, 1.0, 0.7, "mixed-ksg"),
    table_pairs(0.2, 0.35, "discrete"),
    table_pairs(0.9, 1.0, "discrete"),
    label_entropy("10 even labels", np.ones(10)),
    label_entropy("geometric labels", 0.5 ** np.arange(1.0, 30.0)),
    label_entropy("50 labels as 1/rank", 1.0 / np.arange(1.0, 51.0)),
    label_entropy("0.97 and ten of 0.003", np.r_[0.97, np.full(10, 0.003)]),
    number_entropy("normal", lambda rng, n: rng.standard_normal(n), normal_entropy(1, 0.0)),
    number_entropy("uniform", lambda rng, n: rng.random(n), 0.0),
    number_entropy("exponential", lambda rng, n: rng.exponential(size=n), 1.0),
    number_entropy("Cauchy", lambda rng, n: rng.standard_cauchy(n), float(np.log(4.0 * np.pi))),
    *(
        number_entropy(
            f"normal, {d} columns, correlation 0.6",
            lambda rng, n, d=d: rng.multivariate_normal(np.zeros(d), normal_columns(d, 0.6), n),
            normal_entropy(d, 0.6),
        )
        for d in (2, 5)
    ),
    number_entropy("exponential, 5 columns", lambda rng, n: rng.exponential(size=(n, 5)), 5.0),
    *label_divergences(np.array([5.0, 3.0, 2.0]), np.array([3.0, 3.0, 4.0])),
    *label_divergences(0.5 ** np.arange(8.0), np.ones(8)),
    *normals(0.0, 1.0, 1),
    *normals(1.0, 1.0, 1),
    *normals(0.0, 2.0, 1),
    *normals(0.0, 0.6, 1),
    *normals(0.5**0.5, 1.0, 2),
    *normals(0.0, 2.0, 2),
    *normals(0.2**0.5, 1.0, 5),
    *normals(0.0, 2.0, 5),
    *(share(noise, normalization) for noise in (0.02, 0.2, 0.6) for normalization in ("min", "joint")),
]


def measured(case: Case, n: int, seeds: int) -> list[str]:
    """A line of the table."""
    results = [case.ask(n, np.random.default_rng([seed, n])) for seed in range(seeds)]
    told = [r for r in results if r.ci is not None]
    covered = [r.ci.low <= case.truth <= r.ci.high for r in told]
    sure = [hit for hit, r in zip(covered, told, strict=True) if r.status.ok]
    errors = np.array([r.value for r in results]) - case.truth
    widths = [r.ci.width for r in told]
    apart = ""
    if hasattr(results[0], "first"):
        apart = f"{np.mean([np.hypot(r.first.ci.width, r.second.ci.width) for r in told]):.3f}"
    return [
        case.name,
        str(n),
        f"{case.truth:.3f}",
        f"{errors.mean():+.3f}",
        f"{np.sqrt((errors**2).mean()):.3f}",
        f"{np.mean(covered):.3f}",
        f"{np.mean(widths):.3f}",
        apart,
        f"{np.mean([not r.status.ok for r in results]):.2f}",
        f"{np.mean(sure):.2f} ({len(sure)})" if sure else "-",
    ]


HEAD = ["case", "n", "truth", "bias", "rms error", "coverage", "width", "unpaired", "UNRELIABLE", "when OK (sets)"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, nargs="+", default=[300, 1000])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}", sep="\n", flush=True)
    for case in CASES:
        if options.only in case.name:
            for n in options.n:
                print(f"| {' | '.join(measured(case, n, options.seeds))} |", flush=True)


if __name__ == "__main__":
    main()
