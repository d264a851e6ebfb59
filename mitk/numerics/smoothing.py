"""Least-squares smoothers that know how much each row pulls its own fit, and the bases they fit on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
from scipy.interpolate import BSpline
from scipy.linalg import cho_factor, cho_solve

from mitk.numerics.ranks import normal_scores
from mitk.numerics.whitening import smooth_scores, whitened

DEGREE = 3
PAIRS = [(i, j) for j in range(DEGREE + 1) for i in range(j + 1)]
# Of the diagonal of the scaled normal matrix, to keep a basis that some rows barely touch invertible.
RIDGE = 1e-12
# A row that pulls its fit nearly all the way leaves no residual to scale up.
MOST_LEVERAGE = 0.95
# Rows for each coefficient of a location and of a scale.
ROWS_A_TERM, ROWS_A_SCALE_TERM = 20, 40
PIECES = (1, 4, 8, 16, 32, 64, 128, 256, 512)
SCALE_PIECES = (0, 1, 4, 8, 16)
ADDED_PIECES, ADDED_SCALE_PIECES = 16, 4
# Waves fill the space of few columns only.
WAVES, SCALE_WAVES, WAVE_COLUMNS = 200, 50, 10
WAVE_LENGTHS = (0.7, 1.8)
# Rows at a time where a whole basis would be larger than so many entries, and the most entries that are worth the time.
CHUNK = 8_192
KEPT_ENTRIES = 4_000_000
MOST_ENTRIES = 40_000_000


@dataclass(frozen=True)
class Pull:
    """By how much units of one size pull their own fits.

    Attributes
    ----------
    rows : ndarray of shape (u, m)
    directions : ndarray of shape (u, m, r)
        Orthonormal in each unit, of residuals times `roots`.
    leverage : ndarray of shape (u, r)
        Of the unit along each.
    roots : ndarray of shape (u, m)
        Square roots of the weights of rows.
    """

    rows: np.ndarray
    directions: np.ndarray
    leverage: np.ndarray
    roots: np.ndarray

    def undone(self, missed: np.ndarray, power: float) -> np.ndarray:
        """(1 - H)^-power times what was missed (n, c) in the rows (u, m, c)."""
        found = missed[self.rows] * self.roots[:, :, None]
        along = self.directions.swapaxes(1, 2) @ found
        found = found + self.directions @ (((1.0 - self.leverage) ** -power - 1.0)[:, :, None] * along)
        return found / self.roots[:, :, None]


@dataclass(frozen=True)
class Smooth:
    """A weighted least-squares fit.

    Attributes
    ----------
    fitted : ndarray of shape (n, m)
    leverage : ndarray of shape (n,)
        Derivative of a row's fit by its own value: a row fitted without itself misses by residual / (1 - leverage).
    pulls : sequence of Pull
        The same of units of rows that depend on each other; empty where each row is one.
    """

    fitted: np.ndarray
    leverage: np.ndarray
    pulls: Sequence[Pull] = ()

    def left_out(self, missed: np.ndarray) -> np.ndarray:
        """What fits without each row, or without its unit, miss (n, m), of what the fit misses (n, m)."""
        return self._undone(missed, 1.0) if self.pulls else missed / (1.0 - self.leverage)[:, None]

    def studentised(self, missed: np.ndarray) -> np.ndarray:
        """What the fit misses (n, m), as large as the noise where that is even."""
        return self._undone(missed, 0.5) if self.pulls else missed / np.sqrt(1.0 - self.leverage)[:, None]

    def _undone(self, missed: np.ndarray, power: float) -> np.ndarray:
        found = np.empty_like(missed)
        for pull in self.pulls:
            found[pull.rows] = pull.undone(missed, power)
        return found


@dataclass(frozen=True)
class Splines:
    """B-splines of the rows, of which each touches DEGREE + 1 in a row.

    Attributes
    ----------
    first : ndarray of shape (n,)
        Number of the first spline that a row touches.
    weights : ndarray of shape (n, DEGREE + 1)
        Values of the splines that it touches.
    terms : int
        Number p of splines.
    """

    first: np.ndarray
    weights: np.ndarray
    terms: int

    def parts(self) -> Iterator[tuple[slice, Splines]]:
        """Rows, and the basis on them: all at once."""
        yield slice(None), self

    def __getitem__(self, rows: slice) -> Splines:
        return Splines(self.first[rows], self.weights[rows], self.terms)

    def gram(self, w: np.ndarray) -> np.ndarray:
        """B' diag(w) B (p, p) for weights w (n,) of rows."""
        upper = np.zeros(self.terms**2)
        for i, j in PAIRS:
            place = (self.first + i) * self.terms + self.first + j
            upper += np.bincount(place, w * self.weights[:, i] * self.weights[:, j], self.terms**2)
        matrix = upper.reshape(self.terms, self.terms)
        return matrix + np.triu(matrix, 1).T

    def sums(self, columns: np.ndarray) -> np.ndarray:
        """B' c (p, m) of columns c (n, m)."""
        parts = [
            np.bincount(self.first + i, self.weights[:, i] * column, self.terms)
            for column in columns.T
            for i in range(DEGREE + 1)
        ]
        return np.reshape(parts, (columns.shape[1], DEGREE + 1, self.terms)).sum(axis=1).T

    def values(self, coefficients: np.ndarray) -> np.ndarray:
        """B c (n, m) of coefficients c (p, m)."""
        return sum(self.weights[:, i, None] * coefficients[self.first + i] for i in range(DEGREE + 1))

    def forms(self, matrix: np.ndarray) -> np.ndarray:
        """Quadratic forms b_i' A b_i (n,) of a symmetric matrix A (p, p)."""
        total = np.zeros(len(self.first))
        for i, j in PAIRS:
            times = self.weights[:, i] * self.weights[:, j] * matrix[self.first + i, self.first + j]
            total += times if i == j else 2.0 * times
        return total

    def dense(self) -> np.ndarray:
        """B (n, p)."""
        whole = np.zeros((len(self.first), self.terms))
        np.put_along_axis(whole, self.first[:, None] + np.arange(DEGREE + 1), self.weights, axis=1)
        return whole


