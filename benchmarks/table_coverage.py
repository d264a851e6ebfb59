"""Measured coverage of intervals of contingency tables: ``python -m benchmarks.table_coverage``.

Labels with rare events, geometric and Zipf margins, independent or, with probability r, drawn from one uniform variate
for both sides. A cell is one law and one kind of interval, and is written as one JSON line when done, so an
interrupted run goes on where it stopped. All kinds of interval are asked about the same tables.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed

from mitk import Discrete, MIEstimate, MITKWarning

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5)
SIZES = (300, 1000, 3000, 10_000)
STRENGTHS = (0.1, 0.3, 0.7, 1.0)
CORRECTIONS = ("plug-in", "miller-madow", "grassberger", "chao-shen", "nsb", "james-stein")
RESAMPLED = ("jackknife", "subsampling")
# With fewer events expected in a level, dependent tables are left out.
EVENTS = 10
LEVEL = 0.95


class Fit(NamedTuple):
    """Value and ends of the interval of one table, in nats, and whether it says OK."""

    value: float
    ends: tuple[float, float] | None
    ok: bool


def geometric(p: float, levels: int) -> np.ndarray:
    """Probabilities p (1 - p)^k of so many levels."""
    weight = p * (1.0 - p) ** np.arange(levels)
    return weight / weight.sum()


def zipf(levels: int) -> np.ndarray:
    """Probabilities in proportion to 1 / rank."""
    weight = 1.0 / np.arange(1, levels + 1)
    return weight / weight.sum()


MARGINS: dict[str, np.ndarray] = {
    **{f"{rate:g}": np.array([1.0 - rate, rate]) for rate in RATES},
    "geometric .5, 5": geometric(0.5, 5),
    "geometric .3, 10": geometric(0.3, 10),
    "geometric .3": geometric(0.3, 60),
    "geometric .1": geometric(0.1, 100),
    "zipf 10": zipf(10),
    "zipf 50": zipf(50),
}


def law(x: str, y: str, r: float) -> np.ndarray:
    """Joint probabilities (levels x, levels y): independent, and with probability r of one common uniform variate."""
    p, q = MARGINS[x], MARGINS[y]
    edges_x, edges_y = (np.append(0.0, np.cumsum(side)) for side in (p, q))
    common = np.minimum(edges_x[1:, None], edges_y[1:]) - np.maximum(edges_x[:-1, None], edges_y[:-1])
    return (1.0 - r) * np.outer(p, q) + r * np.maximum(common, 0.0)


def information(p: np.ndarray) -> float:
    """Mutual information in nats of a table of probabilities."""
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / np.outer(p.sum(axis=1), p.sum(axis=0))[seen])).sum())


def law_records(
    x: str, y: str, n: int, r: float, sets: int, intervals: tuple[str, ...] = CORRECTIONS
) -> list[dict[str, Any]]:
    """For every kind of interval, the share of those of the same tables that lie above and below the truth."""
    p = law(x, y, r)
    truth = information(p) if r else 0.0
    rng = np.random.default_rng([n, round(100 * r), list(MARGINS).index(x), list(MARGINS).index(y)])
    tables = []
    for _ in range(sets):
        counts = rng.multinomial(n, (p / p.sum()).ravel()).reshape(p.shape)
        if min((counts.sum(axis=0) > 0).sum(), (counts.sum(axis=1) > 0).sum()) > 1:
            tables.append(counts)
    fits: dict[str, list[Fit]] = {kind: [] for kind in intervals}
    for counts in tables:
        for kind in intervals:
            fits[kind].append(resampled(kind, counts, rng) if kind in RESAMPLED else inverted(kind, counts))
    return [
        {"interval": kind, "x": x, "y": y, "n": n, "r": r, "sets": sets, "constant": sets - len(tables)}
        | {"truth": truth, **shares(fits[kind], truth)}
        for kind in intervals
    ]


def inverted(correction: str, counts: np.ndarray) -> Fit:
    """What is said of a table of counts."""
    return _fit(Discrete.from_table(counts, correction=correction, confidence=LEVEL))


def resampled(interval: str, counts: np.ndarray, rng: np.random.Generator) -> Fit:
    """A fit of the rows of a table, in random order."""
    rows = rng.permutation(np.repeat(np.arange(counts.size), counts.ravel()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MITKWarning)
        result = Discrete().fit(
            *np.divmod(rows, counts.shape[1]), interval=interval, discrete_x=True, discrete_y=True, confidence=LEVEL
        )
    return _fit(result)


def _fit(result: MIEstimate) -> Fit:
    return Fit(result.value, None if result.ci is None else (result.ci.low, result.ci.high), result.status.ok)


def shares(fits: list[Fit], truth: float) -> dict[str, Any]:
    """How many of the fits' intervals lie above and below the truth, how many are doubted, and means."""
    ends = [fit.ends for fit in fits if fit.ends is not None]
    return {
        "above": sum(low > truth for low, _ in ends),
        "below": sum(high < truth for _, high in ends),
        "unreliable": sum(not fit.ok for fit in fits),
        "width": float(np.mean([high - low for low, high in ends])) if ends else None,
        "bias": float(np.mean([fit.value for fit in fits])) - truth if fits else None,
    }


