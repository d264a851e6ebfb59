"""Information given a condition: tables, parts, neighbours, the copula and the network, and which is believed."""

from __future__ import annotations

import math
from dataclasses import replace

from mitk.auto.combination import Reading
from mitk.auto.conditional_parts import parted_found
from mitk.auto.conditional_readings import (
    copula,
    fitted,
    left_of,
    neighbours,
    network,
    of_halves,
    reached_to,
    shifted,
    still_missing,
)
from mitk.auto.explanation import listed
from mitk.classical.neighbor_base import MAX_NUMERIC, numeric_columns
from mitk.data.columns import value_count
from mitk.data.samples import Samples, Side
from mitk.found import Found
from mitk.inference.second_opinion import TOLERANCE, TOLERANCE_SHARE
from mitk.inference.strata import strata_of, strata_reasons
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason
from mitk.results.record import MIEstimate

# Tolerances that following the condition may add. On random sets with relations of all slopes and widths, 2 misled in
# .06 of 245, and 1 refused .20 of the good answers to 135; 1.5, on 305 others, misled in .03 and refused .20.
MOST_GAINED = 1.5
# Of fewer columns even doubted neighbours are nearer than the network, which was not made for conditions.
ASKS_NETWORK = 5


def conditional_found(samples: Samples) -> Found:
    """The answer to I(x; y | z) by rule.

    Labels, and numbers of few levels, are tables, one for each level of the condition, where rows fill them. Columns
    that repeat some values and spread over others are asked in parts (`mitk.auto.conditional_parts`). Of everything
    else both are asked of what smooth fits on the condition leave of x and y: neighbours see any shape in up
    to six columns; the copula scatters less and takes any number of columns, and is believed where what it leaves does
    not depend on the condition and neighbours do not contradict it. Where neither can be believed, the pretrained
    network is asked.

    Parameters
    ----------
    samples : Samples
        With a condition, without constant columns.
    """
    assert samples.given is not None
    if all(side.few.all() for side in samples.sides):
        strata = strata_of(*(side.codes() for side in samples.sides))
        if not strata_reasons(strata):
            table = fitted("discrete", {}, samples)
            return _as_found(table, {"discrete": table}, "Took the tables of the condition's levels.")
    parted = parted_found(samples)
    if parted is not None:
        return parted
    left = left_of(samples)
    if min(left.x.d, left.y.d) == 0:
        note = "The condition explains a side entirely, so nothing is left to share."
        return Found(0.0, notes=(note,), uncertainty=lambda: Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact"))
    taken = {"mixed-ksg": neighbours(left)}
    if all(_ordered(side) for side in left.sides):
        taken["copula"] = copula(left)
    if _at_odds(taken) and numeric_columns(left) >= ASKS_NETWORK and not any(s.discrete.any() for s in left.sides):
        taken["mist"] = network(left)
    # Neighbours among many columns say next to nothing.
    blind = not taken["mixed-ksg"].status.ok and numeric_columns(left) > MAX_NUMERIC
    name, why = _choice(taken, blind)
    spanned = taken[name].quantiles
    if spanned is None:
        return _as_found(taken[name], taken, why)
    moved = 0.0 if name == "mist" else taken[name].value - of_halves(name, samples)
    for value in _reached(name, taken, left, moved):
        spanned = spanned.spanning(shifted(spanned, value - taken[name].value))
    answer = taken[name]
    if name == "mixed-ksg" and moved > 0.0 and not answer.status.ok:
        # Neighbours that still rise, rise at least as much again.
        answer = reached_to(answer, (answer.value + moved,), answer.value + moved)
    found = _as_found(answer, taken, why)
    doubts = _doubts(answer, moved) if name == "copula" and not taken["mixed-ksg"].status.ok else []
    return replace(found, uncertainty=lambda: spanned, status=found.status.because(*doubts))


def _at_odds(taken: dict[str, MIEstimate]) -> bool:
    """Whether all are in doubt and say different things."""
    values = [result.value for result in taken.values()]
    apart = max(values) - min(values) > max(TOLERANCE, TOLERANCE_SHARE * max(values))
    return (apart or len(values) == 1) and not any(result.status.ok for result in taken.values())


def _choice(taken: dict[str, MIEstimate], blind: bool) -> tuple[str, str]:
    """Who is believed, and why."""
    near, ranks = taken["mixed-ksg"], taken.get("copula")
    if "mist" in taken:
        return "mist", "Took the network, since neighbours and the copula are in doubt and at odds."
    if ranks is None or ranks.quantiles is None:
        return "mixed-ksg", "Took neighbours, which see dependence of any shape in columns of any kind."
    if not (ranks.status.ok or blind):
        return "mixed-ksg", "Took neighbours: the copula is in doubt."
    if near.ci is not None:
        # What neighbours in few columns are doubted for is that they see too little.
        apart = ranks.value not in near.ci if near.status.ok else not blind and ranks.value < near.ci.low
        if apart:
            return "mixed-ksg", f"Took neighbours: the copula's {ranks.value:.3g} nats lie outside of their interval."
    if not ranks.status.ok:
        return "copula", "Took the copula: columns are too many for neighbours."
    seconded = ", and neighbours do not contradict it" if near.status.ok else "; neighbours are in doubt"
    return "copula", f"Took the copula: what it leaves does not follow the condition{seconded}."


def _reached(name: str, taken: dict[str, MIEstimate], left: Samples, moved: float) -> list[float]:
    """Values around which the interval must hold as much as around its own.

    It covers the choice, and what the fits may still miss: it reaches to what would be said around the neighbours'
    value, which among many columns is too small rather than too large, and as far on as the value will go after it
    moved so far when the rows became twice as many.
    """
    near, ranks, value = taken["mixed-ksg"], taken.get("copula"), taken[name].value
    # What falls with more rows is a bias of few, in 1 / n.
    found = [value + (still_missing(name, left) if moved > 0.0 else 1.0) * moved]
    if name == "copula" and (near.status.ok or near.value > value):
        found.append(near.value)
    if name == "mixed-ksg" and ranks is not None:
        # A copula in doubt that says nearly the same shows what neighbours lose to their width.
        close = 2.0 * max(TOLERANCE, TOLERANCE_SHARE * max(near.value, ranks.value))
        found += [ranks.value] * (abs(ranks.value - near.value) <= close)
    return [value for value in found if math.isfinite(value)]


def _doubts(ranks: MIEstimate, moved: float) -> list[Reason]:
    """Doubts of a copula whose fits on the condition are far from what more rows would make of them."""
    gain = ranks.diagnostics["gained"]
    most = max(TOLERANCE, TOLERANCE_SHARE * ranks.value)
    remedy = "collect more rows, or take fewer columns into the condition"
    doubts = []
    if not math.isfinite(moved):
        text = "Halves of the rows could not be asked, so that nobody knows how far the value still is"
        doubts.append(Reason("condition-bends", text, remedy))
    elif abs(moved) > most:
        text = f"The value has moved by {moved:+.3g} nats from half of the rows to all, and may move on"
        doubts.append(Reason("condition-bends", text, remedy))
    if gain > MOST_GAINED * most:
        text = f"The relation follows the condition: fits of that have added {gain:.3g} nats, and may miss as much"
        doubts.append(Reason("condition-bends", text, remedy))
    return doubts


def _ordered(side: Side) -> bool:
    """Whether the columns have an order: numbers, and labels of two levels."""
    pairs = zip(side.discrete, side.values.T, strict=True)
    return all(not label or value_count(column) <= 2 for label, column in pairs)


def _as_found(result: MIEstimate, readings: dict[str, MIEstimate], why: str) -> Found:
    quantiles = result.quantiles
    return Found(
        result.value,
        pointwise=result.pointwise,
        pointwise_constant=result.pointwise_constant,
        uncertainty=None if quantiles is None else lambda: quantiles,
        diagnostics={**result.diagnostics, "readings": listed([Reading.of(n, r) for n, r in readings.items()])},
        status=result.status,
        notes=(why, *result.notes),
        kind="estimate",
    )
