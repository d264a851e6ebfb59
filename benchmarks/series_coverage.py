"""Size of the test and coverage of the intervals of series: ``python -m benchmarks.series_coverage``.

First-order autoregressive pairs, independent or correlated, and independent oscillations of different period, asked
as a user asks who says nothing of their order. Every data set is written as one JSON line when done, so an interrupted
run goes on where it stopped.
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
from scipy.signal import lfilter

from mitk import MITKWarning, estimate, permutation_test

MEMORIES = (0.0, 0.5, 0.9, 0.95)
SIZES = (300, 1000, 5000)
# Correlation of rows that are not independent.
CORRELATION = 0.6
LEVEL, SIZE = 0.95, 0.05
# Rows before the first, by which a process has forgotten how it began.
BEFORE = 300
LAWS = (*(f"ar {memory:g}" for memory in MEMORIES), "oscillations")
DEPENDENT = tuple(f"ar {memory:g}, r = {CORRELATION:g}" for memory in MEMORIES)


def draw(law: str, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two columns of n rows."""
    rng = np.random.default_rng([seed, n, (*LAWS, *DEPENDENT).index(law)])
    if law == "oscillations":
        period = rng.uniform(10.0, 40.0)
        periods = np.array([period, period * rng.uniform(1.3, 2.0)])
        angle = 2.0 * np.pi * (np.arange(n) / periods[:, None] + rng.uniform(size=(2, 1)))
        x, y = np.sin(angle) + 0.3 * rng.standard_normal((2, n))
        return x, y
    first, second = rng.standard_normal((2, n + BEFORE))
    if law in DEPENDENT:
        second = CORRELATION * first + math.sqrt(1.0 - CORRELATION**2) * second
    memory = float(law.split()[1].rstrip(","))
    x, y = lfilter([1.0], [1.0, -memory], [first, second])[:, BEFORE:]
    return x, y


def truth(law: str) -> float:
    """Information of one row, in nats."""
    return -0.5 * math.log(1.0 - CORRELATION**2) if law in DEPENDENT else 0.0


def one(law: str, n: int, seed: int, surrogates: int) -> dict[str, Any]:
    """p-value, of the independent alone, value, interval and verdict of a data set."""
    x, y = draw(law, n, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        result = estimate(x, y, effort="quick", confidence=LEVEL)
        p = permutation_test(x, y, n_permutations=surrogates, seed=seed).p_value if law in LAWS else None
    ends = (None, None) if result.ci is None else (result.ci.low, result.ci.high)
    return {
        "law": law, "n": n, "seed": seed, "surrogates": surrogates, "p": p,
        "value": result.value, "low": ends[0], "high": ends[1], "ok": result.status.ok,
    }  # fmt: skip


def key(record: dict[str, Any]) -> tuple[Any, ...]:
    """What identifies a data set."""
    return tuple(record[name] for name in ("law", "n", "seed", "surrogates"))


def line(n: int | str, law: str, records: list[dict[str, Any]]) -> str:
    """A row of the table."""
    tested = [record["p"] <= SIZE for record in records if record["p"] is not None]
    trusted = [record for record in records if record["ok"]]
    covered = [record["low"] <= truth(record["law"]) <= record["high"] for record in trusted]
    size = f"{np.mean(tested):.3f}" if tested else "-"
    cover = f"{np.mean(covered):.3f}" if covered else "-"
    return f"| {n} | {law} | {len(records)} | {size} | {cover} | {1 - len(trusted) / len(records):.3f} |"


def summary(records: list[dict[str, Any]]) -> str:
    """One line for every law and number of rows, and one for all."""
    lines = [f"| n | law | sets | rejected at {SIZE:g} | OK intervals cover | refused |", "|---|---|---|---|---|---|"]
    for n in sorted({record["n"] for record in records}):
        for law in (*LAWS, *DEPENDENT):
            own = [record for record in records if (record["n"], record["law"]) == (n, law)]
            lines += [line(n, law, own)] if own else []
    return "\n".join([*lines, line("all", "", records)]) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Run what is missing, then print the summary."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.series_coverage", description=__doc__)
    parser.add_argument("--sets", type=int, default=1000, help="data sets a law and number of rows")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--laws", default=",".join(LAWS), help="of the independent; and 'dependent' for all others")
    parser.add_argument("--surrogates", type=int, default=199)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--store", type=Path, default=Path("results/series-coverage.jsonl"))
    options = parser.parse_args(arguments)
    options.store.parent.mkdir(parents=True, exist_ok=True)
    done = {}
    if options.store.exists():
        done = {key(record): record for record in map(json.loads, options.store.read_text().splitlines())}
    laws = [name for law in options.laws.split(",") for name in (DEPENDENT if law == "dependent" else (law,))]
    sizes = [int(n) for n in options.sizes.split(",")]
    wanted = [(law, n, seed, options.surrogates) for seed in range(options.sets) for n in sizes for law in laws]
    with options.store.open("a") as store:
        for record in Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
            delayed(one)(*asked) for asked in wanted if asked not in done
        ):
            done[key(record)] = record
            store.write(json.dumps(record) + "\n")
            store.flush()
    print(summary([done[asked] for asked in wanted]))


if __name__ == "__main__":
    main()
