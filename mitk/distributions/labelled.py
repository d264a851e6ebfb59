"""A label and a number that depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp

from mitk.distributions.base import Computed, OneByOne, check_number, frozen_array, probabilities
from mitk.distributions.quadrature import refined
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class LabelledNormal(Computed, OneByOne):
    """X a label 0, 1, 2, ... and Y normal about the mean of its label.

    Parameters
    ----------
    means : sequence of k floats
        Where labels are nominal, means in any order give the same information.
    spread : float, default 1.0
        Standard deviation of y given the label.
    shares : sequence of k floats, optional
        Probabilities of the labels; equal by default.

    Notes
    -----
    I is the expected log ratio of the normal of a label to their mixture, by a trapezoid sum refined to 1e-10.

    Examples
    --------
    >>> round(LabelledNormal([-1.0, 1.0]).mutual_information, 6)
    0.336831
    """

    means: Sequence[float] | np.ndarray
    spread: float = 1.0
    shares: Sequence[float] | np.ndarray | None = None

    def __post_init__(self) -> None:
        means = frozen_array("means", self.means, 1)
        check_number("spread", self.spread, 0.0, open_low=True)
        shares = probabilities("shares", np.full(len(means), 1.0 / len(means)) if self.shares is None else self.shares)
        if len(shares) != len(means):
            raise ParameterError(sentence("shares", f"must be {len(means)} numbers, one a mean", len(shares)))
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "shares", shares)

    @classmethod
    def steps(cls, levels: int, gap: float = 1.0, *, order_seed: int | None = None) -> LabelledNormal:
        """Equally likely labels with means `gap` deviations apart, increasing, or shuffled by `order_seed`.

        Examples
        --------
        >>> nominal = LabelledNormal.steps(5, order_seed=0)
        >>> nominal.name, bool(nominal.mutual_information == LabelledNormal.steps(5).mutual_information)
        ('labelled-normal-5-1-shuffled', True)
        """
        order = np.arange(levels) if order_seed is None else np.random.default_rng(order_seed).permutation(levels)
        label = f"labelled-normal-{levels}-{gap:g}" + ("" if order_seed is None else "-shuffled")
        return cls(gap * order, label=label)

    def _quadrature(self) -> float:
        return self._moment(1)

    @cached_property
    def pointwise_sd(self) -> float:
        """Standard deviation of the pointwise information, in nats, by quadrature."""
        return float(np.sqrt(max(self._moment(2) - self.mutual_information**2, 0.0)))

    def _moment(self, power: int) -> float:
        """Expected power of the pointwise information."""
        order = np.argsort(np.asarray(self.means), kind="stable")
        means, shares = np.asarray(self.means)[order] / self.spread, np.asarray(self.shares)[order]

        def expectation(k: int) -> float:
            low, high = means[0] - 12.0, means[-1] + 12.0
            y, step = np.linspace(low, high, int(np.ceil(4.0 * k * (high - low))) + 1, retstep=True)
            exponents = -0.5 * (y - means[:, None]) ** 2
            density = shares[:, None] * np.exp(exponents) / np.sqrt(2.0 * np.pi)
            information = exponents - logsumexp(exponents + _log(shares)[:, None], axis=0)
            return float(step * (density * information**power).sum())

        return refined(expectation)

    def _name(self) -> str:
        return f"labelled-normal-{len(np.asarray(self.means))}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        means = np.asarray(self.means)
        label = rng.choice(len(means), size=n, p=np.asarray(self.shares))
        y = means[label] + self.spread * rng.standard_normal(n)
        return label[:, None].astype(float), y[:, None]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        means, log_shares = np.asarray(self.means), _log(np.asarray(self.shares))
        exponents = -0.5 * ((y - means) / self.spread) ** 2
        own = exponents[np.arange(len(x)), x[:, 0].astype(int)]
        return own - logsumexp(exponents + log_shares, axis=1)


def _log(shares: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(shares)
