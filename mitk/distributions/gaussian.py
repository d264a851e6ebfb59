"""Gaussian laws: any covariance, and the constructors that benchmarks use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular

from mitk.distributions.base import Distribution, check_number, check_whole, frozen_array, positive_definite
from mitk.errors import ParameterError, sentence

# Nats of one pair beyond which its correlation is no longer told from 1 in float64.
LARGEST_PER_PAIR = 16.0


@dataclass(frozen=True, eq=False, repr=False)
class Gaussian(Distribution):
    """Centred multivariate normal; the first `columns_x` columns are x, the others y.

    Parameters
    ----------
    covariance : array-like of shape (d, d)
        Symmetric, positive definite.
    columns_x : int, default 1
        Between 1 and d - 1.

    Notes
    -----
    I = -1/2 sum_i ln(1 - rho_i^2) over the canonical correlations rho_i; the pointwise information has
    variance sum_i rho_i^2.

    Examples
    --------
    >>> law = Gaussian([[1.0, 0.75], [0.75, 1.0]])
    >>> round(law.mutual_information, 6)
    0.413339
    >>> x, y = law.sample(100, seed=0)
    >>> x.shape, y.shape
    ((100, 1), (100, 1))
    """

    covariance: np.ndarray
    columns_x: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", positive_definite("covariance", self.covariance))
        check_split(self.columns_x, len(self.covariance))

    @classmethod
    def bivariate(cls, correlation: float) -> Gaussian:
        """One column each, unit variances."""
        check_correlation(correlation)
        return cls(np.array([[1.0, correlation], [correlation, 1.0]]), label=f"1v1-normal-{correlation}")

    @classmethod
    def dense(cls, dim_x: int, dim_y: int, correlation: float = 0.5) -> Gaussian:
        """Unit variances and the same correlation between any two columns."""
        d = dim_x + dim_y
        covariance = np.full((d, d), float(correlation))
        np.fill_diagonal(covariance, 1.0)
        return cls(covariance, dim_x, label=f"multinormal-dense-{dim_x}-{dim_y}-{correlation}")

    @classmethod
    def sparse(cls, dim_x: int, dim_y: int, pairs: int = 2, coupling: float = 2.0) -> Gaussian:
        """Unit variances; the first `pairs` columns correlate pairwise at coupling^2 / (1 + coupling^2)."""
        law = cls.latent_variable(dim_x, dim_y, pairs=pairs, coupling=coupling, idle=coupling)
        return law.named(f"multinormal-sparse-{dim_x}-{dim_y}-{pairs}-{float(coupling)}")

    @classmethod
    def latent_variable(
        cls,
        dim_x: int,
        dim_y: int,
        *,
        pairs: int,
        coupling: float,
        common: float = 0.0,
        common_x: float = 0.0,
        common_y: float = 0.0,
        noise: float = 1.0,
        idle: float = 0.0,
    ) -> Gaussian:
        """Gaussian latent-variable model, scaled to unit variances.

        Notes
        -----
        X_i = alpha U + beta_x U_X + lambda Z_i [i <= K] + epsilon E_i + eta V_i [i > K], and Y likewise with the
        same U and Z, all latents standard normal: alpha = `common`, beta = `common_x` and `common_y`,
        lambda = `coupling`, K = `pairs`, epsilon = `noise`, eta = `idle` :cite:`czyz2023`.
        """
        check_whole("dim_x", dim_x)
        check_whole("dim_y", dim_y)
        check_whole("pairs", pairs, 0)
        if pairs > min(dim_x, dim_y):
            raise ParameterError(sentence("pairs", "must be at most min(dim_x, dim_y)", pairs))
        d = dim_x + dim_y
        covariance = np.full((d, d), common**2)
        covariance[:dim_x, :dim_x] += common_x**2
        covariance[dim_x:, dim_x:] += common_y**2
        covariance[np.diag_indices(d)] += noise**2
        coupled = np.arange(pairs)
        for first, dim in ((0, dim_x), (dim_x, dim_y)):
            own = np.where(np.arange(dim) < pairs, coupling**2, idle**2)
            covariance[np.arange(first, first + dim), np.arange(first, first + dim)] += own
        covariance[coupled, dim_x + coupled] += coupling**2
        covariance[dim_x + coupled, coupled] += coupling**2
        scale = np.sqrt(np.diag(covariance))
        return cls(covariance / np.outer(scale, scale), dim_x)

    @classmethod
    def from_canonical_correlations(
        cls, correlations: Sequence[float] | np.ndarray, dim_x: int | None = None, dim_y: int | None = None
    ) -> Gaussian:
        """White sides whose i-th columns correlate at `correlations[i]`; further columns are idle.

        `dim_x` and `dim_y` default to the number of correlations.
        """
        rho = np.asarray(correlations, dtype=float)
        dim_x = len(rho) if dim_x is None else dim_x
        dim_y = len(rho) if dim_y is None else dim_y
        if len(rho) > min(dim_x, dim_y):
            raise ParameterError(sentence("correlations", "must be at most min(dim_x, dim_y)", len(rho)))
        for value in rho:
            check_correlation(float(value))
        covariance = np.eye(dim_x + dim_y)
        pair = np.arange(len(rho))
        covariance[pair, dim_x + pair] = covariance[dim_x + pair, pair] = rho
        return cls(covariance, dim_x)

    @classmethod
    def from_information(
        cls, information: float, dim_x: int = 1, dim_y: int | None = None, *, pairs: int | None = None
    ) -> GaussianPairs:
        """White sides with `information` nats in all, shared evenly by `pairs` pairs (default: as many as fit).

        Examples
        --------
        >>> round(Gaussian.from_information(2.0, dim_x=3).mutual_information, 9)
        2.0
        """
        dim_y = dim_x if dim_y is None else dim_y
        pairs = min(dim_x, dim_y) if pairs is None else pairs
        check_whole("pairs", pairs)
        check_number("information", information, 0.0, LARGEST_PER_PAIR * pairs)
        rho = np.sqrt(-np.expm1(-2.0 * information / pairs))
        covariance = cls.from_canonical_correlations(np.full(pairs, rho), dim_x, dim_y).covariance
        residuals = np.full(pairs, np.exp(-information / pairs))
        return GaussianPairs(covariance, dim_x, residuals, label=f"gaussian-{dim_x}-{dim_y}-{pairs}-{information:g}")

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.columns_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return len(self.covariance) - self.columns_x

    @property
    def mutual_information(self) -> float:
        """-1/2 sum ln(1 - rho^2), in nats."""
        rho = self.canonical_correlations
        return float(-0.5 * np.log((1.0 - rho) * (1.0 + rho)).sum())

    @property
    def pointwise_sd(self) -> float:
        """Sqrt(sum rho^2), in nats."""
        return float(np.sqrt((self.canonical_correlations**2).sum()))

    @cached_property
    def canonical_correlations(self) -> np.ndarray:
        """Correlations of the canonical pairs, shape (min(dim_x, dim_y),), largest first."""
        dx = self.dim_x
        root_x = np.linalg.cholesky(self.covariance[:dx, :dx])
        half = solve_triangular(root_x, self.covariance[:dx, dx:], lower=True)
        white = solve_triangular(self._root_y, half.T, lower=True)
        return np.minimum(np.linalg.svd(white, compute_uv=False), 1.0)

    @cached_property
    def _root(self) -> np.ndarray:
        return np.linalg.cholesky(self.covariance)

    @cached_property
    def _root_y(self) -> np.ndarray:
        return np.linalg.cholesky(self.covariance[self.dim_x :, self.dim_x :])

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        rows = rng.standard_normal((n, len(self.covariance))) @ self._root.T
        return rows[:, : self.dim_x], rows[:, self.dim_x :]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        q_x, q_y, q = self._radii(x, y)
        return self.mutual_information + 0.5 * (q_x + q_y - q)

    def _radii(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Squared Mahalanobis radii of x, of y and of the whole row, each of shape (n,)."""
        # The whole is whitened at once: its leading triangle whitens x alone.
        white = solve_triangular(self._root, np.hstack([x, y]).T, lower=True)
        q_x = (white[: self.dim_x] ** 2).sum(axis=0)
        q = q_x + (white[self.dim_x :] ** 2).sum(axis=0)
        q_y = (solve_triangular(self._root_y, y.T, lower=True) ** 2).sum(axis=0)
        return q_x, q_y, q


