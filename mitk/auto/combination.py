"""Several readings of one information made into one: each either sees it up to an error, a share of it, or astray."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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
        scale = stdtrit(DEGREES, 0.975)
        below = max(self.value - self.low, LEAST_ERROR) / scale
        above = max(self.high - self.value, LEAST_ERROR) / scale
        z = (information - self.value) / np.where(information < self.value, below, above)
        # The Student density is 0.383 in the middle with six degrees of freedom.
        sees = 0.383 * (1.0 + z**2 / DEGREES) ** (-0.5 * (DEGREES + 1.0)) * 2.0 / (below + above)
        part = ndtr((information - self.value) / above) / np.maximum(information, LEAST_SHARED)
        anything = 1.0 / (1.0 + max(self.value, 0.0) + np.maximum(information, 0.0))
        return np.log((1.0 - self.share - self.stray) * sees + self.share * part + self.stray * anything)


def combined(readings: Sequence[Reading], most: float = math.inf) -> Quantiles:
    """Quantiles of the information given its readings.

    Parameters
    ----------
    readings : sequence of Reading
        At least one; one alone is believed up to its error.
    most : float, default inf
        What the information cannot exceed, such as the entropy of a side of labels.

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
    information = np.unique(np.clip(_grid(readings), min(least, most - LEAST_ERROR), most))
    if len(readings) == 1:
        # There is nothing to weigh it against.
        log_density = replace(readings[0], share=0.0, stray=0.0).log_density(information)
    else:
        log_density = WEIGHT * np.sum([reading.log_density(information) for reading in readings], axis=0)
        log_density -= np.log(SMALL + np.clip(information, 0.0, LARGE))
    density = np.exp(log_density - log_density.max())
    mass = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(information))])
    # Where the density is 0 to rounding, equal masses would leave the quantile open.
    mass = mass / mass[-1] + np.arange(len(mass)) * 1e-15
    values = _widened(np.interp(PROBABILITIES, mass, information), readings, most)
    return Quantiles(PROBABILITIES, tuple(values.tolist()), "readings")


def median(quantiles: Quantiles) -> float:
    """What `combined` readings say in one number."""
    return quantiles.values[quantiles.probabilities.index(0.5)]


def _widened(values: np.ndarray, readings: Sequence[Reading], most: float) -> np.ndarray:
    """Quantiles drawn apart until they are no narrower than the narrowest reading that sees most and agrees."""
    low, median, high = np.interp([0.025, 0.5, 0.975], PROBABILITIES, values)
    widths = [reading.high - reading.low for reading in readings if reading.share < MOSTLY and reading.holds(median)]
    if not widths or len(readings) == 1:
        return values
    drawn = median + (values - median) * max(min(widths) / (high - low), 1.0)
    return np.where(drawn > median, np.maximum(np.minimum(drawn, most), median), drawn)


def _grid(readings: Sequence[Reading]) -> np.ndarray:
    """Informations at which densities are computed: fine around every reading, coarse between."""
    top = 0.5 + 1.3 * max(max(reading.high, reading.value) for reading in readings)
    low = -0.3 + min(0.0, *(reading.low for reading in readings))
    spans = [np.linspace(low, top, 801)]
    for reading in readings:
        width = max(reading.high - reading.low, LEAST_ERROR)
        spans.append(reading.value + width * np.linspace(-2.0, 2.0, 241))
    points = np.unique(np.concatenate(spans))
    return points[(points >= low) & (points <= top)]