def laws(sizes: list[int]) -> list[tuple[str, str, int, float]]:
    """Every law: independent margins, and dependent ones whose rarest level expects ten events."""
    wanted = []
    for n in sizes:
        for x, y in combinations_with_replacement(MARGINS, 2):
            wanted.append((x, y, n, 0.0))
            if n * min(MARGINS[x].min(), MARGINS[y].min()) >= EVENTS * (1.0 - 1e-9):
                wanted += [(x, y, n, r) for r in STRENGTHS]
    return wanted


def key(record: dict[str, Any]) -> tuple[Any, ...]:
    """What identifies a cell."""
    return tuple(record[name] for name in ("interval", "x", "y", "n", "r", "sets"))


def summary(records: list[dict[str, Any]]) -> str:
    """One line for every interval and size, and the worst cells."""
    lines = [
        "| interval | n | cells left out | above 0, pooled | above 0, worst cell | dependent: coverage, pooled "
        "| coverage, least | least when OK |",
        "|---|---|---|---|---|---|---|---|",
    ]
    worst = []
    for interval, n in dict.fromkeys((r["interval"], r["n"]) for r in records):
        own = [r for r in records if (r["interval"], r["n"]) == (interval, n)]
        left_out = sum(2 * r["constant"] > r["sets"] for r in own)
        kept = [{**r, "used": r["sets"] - r["constant"]} for r in own if 2 * r["constant"] <= r["sets"]]
        null = [r for r in kept if r["r"] == 0.0]
        rest = [{**r, "coverage": 1 - (r["above"] + r["below"]) / r["used"]} for r in kept if r["r"] > 0.0]
        trusted = [r for r in rest if 2 * r["unreliable"] <= r["used"]]
        over = max(null, key=lambda r: r["above"] / r["used"])
        line = f"| {interval} | {n} | {left_out} | {pooled(null, 'above'):.3f} "
        line += f"| {over['above'] / over['used']:.3f} ({over['x']} x {over['y']}) "
        if rest:
            least = min(rest, key=lambda r: r["coverage"])
            line += f"| {1 - pooled(rest, 'above') - pooled(rest, 'below'):.3f} "
            line += f"| {least['coverage']:.3f} ({least['x']} x {least['y']}, r = {least['r']}) "
            line += f"| {min((r['coverage'] for r in trusted), default=math.nan):.3f} |"
        else:
            line += "| - | - | - |"
        lines.append(line)
        worst += [r for r in null if r["above"] / r["used"] > 0.04] + [r for r in rest if r["coverage"] < 0.93]
    lines += ["", "Cells with more than 0.04 above 0 or coverage below 0.93:", ""]
    lines += [
        f"- {r['interval']}, {r['x']} x {r['y']}, n = {r['n']}, r = {r['r']}: {r['above']} above and {r['below']} "
        f"below the truth {r['truth']:.4f} of {r['used']}, {r['unreliable']} UNRELIABLE, bias {r['bias']:+.4f}"
        for r in worst
    ]
    return "\n".join(lines) + "\n"


def pooled(records: list[dict[str, Any]], side: str) -> float:
    """Share of the sets of all cells on one side of the truth."""
    return sum(r[side] for r in records) / max(sum(r["used"] for r in records), 1)


def main(arguments: list[str] | None = None) -> None:
    """Run what is missing, then print the summary."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table_coverage", description=__doc__)
    parser.add_argument("--sets", type=int, default=400, help="data sets a cell")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--intervals", default="miller-madow", help=f"of {', '.join((*CORRECTIONS, *RESAMPLED))}")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--store", type=Path, default=Path("results/table-coverage.jsonl"))
    options = parser.parse_args(arguments)
    options.store.parent.mkdir(parents=True, exist_ok=True)
    done = {}
    if options.store.exists():
        done = {key(r): r for r in map(json.loads, options.store.read_text().splitlines())}
    intervals = options.intervals.split(",")
    wanted = laws([int(n) for n in options.sizes.split(",")])
    missing = []
    for law_of_cell in wanted:
        kinds = tuple(kind for kind in intervals if (kind, *law_of_cell, options.sets) not in done)
        if kinds:
            missing.append((*law_of_cell, options.sets, kinds))
    with options.store.open("a") as store:
        for records in Parallel(n_jobs=options.jobs, return_as="generator_unordered")(
            delayed(law_records)(*cell) for cell in missing
        ):
            for record in records:
                done[key(record)] = record
                store.write(json.dumps(record) + "\n")
            store.flush()
    print(summary([done[(kind, *law_of_cell, options.sets)] for kind in intervals for law_of_cell in wanted]))


if __name__ == "__main__":
    main()
