"""Size and power of tests of conditional independence: ``python -m benchmarks.independence``.

Every test is `permutation_test(x, y, method, given=z)` on sets where x and y are independent given z and on sets where
they are not: of the families here, or of a folder of files that another generator wrote (`benchmarks.condition_sets`
says what they hold). Each test is written as one JSON line when done, so an interrupted run goes on where it stopped.
The table gives the share of p-values up to 5 % on either kind of sets (size and power), the probability that a
dependent set has the smaller p (AUC, ties count half), and seconds a test, each with its standard error in brackets.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import sys
import time
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from benchmarks.cells import machine_name, versions
from benchmarks.condition_sets import FAMILIES, ConditionalSet, SetFile, drawn, read
from benchmarks.errors import BenchmarkError, unknown
from benchmarks.methods import configuration, digest, estimator_class, parse, split
from benchmarks.progress import bar
from mitk import MITKWarning, permutation_test
from mitk.errors import MITKError

Row = dict[str, Any]
METHODS = ("screen", "ksg", "mixed-ksg", "copula", "gaussian")
SIZES = (250, 1000)
LEVEL = 0.05
# What identifies a test.
KEY = ("method", "config", "family", "content", "dependent", "n", "seed", "permutations", "versions")
WARM = 60


def test(method: str, one: ConditionalSet, permutations: int, seed: int) -> float:
    """The p-value of a method on one set."""
    name, options = parse(method)
    chosen: Any = name
    if ":" in name:
        chosen, options = estimator_class(name)(**options), {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        result = permutation_test(one.x, one.y, chosen, permutations, given=one.z, seed=seed, **one.discrete, **options)
    return float(result.p_value)


@functools.cache
def _warmed(method: str, kinds: tuple[bool, ...]) -> None:
    """Imports and compilation, once a process, method and kinds of columns, so that no test is timed with them."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal((WARM, len(kinds)))
    rows = np.where(kinds, (numbers > 0).astype(float), numbers)
    try:
        test(method, ConditionalSet(rows[:, :1], rows[:, 1:2], rows[:, 2:], kinds, False), 19, 0)
    except MITKError:
        return


