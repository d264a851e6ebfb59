"""What smooth fits on some columns leave of others: ridge regression, chosen by how it does on rows left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Widths of the bumps of a column's normal scores, and where they stand.
WIDTHS = (0.35, 1.0, 2.5)
CENTERS = np.linspace(-2.8, 2.8, 28)
# How much less straight lines are penalised: what follows one exactly leaves nothing. So are lines in the values, as
# far as they are none in the scores.
STRAIGHT, STRAIGHT_VALUES = 30.0, 10.0
# Penalties over the variance of what the fit follows: noise to signal.
PENALTIES = 10.0 ** np.arange(-4.0, 2.6, 0.5)
# Functions of single columns in all, and rows that functions of all columns are centred at.
MOST_FUNCTIONS, LANDMARKS = 300, 150
# Directions of less than this share of the largest variance are rounding.
RANK_TOLERANCE = 1e-7
# A row that decides its own fit entirely tells nothing, and must not count as infinitely far from it.
LEAST_LEFT = 1e-3


class _Smoother(NamedTuple):
    """Directions U (n, k) of one choice of functions, and their variances (k,)."""

    directions: np.ndarray
    variances: np.ndarray


class Remainder:
    """Leave-one-out residuals of columns, linear in them: each column by the fit that suited it."""

    def __init__(self, parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> None:
        self._parts = parts

    def __call__(self, columns: np.ndarray) -> np.ndarray:
        """Residuals (n, f) of columns (n, f) that take the places of those which the fits were chosen for."""
        columns = columns - columns.mean(axis=0)
        left = np.empty_like(columns)
        for places, directions, shrinkage, stretch in self._parts:
            some = columns[:, places]
            left[:, places] = (some - directions @ (shrinkage * (directions.T @ some))) * stretch
        return left


class SmoothFits:
    """Ridge regressions on numbers and labels, additive and with all of them together.

    Parameters
    ----------
    scores : ndarray of shape (n, c)
        Numeric columns as normal scores.
    labels : sequence of ndarray of shape (n,)
        Columns without an order.
    values : ndarray of shape (n, c), optional
        The same as they are.
    seed : int, default 0
        Draws the rows that functions of all columns are centred at.

    Notes
    -----
    Straight lines hardly, Gaussian bumps of three widths of each number and indicators of each level are penalised
    alike; beside them, with several columns, the kernel

        prod_j exp(-(z_j - z'_j)^2 / (2 c w^2)) prod_l (1 + [z_l = z'_l]) / 2,

    after Nyström. With H the fit of a width and a penalty, row i is left out by (1 - H_ii)^-1 (t_i - (H t)_i), and the
    least mean square of that chooses, for each column t.

    Examples
    --------
    >>> z, e = np.random.default_rng(0).standard_normal((2, 500))
    >>> target = np.sin(3.0 * z) + 0.1 * e
    >>> left = SmoothFits(z[:, None]).remainder(target[:, None])(target[:, None])
    >>> bool(left.std() < 0.13)
    True
    """

    def __init__(
        self,
        scores: np.ndarray,
        labels: Sequence[np.ndarray] = (),
        *,
        values: np.ndarray | None = None,
        seed: int = 0,
    ) -> None:
        n = len(scores)
        lines = STRAIGHT * scores
        if values is not None:
            lines = np.hstack([lines, STRAIGHT_VALUES * _bent(values, scores)])
        columns = scores.shape[1] + len(labels)
        rows = np.sort(np.random.default_rng(seed).choice(n, min(LANDMARKS, n), replace=False))
        indicators = [_indicators(codes) for codes in labels]
        self._smoothers = []
        for width in WIDTHS:
            most = max(MOST_FUNCTIONS // max(scores.shape[1], 1), 1)
            single = [_bumps(column, width, most) for column in scores.T]
            alone = np.hstack([lines, *single, *indicators]) / np.sqrt(columns)
            self._smoothers.append(_smoother(alone))
            if columns > 1:
                kernel = _product(scores, labels, rows, width)
                joint = np.hstack([alone, _half_inverse(kernel[rows], kernel)]) / np.sqrt(2.0)
                self._smoothers.append(_smoother(joint))

    def remainder(self, targets: np.ndarray, together: bool = False) -> Remainder:
        """The fits that suit columns `targets` (n, f) best, each or, with one fit for all, `together`."""
        n, f = targets.shape
        targets = targets - targets.mean(axis=0)
        # Without any fit: the mean of the other rows.
        least = (targets**2).mean(axis=0) * (n / (n - 1.0)) ** 2
        chosen = np.full(f, -1)
        penalty = np.zeros(f)
        for place, (directions, variances) in enumerate(self._smoothers):
            along, leverage = directions.T @ targets, directions**2
            for candidate in PENALTIES:
                shrinkage = variances / (variances + candidate)
                left = targets - directions @ (shrinkage[:, None] * along)
                left /= _left_of(leverage @ shrinkage, n)[:, None]
                error = (left**2).mean(axis=0)
                better = np.full(f, np.log(error).sum() < np.log(least).sum()) if together else error < least
                least[better], chosen[better], penalty[better] = error[better], place, candidate
        parts = []
        for place in range(-1, len(self._smoothers)):
            places = np.flatnonzero(chosen == place)
            if len(places) == 0:
                continue
            directions, variances = self._smoothers[place] if place >= 0 else _Smoother(np.empty((n, 0)), np.empty(0))
            shrinkage = variances[:, None] / (variances[:, None] + penalty[places])
            parts.append((places, directions, shrinkage, 1.0 / _left_of(directions**2 @ shrinkage, n)))
        return Remainder(parts)


def _left_of(leverage: np.ndarray, n: int) -> np.ndarray:
    """1 - H_ii, the mean's share included."""
    return np.maximum(1.0 - leverage - 1.0 / n, LEAST_LEFT)


