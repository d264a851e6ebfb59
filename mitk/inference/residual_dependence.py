"""Dependence between what smooth fits on a condition leave of two sides: the statistic of conditional tests."""

from __future__ import annotations

import functools

import numpy as np

from mitk.data.samples import Samples, Side
from mitk.inference.resampling import unit_labels
from mitk.numerics.lattices import value_count
from mitk.numerics.ranks import average_ranks, normal_scores
from mitk.numerics.ridge import SmoothFits

# Names of the readings.
SHAPES, MODULATED = "any shape", "modulated"
# Waves over the ranks of what is left of a number, fewer where there are many columns.
WAVES, FEW, MANY = 4, 6, 40
# Levels with an indicator of their own.
MOST_LEVELS = 20
# Numbers of which less than this share of their spread is left are functions of the condition.
EXPLAINED = 1e-5
# What is left of scores is their rounding where it is below so many of the steps that they rise by: rows change places
# in both sides where the condition brings them close, and together.
RESOLVED = 2.0
# Rows of a condition whose fits are remembered: 15 MB.
MOST_REMEMBERED = 2000
# Columns of each side, and of the condition, whose products are looked at for dependence that the condition turns.
MOST_PRODUCTS, MOST_MODULATORS = 6, 20


class ResidualDependence:
    """Readings of I(x; y | z) as a function of the order in which what is left of y is taken.

    Parameters
    ----------
    samples : Samples
        With a condition, without constant columns.

    Notes
    -----
    What `mitk.numerics.ridge` leaves of the normal scores of a number, ranked, is laid out in waves
    cos(pi j u), j = 1 to 4, u = (rank - 1/2) / n; labels in indicators of their levels. What is left of these in turn,
    r_a of x and s_b of y, has mean 0 given z, so that under independence the products r_a s_b have too, even where one
    of both fits is poor. With m_ab and v_ab their means and variances, the readings in nats are

        any shape: sum_ab w_a w_b ln(1 + m_ab^2 / v_ab) / 2,  w = 1 / j of a wave and 1 of a level,

    (columns of which less is left than ranks of n rows resolve have nothing to show), and "modulated": the same,
    unweighted, of r_a s_b g_c, g_c the columns of z, over the first r and s of each column:
    dependence that changes its sign with the condition. Both are about half of a sum of squared correlations of
    residuals, which Shah and Peters take one of.

    References
    ----------
    * R. D. Shah and J. Peters, "The hardness of conditional independence testing and the generalised covariance
      measure", Annals of Statistics 48 (2020).
    """

    def __init__(self, samples: Samples) -> None:
        assert samples.given is not None
        given = samples.given
        fits = fits_on(samples)
        x, y = _Features(samples.x, fits), _Features(samples.y, fits)
        self._left_y, self._features_y = fits.remainder(y.columns), y.columns
        self._left_x = fits.remainder(x.columns)(x.columns)
        self._squares_x = self._left_x**2
        self._weights = np.outer(x.weights, y.weights)
        self._first_x, self._first_y = x.first[:MOST_PRODUCTS], y.first[:MOST_PRODUCTS]
        self._modulators = _modulators(given)[:, :MOST_MODULATORS]

    def __call__(self, rows: np.ndarray) -> dict[str, float]:
        """The readings by name, in nats."""
        left = self._left_y(self._features_y[rows])
        n = len(left)
        mean = self._left_x.T @ left / n
        shapes = float((self._weights * _nats(mean, self._squares_x.T @ left**2 / n)).sum())
        products = self._left_x[:, self._first_x, None] * left[:, None, self._first_y]
        products = products.reshape(n, -1)
        mean = self._modulators.T @ products / n
        modulated = float(_nats(mean, (self._modulators**2).T @ products**2 / n).sum())
        return {SHAPES: shapes, MODULATED: modulated}


