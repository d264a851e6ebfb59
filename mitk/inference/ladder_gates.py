"""Gates of a subsample ladder and what surrounds it: sentences that say why its value should not be trusted."""

from __future__ import annotations

import math

import numpy as np

from mitk.inference.extrapolation import MAX_CURVATURE, Extrapolation
from mitk.inference.gates import SATURATION
from mitk.inference.ladder import MIN_LEVELS, Ladder
from mitk.results.reason import Reason

MAX_LEVERAGE = 0.2
# Moves of the value within so many nats, or this share of it, are left to the interval.
NEGLIGIBLE, NEGLIGIBLE_SHARE = 0.02, 0.05
# The latent size is the least capacity that reaches this share of the plateau.
PLATEAU_SHARE = 0.95


def unsaturated(ladder: Ladder, ceilings: np.ndarray) -> int:
    """How many levels, from the first on, stay under 85 % of the most that their chunks can return.

    Parameters
    ----------
    ladder : Ladder
    ceilings : ndarray of shape (L,)
        Nats; infinite where there is no ceiling.
    """
    full = ladder.means > SATURATION * ceilings
    return int(np.argmax(np.append(full, True)))


def enough_levels(found: Extrapolation, ladder: Ladder, unsaturated: int, smallest: int) -> list[Reason]:
    """Doubt a line through fewer than five levels, and say what keeps the others out."""
    if found.levels_used >= MIN_LEVELS:
        return []
    lost = len(ladder.levels) - found.levels_used
    if lost and unsaturated <= found.levels_used:
        reason = f"from {found.levels_used + 1} chunks on, values are near the most that their rows can return"
    elif lost:
        reason = "smaller chunks have no finite value"
    else:
        reason = f"a chunk needs {smallest} rows"
    return [
        Reason(
            "few-levels",
            f"The ladder has {found.levels_used} of the {MIN_LEVELS} levels that a line needs ({reason}), so the value "
            "is that of all rows and its bias is not checked",
            "collect more rows",
        )
    ]


def curvature(found: Extrapolation) -> list[Reason]:
    """Doubt a ladder bent even over its first five levels, if a parabola ends beyond the error and 5 % of the value.

    The interval reaches to where the parabola ends in any case, so that a smaller bend is covered.
    """
    gap = abs(found.parabola - found.value)
    small = gap <= max(found.standard_error, NEGLIGIBLE, NEGLIGIBLE_SHARE * abs(found.value))
    if found.linear or small or found.levels_used < MIN_LEVELS:
        return []
    return [
        Reason(
            "bent-ladder",
            f"The value does not move in proportion to 1/n: over the first {found.levels_used} levels the ladder bends "
            f"by {found.curvature:.1f} standard errors (at most {MAX_CURVATURE:g}), and a parabola would end at "
            f"{found.parabola:.2f} nats instead of {found.value:.2f}",
            "collect more rows, or reduce the dimension",
        )
    ]


def leverage(found: Extrapolation) -> list[Reason]:
    """Doubt a value that the first level alone decides: a move by 20 % of it and two standard errors."""
    move = abs(found.without_first - found.value)
    if found.levels_used < MIN_LEVELS or move <= max(
        MAX_LEVERAGE * abs(found.value), 2.0 * found.standard_error, NEGLIGIBLE
    ):
        return []
    return [
        Reason(
            "one-level-decides",
            f"Without the value of all rows the ladder ends at {found.without_first:.2f} nats instead of "
            f"{found.value:.2f}, so that value alone decides",
            "collect more rows, or train longer",
        )
    ]


def plateau(capacities: np.ndarray, values: np.ndarray, error: float) -> list[Reason]:
    """Doubt a value that still rises with the capacity of the critic.

    Parameters
    ----------
    capacities : ndarray of shape (m,)
        Increasing.
    values : ndarray of shape (m,)
        Nats.
    error : float
        Standard error of a value.
    """
    if len(values) < 2:
        return []
    rise = float(values[-1] - np.max(values[:-1]))
    if rise <= max(error, NEGLIGIBLE, NEGLIGIBLE_SHARE * abs(float(values[-1]))):
        return []
    return [
        Reason(
            "no-plateau",
            f"The value still rises by {rise:.2f} nats from a critic of {capacities[-2]} to one of {capacities[-1]} "
            "columns",
            "add larger ones to `capacities`",
        )
    ]


def latent_size(capacities: np.ndarray, values: np.ndarray) -> int:
    """The least capacity that reaches 95 % of the plateau: an upper bound of the number of latent columns."""
    highest = np.maximum.accumulate(values)
    return int(capacities[int(np.argmax(highest >= PLATEAU_SHARE * highest[-1]))])


def latent_rows(size: int, value: float, n: int) -> list[str]:
    """A note when n is below size^2 / I, the rule of thumb for the rows that many latent columns need."""
    if value <= 0.0 or n >= size**2 / value:
        return []
    return [
        f"{size} latent columns with {value:.2f} nats want about {size**2 / value:.0f} rows (their square over the "
        f"value); there are {n}, so some of the information may be out of sight."
    ]


def resolved(seeds: np.ndarray, value: float, p_value: float | None) -> list[str]:
    """A note when the value cannot be told from 0, by the spread over seeds or by the null."""
    spread = float(np.std(seeds, ddof=1)) if len(seeds) > 1 else 0.0
    notes = []
    if not spread < abs(value) and spread > 0.0:
        notes.append(f"Not resolved from 0: seeds alone move the value by {spread:.3f} nats.")
    elif p_value is not None and math.isfinite(p_value) and p_value > 0.05:
        notes.append(f"Not resolved from 0: surrogates without dependence reach the value too (p = {p_value:.2g}).")
    return notes