def _smoother(functions: np.ndarray) -> _Smoother:
    """Principal directions of functions (n, k) and their variances."""
    functions = functions - functions.mean(axis=0)
    n, k = functions.shape
    if k > n:
        variances, directions = np.linalg.eigh(functions @ functions.T)
        kept = variances > RANK_TOLERANCE * max(variances[-1], 1e-300)
        return _Smoother(np.ascontiguousarray(directions[:, kept]), variances[kept])
    variances, turned = np.linalg.eigh(functions.T @ functions)
    kept = variances > RANK_TOLERANCE * max(variances[-1], 1e-300)
    return _Smoother(functions @ (turned[:, kept] / np.sqrt(variances[kept])), variances[kept])


def _bent(values: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """What lines in the scores leave of columns of values (n, c), in units of their spread."""
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-300)
    centred = scores - scores.mean(axis=0)
    slope = (values * centred).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-300)
    return np.asarray(values - slope * centred)


def _indicators(codes: np.ndarray) -> np.ndarray:
    """One column a level, (n, levels)."""
    return (codes[:, None] == np.unique(codes)).astype(float)


def _bumps(column: np.ndarray, width: float, most: int) -> np.ndarray:
    """Functions of a column (n,) whose products make up a Gaussian kernel, the `most` of most variance."""

    def kernel(points: np.ndarray) -> np.ndarray:
        return np.exp(-((points[:, None] - CENTERS) ** 2) / (2.0 * width**2))

    return _half_inverse(kernel(CENTERS), kernel(column), most)


def _product(scores: np.ndarray, labels: Sequence[np.ndarray], rows: np.ndarray, width: float) -> np.ndarray:
    """The kernel of all columns between all rows and some, (n, m)."""
    spread = 2.0 * width**2 * max(scores.shape[1], 1)
    squared = np.zeros((len(scores), len(rows)))
    for column in scores.T:
        squared += (column[:, None] - column[rows]) ** 2
    kernel = np.exp(-squared / spread)
    for codes in labels:
        kernel *= np.where(codes[:, None] == codes[rows], 1.0, 0.5)
    return kernel


def _half_inverse(among: np.ndarray, beside: np.ndarray, most: int | None = None) -> np.ndarray:
    """Functions whose products are beside @ among^-1 @ beside.T, for kernels (m, m) and (n, m)."""
    values, vectors = np.linalg.eigh(among)
    kept = np.flatnonzero(values > RANK_TOLERANCE * values[-1])
    if most is not None:
        kept = kept[-most:]
    return beside @ (vectors[:, kept] / np.sqrt(values[kept]))
