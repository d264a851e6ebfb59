"""The main figure, as a PNG: error of each method on each task, and time against error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.errors import BenchmarkError


def draw(board: dict[str, Any], path: str | Path, suite: str = "") -> None:
    """Draw one suite at its largest number of rows: of the suites, the one with the most tasks.

    Raises
    ------
    BenchmarkError
        When matplotlib is missing or there is nothing to draw.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.colors import LogNorm
        from matplotlib.figure import Figure
        from matplotlib.ticker import LogFormatter
    except ImportError as error:
        raise BenchmarkError("The figure needs matplotlib: pip install 'mitk[plot]'.") from error
    found = [table for table in board["tables"] if suite in ("", table["suite"]) and table["lines"]]
    if not found:
        raise BenchmarkError("`--png` needs at least one ranked method in the results.")
    table = max(found, key=lambda t: (len(t["tasks"]), t["n"]))
    lines = table["lines"]
    errors = np.array(
        [[np.nan if t["mae"] is None else t["mae"] for t in line["tasks"]] for line in lines], dtype=float
    )
    rows, count = errors.shape
    figure = Figure(figsize=(5.5 + 0.24 * count, 1.9 + 0.3 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    heat, time = figure.subplots(1, 2, width_ratios=[max(2.0, 0.24 * count), 3.4])
    image = heat.imshow(np.clip(errors, 5e-3, None), aspect="auto", cmap="YlOrBr", norm=LogNorm(5e-3, 1.0))
    heat.set_xticks(range(count), [task["name"] for task in table["tasks"]], rotation=90, fontsize=7)
    heat.set_yticks(range(rows), [f"{line['method']}  {line['score']:.3f}" for line in lines], fontsize=8)
    for i, j in zip(*np.nonzero([[bool(t.get("failed")) for t in line["tasks"]] for line in lines]), strict=True):
        heat.text(j, i, "×", ha="center", va="center", fontsize=8)
    heat.set_title(f"{table['suite']}, n = {table['n']}: mean absolute error (nats)", fontsize=9)
    figure.colorbar(image, ax=heat, shrink=0.9, pad=0.01, extend="both").ax.tick_params(labelsize=7)
    timed = [line for line in lines if line.get("seconds")]
    for line in timed:
        time.plot(line["seconds"], line["score"], "o", color="#3b78c9", markersize=5)
        time.annotate(line["method"], (line["seconds"], line["score"]), (5, 2), textcoords="offset points", fontsize=7)
    time.set(xscale="log", yscale="log", xlabel="seconds of a fit", ylabel="score (nats)")
    time.xaxis.label.set_size(8)
    time.yaxis.label.set_size(8)
    time.margins(0.2)
    time.tick_params(labelsize=7, which="both")
    time.yaxis.set_major_formatter("{x:g}")
    time.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(1.5, 0.5)))
    time.grid(alpha=0.3)
    time.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="png", dpi=150, metadata={"Software": None})
