"""A function of x seen in noise: as much information as the noise is small."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial.legendre import leggauss, legval, legvander
from scipy.optimize import brentq

from mitk.distributions.base import Computed, OneByOne, check_number
from mitk.distributions.monotone import bisect
from mitk.errors import ParameterError, sentence

Curve = Callable[[np.ndarray], np.ndarray]

# Noise deviations beyond which a row is not looked for, and beyond which nothing reaches it.
FAR, REACH = 9.0, 14.0
# Points that find where a curve turns, and Gauss-Legendre nodes across the reach of the noise.
SCAN, NODES = 4001, 110
# A panel's log density is a polynomial of this many terms; the last two must be below the tolerance, or below what
# rounding the curve to float64 does to them, in units of the rounding error over the noise.
TERMS, TOLERANCE, ROUNDING = 16, 1e-8, 50.0
PANELS = 20_000


def cubic(t: np.ndarray) -> np.ndarray:
    """Curve t^3 + t / 5: increasing, flat in the middle."""
    return t**3 + 0.2 * t


def parabola(t: np.ndarray) -> np.ndarray:
    """Curve t^2: even, so that y is uncorrelated with x."""
    return t**2


def swing(t: np.ndarray) -> np.ndarray:
    """Curve t + sin(2 pi t) / 2: a trend that turns back four times."""
    return t + 0.5 * np.sin(2.0 * np.pi * t)


def widening(t: np.ndarray) -> np.ndarray:
    """Spread 1 + t / 2: noise three times as wide on the right as on the left."""
    return 1.0 + 0.5 * t


@dataclass(frozen=True, eq=False, repr=False)
class NoisyFunction(Computed, OneByOne):
    """X uniform on (-1, 1) and Y = f(X) + noise s(X) E with E standard normal.

    Parameters
    ----------
    function : callable
        f, of an array, smooth on [-1, 1]; a function of a module if the law is to be pickled.
    noise : float
        Positive.
    spread : callable, optional
        s, positive and smooth on [-1, 1]; 1 by default.

    Notes
    -----
    I = h(Y) - E ln(noise s(X)) - 1/2 ln(2 pi e). The density of y sums, over the pieces on which f is monotone,
    Gauss-Legendre rules of the stretch of x within reach of y; its logarithm is kept as polynomials on panels, split
    until each is resolved, so that 15 nats cost little more than one.

    Examples
    --------
    >>> law = NoisyFunction(parabola, 0.1)
    >>> law.name, round(law.mutual_information, 4)
    ('noisy-parabola-0.1', 1.0294)
    """

    function: Curve
    noise: float
    spread: Curve | None = None

    def __post_init__(self) -> None:
        check_number("noise", self.noise, 0.0, open_low=True)
        t = np.linspace(-1.0, 1.0, SCAN)
        for name, values in (("function", self._curve(t)), ("spread", self._deviation(t))):
            if values.shape != t.shape or not np.isfinite(values).all():
                raise ParameterError(sentence(name, "must map an array to finite numbers, one each", "others"))
        if not (self._deviation(t) > 0).all():
            raise ParameterError(sentence("spread", "must be positive on [-1, 1]", "values at or below 0"))
        if np.ptp(self._curve(t)) == 0:
            raise ParameterError(sentence("function", "must not be constant", "a constant"))

    @classmethod
    def from_information(cls, information: float, function: Curve, spread: Curve | None = None) -> NoisyFunction:
        """The noise that leaves `information` nats, from 0.01 to 16, to 1e-9.

        Examples
        --------
        >>> law = NoisyFunction.from_information(2.0, cubic)
        >>> round(law.mutual_information, 8), round(law.noise, 4)
        (2.0, 0.0591)
        """
        check_number("information", information, 0.01, 16.0)

        def excess(log_noise: float) -> float:
            return cls(function, float(np.exp(log_noise)), spread).mutual_information - information

        size = float(np.log(np.ptp(function(np.linspace(-1.0, 1.0, SCAN)))))
        log_noise = brentq(excess, size - information - 6.0, size + 4.0, xtol=1e-11, rtol=1e-11)
        return cls(function, float(np.exp(log_noise)), spread)

    def _curve(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.function(x), dtype=float)

    def _deviation(self, x: np.ndarray) -> np.ndarray:
        """Standard deviation of the noise at x."""
        return self.noise * (np.ones_like(x) if self.spread is None else np.asarray(self.spread(x), dtype=float))

    def _quadrature(self) -> float:
        edges, coefficients = self._log_margin
        nodes, weights = leggauss(2 * TERMS)
        log_density = legval(nodes, coefficients)
        entropy = -0.5 * float((np.diff(edges) * ((np.exp(log_density) * log_density) @ weights)).sum())
        nodes, weights = leggauss(200)
        doubt = 0.5 * float(np.log(self._deviation(nodes)) @ weights)
        return entropy - doubt - 0.5 * math.log(2.0 * math.pi * math.e)

    @cached_property
    def _pieces(self) -> np.ndarray:
        """Ends of the stretches of x on which the function is monotone, increasing."""
        t = np.linspace(-1.0, 1.0, SCAN)
        steps = np.diff(self._curve(t))
        turns = []
        for i in np.flatnonzero(steps[:-1] * steps[1:] < 0):
            sign = np.sign(steps[i])
            low, high = t[i], t[i + 2]
            # Golden sections: a turn known to 1e-8 is known to 1e-16 in the value of the function.
            ratio = 0.5 * (np.sqrt(5.0) - 1.0)
            for _ in range(40):
                a, b = high - ratio * (high - low), low + ratio * (high - low)
                low, high = (low, b) if sign * (self._curve(a) - self._curve(b)) > 0 else (a, high)
            turns.append(0.5 * (low + high))
        return np.array([-1.0, *turns, 1.0])

    @cached_property
    def _widths(self) -> tuple[float, float]:
        """Smallest and largest standard deviation of the noise."""
        deviations = self._deviation(np.linspace(-1.0, 1.0, SCAN))
        return float(deviations.min()), float(deviations.max())

    def _density(self, y: np.ndarray) -> np.ndarray:
        """Density of y (n,)."""
        narrow, wide = self._widths
        nodes, weights = leggauss(int(np.ceil(NODES * wide / narrow)))
        total = np.zeros(len(y))
        for start, end in zip(self._pieces[:-1], self._pieces[1:], strict=True):
            rising = self._curve(end) > self._curve(start)
            sign = 1.0 if rising else -1.0

            def monotone(x: np.ndarray, sign: float = sign) -> np.ndarray:
                return sign * self._curve(x)

            ends = np.full(len(y), start), np.full(len(y), end)
            low = bisect(monotone, sign * y - REACH * wide, *ends)
            high = bisect(monotone, sign * y + REACH * wide, *ends)
            half = 0.5 * (high - low)[:, None]
            x = low[:, None] + half * (1.0 + nodes)
            deviation = self._deviation(x)
            bell = np.exp(-0.5 * ((y[:, None] - self._curve(x)) / deviation) ** 2) / deviation
            # Half of it: the density of x. The rest: the normal's constant.
            total += 0.5 / np.sqrt(2.0 * np.pi) * (half * bell) @ weights
        return total

    @cached_property
    def _log_margin(self) -> tuple[np.ndarray, np.ndarray]:
        """Edges (m + 1,) of panels of y and the Legendre coefficients (TERMS, m) of the log density on each."""
        narrow, wide = self._widths
        corners = np.unique(self._curve(self._pieces))
        first, last = corners[0] - FAR * wide, corners[-1] + FAR * wide
        # The noise rounds off every corner, within its reach of it.
        edges = np.concatenate([corners, corners - FAR * wide, corners + FAR * wide])
        edges = np.unique(np.clip(edges, first, last))
        nodes, weights = leggauss(TERMS)
        project = legvander(nodes, TERMS - 1) * weights[:, None] * (np.arange(TERMS) + 0.5)
        left, right = edges[:-1], edges[1:]
        tolerance = max(TOLERANCE, ROUNDING * np.spacing(np.abs(corners).max()) / narrow)
        done: list[tuple[np.ndarray, np.ndarray]] = []
        while len(left):
            half = 0.5 * (right - left)
            y = left[:, None] + half[:, None] * (1.0 + nodes)
            density = np.maximum(self._density(y.ravel()), 1e-300).reshape(y.shape)
            coefficients = np.log(density) @ project
            # Where the density is next to nothing, so is what its logarithm adds.
            share = half * density.max(axis=1)
            rough = np.abs(coefficients[:, -2:]).max(axis=1) * np.minimum(1.0, 1e6 * share) > tolerance
            rough &= half > 1e-3 * narrow
            done.append((left[~rough], coefficients[~rough]))
            middle = 0.5 * (left + right)[rough]
            left, right = np.concatenate([left[rough], middle]), np.concatenate([middle, right[rough]])
            if len(left) > PANELS:
                raise ParameterError(sentence("function", "must be smooth on [-1, 1]", "one that no panels resolve"))
        starts = np.concatenate([part for part, _ in done])
        order = np.argsort(starts)
        return np.append(starts[order], last), np.concatenate([part for _, part in done])[order].T

    def _name(self) -> str:
        spread = "" if self.spread is None else f"-{self.spread.__name__}"
        return f"noisy-{self.function.__name__}{spread}-{self.noise:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.uniform(-1.0, 1.0, (n, 1))
        return x, self._curve(x) + self._deviation(x) * rng.standard_normal((n, 1))

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = x[:, 0], y[:, 0]
        deviation = self._deviation(x)
        given = -0.5 * ((y - self._curve(x)) / deviation) ** 2 - np.log(deviation) - 0.5 * np.log(2.0 * np.pi)
        edges, coefficients = self._log_margin
        panel = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, len(edges) - 2)
        inside = (y >= edges[0]) & (y <= edges[-1])
        place = 2.0 * (y - edges[panel]) / (edges[panel + 1] - edges[panel]) - 1.0
        log_margin = legval(np.where(inside, place, 0.0), coefficients[:, panel], tensor=False)
        if not inside.all():
            with np.errstate(divide="ignore"):
                log_margin[~inside] = np.log(self._density(y[~inside]))
        return given - log_margin
