"""Laws of two labels: tables and the channels they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import xlogy

from mitk.distributions.base import OneByOne, check_number, check_whole, frozen_array, probabilities
from mitk.errors import DataError, ParameterError, sentence


@dataclass(frozen=True, eq=False, repr=False)
class Table(OneByOne):
    """Two labels with a given table of joint probabilities.

    Parameters
    ----------
    table : array-like of shape (r, c)
        Joint probabilities, summing to 1.
    values_x : sequence of r floats, optional
    values_y : sequence of c floats, optional
        The labels, increasing; 0, 1, 2, ... by default.

    Examples
    --------
    >>> law = Table.binary_symmetric(0.1)
    >>> round(law.mutual_information, 6)     # ln 2 - h(0.1)
    0.368064
    >>> round(law.with_erasures(0.5).mutual_information, 6)
    0.184032
    """

    table: np.ndarray
    values_x: Sequence[float] | np.ndarray | None = None
    values_y: Sequence[float] | np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", probabilities("table", self.table, 2))
        for name, size in (("values_x", self.table.shape[0]), ("values_y", self.table.shape[1])):
            given = getattr(self, name)
            values = frozen_array(name, np.arange(size) if given is None else given, 1)
            if len(values) != size or (np.diff(values) <= 0).any():
                raise ParameterError(sentence(name, f"must be {size} increasing numbers", values.tolist()))
            object.__setattr__(self, name, values)

    @classmethod
    def binary_symmetric(cls, flip: float, share: float = 0.5) -> Table:
        """A bit that is 1 with probability `share`, flipped with probability `flip`."""
        check_number("flip", flip, 0.0, 1.0)
        check_number("share", share, 0.0, 1.0)
        channel = np.array([[1.0 - flip, flip], [flip, 1.0 - flip]])
        return cls(np.array([[1.0 - share], [share]]) * channel, label=f"binary-symmetric-{flip:g}-{share:g}")

    @classmethod
    def symmetric(cls, levels: int, redraw: float) -> Table:
        """A uniform label, drawn anew from all `levels` with probability `redraw`.

        Notes
        -----
        I = ln K + s ln s + (1 - s) ln(r / K) with s = 1 - r (1 - 1/K).
        """
        check_whole("levels", levels)
        check_number("redraw", redraw, 0.0, 1.0)
        channel = (1.0 - redraw) * np.eye(levels) + redraw / levels
        return cls(channel / levels, label=f"symmetric-channel-{levels}-{redraw:g}")

    @classmethod
    def noiseless(cls, shares: Sequence[float] | np.ndarray) -> Table:
        """Y equals X, a label with probabilities `shares`; the information is its entropy."""
        shares = probabilities("shares", shares)
        return cls(np.diag(shares), label=f"noiseless-{len(shares)}")

    @property
    def margin_x(self) -> np.ndarray:
        """Probabilities of the labels of x, shape (r,)."""
        return self.table.sum(axis=1)

    @property
    def margin_y(self) -> np.ndarray:
        """Probabilities of the labels of y, shape (c,)."""
        return self.table.sum(axis=0)

    @property
    def mutual_information(self) -> float:
        """Sum of p ln(p / (p_x p_y)) over the cells, in nats."""
        entropies = [-xlogy(p, p).sum() for p in (self.margin_x, self.margin_y, self.table)]
        return float(entropies[0] + entropies[1] - entropies[2])

    @property
    def pointwise_sd(self) -> float:
        """Exact standard deviation of the pointwise information, in nats."""
        spread = self.table * np.where(self.table > 0, self._ratios - self.mutual_information, 0.0) ** 2
        return float(np.sqrt(spread.sum()))

    def through(self, channel: np.ndarray, values_y: Sequence[float] | np.ndarray | None = None) -> Table:
        """Pass y through a channel, losing what it loses.

        Parameters
        ----------
        channel : array-like of shape (c, k)
            Row j: the probabilities of the k outputs given the j-th label of y.
        values_y : sequence of k floats, optional
            Labels of the outputs.
        """
        channel = np.asarray(channel, dtype=float)
        wrong = channel.ndim != 2 or len(channel) != self.table.shape[1]
        if wrong or (channel < 0).any() or np.abs(channel.sum(axis=1) - 1.0).max() > 1e-9:
            rule = f"must have {self.table.shape[1]} rows of probabilities, each summing to 1"
            raise ParameterError(sentence("channel", rule, f"shape {channel.shape}"))
        return Table(self.table @ channel, self.values_x, values_y, label=f"channel-{self.name}")

    def with_label_noise(self, rate: float) -> Table:
        """With probability `rate` the label of y is replaced by another one, all others being equally likely."""
        check_number("rate", rate, 0.0, 1.0)
        c = self.table.shape[1]
        if c < 2:
            return self
        channel = np.full((c, c), rate / (c - 1)) + (1.0 - rate - rate / (c - 1)) * np.eye(c)
        return self.through(channel, self.values_y).named(f"label_noise({rate:g})-{self.name}")

    def with_erasures(self, rate: float) -> Table:
        """With probability `rate` the label of y is replaced by one new label; (1 - rate) I remains."""
        check_number("rate", rate, 0.0, 1.0)
        c = self.table.shape[1]
        channel = np.hstack([(1.0 - rate) * np.eye(c), np.full((c, 1), rate)])
        values = np.append(np.asarray(self.values_y), np.asarray(self.values_y)[-1] + 1.0)
        return self.through(channel, values).named(f"erasures({rate:g})-{self.name}")

    @cached_property
    def _ratios(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(self.table) - np.log(self.margin_x)[:, None] - np.log(self.margin_y)

    def _name(self) -> str:
        return f"table-{self.table.shape[0]}-{self.table.shape[1]}"

    def draw_codes(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw row and column numbers of n cells."""
        cumulative = np.cumsum(self.table.ravel())
        # Rounding may leave the last sum below 1; a draw above it belongs to the last cell of positive probability.
        cumulative[cumulative >= cumulative[-1]] = np.inf
        cells = np.searchsorted(cumulative, rng.random(n), side="right")
        return cells // self.table.shape[1], cells % self.table.shape[1]

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        rows, columns = self.draw_codes(rng, n)
        return np.asarray(self.values_x)[rows][:, None], np.asarray(self.values_y)[columns][:, None]

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rows = _codes("x", x[:, 0], np.asarray(self.values_x))
        columns = _codes("y", y[:, 0], np.asarray(self.values_y))
        return self._ratios[rows, columns]