@dataclass(frozen=True)
class Columns:
    """Any columns (n, p) as a basis.

    Attributes
    ----------
    table : ndarray of shape (n, p)
    """

    table: np.ndarray

    def parts(self) -> Iterator[tuple[slice, Columns]]:
        """Rows, and the basis on them: all at once."""
        yield slice(None), self

    def gram(self, w: np.ndarray) -> np.ndarray:
        """B' diag(w) B (p, p) for weights w (n,) of rows."""
        return (self.table * w[:, None]).T @ self.table

    def sums(self, columns: np.ndarray) -> np.ndarray:
        """B' c (p, m) of columns c (n, m)."""
        return self.table.T @ columns

    def values(self, coefficients: np.ndarray) -> np.ndarray:
        """B c (n, m) of coefficients c (p, m)."""
        return self.table @ coefficients

    def forms(self, matrix: np.ndarray) -> np.ndarray:
        """Quadratic forms b_i' A b_i (n,) of a symmetric matrix A (p, p)."""
        return np.einsum("ij,ij->i", self.table @ matrix, self.table)


@dataclass(frozen=True)
class Made:
    """Columns that are made some rows at a time, each time anew: many of them would not fit in memory.

    Attributes
    ----------
    make : callable
        Takes a slice of rows and returns their columns.
    n : int
        Number of rows.
    """

    make: Callable[[slice], np.ndarray]
    n: int

    def parts(self) -> Iterator[tuple[slice, Columns]]:
        """Rows, and the basis on them."""
        for start in range(0, self.n, CHUNK):
            rows = slice(start, start + CHUNK)
            yield rows, Columns(self.make(rows))


Basis: TypeAlias = Splines | Columns | Made


