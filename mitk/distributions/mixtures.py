"""Mixtures of normals and of Student laws."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln, logsumexp

from mitk.distributions.base import Computed, frozen_array, positive_definite, probabilities
from mitk.distributions.gaussian import check_split
from mitk.distributions.quadrature import refined
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class Mixture(Computed):
    """Components with known densities, mixed; a family gives the components.

    Parameters
    ----------
    weights : array-like of shape (k,)
        Probabilities of the components.
    means : array-like of shape (k, d)
    dispersions : array-like of shape (k, d, d)
        Each symmetric, positive definite.
    columns_x : int
        The first columns, which are x.
    """

    weights: Sequence[float] | np.ndarray
    means: Any
    dispersions: Any
    columns_x: int

    def __post_init__(self) -> None:
        weights = probabilities("weights", self.weights)
        means = frozen_array("means", self.means, 2)
        dispersions = frozen_array("dispersions", self.dispersions, 3)
        k, d = means.shape
        if len(weights) != k or dispersions.shape != (k, d, d):
            rule = f"must have shape ({len(weights)}, d, d), beside means of shape ({len(weights)}, d)"
            raise ParameterError(sentence("dispersions", rule, f"{dispersions.shape} and {means.shape}"))
        for matrix in dispersions:
            positive_definite("dispersions", matrix)
        check_split(self.columns_x, d)
        for name, value in (("weights", weights), ("means", means), ("dispersions", dispersions)):
            object.__setattr__(self, name, value)

    @property
    def integrable(self) -> bool:
        """False: only some mixtures of normals are."""
        return False

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.columns_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self.means.shape[1] - self.columns_x

    @abstractmethod
    def _log_component(self, component: int, squared: np.ndarray, d: int) -> np.ndarray:
        """Log density at squared Mahalanobis radius, without -1/2 ln det."""

    @abstractmethod
    def _scales(self, rng: np.random.Generator, component: np.ndarray) -> np.ndarray | float:
        """Draw the common scale of each row, given its component."""

    def log_components(self, values: np.ndarray, columns: slice = slice(None)) -> np.ndarray:
        """Log weight plus log density of each component, (k, n), for the margin of `columns` at rows `values`."""
        exponents = np.empty((len(self.means), len(values)))
        for i, (mean, dispersion) in enumerate(zip(self.means, self.dispersions, strict=True)):
            root = np.linalg.cholesky(dispersion[columns, columns])
            white = solve_triangular(root, (values - mean[columns]).T, lower=True)
            log_root = np.log(np.diag(root)).sum()
            exponents[i] = self._log_component(i, (white**2).sum(axis=0), len(root)) - log_root
        with np.errstate(divide="ignore"):
            return exponents + np.log(self.weights)[:, None]

    def log_density(self, values: np.ndarray, columns: slice = slice(None)) -> np.ndarray:
        """Log density of the margin of `columns` at rows `values` (n, d_margin); shape (n,)."""
        return logsumexp(self.log_components(values, columns), axis=0)

    def draw_rows(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw rows (n, d) and the component (n,) of each."""
        component = rng.choice(len(self.means), size=n, p=np.asarray(self.weights))
        rows = rng.standard_normal((n, self.means.shape[1]))
        for i, dispersion in enumerate(self.dispersions):
            own = component == i
            rows[own] = rows[own] @ np.linalg.cholesky(dispersion).T
        scales = self._scales(rng, component)
        return self.means[component] + rows * scales, component

    def _name(self) -> str:
        return f"{super()._name()}-{len(self.means)}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        rows, _ = self.draw_rows(rng, n)
        return rows[:, : self.dim_x], rows[:, self.dim_x :]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        joint = self.log_density(np.hstack([x, y]))
        margin_x = self.log_density(x, slice(None, self.dim_x))
        return joint - margin_x - self.log_density(y, slice(self.dim_x, None))


