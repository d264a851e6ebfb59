"""Picture of a network: units around a circle, similar ones together, and the edges between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.many.network import Network
from mitk.show.pairs import MOST_NAMED, clustered_order
from mitk.show.plotting import BLUE, RED, pyplot_module

# Nodes that are drawn; more are a ball of wool.
MOST_NODES = 200
WIDEST = 3.0


def plot_network(network: Network, ax: Any = None) -> Any:
    """Draw the units that have an edge on a circle; an edge is the thicker the more its ends share.

    Edges that are UNRELIABLE are red.

    Parameters
    ----------
    network : Network
    ax : matplotlib axes, optional
        By default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
    """
    pyplot = pyplot_module()
    answers = network.result.answers
    x, y, value = answers.x[network.edges], answers.y[network.edges], answers.value[network.edges]
    nodes = np.unique(np.concatenate([x, y]))
    if not 0 < len(nodes) <= MOST_NODES:
        remedy = "ask for a smaller level" if len(nodes) else "no pair was found"
        raise DataError(sentence("network", f"must have 1 to {MOST_NODES} nodes to be drawn", len(nodes), remedy))
    square = np.zeros((len(nodes), len(nodes)))
    i, j = np.searchsorted(nodes, x), np.searchsorted(nodes, y)
    square[i, j] = square[j, i] = value
    angle = np.empty(len(nodes))
    angle[clustered_order(square)] = np.linspace(0.0, 2.0 * np.pi, len(nodes), endpoint=False)
    across, up = np.cos(angle), np.sin(angle)
    if ax is None:
        ax = pyplot.subplots(figsize=(7.0, 7.0), layout="constrained")[1]
    doubted = answers.status[network.edges] == "UNRELIABLE"
    finite = value[np.isfinite(value)].max(initial=1e-300)
    for k in np.argsort(value, kind="stable").tolist():
        share = min(float(value[k] / finite), 1.0)
        colour = RED if doubted[k] else BLUE
        ends = (across[[i[k], j[k]]], up[[i[k], j[k]]])
        ax.plot(*ends, color=colour, linewidth=0.3 + WIDEST * share, alpha=0.25 + 0.6 * share, zorder=1)
    ax.scatter(across, up, s=18, color="black", zorder=2)
    if len(nodes) <= MOST_NAMED:
        for node, turn in zip(nodes.tolist(), angle.tolist(), strict=True):
            flip = np.cos(turn) < 0.0
            ax.text(
                1.04 * np.cos(turn),
                1.04 * np.sin(turn),
                network.result.names[node],
                rotation=np.degrees(turn) + (180.0 if flip else 0.0),
                rotation_mode="anchor",
                ha="right" if flip else "left",
                va="center",
                fontsize="small",
            )
    ax.set(xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal")
    ax.axis("off")
    return ax
