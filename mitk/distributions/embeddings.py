"""Maps into more columns: frozen injective networks, noise, copies, constants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mitk.distributions.base import check_number, check_whole
from mitk.distributions.maps import Map, need, orthonormal_rows
from mitk.errors import UnsupportedError, sentence


@dataclass(frozen=True, eq=False)
class RandomEmbedding(Map):
    """A frozen random network that embeds a few columns in many, injective by construction.

    Parameters
    ----------
    dim : int
        Columns to embed.
    columns : int, default 500
        Columns of the output, at least `dim`.
    seed : int, default 0
        Of the weights.
    layers : int, default 2

    Notes
    -----
    Every layer multiplies by a random matrix with orthonormal rows (the first into all columns, the others square),
    then bends each column by t -> sinh(delta asinh(g t) + epsilon), delta in (0.6, 1.2) and epsilon in
    (-1, 1); the gain g keeps columns of unit size. All of it can be undone, unlike a network with
    saturating units, whose output only bounds the information from below :cite:`abdelaleem2025`.

    Examples
    --------
    >>> from mitk.distributions import Gaussian, Mapped
    >>> law = Mapped(Gaussian.from_information(2.0, dim_x=3), RandomEmbedding(3, 500, 1), RandomEmbedding(3, 500, 2))
    >>> law.dim_x, round(law.mutual_information, 6)
    (500, 2.0)
    """

    dim: int
    columns: int = 500
    seed: int = 0
    layers: int = 2

    def __post_init__(self) -> None:
        check_whole("dim", self.dim)
        check_whole("seed", self.seed, 0)
        check_whole("layers", self.layers)
        check_whole("columns", self.columns, self.dim)

    @property
    def name(self) -> str:
        """With the number of columns."""
        return f"embedding({self.columns})"

    def dim_out(self, dim: int) -> int:
        """`columns`, from `dim`."""
        need("dim", dim, self.dim)
        return self.columns

    @cached_property
    def _bends(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([self.seed, 1])
        shape = (self.layers, self.columns)
        return rng.uniform(0.6, 1.2, shape), rng.uniform(-1.0, 1.0, shape)

    def _weight(self, layer: int) -> tuple[np.ndarray, float]:
        """Orthonormal rows of a layer, and the gain that keeps the columns of unit size."""
        rows = self.dim if layer == 0 else self.columns
        return orthonormal_rows(rows, self.columns, (self.seed, 2 + layer)), np.sqrt(self.columns / rows)

    def _forward(self, values: np.ndarray) -> np.ndarray:
        power, shift = self._bends
        for layer in range(self.layers):
            weight, gain = self._weight(layer)
            values = np.sinh(power[layer] * np.arcsinh(gain * (values @ weight)) + shift[layer])
        return values

    def _backward(self, values: np.ndarray) -> np.ndarray:
        power, shift = self._bends
        for layer in reversed(range(self.layers)):
            weight, gain = self._weight(layer)
            values = np.sinh((np.arcsinh(values) - shift[layer]) / power[layer]) @ weight.T / gain
        return values


@dataclass(frozen=True, eq=False)
class SoftplusTeacher(Map):
    """A frozen random network with one hidden layer of softplus units: the teacher of :cite:`abdelaleem2025`.

    Parameters
    ----------
    dim : int
        Columns to embed.
    columns : int, default 500
        Columns of the output, at least `hidden`.
    seed : int, default 0
        Of the weights.
    hidden : int, default 64
        At least `dim`.

    Notes
    -----
    Weights and offsets are uniform within one over the root of the number of inputs. Both layers widen and softplus
    is increasing, so the map is injective with probability one, and no information is lost.

    Examples
    --------
    >>> from mitk.distributions import Gaussian, Mapped
    >>> law = Mapped(Gaussian.from_information(2.0, dim_x=3), SoftplusTeacher(3, 500, 1), SoftplusTeacher(3, 500, 2))
    >>> law.dim_x, round(law.mutual_information, 6)
    (500, 2.0)
    """

    dim: int
    columns: int = 500
    seed: int = 0
    hidden: int = 64

    def __post_init__(self) -> None:
        check_whole("dim", self.dim)
        check_whole("seed", self.seed, 0)
        check_whole("hidden", self.hidden, self.dim)
        check_whole("columns", self.columns, self.hidden)

    @property
    def name(self) -> str:
        """With the number of columns."""
        return f"teacher({self.columns})"

    def dim_out(self, dim: int) -> int:
        """`columns`, from `dim`."""
        need("dim", dim, self.dim)
        return self.columns

    @cached_property
    def _layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weight and offset of each layer."""
        rng = np.random.default_rng(self.seed)
        layers = []
        for rows, columns in ((self.dim, self.hidden), (self.hidden, self.columns)):
            bound = rows**-0.5
            layers.append((rng.uniform(-bound, bound, (rows, columns)), rng.uniform(-bound, bound, columns)))
        return layers

    def _forward(self, values: np.ndarray) -> np.ndarray:
        (first, start), (second, end) = self._layers
        return np.logaddexp(0.0, values @ first + start) @ second + end

    def _backward(self, values: np.ndarray) -> np.ndarray:
        (first, start), (second, end) = self._layers
        units = np.linalg.lstsq(second.T, (values - end).T)[0].T
        # Softplus is t + ln(1 - exp(-t)) undone; far below 0 a unit has few digits left, so the others weigh more.
        units = np.maximum(units, np.finfo(float).tiny)
        return np.linalg.lstsq(first.T, (units + np.log(-np.expm1(-units)) - start).T)[0].T


