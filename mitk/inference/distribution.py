"""Confidence distributions: from a standard error, or by inverting a test."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincc, ndtr, stdtrit

from mitk.result import Quantiles

# Dense enough that linear interpolation on the normal-score axis is exact to three digits of a standard error.
PROBABILITIES = tuple(
    np.unique(np.round(np.concatenate([ndtr(np.linspace(-3.2905, 3.2905, 33)), [0.0005, 0.005, 0.025, 0.05, 0.1, 0.25,
              0.5, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995]]), 6)).clip(0.0005, 0.9995).tolist()
)


def from_standard_error(
    center: float, standard_error: float, degrees: float, method: str, bias: float = 0.0
) -> Quantiles:
    """Student quantiles around `center`, stretched on the side where `bias` says the truth lies.

    Parameters
    ----------
    center : float
    standard_error : float
    degrees : float
        Degrees of freedom of the standard error.
    method : str
    bias : float, default 0.0
        Estimated bias (estimate minus truth); a negative one lengthens the upper side.
    """
    t = stdtrit(degrees, np.array(PROBABILITIES))
    low = np.minimum(0.0, -bias) * np.clip(-t / 2.0, 0.0, 1.0)
    high = np.maximum(0.0, -bias) * np.clip(t / 2.0, 0.0, 1.0)
    values = center + standard_error * t + low + high
    return Quantiles(PROBABILITIES, tuple(values.tolist()), method)


def from_gamma_inversion(
    statistic: float, shift: float, floor_variance: float, variance: Callable[[float], float], value: float
) -> Quantiles:
    """Confidence distribution of an information `t` from a plug-in estimate of it, by inverting a test.

    Near independence a plug-in information is a chi-square over 2n, far from it a normal. A gamma law with mean
    ``t + shift`` and variance ``variance(t) + floor_variance`` is the one at t = 0 and tends to the other, so
    one family serves both, and the delta method's failure at zero is avoided. The quantile at p is the `t`
    under which `statistic` would have upper tail p.

    Parameters
    ----------
    statistic : float
        Plug-in estimate in nats, at least 0.
    shift : float
        Its bias in nats.
    floor_variance : float
        Its variance at independence, of second order in 1/n, in nats squared.
    variance : callable
        Its first-order variance at information `t`, in nats squared; zero at 0.
    value : float
        The estimate the interval belongs to; the ends always enclose it.

    Returns
    -------
    Quantiles
        Zero where no `t` > 0 is small enough, except that they never exclude `value`.
    """

    def upper_tail(t: float) -> float:
        mean, spread = t + shift, variance(t) + floor_variance
        if mean <= 0.0 or spread <= 1e-14 * mean**2:
            return float(0.0 < statistic <= mean)
        return float(gammaincc(mean**2 / spread, statistic * mean / spread))

    top = max(statistic, abs(shift), 1e-12)
    while upper_tail(top) < PROBABILITIES[-1] and top < 1e6:
        top *= 2.0
    quantiles = []
    floor = 0.0
    for p in PROBABILITIES:
        if upper_tail(floor) < p:
            floor = brentq(lambda t, p=p: upper_tail(t) - p, floor, top, xtol=1e-12, rtol=1e-9)
        quantiles.append(floor)
    below = np.array(PROBABILITIES) < 0.5
    enclosed = np.where(below, np.minimum(quantiles, value), np.maximum(quantiles, value))
    return Quantiles(PROBABILITIES, tuple(enclosed.tolist()), "inversion")
