"""Several readings of one information made into one: each either sees it up to an error, a share of it, or astray."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, stdtrit

from mitk.inference.distribution import PROBABILITIES
from mitk.results.interval import Quantiles
from mitk.results.reason import Status
from mitk.results.record import MIEstimate

# How often a reading sees only a share of what there is: one that was right wherever it did not doubt itself,
# neighbours, and those that are blind to much.
RARELY, OFTEN, MOSTLY = 0.05, 0.25, 0.85
# How often a reading is anything at all.
STRAY = 0.02
# Readings of the same rows err together, so each counts for less than an independent one.
WEIGHT = 0.7
# Small informations are more common than large ones: the prior falls as 1 / (SMALL + T), in nats, up to LARGE.
SMALL, LARGE = 0.05, 2.0
# Degrees of freedom of an error, and its least size in nats at 95 %.
DEGREES, LEAST_ERROR = 6.0, 0.004
# Half the width of an interval at 95 %, in scales of the error.
HALF_WIDTH = float(stdtrit(DEGREES, 0.975))
# Shares of an information below this, in nats, are not told apart.
LEAST_SHARED = 0.2


@dataclass(frozen=True)
class Reading:
    """What one method reads off the rows, and how it may err.

    Attributes
    ----------
    method : str
        Its registered name.
    value, low, high : float
        In nats; the ends are its own at 95 %.
    share : float
        How often such a reading sees only a share of the information.
    stray : float
        How often it is anything at all.
    status : Status
        Its own doubts.
    n_samples : int
        Rows it was taken from.
    seconds : float
    detail : str
        What else there is to say of it.
    bound : bool
        Whether the information cannot lie below its interval by more than once the distance to its lower end.
    plain : float
        The value before it was extrapolated; NaN but for neighbours.
    weight : float
        The power of its density, below 1 since readings of the same rows err together.
    """

    method: str
    value: float
    low: float
    high: float
    share: float
    stray: float
    status: Status = field(default_factory=Status)
    n_samples: int = 0
    seconds: float = 0.0
    detail: str = ""
    bound: bool = False
    plain: float = math.nan
    weight: float = WEIGHT

    @classmethod
    def of(cls, method: str, result: MIEstimate) -> Reading:
        """A whole result in nats as the only reading."""
        low, high = (result.value, result.value) if result.ci is None else (result.ci.low, result.ci.high)
        return cls(method, result.value, low, high, 0.0, 0.0, result.status, result.n_samples, result.seconds)

    def holds(self, value: float) -> bool:
        """Whether a value lies in its interval."""
        return self.low <= value <= self.high

    def log_density(self, information: np.ndarray) -> np.ndarray:
        """Logarithm of the density of this reading where the information is `information` (m,), up to a constant."""
        below = max(self.value - self.low, LEAST_ERROR) / HALF_WIDTH
        above = max(self.high - self.value, LEAST_ERROR) / HALF_WIDTH
        return log_density(information, self.value, below, above, self.share, self.stray)


def log_density(
    information: Any, value: Any, below: Any, above: Any, share: Any, stray: Any, *, to: Any = np, ndtr: Any = ndtr
) -> Any:
    """Logarithm of the density of a reading, as `combined` has it, up to a constant; arguments broadcast.

    Parameters
    ----------
    information, value : array_like
        What there is, and what was read, in nats.
    below, above : array_like
        Scales of the error on both sides of the value.
    share, stray : array_like
        Probabilities of seeing only a share, and of being anything at all.
    to, ndtr : module and function, default numpy and scipy.special.ndtr
        What computes: jax.numpy and jax.scipy.special.ndtr where derivatives are wanted.
    """
    z = (information - value) / to.where(information < value, below, above)
    # The Student density is 0.383 in the middle with six degrees of freedom.
    sees = 0.383 * (1.0 + z**2 / DEGREES) ** (-0.5 * (DEGREES + 1.0)) * 2.0 / (below + above)
    part = ndtr((information - value) / above) / to.maximum(information, LEAST_SHARED)
    anything = 1.0 / (1.0 + to.maximum(value, 0.0) + to.maximum(information, 0.0))
    return to.log((1.0 - share - stray) * sees + share * part + stray * anything)


class Belief(NamedTuple):
    """What is believed before anything is read: informations fall as a power of 1 / (small + T), T up to 2 nats.

    Attributes
    ----------
    power, small : float
    least, most : float
        Informations that are thought of, nats.
    """

    power: float
    small: float
    least: float
    most: float


def combined(readings: Sequence[Reading], most: float = math.inf, learned: Belief | None = None) -> Quantiles:
    """Quantiles of the information given its readings.

    Parameters
    ----------
    readings : sequence of Reading
        At least one; one alone is believed up to its error.
    most : float, default inf
        What the information cannot exceed, such as the entropy of a side of labels.
    learned : Belief, optional
        The prior where readings were corrected by what they missed on simulated laws. Then one reading alone is
        weighed as well, and nothing is widened.

    Returns
    -------
    Quantiles

    Notes
    -----
    A reading v of the information T has the density

        (1 - a - b) t((v - T) / s) / s + a [v < T] / T + b / (1 + v + T):

    it sees T up to an error, of Student's form, whose size is that of its own interval; or only a share of it, as ranks
    do where the dependence is not monotone and neighbours where there are many columns; or it strays. The densities of
    all readings are multiplied, to the power 0.7 since they err together, with a prior that falls as 1 / (0.05 + T) up
    to 2 nats. What chance does to the rows is common to all readings: no interval is narrower than the narrowest of
    those that see most and hold the value.

    Examples
    --------
    >>> agreed = [Reading("mist", 1.0, 0.9, 1.1, 0.0, STRAY), Reading("ksg", 1.02, 0.9, 1.1, OFTEN, STRAY)]
    >>> blind = Reading("copula", 0.0, -0.01, 0.01, MOSTLY, STRAY)
    >>> ci = combined([*agreed, blind]).interval(0.95)
    >>> 0.88 < ci.low < 1.0 < ci.high < 1.12
    True
    """
    least = max((2.0 * reading.low - reading.value for reading in readings if reading.bound), default=-math.inf)
    # Of a bound above what there can be, the latter stands.
    information = np.unique(np.clip(_grid(readings, learned), min(least, most - LEAST_ERROR), most))
    if len(readings) == 1 and learned is None:
        # There is nothing to weigh it against.
        density = replace(readings[0], share=0.0, stray=0.0).log_density(information)
    else:
        density = np.sum([reading.weight * reading.log_density(information) for reading in readings], axis=0)
        power, small = (1.0, SMALL) if learned is None else (learned.power, learned.small)
        density -= power * np.log(small + np.clip(information, 0.0, LARGE))
    density = np.exp(density - density.max())
    mass = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(information))])
    # Where the density is 0 to rounding, equal masses would leave the quantile open.
    mass = mass / mass[-1] + np.arange(len(mass)) * 1e-15
    values = np.interp(PROBABILITIES, mass, information)
    values = values if learned else widened(values, readings, most)
    return Quantiles(PROBABILITIES, tuple(values.tolist()), "readings")


def median(quantiles: Quantiles) -> float:
    """What `combined` readings say in one number."""
    return quantiles.values[quantiles.probabilities.index(0.5)]


def widened(values: np.ndarray, readings: Sequence[Reading], most: float) -> np.ndarray:
    """Quantiles drawn apart until they are no narrower than the narrowest reading that sees most and agrees."""
    low, median, high = np.interp([0.025, 0.5, 0.975], PROBABILITIES, values)
    widths = [reading.high - reading.low for reading in readings if reading.share < MOSTLY and reading.holds(median)]
    if not widths or len(readings) == 1:
        return values
    drawn = median + (values - median) * max(min(widths) / (high - low), 1.0)
    return np.where(drawn > median, np.maximum(np.minimum(drawn, most), median), drawn)


def _grid(readings: Sequence[Reading], learned: Belief | None) -> np.ndarray:
    """Informations at which densities are computed: fine around every reading, coarse between."""
    top = 0.5 + 1.3 * max(max(reading.high, reading.value) for reading in readings)
    low = -0.3 + min(0.0, *(reading.low for reading in readings))
    if learned is not None:
        low, top = learned.least, learned.most
    spans = [np.linspace(low, top, 801)]
    for reading in readings:
        width = max(reading.high - reading.low, LEAST_ERROR)
        spans.append(reading.value + width * np.linspace(-2.0, 2.0, 241))
    points = np.unique(np.concatenate(spans))
    return points[(points >= low) & (points <= top)]
