"""Laws put together from others: independent sides, and independent blocks side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mitk.distributions.base import Distribution, Truth
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class Independent(Distribution):
    """The margins of two laws, made independent: x of one, y of the other.

    Parameters
    ----------
    law_x : Distribution
        Gives x.
    law_y : Distribution, optional
        Gives y; the same law by default.

    Examples
    --------
    >>> from mitk.distributions import Student
    >>> law = Independent(Student.identity(2, 2, dof=1))
    >>> law.name, law.mutual_information
    ('independent-student-identity-2-2-1', 0.0)
    """

    law_x: Distribution
    law_y: Distribution | None = None

    @property
    def _other(self) -> Distribution:
        return self.law_x if self.law_y is None else self.law_y

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """True when both laws have independent rows."""
        return self.law_x.independent_rows and self._other.independent_rows

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.law_x.dim_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self._other.dim_y

    @property
    def mutual_information(self) -> float:
        """Always 0."""
        return 0.0

    @property
    def pointwise_sd(self) -> float:
        """Always 0."""
        return 0.0

    def _name(self) -> str:
        other = "" if self.law_y is None else f"-{self.law_y.name}"
        return f"independent-{self.law_x.name}{other}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        return self.law_x._draw(rng, n)[0], self._other._draw(rng, n)[1]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.zeros(len(x))


@dataclass(frozen=True, eq=False, repr=False)
class Product(Distribution):
    """Independent laws side by side: their information adds.

    Parameters
    ----------
    parts : tuple of Distribution

    Examples
    --------
    >>> from mitk.distributions import Gaussian, SmoothedDiscreteUniform
    >>> law = Product((Gaussian.bivariate(0.75), SmoothedDiscreteUniform(5)))
    >>> law.dim_x, round(law.mutual_information, 6)
    (2, 1.468259)
    """

    parts: tuple[Distribution, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        if not self.parts or not all(isinstance(part, Distribution) for part in self.parts):
            raise ParameterError(sentence("parts", "must hold at least one distribution", self.parts))

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """True when all parts have independent rows."""
        return all(part.independent_rows for part in self.parts)

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return sum(part.dim_x for part in self.parts)

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return sum(part.dim_y for part in self.parts)

    @property
    def mutual_information(self) -> float:
        """Sum over the parts, in nats."""
        return sum(part.mutual_information for part in self.parts)

    @property
    def mutual_information_error(self) -> float:
        """Standard error of the sum, in nats."""
        # Equal parts share their Monte Carlo error, so errors add instead of squares.
        return sum(part.mutual_information_error for part in self.parts)

    @property
    def truth(self) -> Truth:
        """The least certain of the parts."""
        kinds = {part.truth for part in self.parts}
        for kind in ("monte carlo", "quadrature"):
            if kind in kinds:
                return kind
        return "closed form"

    @property
    def pointwise_sd(self) -> float | None:
        """Root of the summed variances, in nats."""
        spreads = [part.pointwise_sd for part in self.parts]
        known = [spread for spread in spreads if spread is not None]
        return float(np.sqrt(np.square(known).sum())) if len(known) == len(spreads) else None

    def _name(self) -> str:
        return "+".join(part.name for part in self.parts)

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        sides = [part._draw(rng, n) for part in self.parts]
        return np.hstack([x for x, _ in sides]), np.hstack([y for _, y in sides])

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        total = np.zeros(len(x))
        start_x = start_y = 0
        for part in self.parts:
            end_x, end_y = start_x + part.dim_x, start_y + part.dim_y
            total += part._pointwise(x[:, start_x:end_x], y[:, start_y:end_y])
            start_x, start_y = end_x, end_y
        return total
