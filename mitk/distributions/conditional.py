"""The contract for three variables: a law of (x, y, z) that samples and knows I(X; Y | Z)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.distributions.base import Named, _columns, check_whole, sampled_moments
from mitk.errors import DataError, sentence

Triple = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False, repr=False)
class ConditionalDistribution(Named):
    """A joint distribution of `x`, `y` and `z` whose conditional mutual information is known.

    Parameters
    ----------
    label : str, default ""
        A name of your own instead of the one made from the parameters.
    """

    @property
    @abstractmethod
    def dims(self) -> tuple[int, int, int]:
        """Columns of x, y and z."""

    @property
    @abstractmethod
    def conditional_mutual_information(self) -> float:
        """I(X; Y | Z) in nats."""

    @property
    def conditional_mutual_information_error(self) -> float:
        """Standard error of a Monte Carlo truth, in nats; 0 for closed forms and converged quadrature."""
        return 0.0

    def sample(self, n: int, seed: int = 0) -> Triple:
        """Draw `n` rows; the same `n` and `seed` give the same rows.

        Parameters
        ----------
        n : int
            Rows, at least 1.
        seed : int, default 0
            Non-negative.

        Returns
        -------
        x, y, z : ndarrays of shape (n, dims[0]), (n, dims[1]) and (n, dims[2])
            float64; labels are whole numbers.
        """
        check_whole("n", n)
        check_whole("seed", seed, 0)
        return self._draw(np.random.default_rng(int(seed)), int(n))

    def pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Log ratio ln p(x, y | z) / (p(x | z) p(y | z)) of each row; its mean over the law is I(X; Y | Z).

        Parameters
        ----------
        x, y, z : array-like of shape (n, columns) or (n,)

        Returns
        -------
        ndarray of shape (n,)
            Nats.

        Raises
        ------
        UnsupportedError
            If the densities of this law are not known.
        """
        x, y, z = (_columns(name, side, dim) for name, side, dim in zip("xyz", (x, y, z), self.dims, strict=True))
        if not len(x) == len(y) == len(z):
            raise DataError(sentence("x, y and z", "must have as many rows", f"{len(x)}, {len(y)} and {len(z)}"))
        return self._pointwise(x, y, z)

    @property
    def pointwise_sd(self) -> float | None:
        """Standard deviation of the pointwise information, in nats; None where densities are not known."""
        return None if self._moments is None else self._moments[1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {' x '.join(map(str, self.dims))}>"

    def _name(self) -> str:
        return "-".join([type(self).__name__.lower(), *map(str, self.dims)])

    @abstractmethod
    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        """Draw x, y and z from `rng`, two axes each."""

    @abstractmethod
    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Log ratio of each row."""

    @cached_property
    def _moments(self) -> tuple[float, float] | None:
        return sampled_moments(self, sum(self.dims))
