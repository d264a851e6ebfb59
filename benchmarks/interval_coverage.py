"""Coverage of `Protocol` and of trained estimators: ``python -m benchmarks.interval_coverage``.

Normal pairs (1 and 5 columns), a Student law and a teacher at n = 1,000. Every data set is written as one JSON line
when done, so an interrupted run goes on where it stopped; rates come with their 95 % binomial intervals (Clopper and
Pearson).
"""

from __future__ import annotations

import argparse
import json
import math
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import beta

from mitk import DV, KSG, Anchored, Estimator, GaussianCopula, InfoNCE, MITKWarning, Protocol
from mitk.distributions import Distribution, Gaussian, Mapped, SoftplusTeacher, Student

LEVEL, HALF = 0.95, 0.68
BIT = math.log(2.0)


def _teacher() -> Distribution:
    latent = Gaussian.from_information(4.0 * BIT, 10)
    return Mapped(latent, SoftplusTeacher(10, 500, seed=1), SoftplusTeacher(10, 500, seed=2))


LAWS: dict[str, Callable[[], Distribution]] = {
    "normal-1": lambda: Gaussian.from_information(0.5),
    "normal-5": lambda: Gaussian.from_information(1.0, 5),
    "student-3": lambda: Student.from_information(0.5, 1, dof=3.0),
    "independent": lambda: Gaussian.from_information(0.0),
    "teacher": _teacher,
}
# name -> how it is made, data sets a law
METHODS: dict[str, tuple[Callable[[], Estimator], int]] = {
    "infonce": (InfoNCE, 100),
    "anchored": (Anchored, 100),
    "dv": (DV, 100),
    "protocol-ksg": (lambda: Protocol(estimator=KSG(margins="normal"), permutations=0), 100),
    "protocol-copula": (lambda: Protocol(estimator=GaussianCopula(), permutations=0), 100),
    "protocol-infonce": (lambda: Protocol(permutations=0), 30),
    "protocol-anchored": (lambda: Protocol(estimator="anchored", permutations=0), 30),
}


def one(method: str, law: str, n: int, seed: int) -> dict[str, Any]:
    """One data set: value, intervals and verdict."""
    made = LAWS[law]()
    x, y = made.sample(n, seed=seed)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        r = METHODS[method][0]().fit(x, y, confidence=LEVEL)
    seconds = time.process_time() - start
    known = made.mutual_information
    half = r.interval(HALF) if r.quantiles is not None else None
    published = None
    if isinstance(METHODS[method][0](), Protocol):
        # The bar of the line alone, normal quantile.
        published = bool(abs(r.value - known) <= 0.99446 * r.diagnostics["standard_errors"]["residual"])
    return {
        "method": method, "law": law, "n": n, "seed": seed, "truth": known, "value": r.value,
        "low": r.ci.low if r.ci else None, "high": r.ci.high if r.ci else None,
        "covered": bool(r.ci is not None and known in r.ci), "covered_half": bool(half is not None and known in half),
        "covered_line": published, "ok": r.status.ok, "reasons": list(map(str, r.status.reasons)), "seconds": seconds,
    }  # fmt: skip


def binomial(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a rate by Clopper and Pearson."""
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, total - hits + 1))
    high = 1.0 if hits == total else float(beta.ppf(0.975, hits + 1, total - hits))
    return low, high


def _rate(flags: list[bool]) -> str:
    if not flags:
        return "-"
    low, high = binomial(sum(flags), len(flags))
    return f"{np.mean(flags):.2f} [{low:.2f}, {high:.2f}]"


def markdown(records: list[dict[str, Any]]) -> str:
    """One line for each method and law."""
    lines = [
        "| law | method | n | sets | truth | bias | sd | coverage 95 % | coverage 68 % | of the line alone, 68 % "
        "| half-width | UNRELIABLE | 95 % when OK | CPU s |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for key in sorted({(r["law"], r["method"], r["n"]) for r in records}):
        rows = [r for r in records if (r["law"], r["method"], r["n"]) == key]
        values = np.array([r["value"] for r in rows])
        widths = [0.5 * (r["high"] - r["low"]) for r in rows if r["low"] is not None]
        line = [r["covered_line"] for r in rows if r["covered_line"] is not None]
        lines.append(
            f"| {key[0]} | {key[1]} | {key[2]} | {len(rows)} | {rows[0]['truth']:.3f} "
            f"| {values.mean() - rows[0]['truth']:+.3f} | {values.std():.3f} "
            f"| {_rate([r['covered'] for r in rows])} | {_rate([r['covered_half'] for r in rows])} | {_rate(line)} "
            f"| {np.median(widths) if widths else math.nan:.3f} | {_rate([not r['ok'] for r in rows])} "
            f"| {_rate([r['covered'] for r in rows if r['ok']])} | {np.mean([r['seconds'] for r in rows]):.1f} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interval_coverage", description=__doc__)
    parser.add_argument("--methods", default="protocol-copula,protocol-ksg", help=f"some of {', '.join(METHODS)}")
    parser.add_argument("--laws", default=",".join(LAWS), help=f"some of {', '.join(LAWS)}")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--sets", type=int, help="data sets a law (default: 100, or 30 where a protocol trains)")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--store", type=Path, default=Path("results/interval_coverage.jsonl"))
    parser.add_argument("--out", type=Path, help="write the table here instead of printing it")
    options = parser.parse_args(arguments)
    options.store.parent.mkdir(parents=True, exist_ok=True)
    done = {}
    if options.store.exists():
        found = map(json.loads, options.store.read_text().splitlines())
        done = {(r["method"], r["law"], r["n"], r["seed"]): r for r in found}
    wanted = [
        (method, law, options.n, seed)
        for method in options.methods.split(",")
        for law in options.laws.split(",")
        for seed in range(options.sets or METHODS[method][1])
    ]
    missing = [cell for cell in wanted if cell not in done]
    with options.store.open("a") as store:
        for r in Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
            delayed(one)(*cell) for cell in missing
        ):
            done[r["method"], r["law"], r["n"], r["seed"]] = r
            store.write(json.dumps(r) + "\n")
            store.flush()
    table = markdown([done[cell] for cell in wanted])
    if options.out:
        options.out.write_text(table)
    else:
        print(table)


if __name__ == "__main__":
    main()
