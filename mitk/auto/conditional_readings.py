"""What neighbours, the copula and the pretrained network say of what smooth fits on a condition leave."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mitk.classical.neighbor_base import MAX_NUMERIC, numeric_columns
from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Samples
from mitk.data.screening import without_constants
from mitk.inference.following import gained_by_following
from mitk.inference.remainders import without_condition
from mitk.inference.resampling import master_order, unit_labels
from mitk.registry import make_estimator
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason
from mitk.results.record import MIEstimate

# Fewer rows a column, and smooth fits cost more than they tell.
ROWS_A_COLUMN = 15
# More neighbours than of unconditional ones: the counts of three sides scatter more.
MOST_NEIGHBORS = 5
# Halves of fewer rows are hardly more than the neighbours of a row.
LEAST_HALF = 12
HALVINGS, FEW_ROWS = 4, 500
# What smooth fits still miss over what the last doubling of rows brought: 1 / (2^0.6 - 1).
SMOOTH_STILL_MISS = 2.0


def left_of(samples: Samples) -> Samples:
    """What smooth fits leave where rows are enough for them; else the samples, whose linear fits are corrected."""
    return without_constants(without_condition(samples))[0] if _enough(samples) else samples


def neighbours(left: Samples, confidence: float | None = 0.95) -> MIEstimate:
    """Mesner and Shalizi's neighbours, of sides of any kind."""
    return fitted("mixed-ksg", {"k": min(MOST_NEIGHBORS, left.n - 1), "margins": "normal"}, left, confidence)


def copula(left: Samples, confidence: float | None = 0.95) -> MIEstimate:
    """The Gaussian copula, and what it gains by following the condition, which ``diagnostics["gained"]`` holds.

    The interval reaches from the value without the gain to that with twice as much: fits of few rows miss a part.
    """
    found = fitted("copula", {}, left, confidence)
    gain = gained_by_following(left) if _enough(left) and math.isfinite(found.value) else 0.0
    found = replace(found, diagnostics={**found.diagnostics, "gained": gain})
    reached = tuple(found.value + times * gain for times in (0.0, 1.0, 2.0))
    return reached_to(found, reached, reached[1]) if gain else found


def network(left: Samples) -> MIEstimate:
    """The pretrained network, of what is left of both sides, without the condition and with it.

    Without it the network sees no relation that follows the condition, and with it, I(x; y, z) - I(x; z), it is
    misled by many columns that say nothing. The value is the mean, the interval reaches both, and a single witness
    that both others contradict is never beyond doubt.
    """
    assert left.given is not None
    plain = replace(left, given=None)
    alone = fitted("mist", {}, plain)
    beside = []
    for x, y in ((left.x, left.y), (left.y, left.x)):
        both, shared = (
            fitted("mist", {}, replace(plain, x=x, y=side), None).value for side in (y.beside(left.given), left.given)
        )
        beside.append(both - shared)
    seen = float(np.mean(beside))
    told = (
        f"Neighbours and the copula are in doubt; the network reads {alone.value:.3g} nats without the condition and "
    )
    doubt = Reason(
        "other-reading", f"{told}{seen:.3g} with it", "collect more rows, or take fewer columns into the condition"
    )
    found = reached_to(alone, (alone.value, *beside), 0.5 * (alone.value + seen))
    return replace(found, status=found.status.because(doubt))


def of_halves(name: str, samples: Samples) -> float:
    """The average of what a method says of two halves of the rows, or of groups or runs, fitted anew.

    NaN where nothing can be asked of a half. Wherever rows stand, the same meet in a half. Few rows are halved several
    times, since it matters then which meet.
    """
    units, values = unit_labels(samples), []
    orders = [master_order(samples, seed) for seed in range(HALVINGS if samples.n < FEW_ROWS else 1)]
    for chosen in (order[start::2] for order in orders for start in (0, 1)):
        half = without_constants(samples.take(np.flatnonzero(np.isin(units, chosen))))[0]
        if half.n < LEAST_HALF or half.given is None or min(half.x.d, half.y.d) == 0:
            return math.nan
        left = left_of(half)
        if min(left.x.d, left.y.d) == 0:
            return math.nan
        values.append((neighbours if name == "mixed-ksg" else copula)(left, None).value)
    return float(np.mean(values))


def still_missing(name: str, samples: Samples) -> float:
    """What more rows would still change, over what the last doubling changed.

    The bias of neighbours falls as n^(-2 / d) in d columns, that of smooth fits about as n^(-0.6).
    """
    if name != "mixed-ksg":
        return SMOOTH_STILL_MISS
    d = min(max(numeric_columns(samples), 2), MAX_NUMERIC)
    return float(1.0 / (2.0 ** (2.0 / d) - 1.0))


def fitted(name: str, options: dict[str, object], samples: Samples, confidence: float | None = 0.95) -> MIEstimate:
    """What a method by name says."""
    return make_estimator(name, options).fit_admitted(Admitted(samples, (), 0), FitOptions(confidence=confidence))


def shifted(quantiles: Quantiles, by: float) -> Quantiles:
    """The same confidence distribution around another value."""
    return replace(quantiles, values=tuple(value + by for value in quantiles.values))


def reached_to(found: MIEstimate, values: tuple[float, ...], value: float) -> MIEstimate:
    """A result of another value, whose quantiles reach as far as they would around each of some values."""
    quantiles = found.quantiles
    if found.quantiles is not None and quantiles is not None:
        for other in values:
            quantiles = quantiles.spanning(shifted(found.quantiles, other - found.value))
    return replace(
        found,
        value=value,
        ci=None if quantiles is None or found.ci is None else quantiles.interval(found.ci.level),
        pointwise_constant=found.pointwise_constant + value - found.value,
        quantiles=quantiles,
    )


def _enough(samples: Samples) -> bool:
    return samples.n >= ROWS_A_COLUMN * sum(side.d for side in samples.sides)
