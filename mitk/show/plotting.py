"""Pictures of results, with matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mitk.errors import MissingDependencyError, UnsupportedError, sentence
from mitk.inference.permutation import PermutationTest
from mitk.results.comparison import Comparison
from mitk.results.record import NATS_PER_UNIT, MIEstimate

BLUE, RED, GREY = "#1f5a99", "#b3261e", "#b8c4d0"
MAX_BINS = 60


def pyplot_module() -> Any:
    """matplotlib.pyplot, or a MissingDependencyError."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingDependencyError(
            sentence("matplotlib", "must be installed to draw results", "none", 'pip install "mitk[plot]"')
        ) from error
    return pyplot


def plot_estimate(result: MIEstimate, ax: Any = None, contributions: bool = False) -> Any:
    """Draw the value and its interval, or how much each row contributes to the value.

    A result of `Protocol` is drawn as its ladder: values against the number of chunks, the line, and its end with the
    interval; on a figure of its own also the sweep over capacities and the null, where there are any.

    An UNRELIABLE result is drawn in red.

    Parameters
    ----------
    result : MIEstimate
    ax : matplotlib axes, optional
        By default a new figure's, of which the first axes are returned.
    contributions : bool, default False
        Draw a histogram of the contributions of single rows, shifted by `pointwise_constant` so that their mean is the
        value. They spread far more than the value is uncertain.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingDependencyError
        Without matplotlib.
    UnsupportedError
        When contributions are wanted of a result that has none.

    Examples
    --------
    >>> from mitk import Gaussian                              # doctest: +SKIP
    >>> plot_estimate(Gaussian().fit(x, y)).figure.savefig("estimate.png")    # doctest: +SKIP
    """
    pyplot = pyplot_module()
    if contributions and result.pointwise is None:
        rule = "needs a method that makes contributions of rows, such as ksg"
        raise UnsupportedError(sentence("plot(contributions=True)", rule, result.estimator.name or "a result without"))
    if "level_values" in result.diagnostics and not contributions:
        return _draw_protocol(result, ax, pyplot)
    if ax is None:
        ax = pyplot.subplots(figsize=(6.0, 3.2 if contributions else 1.8), layout="constrained")[1]
    colour = BLUE if result.status.ok else RED
    draw = _draw_contributions if contributions else _draw_bar
    draw(result, ax, colour)
    ax.set_title(_headline(result), fontsize="medium", loc="left", color="black" if result.status.ok else RED)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_yticks([])
    return ax