def basis_of(make: Callable[[slice], np.ndarray], n: int, terms: int) -> Basis:
    """The columns that `make` makes of n rows, kept where they are few."""
    return Columns(make(slice(None))) if n * terms <= KEPT_ENTRIES else Made(make, n)


def smooth(basis: Basis, y: np.ndarray, weights: np.ndarray | None = None, units: Sequence[np.ndarray] = ()) -> Smooth:
    """Weighted least squares of columns y (n, m) on a basis of p terms; `units` are rows (u, k) of each size k."""
    w = np.ones(len(y)) if weights is None else weights
    normal = _total(part.gram(w[rows]) for rows, part in basis.parts())
    size = np.sqrt(np.maximum(np.diag(normal), np.finfo(float).tiny))
    normal = normal / np.outer(size, size)
    normal[np.diag_indices(len(normal))] += RIDGE
    inverse = cho_solve(cho_factor(normal), np.eye(len(normal))) / np.outer(size, size)
    first = inverse @ _total(part.sums(w[rows, None] * y[rows]) for rows, part in basis.parts())
    missed = (part.sums(w[rows, None] * (y[rows] - part.values(first))) for rows, part in basis.parts())
    # The second round undoes the ridge.
    second = inverse @ _total(missed)
    found = [(part.values(first) + part.values(second), w[rows] * part.forms(inverse)) for rows, part in basis.parts()]
    fitted, leverage = (np.concatenate(parts) for parts in zip(*found, strict=True))
    pulls = _pulls(basis, inverse, np.sqrt(w), units) if units else ()
    return Smooth(fitted, np.clip(leverage, 0.0, MOST_LEVERAGE), pulls)


def _pulls(basis: Basis, inverse: np.ndarray, roots: np.ndarray, units: Sequence[np.ndarray]) -> list[Pull]:
    """With B the basis, R a unit and W the weights, H_RR = W^1/2 B_R (B' W B)^-1 B_R' W^1/2."""
    values, vectors = np.linalg.eigh(inverse)
    half = vectors * np.sqrt(np.maximum(values, 0.0))
    scaled = np.concatenate([part.values(half) for _, part in basis.parts()]) * roots[:, None]
    found = []
    for rows in units:
        directions, singular, _ = np.linalg.svd(scaled[rows], full_matrices=False)
        found.append(Pull(rows, directions, np.clip(singular**2, 0.0, MOST_LEVERAGE), roots[rows]))
    return found


def _total(parts: Iterable[np.ndarray]) -> np.ndarray:
    return reduce(np.add, parts)


def spline_basis(x: np.ndarray, pieces: int) -> Basis:
    """Cubic B-splines with knots at quantiles of a column x (n,); a constant for 0 pieces, a line for 1."""
    if pieces == 0:
        return Columns(np.ones((len(x), 1)))
    if pieces == 1:
        place = (x - x.min()) / (x.max() - x.min())
        return Columns(np.column_stack([np.ones(len(x)), place - place.mean()]))
    return _splines(x, pieces)


def _splines(x: np.ndarray, pieces: int) -> Splines:
    """Cubic B-splines with knots at quantiles of a column x (n,)."""
    place = (x - x.min()) / (x.max() - x.min())
    inner = np.unique(np.quantile(place, np.linspace(0.0, 1.0, pieces + 1)[1:-1]))
    inner = inner[(inner > 0.0) & (inner < 1.0)]
    knots = np.concatenate([np.zeros(DEGREE + 1), inner, np.ones(DEGREE + 1)])
    found = BSpline.design_matrix(np.clip(place, 0.0, 1.0), knots, DEGREE)
    weights = found.data.reshape(len(x), DEGREE + 1)
    return Splines(found.indices.reshape(weights.shape)[:, 0].astype(np.int64), weights, found.shape[1])


