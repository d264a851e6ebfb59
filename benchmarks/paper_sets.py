"""How MIST answers the paper's own test sets: ``python -m benchmarks.paper_sets DIR``.

DIR holds what `benchmarks/studies/paper_generator.py` has made, `in-SEED.npz` and `out-SEED.npz`, or sets of your own
in files of that form. Errors are in nats, brackets are 95 % bootstrap intervals.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.learned import Rows, bootstrap, coverage, errors, heading, judged, pinball
from benchmarks.studies.drawn_laws import Drawn
from mitk import MIST

NAMES = {"in": "in distribution", "out": "out of distribution"}
# Ranges of n: up to the last, the first counted in.
BINS = ((10, 100), (101, 300), (301, 500))
# Sets that a mean is also given without, for each seed: those of ten rows and twenty columns make half of it.
WORST = 10


def read(path: Path) -> list[Drawn]:
    """The data sets of a file."""
    with np.load(path) as found:
        values, rows, columns = found["values"], found["rows"], found["columns"]
        truth, family = found["truth"], found["family"]
    ends = np.cumsum(rows * 2 * columns)
    sets = []
    for i, (end, n, d) in enumerate(zip(ends, rows, columns, strict=True)):
        both = values[end - n * 2 * d : end].reshape(n, 2 * d).astype(float)
        sets.append(Drawn(both[:, :d], both[:, d:], float(truth[i]), str(family[i])))
    return sets


def without(values: np.ndarray, worst: int) -> float:
    """Mean of all but so many of the largest."""
    return float(np.sort(values)[: max(len(values) - worst, 1)].mean())


def line(name: str, where: str, rows: Rows, worst: int) -> str:
    """One line of the table."""
    off = np.abs(errors(rows))
    squares = off**2
    share = worst / max(len(rows), 1)
    trimmed = bootstrap(squares, lambda drawn: without(drawn, round(share * len(drawn))))
    cells = [
        name,
        where,
        str(len(rows)),
        f"{squares.mean():.4f} {_ends(bootstrap(squares))}",
        f"{without(squares, worst):.4f} {_ends(trimmed)}",
        f"{np.median(off):.4f} {_ends(bootstrap(off, lambda drawn: float(np.median(drawn))))}",
        f"{coverage(rows):.3f}",
        f"{pinball(rows):.4f}",
    ]
    return "| " + " | ".join(cells) + " |"


def _ends(interval: tuple[float, float]) -> str:
    return f"[{interval[0]:.4f}, {interval[1]:.4f}]"


def table(folder: Path, method: MIST) -> list[str]:
    """The table of a folder: each kind of sets by its number of rows."""
    lines = heading(
        "sets", "n", "number", "mean squared error", f"without the {WORST} worst a seed", "median abs. error",
        "90 % coverage", "pinball",
    )  # fmt: skip
    for kind in sorted({path.stem.split("-")[0] for path in folder.glob("*.npz")}):
        paths = sorted(folder.glob(f"{kind}-*.npz"))
        rows = judged([one for path in paths for one in read(path)], method)
        name = NAMES.get(kind, kind)
        for low, high in BINS:
            inside = [row for row in rows if low <= row["n"] <= high]
            if inside:
                lines.append(line(name, f"{low}-{high}", inside, WORST * len(paths)))
        lines.append(line(name, "all", rows, WORST * len(paths)))
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="of the files")
    parser.add_argument("--weights", help="a model of your own (default: the one in the package)")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    print("\n".join(table(Path(options.folder), MIST(weights=options.weights))))


if __name__ == "__main__":
    main()
