"""Laws that a common rotation leaves alone: uniform balls, and directions seen with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, i0e, i1e

from mitk.distributions.base import Distribution, check_number, check_whole
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class UniformBall(Distribution):
    """A uniform point of the unit ball, its first columns being x: uncorrelated, but far from independent.

    Parameters
    ----------
    columns_x, columns_y : int, default 1

    Notes
    -----
    With d = d_x + d_y and V_d the volume of the unit ball, I = ln V_d - ln V_{d_x} - ln V_{d_y} +
    d_y/2 [psi(d/2 + 1) - psi(d_y/2 + 1)] + d_x/2 [psi(d/2 + 1) - psi(d_x/2 + 1)].

    Examples
    --------
    >>> round(UniformBall(1, 1).mutual_information, 6)     # a disk: ln(pi) - 1
    0.14473
    """

    columns_x: int = 1
    columns_y: int = 1

    def __post_init__(self) -> None:
        check_whole("columns_x", self.columns_x)
        check_whole("columns_y", self.columns_y)

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.columns_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self.columns_y

    @property
    def _volumes(self) -> float:
        dx, dy = self.dim_x, self.dim_y
        return _log_volume(dx + dy) - _log_volume(dx) - _log_volume(dy)

    @property
    def mutual_information(self) -> float:
        """Closed form, in nats."""
        dx, dy = self.dim_x, self.dim_y
        whole = digamma(0.5 * (dx + dy) + 1.0)
        bent_x = 0.5 * dy * (whole - digamma(0.5 * dy + 1.0))
        bent_y = 0.5 * dx * (whole - digamma(0.5 * dx + 1.0))
        return float(self._volumes + bent_x + bent_y)

    def _name(self) -> str:
        return f"uniform-ball-{self.dim_x}-{self.dim_y}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        d = self.dim_x + self.dim_y
        rows = rng.standard_normal((n, d))
        rows *= (rng.random(n) ** (1.0 / d) / np.linalg.norm(rows, axis=1))[:, None]
        return rows[:, : self.dim_x], rows[:, self.dim_x :]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        bent_x = 0.5 * self.dim_y * np.log1p(-(x**2).sum(axis=1))
        bent_y = 0.5 * self.dim_x * np.log1p(-(y**2).sum(axis=1))
        return self._volumes - bent_x - bent_y


def _log_volume(d: int) -> float:
    return float(0.5 * d * np.log(np.pi) - gammaln(0.5 * d + 1.0))


@dataclass(frozen=True, eq=False, repr=False)
class NoisyDirection(Distribution):
    """X a uniform direction, Y the same direction with von Mises-Fisher noise; both as points of the unit sphere.

    Parameters
    ----------
    concentration : float
        kappa of the noise, positive.
    columns : int, default 2
        2 for a circle, 3 for a sphere.

    Notes
    -----
    The pointwise information is kappa x . y - ln M(kappa), M the mean of exp(kappa x . y) over uniform directions:
    I_0(kappa) on the circle, sinh(kappa) / kappa on the sphere.

    Examples
    --------
    >>> round(NoisyDirection(5.0).mutual_information, 4)
    1.1622
    """

    concentration: float
    columns: int = 2

    def __post_init__(self) -> None:
        check_number("concentration", self.concentration, 0.0, open_low=True)
        if self.columns not in (2, 3):
            raise ParameterError(sentence("columns", "must be 2 or 3", self.columns))

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.columns

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self.columns

    @property
    def _log_mean(self) -> float:
        """Ln M(kappa) - kappa."""
        kappa = self.concentration
        if self.columns == 2:
            return float(np.log(i0e(kappa)))
        return float(np.log(-np.expm1(-2.0 * kappa) / (2.0 * kappa)))

    @property
    def mutual_information(self) -> float:
        """Closed form, in nats."""
        kappa = self.concentration
        cosine = i1e(kappa) / i0e(kappa) if self.columns == 2 else 1.0 / np.tanh(kappa) - 1.0 / kappa
        return float(kappa * (cosine - 1.0) - self._log_mean)

    def _name(self) -> str:
        return f"noisy-direction-{self.concentration:g}-{self.columns}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        kappa = self.concentration
        x = rng.standard_normal((n, self.columns))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        if self.columns == 2:
            angle = rng.vonmises(0.0, kappa, n)
            across = np.column_stack([-x[:, 1], x[:, 0]])
            return x, np.cos(angle)[:, None] * x + np.sin(angle)[:, None] * across
        u = rng.random(n)
        cosine = 1.0 + np.log(u + (1.0 - u) * np.exp(-2.0 * kappa)) / kappa
        cosine = np.clip(cosine, -1.0, 1.0)[:, None]
        across = rng.standard_normal((n, 3))
        across -= (across * x).sum(axis=1, keepdims=True) * x
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        return x, cosine * x + np.sqrt(1.0 - cosine**2) * across

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.concentration * ((x * y).sum(axis=1) - 1.0) - self._log_mean
