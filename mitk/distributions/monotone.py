"""Monotone maps of each column, which leave mutual information and ranks alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from mitk.distributions.base import check_number
from mitk.distributions.maps import Map


@dataclass(frozen=True, eq=False)
class NormalCDF(Map):
    """The standard normal distribution function, column by column.

    Examples
    --------
    >>> NormalCDF()(np.array([[0.0, 1.0]])).round(3).tolist()
    [[0.5, 0.841]]
    """

    name = "normal_cdf"

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return ndtr(values)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return ndtri(values)


@dataclass(frozen=True, eq=False)
class Power(Map):
    """``sign(t) |t|^exponent``, column by column.

    Examples
    --------
    >>> Power(3.0)(np.array([[-2.0, 0.5]])).tolist()
    [[-8.0, 0.125]]
    """

    exponent: float = 1.5

    def __post_init__(self) -> None:
        check_number("exponent", self.exponent, 0.0, open_low=True)

    @property
    def name(self) -> str:
        """half_cube at exponent 3/2, the name in the literature."""
        return "half_cube" if self.exponent == 1.5 else f"power({self.exponent:g})"

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return np.sign(values) * np.abs(values) ** self.exponent

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return np.sign(values) * np.abs(values) ** (1.0 / self.exponent)


def half_cube() -> Power:
    """``t sqrt|t|``, column by column.

    Examples
    --------
    >>> half_cube()(np.array([[-4.0, 0.25]])).tolist()
    [[-8.0, 0.125]]
    """
    return Power(1.5)


@dataclass(frozen=True, eq=False)
class Asinh(Map):
    """Inverse hyperbolic sine, column by column: it pulls in heavy tails.

    Examples
    --------
    >>> Asinh()(np.array([[0.0, 1e6]])).round(3).tolist()
    [[0.0, 14.509]]
    """

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return np.arcsinh(values)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return np.sinh(values)


@dataclass(frozen=True, eq=False)
class Exp(Map):
    """Exponential, column by column: normals become log-normal.

    Examples
    --------
    >>> Exp()(np.array([[0.0, 1.0]])).round(3).tolist()
    [[1.0, 2.718]]
    """

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return np.exp(values)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return np.log(values)


class Increasing(Map):
    """An increasing map of each column to itself, undone by bisection."""

    @abstractmethod
    def _bracket(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs certain to lie below and above those that give `values`."""

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return bisect(self._forward, values, *self._bracket(values))


def bisect(
    function: Callable[[np.ndarray], np.ndarray], targets: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Solve function(t) = targets, element by element, for an increasing function between `low` and `high`."""
    # Sixty halvings reach the last digit of any bracket met here.
    for _ in range(60):
        middle = 0.5 * (low + high)
        below = function(middle) < targets
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return 0.5 * (low + high)


@dataclass(frozen=True, eq=False)
class WigglyX(Increasing):
    """t + 0.4 sin t + 0.2 sin(1.7 t + 1) + 0.03 sin(3.3 t - 2.5), column by column.

    Examples
    --------
    >>> WigglyX()(np.array([[0.0, 1.0]])).round(3).tolist()
    [[0.15, 1.444]]
    """

    name = "wiggly"

    def _forward(self, values: np.ndarray) -> np.ndarray:
        t = values
        return t + 0.4 * np.sin(t) + 0.2 * np.sin(1.7 * t + 1.0) + 0.03 * np.sin(3.3 * t - 2.5)

    def _bracket(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return values - 0.63, values + 0.63


@dataclass(frozen=True, eq=False)
class WigglyY(Increasing):
    """t - 0.4 sin(0.4 t) + 0.17 sin(1.3 t + 3.5) + 0.02 sin(4.3 t - 2.5), column by column.

    Examples
    --------
    >>> WigglyY()(np.array([[0.0, 1.0]])).round(3).tolist()
    [[-0.072, 0.694]]
    """

    name = "wiggly"

    def _forward(self, values: np.ndarray) -> np.ndarray:
        t = values
        return t - 0.4 * np.sin(0.4 * t) + 0.17 * np.sin(1.3 * t + 3.5) + 0.02 * np.sin(4.3 * t - 2.5)

    def _bracket(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return values - 0.59, values + 0.59


@dataclass(frozen=True, eq=False)
class Bimodal(Map):
    """Standard normal columns to a mixture of two unit normals, by its quantile function.

    Parameters
    ----------
    share : float
        Weight of the first bump.
    centre, other : float
        Where the bumps are.

    Examples
    --------
    >>> Bimodal(0.3, 0.0, 5.0)(np.array([[-2.0], [2.0]])).round(3).tolist()
    [[-1.434], [6.845]]
    """

    share: float = 0.3
    centre: float = 0.0
    other: float = 5.0
    name = "bimodal"

    def _cdf(self, t: np.ndarray) -> np.ndarray:
        return self.share * ndtr(t - self.centre) + (1.0 - self.share) * ndtr(t - self.other)

    def _survival(self, t: np.ndarray) -> np.ndarray:
        return self.share * ndtr(self.centre - t) + (1.0 - self.share) * ndtr(self.other - t)

    def _forward(self, values: np.ndarray) -> np.ndarray:
        lower, upper = min(self.centre, self.other), max(self.centre, self.other)
        # The quantile lies between those of the two bumps.
        low, high = values + lower, values + upper
        left = bisect(self._cdf, ndtr(values), low, high)
        # The upper half is solved in survival probabilities, which keep their digits where the CDF rounds to 1.
        right = bisect(lambda t: -self._survival(t), -ndtr(-values), low, high)
        return np.where(values < 0.0, left, right)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        p, q = self._cdf(values), self._survival(values)
        return np.where(p < q, ndtri(p), -ndtri(q))
