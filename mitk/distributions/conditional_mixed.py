"""Labels beside numbers on all three sides, by quadrature; and laws of three variables side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import entr, log_ndtr, log_softmax, logsumexp, ndtr

from mitk.distributions.base import Truth, check_number, frozen_array
from mitk.distributions.conditional import ConditionalDistribution, Triple
from mitk.distributions.quadrature import normal_mean, refined
from mitk.errors import DataError, ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class NumberToLabel(ConditionalDistribution):
    """x a number, y a label that it decides, z a label and a number: the label turns what y says of x around.

    With fair w and normal u, e, e': z = (w, u), x = u + e, and y = 1 where slopes_w (u + coupling e) + e' > 0, else 0.

    Parameters
    ----------
    slopes : pair of float, default (2.0, -1.0)
        One for each label of z.
    coupling : float, default 1.0
        0 leaves y to z alone: x and y are independent given z.

    Notes
    -----
    With h the entropy of a coin and b the slope, y given z is a coin of Phi(b u / sqrt(1 + b^2 coupling^2)), and given
    x too one of Phi(b (u + coupling e)): I(X; Y | Z) is the mean difference of h, two normal means for each label.

    Examples
    --------
    >>> law = NumberToLabel()
    >>> law.truth, round(law.conditional_mutual_information, 4)
    ('quadrature', 0.2247)
    """

    slopes: Sequence[float] | np.ndarray = (2.0, -1.0)
    coupling: float = 1.0

    def __post_init__(self) -> None:
        slopes = frozen_array("slopes", self.slopes, 1)
        if len(slopes) != 2:
            raise ParameterError(sentence("slopes", "must be 2 numbers, one a label of z", len(slopes)))
        object.__setattr__(self, "slopes", slopes)
        check_number("coupling", self.coupling, 0.0)

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column of x and y; a label and a number of z."""
        return 1, 1, 2

    @property
    def truth(self) -> Truth:
        """Quadrature; without coupling it is 0."""
        return "quadrature" if self.coupling else "closed form"

    @cached_property
    def conditional_mutual_information(self) -> float:
        """I(X; Y | Z) in nats, worked out when first asked for."""
        if not self.coupling:
            return 0.0
        slopes = np.asarray(self.slopes)
        unknown = slopes / np.hypot(1.0, slopes * self.coupling)
        known = slopes * np.hypot(1.0, self.coupling)
        return float(np.mean([_doubt(b) for b in unknown]) - np.mean([_doubt(b) for b in known]))

    def _name(self) -> str:
        return "number-to-label-" + "-".join(f"{value:g}" for value in (*np.asarray(self.slopes), self.coupling))

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        w = rng.integers(0, 2, (n, 1))
        u, e, other = rng.standard_normal((3, n, 1))
        y = np.asarray(self.slopes)[w] * (u + self.coupling * e) + other > 0.0
        return u + e, y.astype(float), np.hstack([w.astype(float), u])

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        w, u = z[:, 0], z[:, 1]
        for name, values in (("y", y[:, 0]), ("z", w)):
            if not np.isin(values, (0.0, 1.0)).all():
                raise DataError(sentence(name, "must hold labels of the law, 0 and 1", values.max()))
        slope, sign = np.asarray(self.slopes)[w.astype(int)], 2.0 * y[:, 0] - 1.0
        known = slope * (u + self.coupling * (x[:, 0] - u))
        return log_ndtr(sign * known) - log_ndtr(sign * slope * u / np.hypot(1.0, slope * self.coupling))


