"""Laws made of uniforms: additive noise, smoothed lattices, and normals pushed to uniform margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import lambertw, xlogy

from mitk.distributions.base import Distribution, check_number, check_whole
from mitk.distributions.gaussian import Gaussian
from mitk.distributions.maps import Mapped
from mitk.distributions.monotone import NormalCDF


@dataclass(frozen=True, eq=False, repr=False)
class AdditiveUniform(Distribution):
    """X uniform on (0, 1) and Y = X + uniform noise on (-noise, noise), column by column.

    Parameters
    ----------
    noise : float
        Half-width of the noise, positive.
    columns : int, default 1
        Independent copies side by side.

    Notes
    -----
    A column gives e - ln(2 e) for e <= 1/2 and 1 / (4 e) above.

    Examples
    --------
    >>> round(AdditiveUniform(0.1).mutual_information, 6)
    1.709438
    """

    noise: float
    columns: int = 1

    def __post_init__(self) -> None:
        check_number("noise", self.noise, 0.0, open_low=True)
        check_whole("columns", self.columns)

    @classmethod
    def from_information(cls, information: float, columns: int = 1) -> AdditiveUniform:
        """The noise that leaves `information` nats in all.

        Examples
        --------
        >>> round(AdditiveUniform.from_information(5.0).mutual_information, 9)
        5.0
        """
        check_number("information", information, 0.0, open_low=True)
        each = information / columns
        # e - ln(2 e) = I has the root e = -W_0(-exp(-I) / 2).
        noise = float(-lambertw(-0.5 * np.exp(-each)).real) if each >= 0.5 else 0.25 / each
        return cls(noise, columns, label=f"smoothed-uniform-{columns}-{information:g}")

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
        e = self.noise
        return float(self.columns * (e - np.log(2.0 * e) if e <= 0.5 else 0.25 / e))

    @property
    def pointwise_sd(self) -> float:
        """Root of e (1 - e) a column for e <= 1/2, and of (1 - 1 / (4 e)) / (4 e) above, in nats."""
        share = self.noise if self.noise <= 0.5 else 0.25 / self.noise
        return float(np.sqrt(self.columns * share * (1.0 - share)))

    def _name(self) -> str:
        return f"{self.columns}v{self.columns}-additive-{self.noise}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.random((n, self.columns))
        return x, x + rng.uniform(-self.noise, self.noise, (n, self.columns))

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        reach = np.minimum(y + self.noise, 1.0) - np.maximum(y - self.noise, 0.0)
        return -np.log(reach).sum(axis=1)


def smoothed_uniform(information: float, columns: int = 1) -> AdditiveUniform:
    """Uniform columns plus uniform noise, with `information` nats in all.

    Examples
    --------
    >>> law = smoothed_uniform(3.0, columns=2)
    >>> law.name, round(law.mutual_information, 9)
    ('smoothed-uniform-2-3', 3.0)
    """
    return AdditiveUniform.from_information(information, columns)


@dataclass(frozen=True, eq=False, repr=False)
class SmoothedDiscreteUniform(Distribution):
    """X uniform on 0 ... levels - 1 and Y = X + U(0, width), column by column.

    Parameters
    ----------
    levels : int
    width : float, default 2.0
        Positive; up to 1 the level is never in doubt. 2 is the mixed law of :cite:`gao2017`.
    columns : int, default 1
        Independent copies side by side.

    Notes
    -----
    With k = floor(width) and r = width - k, a column gives
    ln m - 1/(m w) sum_{j=0}^{m-1+k} [r A_j ln A_j + (1 - r) B_j ln B_j]: A_j and B_j count the levels that reach the
    first and the second part of the cell (j, j + 1).

    Examples
    --------
    >>> round(SmoothedDiscreteUniform(5, 2.0).mutual_information, 6)     # ln 5 - 4/5 ln 2
    1.05492
    """

    levels: int
    width: float = 2.0
    columns: int = 1

    def __post_init__(self) -> None:
        check_whole("levels", self.levels)
        check_whole("columns", self.columns)
        check_number("width", self.width, 0.0, open_low=True)

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
        m, w = self.levels, self.width
        k = int(np.floor(w))
        r = w - k
        j = np.arange(m + k)
        last = np.minimum(j, m - 1)
        a = last - np.maximum(j - k, 0) + 1
        b = np.maximum(0, last - np.maximum(j - k + 1, 0) + 1)
        doubt = (r * xlogy(a, a) + (1.0 - r) * xlogy(b, b)).sum() / (m * w)
        return float(self.columns * (np.log(m) - doubt))

    def _name(self) -> str:
        return f"smoothed-discrete-{self.levels}-{self.width:g}-{self.columns}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.integers(self.levels, size=(n, self.columns)).astype(float)
        return x, x + rng.uniform(0.0, self.width, (n, self.columns))

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        first = np.maximum(np.ceil(y - self.width), 0.0)
        last = np.minimum(np.floor(y), self.levels - 1.0)
        return np.log(self.levels / (last - first + 1.0)).sum(axis=1)


def correlated_uniform(law: Gaussian) -> Mapped:
    """Uniform margins with the Gaussian copula of `law`, which must have unit variances.

    Examples
    --------
    >>> correlated_uniform(Gaussian.from_information(2.0, dim_x=2)).name
    'normal_cdf-gaussian-2-2-2-2'
    """
    return Mapped(law, NormalCDF(), NormalCDF())
