"""Dual values on rows that the dual function has not seen, with their standard error."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mitk.data.samples import Samples
from mitk.inference.cross_fitting import fold_numbers
from mitk.inference.inflation import unit_variance
from mitk.inference.resampling import unit_labels
from mitk.numerics.transport import Points

# Product pairs that each held-out row enters; half of them are the mirror image of the other half.
SHIFTS = 8
FOLDS = 2
# Digits to which rows are compared when they are put in an order of their own.
DIGITS = 9

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


def own_order(x: np.ndarray, y: np.ndarray, samples: Samples) -> np.ndarray:
    """An order of the rows that depends on their values alone and treats both sides alike; series keep theirs."""
    if samples.block is not None:
        return np.arange(samples.n)
    size = np.round((x**2).sum(axis=1) + (y**2).sum(axis=1), DIGITS)
    keys = [np.round(side[:, j], DIGITS) for side in (y, x) for j in range(side.shape[1])]
    return np.lexsort([*keys, size])


def half_turn(points: Points) -> tuple[Points, Points]:
    """Joint and product points for assignment: row i meets the y of the row half the sample on.

    The partner of the partner is the row itself, so that the two sides are treated alike; an odd row is left out.
    """
    even = len(points) // 2 * 2
    joint = points[np.arange(even)]
    return joint, Points(joint.x, np.roll(joint.y, even // 2, axis=0))


@dataclass(frozen=True, eq=False)
class Halves:
    """Two folds of rows, each in an order in which near rows may depend on each other and far ones do not.

    Attributes
    ----------
    x, y : ndarray of shape (n, dx) and (n, dy)
        Rows in the order of `order`.
    order : ndarray of shape (n,)
    labels : ndarray of shape (n,)
        Unit of each row.
    fold : ndarray of shape (n,)
    """

    x: np.ndarray
    y: np.ndarray
    order: np.ndarray
    labels: np.ndarray
    fold: np.ndarray

    def rows(self, fold: int) -> np.ndarray:
        """Rows of a fold, whole units next to each other."""
        found = np.flatnonzero(self.fold == fold)
        return found[np.argsort(self.labels[found], kind="stable")]

    def training(self, fold: int, most: int) -> Points:
        """At most `most` rows of the other fold."""
        rows = self.rows(1 - fold)
        if len(rows) > most:
            rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
        return Points(self.x[rows], self.y[rows])


def halved(x: np.ndarray, y: np.ndarray, samples: Samples, seed: int) -> Halves:
    """Split rows into two folds of whole units, by the seed and the values of the rows and not by their order."""
    rng = np.random.default_rng(seed)
    order = own_order(x, y, samples)
    if samples.block is None:
        order = order[rng.permutation(len(order))]
    labels = np.unique(unit_labels(samples.take(order)), return_inverse=True)[1].ravel()
    return Halves(x[order], y[order], order, labels, fold_numbers(labels, FOLDS, rng))


@dataclass(frozen=True, eq=False)
class Dual:
    """What functions of both folds say.

    Attributes
    ----------
    value : float
        E_joint f - E_product f on rows that f has not seen.
    error : float
        Its standard error.
    pointwise : ndarray of shape (n,)
        f(x_i, y_i) less the mean over strangers, in the given order of rows; their mean is the value.
    crowded : bool
        Whether a unit was so large that strangers may depend on each other.
    """

    value: float
    error: float
    pointwise: np.ndarray
    crowded: bool


def dual_value(halves: Halves, functions: list[Function]) -> Dual:
    """Evaluate each fold's function on the rows of that fold, which it was not fitted to.

    Strangers are rows of the fold at least the largest unit away. A row enters the value by its own pair and, on either
    side, by its strange ones: f(x_i, y_i) - E_y f(x_i, y) - E_x f(x, y_i) is its influence.
    """
    n = len(halves.fold)
    pointwise, influence = np.empty(n), np.empty(n)
    crowded = False
    for fold, f in enumerate(functions):
        rows = halves.rows(fold)
        m = len(rows)
        x, y = halves.x[rows], halves.y[rows]
        apart = int(np.bincount(halves.labels[rows]).max())
        if m < 2 * apart + 1:
            apart, crowded = 1, crowded or apart > 1
        shifts = np.unique(np.linspace(apart, m // 2, SHIFTS // 2).astype(int))
        by_x, by_y = np.zeros(m), np.zeros(m)
        for s in (*shifts, *-shifts):
            strange = f(x, np.roll(y, -s, axis=0))
            by_x += strange
            by_y += np.roll(strange, s)
        own = f(x, y)
        by_x, by_y = by_x / (2 * len(shifts)), by_y / (2 * len(shifts))
        pointwise[rows] = own - by_x
        influence[rows] = own - by_x - by_y + by_x.mean()
    given = np.empty(n)
    given[halves.order] = pointwise
    error = math.sqrt(float(unit_variance(influence[:, None], halves.labels)[0]) / n)
    return Dual(float(pointwise.mean()), error, given, crowded)
