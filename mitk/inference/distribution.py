"""Confidence distributions: from a standard error, or by inverting a test."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from scipy.special import chndtr, gammaincc, ndtr, stdtrit

from mitk.results.interval import ROUNDING, Quantiles

# Dense enough that linear interpolation on the normal-score axis is exact to three digits of a standard error.
PROBABILITIES = tuple(
    np.unique(
        np.round(
            np.concatenate(
                [
                    ndtr(np.linspace(-3.2905, 3.2905, 33)),
                    [0.0005, 0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995],
                ]
            ),
            6,
        )
    )
    .clip(0.0005, 0.9995)
    .tolist()
)


# Probabilities this close are one.
SAME = 1e-12


def around(level: float) -> tuple[float, ...]:
    """Those of `PROBABILITIES` that an interval at a level is read from: at its tails, or next to them."""
    tail = (1.0 - level) / 2.0
    if not 0.0 < level < 1.0 or tail < PROBABILITIES[0] - SAME:
        return PROBABILITIES
    chosen = set()
    for wanted in (tail, 1.0 - tail):
        place = bisect_left(PROBABILITIES, wanted - SAME)
        chosen.add(place)
        if PROBABILITIES[place] > wanted + SAME:
            chosen.add(place - 1)
    return tuple(PROBABILITIES[place] for place in sorted(chosen))


def from_standard_error(
    center: float, standard_error: float, degrees: float, method: str, below: float = 0.0, above: float = 0.0
) -> Quantiles:
    """Student quantiles around `center`, stretched where a bias says the truth may lie.

    Parameters
    ----------
    center : float
    standard_error : float
    degrees : float
        Degrees of freedom of the standard error.
    method : str
    below, above : float, default 0.0
        How far below or above `center` the truth may lie for bias; the quantiles on that side move away by up to
        as much, in full from one standard error on.
    """
    t = stdtrit(degrees, np.array(PROBABILITIES))
    stretch = above * np.clip(t, 0.0, 1.0) - below * np.clip(-t, 0.0, 1.0)
    return Quantiles(PROBABILITIES, tuple((center + standard_error * t + stretch).tolist()), method)


def from_inversion(
    statistic: float,
    shift: float | Callable[[float], float],
    floor_variance: float,
    variance: Callable[[float], float],
    value: float,
    independent_tail: float | None = None,
    half_step: float = 0.0,
    probabilities: tuple[float, ...] = PROBABILITIES,
) -> Quantiles:
    """Confidence distribution of an information `t` from a plug-in estimate of it, by inverting a test.

    Near independence a plug-in information is a non-central chi-square over 2n, far from it a normal. A scaled
    non-central chi-square with mean ``t + shift`` and variance ``variance(t) + floor_variance``, whose degrees of
    freedom are those at t = 0, is the one and tends to the other, so one family serves both, and the delta
    method's failure at zero is avoided. The quantile at p is the `t` under which `statistic` would have upper
    tail p. Where no such law has that little mean for its variance, a gamma law takes its place, which meets it
    at the border; gamma laws alone would cover 0.90 instead of 0.95 where the information is about 3 / 2n.

    Parameters
    ----------
    statistic : float
        Plug-in estimate in nats, at least 0.
    shift : float or callable
        Its bias in nats, or that at information `t`.
    floor_variance : float
        Its variance at independence, of second order in 1/n, in nats squared.
    variance : callable
        Its first-order variance at information `t`, in nats squared; zero at 0.
    value : float
        The estimate the interval belongs to; the ends always enclose it.
    independent_tail : float, optional
        Exact upper tail of `statistic` at independence, where it is known: lower quantiles up to this probability
        are 0.
    half_step : float, default 0.0
        Half of what one row adds to `statistic`, in nats, where that shows: a continuous law has no mass on separate
        values, so low quantiles take so much less for it and high ones so much more.
    probabilities : tuple of float
        Where the quantiles are wanted, ascending.

    Returns
    -------
    Quantiles
        Zero where no `t` > 0 is small enough, except that they never exclude `value`.
    """
    from scipy.optimize import brentq  # slow to import, and only needed here

    at = shift if callable(shift) else lambda t: shift
    independent_bias = at(0.0)
    degrees = 2.0 * independent_bias**2 / floor_variance if independent_bias > 0.0 else 0.0
    below_median, above_median = max(statistic - half_step, 0.0), statistic + half_step

    def upper_tail(t: float, statistic: float) -> float:
        mean, spread = t + at(t), variance(t) + floor_variance
        if mean <= 0.0 or spread <= 1e-14 * mean**2:
            return float(0.0 < statistic <= mean)
        room = mean**2 - 0.5 * degrees * spread
        if degrees > 0.0 and room > 0.0:
            # scale (degrees + noncentrality) is the mean, 2 scale^2 (degrees + 2 noncentrality) the spread.
            scale = 0.5 * spread / (mean + room**0.5)
            return float(1.0 - chndtr(statistic / scale, degrees, mean / scale - degrees))
        return float(gammaincc(mean**2 / spread, statistic * mean / spread))

    top = max(above_median, abs(independent_bias), 1e-12)
    while upper_tail(top, above_median) < probabilities[-1] and top < 1e6:
        top *= 2.0
    quantiles = []
    floor = 0.0
    for p in probabilities:
        seen = below_median if p < 0.5 else above_median
        silent = independent_tail is not None and p < 0.5 and p <= independent_tail
        if not silent and upper_tail(floor, seen) < p:
            floor = brentq(lambda t, p=p, seen=seen: upper_tail(t, seen) - p, floor, top, xtol=1e-12, rtol=1e-9)
        quantiles.append(floor)
    found = np.where(np.array(quantiles) < ROUNDING, 0.0, quantiles)
    return Quantiles(probabilities, tuple(found.tolist()), "inversion").enclosing(value)
