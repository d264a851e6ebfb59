"""How good the pretrained estimator is, family by family: ``python -m benchmarks.learned --out FILE``.

Every data set is new: its law is drawn from a meta-distribution (`benchmarks.studies.drawn_laws`), its rows from the
law. Sections: the two test families of the MIST paper, turned laws against the Gaussian copula, links that moments miss
against KSG, independence, mechanisms it was not trained on, and time.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import shlex
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.studies.drawn_laws import HELD_OUT, PAPER_IN, PAPER_OUT, Drawn, draw, rotated
from benchmarks.studies.planar_laws import Multiplicative, NoisyCircle
from mitk import KSG, MIST, GaussianCopula, MIEstimate
from mitk.distributions import Gaussian, NoisyFunction, Student, ai, parabola, x_shape
from mitk.learned import mist
from mitk.learned.statistics.features import Features, features

BINS = ((10, 100), (100, 300), (300, 500))
PINBALL = (0.05, 0.25, 0.5, 0.75, 0.95)
BATCH = 200
SHARES = ("90 % coverage", "refused")
Rows = list[dict[str, Any]]
# What the calibration plot shows, by name.
KEPT: dict[str, Rows] = {}


def heading(*columns: str) -> list[str]:
    """First two lines of a table."""
    return ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]


def judged(drawn: Sequence[Drawn], method: MIST) -> Rows:
    """One row a data set: value, mean, quantiles, interval, whether the guard fired."""
    rows: Rows = []
    for start in range(0, len(drawn), BATCH):
        part = drawn[start : start + BATCH]
        for one, result in zip(part, method.fit_many([(d.x, d.y) for d in part]), strict=True):
            rows.append(
                {"family": one.family, "truth": one.information, "n": len(one.x), **described(result, one.information)}
            )
    return rows


def described(result: MIEstimate, truth: float) -> dict[str, Any]:
    """What is judged of a result; ``place`` is the level of the quantile that the truth is."""
    inner = result.interval(0.9)
    inside = np.interp(truth, result.diagnostics["quantiles"], result.diagnostics["levels"])
    quantiles = np.interp(PINBALL, result.diagnostics["levels"], result.diagnostics["quantiles"])
    return {
        "value": result.value,
        "mean": result.diagnostics["mean"],
        "low": inner.low,
        "high": inner.high,
        "refused": not result.status.ok,
        "quantiles": quantiles.tolist(),
        "place": float(inside),
    }


def plot(groups: dict[str, Rows], path: str) -> None:
    """Share of truths below each quantile against its level."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.0, 4.6), layout="constrained")
    levels = np.linspace(0.01, 0.99, 99)
    for name, rows in groups.items():
        places = np.array([row["place"] for row in rows])
        axes.plot(levels, [(places <= level).mean() for level in levels], label=f"{name} ({len(rows)} sets)")
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, zorder=0)
    axes.set(xlabel="level of the quantile", ylabel="share of truths below it", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, loc="upper left", fontsize=8)
    figure.savefig(path, dpi=110)


def errors(rows: Rows) -> np.ndarray:
    """Signed errors in nats."""
    return np.array([row["value"] - row["truth"] for row in rows])


def coverage(rows: Rows) -> float:
    """Share of 90 % intervals that hold the truth."""
    return float(np.mean([row["low"] <= row["truth"] <= row["high"] for row in rows]))


def pinball(rows: Rows) -> float:
    """Mean pinball loss over five levels, in nats."""
    miss = np.array([row["truth"] for row in rows])[:, None] - np.array([row["quantiles"] for row in rows])
    levels = np.array(PINBALL)
    return float(np.mean(np.maximum(levels * miss, (levels - 1.0) * miss)))