def fits_on(samples: Samples) -> SmoothFits:
    """Smooth fits on the columns of the condition; those of the last small ones are remembered, for many pairs.

    Groups, or runs of rows, are left out of their own fits whole.
    """
    given = samples.given
    assert given is not None
    units = unit_labels(samples) if samples.dependent else None
    if given.n > MOST_REMEMBERED:
        return _fits(given.values, given.discrete, units)
    known = None if units is None else units.tobytes()
    return _remembered(given.values.tobytes(), given.values.shape, given.discrete.tobytes(), known)


def _fits(values: np.ndarray, labels: np.ndarray, units: np.ndarray | None) -> SmoothFits:
    numbers = values[:, ~labels]
    return SmoothFits(normal_scores(numbers), list(values[:, labels].T), values=numbers, units=units)


@functools.lru_cache(maxsize=2)
def _remembered(values: bytes, shape: tuple[int, int], labels: bytes, units: bytes | None) -> SmoothFits:
    known = None if units is None else np.frombuffer(units, dtype=np.int64)
    return _fits(np.frombuffer(values).reshape(shape), np.frombuffer(labels, dtype=bool), known)


class _Features:
    """A side laid out in columns of mean 0 and variance 1, their weights, and the places of each column's first."""

    def __init__(self, side: Side, fits: SmoothFits) -> None:
        waves = WAVES if side.d <= FEW else 2 if side.d <= MANY else 1
        columns: list[np.ndarray] = []
        weights: list[np.ndarray] = []
        first: list[int] = []
        numeric = np.flatnonzero(~side.discrete)
        scores = normal_scores(side.values[:, numeric])
        left = fits.remainder(scores)(scores) if len(numeric) else scores
        steps = np.sqrt((np.diff(np.sort(scores, axis=0), axis=0) ** 2).mean(axis=0))
        # Steps between repeated values are as large as they should be.
        steps *= [side.kinds[j] == "continuous" for j in numeric]
        explained = left.std(axis=0) < np.maximum(EXPLAINED * scores.std(axis=0), RESOLVED * steps)
        ranks = (average_ranks(left) - 0.5) / side.n
        place = 0
        for j in range(side.d):
            if side.kinds[j] == "label":
                found = _levels(side.values[:, j])
                worth = np.ones(found.shape[1])
                first += range(place, place + found.shape[1])
            else:
                number = np.searchsorted(numeric, j)
                if explained[number]:
                    continue
                rank = ranks[:, number]
                orders = np.arange(1, waves + 1)
                found, worth = _standardised(np.cos(np.pi * rank[:, None] * orders)), 1.0 / orders
                first.append(place)
            columns.append(found)
            weights.append(worth)
            place += found.shape[1]
        # A side that the condition explains has nothing to show.
        self.columns = np.hstack([np.empty((side.n, 0)), *columns])
        self.weights, self.first = np.concatenate([np.empty(0), *weights]), first


def _levels(codes: np.ndarray) -> np.ndarray:
    """Indicators of levels, of the most frequent ones where there are many; one of two says all."""
    levels, counts = np.unique(codes, return_counts=True)
    if len(levels) == 2:
        levels = levels[:1]
    elif len(levels) > MOST_LEVELS:
        levels = np.sort(levels[np.argsort(-counts, kind="stable")[:MOST_LEVELS]])
    return _standardised((codes[:, None] == levels).astype(float))


def _modulators(given: Side) -> np.ndarray:
    """Columns of a condition as they may turn a dependence: scores of numbers, indicators of levels."""
    parts = [
        _levels(column) if label or value_count(column) == 2 else _standardised(normal_scores(column[:, None]))
        for label, column in zip(given.discrete, given.values.T, strict=True)
    ]
    return np.hstack(parts)


def _standardised(columns: np.ndarray) -> np.ndarray:
    columns = columns - columns.mean(axis=0)
    return np.asarray(columns / np.maximum(columns.std(axis=0), 1e-300))


def _nats(mean: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Half of ln(1 + m^2 / v), from means and mean squares of products; 0 where nothing varies."""
    variance = squares - mean**2
    known = variance > 1e-12 * np.maximum(squares, 1e-300)
    return np.where(known, 0.5 * np.log1p(mean**2 / np.where(known, variance, 1.0)), 0.0)
