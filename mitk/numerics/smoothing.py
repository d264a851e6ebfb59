"""Least-squares smoothers that know how much each row pulls its own fit, and the bases they fit on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.interpolate import BSpline
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, issparse

from mitk.numerics.ranks import normal_scores
from mitk.numerics.whitening import smooth_scores, whitened

Basis: TypeAlias = Any  # ndarray or csr_array of shape (n, p)

DEGREE = 3
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
# Rows at a time where whole bases would be made dense, and the most entries of a dense basis.
CHUNK = 20_000
MOST_ENTRIES = 40_000_000


@dataclass(frozen=True)
class Smooth:
    """A weighted least-squares fit.

    Attributes
    ----------
    fitted : ndarray of shape (n, m)
    leverage : ndarray of shape (n,)
        Derivative of a row's fit by its own value: a row fitted without itself misses by residual / (1 - leverage).
    """

    fitted: np.ndarray
    leverage: np.ndarray


def smooth(basis: Basis, y: np.ndarray, weights: np.ndarray | None = None) -> Smooth:
    """Weighted least squares of columns y (n, m) on a basis (n, p)."""
    w = np.ones(len(y)) if weights is None else weights
    weighted = basis.multiply(w[:, None]).tocsr() if issparse(basis) else basis * w[:, None]
    normal = weighted.T @ basis
    normal = normal.toarray() if issparse(normal) else normal
    size = np.sqrt(np.maximum(np.diag(normal), np.finfo(float).tiny))
    normal = normal / np.outer(size, size)
    normal[np.diag_indices(len(normal))] += RIDGE
    inverse = cho_solve(cho_factor(normal), np.eye(len(normal))) / np.outer(size, size)
    fitted = basis @ (inverse @ (weighted.T @ y))
    # The second round undoes the ridge.
    fitted = fitted + basis @ (inverse @ (weighted.T @ (y - fitted)))
    leverage = w * (_splines_pull(basis, inverse) if issparse(basis) else _pull(basis, inverse))
    return Smooth(fitted, np.clip(leverage, 0.0, MOST_LEVERAGE))


def _pull(basis: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Quadratic forms b_i' A b_i of the rows of a dense basis (n, p), a chunk at a time."""
    chunks = [basis[start : start + CHUNK] for start in range(0, len(basis), CHUNK)]
    return np.concatenate([((chunk @ inverse) * chunk).sum(axis=1) for chunk in chunks])


def _splines_pull(basis: csr_array, inverse: np.ndarray) -> np.ndarray:
    """The same of a spline basis, of which each row has DEGREE + 1 entries."""
    where = basis.indices.reshape(basis.shape[0], DEGREE + 1)
    weight = basis.data.reshape(where.shape)
    total = np.zeros(len(where))
    for i in range(DEGREE + 1):
        for j in range(i + 1):
            total += (2.0 if j < i else 1.0) * weight[:, i] * weight[:, j] * inverse[where[:, i], where[:, j]]
    return total


def spline_basis(x: np.ndarray, pieces: int) -> Basis:
    """Cubic B-splines with knots at quantiles of a column x (n,); a constant for 0 pieces, a line for 1."""
    if pieces == 0:
        return np.ones((len(x), 1))
    low, high = x.min(), x.max()
    place = (x - low) / (high - low)
    if pieces == 1:
        return np.column_stack([np.ones(len(x)), place - place.mean()])
    inner = np.unique(np.quantile(place, np.linspace(0.0, 1.0, pieces + 1)[1:-1]))
    inner = inner[(inner > 0.0) & (inner < 1.0)]
    knots = np.concatenate([np.zeros(DEGREE + 1), inner, np.ones(DEGREE + 1)])
    return csr_array(BSpline.design_matrix(np.clip(place, 0.0, 1.0), knots, DEGREE))


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
    bases: dict[str, Basis] = {"plane": _with_constant(white)}
    if 3 * (d + 1) <= most:
        bases["turning plane"] = turning_plane(white)
    if rich and d <= WAVE_COLUMNS:
        if d * (ADDED_PIECES + DEGREE - 1) <= most:
            bases["sum of splines"] = _added(white, ADDED_PIECES)
        bent, _ = whitened(smooth_scores(white))
        for length in WAVE_LENGTHS:
            bases[f"waves of {length:g}"] = np.hstack(
                [_with_constant(white), waves(bent, min(WAVES, most // 2), length)]
            )
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
        bases["waves"] = np.hstack([_with_constant(bent), waves(bent, min(SCALE_WAVES, most // 2), WAVE_LENGTHS[0])])
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


def _added(columns: np.ndarray, pieces: int) -> np.ndarray:
    # B-splines sum to 1, so one of each column's would repeat the constant.
    parts = [np.asarray(spline_basis(column, pieces).todense())[:, 1:] for column in columns.T]
    return _with_constant(np.hstack(parts))
