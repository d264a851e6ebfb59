"""Stationary series with known flow of information from x to y."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_banded, solve_discrete_lyapunov
from scipy.special import xlogy

from mitk.distributions.base import Distribution, OneByOne, check_number, check_whole, frozen_array, positive_definite
from mitk.distributions.gaussian import Gaussian, check_split
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class LinearSeries(Distribution):
    """Linear Gaussian series z_t = A z_{t-1} + e_t; a sample holds x at t - lag beside y at t, in order of time.

    Parameters
    ----------
    coefficients : array-like of shape (d, d)
        A, with all eigenvalues inside the unit circle.
    noise : array-like of shape (d, d), optional
        Covariance of e; unit by default.
    columns_x : int, default 1
        The first columns, which are x.
    lag : int, default 1
        How far x is behind y in a sample.

    Notes
    -----
    `mutual_information` is I(x_{t-lag}; y_t). `transfer_entropy` is 1/2 ln of the ratio of two innovation variances
    of y: given its own past, and given both pasts.

    Examples
    --------
    >>> law = LinearSeries([[0.5, 0.0], [0.4, 0.5]])
    >>> round(law.transfer_entropy(), 6), round(law.transfer_entropy(history=1), 6)
    (0.092, 0.092053)
    """

    coefficients: np.ndarray
    noise: np.ndarray | None = None
    columns_x: int = 1
    lag: int = 1
    independent_rows = False

    def __post_init__(self) -> None:
        a = frozen_array("coefficients", self.coefficients, 2)
        if a.shape[0] != a.shape[1] or np.abs(np.linalg.eigvals(a)).max() >= 1.0:
            rule = "must be square with all eigenvalues inside the unit circle"
            raise ParameterError(sentence("coefficients", rule, a.tolist()))
        noise = positive_definite("noise", np.eye(len(a)) if self.noise is None else self.noise)
        if noise.shape != a.shape:
            raise ParameterError(sentence("noise", f"must have shape {a.shape}", f"shape {noise.shape}"))
        check_split(self.columns_x, len(a))
        check_whole("lag", self.lag, 0)
        object.__setattr__(self, "coefficients", a)
        object.__setattr__(self, "noise", noise)

    @property
    def dim_x(self) -> int:
        """Columns of x."""
        return self.columns_x

    @property
    def dim_y(self) -> int:
        """Columns of y."""
        return len(self.coefficients) - self.columns_x

    @property
    def mutual_information(self) -> float:
        """I(x_{t-lag}; y_t), in nats."""
        return self.rows.mutual_information

    @property
    def pointwise_sd(self) -> float:
        """Spread over rows, in nats; rows depend on each other, so divide by sqrt(n) with care."""
        return self.rows.pointwise_sd

    @cached_property
    def rows(self) -> Gaussian:
        """The law of one row (x_{t-lag}, y_t)."""
        dx, stationary = self.dim_x, self.autocovariance(0)
        covariance = stationary.copy()
        covariance[dx:, :dx] = self.autocovariance(self.lag)[dx:, :dx]
        covariance[:dx, dx:] = covariance[dx:, :dx].T
        return Gaussian(covariance, dx)

    @cached_property
    def _stationary(self) -> np.ndarray:
        covariance = solve_discrete_lyapunov(self.coefficients, self.noise)
        return 0.5 * (covariance + covariance.T)

    def autocovariance(self, lag: int) -> np.ndarray:
        """Cov(z_t, z_{t-lag}), shape (d, d)."""
        return np.linalg.matrix_power(self.coefficients, lag) @ self._stationary

    def transfer_entropy(self, history: int | None = None, *, reverse: bool = False) -> float:
        """Information that the past of x adds about the present of y, in nats.

        Parameters
        ----------
        history : int, optional
            Length of both pasts; infinite by default.
        reverse : bool, default False
            From y to x instead.
        """
        dx, d = self.dim_x, len(self.coefficients)
        target = slice(None, dx) if reverse else slice(dx, None)
        own = np.linalg.slogdet(self._innovation(np.arange(d)[target], history))[1]
        both = np.linalg.slogdet(np.asarray(self.noise)[target, target])[1]
        return float(0.5 * (own - both))

    def _innovation(self, seen: np.ndarray, history: int | None) -> np.ndarray:
        """Error covariance of the best prediction of columns `seen` from their own last `history` values."""
        a, noise = self.coefficients, np.asarray(self.noise)
        if history is not None:
            check_whole("history", history)
        ahead = self._stationary
        # Kalman filter without observation noise: after k steps its prediction error is that of a history of k.
        for _ in range(100_000 if history is None else history):
            gain = np.linalg.solve(ahead[np.ix_(seen, seen)], ahead[seen])
            after = ahead - ahead[:, seen] @ gain
            new = a @ after @ a.T + noise
            settled = np.abs(new - ahead).max() < 1e-15 * np.abs(new).max()
            ahead = new
            if settled:
                break
        return ahead[np.ix_(seen, seen)]

    def path(self, n: int, seed: int = 0) -> np.ndarray:
        """Draw n consecutive values of the stationary series, shape (n, d)."""
        check_whole("n", n)
        check_whole("seed", seed, 0)
        return self._path(np.random.default_rng(seed), n)

    def sample_transfer(self, n: int, seed: int = 0, history: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw past of x (n, history dim_x), present of y (n, dim_y) and past of y (n, history dim_y).

        Their conditional mutual information I(past of x; y | past of y) is `transfer_entropy(history)`.
        """
        check_whole("n", n)
        check_whole("seed", seed, 0)
        check_whole("history", history)
        return self._draw_transfer(np.random.default_rng(seed), n, history)

    def _draw_transfer(
        self, rng: np.random.Generator, n: int, history: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        path = self._path(rng, n + history)
        past = [path[history - k : history - k + n] for k in range(1, history + 1)]
        past_x = np.hstack([block[:, : self.dim_x] for block in past])
        past_y = np.hstack([block[:, self.dim_x :] for block in past])
        return past_x, path[history:, self.dim_x :], past_y

    def _path(self, rng: np.random.Generator, n: int) -> np.ndarray:
        a, d = self.coefficients, len(self.coefficients)
        shocks = rng.standard_normal((n, d))
        shocks[1:] = shocks[1:] @ np.linalg.cholesky(np.asarray(self.noise)).T
        shocks[0] = np.linalg.cholesky(self._stationary) @ shocks[0]
        # The recursion is a banded triangular system, which LAPACK solves without a Python loop.
        bands = np.zeros((2 * d, n * d))
        bands[0] = 1.0
        for i in range(d):
            for j in range(d):
                bands[d + i - j, j::d] = -a[i, j]
        return solve_banded((2 * d - 1, 0), bands, shocks.ravel()).reshape(n, d)

    def _name(self) -> str:
        return f"linear-series-{self.dim_x}-{self.dim_y}-lag-{self.lag}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        path = self._path(rng, n + self.lag)
        return path[:n, : self.dim_x], path[self.lag :, self.dim_x :]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.rows._pointwise(x, y)


@dataclass(frozen=True, eq=False, repr=False)
class BinarySeries(OneByOne):
    """x a fair coin, y the coin before, flipped with probability `flip`; a sample holds x at t - lag beside y at t.

    Parameters
    ----------
    flip : float, default 0.1
    lag : int, default 1

    Examples
    --------
    >>> round(BinarySeries(0.1).transfer_entropy(), 6)     # ln 2 - h(0.1)
    0.368064
    >>> BinarySeries(0.1, lag=2).mutual_information
    0.0
    """

    flip: float = 0.1
    lag: int = 1

    def __post_init__(self) -> None:
        check_number("flip", self.flip, 0.0, 1.0)
        check_whole("lag", self.lag, 0)

    @property
    def mutual_information(self) -> float:
        """I(x_{t-lag}; y_t), in nats: 0 unless the lag is 1."""
        return self.transfer_entropy() if self.lag == 1 else 0.0

    def transfer_entropy(self, history: int | None = None, *, reverse: bool = False) -> float:
        """Ln 2 - h(flip) for any history, in nats; 0 in reverse."""
        q = self.flip
        return 0.0 if reverse else float(np.log(2.0) + xlogy(q, q) + xlogy(1.0 - q, 1.0 - q))

    def sample_transfer(self, n: int, seed: int = 0, history: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw past of x (n, history), present of y (n, 1) and past of y (n, history); the latest past comes first."""
        check_whole("n", n)
        check_whole("seed", seed, 0)
        check_whole("history", history)
        return self._draw_transfer(np.random.default_rng(seed), n, history)

    def _draw_transfer(
        self, rng: np.random.Generator, n: int, history: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # One coin more than values of y, since each value repeats the coin before it.
        coin = rng.integers(2, size=n + history + 1)
        y = coin[:-1] ^ (rng.random(n + history) < self.flip)
        past_x = np.column_stack([coin[1 + history - k : 1 + history - k + n] for k in range(1, history + 1)])
        past_y = np.column_stack([y[history - k : history - k + n] for k in range(1, history + 1)])
        return past_x.astype(float), y[history:, None].astype(float), past_y.astype(float)

    def _name(self) -> str:
        return f"binary-series-{self.flip:g}-lag-{self.lag}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        lead = max(self.lag, 1)
        coin = rng.integers(2, size=n + lead)
        y = coin[lead - 1 : lead - 1 + n] ^ (rng.random(n) < self.flip)
        first = lead - self.lag
        return coin[first : first + n, None].astype(float), y[:, None].astype(float)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if self.lag != 1:
            return np.zeros(len(x))
        with np.errstate(divide="ignore"):
            return np.log(2.0 * np.where(x[:, 0] == y[:, 0], 1.0 - self.flip, self.flip))
