"""Laws of three variables: normal, labels, and counts that are independent once the third is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import xlogy

from mitk.distributions.base import check_number, check_whole, positive_definite, probabilities
from mitk.distributions.conditional import ConditionalDistribution, Triple
from mitk.distributions.discrete import _codes
from mitk.distributions.gaussian import Gaussian
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class ConditionalGaussian(ConditionalDistribution):
    """Centred multivariate normal whose columns are x, then y, then z.

    Parameters
    ----------
    covariance : array-like of shape (d, d)
        Symmetric, positive definite.
    columns_x, columns_y : int, default 1
        The remaining columns are z.

    Notes
    -----
    I(X; Y | Z) is the mutual information of the normal law of (x, y) given z, whose covariance is the Schur
    complement of that of z.

    Examples
    --------
    >>> law = ConditionalGaussian([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 1.0]])
    >>> abs(law.conditional_mutual_information) < 1e-12      # x and y are z with noises of their own
    True
    """

    covariance: np.ndarray
    columns_x: int = 1
    columns_y: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", positive_definite("covariance", self.covariance))
        check_whole("columns_x", self.columns_x)
        check_whole("columns_y", self.columns_y)
        if self.dims[2] < 1:
            raise ParameterError(
                sentence("covariance", "must have more columns than x and y have", f"{len(self.covariance)}")
            )

    @classmethod
    def from_precision(cls, precision: np.ndarray, columns_x: int = 1, columns_y: int = 1) -> ConditionalGaussian:
        """From the inverse of the covariance; a zero block between x and y makes them independent given z."""
        return cls(np.linalg.inv(positive_definite("precision", precision)), columns_x, columns_y)

    @property
    def dims(self) -> tuple[int, int, int]:
        """Columns of x, y and z."""
        return self.columns_x, self.columns_y, len(self.covariance) - self.columns_x - self.columns_y

    @property
    def conditional_mutual_information(self) -> float:
        """I(X; Y | Z) in nats."""
        return self.given.mutual_information

    @property
    def pointwise_sd(self) -> float | None:
        """Exact, in nats."""
        return self.given.pointwise_sd

    @cached_property
    def given(self) -> Gaussian:
        """The law of (x, y) about its mean given z."""
        inner = self.columns_x + self.columns_y
        schur = self.covariance[:inner, :inner] - self._slopes @ self.covariance[inner:, :inner]
        return Gaussian(0.5 * (schur + schur.T), self.columns_x)

    @cached_property
    def _slopes(self) -> np.ndarray:
        inner = self.columns_x + self.columns_y
        return np.linalg.solve(self.covariance[inner:, inner:], self.covariance[inner:, :inner]).T

    @cached_property
    def _root(self) -> np.ndarray:
        return np.linalg.cholesky(self.covariance)

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        rows = rng.standard_normal((n, len(self.covariance))) @ self._root.T
        x, y, z = np.split(rows, [self.columns_x, self.columns_x + self.columns_y], axis=1)
        return x, y, z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        rest = np.hstack([x, y]) - z @ self._slopes.T
        return self.given.pointwise(rest[:, : self.columns_x], rest[:, self.columns_x :])


@dataclass(frozen=True, eq=False, repr=False)
class ConditionalTable(ConditionalDistribution):
    """Three labels with a given table of joint probabilities.

    Parameters
    ----------
    table : array-like of shape (r, c, k)
        Joint probabilities of x, y and z, summing to 1; the labels are 0, 1, 2, ...

    Examples
    --------
    >>> law = ConditionalTable.exclusive_or(0.0)
    >>> round(law.conditional_mutual_information, 6)    # either of two coins, once the other and their sum are known
    0.693147
    """

    table: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", probabilities("table", self.table, 3))

    @classmethod
    def exclusive_or(cls, flip: float) -> ConditionalTable:
        """Two fair coins x and y; z tells whether they differ, wrongly with probability `flip`.

        x and y are independent, and I(X; Y | Z) = ln 2 - h(flip).
        """
        check_number("flip", flip, 0.0, 1.0)
        differ = np.array([[False, True], [True, False]])[:, :, None] == np.array([False, True])
        return cls(np.where(differ, 1.0 - flip, flip) / 4.0, label=f"exclusive-or-{flip:g}")

    @classmethod
    def common_cause(cls, shares: Sequence[float], noise_x: float, noise_y: float) -> ConditionalTable:
        """A label z with probabilities `shares`, which x and y repeat unless they draw one of all labels anew.

        I(X; Y | Z) = 0, though x and y depend on each other.
        """
        shares_z = probabilities("shares", shares)
        copies = []
        for name, noise in (("noise_x", noise_x), ("noise_y", noise_y)):
            check_number(name, noise, 0.0, 1.0)
            copies.append((1.0 - noise) * np.eye(len(shares_z)) + noise / len(shares_z))
        return cls(
            np.einsum("k,kr,kc->rck", shares_z, *copies), label=f"common-cause-{len(shares_z)}-{noise_x:g}-{noise_y:g}"
        )

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column each."""
        return 1, 1, 1

    @property
    def conditional_mutual_information(self) -> float:
        """H(X, Z) + H(Y, Z) - H(X, Y, Z) - H(Z), in nats."""
        p = self.table
        entropies = [-xlogy(q, q).sum() for q in (p.sum(axis=1), p.sum(axis=0), p, p.sum(axis=(0, 1)))]
        return float(entropies[0] + entropies[1] - entropies[2] - entropies[3])

    @property
    def pointwise_sd(self) -> float:
        """Exact, in nats."""
        rest = np.where(self.table > 0, self._ratios - self.conditional_mutual_information, 0.0)
        return float(np.sqrt((self.table * rest**2).sum()))

    @cached_property
    def _ratios(self) -> np.ndarray:
        p = self.table
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(p * p.sum(axis=(0, 1)) / (p.sum(axis=1)[:, None, :] * p.sum(axis=0)[None, :, :]))

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        cells = rng.choice(self.table.size, size=n, p=self.table.ravel())
        x, y, z = (code[:, None].astype(float) for code in np.unravel_index(cells, self.table.shape))
        return x, y, z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        codes = [
            _codes(name, side[:, 0], np.arange(float(size)))
            for name, side, size in zip("xyz", (x, y, z), self.table.shape, strict=True)
        ]
        return self._ratios[codes[0], codes[1], codes[2]]


