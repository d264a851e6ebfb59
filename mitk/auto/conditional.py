"""Information given a condition: the table, neighbours and the copula, and which of them is believed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mitk.auto.combination import Reading
from mitk.auto.explanation import listed
from mitk.classical.neighbor_base import MAX_NUMERIC, numeric_columns
from mitk.data.columns import value_count
from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Samples, Side
from mitk.data.screening import without_constants
from mitk.found import Found
from mitk.inference.remainders import without_condition
from mitk.inference.resampling import unit_labels
from mitk.inference.second_opinion import TOLERANCE, TOLERANCE_SHARE
from mitk.inference.strata import strata_of, strata_reasons
from mitk.registry import make_estimator
from mitk.results.interval import Quantiles
from mitk.results.record import MIEstimate

# Fewer rows a column, and smooth fits cost more than they tell.
ROWS_A_COLUMN = 15
# Of the options for the neighbours, more than of unconditional ones: the counts of three sides scatter more.
NEIGHBORS = {"k": 5, "margins": "normal"}


def conditional_found(samples: Samples) -> Found:
    """The answer to I(x; y | z) by rule.

    Labels, and numbers of few levels, are tables, one for each level of the condition, where rows fill them. Of
    everything else both are asked of what smooth fits on the condition leave of x and y: neighbours see any shape in up
    to six columns; the copula scatters less and takes any number of columns, and is believed where what it leaves does
    not depend on the condition and neighbours do not contradict it.

    Parameters
    ----------
    samples : Samples
        With a condition, without constant columns.
    """
    assert samples.given is not None
    if all(side.few.all() for side in samples.sides):
        strata = strata_of(*(side.codes() for side in samples.sides))
        if not strata_reasons(strata):
            return _as_found(
                "discrete", _fitted("discrete", {}, samples), {}, "Took the tables of the condition's levels."
            )
    whole, samples = samples, _left(samples)
    if min(samples.x.d, samples.y.d) == 0:
        note = "The condition explains a side entirely, so nothing is left to share."
        return Found(0.0, notes=(note,), uncertainty=lambda: Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact"))
    taken = {"mixed-ksg": _fitted("mixed-ksg", NEIGHBORS, samples)}
    if all(_ordered(side) for side in samples.sides):
        taken["copula"] = _fitted("copula", {}, samples)
    near, copula = taken["mixed-ksg"], taken.get("copula")
    # Neighbours among many columns say next to nothing, so that even a doubted copula is nearer.
    blind = not near.status.ok and numeric_columns(samples) > MAX_NUMERIC
    if copula is None or copula.quantiles is None or not (copula.status.ok or blind):
        name, why = "mixed-ksg", "Took neighbours, which see dependence of any shape."
    elif near.status.ok and near.ci is not None and copula.value not in near.ci:
        name = "mixed-ksg"
        why = f"Took neighbours: the copula's {copula.value:.3g} nats lie outside of their interval."
    elif not copula.status.ok:
        name, why = "copula", "Took the copula: columns are too many for neighbours."
    else:
        name = "copula"
        why = "Took the copula: what it leaves does not follow the condition, and neighbours do not contradict it."
    found = _as_found(name, taken[name], taken, why)
    quantiles = taken[name].quantiles
    if quantiles is None:
        return found
    # The interval covers the choice, and what the fits may still miss: it reaches to what would be said around the
    # neighbours' value, which among many columns is too small rather than too large, and as far on as the value goes
    # after it moved so far when the rows became twice as many.
    reached = [near.value] * (name == "copula" and (near.status.ok or near.value > taken[name].value))
    if name == "mixed-ksg" and copula is not None:
        # A copula in doubt that says nearly the same shows what neighbours lose to their width.
        close = 2.0 * max(TOLERANCE, TOLERANCE_SHARE * max(near.value, copula.value))
        reached += [copula.value] * (abs(copula.value - near.value) <= close)
    reached.append(taken[name].value + _still_missing(name, samples) * (taken[name].value - _of_halves(name, whole)))
    spanned = quantiles
    for value in reached:
        if math.isfinite(value):
            moved = np.array(quantiles.values) + value - taken[name].value
            spanned = spanned.spanning(Quantiles(quantiles.probabilities, tuple(moved.tolist()), quantiles.method))
    return replace(found, uncertainty=lambda: spanned)


def _left(samples: Samples) -> Samples:
    """What smooth fits leave where rows are enough for them; else the samples, whose linear fits are corrected."""
    columns = sum(side.d for side in samples.sides)
    few = samples.n < ROWS_A_COLUMN * columns
    return samples if few else without_constants(without_condition(samples))[0]


def _still_missing(name: str, samples: Samples) -> float:
    """What more rows would still change, over what the last doubling changed.

    The bias of neighbours falls as n^(-2 / d) in d columns, that of smooth fits about as 1 / n.
    """
    d = min(max(numeric_columns(samples), 2), MAX_NUMERIC) if name == "mixed-ksg" else 2
    return float(1.0 / (2.0 ** (2.0 / d) - 1.0))


def _of_halves(name: str, samples: Samples) -> float:
    """The average of what a method says of every other row, or group or run, and of the others, fitted anew."""
    options = NEIGHBORS if name == "mixed-ksg" else {}
    units, values = unit_labels(samples), []
    for start in (0, 1):
        half = without_constants(samples.take(np.flatnonzero(units % 2 == start)))[0]
        if half.given is None or min(half.x.d, half.y.d) == 0:
            return math.nan
        left = _left(half)
        if min(left.x.d, left.y.d) == 0:
            return math.nan
        admitted = Admitted(left, (), 0)
        values.append(make_estimator(name, options).fit_admitted(admitted, FitOptions(confidence=None)).value)
    return float(np.mean(values))


def _ordered(side: Side) -> bool:
    """Whether the columns have an order: numbers, and labels of two levels."""
    pairs = zip(side.discrete, side.values.T, strict=True)
    return all(not label or value_count(column) <= 2 for label, column in pairs)


def _fitted(name: str, options: dict[str, object], samples: Samples) -> MIEstimate:
    return make_estimator(name, options).fit_admitted(Admitted(samples, (), 0), FitOptions())


def _as_found(name: str, result: MIEstimate, taken: dict[str, MIEstimate], why: str) -> Found:
    quantiles = result.quantiles
    readings = taken or {name: result}
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
