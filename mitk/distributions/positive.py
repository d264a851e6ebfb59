"""Laws on the positive numbers, taken in logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma

from mitk.distributions.base import Distribution, check_number, check_whole


@dataclass(frozen=True, eq=False, repr=False)
class LogGammaExponential(Distribution):
    """Logarithms of G ~ Gamma(1 / theta) and of E given G ~ Exponential(rate G), column by column.

    Parameters
    ----------
    theta : float
        Inverse shape, positive; large values give much information and very long tails to the left.
    columns : int, default 1
        Independent copies side by side.

    Notes
    -----
    A column gives psi(1/theta) + theta + ln theta. ln G is drawn as ln Gamma(a + 1) + ln(U) / a with a = 1/theta,
    because G itself underflows from theta of about 100.

    Examples
    --------
    >>> round(LogGammaExponential(1.0).mutual_information, 6)     # 1 - Euler's constant
    0.422784
    """

    theta: float
    columns: int = 1

    def __post_init__(self) -> None:
        check_number("theta", self.theta, 0.0, open_low=True)
        check_whole("columns", self.columns)

    @classmethod
    def from_information(cls, information: float, columns: int = 1) -> LogGammaExponential:
        """The theta that gives `information` nats in all."""
        check_number("information", information, 0.0, open_low=True)
        each = information / columns

        def excess(log_theta: float) -> float:
            theta = np.exp(log_theta)
            return _information(theta) - each

        theta = float(np.exp(brentq(excess, np.log(each) - 5.0, each + 5.0, xtol=1e-14, rtol=1e-14)))
        return cls(theta, columns, label=f"log-gamma-exponential-{columns}-{information:g}")

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.columns

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self.columns

    @property
    def mutual_information(self) -> float:
        """Sum over the columns, in nats."""
        return self.columns * _information(self.theta)

    def _name(self) -> str:
        return f"log-gamma-exponential-{self.theta:g}-{self.columns}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        shape = (n, self.columns)
        a = 1.0 / self.theta
        x = np.log(rng.standard_gamma(a + 1.0, shape)) - rng.standard_exponential(shape) / a
        return x, np.log(rng.standard_exponential(shape)) - x

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        a = 1.0 / self.theta
        return (x - np.exp(x + y) - np.log(a) + (a + 1.0) * np.logaddexp(0.0, y)).sum(axis=1)


def _information(theta: float) -> float:
    a = 1.0 / theta
    if a > 1e4:
        # The three terms cancel to theta / 2 there: the asymptotic series keeps the digits.
        return float(theta / 2.0 - theta**2 / 12.0)
    return float(digamma(a + 1.0) + np.log(theta))
