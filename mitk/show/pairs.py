"""Pictures of many pairs: a heat map with similar columns together, bars against a target, a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.errors import DataError, ParameterError, sentence
from mitk.many.result import PairwiseResult
from mitk.show.plotting import BLUE, GREY, RED, pyplot_module

# Units whose names can be read, and bars that fit a page.
MOST_NAMED, MOST_BARS, MOST_DRAWN = 60, 40, 2_000
FOUND = 0.05


def plot_pairs(result: PairwiseResult, ax: Any = None, of: str = "value") -> Any:
    """Draw all pairs as a heat map, or columns against one target as bars.

    Columns of the heat map stand in the order of a clustering, so that those which share much are neighbours; pairs
    that are UNRELIABLE have a dot. Bars are the strongest 40 with their intervals; those of q above 0.05 are grey,
    UNRELIABLE ones red.

    Parameters
    ----------
    result : PairwiseResult
    ax : matplotlib axes, optional
        By default a new figure's.
    of : {"value", "correlation"}, default "value"

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingDependencyError
        Without matplotlib.
    """
    if of not in ("value", "correlation"):
        raise ParameterError(sentence("of", 'must be "value" or "correlation"', repr(of)))
    pyplot = pyplot_module()
    if len(result.targets) == 1:
        return _bars(result, ax, pyplot, of)
    return _heat_map(result, ax, pyplot, of)


def clustered_order(square: np.ndarray) -> np.ndarray:
    """Order of units (d,) in which those with large values stand together: average linkage of what is not shared."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    d = len(square)
    if d < 3:
        return np.arange(d)
    shared = np.nan_to_num(
        np.clip(square, 0.0, None), nan=0.0, posinf=np.nanmax(square[np.isfinite(square)], initial=1.0)
    )
    distance = shared.max() - shared
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(distance, checks=False)
    tree = linkage(condensed, "average")
    return leaves_list(optimal_leaf_ordering(tree, condensed) if d <= MOST_NAMED * 4 else tree)


def _heat_map(result: PairwiseResult, ax: Any, pyplot: Any, of: str) -> Any:
    d, t = len(result.names), len(result.targets)
    if d > MOST_DRAWN:
        raise DataError(sentence("columns", f"must be at most {MOST_DRAWN} to be drawn", d, "draw those of top()"))
    square = result.square(of)
    columns, rows = np.arange(d), np.arange(d)
    if t:
        rows, columns = np.arange(d - t), np.arange(d - t, d)
        rows = rows[np.argsort(-np.nan_to_num(square[rows][:, columns], nan=-np.inf).max(axis=1), kind="stable")]
    else:
        rows = columns = clustered_order(square)
    size = (min(3.0 + 0.22 * len(columns), 12.0), min(2.4 + 0.22 * len(rows), 12.0))
    if ax is None:
        ax = pyplot.subplots(figsize=size, layout="constrained")[1]
    shown = np.clip(square[np.ix_(rows, columns)], 0.0, None)
    finite = shown[np.isfinite(shown)]
    image = ax.imshow(shown, cmap="Blues", vmin=0.0, vmax=finite.max() if len(finite) else 1.0, aspect="auto")
    _dots(result, ax, rows, columns)
    for axis, places in ((ax.xaxis, columns), (ax.yaxis, rows)):
        if len(places) <= MOST_NAMED:
            axis.set_ticks(np.arange(len(places)), [result.names[k] for k in places], fontsize="small")
        else:
            axis.set_ticks([])
    ax.tick_params(axis="x", labelrotation=90)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.figure.colorbar(image, ax=ax, label=result.unit if of == "value" else "correlation of a normal pair", shrink=0.8)
    return ax


def _dots(result: PairwiseResult, ax: Any, rows: np.ndarray, columns: np.ndarray) -> None:
    """Dots on the pairs that are not to be trusted."""
    answers = result.answers
    doubted = np.flatnonzero(answers.status == "UNRELIABLE")
    row_of = {unit: k for k, unit in enumerate(rows.tolist())}
    column_of = {unit: k for k, unit in enumerate(columns.tolist())}
    pairs = [(int(answers.x[k]), int(answers.y[k])) for k in doubted]
    both = [pair for i, j in pairs for pair in ((i, j), (j, i)) if pair[0] in row_of and pair[1] in column_of]
    ax.scatter([column_of[j] for _, j in both], [row_of[i] for i, _ in both], s=6, color=RED, label="UNRELIABLE")


def _bars(result: PairwiseResult, ax: Any, pyplot: Any, of: str) -> Any:
    answers = result.answers
    column = result.columns()[of]
    known = np.flatnonzero(np.isfinite(column))
    order = known[np.argsort(-column[known], kind="stable")][:MOST_BARS]
    if not len(order):
        raise DataError(sentence("result", "must hold a finite value to be drawn", "none"))
    if ax is None:
        ax = pyplot.subplots(figsize=(6.5, 1.0 + 0.24 * len(order)), layout="constrained")[1]
    found = ~(result.q_values[order] > FOUND)
    doubted = answers.status[order] == "UNRELIABLE"
    colours = np.where(doubted, RED, np.where(found, BLUE, GREY))
    places = np.arange(len(order))[::-1]
    ax.barh(places, np.maximum(column[order], 0.0), color=colours, height=0.7)
    if of == "value" and result.level is not None:
        low, high = np.maximum(answers.low[order], 0.0), answers.high[order]
        ax.hlines(places, low, high, color="black", linewidth=1.0)
    ax.set_yticks(places, [result.names[answers.x[k]] for k in order], fontsize="small")
    ax.set_xlabel(f"{result.unit} shared with {result.targets[0]}" if of == "value" else "correlation of a normal pair")
    ax.set_ylim(-0.6, len(order) - 0.4)
    ax.spines[["top", "right"]].set_visible(False)
    for colour, meaning in ((GREY, f"q > {FOUND}"), (RED, "UNRELIABLE")):
        if (colours == colour).any():
            ax.barh([], [], color=colour, label=meaning)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower right", fontsize="small", frameon=False)
    return ax
