"""`compare`: which of two pairs of sides shares more information, judged by the same rows."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.api.front import resolve
from mitk.classical.by_kind import by_kind
from mitk.classical.gaussian import GaussianCopula
from mitk.classical.neighbors import MixedKSG
from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Samples
from mitk.errors import DataError, MITKWarning, sentence
from mitk.estimator import MIN_ROWS, Estimator
from mitk.inference.paired import difference_quantiles, error_correlation
from mitk.inference.resampling import unit_labels
from mitk.results.comparison import Comparison
from mitk.results.reason import Status, no_interval
from mitk.results.record import MIEstimate


def compare(
    first: tuple[Any, Any],
    second: tuple[Any, Any],
    method: str | Estimator = "auto",
    *,
    given: Any = None,
    seed: int = 0,
    confidence: float | None = 0.95,
    interval: str = "default",
    missing: str = "raise",
    discrete_x: bool | Sequence[bool] | None = None,
    discrete_y: bool | Sequence[bool] | None = None,
    discrete_given: bool | Sequence[bool] | None = None,
    unit: str = "nats",
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
    **hyperparameters: Any,
) -> Comparison:
    """Compare two informations that the same rows show: which feature or layer tells more, with an interval.

    Parameters
    ----------
    first : pair (x, y) of array_like, each of shape (n,) or (n, d)
        The result is their information less that of `second`.
    second : pair (x, y) of array_like, each of shape (n,) or (n, d)
        Of the same n rows. The pairs may share a side, as in ``compare((frame.a, frame.y), (frame.b, frame.y))``.
    method : str or Estimator, default "auto"
        As in `estimate`; the same for both.
    given : array_like of shape (n,) or (n, dz), optional
        The condition of both: I(x; y | given).
    seed : int, default 0
        Same call, same number.
    confidence : float or None, default 0.95
        Nominal coverage of the interval; None turns it off.
    interval : {"default", "own", "subsampling", "jackknife"}, default "default"
        How the intervals of the two are had, of which that of the difference is made.
    missing : {"raise", "drop"}, default "raise"
        "drop" keeps the rows that are complete in all sides.
    discrete_x, discrete_y, discrete_given : bool or sequence of bool, optional
        The caller's word on the kind of the columns of x and y in both pairs, as in `estimate`.
    unit : {"nats", "bits"}, default "nats"
    groups : array_like of shape (n,), optional
        Labels of rows that depend on each other.
    block : int or "auto", optional
        As in `estimate`; found for each pair, the longer runs serve both.
    thin : int, optional
        Take every `thin`-th row only.
    **hyperparameters
        Options of the named method, such as ``k=5``; of "auto", ``effort``.

    Returns
    -------
    Comparison
        ``value``, ``ci`` and ``larger``, with both estimates in ``first`` and ``second``.

    Raises
    ------
    DataError
        Also for what is no pair, and for pairs of different numbers of rows.
    DataTypeError, ParameterError, UnsupportedError, UnknownMethodError

    Notes
    -----
    The errors of the two values are alike, since the rows are the same, and what is alike cancels. Their correlation r
    is that of the means of the rows' contributions ln p(x, y) / p(x) p(y) to either value, in units of groups or runs
    where rows depend on each other: the method's own contributions, or else those of neighbours (of the copula for more
    than six numeric columns). The ends of the interval follow from r and the arms of both intervals (Zou 2007):

        low = v1 - v2 - sqrt((v1 - l1)^2 + (u2 - v2)^2 - 2 r (v1 - l1)(u2 - v2)),

    and high likewise with the other arms, so that what lengthens one arm alone, as bias does, lengthens this one.
    The interval is shorter than that of two data sets wherever r > 0.

    The difference of two lower bounds is no bound; a note says so.

    References
    ----------
    * G. Y. Zou, "Toward using confidence intervals to compare correlations", Psychological Methods 12 (2007).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = rng.standard_normal(1000)
    >>> near = y + 0.5 * rng.standard_normal(1000)             # 0.805 nats
    >>> far = near + 0.5 * rng.standard_normal(1000)           # 0.549 nats
    >>> r = compare((near, y), (far, y), method="copula")
    >>> r.larger, 0.255 in r.ci, r.ci.width < (r.first.ci.width**2 + r.second.ci.width**2) ** 0.5
    ('first', True, True)
    """
    start = time.perf_counter()
    options = FitOptions(
        confidence=confidence,
        interval=interval,
        missing=missing,
        discrete_x=discrete_x,
        discrete_y=discrete_y,
        discrete_given=discrete_given,
        unit=unit,
        groups=groups,
        block=block,
        thin=thin,
    )
    estimator = resolve(method, seed=seed, hyperparameters=hyperparameters)
    estimator.check_options(options)
    both = _admitted(_pair(first, "first"), _pair(second, "second"), given, options)
    results = tuple(estimator.fit_admitted(one, options) for one in both)
    result = replace(_compared(results, both, confidence), seconds=time.perf_counter() - start)
    if not result.status.ok:
        warnings.warn(result.status.text, MITKWarning, stacklevel=2)
    return result


def _pair(data: Any, what: str) -> tuple[Any, Any]:
    """The two sides, or a DataError: a frame or an array of two rows is no pair."""
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return data[0], data[1]
    got = f"{len(data)} parts" if isinstance(data, (tuple, list)) else f"a single {type(data).__name__}"
    hint = "compare((frame.a, frame.y), (frame.b, frame.y)) compares what a and b tell about y"
    raise DataError(sentence(what, "must be a pair (x, y)", got, hint))


def _admitted(
    first: tuple[Any, Any], second: tuple[Any, Any], given: Any, options: FitOptions
) -> tuple[Admitted, Admitted]:
    """Both pairs, with the same rows, and runs of one length where rows of either depend on their neighbours."""
    both = (
        options.admit(*first, given, beside={"second[0]": second[0], "second[1]": second[1]}),
        options.admit(*second, given, beside={"first[0]": first[0], "first[1]": first[1]}),
    )
    runs = [one.samples.block for one in both if one.samples.block is not None]
    if not runs:
        return both
    one, other = (replace(one, samples=replace(one.samples, block=max(runs))) for one in both)
    return one, other


def _compared(
    results: tuple[MIEstimate, ...], admitted: tuple[Admitted, Admitted], confidence: float | None
) -> Comparison:
    first, second = results
    notes = []
    reasons = [
        replace(reason, text=f"The {which} pair: {reason.text}")
        for which, result in zip(("first", "second"), results, strict=True)
        for reason in result.status.reasons
    ]
    if not {first.kind, second.kind} <= {"estimate", "score"}:
        kinds = " and ".join(sorted({f"{one.kind} bound" for one in results if one.kind in ("lower", "upper")}))
        notes.append(f"The difference of values of kind {kinds} is no bound on that of the informations.")
    value = first.value - second.value
    found = Comparison(
        value,
        first=first,
        second=second,
        unit=first.unit,
        notes=tuple(notes),
        status=Status().because(*reasons),
        n_samples=first.n_samples,
        n_dropped=first.n_dropped,
    )
    if confidence is None:
        return found
    if first.quantiles is None or second.quantiles is None or not math.isfinite(value):
        missing = () if reasons else (no_interval("one of the two has none"),)
        return replace(found, status=found.status.because(*missing))
    labels = unit_labels(admitted[0].samples)
    scores = [_contributions(result, one.samples) for result, one in zip(results, admitted, strict=True)]
    correlation = error_correlation(scores[0], scores[1], labels)
    quantiles = difference_quantiles((first.value, second.value), (first.quantiles, second.quantiles), correlation)
    return replace(found, error_correlation=correlation, quantiles=quantiles, ci=quantiles.interval(confidence))


def _contributions(result: MIEstimate, samples: Samples) -> np.ndarray:
    """Contributions (n,) of the rows to a value: the method's own, or those of a quick one; up to a factor."""
    if result.pointwise is not None:
        return result.pointwise
    constant = np.zeros(samples.n)
    if samples.n < MIN_ROWS:
        return constant
    quick: Estimator = GaussianCopula() if by_kind(samples)[0] == "copula" else MixedKSG(margins="normal")
    found = quick.fit_admitted(Admitted(samples, (), 0), FitOptions(confidence=None)).pointwise
    return constant if found is None else found
