"""Laws of three variables in which z moves, widens or switches the channel from x to y."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import xlogy

from mitk.distributions.base import check_number, check_whole
from mitk.distributions.conditional import ConditionalDistribution, Triple
from mitk.distributions.gaussian import Gaussian
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class ShiftedChannel(ConditionalDistribution):
    """x standard normal, y = x + w'z + noise: z moves the channel, and moves it out of sight once it is known.

    Parameters
    ----------
    columns_z : int, default 1
    noise : float, default 0.1
        Standard deviation of the channel's noise.
    normal : bool, default False
        False: the columns of z are uniform on (-1/2, 1/2), and only the first moves y. True: they are standard normal
        and all move y, by weights of unit norm.
    weights_seed : int, default 0
        Draws the weights of normal columns.

    Notes
    -----
    I(X; Y | Z) = 1/2 ln(1 + 1 / noise^2), whatever z is. The models I and II of :cite:`mukherjee2020` (categories E, F
    and G of its code) are these at a noise of 0.1; what is printed there as their true value is an estimate.

    Examples
    --------
    >>> round(ShiftedChannel(20).conditional_mutual_information, 6)    # 1/2 ln 101
    2.30756
    """

    columns_z: int = 1
    noise: float = 0.1
    normal: bool = False
    weights_seed: int = 0

    def __post_init__(self) -> None:
        check_whole("columns_z", self.columns_z)
        check_number("noise", self.noise, 0.0, open_low=True)
        check_whole("weights_seed", self.weights_seed, 0)

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column of x and y, and those of z."""
        return 1, 1, self.columns_z

    @property
    def conditional_mutual_information(self) -> float:
        """1/2 ln(1 + 1 / noise^2), in nats."""
        return _channel(self.noise)

    @property
    def pointwise_sd(self) -> float | None:
        """Exact, in nats."""
        return self._still.pointwise_sd

    @cached_property
    def weights(self) -> np.ndarray:
        """How far each column of z moves y, of unit norm."""
        if not self.normal:
            return np.eye(self.columns_z)[0]
        drawn = np.random.default_rng(self.weights_seed).uniform(-1.0, 1.0, self.columns_z)
        return np.asarray(drawn / np.linalg.norm(drawn))

    @cached_property
    def _still(self) -> Gaussian:
        """The channel that nothing moves."""
        return Gaussian(np.array([[1.0, 1.0], [1.0, 1.0 + self.noise**2]]), 1)

    def _name(self) -> str:
        return f"{'mixed-' if self.normal else ''}shifted-channel-{self.columns_z}-{self.noise:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        x = rng.standard_normal((n, 1))
        shape = (n, self.columns_z)
        z = rng.standard_normal(shape) if self.normal else rng.uniform(-0.5, 0.5, shape)
        return x, x + (z @ self.weights)[:, None] + self.noise * rng.standard_normal((n, 1)), z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return self._still.pointwise(x, y - (z @ self.weights)[:, None])


