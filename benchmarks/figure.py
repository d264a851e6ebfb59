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
        from matplotlib.ticker import LogLocator, NullLocator
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
    # Room for the names below the map, and enough height for the dots beside it when methods are few.
    names = 0.055 * max(len(task["name"]) for task in table["tasks"])
    figure = Figure(figsize=(5.5 + 0.24 * count, 0.6 + max(2.6, 0.3 * rows) + names), layout="constrained")
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
    height = 0.0
    for line in sorted(timed, key=lambda one: one["score"]):
        time.plot(line["seconds"], line["score"], "o", color="#3b78c9", markersize=5)
        # Names keep apart by a line's height on the logarithmic axis, which spans about two decades.
        height = max(np.log10(line["score"]), height + 0.035) if height else np.log10(line["score"])
        place = (line["seconds"] * 1.25, 10.0**height)
        time.annotate(line["method"], place, va="center", fontsize=7)
    time.set(xscale="log", yscale="log", xlabel="seconds of a fit", ylabel="score (nats)")
    time.xaxis.label.set_size(8)
    time.yaxis.label.set_size(8)
    time.margins(x=0.2)
    time.tick_params(labelsize=7, which="both")
    time.xaxis.set_major_formatter("{x:g}")
    time.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    time.yaxis.set_major_formatter("{x:g}")
    time.yaxis.set_minor_locator(NullLocator())
    if timed:
        scores = [line["score"] for line in timed]
        time.set_ylim(min(scores) / 1.6, max(scores) * 1.6)
    time.grid(alpha=0.3)
    time.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="png", dpi=150, metadata={"Software": None})
