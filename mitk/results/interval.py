"""Intervals, the confidence distributions behind them, and informations on the scale of a correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from mitk.errors import ParameterError, sentence

# An information below this, in nats, is the rounding of 0.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval.

    Attributes
    ----------
    low, high : float
        Ends, in the unit of the result that holds it. Not clipped at zero.
    level : float
        Nominal coverage, such as 0.95.
    method : str
        How it was made: "subsampling", "jackknife", "inversion", ...

    Examples
    --------
    >>> ci = Interval(0.1, 0.3, 0.95, "jackknife")
    >>> 0.2 in ci, round(ci.width, 3)
    (True, 0.2)
    """

    low: float
    high: float
    level: float
    method: str

    @property
    def width(self) -> float:
        """High end minus low end."""
        return self.high - self.low

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Correlation:
    """The correlation of a normal pair that shares as much information, with its interval.

    Attributes
    ----------
    value : float
        ``sqrt(1 - exp(-2 I))`` of the information I in nats, between 0 and 1; 0 for informations below 0.
    ci : Interval or None
        The interval of the information on the same scale.

    Examples
    --------
    >>> round(float(Correlation(0.8)), 1)
    0.8
    """

    value: float
    ci: Interval | None = None

    @classmethod
    def of(cls, information: float, ci: Interval | None = None) -> Correlation:
        """The correlation that goes with an information in nats and its interval."""
        ends = ci and replace(ci, low=_correlation(ci.low), high=_correlation(ci.high))
        return cls(_correlation(information), ends)

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        text = f"{self.value:.3f}"
        return (
            text if self.ci is None else f"{text} [{self.ci.low:.3f}, {self.ci.high:.3f}] ({100 * self.ci.level:g} %)"
        )


def _correlation(information: float) -> float:
    return math.sqrt(-math.expm1(-2.0 * max(information, 0.0)))


@dataclass(frozen=True)
class Quantiles:
    """A confidence distribution on a grid, from which an interval at any level is read.

    Attributes
    ----------
    probabilities : tuple of float
        Increasing, strictly between 0 and 1.
    values : tuple of float
        Quantiles in the unit of the result that holds them.
    method : str
        How they were made.
    """

    probabilities: tuple[float, ...]
    values: tuple[float, ...]
    method: str

    def interval(self, level: float) -> Interval:
        """Equal-tailed interval at `level`, linear between grid points on the normal-score axis."""
        from scipy.special import ndtri

        tail = (1.0 - level) / 2.0
        if not (0.0 < level < 1.0) or tail < self.probabilities[0] * (1 - 1e-9):
            limit = 1.0 - 2.0 * self.probabilities[0]
            raise ParameterError(sentence("level", f"must lie in (0, {limit:g}]", level))
        low, high = np.interp(ndtri([tail, 1.0 - tail]), ndtri(self.probabilities), self.values)
        # Between a quantile of 0 and the next, rounding of the level leaves a hair above 0.
        low = 0.0 if 0.0 < low < ROUNDING else low
        return Interval(float(low), float(high), float(level), self.method)

    def spanning(self, other: Quantiles) -> Quantiles:
        """Quantiles whose intervals hold those of both; `other` is read at these probabilities."""
        from scipy.special import ndtri

        return self.enclosing(np.interp(ndtri(self.probabilities), ndtri(other.probabilities), other.values))

    def enclosing(self, values: float | np.ndarray) -> Quantiles:
        """These quantiles, drawn out so that no interval leaves out a value, or one for each probability."""
        below = np.array(self.probabilities) < 0.5
        ends = np.where(below, np.minimum(self.values, values), np.maximum(self.values, values))
        return replace(self, values=tuple(ends.tolist()))

    def scaled(self, factor: float) -> Quantiles:
        """The same quantiles in another unit."""
        return replace(self, values=tuple(v * factor for v in self.values))