def measured(job: Row, origin: str) -> Row:
    """One test of one set, as a row: p and seconds, or why there is none."""
    pick = job["dependent"], job["seed"]
    one = read(Path(origin)).take(*pick) if origin else drawn(job["family"], job["dependent"], job["n"], job["seed"])
    width = one.x.shape[1], one.y.shape[1]
    first = (one.labels[0], one.labels[width[0]], *one.labels[sum(width) :])
    _warmed(job["method"], first)
    start = time.perf_counter()
    try:
        found: Row = {"p": test(job["method"], one, job["permutations"], job["seed"]), "failure": None}
    except MITKError as error:
        found = {"p": None, "failure": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
    return {**job, **found, "seconds": time.perf_counter() - start, "machine": machine_name()}


def planned(
    methods: Sequence[str],
    families: Sequence[str],
    files: Sequence[SetFile],
    sizes: Sequence[int],
    seeds: int,
    count: int,
) -> list[tuple[Row, str]]:
    """Every test of a run, and the file of its set."""
    found = []
    for method in methods:
        config = digest(configuration(method, {}))
        same = {"method": method, "config": config, "permutations": count, "versions": versions()}
        for n in sizes:
            for family in families:
                for dependent in (False, True):
                    told = {**same, "family": family, "content": "", "dependent": dependent, "n": n}
                    found += [({**told, "seed": seed}, "") for seed in range(seeds)]
        for file in files:
            for dependent in (False, True):
                told = {**same, "family": file.family, "content": file.content, "dependent": dependent, "n": file.n}
                most = min(file.count(dependent), seeds)
                found += [({**told, "seed": seed}, str(file.path)) for seed in range(most)]
    return found


def key(row: Row) -> tuple[Any, ...]:
    """What identifies a test."""
    return tuple(row[name] for name in KEY)


def stored(path: Path) -> dict[tuple[Any, ...], Row]:
    """Rows of a store by their keys; lines that are torn are left out."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
            found[key(row)] = row
        except (ValueError, KeyError, TypeError):
            continue
    return found


def share(hits: int, total: int) -> tuple[float, float]:
    """A rate and its standard error, that of a rate with one hit and one miss more: never 0."""
    if not total:
        return math.nan, math.nan
    near = (hits + 1.0) / (total + 2.0)
    return hits / total, math.sqrt(near * (1.0 - near) / total)


def area(nulls: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Probability that a dependent set has the smaller p, ties half, and its standard error (DeLong et al. 1988)."""
    if min(len(nulls), len(others)) < 2:
        return math.nan, math.nan
    gap = np.asarray(nulls)[:, None] - np.asarray(others)
    wins = (gap > 0) + 0.5 * (gap == 0)
    variance = wins.mean(axis=1).var(ddof=1) / len(nulls) + wins.mean(axis=0).var(ddof=1) / len(others)
    return float(wins.mean()), math.sqrt(variance)


def summary(rows: Sequence[Row]) -> dict[str, tuple[float, float] | int]:
    """Size, power, AUC and seconds of some tests of one method, each with its standard error, and counts."""
    done = [row for row in rows if row["p"] is not None]
    p = {side: [row["p"] for row in done if row["dependent"] == side] for side in (False, True)}
    rejected = {side: sum(value <= LEVEL for value in p[side]) for side in p}
    seconds = np.array([row["seconds"] for row in done])
    spread = float(seconds.std(ddof=1) / math.sqrt(len(seconds))) if len(seconds) > 1 else math.nan
    return {
        "nulls": len(p[False]),
        "size": share(rejected[False], len(p[False])),
        "alternatives": len(p[True]),
        "power": share(rejected[True], len(p[True])),
        "auc": area(p[False], p[True]),
        "seconds": (float(seconds.mean()) if len(seconds) else math.nan, spread),
        "failed": len(rows) - len(done),
    }


def pooled(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over families that weigh the same, of those with a number; counts are summed."""
    found: dict[str, Any] = {name: sum(part[name] for part in parts) for name in ("nulls", "alternatives", "failed")}
    for name in ("size", "power", "auc", "seconds"):
        known = [part[name] for part in parts if math.isfinite(part[name][0])]
        values, errors = np.array(known).T if known else (np.array([math.nan]), np.array([math.nan]))
        found[name] = float(values.mean()), float(np.sqrt((errors**2).sum()) / len(values))
    return found


def markdown(rows: Sequence[Row]) -> str:
    """A line for each family, number of rows and method; means over the families come first."""
    head = ["sets", "n", "method", "nulls", "size 5 %", "alternatives", "power", "AUC", "seconds", "failed"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    methods, families = (list(dict.fromkeys(row[name] for row in rows)) for name in ("method", "family"))
    sizes = sorted({row["n"] for row in rows})
    groups: dict[tuple[str, int, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["family"], row["n"], row["method"]), []).append(row)
    found = {place: summary(own) for place, own in groups.items()}
    for n in sizes:
        for method in methods:
            parts = [found[family, n, method] for family in families if (family, n, method) in found]
            if len(parts) > 1:
                lines.append(_line("*all*", n, method, pooled(parts)))
    for family in families:
        for n in sizes:
            lines += [_line(*place, found[place]) for method in methods if (place := (family, n, method)) in found]
    reasons = {(row["method"], row["failure"], row["family"]): None for row in rows if row["failure"]}
    failures: dict[tuple[str, str], list[str]] = {}
    for method, reason, family in reasons:
        failures.setdefault((method, reason), []).append(family)
    if failures:
        lines += ["", "Tests that failed:", ""]
        lines += [f"- {method}, {', '.join(own)}: {reason}" for (method, reason), own in failures.items()]
    return "\n".join(lines) + "\n"


def _line(family: str, n: int, method: str, found: dict[str, Any]) -> str:
    def shown(name: str, digits: int = 3) -> str:
        value, error = found[name]
        return "-" if not math.isfinite(value) else f"{value:.{digits}f} ({error:.{digits}f})"

    cells = [
        family, str(n), method, str(found["nulls"]), shown("size"), str(found["alternatives"]), shown("power"),
        shown("auc"), shown("seconds"), str(found["failed"]),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def run(todo: Sequence[tuple[Row, str]], store: Path, jobs: int, quiet: bool) -> list[Row]:
    """Measure what the store has not, and give all rows in the order of the plan."""
    done = stored(store)
    missing = [(job, origin) for job, origin in todo if key(job) not in done]
    store.parent.mkdir(parents=True, exist_ok=True)
    made: Iterable[Row] = Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(measured)(job, origin) for job, origin in missing
    )
    with store.open("a") as lines:
        if store.stat().st_size and not store.read_bytes().endswith(b"\n"):
            lines.write("\n")
        steps = (({**row, "task": row["family"]}, row) for row in made)
        for _, row in bar(quiet)(steps, len(missing)):
            done[key(row)] = row
            lines.write(json.dumps(row) + "\n")
            lines.flush()
    return [done[key(job)] for job, _ in todo]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is missing, then print or write the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.independence",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--methods", default=",".join(METHODS), help="separated by commas; name:key=value sets an option"
    )
    parser.add_argument(
        "--families", default="", help=f"some of {', '.join(FAMILIES)} (default: all, or none with --sets)"
    )
    parser.add_argument("--sets", type=Path, help="folder of *.npz files of sets to be judged")
    parser.add_argument("--n", default=",".join(map(str, SIZES)), help="rows of the sets of families")
    parser.add_argument("--seeds", type=int, default=200, help="sets of either kind, at most (default: 200)")
    parser.add_argument("--permutations", type=int, default=199, help="surrogates a test (default: 199)")
    parser.add_argument("--jobs", type=int, default=1, help="worker processes (default: 1)")
    parser.add_argument("--store", type=Path, default=Path("results/independence.jsonl"))
    parser.add_argument("--out", type=Path, help="write the table here instead of printing it")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    try:
        rows = run(plan_of(options), options.store, options.jobs, options.quiet)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted. Every finished test is kept; the same command goes on.", file=sys.stderr)
        return 130
    if options.out:
        options.out.write_text(markdown(rows), encoding="utf-8")
    else:
        print(markdown(rows))
    return 0


def plan_of(options: argparse.Namespace) -> list[tuple[Row, str]]:
    """The tests that the options ask for."""
    if min(options.seeds, options.permutations) < 1 or options.jobs == 0:
        raise BenchmarkError("`--seeds`, `--permutations` and `--jobs` must be above 0.")
    files: list[SetFile] = []
    if options.sets is not None:
        files = [read(path) for path in sorted(options.sets.glob("*.npz"))]
        if not files:
            raise BenchmarkError(f"`--sets` must be a folder of *.npz files, got none in {str(options.sets)!r}.")
    families = split([options.families]) or ([] if files else list(FAMILIES))
    for family in families:
        if family not in FAMILIES:
            raise unknown("family", family, FAMILIES)
    sizes = split([options.n])
    if not all(text.isdigit() and int(text) > 0 for text in sizes):
        raise BenchmarkError(f"`--n` must be whole numbers separated by commas, got {options.n!r}.")
    methods = split([options.methods])
    return planned(methods, families, files, [int(text) for text in sizes], options.seeds, options.permutations)


if __name__ == "__main__":
    sys.exit(main())
