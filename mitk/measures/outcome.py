"""From a value and its standard error to the one record that results are."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from mitk.data.options import MAX_CONFIDENCE
from mitk.errors import MITKWarning, ParameterError, sentence
from mitk.estimator import MIN_UNITS, VERSION
from mitk.inference.distribution import from_standard_error
from mitk.measures.catalogue import Measure
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import NATS_PER_UNIT, EstimatorInfo, MIEstimate


def check_options(confidence: float | None, unit: str) -> None:
    """Raise ParameterError for a confidence or unit outside its rule."""
    number = isinstance(confidence, (int, float, np.number)) and not isinstance(confidence, bool)
    if confidence is not None and not (number and 0.0 < confidence <= MAX_CONFIDENCE):
        raise ParameterError(
            sentence("confidence", f"must be a number in (0, {MAX_CONFIDENCE}] or None", repr(confidence))
        )
    if unit not in NATS_PER_UNIT:
        raise ParameterError(sentence("unit", f"must be one of {', '.join(NATS_PER_UNIT)}", repr(unit)))


def result_of(
    line: Measure,
    value: float,
    *,
    confidence: float | None,
    unit: str,
    units: int,
    standard_error: float | None = None,
    method: str = "",
    quantiles: Quantiles | None = None,
    params: dict[str, Any] | None = None,
    reasons: tuple[Reason | str, ...] = (),
    **described: Any,
) -> MIEstimate:
    """The record of a measure, with a Student interval where a standard error is given.

    Parameters
    ----------
    line : Measure
        Name and kind.
    value : float
        In nats.
    confidence : float or None
    unit : {"nats", "bits"}
    units : int
        Independent units the standard error comes from.
    standard_error : float, optional
        In nats.
    method : str
        How it was made.
    quantiles : Quantiles, optional
        In place of a standard error.
    params : dict, optional
        Options that differ from the defaults.
    reasons : tuple of Reason
        Why not to trust it.
    **described
        Further fields of `MIEstimate`.

    Warns
    -----
    MITKWarning
        When the result is UNRELIABLE.
    """
    assert line.kind != "loss"
    if not math.isfinite(value):
        reasons = (*reasons, Reason("not-finite", "The value is not finite, so there is no interval"))
    elif confidence is not None:
        if units < MIN_UNITS:
            text = f"{units} independent units are too few for an interval to hold"
            reasons = (*reasons, Reason("few-units", text, "collect more"))
        if quantiles is None and standard_error is not None and units > 1 and math.isfinite(standard_error):
            quantiles = from_standard_error(value, standard_error, units - 1, method)
    result = MIEstimate(
        float(value),
        kind=line.kind,
        status=Status().because(*reasons),
        estimator=EstimatorInfo(line.name, params or {}, VERSION),
        quantiles=quantiles if confidence is not None and math.isfinite(value) else None,
        ci=quantiles.interval(confidence) if quantiles and confidence is not None and math.isfinite(value) else None,
        **described,
    )
    if reasons:
        warnings.warn(result.status.text, MITKWarning, stacklevel=3)
    return result.to(unit)