@dataclass(frozen=True, eq=False, repr=False)
class GaussianPairs(Gaussian):
    """White sides whose i-th columns correlate, with as many digits at 16 nats as at 1.

    Parameters
    ----------
    covariance : array-like of shape (d, d)
        Ones on the diagonal, rho_i between the i-th columns of x and y, else 0.
    columns_x : int
    residuals : array-like of shape (pairs,)
        sqrt(1 - rho_i^2): what a correlation close to 1 has too few digits left to tell.

    Examples
    --------
    >>> law = Gaussian.from_information(15.0)
    >>> type(law).__name__, round(law.mutual_information, 12)
    ('GaussianPairs', 15.0)
    """

    residuals: np.ndarray = field(default_factory=lambda: np.ones(1))

    def __post_init__(self) -> None:
        super().__post_init__()
        residuals = frozen_array("residuals", self.residuals, 1)
        d, pair = len(self.covariance), np.arange(len(residuals))
        if len(residuals) > min(self.dim_x, self.dim_y) or residuals.min() <= 0 or residuals.max() > 1:
            rule = "must be at most min(dim_x, dim_y) numbers above 0 and at most 1"
            raise ParameterError(sentence("residuals", rule, residuals.tolist()))
        white = np.eye(d)
        rho = self.covariance[pair, self.dim_x + pair]
        white[pair, self.dim_x + pair] = white[self.dim_x + pair, pair] = rho
        if not np.array_equal(white, self.covariance) or np.abs(rho**2 + residuals**2 - 1.0).max() > 1e-12:
            raise ParameterError(sentence("covariance", "must hold the pairs of these residuals alone", "another"))
        object.__setattr__(self, "residuals", residuals)

    @property
    def _rho(self) -> np.ndarray:
        pair = np.arange(len(self.residuals))
        return self.covariance[pair, self.dim_x + pair]

    @cached_property
    def canonical_correlations(self) -> np.ndarray:
        """Correlations of the pairs, shape (min(dim_x, dim_y),), largest first."""
        idle = np.zeros(min(self.dim_x, self.dim_y) - len(self.residuals))
        return np.append(np.sort(np.abs(self._rho))[::-1], idle)

    @property
    def mutual_information(self) -> float:
        """-sum ln sqrt(1 - rho^2), in nats."""
        # abs: the sum of no information is 0, not -0.
        return abs(float(np.log(self.residuals).sum()))

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        rows = rng.standard_normal((n, len(self.covariance)))
        x, y = rows[:, : self.dim_x], rows[:, self.dim_x :]
        k = len(self.residuals)
        y[:, :k] = self._rho * x[:, :k] + self.residuals * y[:, :k]
        return x, y

    def _radii(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        k = len(self.residuals)
        rest = ((y[:, :k] - self._rho * x[:, :k]) / self.residuals) ** 2
        q_x, q_y = (x**2).sum(axis=1), (y**2).sum(axis=1)
        return q_x, q_y, q_x + rest.sum(axis=1) + (y[:, k:] ** 2).sum(axis=1)


def check_correlation(value: float) -> None:
    """Raise unless |value| < 1."""
    if not abs(value) < 1.0:
        raise ParameterError(sentence("correlation", "must lie strictly between -1 and 1", value))


def check_split(columns_x: int, d: int) -> None:
    """Raise unless both sides get a column."""
    if not isinstance(columns_x, int | np.integer) or not 1 <= columns_x < d:
        raise ParameterError(sentence("columns_x", f"must be an integer from 1 to {d - 1}", columns_x))
