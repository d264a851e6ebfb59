"""Print which readings `Auto` takes of which data, from `Auto` itself: `python docs/choose_table.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from mitk import Auto

ROWS = 400


def examples() -> Iterator[tuple[str, Any, Any, dict[str, Any]]]:
    """A name, two sides and options of the call, in the order in which a person asks."""
    rng = np.random.default_rng(0)
    normal = rng.standard_normal
    x = normal((ROWS, 8))
    y = x + normal((ROWS, 8))
    label = np.where(x[:, 0] > 0.0, "a", "b")
    angle = rng.uniform(0.0, 6.28, (ROWS, 2))
    circle = np.hstack([np.cos(angle), np.sin(angle)])
    counts = rng.poisson(50.0, ROWS)
    yield "labels on both sides", label, np.where(y[:, 0] > 0.0, "u", "v"), {}
    yield "counts that fill their cells", rng.binomial(2, 0.5, ROWS), rng.binomial(2, 0.5, ROWS), {}
    yield "other counts", counts, counts + rng.poisson(50.0, ROWS), {}
    yield "labels and numbers", label, y[:, 0], {}
    yield "labels and many numbers", label, y, {}
    yield "numbers with many zeros", np.maximum(x[:, 0], 0.0), y[:, 0], {}
    yield "numbers", x[:, 0], y[:, 0], {}
    yield "numbers, many columns", x, y, {}
    yield "numbers, fewer than 100 rows", x[:80, 0], y[:80, 0], {}
    yield "columns that determine each other (an angle as cosine and sine)", circle, angle + 0.1 * normal((ROWS, 2)), {}
    yield "a condition (`given=`)", x[:, 0], y[:, 0], {"given": x[:, 1]}


def table() -> str:
    """A line for each kind of data: what is asked when nothing is trained."""
    lines = ["| your data | `estimate` asks |", "|---|---|"]
    for name, x, y, options in examples():
        result = Auto(effort="quick").fit(x, y, block=1, **options)
        asked = ", ".join(f"`{reading['method']}`" for reading in result.diagnostics["readings"])
        believed = (
            ", and believes neighbours alone" if any("alone were believed" in note for note in result.notes) else ""
        )
        lines.append(f"| {name} | {asked}{believed} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
