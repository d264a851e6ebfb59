"""Mutual information from kernel densities of one fixed width, the estimator behind k-JEM."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mitk.data.samples import Samples, admit
from mitk.errors import DataError, UnsupportedError, sentence
from mitk.inference.jackknife import jackknife
from mitk.inference.resampling import partition, unit_labels
from mitk.measures.catalogue import measure
from mitk.measures.inputs import positive
from mitk.measures.outcome import check_options, result_of
from mitk.numerics.kernel_density import leave_one_out_log_sums
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason
from mitk.results.record import MIEstimate

# A bias this small, in nats and as a share of the value, is left to the interval.
NEGLIGIBLE = 0.02
NEGLIGIBLE_SHARE = 0.1


def kde_mi(
    x: Any,
    y: Any,
    *,
    tau: float = 0.5,
    leave_one_out: bool = True,
    confidence: float | None = 0.95,
    unit: str = "nats",
    seed: int = 0,
) -> MIEstimate:
    """Estimate mutual information as H(x) + H(y) - H(x, y) by kernel densities of one fixed width.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
        Not standardised: `tau` is in its squared units.
    y : array_like of shape (n,) or (n, dy)
    tau : float, default 0.5
        Squared bandwidth: the kernel is exp(-r^2 / 2 tau). The default is the published one, for codes of length 1.
    leave_one_out : bool, default True
        False keeps each row in its own density, as the training loss does: the value is then at most ln n, and
        larger the fewer rows there are.
    confidence : float or None, default 0.95
        Sampling error by the jackknife, longer by the bias: that of the width as told by a kernel of half the `tau`,
        that of few rows by halves of the rows.
    unit : {"nats", "bits"}, default "nats"
    seed : int, default 0
        For the parts that the jackknife leaves out.

    Returns
    -------
    MIEstimate

    Raises
    ------
    DataError, ParameterError, UnsupportedError

    Warns
    -----
    MITKWarning
        When either bias is large, or the value owes much to the rows' own kernels.

    Notes
    -----
    ``I = 1/n sum_i ln [ n sum_j k_x k_y / sum_j k_x sum_j k_y ]`` with j over the other rows (and n - 1 for n), or
    over all; the constants of the kernels cancel. Biased by the width, and sensible in few dimensions only;
    `mitk.KDE` chooses the width by likelihood. `kde_mi_value` is the differentiable twin.

    References
    ----------
    * R. Louiset et al., "Separating common from salient patterns with contrastive representation learning",
      ICLR (2024).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(500)
    >>> y = 0.8 * x + 0.6 * rng.standard_normal(500)             # truth: 0.511 nats
    >>> r = kde_mi(x, y, tau=0.05)
    >>> r.kind, 0.511 in r.ci
    ('estimate', True)
    """
    check_options(confidence, unit)
    tau = positive(tau, "tau")
    samples = admit(x, y).samples
    if any((*samples.x.nominal, *samples.y.nominal)):
        raise UnsupportedError(sentence("x and y", "must hold numbers for kernel densities", "labels"))
    # Halves are read too, without the own row.
    if samples.n < 4:
        raise DataError(sentence("x", "must have at least 4 rows", samples.n))
    pointwise = _terms(samples, tau, leave_one_out)
    value = float(pointwise.mean())
    quantiles: Quantiles | None = None
    reasons: tuple[Reason | str, ...] = ()
    if confidence is not None:
        without_self = value if leave_one_out else float(_terms(samples, tau, True).mean())
        width, few = _biases(samples, tau, without_self, seed)
        reasons = _doubts(value - without_self, width, few, without_self)
        quantiles, failures = jackknife(
            lambda rows: float(_terms(samples.take(rows), tau, leave_one_out).mean()),
            value,
            samples,
            seed=seed,
            below=max(value - without_self, 0.0),
            above=width + few,
        )
        reasons += failures
    changed = {"tau": tau, "leave_one_out": leave_one_out, "seed": seed}
    defaults = {"tau": 0.5, "leave_one_out": True, "seed": 0}
    return result_of(
        measure("kde_mi", "" if leave_one_out else "leave_one_out=False"),
        value,
        confidence=confidence,
        unit=unit,
        units=samples.n,
        quantiles=quantiles,
        params={name: given for name, given in changed.items() if given != defaults[name]},
        reasons=reasons,
        n_samples=samples.n,
        dim_x=samples.x.d,
        dim_y=samples.y.d,
        pointwise=pointwise,
    )


def _terms(samples: Samples, tau: float, leave_one_out: bool) -> np.ndarray:
    """Log density ratio of each row, (n,) nats."""
    sides = (samples.x.values, samples.y.values)
    logs = [leave_one_out_log_sums(points, math.sqrt(tau)) for points in (*sides, np.column_stack(sides))]
    if not leave_one_out:
        # The own kernel adds exp(0).
        logs = [np.logaddexp(part, 0.0) for part in logs]
    return logs[2] - logs[0] - logs[1] + math.log(samples.n - leave_one_out)


def _biases(samples: Samples, tau: float, full: float, seed: int) -> tuple[float, float]:
    """How far the truth may lie above the leave-one-out value `full`, for the width and for the number of rows.

    Smoothing takes dependence away, in proportion to tau for narrow kernels. Few rows under a kernel make its log
    density too low, in proportion to 1 / n tau^(d / 2), most for the joint density.
    """
    d = samples.x.d + samples.y.d
    halves = partition(unit_labels(samples), 2, np.random.default_rng(seed))
    half = float(np.mean([_terms(samples.take(rows), tau, True).mean() for rows in halves]))
    few = max(full - half, 0.0)
    narrower = float(_terms(samples, tau / 2.0, True).mean()) + (2.0 ** (d / 2.0) - 1.0) * few
    return max(2.0 * (narrower - full), 0.0), few


def _doubts(own: float, width: float, few: float, value: float) -> tuple[Reason, ...]:
    limit = max(NEGLIGIBLE, NEGLIGIBLE_SHARE * abs(value))
    found: tuple[Reason, ...] = ()
    if not math.isfinite(width + few) or width > limit:
        text = f"The kernel is wide enough to hide about {width:.2g} nats"
        found += (Reason("wide-kernel", text, "lower tau, or use mitk.KDE, which chooses it"),)
    if few > limit:
        text = f"Few rows under a kernel cost about {few:.2g} nats"
        found += (Reason("few-rows", text, "collect more, or raise tau"),)
    if abs(own) > limit:
        text = f"The rows' own kernels give {own:+.2g} nats of the value"
        found += (Reason("own-kernels", text, "pass leave_one_out=True"),)
    return found
