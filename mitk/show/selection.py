"""The picture of a selection: what each column told when it was taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.show.plotting import BLUE, GREY, RED, pyplot_module

MOST_BARS = 40
# Criteria whose scores are no informations, and would not fit the axis.
RATIOS = ("mrmr-quotient", "disr")


def plot_path(selector: Any, ax: Any = None) -> Any:
    """Draw what each column tells about the target alone, how much of it repeats, and the criterion's score.

    Grey bars are relevance, red ones the mean information with the columns taken before; blue dots the score by which
    the column was taken, and below a line the best of those that were not.

    Parameters
    ----------
    selector : MutualInformationSelector
        Fitted.
    ax : matplotlib axes, optional
        By default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingDependencyError
        Without matplotlib.
    """
    pyplot = pyplot_module()
    order = np.argsort(selector.ranking_)
    taken = len(selector.path_)
    shown = order[: min(max(taken + 3, 1), MOST_BARS, len(order))]
    names = getattr(selector, "feature_names_in_", [f"x{j}" for j in range(len(order))])
    if ax is None:
        ax = pyplot.subplots(figsize=(6.5, 1.2 + 0.3 * len(shown)), layout="constrained")[1]
    places = np.arange(len(shown))[::-1]
    ax.barh(places + 0.2, np.maximum(selector.relevance_[shown], 0.0), 0.36, color=GREY, label="tells alone")
    redundancy = np.maximum(selector.redundancy_[shown], 0.0)
    ax.barh(places - 0.2, redundancy, 0.36, color=RED, alpha=0.5, label="shares with those before, mean")
    if selector.criterion not in RATIOS:
        ax.plot(selector.scores_[shown], places, "o", color=BLUE, label=f"score ({selector.criterion})")
    if taken < len(order) and taken < len(shown):
        ax.axhline(len(shown) - taken - 0.5, color="black", linewidth=0.8, linestyle=":")
        ax.annotate(
            "not taken", (1.0, len(shown) - taken - 0.55), xycoords=("axes fraction", "data"), ha="right", va="top"
        )
    ax.set_yticks(places, [str(names[j]) for j in shown], fontsize="small")
    ax.set_ylim(-0.7, len(shown) - 0.3)
    ax.set_xlabel("nats")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.3, -0.11), ncols=2, fontsize="small", frameon=False)
    return ax