def location_bases(x: np.ndarray, *, rich: bool = True) -> dict[str, Basis]:
    """Bases, simplest first, on which a function of columns x (n, d) may be fitted.

    One column: splines of more and more pieces. More: planes, planes whose slopes depend on the radius and, if `rich`,
    sums of splines of the columns and random waves (Rahimi and Recht 2007).
    """
    n, d = x.shape
    most = min(n // ROWS_A_TERM, MOST_ENTRIES // n)
    if d == 1:
        return {f"{p} pieces": spline_basis(x[:, 0], p) for p in PIECES if p <= max(most, PIECES[1])}
    white, _ = whitened(x)
    bases: dict[str, Basis] = {"plane": Columns(_with_constant(white))}
    if 3 * (d + 1) <= most:
        bases["turning plane"] = Columns(turning_plane(white))
    if rich and d <= WAVE_COLUMNS:
        if d * (ADDED_PIECES + DEGREE - 1) <= most:
            bases["sum of splines"] = _added(white, ADDED_PIECES)
        bent, _ = whitened(smooth_scores(white))
        for length in WAVE_LENGTHS:
            bases[f"waves of {length:g}"] = _waves_beside(white, bent, min(WAVES, most // 2), length)
    return bases


def scale_bases(x: np.ndarray, *, rich: bool = True) -> dict[str, Basis]:
    """Bases, simplest first, on which the logarithm of a scale may be fitted as a function of columns x (n, d)."""
    n, d = x.shape
    most = min(n // ROWS_A_SCALE_TERM, MOST_ENTRIES // n)
    if d == 1:
        score = normal_scores(x)[:, 0]
        return {f"{p} pieces": spline_basis(score, p) for p in SCALE_PIECES if p <= max(most, 1)}
    white, _ = whitened(x)
    radius = normal_scores((white**2).sum(axis=1)[:, None])[:, 0]
    bases = {f"{p} pieces of radius": spline_basis(radius, p) for p in SCALE_PIECES[:-1] if p <= max(most, 1)}
    if rich and d <= WAVE_COLUMNS and d * (ADDED_SCALE_PIECES + DEGREE - 1) <= most:
        bent, _ = whitened(smooth_scores(white))
        bases["sum of splines"] = _added(normal_scores(white), ADDED_SCALE_PIECES)
        bases["waves"] = _waves_beside(bent, bent, min(SCALE_WAVES, most // 2), WAVE_LENGTHS[0])
    return bases


def turning_plane(white: np.ndarray) -> np.ndarray:
    """Linear functions of white columns (n, d) whose coefficients are quadratic in the radius' normal score."""
    radius = normal_scores((white**2).sum(axis=1)[:, None])
    return np.hstack([_with_constant(white), white * radius, white * radius**2, radius, radius**2])


def waves(white: np.ndarray, pairs: int, length: float) -> np.ndarray:
    """Cosines and sines (n, 2 pairs) of white columns (n, d) along random directions, always the same ones."""
    d = white.shape[1]
    frequencies = np.random.default_rng(0).standard_normal((d, max(pairs, 1))) / (length * np.sqrt(d))
    return np.hstack([np.cos(white @ frequencies), np.sin(white @ frequencies)])


def _with_constant(columns: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(columns)), columns])


def _waves_beside(columns: np.ndarray, bent: np.ndarray, pairs: int, length: float) -> Basis:
    """A constant, columns (n, d), and waves of bent ones."""

    def make(rows: slice) -> np.ndarray:
        return np.hstack([_with_constant(columns[rows]), waves(bent[rows], pairs, length)])

    return basis_of(make, len(columns), 1 + columns.shape[1] + 2 * pairs)


def _added(columns: np.ndarray, pieces: int) -> Basis:
    """A constant and splines of each column."""
    splines = [_splines(column, pieces) for column in columns.T]

    def make(rows: slice) -> np.ndarray:
        # B-splines sum to 1, so one of each column's would repeat the constant.
        return _with_constant(np.hstack([part[rows].dense()[:, 1:] for part in splines]))

    return basis_of(make, len(columns), 1 + sum(part.terms - 1 for part in splines))