def _codes(name: str, column: np.ndarray, values: np.ndarray) -> np.ndarray:
    codes = np.minimum(np.searchsorted(values, column), len(values) - 1)
    strange = values[codes] != column
    if strange.any():
        raise DataError(sentence(name, "must hold labels of the table", column[strange][0]))
    return codes


@dataclass(frozen=True, eq=False, repr=False)
class Quantised(OneByOne):
    """X uniform on (0, 1) and Y the number of the cell it falls in.

    Parameters
    ----------
    shares : sequence of float
        Lengths of the cells, summing to 1. The information is their entropy.

    Examples
    --------
    >>> law = Quantised.from_information(1.0)
    >>> round(law.mutual_information, 9), len(law.shares)
    (1.0, 3)
    """

    shares: Sequence[float] | np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", probabilities("shares", self.shares))

    @classmethod
    def from_information(cls, information: float) -> Quantised:
        """Cells as equal as possible, one of them smaller, with an entropy of `information` nats."""
        return cls(residual_shares(information), label=f"quantised-{information:g}")

    @property
    def mutual_information(self) -> float:
        """Entropy of the cell, in nats."""
        return float(-xlogy(self.shares, self.shares).sum())

    def _name(self) -> str:
        return f"quantised-{len(self.shares)}-cells"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.random((n, 1))
        return x, self._cells(x).astype(float)

    def _cells(self, x: np.ndarray) -> np.ndarray:
        return np.searchsorted(np.cumsum(self.shares)[:-1], x, side="right")

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        cells = self._cells(x[:, 0])
        return np.where(cells == y[:, 0], -np.log(np.asarray(self.shares)[cells]), -np.inf)


@dataclass(frozen=True, eq=False, repr=False)
class RareEvent(OneByOne):
    """Both sides continuous, tied only by a cell that is nearly always the same one.

    Parameters
    ----------
    rate : float
        Probability that anything is transmitted.
    levels : int, default 1
        Equally likely messages when it is.

    Notes
    -----
    The cell c is 0 with probability 1 - rate, else uniform on 1 ... levels; X and Y are independent and uniform on
    (c, c + 1), so that I is the entropy of c.

    Examples
    --------
    >>> round(RareEvent(0.01).mutual_information, 6)
    0.056002
    """

    rate: float
    levels: int = 1

    def __post_init__(self) -> None:
        check_number("rate", self.rate, 0.0, 1.0)
        check_whole("levels", self.levels)

    @property
    def shares(self) -> np.ndarray:
        """Probabilities of the cells, shape (levels + 1,)."""
        return np.append(1.0 - self.rate, np.full(self.levels, self.rate / self.levels))

    @property
    def mutual_information(self) -> float:
        """Entropy of the cell, in nats."""
        return float(-xlogy(self.shares, self.shares).sum())

    def _name(self) -> str:
        return f"rare-event-{self.rate:g}-{self.levels}"

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        cell = np.where(rng.random(n) < self.rate, 1 + rng.integers(self.levels, size=n), 0)[:, None]
        return cell + rng.random((n, 1)), cell + rng.random((n, 1))

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        cells = np.floor(x[:, 0]).astype(int)
        with np.errstate(divide="ignore"):
            information = -np.log(self.shares[np.clip(cells, 0, self.levels)])
        return np.where(cells == np.floor(y[:, 0]), information, -np.inf)


def residual_shares(entropy: float) -> np.ndarray:
    """Probabilities of `entropy` nats: m equal ones and one smaller remainder."""
    check_number("entropy", entropy, 0.0, np.log(1e6))
    m = int(np.floor(np.exp(entropy) + 1e-12))
    low, high = 0.0, 1.0 / (m + 1)
    for _ in range(200):
        rest = 0.5 * (low + high)
        value = -xlogy(rest, rest) - xlogy(1.0 - rest, (1.0 - rest) / m)
        low, high = (rest, high) if value < entropy else (low, rest)
    shares = np.append(np.full(m, (1.0 - rest) / m), rest)
    return shares[shares > 1e-12] / shares[shares > 1e-12].sum()
