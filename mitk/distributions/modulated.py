"""One hidden number a side that scales a known pattern, seen in noise: amplitudes of waves, brightness of spots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitk.distributions.base import check_number, check_whole, frozen_array
from mitk.distributions.gaussian import Gaussian, check_correlation
from mitk.distributions.windows import SeriesRows
from mitk.errors import ParameterError, sentence


def modulated(correlation: float, pattern: np.ndarray, noise: np.ndarray) -> Gaussian:
    """Both sides show one pattern, scaled by two standard normals of that correlation, in independent noise.

    Parameters
    ----------
    correlation : float
    pattern : array-like of shape (d,)
    noise : array-like of shape (d, d)
        Covariance of the noise of each side.

    Notes
    -----
    The matched filter is sufficient: with a = p' N^-1 p the information is that of two normals of correlation
    rho a / (1 + a).

    Examples
    --------
    >>> law = modulated(0.9, np.ones(4), np.eye(4))
    >>> law.dim_x, round(law.mutual_information, 6), round(Gaussian.bivariate(0.9 * 4 / 5).mutual_information, 6)
    (4, 0.365321, 0.365321)
    """
    check_correlation(correlation)
    pattern = frozen_array("pattern", pattern, 1)
    signal = np.outer(pattern, pattern)
    side = signal + np.asarray(noise, dtype=float)
    across = correlation * signal
    return Gaussian(np.block([[side, across], [across, side]]), len(pattern), label=f"modulated-{len(pattern)}")


def spots(information: float, size: int = 8, noise: float = 0.2, length: float = 2.0) -> Gaussian:
    """Images of a round spot of random brightness before a random smooth background.

    Parameters
    ----------
    information : float
        Nats that the two images share.
    size : int, default 8
        Pixels a side.
    noise : float, default 0.2
        Standard deviation of the background, that of the brightness being 1; it limits the information.
    length : float, default 2.0
        Pixels over which the correlation of the background falls by e.

    Examples
    --------
    >>> law = spots(1.0)
    >>> law.dim_x, round(law.mutual_information, 6)
    (64, 1.0)
    """
    check_whole("size", size, 2)
    check_number("noise", noise, 0.0, open_low=True)
    check_number("length", length, 0.0, open_low=True)
    check_number("information", information, 0.0)
    pixels = np.indices((size, size)).reshape(2, -1)
    distance = np.hypot(*(pixels[:, :, None] - pixels[:, None, :]))
    background = noise**2 * np.exp(-distance / length)
    spot = np.exp(-0.5 * ((pixels - 0.5 * (size - 1)) ** 2).sum(axis=0) / (0.2 * size) ** 2)
    strength = float(spot @ np.linalg.solve(background, spot))
    correlation = float(np.sqrt(-np.expm1(-2.0 * information)) * (1.0 + strength) / strength)
    if correlation >= 1.0:
        rule = "must be within what the noise leaves"
        raise ParameterError(sentence("information", rule, information, "ask for less of it, or lower `noise`"))
    return modulated(correlation, spot, background).named(f"spots-{size}-{information:g}-{noise:g}")


@dataclass(frozen=True, eq=False, repr=False)
class ModulatedSeries(SeriesRows):
    """Windows of two carriers in white noise, whose amplitudes follow a correlated pair of autoregressions.

    Parameters
    ----------
    correlation : float
        Of the two amplitudes of a window, which have unit variance.
    memory : float, default 0.8
        Correlation of an amplitude with that of the window before, within (-1, 1).
    width : int, default 20
        Values of a window, over which the carrier goes through two periods.
    noise : float, default 1.0
        Standard deviation of the white noise.

    Notes
    -----
    I = -1/2 ln(1 - r^2) with r = rho v^2 / (v^2 + noise^2), v^2 the squared norm of the carrier.

    Examples
    --------
    >>> law = ModulatedSeries(0.9, width=20, noise=2.0)
    >>> law.dim_x, round(law.mutual_information, 6)
    (20, 0.266591)
    """

    correlation: float
    memory: float = 0.8
    width: int = 20
    noise: float = 1.0

    def __post_init__(self) -> None:
        check_correlation(self.correlation)
        check_correlation(self.memory)
        check_whole("width", self.width, 5)
        check_number("noise", self.noise, 0.0, open_low=True)

    @property
    def dim_x(self) -> int:
        """The width of a window."""
        return self.width

    @property
    def dim_y(self) -> int:
        """The width of a window."""
        return self.width

    @property
    def carrier(self) -> np.ndarray:
        """One window of the pattern, shape (width,)."""
        return np.sin(4.0 * np.pi * np.arange(self.width) / self.width)

    def row_covariance(self, lag: int) -> np.ndarray:
        """Covariance of the row (x, y) at t with that at t - lag, shape (d, d)."""
        if lag == 0:
            return modulated(self.correlation, self.carrier, self.noise**2 * np.eye(self.width)).covariance
        amplitudes = self.memory**lag * np.array([[1.0, self.correlation], [self.correlation, 1.0]])
        return np.kron(amplitudes, np.outer(self.carrier, self.carrier))

    def _name(self) -> str:
        return f"modulated-series-{self.width}-{self.correlation:g}-{self.memory:g}-{self.noise:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        shocks = rng.standard_normal((n, 2))
        shocks[1:] *= np.sqrt(1.0 - self.memory**2)
        # Both amplitudes have one memory, so a pair of independent series mixed afterwards is the pair wanted.
        # Costs half a second, which only those who draw should pay.
        from scipy.signal import lfilter

        first, other = lfilter([1.0], [1.0, -self.memory], shocks, axis=0).T
        second = self.correlation * first + np.sqrt(1.0 - self.correlation**2) * other
        sides = [
            np.outer(scale, self.carrier) + self.noise * rng.standard_normal((n, self.width))
            for scale in (first, second)
        ]
        return sides[0], sides[1]
