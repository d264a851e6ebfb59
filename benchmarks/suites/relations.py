"""Tasks whose cell may take several fits on one sample, and how their numbers become one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.suites import Part, Task, columns, sample_seed

Relate = Callable[[np.ndarray, np.ndarray, "Relation", np.random.Generator], list[Part]]


@dataclass(frozen=True)
class Conditional(Task):
    """I(X; Y | Z), asked of methods that take a condition as such.

    Others are asked for I(X; (Y, Z)) - I(X; Z), both fits on the same rows.

    `law` is a `mitk.distributions.ConditionalDistribution`. Where ``discrete_y`` is a sequence, it is over the columns
    of y and then of z.
    """

    quantity: str = "conditional_mi"

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.law.dims[0]

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return self.law.dims[1]

    @property
    def dim_z(self) -> int:
        """Columns of z."""
        return self.law.dims[2]

    @property
    def mutual_information(self) -> float:
        """The truth I(X; Y | Z), in nats."""
        known = self.known_information
        return float(self.law.conditional_mutual_information if known is None else known)

    @property
    def mutual_information_error(self) -> float:
        """Standard error of the truth, in nats."""
        return float(self.law.conditional_mutual_information_error if self.known_error is None else self.known_error)

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, ...]:
        """Draw `n` rows of x, y and z."""
        drawn = self.law.sample(n, sample_seed(self.suite, self.name, n, seed))
        return tuple(columns(side) for side in drawn)

    def parts(self, sample: Sequence[np.ndarray], seed: int = 0, *, conditional: bool = False) -> list[Part]:
        """One fit of x and y given z, or those of x with (y, z), and with z."""
        x, y, z = sample
        labels = self.options.get("discrete_y")
        apart = isinstance(labels, Sequence)
        if conditional:
            kinds = {"discrete_y": labels[: y.shape[1]], "discrete_given": labels[y.shape[1] :]} if apart else {}
            return [Part(x, y, {**self.options, **kinds, "given": z})]
        alone = {"discrete_y": labels[y.shape[1] :]} if apart else {}
        return [Part(x, np.hstack([y, z]), self.options), Part(x, z, {**self.options, **alone})]

    def combine(self, values: Sequence[float]) -> float:
        """The first less the second."""
        return values[0] - values[1]


@dataclass(frozen=True)
class Relation(Task):
    """What fits of one sample must be to one another, whatever the truth in nats is.

    Parameters
    ----------
    relate : callable
        ``relate(x, y, task, rng) -> parts``.
    combination : callable
        Makes one number of the parts' values.
    ideal : float
        What that number is for a perfect estimator.
    copies : int, default 1
        Independent rows drawn for each row of the cell, as blocks one below the other.
    quantity : {"ratio", "difference"}
    """

    relate: Relate | None = None
    combination: Callable[[Sequence[float]], float] | None = None
    ideal: float = 0.0
    copies: int = 1
    quantity: str = "ratio"
    truth: str = "closed form"

    @property
    def mutual_information(self) -> float:
        """The ideal."""
        return self.ideal

    @property
    def mutual_information_error(self) -> float:
        """Zero: the ideal follows from a law of information."""
        return 0.0

    def noise_floor(self, n: int) -> None:
        """Unknown."""

    def oracle(self, *sample: np.ndarray) -> None:
        """Unknown."""

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, ...]:
        """Draw `copies` times `n` rows."""
        drawn = self.law.sample(self.copies * n, sample_seed(self.suite, self.name, n, seed))
        return tuple(columns(side) for side in drawn)

    def parts(self, sample: Sequence[np.ndarray], seed: int = 0, *, conditional: bool = False) -> list[Part]:
        """The fits that are related."""
        x, y = sample
        rng = np.random.default_rng([seed, 1])
        return self.relate(x, y, self, rng)

    def combine(self, values: Sequence[float]) -> float:
        """What the combination says."""
        return self.combination(values)


def ratio(values: Sequence[float]) -> float:
    """First over second; nan unless the second is positive, since a ratio to nothing says nothing."""
    return values[0] / values[1] if values[1] > 0.0 else math.nan


def difference(values: Sequence[float]) -> float:
    """First less second."""
    return values[0] - values[1]


def share_rising(values: Sequence[float]) -> float:
    """Share of steps along which the values do not fall."""
    return float(np.mean(np.diff(values) >= 0.0))


def swapped(options: Any) -> dict[str, Any]:
    """What `fit` has to be told when x and y change places."""
    other = {"discrete_x": "discrete_y", "discrete_y": "discrete_x"}
    return {other.get(name, name): value for name, value in options.items()}
