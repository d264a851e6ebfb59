"""Laws of two variables both of which a third moves: what they share without it is what they share given it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.distributions.base import Distribution, Truth, check_number, check_whole
from mitk.distributions.conditional import ConditionalDistribution, Triple
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class _Moved(ConditionalDistribution):
    """A law whose columns a third variable shifts: given it the shifts are known, so that all truths are the law's."""

    distribution: Distribution

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """As in the law."""
        return self.distribution.independent_rows

    @property
    def conditional_mutual_information(self) -> float:
        """That of the law, in nats."""
        return self.distribution.mutual_information

    @property
    def conditional_mutual_information_error(self) -> float:
        """That of the law, in nats."""
        return self.distribution.mutual_information_error

    @property
    def truth(self) -> Truth:
        """As in the law."""
        return self.distribution.truth

    @property
    def pointwise_sd(self) -> float | None:
        """That of the law, in nats."""
        return self.distribution.pointwise_sd


@dataclass(frozen=True, eq=False, repr=False)
class Confounded(_Moved):
    """(x, y) of a law, both moved by a normal z in ways that are not linear.

    Parameters
    ----------
    distribution : Distribution
        Of what x and y are without z.
    strength : float, default 1.0
        ``strength z^2`` is added to each column of x and ``strength sin(2 z)`` + ``strength z^2`` to each of y.

    Notes
    -----
    Given z the shifts are known, so I(X; Y | Z) is the information of the law; without it, x and y share z too.

    Examples
    --------
    >>> from mitk.distributions import Gaussian
    >>> round(Confounded(Gaussian.bivariate(0.6)).conditional_mutual_information, 6)
    0.223144
    """

    strength: float = 1.0

    @property
    def dims(self) -> tuple[int, int, int]:
        """Columns of the law, and one."""
        return self.distribution.dim_x, self.distribution.dim_y, 1

    def _name(self) -> str:
        return f"confounded({self.strength:g})-{self.distribution.name}"

    def _shifts(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.strength * z**2, self.strength * (z**2 + np.sin(2.0 * z))

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        z = rng.standard_normal((n, 1))
        x, y = self.distribution._draw(rng, n)
        shift_x, shift_y = self._shifts(z)
        return x + shift_x, y + shift_y, z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        shift_x, shift_y = self._shifts(z)
        return self.distribution.pointwise(x - shift_x, y - shift_y)


@dataclass(frozen=True, eq=False, repr=False)
class LinearlyConfounded(_Moved):
    """(x, y) of a law, all columns moved by sums of many columns of noise, z.

    Parameters
    ----------
    distribution : Distribution
        Of what x and y are without z.
    columns_z : int, default 1
    strength : float, default 1.0
        Scale of the columns of z.
    noise : {"normal", "uniform", "laplace"}, default "normal"
        Their law: standard normal, uniform on (-1, 1), or Laplace of scale 1, times `strength`.
    weights_seed : int, default 0
        Draws the standard normal weights with which they move the columns of x and y.

    Notes
    -----
    Given z the shifts are known, so I(X; Y | Z) is the information of the law, whatever `noise` and `strength` are.

    Examples
    --------
    >>> from mitk.distributions import Gaussian
    >>> law = LinearlyConfounded(Gaussian.bivariate(0.6), 5, 0.01, "laplace")
    >>> law.dims, round(law.conditional_mutual_information, 6)
    ((1, 1, 5), 0.223144)
    """

    columns_z: int = 1
    strength: float = 1.0
    noise: str = "normal"
    weights_seed: int = 0

    def __post_init__(self) -> None:
        check_whole("columns_z", self.columns_z)
        check_number("strength", self.strength, 0.0)
        check_whole("weights_seed", self.weights_seed, 0)
        if self.noise not in ("normal", "uniform", "laplace"):
            raise ParameterError(sentence("noise", "must be normal, uniform or laplace", self.noise))

    @property
    def dims(self) -> tuple[int, int, int]:
        """Columns of the law, and those of z."""
        return self.distribution.dim_x, self.distribution.dim_y, self.columns_z

    @cached_property
    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """How far each column of z moves the columns of x (dz, dx) and of y (dz, dy)."""
        dim_x, dim_y, dim_z = self.dims
        drawn = np.random.default_rng(self.weights_seed).standard_normal((dim_z, dim_x + dim_y))
        return drawn[:, :dim_x], drawn[:, dim_x:]

    def _name(self) -> str:
        return f"linearly-confounded-{self.columns_z}({self.strength:g})-{self.distribution.name}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        shape = (n, self.columns_z)
        z = rng.uniform(-1.0, 1.0, shape) if self.noise == "uniform" else getattr(rng, self.noise)(size=shape)
        z = self.strength * z
        x, y = self.distribution._draw(rng, n)
        return x + z @ self.weights[0], y + z @ self.weights[1], z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return self.distribution.pointwise(x - z @ self.weights[0], y - z @ self.weights[1])