@dataclass(frozen=True, eq=False, repr=False)
class GaussianMixture(Mixture):
    """Mixture of normals.

    Notes
    -----
    Directions of one side that are pure independent noise are dropped first. When one column a side is left, the
    truth is a two-dimensional trapezoid sum refined to 1e-10; otherwise Monte Carlo.

    Examples
    --------
    >>> weights, means = [0.5, 0.5], [[0.0, 0.0], [0.0, 0.0]]
    >>> law = GaussianMixture(weights, means, [[[1, 0.9], [0.9, 1]], [[1, -0.9], [-0.9, 1]]], 1)
    >>> round(law.mutual_information, 8), law.truth
    (0.40844255, 'quadrature')
    """

    @property
    def integrable(self) -> bool:
        """True when both sides reduce to one column."""
        return self._reduced.means.shape[1] == 2

    def _quadrature(self) -> float:
        return refined(self._reduced._plane_sum, start=2, limit=16)

    def _log_component(self, component: int, squared: np.ndarray, d: int) -> np.ndarray:
        return -0.5 * squared - 0.5 * d * np.log(2.0 * np.pi)

    def _scales(self, rng: np.random.Generator, component: np.ndarray) -> float:
        return 1.0

    @cached_property
    def _reduced(self) -> GaussianMixture:
        """The same information without the directions of a side that are independent of everything else."""
        dx = self.dim_x
        turn = np.eye(self.means.shape[1])
        for side in (slice(None, dx), slice(dx, None)):
            # In the principal axes of the component means the idle directions, if any, are coordinates.
            centred = self.means[:, side] - self.means[0, side]
            turn[side, side] = np.linalg.svd(centred)[2].T
        means = self.means @ turn
        dispersions = turn.T @ self.dispersions @ turn
        keep = [j for j in range(means.shape[1]) if not _idle(means, dispersions, j)]
        kept_x = sum(j < dx for j in keep)
        if not 0 < kept_x < len(keep):
            return self
        return GaussianMixture(self.weights, means[:, keep], dispersions[:, keep][:, :, keep], kept_x)

    def _plane_sum(self, k: int) -> float:
        """Trapezoid sum over the plane of p ln(p / (p_x p_y)), with k points per narrowest standard deviation."""
        axes, steps = [], []
        precision = np.linalg.inv(self.dispersions)
        for j in (0, 1):
            spread = np.sqrt(self.dispersions[:, j, j])
            finest = np.sqrt(1.0 / precision[:, j, j].max())
            low, high = (self.means[:, j] - 9.5 * spread).min(), (self.means[:, j] + 9.5 * spread).max()
            axis, step = np.linspace(low, high, int(np.ceil((high - low) / finest * k)) + 1, retstep=True)
            axes.append(axis)
            steps.append(step)
        floor = 1e-300
        margins = [np.zeros(len(axis)) for axis in axes]
        for weight, mean, dispersion in zip(self.weights, self.means, self.dispersions, strict=True):
            for j in (0, 1):
                z = (axes[j] - mean[j]) ** 2 / dispersion[j, j]
                margins[j] += weight * np.exp(-0.5 * z) / np.sqrt(2.0 * np.pi * dispersion[j, j])
        log_x, log_y = (np.log(np.maximum(margin, floor)) for margin in margins)
        total = 0.0
        for start in range(0, len(axes[0]), 256):
            rows = slice(start, start + 256)
            x, y = axes[0][rows, None], axes[1][None, :]
            density = np.zeros((x.shape[0], y.shape[1]))
            for weight, mean, form, dispersion in zip(
                self.weights, self.means, precision, self.dispersions, strict=True
            ):
                a, b = x - mean[0], y - mean[1]
                exponent = form[0, 0] * a**2 + 2.0 * form[0, 1] * a * b + form[1, 1] * b**2
                density += weight / (2.0 * np.pi * np.sqrt(np.linalg.det(dispersion))) * np.exp(-0.5 * exponent)
            ratio = np.log(np.maximum(density, floor)) - log_x[rows, None] - log_y
            total += float((density * ratio).sum())
        return float(total * steps[0] * steps[1])


def _idle(means: np.ndarray, dispersions: np.ndarray, j: int) -> bool:
    others = np.delete(dispersions[:, j, :], j, axis=1)
    same = np.ptp(means[:, j]) < 1e-12 and np.ptp(dispersions[:, j, j]) < 1e-12
    return bool(same and np.abs(others).max() < 1e-12)


@dataclass(frozen=True, eq=False, repr=False)
class StudentMixture(Mixture):
    """Mixture of multivariate Student laws, with a Monte Carlo truth.

    Parameters
    ----------
    weights, means, dispersions, columns_x
        As for the Gaussian mixture.
    dofs : sequence of k floats
        Degrees of freedom; `inf` makes a component normal.

    Examples
    --------
    >>> law = StudentMixture([0.5, 0.5], [[-2.0, -2.0], [2.0, 2.0]], [np.eye(2), np.eye(2)], 1, dofs=[3.0, np.inf])
    >>> law.truth
    'monte carlo'
    """

    dofs: Sequence[float] | np.ndarray = (3.0,)

    def __post_init__(self) -> None:
        super().__post_init__()
        dofs = np.array(self.dofs, dtype=float)
        if dofs.shape != (len(self.means),) or not (dofs > 0).all():
            raise ParameterError(sentence("dofs", f"must be {len(self.means)} positive numbers", dofs.tolist()))
        object.__setattr__(self, "dofs", dofs)

    def _log_component(self, component: int, squared: np.ndarray, d: int) -> np.ndarray:
        v = float(np.asarray(self.dofs)[component])
        if np.isinf(v):
            return -0.5 * squared - 0.5 * d * np.log(2.0 * np.pi)
        constant = gammaln(0.5 * (v + d)) - gammaln(0.5 * v) - 0.5 * d * np.log(v * np.pi)
        return constant - 0.5 * (v + d) * np.log1p(squared / v)

    def _scales(self, rng: np.random.Generator, component: np.ndarray) -> np.ndarray:
        v = np.asarray(self.dofs)[component]
        finite = np.isfinite(v)
        v = np.where(finite, v, 1.0)
        return np.where(finite, np.sqrt(v / rng.chisquare(v)), 1.0)[:, None]
