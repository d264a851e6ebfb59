"""Pictures of results, with matplotlib."""

from __future__ import annotations

import math
from typing import Any

from mitk.errors import MissingDependencyError, sentence
from mitk.result import MIEstimate

BLUE, RED, GREY = "#1f5a99", "#b3261e", "#b8c4d0"
MAX_BINS = 60


def plot_estimate(result: MIEstimate, ax: Any = None) -> Any:
    """Draw the value, its interval and, where there are any, the pointwise contributions.

    Contributions are shifted by `pointwise_constant`, so that their mean is the value. An UNRELIABLE result
    is drawn in red.

    Parameters
    ----------
    result : MIEstimate
    ax : matplotlib axes, optional
        By default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingDependencyError
        Without matplotlib.

    Examples
    --------
    >>> from mitk import Gaussian                              # doctest: +SKIP
    >>> plot_estimate(Gaussian().fit(x, y)).figure.savefig("estimate.png")    # doctest: +SKIP
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingDependencyError(
            sentence("matplotlib", "must be installed to draw results", "none", 'pip install "mitk[plot]"')
        ) from error
    if ax is None:
        ax = pyplot.subplots(figsize=(6.0, 3.2 if result.pointwise is not None else 1.8), layout="constrained")[1]
    colour = BLUE if result.status.ok else RED
    if result.pointwise is None:
        _draw_bar(result, ax, colour)
    else:
        _draw_contributions(result, ax, colour)
    ax.set_title(_headline(result), fontsize="medium", loc="left", color="black" if result.status.ok else RED)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_yticks([])
    return ax


def _draw_bar(result: MIEstimate, ax: Any, colour: str) -> None:
    if result.ci is not None:
        ax.plot(
            [result.ci.low, result.ci.high],
            [0, 0],
            color=colour,
            linewidth=6,
            alpha=0.35,
            solid_capstyle="butt",
        )
    if math.isfinite(result.value):
        ax.plot([result.value], [0], "o", color=colour)
    ax.axvline(0.0, color=GREY, linewidth=1, zorder=0)
    ax.set_ylim(-1, 1)
    ax.set_xlabel(_axis_label(result))


def _draw_contributions(result: MIEstimate, ax: Any, colour: str) -> None:
    import numpy as np

    assert result.pointwise is not None
    shifted = result.pointwise + result.pointwise_constant
    shown = shifted[np.isfinite(shifted)]
    bins = int(min(MAX_BINS, max(5, math.sqrt(len(shown)))))
    ax.hist(shown, bins=bins, color=GREY)
    if result.ci is not None:
        ax.axvspan(result.ci.low, result.ci.high, color=colour, alpha=0.2, linewidth=0)
    if math.isfinite(result.value):
        ax.axvline(result.value, color=colour, linewidth=1.5)
    ax.set_xlabel(f"contribution of each row, {result.unit}; line and band: value and interval")


def _axis_label(result: MIEstimate) -> str:
    quantity = "mutual information" if result.quantity == "mi" else result.quantity.replace("_", " ")
    bound = f" ({result.kind} bound)" if result.kind in ("lower", "upper") else ""
    return f"{quantity}{bound}, {result.unit}"


def _headline(result: MIEstimate) -> str:
    number, _, rest = str(result).partition(", " + str(result.estimator))
    if not result.estimator.name:
        return str(result)
    return f"{number}\n{result.estimator}{rest}"