def plot_comparison(result: Comparison, ax: Any = None) -> Any:
    """Draw both values of a comparison and their difference, with their intervals.

    What is UNRELIABLE is drawn in red.

    Parameters
    ----------
    result : Comparison
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
    if ax is None:
        ax = pyplot.subplots(figsize=(6.0, 2.4), layout="constrained")[1]
    drawn: tuple[MIEstimate | Comparison, ...] = (result, result.second, result.first)
    for height, one in enumerate(drawn):
        _draw_at(one, ax, BLUE if one.status.ok else RED, height)
    ax.axvline(0.0, color=GREY, linewidth=1, zorder=0)
    ax.set_ylim(-0.7, 2.7)
    ax.set_yticks(range(3), labels=["difference", "second", "first"])
    # The difference of two bounds is none.
    ax.set_xlabel(_axis_label(replace(result.first, kind="estimate")))
    difference, _, rest = str(result).partition(" less ")
    cut = difference.rindex(" (")
    title = f"{difference[:cut]}\n{difference[cut + 1 :]} less {rest}"
    ax.set_title(title, fontsize="medium", loc="left", color="black" if result.status.ok else RED)
    ax.spines[["top", "right", "left"]].set_visible(False)
    return ax


def _draw_at(result: MIEstimate | Comparison, ax: Any, colour: str, height: float) -> None:
    """The value and its interval at a height."""
    if result.ci is not None:
        ends = [result.ci.low, result.ci.high]
        ax.plot(ends, [height, height], color=colour, linewidth=6, alpha=0.35, solid_capstyle="butt")
    if math.isfinite(result.value):
        ax.plot([result.value], [height], "o", color=colour)


def _draw_bar(result: MIEstimate, ax: Any, colour: str) -> None:
    _draw_at(result, ax, colour, 0.0)
    ax.axvline(0.0, color=GREY, linewidth=1, zorder=0)
    ax.set_ylim(-1, 1)
    ax.set_xlabel(_axis_label(result))


def _draw_contributions(result: MIEstimate, ax: Any, colour: str) -> None:
    import numpy as np

    assert result.pointwise is not None
    shifted = result.pointwise + result.pointwise_constant
    shown = shifted[np.isfinite(shifted)]
    bins = int(min(MAX_BINS, max(5, math.sqrt(len(shown)))))
    ax.hist(shown, bins=bins, color=GREY, label=f"{len(shown)} rows")
    if math.isfinite(result.value):
        ax.axvline(result.value, color=colour, linewidth=1.5, label="value: their mean")
    if result.ci is not None:
        level = f"{100 * result.ci.level:g} % interval of the value"
        ax.axvspan(result.ci.low, result.ci.high, color=colour, alpha=0.2, linewidth=0, label=level)
    ax.legend(frameon=False, fontsize="small")
    ax.set_xlabel(f"contribution of each row, {result.unit}")


def _draw_protocol(result: MIEstimate, ax: Any, pyplot: Any) -> Any:
    """The ladder, and beside it what else the protocol looked at."""
    found = result.diagnostics
    colour = BLUE if result.status.ok else RED
    extra = []
    if ax is None:
        if len(found["capacities"]):
            extra.append(_draw_sweep)
        if len(found["null"]):
            extra.append(_draw_null)
        ratios = [1.6] + [1.0] * len(extra)
        width = 5.0 + 3.2 * len(extra)
        _, panels = pyplot.subplots(
            1, len(ratios), figsize=(width, 3.6), width_ratios=ratios, layout="constrained", squeeze=False
        )
        ax = panels[0, 0]
        for draw, panel in zip(extra, panels[0, 1:], strict=True):
            draw(result, panel, colour)
            panel.spines[["top", "right"]].set_visible(False)
    _draw_ladder(result, ax, colour)
    ax.set_title(_headline(result), fontsize="medium", loc="left", color="black" if result.status.ok else RED)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _unit(result: MIEstimate) -> float:
    """What takes the nats of the diagnostics to the unit of the result."""
    return NATS_PER_UNIT["nats"] / NATS_PER_UNIT.get(result.unit, 1.0)


def _draw_ladder(result: MIEstimate, ax: Any, colour: str) -> None:
    import numpy as np

    found, unit = result.diagnostics, _unit(result)
    levels, used = np.asarray(found["levels"]), int(found["levels_used"])
    for level, values in zip(levels, found["level_values"], strict=True):
        ax.plot(np.full(len(values), level), unit * np.asarray(values), ".", color=GREY, markersize=4, zorder=1)
    means = unit * np.asarray(found["level_means"])
    ax.plot(levels[:used], means[:used], "o", color=colour, label="level means")
    ax.plot(levels[used:], means[used:], "o", color=colour, fillstyle="none", label="not used")
    if used >= 2:
        ends = np.array([0, levels[used - 1]])
        ax.plot(ends, unit * (found["intercept"] + found["slope"] * ends), color=colour, linewidth=1)
    if result.ci is not None:
        ax.plot([0, 0], [result.ci.low, result.ci.high], color=colour, linewidth=5, alpha=0.35, solid_capstyle="butt")
    ax.plot([0], [result.value], "D", color=colour, clip_on=False, label=f"{result.n_samples} rows to infinity")
    ax.axhline(0.0, color=GREY, linewidth=1, zorder=0)
    ax.set_xlim(-0.4, levels[-1] + 0.4)
    ax.set_xticks([0, *levels.tolist()])
    ax.set_xlabel("chunks of the rows")
    ax.set_ylabel(_axis_label(result))
    if used < len(levels):
        ax.legend(frameon=False, fontsize="small")


def _draw_sweep(result: MIEstimate, ax: Any, colour: str) -> None:
    import numpy as np

    found, unit = result.diagnostics, _unit(result)
    capacities = np.asarray(found["capacities"])
    values = unit * np.asarray(found["capacity_values"])
    ax.plot(capacities, values, "o-", color=GREY)
    chosen = capacities == found["capacity"]
    ax.plot(capacities[chosen], values[chosen], "o", color=colour)
    ax.set_xscale("log", base=2)
    ax.set_xticks(capacities, labels=[str(capacity) for capacity in capacities])
    ax.margins(y=0.3)
    ax.set_xlabel("columns of the codes")
    ax.set_title("capacity", fontsize="medium", loc="left")


def _draw_null(result: MIEstimate, ax: Any, colour: str) -> None:
    found, unit = result.diagnostics, _unit(result)
    _draw_surrogates(ax, [unit * value for value in found["null"]], unit * found["observed"], colour)
    ax.set_xlabel(f"{len(found['null'])} surrogates, {result.unit}")
    ax.set_title(f"null: p = {found['p_value']:.2g}", fontsize="medium", loc="left")


def plot_test(test: PermutationTest, ax: Any = None) -> Any:
    """Draw the values of the surrogates of a permutation test, and the observed value beside them.

    Parameters
    ----------
    test : PermutationTest
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
    if ax is None:
        ax = pyplot.subplots(figsize=(6.0, 2.8), layout="constrained")[1]
    surrogates = f"{test.n_permutations} surrogates ({test.surrogate})"
    _draw_surrogates(ax, test.null, test.value, BLUE, surrogates, f"observed: {test.value:.3f} {test.unit}")
    ax.legend(frameon=False, fontsize="small")
    by = " of all readings together" if len(test.statistics) > 1 else ""
    ax.set_title(f"p = {test.p_value:.2g}{by}\n{test.estimator}", fontsize="medium", loc="left")
    ax.set_xlabel(f"value, {test.unit}")
    ax.spines[["top", "right", "left"]].set_visible(False)
    return ax


def _draw_surrogates(
    ax: Any, null: Sequence[float], observed: float, colour: str, name: str | None = None, of_line: str | None = None
) -> None:
    finite = [value for value in null if math.isfinite(value)]
    ax.hist(finite, bins=int(min(MAX_BINS, max(5, math.sqrt(len(finite))))), color=GREY, label=name)
    if math.isfinite(observed):
        ax.axvline(observed, color=colour, linewidth=1.5, label=of_line)
    ax.set_yticks([])


def _axis_label(result: MIEstimate) -> str:
    quantity = "mutual information" if result.quantity == "mi" else result.quantity.replace("_", " ")
    bound = f" ({result.kind} bound)" if result.kind in ("lower", "upper") else ""
    return f"{quantity}{bound}, {result.unit}"


def _headline(result: MIEstimate) -> str:
    number, _, rest = str(result).partition(", " + str(result.estimator))
    if not result.estimator.name:
        return str(result)
    return f"{number}\n{result.estimator}{rest}"