def bootstrap(values: np.ndarray, statistic: Callable[[np.ndarray], float] = np.mean) -> tuple[float, float]:
    """95 % percentile interval over data sets."""
    rng = np.random.default_rng(0)
    draws = [statistic(values[rng.integers(len(values), size=len(values))]) for _ in range(500)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def paper(method: MIST, sets: int) -> list[str]:
    """The paper's families, by number of rows."""
    lines = [
        "| families | n | mean squared error | of the mean | MAE | median abs. | pinball | 90 % coverage | refused |"
    ]
    lines.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, makers in (("in distribution", PAPER_IN), ("out of distribution", PAPER_OUT)):
        everything = KEPT.setdefault(f"paper, {name}", [])
        for b, sizes in enumerate(BINS):
            seeds = range(10**7 * (b + 1), 10**7 * (b + 1) + sets)
            rows = judged([draw(makers, seed, sizes) for seed in seeds], method)
            everything += rows
            lines.append(_paper_line(name, f"{sizes[0]}-{sizes[1]}", rows))
        lines.append(_paper_line(name, "all", everything))
        lines += [
            _paper_line(f"  {family}", "all", [r for r in everything if r["family"] == family]) for family in makers
        ]
    return lines


def _paper_line(name: str, where: str, rows: Rows) -> str:
    e = errors(rows)
    low, high = bootstrap(e**2)
    off = np.array([row["mean"] - row["truth"] for row in rows])
    refused = np.mean([row["refused"] for row in rows])
    return (
        f"| {name} | {where} | {np.mean(e**2):.4f} [{low:.4f}, {high:.4f}] | {np.mean(off**2):.4f} | "
        f"{np.abs(e).mean():.4f} | {np.median(np.abs(e)):.4f} | {pinball(rows):.4f} | {coverage(rows):.3f} | "
        f"{refused:.1%} |"
    )


def turned(method: MIST, sets: int) -> list[str]:
    """Turned normal and Student laws at n = 500, beside the Gaussian copula, which is exact on the normal ones."""
    shapes = [(1, 1), (2, 2), (4, 4), (8, 8), (16, 16), (32, 32), (8, 2), (1, 10), (20, 5)]
    lines = [
        "| law | dims | MIST MAE | copula MAE | 90 % coverage | refused |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for dof in (None, 4.0):
        for dims in shapes:
            makers = {"turned": rotated(*dims, dof)}
            drawn = [draw(makers, 10**8 + seed, (500, 500)) for seed in range(sets)]
            rows = judged(drawn, method)
            copula = [GaussianCopula().fit(d.x, d.y, confidence=None).value - d.information for d in drawn]
            lines.append(
                f"| {'normal' if dof is None else f'Student {dof:g}'} | {dims[0]} x {dims[1]} | "
                f"{np.abs(errors(rows)).mean():.4f} | {np.abs(copula).mean():.4f} | {coverage(rows):.3f} | "
                f"{np.mean([row['refused'] for row in rows]):.1%} |"
            )
    return lines


def links(method: MIST, sets: int) -> list[str]:
    """Dependence that second moments miss, n = 500, beside KSG and the oracle.

    The oracle averages the true log density ratio. Its error is the least, for many rows, that a method can have which
    takes any law for possible.
    """
    laws: dict[str, Any] = {}
    for information in (0.5, 1.0, 2.0):
        laws[f"y = x^2 + e, {information:g}"] = NoisyFunction.from_information(information, parabola)
        laws[f"circle, {information:g}"] = NoisyCircle.from_information(information)
        laws[f"y = exp(a x) e, {information:g}"] = Multiplicative.from_information(information)
    laws |= {"X": x_shape(), "AI": ai()}
    lines = heading("law", "truth", "MIST MAE", "bias", "KSG MAE", "ratio", "oracle MAE", "oracle / KSG", *SHARES)
    for name, law in laws.items():
        truth = float(law.mutual_information)
        drawn = [Drawn(*law.sample(500, 5000 + seed), truth, name) for seed in range(sets)]
        rows = judged(drawn, method)
        ksg = [abs(KSG().fit(d.x, d.y, confidence=None).value - truth) for d in drawn]
        best = np.abs([np.mean(law.pointwise(d.x, d.y)) - truth for d in drawn]).mean()
        own = np.abs(errors(rows)).mean()
        refused = np.mean([row["refused"] for row in rows])
        lines.append(
            f"| {name} | {truth:.3f} | {own:.4f} | {errors(rows).mean():+.4f} | {np.mean(ksg):.4f} | "
            f"{own / np.mean(ksg):.2f} | {best:.4f} | {best / np.mean(ksg):.2f} | {coverage(rows):.3f} | "
            f"{refused:.0%} |"
        )
    return lines


class Kept:
    """Statistics of data sets by the hash of the data, in a file: other weights are judged without new ones."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[bytes, Features] = pickle.loads(path.read_bytes()) if path.exists() else {}
        self.known = len(self.found)

    def __call__(self, x: np.ndarray, y: np.ndarray) -> Features:
        """What `features` gives, rounded as the network reads it."""
        key = hashlib.sha256(x.tobytes() + y.tobytes()).digest()
        if key not in self.found:
            one = features(x, y)
            small = {name: getattr(one, name).astype(np.float16) for name in ("tokens", "curved", "rows")}
            self.found[key] = one._replace(overall=one.overall.astype(np.float32), **small)
        return self.found[key]

    def save(self) -> None:
        """Write what is new."""
        if len(self.found) > self.known:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            part.write_bytes(pickle.dumps(self.found))
            part.rename(self.path)
            self.known = len(self.found)


def nulls(method: MIST, sets: int) -> list[str]:
    """Independence, and weak dependence of 0.3 nats, with d <= n / 25 and beyond."""
    lines = heading("law", "n", "dims", "mean abs. value", "95 % of values below", "bias", "90 % coverage")
    for truth in (0.0, 0.3):
        for n in (50, 100, 200, 400, 500):
            for d in sorted({1, 2, max(1, n // 25), 20}):
                law: Any = Gaussian.from_information(truth, d, d, pairs=1)
                drawn = [Drawn(*law.sample(n, 900 + seed), truth, "normal") for seed in range(sets)]
                rows = judged(drawn, method)
                values = np.array([row["value"] for row in rows])
                lines.append(
                    f"| {truth:g} nats{'' if d <= n / 25 else ', d > n/25'} | {n} | {d} x {d} | "
                    f"{np.abs(values).mean():.4f} | {np.quantile(values, 0.95):.4f} | {values.mean() - truth:+.4f} | "
                    f"{coverage(rows):.3f} |"
                )
    return lines


def held_out(method: MIST, sets: int) -> list[str]:
    """Mechanisms that were not trained on, n from 100 to 1,000: coverage, and the guard on errors over 0.3 nats."""
    lines = heading(
        "mechanism", "MAE", "bias", "90 % coverage", "covered or refused", "refused", "errors > 0.3 refused"
    )
    everything = KEPT.setdefault("mechanisms not trained on", [])
    for name, maker in HELD_OUT.items():
        rows = judged([draw({name: maker}, 10**9 + seed, (100, 1000)) for seed in range(sets)], method)
        everything += rows
        lines.append(_held_line(name, rows))
    lines.append(_held_line("all", everything))
    return lines


def _held_line(name: str, rows: Rows) -> str:
    e = errors(rows)
    covered = np.array([row["low"] <= row["truth"] <= row["high"] for row in rows])
    refused = np.array([row["refused"] for row in rows])
    large = np.abs(e) > 0.3
    caught = f"{refused[large].mean():.0%} of {large.sum()}" if large.any() else "none"
    return (
        f"| {name} | {np.abs(e).mean():.4f} | {e.mean():+.4f} | {covered.mean():.3f} | "
        f"{(covered | refused).mean():.3f} | {refused.mean():.1%} | {caught} |"
    )


def speed(method: MIST, sets: int) -> list[str]:
    """Warm time of a call, and KSG's with and without its interval on the same data."""
    lines = heading("n", "dims", "MIST ms", "KSG with interval ms", "KSG alone ms")
    for n, d in ((200, 1), (500, 2), (500, 16), (2000, 5), (10000, 2), (10000, 16)):
        x, y = Student.identity(d, d, 3.0).sample(n, 1)
        calls: tuple[Callable[[], Any], ...] = (
            lambda x=x, y=y: method.fit(x, y),
            lambda x=x, y=y: KSG().fit(x, y),
            lambda x=x, y=y: KSG().fit(x, y, confidence=None),
        )
        lines.append(f"| {n} | {d} x {d} | " + " | ".join(f"{1e3 * fastest(call):.1f}" for call in calls) + " |")
    rng = np.random.default_rng(0)
    pairs = [tuple(rng.standard_normal((2, 200, 1))) for _ in range(1000)]
    start = time.perf_counter()
    method.fit_many(pairs)
    return [*lines, "", f"1,000 pairs of n=200, d=1 in one call: {time.perf_counter() - start:.2f} s."]


def fastest(call: Callable[[], Any], repeats: int = 7) -> float:
    """Least wall time of a call in seconds, after one that is not counted."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


SECTIONS: dict[str, tuple[Callable[[MIST, int], list[str]], int]] = {
    "paper": (paper, 3000),
    "turned": (turned, 200),
    "links": (links, 200),
    "nulls": (nulls, 250),
    "held-out": (held_out, 300),
    "speed": (speed, 1),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the chosen sections and print or write their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", default=",".join(SECTIONS), help="separated by commas")
    parser.add_argument("--sets", type=int, help="data sets a line (default: 3000, 200, 200, 250, 300)")
    parser.add_argument("--weights", help="a model of your own (default: the one in the package)")
    parser.add_argument("--cache", help="folder that keeps the statistics of the data sets for the next call")
    parser.add_argument("--plot", help="PNG of the calibration on the sections paper and held-out")
    parser.add_argument("--out", help="Markdown file; the tables are printed in any case")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    method = MIST(weights=options.weights)
    pieces = []
    for name in options.sections.split(","):
        section, sets = SECTIONS[name]
        start = time.perf_counter()
        kept = Kept(Path(options.cache) / f"{name}.pickle") if options.cache and name != "speed" else None
        mist.features = features if kept is None else kept
        lines = section(method, options.sets or sets)
        if kept is not None:
            kept.save()
        title, *more = (line.strip() for line in (section.__doc__ or "").strip().splitlines())
        pieces.append("\n".join([f"## {title}", *more, "", *lines, ""]))
        print(pieces[-1], f"({time.perf_counter() - start:.0f} s)\n", sep="\n", flush=True)
    if options.plot:
        plot(KEPT, options.plot)
    if options.out:
        command = shlex.join(
            ["python", "-m", "benchmarks.learned", *(sys.argv[1:] if arguments is None else arguments)]
        )
        top = f"# Accuracy of MIST\n\nMade by `{command}`; errors are in nats, brackets are 95 % bootstrap intervals.\n"
        Path(options.out).write_text("\n".join([top, *pieces]))


if __name__ == "__main__":
    main()