@dataclass(frozen=True, eq=False, repr=False)
class ThinnedCounts(ConditionalDistribution):
    """x exponential, z a Poisson count of mean x, y those of the z that pass a coin :cite:`mesner2021`.

    Parameters
    ----------
    mean : float, default 10.0
        Of x.
    share : float, default 0.5
        Probability that one of the z is counted in y.
    """

    mean: float = 10.0
    share: float = 0.5

    def __post_init__(self) -> None:
        check_number("mean", self.mean, 0.0, open_low=True)
        check_number("share", self.share, 0.0, 1.0)

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column each."""
        return 1, 1, 1

    @property
    def conditional_mutual_information(self) -> float:
        """Zero: x, z, y is a Markov chain."""
        return 0.0

    def _name(self) -> str:
        return f"thinned-counts-{self.mean:g}-{self.share:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        x = self.mean * rng.standard_exponential((n, 1))
        z = rng.poisson(x)
        return x, rng.binomial(z, self.share).astype(float), z.astype(float)

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.zeros(len(x))


@dataclass(frozen=True, eq=False, repr=False)
class SharedCount(ConditionalDistribution):
    """z uniform on 1 ... levels, x binomial out of z and y Poisson of mean z, drawn apart :cite:`mesner2021`.

    Parameters
    ----------
    levels : int, default 10
    """

    levels: int = 10

    def __post_init__(self) -> None:
        check_whole("levels", self.levels)

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column each."""
        return 1, 1, 1

    @property
    def conditional_mutual_information(self) -> float:
        """Zero: z is all that x and y share."""
        return 0.0

    def _name(self) -> str:
        return f"shared-count-{self.levels}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        z = rng.integers(1, self.levels + 1, size=(n, 1))
        return rng.binomial(z, 0.5).astype(float), rng.poisson(z).astype(float), z.astype(float)

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.zeros(len(x))
