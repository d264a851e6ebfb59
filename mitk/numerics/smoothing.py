"""Least-squares smoothers that know how much each row pulls its own fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, issparse

DEGREE = 3
# Of the mean diagonal of the normal matrix: enough to keep a basis that some rows barely touch invertible.
RIDGE = 1e-11
# A row that pulls its fit nearly all the way leaves no residual to scale up.
MOST_LEVERAGE = 0.95


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


def spline_basis(x: np.ndarray, pieces: int) -> csr_array | np.ndarray:
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


def smooth(basis: csr_array | np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> Smooth:
    """Weighted least squares of columns y (n, m) on a basis (n, p)."""
    w = np.ones(len(y)) if weights is None else weights
    if issparse(basis):
        weighted = basis.multiply(w[:, None]).tocsr()
        normal = (weighted.T @ basis).toarray()
    else:
        weighted = basis * w[:, None]
        normal = weighted.T @ basis
    p = len(normal)
    normal[np.diag_indices(p)] += RIDGE * np.trace(normal) / p
    factor = cho_factor(normal)
    fitted = basis @ cho_solve(factor, weighted.T @ y)
    if issparse(basis):
        leverage = np.asarray(weighted.multiply(basis @ cho_solve(factor, np.eye(p))).sum(axis=1)).ravel()
    else:
        leverage = (weighted * cho_solve(factor, basis.T).T).sum(axis=1)
    return Smooth(fitted, np.clip(leverage, 0.0, MOST_LEVERAGE))