@dataclass(frozen=True, eq=False, repr=False)
class ScaledChannel(ConditionalDistribution):
    """x standard normal, y = x + z_1 noise: the first column of z says how wide the noise is.

    Parameters
    ----------
    columns_z : int, default 1
        Uniform on (low, high); beyond the first they say nothing.
    low, high : float, default 0.5 and 1.5
        The narrowest and the widest noise.

    Notes
    -----
    I(X; Y | Z) is the mean of 1/2 ln(1 + 1 / s^2) over s from `low` to `high`, where 1/2 s ln(1 + 1 / s^2) + arctan s
    is its integral. Categories A and B of the code of :cite:`mukherjee2020`.

    Examples
    --------
    >>> round(ScaledChannel(10).conditional_mutual_information, 6)
    0.39258
    """

    columns_z: int = 1
    low: float = 0.5
    high: float = 1.5

    def __post_init__(self) -> None:
        check_whole("columns_z", self.columns_z)
        check_number("low", self.low, 0.0, open_low=True)
        check_number("high", self.high, self.low, open_low=True)

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column of x and y, and those of z."""
        return 1, 1, self.columns_z

    @property
    def conditional_mutual_information(self) -> float:
        """Mean over the widths, in nats."""

        def integral(s: float) -> float:
            return s * _channel(s) + math.atan(s)

        return (integral(self.high) - integral(self.low)) / (self.high - self.low)

    def _name(self) -> str:
        return f"scaled-channel-{self.columns_z}-{self.low:g}-{self.high:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        x = rng.standard_normal((n, 1))
        z = rng.uniform(self.low, self.high, (n, self.columns_z))
        return x, x + z[:, :1] * rng.standard_normal((n, 1)), z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return _normal_ratio(x[:, 0], y[:, 0], z[:, 0])


@dataclass(frozen=True, eq=False, repr=False)
class SwitchedChannel(ConditionalDistribution):
    """z, uniform on (0, 1), decides between a normal channel and a binary one, whose error rate is z up to a most.

    Parameters
    ----------
    columns_z : int, default 3
        z, z^2, z^3, ...: powers of one number.
    switch : float, default 0.2
        Below it x is standard normal and y = x + noise; above it x is a fair coin, which y repeats with an error rate
        of min(z, most).
    most : float, default 0.3
        From `switch` to 1.
    noise : float, default 0.1

    Notes
    -----
    I(X; Y | Z) = switch/2 ln(1 + 1 / noise^2) + (1 - switch) ln 2 - the mean entropy of the error: the integral of h(z)
    from `switch` to `most`, and (1 - most) h(most). Category K of the code of :cite:`mukherjee2020`.

    Examples
    --------
    >>> round(SwitchedChannel().conditional_mutual_information, 6)
    0.532414
    """

    columns_z: int = 3
    switch: float = 0.2
    most: float = 0.3
    noise: float = 0.1

    def __post_init__(self) -> None:
        check_whole("columns_z", self.columns_z)
        check_number("switch", self.switch, 0.0, 1.0)
        check_number("noise", self.noise, 0.0, open_low=True)
        if not self.switch <= self.most <= 1.0:
            raise ParameterError(sentence("most", f"must be at least {self.switch:g} and at most 1", self.most))

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column of x and y, and those of z."""
        return 1, 1, self.columns_z

    @property
    def conditional_mutual_information(self) -> float:
        """Mean over both channels, in nats."""

        def half(q: float) -> float:
            # Integral of -q ln q.
            return float(0.25 * q * q - 0.5 * q * xlogy(q, q))

        low, high = self.switch, self.most
        rising = half(high) - half(low) + half(1.0 - low) - half(1.0 - high)
        level = float(-xlogy(high, high) - xlogy(1.0 - high, 1.0 - high))
        doubt = rising + (1.0 - high) * level
        return low * _channel(self.noise) + (1.0 - low) * math.log(2.0) - doubt

    def _name(self) -> str:
        return f"switched-channel-{self.columns_z}-{self.switch:g}-{self.most:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        z = rng.random((n, 1))
        normal = rng.standard_normal((n, 1))
        coin = (rng.random((n, 1)) < 0.5).astype(float)
        wrong = rng.random((n, 1)) < np.minimum(z, self.most)
        below = z < self.switch
        x = np.where(below, normal, coin)
        y = np.where(below, normal + self.noise * rng.standard_normal((n, 1)), np.where(wrong, 1.0 - coin, coin))
        return x, y, z ** np.arange(1, self.columns_z + 1)

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, y, z = x[:, 0], y[:, 0], z[:, 0]
        error = np.minimum(z, self.most)
        with np.errstate(divide="ignore"):
            coin = np.log(2.0 * np.where(x == y, 1.0 - error, error))
        return np.where(z < self.switch, _normal_ratio(x, y, np.full(len(x), self.noise)), coin)


def _channel(noise: float) -> float:
    """Information, in nats, that a standard normal number leaves in itself plus normal noise."""
    return 0.5 * math.log1p(1.0 / noise**2)


def _normal_ratio(x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Log ratio p(y | x) / p(y) of y = x + noise e, each row with a noise of its own."""
    whole = 1.0 + noise**2
    return 0.5 * (np.log(whole) - 2.0 * np.log(noise) + y**2 / whole - ((y - x) / noise) ** 2)
