"""`kl_divergence` and `jensen_shannon`: how much the laws of two samples differ."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mitk.classical.neighbor_base import MAX_NUMERIC
from mitk.data.options import FitOptions
from mitk.data.two_samples import TwoSamples, admit_two
from mitk.errors import MITKWarning
from mitk.estimator import MIN_ROWS, VERSION
from mitk.inference.divergences import Divergence, label_js, label_kl, number_js, number_kl
from mitk.inference.tables import sparse_counts
from mitk.numerics.gaussian_mi import full_rank
from mitk.numerics.ranks import standardised
from mitk.numerics.ties import has_ties, pair_keys, spread
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import EstimatorInfo, MIEstimate

# Levels named in a sentence.
SHOWN = 3
BELOW_ZERO = Reason(
    "below-zero",
    "The whole interval lies below 0, where no divergence can",
    "the rows of either sample must be independent, and none in both",
)
Measure = Callable[[np.ndarray, np.ndarray], Divergence]


def kl_divergence(
    x: Any,
    y: Any,
    *,
    confidence: float | None = 0.95,
    missing: str = "raise",
    discrete: bool | Sequence[bool] | None = None,
    unit: str = "nats",
) -> MIEstimate:
    """Estimate the Kullback-Leibler divergence KL(x || y) of the laws of two samples, whose rows are not paired.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
        The sample over which is averaged. Labels or numbers; several columns are one joint variable.
    y : array_like of shape (m,) or (m, d)
        The sample it is held against, with the same columns and any number of rows. Rows of either are independent.
    confidence : float or None, default 0.95
        Nominal coverage of the interval; None turns it off.
    missing : {"raise", "drop"}, default "raise"
    discrete : bool or sequence of bool, optional
        The caller's word on the kind of the columns: True says labels, False numbers.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    MIEstimate
        Of quantity "kl_divergence"; ``n_samples`` is n + m, and diagnostics hold both. Infinite, and UNRELIABLE, where
        x has a label that y has not, or the numbers of one sample lie in fewer dimensions.

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Notes
    -----
    KL = sum p ln p / q, of labels by the plug-in less its bias, with an interval by test inversion.

    Of numbers it is the mean of ln p / q at the rows of x: in the ball that just holds k = 5 rows of either sample,
    which is the adaptive radius of Wang, Kulkarni and Verdu, the ratio of the two shares, plus what that of two normal
    laws with the samples' moments changes within the ball. Columns are replaced by normal scores of all rows and turned
    so that neither sample has correlated columns, which changes no divergence. Where several columns are too many for
    the neighbours, as columns shuffled within each sample show, that much is added.

    Fails where y has hardly any rows among those of x: much of the divergence then is in what was not seen. More than
    six columns of numbers are UNRELIABLE.

    References
    ----------
    * Q. Wang, S. R. Kulkarni and S. Verdu, "Divergence estimation for multidimensional densities via k-nearest-neighbor
      distances", IEEE Transactions on Information Theory 55 (2009).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> r = kl_divergence(rng.standard_normal(500), rng.standard_normal(800) + 1.0)     # truth: 1/2 nat
    >>> 0.5 in r.ci, r.status.code
    (True, 'OK')
    >>> r = kl_divergence(["a"] * 50 + ["b"] * 50, ["a"] * 25 + ["b"] * 75)             # ln 4/3 / 2 = 0.144 nats
    >>> 0.144 in r.ci, r.quantity
    (True, 'kl_divergence')
    """
    return _asked("kl_divergence", x, y, confidence, missing, discrete, unit)


def jensen_shannon(
    x: Any,
    y: Any,
    *,
    confidence: float | None = 0.95,
    missing: str = "raise",
    discrete: bool | Sequence[bool] | None = None,
    unit: str = "nats",
) -> MIEstimate:
    """Estimate the Jensen-Shannon divergence of the laws of two samples: what a value tells about its sample.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
        Labels or numbers; several columns are one joint variable.
    y : array_like of shape (m,) or (m, d)
        The same columns, any number of rows, which are not paired with those of x. Rows of either are independent.
    confidence : float or None, default 0.95
        Nominal coverage of the interval; None turns it off.
    missing : {"raise", "drop"}, default "raise"
    discrete : bool or sequence of bool, optional
        The caller's word on the kind of the columns: True says labels, False numbers.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    MIEstimate
        Of quantity "jensen_shannon"; ``n_samples`` is n + m, and diagnostics hold both.

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Notes
    -----
    JS = KL(p || (p + q) / 2) / 2 + KL(q || (p + q) / 2) / 2, from 0 to ln 2 (one bit): the information between a value
    and which of two equally likely samples it is from, whatever n and m. Of labels it is the plug-in less its bias,
    with an interval by test inversion; of numbers the mean of ln 2 - ln(1 + q / p) with the log ratios of
    `kl_divergence`, less what their scatter bends it. It is finite for any two samples.

    More than six columns of numbers are UNRELIABLE.

    References
    ----------
    * J. Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory 37 (1991).
    * Q. Wang, S. R. Kulkarni and S. Verdu, "Divergence estimation for multidimensional densities via k-nearest-neighbor
      distances", IEEE Transactions on Information Theory 55 (2009).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> r = jensen_shannon(rng.standard_normal(500), rng.standard_normal(800) + 1.0)    # truth: 0.111 nats
    >>> 0.111 in r.ci, r.status.code
    (True, 'OK')
    """
    return _asked("jensen_shannon", x, y, confidence, missing, discrete, unit)


def _asked(
    quantity: str,
    x: Any,
    y: Any,
    confidence: float | None,
    missing: str,
    discrete: bool | Sequence[bool] | None,
    unit: str,
) -> MIEstimate:
    """The answer to either question."""
    start = time.perf_counter()
    FitOptions(confidence=confidence, missing=missing, unit=unit).check()
    two = admit_two(x, y, missing=missing, discrete=discrete)
    infinite = math.inf if quantity == "kl_divergence" else math.log(2.0)
    of_labels, of_numbers = (label_kl, number_kl) if quantity == "kl_divergence" else (label_js, number_js)
    found, quantiles = _of_labels(two, of_labels) if two.labels else _of_numbers(two, of_numbers, infinite)
    doubts: tuple[Reason, ...] = ()
    if min(two.n, two.m) < MIN_ROWS:
        text = f"{min(two.n, two.m)} rows of a sample are below {MIN_ROWS}, from which no value can be relied on"
        doubts = (Reason("few-rows", text, "collect more"),)
    result = replace(
        found,
        quantity=quantity,
        status=found.status.because(*doubts),
        notes=two.notes,
        n_samples=two.n + two.m,
        n_dropped=two.n_dropped,
        dim_x=two.pooled.d,
        dim_y=two.pooled.d,
        estimator=EstimatorInfo(quantity, {}, VERSION),
        diagnostics={"n_x": two.n, "n_y": two.m, **found.diagnostics},
    )
    if confidence is not None and quantiles is not None:
        ci = quantiles.interval(confidence)
        below = (BELOW_ZERO,) if ci.high < 0.0 else ()
        result = replace(result, quantiles=quantiles, ci=ci, status=result.status.because(*below))
    if not result.status.ok:
        warnings.warn(result.status.text, MITKWarning, stacklevel=3)
    return replace(result.to(unit), seconds=time.perf_counter() - start)


def _of_labels(two: TwoSamples, measure: Measure) -> tuple[MIEstimate, Quantiles | None]:
    codes = two.pooled.codes()
    levels = int(codes.max()) + 1
    x, y = np.bincount(codes[: two.n], minlength=levels), np.bincount(codes[two.n :], minlength=levels)
    only = x[y == 0]
    diagnostics = {"levels": levels}
    if measure is label_kl and len(only):
        text = (
            f"{len(only)} of {levels} labels, of {int(only.sum())} rows of x, are in no row of y: the divergence is "
            "infinite, unless y is too small to show them"
        )
        reason = Reason("not-finite", text, "collect more rows of y; jensen_shannon is finite")
        return MIEstimate(math.inf, status=Status().because(reason), diagnostics=diagnostics), None
    found = measure(x, y)
    doubts = [
        *sparse_counts(two.n, int((x > 0).sum()), int((x == 1).sum())),
        *sparse_counts(two.m, int((y > 0).sum()), int((y == 1).sum())),
    ]
    return MIEstimate(found.value, status=Status().because(*doubts), diagnostics=diagnostics), found.quantiles


def _of_numbers(two: TwoSamples, measure: Measure, infinite: float) -> tuple[MIEstimate, Quantiles | None]:
    values = two.pooled.values
    constant = [np.ptp(side, axis=0) == 0.0 for side in (values[: two.n], values[two.n :])]
    if (constant[0] != constant[1]).any():
        return _apart(infinite)
    tied = np.array([has_ties(column) for column in values.T], dtype=bool)
    if tied.any():
        values = spread(values, tied, pair_keys(values, values), 0, evenly=False)
    columns = values[:, np.ptp(values, axis=0) > 0.0]
    if columns.shape[1] == 0:
        return MIEstimate(0.0), Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact")
    if np.linalg.matrix_rank(standardised(columns)) < columns.shape[1]:
        columns = full_rank(columns)
    x, y = columns[: two.n], columns[two.n :]
    if any(np.linalg.matrix_rank(standardised(side)) < columns.shape[1] for side in (x, y)):
        return _apart(infinite)
    found, d = measure(x, y), columns.shape[1]
    doubts = found.doubts
    if d > MAX_NUMERIC:
        text = f"{d} columns of numbers are beyond the {MAX_NUMERIC} that neighbours resolve"
        doubts += (Reason("many-columns", text, "reduce the dimension"),)
    return MIEstimate(found.value, status=Status().because(*doubts)), found.quantiles


def _apart(value: float) -> tuple[MIEstimate, None]:
    """The answer for samples of which one lies in fewer dimensions."""
    text = "The rows of a sample lie in fewer dimensions than those of both, so that the samples share no density"
    reason = Reason("not-finite", text, "leave out columns that are constant, or determine each other, in one of them")
    return MIEstimate(value, status=Status().because(reason)), None
