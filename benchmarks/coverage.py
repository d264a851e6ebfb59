"""Measured coverage of the default intervals: ``python -m benchmarks.coverage``.

Correlated Gaussian pairs and first-order autoregressive series of known mutual information; a cell is one
method on one law, and is written as one JSON line when done, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from mitk import KDE, KSG, Binning, Discrete, Estimator, Gaussian, GaussianCopula, MITKWarning, MixedKSG

METHODS: dict[str, Estimator] = {
    "ksg": KSG(),
    "ksg-normal": KSG(margins="normal"),
    "mixed-ksg": MixedKSG(),
    "gaussian": Gaussian(),
    "copula": GaussianCopula(),
    "binning": Binning(),
    "kde": KDE(),
    "discrete": Discrete(),
}
AUTOREGRESSION = 0.7
WIDTHS = (0.75, 0.25, 0.1, 0.05)
LEVEL = 0.95


def blocks(n: int) -> int:
    """Run length for a series of n rows: long against the memory of the process, and at least ten runs."""
    return max(10, n // 40)


def draw(law: str, r: float, n: int, pairs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples (n, pairs) each of a law with correlation r within pairs, or noise of half-width r."""
    rng = np.random.default_rng([seed, n, pairs, round(100 * r), law == "series"])
    if law == "edges":
        x = rng.uniform(size=(n, pairs))
        return x, x + rng.uniform(-r, r, size=(n, pairs))
    x, e = rng.standard_normal((2, n, pairs))
    y = r * x + math.sqrt(1.0 - r * r) * e
    if law == "series":
        scale = math.sqrt(1.0 - AUTOREGRESSION**2)
        for side in (x, y):
            for t in range(1, n):
                side[t] = AUTOREGRESSION * side[t - 1] + scale * side[t]
    return x, y


def table_law(r: float, levels: int) -> np.ndarray:
    """A table that is uniform with probability 1 - r and diagonal with probability r."""
    return (1.0 - r) / levels**2 + r * np.eye(levels) / levels


def truth(law: str, r: float, pairs: int) -> float:
    """Mutual information in nats; for a series, that of one row."""
    if law == "table":
        p = table_law(r, 3**pairs)
        return float((p * np.log(np.where(p > 0, p, 1.0) * 9.0**pairs)).sum())
    if law == "edges":
        return pairs * (r - math.log(2.0 * r) if r <= 0.5 else 0.25 / r)
    return -0.5 * pairs * math.log(1.0 - r * r)


def cell(method: str, law: str, r: float, n: int, pairs: int, sets: int) -> dict[str, Any]:
    """Coverage of one method on one law."""
    known = truth(law, r, pairs)
    covered, unreliable, values, widths, below, above = [], [], [], [], 0, 0
    for seed in range(sets):
        if law == "table":
            rng = np.random.default_rng([seed, n, pairs, round(100 * r), 2])
            levels = 3**pairs
            code = rng.choice(levels**2, size=n, p=table_law(r, levels).ravel())
            x, y, options = code // levels, code % levels, {"discrete_x": True, "discrete_y": True}
        else:
            x, y = draw(law, r, n, pairs, seed)
            options = {"block": blocks(n)} if law == "series" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MITKWarning)
            result = METHODS[method].fit(x, y, confidence=LEVEL, **options)
        values.append(result.value)
        unreliable.append(not result.status.ok)
        if result.ci is None:
            covered.append(False)
            continue
        covered.append(known in result.ci)
        widths.append(result.ci.width)
        below += result.ci.high < known
        above += result.ci.low > known
    trusted = [c for c, bad in zip(covered, unreliable, strict=True) if not bad]
    return {
        "method": method, "law": law, "pairs": pairs, "n": n, "r": r, "sets": sets, "truth": known,
        "bias": float(np.mean(values)) - known, "sd": float(np.std(values, ddof=1)),
        "coverage": float(np.mean(covered)), "width": float(np.mean(widths)) if widths else None,
        "missed_below": below, "missed_above": above, "unreliable": float(np.mean(unreliable)),
        "coverage_ok": float(np.mean(trusted)) if trusted else None, "trusted": len(trusted),
    }  # fmt: skip


def cells(sets: int) -> list[tuple[str, str, float, int, int, int]]:
    """Every cell of the table, quick ones first."""
    wanted = []
    for law in ("pairs", "series", "table"):
        for method in METHODS:
            if (law == "table") != (method == "discrete") or (law == "series" and method == "kde"):
                continue
            for pairs in (1, 3) if law != "table" else (1, 2):
                if method == "binning" and pairs == 3:
                    continue  # 729 cells and more: refused at these n.
                wanted += [(method, law, r, n, pairs, sets) for n in (100, 1000) for r in (0.0, 0.3, 0.6, 0.9)]
    for method in ("ksg", "ksg-normal", "kde"):
        wanted += [(method, "edges", width, n, 1, sets) for n in (100, 1000) for width in WIDTHS]
    return wanted


def key(record: dict[str, Any]) -> tuple[Any, ...]:
    """What identifies a cell."""
    return tuple(record[name] for name in ("method", "law", "r", "n", "pairs", "sets"))


def markdown(records: list[dict[str, Any]]) -> str:
    """The table for the docs."""
    lines = [
        "| law | method | pairs | n | r | truth | bias "
        "| coverage | low end valid | width | UNRELIABLE | when OK (sets) |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for c in records:
        ok = "-" if c["coverage_ok"] is None else f"{c['coverage_ok']:.2f} ({c['trusted']})"
        width = "-" if c["width"] is None else f"{c['width']:.3f}"
        lines.append(
            f"| {c['law']} | {c['method']} | {c['pairs']} | {c['n']} | {c['r']} | {c['truth']:.3f} | {c['bias']:+.3f} "
            f"| {c['coverage']:.3f} | {1 - c['missed_above'] / c['sets']:.3f} | {width} "
            f"| {c['unreliable']:.2f} | {ok} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--sets", type=int, default=200, help="data sets a cell")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--methods", help="comma-separated; all by default")
    parser.add_argument("--store", type=Path, default=Path("results/coverage.jsonl"))
    parser.add_argument("--out", type=Path, help="write the table here instead of printing it")
    options = parser.parse_args(arguments)
    options.store.parent.mkdir(parents=True, exist_ok=True)
    done = {}
    if options.store.exists():
        done = {key(r): r for r in map(json.loads, options.store.read_text().splitlines())}
    wanted = cells(options.sets)
    if options.methods:
        wanted = [c for c in wanted if c[0] in options.methods.split(",")]
    missing = [c for c in wanted if c not in done]
    with options.store.open("a") as store:
        for record in Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
            delayed(cell)(*c) for c in missing
        ):
            done[key(record)] = record
            store.write(json.dumps(record) + "\n")
            store.flush()
    table = markdown([done[c] for c in wanted])
    if options.out:
        options.out.write_text(table)
    else:
        print(table)


if __name__ == "__main__":
    main()