@dataclass(frozen=True, eq=False, repr=False)
class LabelToNumber(ConditionalDistribution):
    """x a label whose odds depend on z, y a number about the mean of the label, z a normal number that moves y too.

    With normal z and e: the label k has a probability in proportion to exp(pulls_k z), and y = means_k + z + e.

    Parameters
    ----------
    means : sequence of k floats, default (-1.5, 1.5, 0.0)
        Equal means make x and y independent given z.
    pulls : sequence of k floats, default (-1.0, 0.0, 1.0)

    Notes
    -----
    I(X; Y | Z) = h(Y | Z) - 1/2 ln(2 pi e): the entropy of a mixture of normals whose shares are the odds at z, by
    trapezoid sums over y and z refined to 1e-10.

    Examples
    --------
    >>> law = LabelToNumber()
    >>> law.truth, round(law.conditional_mutual_information, 4)
    ('quadrature', 0.3705)
    """

    means: Sequence[float] | np.ndarray = (-1.5, 1.5, 0.0)
    pulls: Sequence[float] | np.ndarray = (-1.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        means, pulls = frozen_array("means", self.means, 1), frozen_array("pulls", self.pulls, 1)
        if len(means) != len(pulls):
            raise ParameterError(sentence("pulls", f"must be {len(means)} numbers, one a mean", len(pulls)))
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "pulls", pulls)

    @property
    def dims(self) -> tuple[int, int, int]:
        """One column each."""
        return 1, 1, 1

    @property
    def truth(self) -> Truth:
        """Quadrature; where the means are equal it is 0."""
        return "closed form" if self._null else "quadrature"

    @property
    def _null(self) -> bool:
        return bool(np.ptp(np.asarray(self.means)) == 0.0)

    @cached_property
    def conditional_mutual_information(self) -> float:
        """I(X; Y | Z) in nats, worked out when first asked for."""
        return 0.0 if self._null else refined(self._information)

    def _information(self, k: int) -> float:
        means = np.asarray(self.means)
        z, step_z = np.linspace(-9.0, 9.0, 60 * k + 1, retstep=True)
        y, step = np.linspace(
            means.min() - 10.0, means.max() + 10.0, int(6.0 * k * (np.ptp(means) + 20.0)), retstep=True
        )
        shares = np.exp(log_softmax(np.asarray(self.pulls) * z[:, None], axis=1))
        density = shares @ np.exp(-0.5 * (y - means[:, None]) ** 2) / np.sqrt(2.0 * np.pi)
        weight = step_z * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
        return float(weight @ entr(density).sum(axis=1) * step - 0.5 * math.log(2.0 * math.pi * math.e))

    def _name(self) -> str:
        return "label-to-number-" + "-".join(f"{value:g}" for value in np.asarray(self.means))

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        z, e = rng.standard_normal((2, n, 1))
        # The largest of log odds plus Gumbel noise has the probability of its odds.
        x = np.argmax(np.asarray(self.pulls) * z + rng.gumbel(size=(n, len(np.asarray(self.pulls)))), axis=1)[:, None]
        return x.astype(float), np.asarray(self.means)[x] + z + e, z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        label = x[:, 0].astype(int)
        if not (np.isin(x[:, 0], np.arange(len(np.asarray(self.means))))).all():
            raise DataError(sentence("x", "must hold labels of the law", x.max()))
        exponents = -0.5 * (y - z - np.asarray(self.means)) ** 2
        mixed = logsumexp(exponents + log_softmax(np.asarray(self.pulls) * z, axis=1), axis=1)
        return exponents[np.arange(len(x)), label] - mixed


@dataclass(frozen=True, eq=False, repr=False)
class ConditionalProduct(ConditionalDistribution):
    """Independent laws of three variables side by side: their information adds.

    Parameters
    ----------
    parts : sequence of ConditionalDistribution

    Examples
    --------
    >>> law = ConditionalProduct([NumberToLabel(), LabelToNumber()])
    >>> law.dims, round(law.conditional_mutual_information, 4)    # a label and a number in x and in y
    ((2, 2, 3), 0.5952)
    """

    parts: Sequence[ConditionalDistribution]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        if not self.parts or not all(isinstance(part, ConditionalDistribution) for part in self.parts):
            raise ParameterError(sentence("parts", "must hold at least one law of three variables", self.parts))

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """Whether all parts have independent rows."""
        return all(part.independent_rows for part in self.parts)

    @property
    def dims(self) -> tuple[int, int, int]:
        """Sums of the columns of the parts."""
        x, y, z = (sum(columns) for columns in zip(*(part.dims for part in self.parts), strict=True))
        return x, y, z

    @property
    def conditional_mutual_information(self) -> float:
        """Sum over the parts, in nats."""
        return float(sum(part.conditional_mutual_information for part in self.parts))

    @property
    def conditional_mutual_information_error(self) -> float:
        """Standard error of the sum, in nats."""
        return float(sum(part.conditional_mutual_information_error for part in self.parts))

    @property
    def truth(self) -> Truth:
        """That of the part whose information is least exactly known."""
        order: list[Truth] = ["closed form", "quadrature", "monte carlo"]
        return max((part.truth for part in self.parts), key=order.index)

    @property
    def pointwise_sd(self) -> float | None:
        """Root of the summed variances, in nats."""
        spreads = [part.pointwise_sd for part in self.parts]
        known = [spread for spread in spreads if spread is not None]
        return float(np.linalg.norm(known)) if len(known) == len(spreads) else None

    def _name(self) -> str:
        return "+".join(part.name for part in self.parts)

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        drawn = [part._draw(rng, n) for part in self.parts]
        x, y, z = (np.hstack(sides) for sides in zip(*drawn, strict=True))
        return x, y, z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        ends = np.cumsum([part.dims for part in self.parts], axis=0)[:-1]
        split = [np.split(side, ends[:, i], axis=1) for i, side in enumerate((x, y, z))]
        return np.sum([part._pointwise(*sides) for part, *sides in zip(self.parts, *split, strict=True)], axis=0)


def _doubt(slope: float) -> float:
    """Mean entropy, in nats, of coins that show 1 with probability Phi(slope u), u standard normal."""
    return normal_mean(lambda u: np.asarray(entr(ndtr(slope * u)) + entr(ndtr(-slope * u))))
