"""Informations of Gaussian columns in closed form: correlations, and correlations within the classes of a target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mitk.numerics.gaussian_mi import SINGULAR, gaussian_bias
from mitk.numerics.ranks import normal_scores, standardised
from mitk.selection.informations import Informations
from mitk.selection.reading import Features, Target
from mitk.selection.tables import binned


@dataclass(frozen=True, eq=False)
class Moments(Informations):
    """Informations of columns that are jointly Gaussian, within each class where the target is labels.

    With the correlation ratio R_f of f with y, I(f; y) = -1/2 ln(1 - R_f^2); with the correlation r of f and s, and r'
    that of what the linear fit on y, or the means of its classes, leave of them, I(f; s) = -1/2 ln(1 - r^2) and I(f; s
    | y) = -1/2 ln(1 - r'^2): of one covariance within all classes. Each less its exact bias under Gaussian sampling.

    Attributes
    ----------
    features : Features
    target : Target
    columns : ndarray or sparse matrix of shape (n, d)
        Of mean 0 and mean square 1; sparse ones are as they were.
    scales : ndarray of shape (d,)
        Standard deviations of sparse columns, infinite for constants; 1 for others.
    basis : ndarray of shape (n, q)
        Uncorrelated columns of mean 0 and mean square 1 that span the target: itself, or what tells its classes apart.
    order : ndarray of shape (n,), optional
        That of the rows of selected columns; those of the basis are in it.
    own : ndarray of shape (d, q), optional
        Correlations of the columns with the basis in its own order, where rows are shuffled.
    """

    features: Features
    target: Target
    columns: Any
    scales: np.ndarray
    basis: np.ndarray
    order: np.ndarray | None = None
    own: np.ndarray | None = None

    @property
    def d(self) -> int:
        """Number of columns."""
        return len(self.scales)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.basis)

    @cached_property
    def loadings(self) -> np.ndarray:
        """Correlations with the basis, shape (d, q)."""
        return self._correlations(self.basis)

    @cached_property
    def relevance(self) -> np.ndarray:
        """I(f; y), shape (d,)."""
        return _information((self.loadings**2).sum(axis=1)) - gaussian_bias(self.n, 1, self.basis.shape[1])

    def beside(self, s: int, conditional: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """I(f; s) and I(f; s | y)."""
        column = self._standard(s)
        r = self._correlations((column if self.order is None else column[self.order])[:, None])[:, 0]
        loading = (self.loadings if self.own is None else self.own)[s]
        return self._two(r, _partial(r, self.loadings, loading))

    def interactions(self, columns: np.ndarray) -> np.ndarray:
        """I(f; g | y) - I(f; g), shape (c, c)."""
        r = np.empty((len(columns), len(columns)))
        for place, g in enumerate(columns.tolist()):
            r[place] = self._correlations(self._standard(g)[:, None])[columns, 0]
        loadings = self.loadings[columns]
        partial = np.array([_partial(row, loadings, loading) for row, loading in zip(r, loadings, strict=True)])
        redundancy, conditional = self._two(r, partial)
        found = conditional - redundancy
        np.fill_diagonal(found, -np.inf)
        return found

    def shuffled(self, order: np.ndarray) -> Moments:
        """With the target's and the selected columns' rows in another order."""
        return replace(self, basis=self.basis[order], order=order, own=self.loadings)

    def entropies(self) -> tuple[np.ndarray, float]:
        """Those of binned columns: densities have no scale of their own."""
        return binned(self.features, self.target).entropies()

    def _two(self, r: np.ndarray, partial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inner = self.n - self.basis.shape[1]
        return (
            _information(r**2) - gaussian_bias(self.n, 1, 1),
            _information(partial**2) - gaussian_bias(inner, 1, 1),
        )

    def _standard(self, j: int) -> np.ndarray:
        if not self.features.sparse:
            column: np.ndarray = self.columns[:, j]
            return column
        values = self.features.values(j)
        return (values - values.mean()) / self.scales[j]

    def _correlations(self, others: np.ndarray) -> np.ndarray:
        """Of each column with others (n, k) of mean 0 and mean square 1, shape (d, k)."""
        # The others sum to 0, so that sparse columns need not be centred.
        return np.asarray(self.columns.T @ others) / (self.n * self.scales[:, None])


def gaussian(features: Features, target: Target, ranked: bool = False) -> Moments:
    """Columns and target ready for correlations; of their normal scores where `ranked`.

    Parameters
    ----------
    features : Features
        Numbers, and labels of two levels.
    target : Target
    ranked : bool, default False
    """
    basis = _basis(target, ranked)
    if features.sparse and not ranked:
        means = np.asarray(features.matrix.mean(axis=0)).ravel()
        squares = np.asarray(features.matrix.multiply(features.matrix).mean(axis=0)).ravel()
        scales = np.sqrt(np.maximum(squares - means**2, 0.0))
        scales[scales <= 1e-12 * np.sqrt(squares)] = np.inf
        return Moments(features, target, features.matrix, scales, basis)
    n, d = features.shape
    columns = np.zeros((n, d), order="F")
    for j in range(d):
        values = features.values(j)
        if values.min() < values.max():
            columns[:, j] = standardised(normal_scores(values[:, None])[:, 0] if ranked else values)
    dense = Features(columns, features.names, features.nominal)
    return Moments(dense, target, columns, np.ones(d), basis)


def _basis(target: Target, ranked: bool) -> np.ndarray:
    if target.label:
        # Indicators of all classes but one, centred, made uncorrelated.
        indicators = (target.values[:, None] == np.arange(1, target.n_classes)).astype(np.float64)
        spanned = np.linalg.qr(indicators - indicators.mean(axis=0))[0]
        basis: np.ndarray = spanned * np.sqrt(len(spanned))
        return basis
    values = target.values
    if values.min() == values.max():
        return np.zeros((len(values), 1))
    return standardised(normal_scores(values[:, None])[:, 0] if ranked else values)[:, None]


def _information(squares: np.ndarray) -> np.ndarray:
    """-1/2 ln(1 - r^2); an exact relation is as strong as rounding tells."""
    information: np.ndarray = -0.5 * np.log(np.maximum(1.0 - squares, SINGULAR))
    return information


def _partial(r: np.ndarray, loadings: np.ndarray, loading: np.ndarray) -> np.ndarray:
    """Correlations of what the basis leaves, from those, r (c,), of columns of loadings (c, q) with one of (q,)."""
    left = np.maximum(1.0 - (loadings**2).sum(axis=1), 0.0) * max(1.0 - float((loading**2).sum()), 0.0)
    inner = r - loadings @ loading
    # Nothing is left of a column that the target determines.
    return np.where(left > SINGULAR, np.clip(inner / np.sqrt(np.maximum(left, SINGULAR)), -1.0, 1.0), 0.0)
