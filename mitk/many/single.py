"""Pairs that are fitted one by one, at the cost and with the intervals of those that are answered together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mitk.data.column_table import ColumnTable
from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Samples
from mitk.data.screening import without_constants
from mitk.errors import DataError
from mitk.estimator import NO_INTERVAL_NOTE, Estimator
from mitk.inference.contributions import MISSING, NOTE, contribution_ends, still_rising
from mitk.inference.subsampling import drift
from mitk.many.doubts import interval_doubts
from mitk.remedies import refused
from mitk.results.interval import Interval
from mitk.results.reason import Status
from mitk.results.record import MIEstimate


def fitted_like_many(
    estimator: Estimator, admitted: Admitted, options: FitOptions
) -> tuple[MIEstimate, float | None] | None:
    """One pair as many are answered: its result, and its p-value where that has a closed form; None where neither goes.

    Parameters
    ----------
    estimator : Estimator
        One that answers many pairs.
    admitted : Admitted
    options : FitOptions
        With the default interval.
    """
    samples = admitted.samples
    if samples.dependent or samples.given is not None:
        return None
    samples = without_constants(samples)[0]
    if min(samples.x.d, samples.y.d) == 0:
        return None
    if samples.x.d == samples.y.d == 1 and (found := _as_table(estimator, admitted, samples, options)) is not None:
        return found
    if estimator.tags.interval != "subsampling":
        # Its own interval costs little.
        return None
    estimator.check_options(options)
    estimator._refuse(samples, estimator.tags)
    prepared = estimator._match(estimator._prepared(samples))
    taken = estimator._value(prepared)
    pointwise, p_value = taken.pointwise, estimator._p_value(taken.value, prepared)
    result = estimator.fit_admitted(admitted, replace(options, confidence=None), taken)
    if options.confidence is None:
        return result, p_value
    if pointwise is None or not np.isfinite(taken.value):
        return None
    nats = result.to("nats")
    # Of every other row, and of the others.
    try:
        halves = [estimator._value(prepared.take(np.arange(start, samples.n, 2))).value for start in (0, 1)]
    except DataError:
        # Half of so few rows is too few for the method: the interval of a single fit it is.
        return None
    value, variance = np.array([nats.value]), np.array([float(pointwise.var())])
    rise = value - 0.5 * sum(halves)
    low, high = contribution_ends(value, variance, rise, samples.n, options.confidence)
    ci = Interval(float(low[0]), float(high[0]), options.confidence, "contributions")
    doubts = interval_doubts(nats.value, ci.high, options.confidence)
    if still_rising(value, variance, rise, samples.n)[0]:
        doubts = (drift(-MISSING * float(rise[0]), "nats"), *doubts)
    notes = (*(note for note in result.notes if note != NO_INTERVAL_NOTE), NOTE)
    result = replace(nats, ci=ci, status=nats.status.because(*doubts), notes=notes)
    return result.to(options.unit), p_value


def _as_table(
    estimator: Estimator, admitted: Admitted, samples: Samples, options: FitOptions
) -> tuple[MIEstimate, float] | None:
    """The answer of a table of two columns, where there is one."""
    table = ColumnTable.of(samples.x, samples.y)
    found = None if refused(estimator, samples) else estimator._many(table, np.array([[0, 1]]))
    if found is None:
        return None
    one, ci, value = np.zeros(1, dtype=np.int64), None, float(found.values[0])
    if options.confidence is not None and np.isfinite(value):
        low, high = found.intervals(one, options.confidence)
        ci = Interval(float(low[0]), float(high[0]), options.confidence, "contributions")
    doubts = interval_doubts(value, np.inf if ci is None else ci.high, options.confidence)
    kind = found.kind[0] if isinstance(found.kind, np.ndarray) else found.kind
    result = MIEstimate(
        value,
        kind=kind,
        ci=ci,
        status=Status().because(*found.doubts(one)[0], *doubts),
        n_samples=samples.n,
        n_dropped=admitted.n_dropped,
        notes=(*admitted.notes, *filter(None, [found.note])),
        estimator=estimator.info(),
        diagnostics={found.method: value} if found.method else {},
    )
    return result.to(options.unit), float(found.p_values[0])
