"""`normalized_mi`: the information of labels as a share of their entropies."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.data.options import FitOptions
from mitk.errors import DataError, MITKWarning, sentence
from mitk.estimator import MIN_ROWS, VERSION
from mitk.hyperparameters import one_of
from mitk.inference.normalized import NORMALIZATIONS, normalized
from mitk.inference.resampling import unit_labels
from mitk.inference.tables import sparse_reasons
from mitk.numerics.entropies import ENTROPIES
from mitk.numerics.tables import count
from mitk.results.reason import Reason, Status
from mitk.results.record import EstimatorInfo, MIEstimate

UNITS = {
    "min": "of the smaller entropy",
    "max": "of the larger entropy",
    "sqrt": "of the geometric mean of the entropies",
    "mean": "of the mean entropy",
    "joint": "of the joint entropy",
}
CORRECTION = "miller-madow"


def normalized_mi(
    x: Any,
    y: Any,
    normalization: str = "min",
    *,
    correction: str = CORRECTION,
    confidence: float | None = 0.95,
    missing: str = "raise",
    discrete_x: bool | Sequence[bool] | None = None,
    discrete_y: bool | Sequence[bool] | None = None,
    groups: Any = None,
    block: int | str | None = None,
    thin: int | None = None,
) -> MIEstimate:
    """Estimate the mutual information of labels as a share of their entropies: 0 independent, 1 determined.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
        Labels, or whole numbers that repeat; several columns are one joint variable.
    y : array_like of shape (n,) or (n, dy)
    normalization : {"min", "max", "sqrt", "mean", "joint"}, default "min"
        What the information is divided by: the smaller entropy, which is the most that there can be, so that 1 means
        that one side determines the other; the larger, the geometric or the arithmetic mean (as scikit-learn does by
        default), or the joint entropy, of which 1 means that each determines the other.
    correction : str, default "miller-madow"
        How the bias of the information and of the entropies is corrected, as in `Discrete`, by default of which the
        value is the information over the entropies; "plug-in" gives the numbers of scikit-learn.
    confidence : float or None, default 0.95
        Nominal coverage of the interval; None turns it off.
    missing : {"raise", "drop"}, default "raise"
    discrete_x, discrete_y : bool or sequence of bool, optional
        The caller's word on the kind of the columns: True says labels.
    groups : array_like of shape (n,), optional
        Labels of rows that depend on each other.
    block : int or "auto", optional
        For a series, as in `estimate`.
    thin : int, optional
        Take every `thin`-th row only.

    Returns
    -------
    MIEstimate
        Of quantity "normalized_mi"; ``unit`` says what it is a share of. Never clipped: corrected values may lie
        slightly outside of 0 to 1. ``diagnostics`` hold ``information``, ``entropy_x``, ``entropy_y`` and
        ``entropy_joint`` in nats.

    Raises
    ------
    DataError
        Also for numbers, which have no entropy of which a share could be taken.
    DataTypeError, ParameterError

    Notes
    -----
    I / N(H(x), H(y), H(x, y)). The interval is that of the information by test inversion, times what the denominator
    leaves of its arms (`mitk.inference.normalized`). A side with one level has no entropy: the share is then undefined,
    nan and UNRELIABLE.

    References
    ----------
    * N. X. Vinh, J. Epps and J. Bailey, "Information theoretic measures for clusterings comparison", Journal of Machine
      Learning Research 11 (2010).

    Examples
    --------
    >>> coarse, fine = ["a", "a", "b", "b"] * 100, ["p", "q", "r", "s"] * 100
    >>> round(normalized_mi(coarse, fine).value, 2), round(normalized_mi(coarse, fine, "max").value, 2)
    (1.0, 0.5)
    >>> normalized_mi(coarse, fine, "max").unit
    'of the larger entropy'
    """
    start = time.perf_counter()
    one_of("normalization", normalization, tuple(NORMALIZATIONS))
    one_of("correction", correction, tuple(ENTROPIES))
    options = FitOptions(
        confidence=confidence,
        missing=missing,
        discrete_x=discrete_x,
        discrete_y=discrete_y,
        groups=groups,
        block=block,
        thin=thin,
    )
    options.check()
    admitted = options.admit(x, y)
    samples = admitted.samples
    for what, side in zip("xy", (samples.x, samples.y), strict=True):
        numbers = [name for name, kind in zip(side.names, side.kinds, strict=True) if kind not in ("label", "count")]
        if numbers:
            hint = (
                f"discrete_{what}=True takes values as labels; estimate(x, y).correlation puts numbers on a scale to 1"
            )
            raise DataError(sentence(what, "must hold labels", f"numbers ({', '.join(numbers)})", hint))
    table = count(samples.x.codes(), samples.y.codes())
    reasons = [*sparse_reasons(table)]
    if samples.n < MIN_ROWS:
        text = f"n={samples.n} is below {MIN_ROWS} rows, from which no value can be relied on"
        reasons.append(Reason("few-rows", text, "collect more"))
    params = {} if normalization == "min" else {"normalization": normalization}
    params |= {} if correction == CORRECTION else {"correction": correction}
    result = MIEstimate(
        math.nan,
        unit=UNITS[normalization],
        quantity="normalized_mi",
        status=Status().because(*reasons),
        notes=admitted.notes,
        n_samples=samples.n,
        n_dropped=admitted.n_dropped,
        dim_x=samples.x.d,
        dim_y=samples.y.d,
        block=samples.block,
        estimator=EstimatorInfo("normalized_mi", params, VERSION),
    )
    if min(len(table.x), len(table.y)) == 1:
        reason = Reason("constant", "A side has one level and no entropy, of which there could be a share")
        result = replace(result, status=result.status.because(reason))
    else:
        found = normalized(table, normalization, correction, unit_labels(samples))
        parts = dict(zip(("entropy_x", "entropy_y", "entropy_joint"), found.entropies, strict=True))
        result = replace(result, value=found.value, diagnostics={"information": found.information, **parts})
        if confidence is not None and np.isfinite(found.value):
            result = replace(result, quantiles=found.quantiles, ci=found.quantiles.interval(confidence))
    if not result.status.ok:
        warnings.warn(result.status.text, MITKWarning, stacklevel=2)
    return replace(result, seconds=time.perf_counter() - start)
