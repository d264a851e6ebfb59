"""Laws in which some rows carry no information."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.distributions.base import Computed, Distribution, Truth, check_number
from mitk.distributions.gaussian import Gaussian
from mitk.distributions.quadrature import normal_mean, unit_interval_mean


@dataclass(frozen=True, eq=False, repr=False)
class Inliers(Computed):
    """A law in which a share of the rows is replaced by independent draws from its two margins.

    Parameters
    ----------
    signal : Distribution
        One with known densities.
    share : float
        Probability that a row is noise.

    Notes
    -----
    With L the pointwise information of the signal, that of the mixture is ln((1 - a) e^L + a). For one pair of
    correlated normals, or two pairs of equal correlation, the law of L is known and the truth is quadrature;
    otherwise Monte Carlo.

    Examples
    --------
    >>> law = Inliers(Gaussian.sparse(5, 5), 0.2)
    >>> round(law.mutual_information, 8), law.truth
    (0.6357589, 'quadrature')
    """

    signal: Distribution
    share: float

    def __post_init__(self) -> None:
        check_number("share", self.share, 0.0, 1.0)

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """As in the signal."""
        return self.signal.independent_rows

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.signal.dim_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self.signal.dim_y

    @cached_property
    def _pairs(self) -> np.ndarray:
        """Non-zero canonical correlations when they allow quadrature, else empty."""
        if not isinstance(self.signal, Gaussian):
            return np.empty(0)
        rho = self.signal.canonical_correlations
        rho = rho[rho > 1e-9]
        regular = len(rho) == 1 or (len(rho) == 2 and abs(rho[0] - rho[1]) < 1e-9)
        return rho if regular else np.empty(0)

    @property
    def integrable(self) -> bool:
        """True for one Gaussian pair, or two equal ones."""
        return len(self._pairs) > 0

    def _quadrature(self) -> float:
        rho = float(self._pairs[0])
        return self._one_pair(rho) if len(self._pairs) == 1 else self._two_pairs(rho)

    def _blend(self, information: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.logaddexp(np.log1p(-self.share) + information, np.log(self.share))

    def _two_pairs(self, rho: float) -> float:
        """L = -ln(1 - rho^2) + rho Laplace under the signal; an asymmetric Laplace under the noise."""
        centre = -np.log1p(-rho * rho)

        def exponential(scale: float) -> float:
            return unit_interval_mean(lambda u: self._blend(centre - scale * np.log(np.maximum(u, 1e-300))))

        signal = 0.5 * (exponential(rho) + exponential(-rho))
        up, down = rho / (1.0 + rho), rho / (1.0 - rho)
        # Difference of exponentials with means `up` and `down`: one of them alone, picked in proportion to its mean.
        noise = (up * exponential(up) + down * exponential(-down)) / (up + down)
        return (1.0 - self.share) * signal + self.share * noise

    def _one_pair(self, rho: float) -> float:
        """L is a quadratic form in two independent normals: a sum and a difference of the pair."""

        def form(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            # a and b: (x + y) / sqrt 2 and (x - y) / sqrt 2 of unit-variance x and y.
            return -0.5 * np.log1p(-rho * rho) + 0.5 * rho * (a**2 / (1.0 + rho) - b**2 / (1.0 - rho))

        def mean(scale_a: float, scale_b: float) -> float:
            def inner(a: np.ndarray) -> np.ndarray:
                z, step = np.linspace(-12.0, 12.0, 2001, retstep=True)
                weight = step * np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
                return self._blend(form(scale_a * a[:, None], scale_b * z)) @ weight

            return normal_mean(inner)

        signal = mean(np.sqrt(1.0 + rho), np.sqrt(1.0 - rho))
        return (1.0 - self.share) * signal + self.share * mean(1.0, 1.0)

    def _name(self) -> str:
        return f"inliers({self.share:g})-{self.signal.name}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = self.signal._draw(rng, n)
        noise = rng.random(n) < self.share
        if noise.any():
            y = y.copy()
            y[noise] = self.signal._draw(rng, int(noise.sum()))[1]
        return x, y

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self._blend(self.signal._pointwise(x, y))


@dataclass(frozen=True, eq=False, repr=False)
class Erased(Distribution):
    """A law in which y is erased from a share of the rows, whatever it was.

    Parameters
    ----------
    distribution : Distribution
    rate : float
        Probability that a row loses its y.

    Notes
    -----
    y gains a column: 1 where it was kept, 0 where it was erased and its other columns are 0. Exactly
    (1 - rate) I remains.

    Examples
    --------
    >>> round(Erased(Gaussian.bivariate(0.75), 0.5).mutual_information, 6)
    0.20667
    """

    distribution: Distribution
    rate: float

    def __post_init__(self) -> None:
        check_number("rate", self.rate, 0.0, 1.0)

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """As in the law that is erased from."""
        return self.distribution.independent_rows

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.distribution.dim_x

    @property
    def dim_y(self) -> int:
        """Columns of y, one of them saying whether it was kept."""
        return self.distribution.dim_y + 1

    @property
    def mutual_information(self) -> float:
        """(1 - rate) I, in nats."""
        return (1.0 - self.rate) * self.distribution.mutual_information

    @property
    def mutual_information_error(self) -> float:
        """(1 - rate) times the error of the whole law, in nats."""
        return (1.0 - self.rate) * self.distribution.mutual_information_error

    @property
    def truth(self) -> Truth:
        """As in the law that is erased from."""
        return self.distribution.truth

    def _name(self) -> str:
        return f"erased({self.rate:g})-{self.distribution.name}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = self.distribution._draw(rng, n)
        kept = (rng.random((n, 1)) >= self.rate).astype(float)
        return x, np.hstack([np.where(kept == 1.0, y, 0.0), kept])

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        kept = y[:, -1] == 1.0
        information = np.zeros(len(x))
        information[kept] = self.distribution._pointwise(x[kept], y[kept, :-1])
        return information
