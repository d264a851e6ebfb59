"""The main figure, as a PNG: error of each method on each family of tasks, and time against error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.scoring import balanced

# The suite that methods are usually compared by.
MAIN = "bmi40"
# More columns than this are families of tasks rather than tasks: labels must be legible on a page 800 pixels wide.
MOST_TASKS = 12
LEAST_ERROR, LARGEST_ERROR = 0.01, 1.0
# Height of a name beside a dot, width of one of its letters, and its distance from the dot, as shares of the axes.
NAME_HEIGHT, LETTER, GAP = 0.045, 0.023, 0.025


def draw(board: dict[str, Any], path: str | Path, suite: str = "") -> None:
    """Draw one suite at its largest number of rows: `MAIN` where it was run, else the one with the most tasks.

    Raises
    ------
    BenchmarkError
        When matplotlib is missing or there is nothing to draw.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from PIL import Image
    except ImportError as error:
        raise BenchmarkError("The figure needs matplotlib: pip install 'mitk[plot]'.") from error
    found = [table for table in board["tables"] if suite in ("", table["suite"]) and table["lines"]]
    if not found:
        raise BenchmarkError("`--png` needs at least one ranked method in the results.")
    table = max(found, key=lambda t: (t["suite"] == MAIN, len(t["tasks"]), t["n"]))
    lines = table["lines"]
    figure = Figure(figsize=(11.0, 2.6 + max(1.6, 0.27 * len(lines))), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    figure.get_layout_engine().set(wspace=0.06)
    seeds = " or ".join(map(str, sorted(set(table["seeds"].values()))))
    figure.suptitle(f"{table['suite']}, n = {table['n']:,} rows, {seeds} seed{'s' * (seeds != '1')}", fontsize=11)
    heat, time = figure.subplots(1, 2, width_ratios=[2.1, 1.0])
    heat_map(heat, table, figure)
    scatter(time, [line for line in lines if line.get("seconds") and line["score"]])
    figure.set_dpi(110)
    canvas.draw()
    # Few colours are needed, and a palette of them is a quarter of the bytes.
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3])
    picture.quantize(128, Image.Quantize.MAXCOVERAGE).save(path, format="PNG", optimize=True)


def columns(tasks: Sequence[dict[str, Any]]) -> list[tuple[str, list[int]]]:
    """Names and task numbers of the columns: tasks when they are few, else families."""
    if len(tasks) <= MOST_TASKS:
        return [(task["name"], [t]) for t, task in enumerate(tasks)]
    families: dict[str, list[int]] = {}
    for t, task in enumerate(tasks):
        families.setdefault(task["family"], []).append(t)
    return [(f"{family} ({len(members)})", members) for family, members in families.items()]


def heat_map(axes: Any, table: dict[str, Any], figure: Any) -> None:
    """Method by family (or task); the number in a cell is the mean absolute error, its colour the logarithm."""
    from matplotlib.colors import LogNorm

    lines, tasks = table["lines"], table["tasks"]
    groups = columns(tasks)
    errors = np.full((len(lines), len(groups)), np.nan)
    failed = np.zeros(errors.shape, dtype=bool)
    for i, line in enumerate(lines):
        for j, (_, members) in enumerate(groups):
            own = [line["tasks"][t] for t in members]
            known = np.array([np.nan if one["mae"] is None else one["mae"] for one in own], dtype=float)
            errors[i, j] = balanced([tasks[t] for t in members], known)
            failed[i, j] = any(one.get("failed") for one in own)
    norm = LogNorm(LEAST_ERROR, LARGEST_ERROR)
    image = axes.imshow(np.clip(errors, LEAST_ERROR, None), aspect="auto", cmap="YlOrBr", norm=norm)
    for (i, j), value in np.ndenumerate(errors):
        if np.isfinite(value):
            text = f"{value:.2f}" + ("×" if failed[i, j] else "")
            axes.text(j, i, text, ha="center", va="center", fontsize=7.5, color="w" if norm(value) > 0.6 else "k")
    axes.set_xticks(range(len(groups)), [name for name, _ in groups], rotation=35, ha="right", fontsize=8)
    # The oracle has no score where no noise floor is known.
    scores = ["" if line["score"] is None else f"{line['score']:.3f}" for line in lines]
    names = [f"{line['method']}  {score}" for line, score in zip(lines, scores, strict=True)]
    axes.set_yticks(range(len(lines)), names, fontsize=8.5)
    what = "task" if len(tasks) <= MOST_TASKS else "family (number of tasks)"
    axes.set_xlabel(what + ("; × some cells failed" if failed.any() else ""), fontsize=9)
    axes.set_ylabel("method and score (nats)", fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=30, extend="both", format="{x:g}")
    bar.set_label("mean absolute error (nats)", fontsize=8.5)
    bar.ax.tick_params(labelsize=8)


def scatter(axes: Any, lines: Sequence[dict[str, Any]]) -> None:
    """Seconds of a fit against the score, both logarithmic; names are pushed up where they would meet."""
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("seconds of a fit, interval included", fontsize=9)
    axes.set_ylabel("score (nats)", fontsize=9)
    axes.tick_params(labelsize=8, which="both")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if not lines:
        return
    x = np.log10([line["seconds"] for line in lines])
    y = np.log10([line["score"] for line in lines])
    widths = np.array([LETTER * len(line["method"]) for line in lines])
    left, low, high = x.min() - 0.15, y.min() - 0.1, y.max() + 0.1
    # So far to the right that every name has room.
    right = left + float(((x - left) / np.maximum(0.97 - GAP - widths, 0.3)).max())
    axes.set(xlim=(10**left, 10**right), ylim=(10**low, 10**high))
    axes.plot(10**x, 10**y, "o", color="#3b78c9", markersize=5)
    dots = np.column_stack([(x - left) / (right - left), (y - low) / (high - low)])
    names = places(dots, widths)
    for dot, name, line in zip(dots, names, lines, strict=True):
        moved = abs(name[1] - dot[1]) > NAME_HEIGHT / 2
        axes.annotate(
            line["method"],
            dot,
            name,
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=8,
            arrowprops={"arrowstyle": "-", "color": "0.6", "lw": 0.6, "shrinkA": 0, "shrinkB": 2} if moved else None,
        )


def places(dots: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Where names start, shape (m, 2): right of their dots (m, 2), and as little above or below as keeps them apart."""
    taken = [(a - 0.01, b, 0.02) for a, b in dots]
    found = np.empty_like(dots)
    for i in np.argsort(dots[:, 1]):
        start = dots[i, 0] + GAP
        free = [
            dots[i, 1] + shift
            for shift in sorted(0.25 * NAME_HEIGHT * np.arange(-60, 61), key=abs)
            if not any(
                abs(dots[i, 1] + shift - b) < NAME_HEIGHT and a < start + widths[i] and start < a + w
                for a, b, w in taken
            )
            and 0.0 < dots[i, 1] + shift < 1.0
        ]
        found[i] = start, free[0] if free else dots[i, 1]
        taken.append((start, found[i, 1], widths[i]))
    return found