@dataclass(frozen=True, eq=False)
class AppendNoise(Map):
    """Columns of independent normal noise after the given ones.

    Parameters
    ----------
    columns : int
    scale : float, default 1.0
        Standard deviation.

    Examples
    --------
    >>> from mitk.distributions import Gaussian, Mapped
    >>> law = Mapped(Gaussian.bivariate(0.75), AppendNoise(9))
    >>> law.name, law.dim_x, round(law.mutual_information, 6)
    ('noise(9)_x-1v1-normal-0.75', 10, 0.413339)
    """

    columns: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        check_whole("columns", self.columns)
        check_number("scale", self.scale, 0.0)

    @property
    def name(self) -> str:
        """With the number of columns."""
        return f"noise({self.columns})"

    def dim_out(self, dim: int) -> int:
        """`dim` plus the noise."""
        return dim + self.columns

    def _forward(self, values: np.ndarray) -> np.ndarray:
        raise UnsupportedError(
            sentence("map", "must be given a generator to draw the noise from", "none", "use map.draw(values, rng)")
        )

    def _draw(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.hstack([values, self.scale * rng.standard_normal((len(values), self.columns))])

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return values[:, : -self.columns]


@dataclass(frozen=True, eq=False)
class Duplicate(Map):
    """The columns again, `copies` times.

    Parameters
    ----------
    copies : int, default 1

    Examples
    --------
    >>> Duplicate()(np.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0, 1.0, 2.0]]
    """

    copies: int = 1

    def __post_init__(self) -> None:
        check_whole("copies", self.copies)

    @property
    def name(self) -> str:
        """With the number of copies."""
        return f"duplicate({self.copies})"

    def dim_out(self, dim: int) -> int:
        """`dim` times one more than the copies."""
        return dim * (self.copies + 1)

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return np.tile(values, (1, self.copies + 1))

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return values[:, : values.shape[1] // (self.copies + 1)]


@dataclass(frozen=True, eq=False)
class AppendCopies(Map):
    """Columns that repeat the given ones in turn, after them.

    Parameters
    ----------
    columns : int

    Examples
    --------
    >>> AppendCopies(3)(np.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0, 1.0, 2.0, 1.0]]
    """

    columns: int

    def __post_init__(self) -> None:
        check_whole("columns", self.columns)

    @property
    def name(self) -> str:
        """With the number of columns."""
        return f"copies({self.columns})"

    def dim_out(self, dim: int) -> int:
        """`dim` plus the copies."""
        return dim + self.columns

    def _forward(self, values: np.ndarray) -> np.ndarray:
        dim = values.shape[1]
        return values[:, np.arange(dim + self.columns) % dim]

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return values[:, : -self.columns]


@dataclass(frozen=True, eq=False)
class AppendConstant(Map):
    """Columns that never change, after the given ones.

    Parameters
    ----------
    columns : int, default 1
    value : float, default 0.0

    Examples
    --------
    >>> AppendConstant(1, 7.0)(np.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0, 7.0]]
    """

    columns: int = 1
    value: float = 0.0

    def __post_init__(self) -> None:
        check_whole("columns", self.columns)

    @property
    def name(self) -> str:
        """With the number of columns."""
        return f"constant({self.columns})"

    def dim_out(self, dim: int) -> int:
        """`dim` plus the constants."""
        return dim + self.columns

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return np.hstack([values, np.full((len(values), self.columns), self.value)])

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return values[:, : -self.columns]
