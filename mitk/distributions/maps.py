"""Maps that keep mutual information, and laws pushed through them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from mitk.distributions.base import Distribution, Truth, check_whole, frozen_array
from mitk.errors import DataError, ParameterError, UnsupportedError, sentence


@dataclass(frozen=True, eq=False)
class Map(ABC):
    """A map of the rows of one side. Every map here is injective, or adds what is independent of both sides.

    A map of your own says what `_forward` does and, where it can, how `_backward` undoes it; `dim_out` too if it
    changes the number of columns.

    Examples
    --------
    >>> class Cube(Map):
    ...     def _forward(self, values):
    ...         return values**3
    ...
    ...     def _backward(self, values):
    ...         return np.cbrt(values)
    >>> from mitk.distributions import Gaussian
    >>> law = Mapped(Gaussian.bivariate(0.75), Cube())
    >>> law.name, round(float(law.pointwise([8.0], [1.0])[0]), 4)
    ('cube_x-1v1-normal-0.75', 0.6276)
    """

    # An injective map, or one that adds only independent noise, leaves the mutual information as it is.
    keeps_information = True

    @property
    def name(self) -> str:
        """Short name, which a mapped law puts before its own."""
        return type(self).__name__.lower()

    def dim_out(self, dim: int) -> int:
        """Columns of the output for `dim` columns of input; raises ParameterError where the map does not apply."""
        return dim

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Map rows (n, dim) to rows (n, dim_out(dim))."""
        return self._forward(self._checked(values))

    def draw(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Map rows, with randomness from `rng` for the maps that add noise."""
        return self._draw(self._checked(values), rng)

    def inverse(self, values: np.ndarray) -> np.ndarray:
        """Recover the rows (n, dim) that the map sends to `values` (n, dim_out(dim)).

        Raises
        ------
        UnsupportedError
            If no inverse is known.
        """
        return self._backward(np.asarray(values, dtype=float))

    def _checked(self, values: np.ndarray) -> np.ndarray:
        array = np.asarray(values, dtype=float)
        if array.ndim != 2:
            raise DataError(sentence("values", "must have shape (n, dim)", f"shape {array.shape}"))
        self.dim_out(array.shape[1])
        return array

    @abstractmethod
    def _forward(self, values: np.ndarray) -> np.ndarray:
        """Map checked rows."""

    def _draw(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self._forward(values)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        raise UnsupportedError(sentence("inverse", "needs a map that can be undone", f"the map {self.name}"))


@dataclass(frozen=True, eq=False, repr=False)
class Mapped(Distribution):
    """A law seen through one map on each side.

    Parameters
    ----------
    distribution : Distribution
    map_x : Map, optional
    map_y : Map, optional
        None leaves that side as it is.

    Notes
    -----
    Injective maps change neither I nor the pointwise information, so `pointwise` undoes them.

    Examples
    --------
    >>> from mitk.distributions import Asinh, Student
    >>> law = Mapped(Student.identity(1, 1, dof=1), Asinh(), Asinh())
    >>> law.name, round(law.mutual_information, 6)
    ('asinh-student-identity-1-1-1', 0.224171)
    """

    distribution: Distribution
    map_x: Map | None = None
    map_y: Map | None = None

    def __post_init__(self) -> None:
        for name in ("map_x", "map_y"):
            given = getattr(self, name)
            if given is not None and not isinstance(given, Map):
                raise ParameterError(sentence(name, "must be a Map or None", given))
            if given is not None and not given.keeps_information:
                raise ParameterError(sentence(name, "must keep the information, or the truth is not known", given.name))
        # Asking for the dimensions refuses a map that does not apply.
        _ = self.dim_x, self.dim_y

    @property
    def independent_rows(self) -> bool:  # type: ignore[override]
        """As in the law that is mapped."""
        return self.distribution.independent_rows

    @property
    def dim_x(self) -> int:
        """Columns of x after its map."""
        dim = self.distribution.dim_x
        return dim if self.map_x is None else self.map_x.dim_out(dim)

    @property
    def dim_y(self) -> int:
        """Columns of y after its map."""
        dim = self.distribution.dim_y
        return dim if self.map_y is None else self.map_y.dim_out(dim)

    @property
    def mutual_information(self) -> float:
        """That of the law that is mapped, in nats."""
        return self.distribution.mutual_information

    @property
    def mutual_information_error(self) -> float:
        """That of the law that is mapped, in nats."""
        return self.distribution.mutual_information_error

    @property
    def truth(self) -> Truth:
        """As in the law that is mapped."""
        return self.distribution.truth

    @property
    def pointwise_sd(self) -> float | None:
        """That of the law that is mapped, in nats."""
        return self.distribution.pointwise_sd

    def _name(self) -> str:
        x = None if self.map_x is None else self.map_x.name
        y = None if self.map_y is None else self.map_y.name
        if x == y:
            return self.distribution.name if x is None else f"{x}-{self.distribution.name}"
        return (f"{x}_x-" if x else "") + (f"{y}_y-" if y else "") + self.distribution.name

    def _draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = self.distribution._draw(rng, n)
        x = x if self.map_x is None else self.map_x.draw(x, rng)
        y = y if self.map_y is None else self.map_y.draw(y, rng)
        return x, y

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x = x if self.map_x is None else self.map_x.inverse(x)
        y = y if self.map_y is None else self.map_y.inverse(y)
        return self.distribution._pointwise(x, y)


@dataclass(frozen=True, eq=False)
class Linear(Map):
    """Rows times an invertible matrix, plus an offset.

    Parameters
    ----------
    matrix : array-like of shape (d, d)
    offset : array-like of shape (d,), optional

    Examples
    --------
    >>> Linear([[1.0, 0.0], [1.0, 1.0]], offset=[0.0, 5.0])(np.array([[1.0, 2.0]])).tolist()
    [[3.0, 7.0]]
    """

    matrix: np.ndarray
    offset: np.ndarray | None = None

    def __post_init__(self) -> None:
        matrix = frozen_array("matrix", self.matrix, 2)
        if matrix.shape[0] != matrix.shape[1] or np.linalg.cond(matrix) > 1e12:
            raise ParameterError(sentence("matrix", "must be square and invertible", f"shape {matrix.shape}"))
        object.__setattr__(self, "matrix", matrix)
        if self.offset is not None:
            object.__setattr__(self, "offset", frozen_array("offset", self.offset, 1))

    def dim_out(self, dim: int) -> int:
        """Same as `dim`, which must be that of the matrix."""
        return need("matrix", dim, len(self.matrix))

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return values @ self.matrix + (0.0 if self.offset is None else self.offset)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return np.linalg.solve(self.matrix.T, (values - (0.0 if self.offset is None else self.offset)).T).T


@dataclass(frozen=True, eq=False)
class Rotation(Map):
    """A random rotation, the same for the same seed: columns stop meaning anything one by one.

    Examples
    --------
    >>> row = np.array([[3.0, 4.0]])
    >>> round(float(np.linalg.norm(Rotation(seed=1)(row))), 9)
    5.0
    """

    seed: int = 0

    @property
    def name(self) -> str:
        """With the seed."""
        return f"rotation({self.seed})"

    def _matrix(self, dim: int) -> np.ndarray:
        return orthonormal_rows(dim, dim, self.seed)

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return values @ self._matrix(values.shape[1])

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return values @ self._matrix(values.shape[1]).T


@dataclass(frozen=True, eq=False)
class Spiral(Map):
    """Turn the plane of two columns by an angle that grows with the squared norm of the row.

    Parameters
    ----------
    first, second : int, default 0 and 1
        The columns of the plane.
    speed : float, optional
        Radians for a unit squared norm; 1 / dim by default.

    Notes
    -----
    ``x -> exp(speed |x|^2 G) x`` with G[first, second] = -1 and G[second, first] = 1. The norm stays, so the map is
    undone by turning back.

    Examples
    --------
    >>> Spiral(0, 1, speed=np.pi / 2)(np.array([[1.0, 0.0]])).round(3).tolist()
    [[0.0, 1.0]]
    """

    first: int = 0
    second: int = 1
    speed: float | None = None

    @property
    def name(self) -> str:
        """With the speed where it is not the default."""
        return "spiral" if self.speed is None else f"spiral({self.speed:g})"

    def dim_out(self, dim: int) -> int:
        """Same as `dim`, which must hold the plane."""
        check_whole("dim", dim, max(self.first, self.second) + 1)
        return dim

    def _turned(self, values: np.ndarray, sign: float) -> np.ndarray:
        speed = 1.0 / values.shape[1] if self.speed is None else self.speed
        angle = sign * speed * (values**2).sum(axis=1)
        cosine, sine = np.cos(angle), np.sin(angle)
        a, b = values[:, self.first], values[:, self.second]
        turned = values.copy()
        turned[:, self.first] = cosine * a - sine * b
        turned[:, self.second] = sine * a + cosine * b
        return turned

    def _forward(self, values: np.ndarray) -> np.ndarray:
        return self._turned(values, 1.0)

    def _backward(self, values: np.ndarray) -> np.ndarray:
        return self._turned(values, -1.0)


@dataclass(frozen=True, eq=False)
class SwissRoll(Map):
    """One column in (0, 1) rolled up in the plane: (t cos t, t sin t) / 21 with t = 1.5 pi (1 + 2 u).

    Examples
    --------
    >>> SwissRoll()(np.array([[0.5]])).round(3).tolist()
    [[-0.449, 0.0]]
    """

    name = "swissroll"

    def dim_out(self, dim: int) -> int:
        """Two, from one."""
        need("dim", dim, 1)
        return 2

    def _forward(self, values: np.ndarray) -> np.ndarray:
        t = 1.5 * np.pi * (1.0 + 2.0 * values[:, 0])
        return np.column_stack([t * np.cos(t), t * np.sin(t)]) / 21.0

    def _backward(self, values: np.ndarray) -> np.ndarray:
        t = 21.0 * np.hypot(values[:, 0], values[:, 1])
        return (t / (3.0 * np.pi) - 0.5)[:, None]


@dataclass(frozen=True, eq=False)
class Chain(Map):
    """Several maps, applied from the last to the first, as their names read.

    Parameters
    ----------
    maps : tuple of Map

    Examples
    --------
    >>> from mitk.distributions import Exp
    >>> Chain((Rotation(1), Exp())).name
    'rotation(1)-exp'
    """

    maps: tuple[Map, ...]

    @cached_property
    def keeps_information(self) -> bool:  # type: ignore[override]
        """True when all of them do."""
        return all(step.keeps_information for step in self.maps)

    @property
    def name(self) -> str:
        """The names joined by hyphens."""
        return "-".join(step.name for step in self.maps)

    def dim_out(self, dim: int) -> int:
        """Columns after the first map of the chain."""
        for step in reversed(self.maps):
            dim = step.dim_out(dim)
        return dim

    def _forward(self, values: np.ndarray) -> np.ndarray:
        for step in reversed(self.maps):
            values = step(values)
        return values

    def _draw(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        for step in reversed(self.maps):
            values = step.draw(values, rng)
        return values

    def _backward(self, values: np.ndarray) -> np.ndarray:
        for step in self.maps:
            values = step.inverse(values)
        return values


@lru_cache(maxsize=16)
def orthonormal_rows(rows: int, columns: int, seed: int | tuple[int, int]) -> np.ndarray:
    """Uniformly random orthonormal rows, shape (rows, columns), rows <= columns; read-only, kept for the next call."""
    basis, triangle = np.linalg.qr(np.random.default_rng(seed).standard_normal((columns, rows)))
    matrix = (basis * np.sign(np.diag(triangle))).T
    matrix.flags.writeable = False
    return matrix


def need(name: str, got: int, wanted: int) -> int:
    """Return `got`, which must equal `wanted`."""
    if got != wanted:
        raise ParameterError(sentence(name, f"must be applied to {wanted} columns", f"{got} columns"))
    return got
