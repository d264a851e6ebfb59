"""Elliptical laws: normals with a random common scale, whose sides depend even when they are uncorrelated."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
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
    # The normal law of that dispersion, where it keeps digits that the matrix has lost.
    normal: Gaussian | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dispersion", positive_definite("dispersion", self.dispersion))
        check_split(self.columns_x, len(self.dispersion))
        own = self.normal is None or (
            self.normal.dim_x == self.columns_x and np.array_equal(self.normal.covariance, self.dispersion)
        )
        if not own:
            raise ParameterError(sentence("normal", "must have this dispersion as its covariance", self.normal))

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
        return Gaussian(self.dispersion, self.columns_x) if self.normal is None else self.normal

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
        q_x, q_y, q = self.gaussian._radii(x, y)
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

    @classmethod
    def from_information(
        cls, information: float, dim_x: int = 1, dim_y: int | None = None, dof: float = 3.0
    ) -> Student:
        """Pairs of equal correlation with `information` nats in all, of which the common scale gives its share.

        Examples
        --------
        >>> round(Student.from_information(2.0, dim_x=3, dof=2).mutual_information, 9)
        2.0
        """
        dim_y = dim_x if dim_y is None else dim_y
        check_number("dof", dof, 0.0, open_low=True)
        scale = _scale_information(dof, dim_x, dim_y)
        check_number("information", information, scale)
        normal = Gaussian.from_information(information - scale, dim_x, dim_y)
        label = f"student-{dim_x}-{dim_y}-{dof:g}-{information:g}"
        return cls(normal.covariance, dim_x, dof, normal=normal, label=label)

    @property
    def mutual_information(self) -> float:
        """Gaussian part plus the correction for the common scale, in nats."""
        return self.gaussian.mutual_information + _scale_information(self.dof, self.dim_x, self.dim_y)

    def _scale(self, rng: np.random.Generator, n: int) -> np.ndarray:
        return 1.0 / np.sqrt(rng.chisquare(self.dof, n) / self.dof)

    def _log_radial(self, q: np.ndarray, d: int) -> np.ndarray:
        v = self.dof
        constant = gammaln(0.5 * (v + d)) - gammaln(0.5 * v) - 0.5 * d * np.log(0.5 * v)
        return constant - 0.5 * (v + d) * np.log1p(q / v)


def _scale_information(dof: float, dx: int, dy: int) -> float:
    """What the common scale alone tells, in nats."""
    return _c(dof) + _c(dof + dx + dy) - _c(dof + dx) - _c(dof + dy)


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
