"""Information given a condition: the table, neighbours and the copula, and which of them is believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mitk.auto.combination import Reading
from mitk.auto.explanation import listed
from mitk.data.columns import value_count
from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Samples, Side
from mitk.found import Found
from mitk.inference.strata import strata_of, strata_reasons
from mitk.registry import make_estimator
from mitk.results.interval import Quantiles
from mitk.results.record import MIEstimate

# Of the options for the neighbours, more than of unconditional ones: the counts of three sides scatter more.
NEIGHBORS = {"k": 5, "margins": "normal"}


def conditional_found(samples: Samples) -> Found:
    """The answer to I(x; y | z) by rule.

    Labels, and numbers of few levels, are tables, one for each level of the condition, where rows fill them. Of
    everything else neighbours see any shape in up to six columns; the copula scatters less and takes any number of
    columns, and is believed where what it leaves does not depend on the condition and neighbours do not contradict it.

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
    taken = {"mixed-ksg": _fitted("mixed-ksg", NEIGHBORS, samples)}
    if all(_ordered(side) for side in samples.sides):
        taken["copula"] = _fitted("copula", {}, samples)
    near, copula = taken["mixed-ksg"], taken.get("copula")
    if copula is None or not copula.status.ok or copula.quantiles is None:
        why = "Took neighbours, which see dependence of any shape."
        return _as_found("mixed-ksg", near, taken, why)
    if near.status.ok and near.ci is not None and copula.value not in near.ci:
        why = f"Took neighbours: the copula's {copula.value:.3g} nats lie outside of their interval."
        return _as_found("mixed-ksg", near, taken, why)
    why = "Took the copula: what it leaves does not follow the condition, and neighbours do not contradict it."
    found = _as_found("copula", copula, taken, why)
    if not near.status.ok:
        return found
    # The interval covers the choice: it reaches to what would be said around the neighbours' value.
    apart, values = near.value - copula.value, np.array(copula.quantiles.values)
    reached = Quantiles(copula.quantiles.probabilities, tuple((values + apart).tolist()), copula.quantiles.method)
    spanned = copula.quantiles.spanning(reached)
    return replace(found, uncertainty=lambda: spanned)


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
