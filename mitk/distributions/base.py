"""The contract: a joint distribution of (x, y) that samples and knows its mutual information."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np

from mitk.errors import DataError, ParameterError, UnsupportedError, sentence

Truth = Literal["closed form", "quadrature", "monte carlo"]

# Draws behind a Monte Carlo truth: a standard error near 0.002 nats for most families, in about a second.
MONTE_CARLO_DRAWS = 200_000
MONTE_CARLO_SEED = 20_240
# Draws behind a spread alone, which needs two digits.
SPREAD_DRAWS = 20_000
# Floats held at once while averaging, so that memory does not grow with the dimension.
CHUNK = 4_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Named(ABC):
    """A law with a name, made from its parameters or given."""

    label: str = field(default="", kw_only=True)

    # False where consecutive rows of a sample depend on each other, as in a time series.
    independent_rows = True

    @property
    def truth(self) -> Truth:
        """Where the information comes from: closed form, quadrature or monte carlo."""
        return "closed form"

    @property
    def name(self) -> str:
        """The label, or a name made from family and parameters."""
        return self.label or self._name()

    def named(self, label: str) -> Self:
        """Return the same distribution under another name."""
        return replace(self, label=label)

    @abstractmethod
    def _name(self) -> str:
        """What stands in for a label."""


@dataclass(frozen=True, eq=False, repr=False)
class Distribution(Named):
    """A joint distribution of `x` and `y` whose mutual information is known.

    Parameters
    ----------
    label : str, default ""
        A name of your own instead of the one made from the parameters.

    Examples
    --------
    >>> from mitk.distributions import Table
    >>> law = Table.noiseless([0.5, 0.5]).named("coin")
    >>> law
    <Table coin: 1 x 1>
    """

    @property
    @abstractmethod
    def dim_x(self) -> int:
        """Columns of x."""

    @property
    @abstractmethod
    def dim_y(self) -> int:
        """Columns of y."""

    @property
    @abstractmethod
    def mutual_information(self) -> float:
        """I(X; Y) in nats."""

    @property
    def mutual_information_error(self) -> float:
        """Standard error of a Monte Carlo truth, in nats; 0 for closed forms and converged quadrature."""
        return 0.0

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Draw `n` rows; the same `n` and `seed` give the same rows.

        Parameters
        ----------
        n : int
            Rows, at least 1.
        seed : int, default 0
            Non-negative.

        Returns
        -------
        x : ndarray of shape (n, dim_x)
        y : ndarray of shape (n, dim_y)
            float64; labels are whole numbers.
        """
        check_whole("n", n)
        check_whole("seed", seed, 0)
        return self._draw(np.random.default_rng(int(seed)), int(n))

    def pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Log density ratio ln p(x, y) / (p(x) p(y)) of each row; its mean over the law is the mutual information.

        Parameters
        ----------
        x : array-like of shape (n, dim_x) or (n,)
        y : array-like of shape (n, dim_y) or (n,)

        Returns
        -------
        ndarray of shape (n,)
            Nats.

        Raises
        ------
        UnsupportedError
            If the densities of this law, or the inverse of one of its maps, are not known.
        """
        x = _columns("x", x, self.dim_x)
        y = _columns("y", y, self.dim_y)
        if len(x) != len(y):
            raise DataError(sentence("y", f"must have as many rows as x ({len(x)})", f"{len(y)} rows"))
        return self._pointwise(x, y)

    @property
    def pointwise_sd(self) -> float | None:
        """Standard deviation of the pointwise mutual information, in nats; None where densities are not known.

        Divided by sqrt(n) it is the error of an oracle that averages `pointwise` over n independent rows.
        """
        return None if self._moments is None else self._moments[1]

    def describe(self) -> dict[str, Any]:
        """Everything known about the law, as plain values ready for JSON."""
        return {
            "name": self.name,
            "family": type(self).__name__,
            "dim_x": self.dim_x,
            "dim_y": self.dim_y,
            "mutual_information": self.mutual_information,
            "mutual_information_error": self.mutual_information_error,
            "truth": self.truth,
            "pointwise_sd": self.pointwise_sd,
            "independent_rows": self.independent_rows,
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.dim_x} x {self.dim_y}>"

    def _name(self) -> str:
        return f"{type(self).__name__.lower()}-{self.dim_x}-{self.dim_y}"

    @abstractmethod
    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw x (n, dim_x) and y (n, dim_y) from `rng`."""

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        raise UnsupportedError(
            sentence("pointwise", "needs densities in closed form", f"a {type(self).__name__}, which has none")
        )

    @cached_property
    def _moments(self) -> tuple[float, float] | None:
        """Mean and standard deviation of the pointwise information over a seeded sample; None without densities."""
        return sampled_moments(self, self.dim_x + self.dim_y)


