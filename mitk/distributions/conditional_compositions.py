"""Laws of three variables made from laws of two, from maps and from series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.distributions.base import Distribution, Truth, check_whole, probabilities
from mitk.distributions.conditional import ConditionalDistribution, Triple
from mitk.distributions.conditional_laws import ConditionalGaussian
from mitk.distributions.maps import Map
from mitk.distributions.series import BinarySeries, LinearSeries
from mitk.errors import DataError, ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class GivenLabel(ConditionalDistribution):
    """z a label, and (x, y) from the law that belongs to it.

    Parameters
    ----------
    laws : sequence of Distribution
        One a label, all of the same columns.
    shares : sequence of float
        Probabilities of the labels 0, 1, ..., summing to 1.

    Notes
    -----
    I(X; Y | Z) is the mean of the informations of the laws.

    Examples
    --------
    >>> from mitk.distributions import Gaussian
    >>> law = GivenLabel([Gaussian.bivariate(0.8), Gaussian.bivariate(-0.8)], [0.5, 0.5])
    >>> round(law.conditional_mutual_information, 6)    # x and y are uncorrelated over both labels
    0.510826
    """

    laws: Sequence[Distribution]
    shares: Sequence[float] | np.ndarray

    def __post_init__(self) -> None:
        laws = tuple(self.laws)
        object.__setattr__(self, "laws", laws)
        object.__setattr__(self, "shares", probabilities("shares", self.shares))
        if len(laws) != len(self.shares) or len({(law.dim_x, law.dim_y) for law in laws}) != 1:
            raise ParameterError(
                sentence("laws", f"must be {len(self.shares)} laws of the same columns, one a share", f"{len(laws)}")
            )

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """Whether all laws have independent rows."""
        return all(law.independent_rows for law in self.laws)

    @property
    def dims(self) -> tuple[int, int, int]:
        """Columns of x and y of the laws, and one."""
        return self.laws[0].dim_x, self.laws[0].dim_y, 1

    @property
    def conditional_mutual_information(self) -> float:
        """Mean over the labels, in nats."""
        return float(np.dot(self.shares, [law.mutual_information for law in self.laws]))

    @property
    def conditional_mutual_information_error(self) -> float:
        """Standard error, in nats, from those of the laws."""
        return float(np.linalg.norm(np.multiply(self.shares, [law.mutual_information_error for law in self.laws])))

    @property
    def truth(self) -> Truth:
        """That of the law whose information is least exactly known."""
        order: list[Truth] = ["closed form", "quadrature", "monte carlo"]
        return max((law.truth for law in self.laws), key=order.index)

    def _name(self) -> str:
        return "given-label-" + "-".join(law.name for law in self.laws)

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        z = rng.choice(len(self.laws), size=n, p=self.shares)
        x, y = np.empty((n, self.dims[0])), np.empty((n, self.dims[1]))
        for label, law in enumerate(self.laws):
            own = np.flatnonzero(z == label)
            if len(own):
                x[own], y[own] = law._draw(rng, len(own))
        return x, y, z[:, None].astype(float)

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        values = np.full(len(x), np.nan)
        for label, law in enumerate(self.laws):
            own = z[:, 0] == label
            values[own] = law.pointwise(x[own], y[own])
        if np.isnan(values).any():
            raise DataError(sentence("z", "must hold labels of the law", z[np.isnan(values)][0, 0]))
        return values


@dataclass(frozen=True, eq=False, repr=False)
class ConditionalMapped(ConditionalDistribution):
    """A law of three variables seen through maps that keep information: post-nonlinear where it is normal.

    Parameters
    ----------
    distribution : ConditionalDistribution
    map_x, map_y, map_z : Map, optional
        Injective; None leaves that variable as it is.

    Examples
    --------
    >>> from mitk.distributions import Asinh, half_cube
    >>> inner = ConditionalGaussian([[2.0, 1.5, 1.0], [1.5, 2.0, 1.0], [1.0, 1.0, 1.0]])
    >>> law = ConditionalMapped(inner, half_cube(), Asinh())
    >>> round(law.conditional_mutual_information, 6), law.name
    (0.143841, 'half_cube_x-asinh_y-conditionalgaussian-1-1-1')
    """

    distribution: ConditionalDistribution
    map_x: Map | None = None
    map_y: Map | None = None
    map_z: Map | None = None

    def __post_init__(self) -> None:
        for name, given in zip(("map_x", "map_y", "map_z"), self._maps, strict=True):
            if given is not None and (not isinstance(given, Map) or not given.keeps_information):
                raise ParameterError(sentence(name, "must be a Map that keeps the information, or None", given))
        # Asking for the dimensions refuses a map that does not apply.
        _ = self.dims

    @property
    def _maps(self) -> tuple[Map | None, Map | None, Map | None]:
        return self.map_x, self.map_y, self.map_z

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """As in the law that is mapped."""
        return self.distribution.independent_rows

    @property
    def dims(self) -> tuple[int, int, int]:
        """Columns after the maps."""
        inner = self.distribution.dims
        x, y, z = (d if m is None else m.dim_out(d) for d, m in zip(inner, self._maps, strict=True))
        return x, y, z

    @property
    def conditional_mutual_information(self) -> float:
        """That of the law that is mapped, in nats."""
        return self.distribution.conditional_mutual_information

    @property
    def conditional_mutual_information_error(self) -> float:
        """That of the law that is mapped, in nats."""
        return self.distribution.conditional_mutual_information_error

    @property
    def truth(self) -> Truth:
        """As in the law that is mapped."""
        return self.distribution.truth

    @property
    def pointwise_sd(self) -> float | None:
        """That of the law that is mapped, in nats."""
        return self.distribution.pointwise_sd

    def _name(self) -> str:
        mapped = [f"{m.name}_{side}" for side, m in zip("xyz", self._maps, strict=True) if m is not None]
        return "-".join([*mapped, self.distribution.name])

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        sides = self.distribution._draw(rng, n)
        x, y, z = (s if m is None else m.draw(s, rng) for s, m in zip(sides, self._maps, strict=True))
        return x, y, z

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, y, z = (s if m is None else m.inverse(s) for s, m in zip((x, y, z), self._maps, strict=True))
        return self.distribution._pointwise(x, y, z)


@dataclass(frozen=True, eq=False, repr=False)
class Transfer(ConditionalDistribution):
    """Transfer entropy of a series: x its past of x, y the present of y, z the past of y.

    Parameters
    ----------
    series : LinearSeries or BinarySeries
    history : int, default 1
        Length of both pasts. The truth is that of the same length, not of an infinite one.

    Examples
    --------
    >>> law = Transfer(LinearSeries([[0.5, 0.0], [0.4, 0.9]]))
    >>> round(law.conditional_mutual_information, 6)
    0.094797
    """

    series: LinearSeries | BinarySeries
    history: int = 1
    independent_rows = False

    def __post_init__(self) -> None:
        check_whole("history", self.history)

    @property
    def dims(self) -> tuple[int, int, int]:
        """`history` times the columns of x, the columns of y, and `history` times these."""
        return self.history * self.series.dim_x, self.series.dim_y, self.history * self.series.dim_y

    @property
    def conditional_mutual_information(self) -> float:
        """Transfer entropy for this history, in nats."""
        return self.series.transfer_entropy(self.history)

    def _name(self) -> str:
        return f"transfer-{self.history}-{self.series.name}"

    def _draw(self, rng: np.random.Generator, n: int) -> Triple:
        return self.series._draw_transfer(rng, n, self.history)

    def _pointwise(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        if isinstance(self.series, LinearSeries):
            return self._rows._pointwise(x, y, z)
        # The present repeats the last coin, and nothing else tells of it.
        return BinarySeries(self.series.flip)._pointwise(x[:, :1], y)

    @cached_property
    def _rows(self) -> ConditionalGaussian:
        """The normal law of one row, from the autocovariances."""
        series = self.series
        assert isinstance(series, LinearSeries)
        steps = range(self.history + 1)
        covariances = [series.autocovariance(k) for k in steps]
        whole = np.block([[covariances[j - i] if j >= i else covariances[i - j].T for j in steps] for i in steps])
        d, dx = series.dim_x + series.dim_y, series.dim_x
        past = [d * k for k in steps[1:]]
        order = [
            *(first + c for first in past for c in range(dx)),
            *range(dx, d),
            *(first + c for first in past for c in range(dx, d)),
        ]
        return ConditionalGaussian(whole[np.ix_(order, order)], self.dims[0], self.dims[1])
