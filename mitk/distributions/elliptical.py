"""Elliptical laws: normals with a random common scale, whose sides depend even when they are uncorrelated."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import digamma, gammaln, logsumexp

from mitk.distributions.base import Computed, Distribution, check_number, frozen_array, positive_definite, probabilities
from mitk.distributions.gaussian import Gaussian, check_split
from mitk.distributions.quadrature import chi_square_mean
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class EllipticalLaw(Distribution):
    """Normal rows of a given dispersion, each multiplied by a random scale; a family gives the law of the scale."""

    dispersion: np.ndarray
    columns_x: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "dispersion", positive_definite("dispersion", self.dispersion))
        check_split(self.columns_x, len(self.dispersion))

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.columns_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return len(self.dispersion) - self.columns_x

    @cached_property
    def gaussian(self) -> Gaussian:
        """The normal law with the same dispersion."""
        return Gaussian(self.dispersion, self.columns_x)

    @abstractmethod
    def _scale(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Draw n scales."""

    @abstractmethod
    def _log_radial(self, q: np.ndarray, d: int) -> np.ndarray:
        """Log density of a d-column margin at squared radius q, without -1/2 ln det and -d/2 ln(2 pi)."""

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = self.gaussian._draw(rng, n)
        scale = self._scale(rng, n)[:, None]
        return x * scale, y * scale

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        # The whole is whitened at once: its leading triangle whitens x alone.
        root = self.gaussian._root
        white = solve_triangular(root, np.hstack([x, y]).T, lower=True)
        root_y = np.linalg.cholesky(self.dispersion[self.dim_x :, self.dim_x :])
        q_x = (white[: self.dim_x] ** 2).sum(axis=0)
        q = q_x + (white[self.dim_x :] ** 2).sum(axis=0)
        q_y = (solve_triangular(root_y, y.T, lower=True) ** 2).sum(axis=0)
        radial = self._log_radial(q, self.dim_x + self.dim_y)
        radial = radial - self._log_radial(q_x, self.dim_x) - self._log_radial(q_y, self.dim_y)
        return self.gaussian.mutual_information + radial


@dataclass(frozen=True, eq=False, repr=False)
class Student(EllipticalLaw):
    """Multivariate Student t.

    Parameters
    ----------
    dispersion : array-like of shape (d, d)
        Symmetric, positive definite; the covariance is dof / (dof - 2) times it where that exists.
    columns_x : int
        The first columns, which are x.
    dof : float
        Degrees of freedom, positive.

    Notes
    -----
    I = I_Gauss(dispersion) + c(v) + c(v + d_x + d_y) - c(v + d_x) - c(v + d_y), with
    c(a) = ln Gamma(a/2) - (a/2) psi(a/2) :cite:`arellanovalle2013`. An identity dispersion leaves the correction:
    the common scale alone makes the sides dependent.

    Examples
    --------
    >>> round(Student.identity(1, 1, dof=1).mutual_information, 6)     # ln(8 pi) - 3
    0.224171
    """

    dof: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("dof", self.dof, 0.0, open_low=True)

    @classmethod
    def identity(cls, dim_x: int, dim_y: int, dof: float) -> Student:
        """Uncorrelated sides of unit dispersion."""
        return cls(np.eye(dim_x + dim_y), dim_x, dof, label=f"student-identity-{dim_x}-{dim_y}-{dof:g}")

    @classmethod
    def dense(cls, dim_x: int, dim_y: int, dof: float, correlation: float = 0.5) -> Student:
        """Dispersion of `Gaussian.dense`."""
        law = Gaussian.dense(dim_x, dim_y, correlation)
        return cls(law.covariance, dim_x, dof, label=f"student-dense-{dim_x}-{dim_y}-{dof:g}-{correlation}")

    @classmethod
    def sparse(cls, dim_x: int, dim_y: int, dof: float, pairs: int = 2, coupling: float = 2.0) -> Student:
        """Dispersion of `Gaussian.sparse`."""
        law = Gaussian.sparse(dim_x, dim_y, pairs, coupling)
        label = f"student-sparse-{dim_x}-{dim_y}-{dof:g}-{pairs}-{float(coupling)}"
        return cls(law.covariance, dim_x, dof, label=label)

    @property
    def mutual_information(self) -> float:
        """Gaussian part plus the correction for the common scale, in nats."""
        v, dx, dy = self.dof, self.dim_x, self.dim_y
        correction = _c(v) + _c(v + dx + dy) - _c(v + dx) - _c(v + dy)
        return self.gaussian.mutual_information + correction

    def _scale(self, rng: np.random.Generator, n: int) -> np.ndarray:
        return 1.0 / np.sqrt(rng.chisquare(self.dof, n) / self.dof)

    def _log_radial(self, q: np.ndarray, d: int) -> np.ndarray:
        v = self.dof
        constant = gammaln(0.5 * (v + d)) - gammaln(0.5 * v) - 0.5 * d * np.log(0.5 * v)
        return constant - 0.5 * (v + d) * np.log1p(q / v)


def _c(a: float) -> float:
    return float(gammaln(0.5 * a) - 0.5 * a * digamma(0.5 * a))


@dataclass(frozen=True, eq=False, repr=False)
class Elliptical(Computed, EllipticalLaw):
    """Normal rows multiplied by one of finitely many scales: every other elliptical law to any accuracy.

    Parameters
    ----------
    dispersion : array-like of shape (d, d)
    columns_x : int
    scales : sequence of float
        Positive.
    weights : sequence of float
        Probabilities of the scales.

    Notes
    -----
    The dispersion adds its Gaussian information, as for Student; the rest is three expectations over chi-square
    radii, by quadrature converged to 1e-10.

    Examples
    --------
    >>> law = Elliptical([[1.0, 0.0], [0.0, 1.0]], 1, scales=[1.0, 10.0], weights=[0.9, 0.1])
    >>> round(law.mutual_information, 4), law.truth
    (0.154, 'quadrature')
    """

    scales: Sequence[float] | np.ndarray = (1.0,)
    weights: Sequence[float] | np.ndarray = (1.0,)

    def __post_init__(self) -> None:
        super().__post_init__()
        scales = frozen_array("scales", self.scales, 1)
        weights = probabilities("weights", self.weights)
        if scales.min() <= 0 or len(scales) != len(weights):
            raise ParameterError(sentence("scales", f"must be {len(weights)} positive numbers", scales.tolist()))
        object.__setattr__(self, "scales", scales)
        object.__setattr__(self, "weights", weights)

    def _quadrature(self) -> float:
        dx, dy = self.dim_x, self.dim_y
        radial = self._mean_log_radial(dx + dy) - self._mean_log_radial(dx) - self._mean_log_radial(dy)
        return self.gaussian.mutual_information + radial

    def _mean_log_radial(self, d: int) -> float:
        def over_scales(q: np.ndarray) -> np.ndarray:
            parts = [w * self._log_radial(s**2 * q, d) for w, s in zip(self.weights, self.scales, strict=True)]
            return np.sum(parts, axis=0)

        return chi_square_mean(over_scales, d)

    def _scale(self, rng: np.random.Generator, n: int) -> np.ndarray:
        return rng.choice(np.asarray(self.scales), size=n, p=np.asarray(self.weights))

    def _log_radial(self, q: np.ndarray, d: int) -> np.ndarray:
        scales, weights = np.asarray(self.scales), np.asarray(self.weights)
        exponents = np.log(weights)[:, None] - d * np.log(scales)[:, None] - 0.5 * q / scales[:, None] ** 2
        return logsumexp(exponents, axis=0)