def sampled_moments(law: Any, columns: int) -> tuple[float, float] | None:
    """Mean and standard deviation of the pointwise information of `law` over a seeded sample of `columns` columns."""
    rng = np.random.default_rng(MONTE_CARLO_SEED)
    draws = MONTE_CARLO_DRAWS if law.truth == "monte carlo" else SPREAD_DRAWS
    step = max(1, min(draws, CHUNK // columns))
    parts = []
    try:
        for start in range(0, draws, step):
            parts.append(law._pointwise(*law._draw(rng, min(step, draws - start))))
    except UnsupportedError:
        return None
    values = np.concatenate(parts)
    return float(values.mean()), float(values.std())


@dataclass(frozen=True, eq=False, repr=False)
class Computed(Distribution):
    """A law without a closed form: quadrature where it has one, else the mean of `pointwise` over a seeded sample."""

    @property
    def integrable(self) -> bool:
        """True where `_quadrature` applies."""
        return True

    def _quadrature(self) -> float:
        """Converged value in nats, called only where the law is `integrable`."""
        raise TypeError(f"{type(self).__name__} is integrable and must define _quadrature().")

    @cached_property
    def mutual_information(self) -> float:
        """I(X; Y) in nats, worked out when first asked for."""
        return self._quadrature() if self.integrable else self._sampled[0]

    @property
    def mutual_information_error(self) -> float:
        """Standard error of a Monte Carlo truth over 200,000 rows, in nats; 0 for quadrature."""
        return 0.0 if self.integrable else self._sampled[1] / MONTE_CARLO_DRAWS**0.5

    @property
    def truth(self) -> Truth:
        """Quadrature or monte carlo."""
        return "quadrature" if self.integrable else "monte carlo"

    @property
    def _sampled(self) -> tuple[float, float]:
        if self._moments is None:
            raise UnsupportedError(sentence("law", "must be made of laws with known densities", self.name))
        return self._moments


class OneByOne(Distribution):
    """A law of one column a side."""

    @property
    def dim_x(self) -> int:
        """One column."""
        return 1

    @property
    def dim_y(self) -> int:
        """One column."""
        return 1


def _columns(name: str, values: Any, dim: int) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.ndim == 1 and dim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] != dim:
        raise DataError(sentence(name, f"must have shape (n, {dim})", f"shape {np.shape(values)}"))
    return array


def frozen_array(name: str, values: Any, ndim: int) -> np.ndarray:
    """Read-only float64 copy of `values`, which must be finite and have `ndim` axes."""
    array = np.array(values, dtype=float)
    if array.ndim != ndim or array.size == 0 or not np.isfinite(array).all():
        raise ParameterError(sentence(name, f"must be a finite array of {ndim} axes", f"shape {array.shape}"))
    array.flags.writeable = False
    return array


def probabilities(name: str, values: Any, ndim: int = 1) -> np.ndarray:
    """Read-only probabilities that sum to one."""
    array = np.array(values, dtype=float)
    if array.ndim != ndim or array.size == 0 or not (array >= 0).all() or abs(array.sum() - 1.0) > 1e-9:
        raise ParameterError(
            sentence(name, f"must hold non-negative numbers that sum to 1, over {ndim} axes", f"sum {array.sum():g}")
        )
    array = array / array.sum()
    array.flags.writeable = False
    return array


def positive_definite(name: str, values: Any) -> np.ndarray:
    """Read-only symmetric positive definite matrix."""
    matrix = frozen_array(name, values, 2)
    scale = np.abs(matrix).max()
    square = matrix.shape[0] == matrix.shape[1] and np.abs(matrix - matrix.T).max() <= 1e-10 * scale
    if not square or np.linalg.eigvalsh(matrix)[0] <= 0:
        raise ParameterError(
            sentence(name, "must be symmetric and positive definite", f"a matrix of shape {matrix.shape} that is not")
        )
    return matrix


def check_number(name: str, value: float, low: float, high: float = np.inf, *, open_low: bool = False) -> None:
    """Raise unless `value` is a number in [low, high), or (low, high) when `open_low`."""
    inside = (value > low if open_low else value >= low) and (value < high or value == high < np.inf)
    if not inside:
        left = "above" if open_low else "at least"
        right = f" and at most {high:g}" if high < np.inf else ""
        raise ParameterError(sentence(name, f"must be {left} {low:g}{right}", value))


def check_whole(name: str, value: int, low: int = 1) -> None:
    """Raise unless `value` is an integer of at least `low`."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < low:
        raise ParameterError(sentence(name, f"must be an integer of at least {low}", value))
