"""Laws with discrete and continuous parts, with truths corrected where the literature is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln, logsumexp, ndtr, xlogy

from mitk.distributions.base import Computed, OneByOne, check_number
from mitk.distributions.gaussian import Gaussian, check_correlation
from mitk.distributions.mixtures import Mixture, StudentMixture
from mitk.distributions.quadrature import normal_mean, refined, unit_interval_mean
from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class ZeroInflatedPoisson(Computed, OneByOne):
    """X exponential; Y given X is Poisson of mean X, or 0 with probability `inflation` whatever X is.

    Parameters
    ----------
    inflation : float, default 0.0

    Notes
    -----
    Without inflation I = 2 ln 2 - gamma - sum_k ln k / 2^k, a mixed law after :cite:`gao2017`. With it, a row does
    not say whether its zero is an inflated one, so I is *not* (1 - p) times that value, as code in circulation has
    it: the hidden flag B costs I(X; B | Y) besides. At p = 0.15 the truth is 0.229776, not 0.2560.

    Examples
    --------
    >>> round(ZeroInflatedPoisson(0.15).mutual_information, 8)
    0.22977596
    """

    inflation: float = 0.0

    def __post_init__(self) -> None:
        check_number("inflation", self.inflation, 0.0, 1.0)

    def _quadrature(self) -> float:
        """(1 - p) I(X; Poisson) - I(X; B | Y)."""
        p = self.inflation
        k = np.arange(1, 80)
        plain = 2.0 * np.log(2.0) - np.euler_gamma - float((np.log(k) / 2.0**k).sum())

        # A zero comes from inflation (p) or from the Poisson law (1 - p) e^-X; e^-X is uniform on (0, 1).
        def doubt(u: np.ndarray) -> np.ndarray:
            zero = p + (1.0 - p) * u
            return xlogy(zero, zero) - xlogy(p, p) - xlogy((1.0 - p) * u, (1.0 - p) * u)

        p0 = 0.5 * (1.0 + p)
        whole = xlogy(p0, p0) - xlogy(p, p) - xlogy(p0 - p, p0 - p)
        return float((1.0 - p) * plain - (whole - unit_interval_mean(doubt)))

    def _name(self) -> str:
        return f"zero-inflated-poisson-{self.inflation:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.standard_exponential(n)
        y = np.where(rng.random(n) < self.inflation, 0, rng.poisson(x))
        return x[:, None], y[:, None].astype(float)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y, p = x[:, 0], y[:, 0], self.inflation
        log_poisson = xlogy(y, x) - x - gammaln(y + 1.0)
        log_margin = -(y + 1.0) * np.log(2.0)
        with np.errstate(divide="ignore"):
            kept, zero = np.log1p(-p), np.where(y == 0, np.log(p), -np.inf)
        return np.logaddexp(kept + log_poisson, zero) - np.logaddexp(kept + log_margin, zero)


@dataclass(frozen=True, eq=False, repr=False)
class HalfDiscrete(OneByOne):
    """Half of the rows normal with a correlation, half on the four points (-1 or 1, -1 or 1).

    Parameters
    ----------
    correlation : float, default 0.8
    agreement : float, default 0.8
        Probability that the two signs of a discrete row agree.

    Notes
    -----
    I = ln 2 + 1/2 [ln 2 + b ln b + (1 - b) ln(1 - b)] - 1/4 ln(1 - rho^2): 1.044932 at 0.8 and 0.8. Other code in
    circulation has 0.743939 there, from 1/8 ln(4 / (1 - rho^2)) for the Gaussian half.

    Examples
    --------
    >>> round(HalfDiscrete(0.8, 0.8).mutual_information, 6)
    1.044932
    """

    correlation: float = 0.8
    agreement: float = 0.8

    def __post_init__(self) -> None:
        check_correlation(self.correlation)
        check_number("agreement", self.agreement, 0.0, 1.0)

    @property
    def mutual_information(self) -> float:
        """Closed form, in nats."""
        b = self.agreement
        discrete = np.log(2.0) + xlogy(b, b) + xlogy(1.0 - b, 1.0 - b)
        return float(np.log(2.0) + 0.5 * discrete - 0.25 * np.log1p(-(self.correlation**2)))

    def _name(self) -> str:
        return f"half-discrete-{self.correlation:g}-{self.agreement:g}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = Gaussian.bivariate(self.correlation)._draw(rng, n)
        signs = rng.choice([-1.0, 1.0], size=(n, 1))
        agree = np.where(rng.random((n, 1)) < self.agreement, 1.0, -1.0)
        discrete = rng.random((n, 1)) < 0.5
        return np.where(discrete, signs, x), np.where(discrete, signs * agree, y)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        information = Gaussian.bivariate(self.correlation)._pointwise(x, y)
        x, y = x[:, 0], y[:, 0]
        atoms = (np.abs(x) == 1.0) & (np.abs(y) == 1.0)
        with np.errstate(divide="ignore"):
            signs = np.log(2.0 * np.where(x == y, self.agreement, 1.0 - self.agreement))
        return np.log(2.0) + np.where(atoms, signs, information)


@dataclass(frozen=True, eq=False, repr=False)
class RoundedGaussian(Computed, OneByOne):
    """Standard bivariate normal seen through rounding, which ties rows.

    Parameters
    ----------
    correlation : float
    step : float, default 0.1
        Spacing of the values that remain, at least 0.01.
    both : bool, default True
        Round y too, or x alone.

    Notes
    -----
    Cell probabilities are differences of normal distribution functions, integrated over y by Gauss-Legendre.

    Examples
    --------
    >>> round(RoundedGaussian(0.75, 1.0).mutual_information, 4)      # unrounded: 0.4133
    0.3263
    """

    correlation: float
    step: float = 0.1
    both: bool = True

    def __post_init__(self) -> None:
        check_correlation(self.correlation)
        check_number("step", self.step, 0.01)

    def _quadrature(self) -> float:
        if self.both:
            margin = self._cells.sum(axis=1)
            return float(xlogy(self._cells, self._cells).sum() - 2.0 * xlogy(margin, margin).sum())
        centres = self._centres
        margin = _between(centres, self.step, 0.0, 1.0)

        def doubt(y: np.ndarray) -> np.ndarray:
            given = self._given(centres[:, None], y)
            return -xlogy(given, given).sum(axis=0)

        return float(-xlogy(margin, margin).sum()) - normal_mean(doubt)

    @property
    def _centres(self) -> np.ndarray:
        reach = int(np.ceil(9.0 / self.step))
        return self.step * np.arange(-reach, reach + 1)

    def _given(self, cell: np.ndarray, y: np.ndarray) -> np.ndarray:
        return _between(cell, self.step, self.correlation * y, np.sqrt(1.0 - self.correlation**2))

    @cached_property
    def _cells(self) -> np.ndarray:
        """Joint probabilities of the rounded pair."""
        centres = self._centres
        nodes, weights = np.polynomial.legendre.leggauss(24)
        cells = np.zeros((len(centres), len(centres)))
        for node, weight in zip(nodes, weights, strict=True):
            y = centres + 0.5 * self.step * node
            density = 0.5 * self.step * weight * np.exp(-0.5 * y**2) / np.sqrt(2.0 * np.pi)
            cells += density * self._given(centres[:, None], y)
        return cells / cells.sum()

    def _name(self) -> str:
        return f"rounded({self.step:g})-1v1-normal-{self.correlation}" + ("" if self.both else "-x")

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = Gaussian.bivariate(self.correlation)._draw(rng, n)
        x = np.round(x / self.step) * self.step
        return x, np.round(y / self.step) * self.step if self.both else y

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = x[:, 0], y[:, 0]
        log_x = np.log(_between(x, self.step, 0.0, 1.0))
        if not self.both:
            return np.log(self._given(x, y)) - log_x
        reach = len(self._centres) // 2
        rows, columns = (np.round(side / self.step).astype(int) + reach for side in (x, y))
        return np.log(self._cells[rows, columns]) - log_x - np.log(_between(y, self.step, 0.0, 1.0))


def _between(centre: np.ndarray, step: float, mean: float | np.ndarray, sd: float) -> np.ndarray:
    """Probability that a normal falls within half a step of `centre`, without cancellation in the right tail."""
    distance = np.abs(centre - mean)
    return ndtr((0.5 * step - distance) / sd) - ndtr((-0.5 * step - distance) / sd)


@dataclass(frozen=True, eq=False, repr=False)
class LabelledMixture(Computed):
    """X from a mixture, y a label whose probabilities depend on the component alone.

    Parameters
    ----------
    components : Mixture
        All of its columns are x.
    labels : array-like of shape (k, classes)
        Row i: probabilities of the labels 0, 1, ... given component i.

    Notes
    -----
    For two columns the truth is a trapezoid sum over a plane stretched by sinh, which reaches far tails; for more it
    is Monte Carlo.

    Examples
    --------
    >>> law = binary_label()
    >>> round(law.mutual_information, 8), law.dim_x, law.dim_y
    (0.22423657, 2, 1)
    """

    components: Mixture
    labels: np.ndarray

    def __post_init__(self) -> None:
        labels = np.array(self.labels, dtype=float)
        k = len(self.components.means)
        if labels.ndim != 2 or len(labels) != k or (labels < 0).any() or np.abs(labels.sum(axis=1) - 1).max() > 1e-9:
            raise ParameterError(sentence("labels", f"must hold {k} rows of probabilities", f"shape {labels.shape}"))
        object.__setattr__(self, "labels", labels)

    @property
    def dim_x(self) -> int:
        """All columns of the mixture."""
        return self.components.means.shape[1]

    @property
    def dim_y(self) -> int:
        """One column."""
        return 1

    @property
    def integrable(self) -> bool:
        """True for two columns."""
        return self.dim_x == 2

    def _quadrature(self) -> float:
        return refined(self._plane_sum, limit=16)

    def _ratios(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log density of x, and p(label | x) and its log ratio to p(label), each (classes, n)."""
        logs = self.components.log_components(rows)
        log_x = logsumexp(logs, axis=0)
        given = self.labels.T @ np.exp(logs - log_x)
        share = np.asarray(self.components.weights) @ self.labels
        with np.errstate(divide="ignore"):
            return log_x, given, np.log(given) - np.log(share)[:, None]

    def _plane_sum(self, k: int) -> float:
        law = self.components
        values, axes = np.linalg.eigh(law.dispersions)
        narrow = int(np.argmin(values[:, 0]))
        scale, turn = np.sqrt(values[narrow]), axes[narrow]
        tail = float(np.min(law.dofs)) if isinstance(law, StudentMixture) else np.inf
        reach = max(40.0, 10.0 ** (15.0 / tail)) * np.sqrt(values.max()) + np.abs(law.means).max()
        grids = []
        for s in scale:
            end = np.arcsinh(reach / s)
            t, step = np.linspace(-end, end, int(12 * k * end) | 1, retstep=True)
            grids.append((s * np.sinh(t), step * s * np.cosh(t)))
        (u, weight_u), (v, weight_v) = grids
        total = 0.0
        centre = np.asarray(law.weights) @ law.means
        for start in range(0, len(u), 64):
            rows = slice(start, start + 64)
            plane = np.stack(np.broadcast_arrays(u[rows, None], v), axis=-1).reshape(-1, 2) @ turn.T + centre
            log_x, given, ratio = self._ratios(plane)
            information = np.where(given > 0, given * np.where(given > 0, ratio, 0.0), 0.0).sum(axis=0)
            total += float(np.outer(weight_u[rows], weight_v).ravel() @ (np.exp(log_x) * information))
        return total

    def _name(self) -> str:
        return f"labelled-{self.components.name}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, component = self.components.draw_rows(rng, n)
        cumulative = np.cumsum(self.labels, axis=1)[:, :-1]
        y = (rng.random((n, 1)) > cumulative[component]).sum(axis=1)
        return x, y[:, None].astype(float)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        _, _, ratio = self._ratios(x)
        return ratio[y[:, 0].astype(int), np.arange(len(x))]


def binary_label() -> LabelledMixture:
    """A plane of two Student clouds and a tilted normal between them, and a bit that tells them apart.

    Examples
    --------
    >>> binary_label().name
    'disc-cont-binary'
    """
    means = [[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]
    dispersions = [0.2 * np.eye(2), 0.1 * np.array([[1.0, 0.95], [0.95, 1.0]]), 0.2 * np.eye(2)]
    law = StudentMixture([0.25, 0.5, 0.25], means, dispersions, 1, dofs=[8.0, np.inf, 5.0])
    ones = np.array([0.95, 0.5, 0.05])
    return LabelledMixture(law, np.column_stack([1.0 - ones, ones]), label="disc-cont-binary")
