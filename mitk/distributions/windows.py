"""Rows cut from Gaussian series: windows of past and future, and the error of an average over dependent rows."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.distributions.base import Distribution, check_whole
from mitk.distributions.gaussian import Gaussian
from mitk.distributions.series import LinearSeries
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class SeriesRows(Distribution):
    """Rows that are jointly normal and depend on one another; a family gives their covariances."""

    independent_rows = False

    @abstractmethod
    def row_covariance(self, lag: int) -> np.ndarray:
        """Covariance of the row (x, y) at t with that at t - lag, shape (d, d)."""

    @cached_property
    def rows(self) -> Gaussian:
        """The law of one row."""
        covariance = self.row_covariance(0)
        return Gaussian(0.5 * (covariance + covariance.T), self.dim_x)

    @property
    def mutual_information(self) -> float:
        """That of one row, in nats."""
        return max(0.0, self.rows.mutual_information)

    @property
    def pointwise_sd(self) -> float:
        """Spread over rows, in nats; see `long_run_sd` for the error of an average."""
        return self.rows.pointwise_sd

    @cached_property
    def long_run_sd(self) -> float:
        """Standard deviation, in nats, that divided by sqrt(n) is the error of `pointwise` averaged over n rows.

        The pointwise information is a constant plus v' M v for a normal row v, and two such forms k rows apart have
        covariance 2 tr(M C_k M C_k').
        """
        covariance, dx = self.rows.covariance, self.dim_x
        form = -0.5 * np.linalg.inv(covariance)
        form[:dx, :dx] += 0.5 * np.linalg.inv(covariance[:dx, :dx])
        form[dx:, dx:] += 0.5 * np.linalg.inv(covariance[dx:, dx:])
        own = total = _covariance(form, covariance)
        settled = len(covariance)
        for lag in range(1, 100_000):
            term = _covariance(form, self.row_covariance(lag))
            total += 2.0 * term
            # A single lag may vanish by accident; a run of them as long as the row is wide does not.
            settled = settled - 1 if abs(term) <= 1e-12 * own else len(covariance)
            if settled == 0:
                break
        return float(np.sqrt(max(total, 0.0)))

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.rows._pointwise(x, y)


def _covariance(form: np.ndarray, between: np.ndarray) -> float:
    return float(2.0 * np.trace(form @ between @ form @ between.T))


@dataclass(frozen=True, eq=False, repr=False)
class SeriesWindows(SeriesRows):
    """Consecutive windows of a linear series: x holds its past up to t - lag, y its future from t on.

    Parameters
    ----------
    series : LinearSeries
        Its own lag plays no part.
    width_x : int, default 1
        Values of x in a row: at t - lag, t - lag - 1, ...
    width_y : int, default 1
        Values of y in a row: at t, t + 1, ...
    lag : int, default 1

    Examples
    --------
    >>> from mitk.distributions import LinearSeries
    >>> series = LinearSeries([[0.5, 0.0], [0.4, 0.5]])
    >>> [round(SeriesWindows(series, width).mutual_information, 4) for width in (1, 2, 4)]
    [0.1178, 0.1433, 0.1516]
    """

    series: LinearSeries
    width_x: int = 1
    width_y: int = 1
    lag: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.series, LinearSeries):
            raise ParameterError(sentence("series", "must be a LinearSeries", self.series))
        check_whole("width_x", self.width_x)
        check_whole("width_y", self.width_y)
        check_whole("lag", self.lag, 0)

    @property
    def dim_x(self) -> int:
        """Columns of x in the series times their window."""
        return self.series.dim_x * self.width_x

    @property
    def dim_y(self) -> int:
        """Columns of y in the series times their window."""
        return self.series.dim_y * self.width_y

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Time, relative to t, and column of the series of each entry of a row."""
        dx, d = self.series.dim_x, len(self.series.coefficients)
        times = [-self.lag - i for i in range(self.width_x) for _ in range(dx)]
        times += [i for i in range(self.width_y) for _ in range(d - dx)]
        columns = [*np.tile(np.arange(dx), self.width_x), *np.tile(np.arange(dx, d), self.width_y)]
        return np.array(times), np.array(columns)

    def row_covariance(self, lag: int) -> np.ndarray:
        """Covariance of the row (x, y) at t with that at t - lag, shape (d, d)."""
        times, columns = self._places
        ahead = times[:, None] - times + lag
        covariance = np.empty(ahead.shape)
        for k in np.unique(ahead):
            gamma = self.series.autocovariance(int(k)) if k >= 0 else self.series.autocovariance(int(-k)).T
            covariance = np.where(ahead == k, gamma[np.ix_(columns, columns)], covariance)
        return covariance

    def _name(self) -> str:
        return f"windows({self.width_x},{self.width_y},{self.lag})-{self.series.name}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        times, columns = self._places
        first = self.lag + self.width_x - 1
        path = self.series._path(rng, first + n + self.width_y - 1)
        rows = path[(first + np.arange(n))[:, None] + times, columns]
        return rows[:, : self.dim_x], rows[:, self.dim_x :]
