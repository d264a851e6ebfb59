"""Sides without what a smooth fit on the condition explains: as much information, in less of a tangle."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mitk.data.samples import Samples, Side
from mitk.inference.resampling import unit_labels
from mitk.inference.residual_dependence import EXPLAINED, fits_on
from mitk.numerics.ranks import normal_scores
from mitk.numerics.ridge import SmoothFits
from mitk.numerics.spacings import REACH, spacing_contributions
from mitk.numerics.units import units_of_values

# Logarithms of what is left are taken for no smaller than that of this share of rows.
LEAST_SPREAD = 0.1
# Nats a row by which what is left of scores must be closer to normal than what is left of the values.
WORTH_RANKS = 0.05
# Rounded numbers have at least this share of the rows as levels, and none more often than this.
LEAST_LEVELS, MOST_ALIKE = 0.25, 0.05
NORMAL_ENTROPY = 0.5 * math.log(2.0 * math.pi * math.e)


def without_condition(samples: Samples) -> Samples:
    """The samples with what fits on the condition leave of continuous columns of x and y, in units of its spread.

    With f and s smooth fits of a column and of the size of what is left, (x - f(z)) / s(z) and x determine each other
    given z, so that I(x; y | z) stays as it is, while neighbours need no longer resolve what z says of both sides, and
    a copula what is bent in it. Rows, or units of rows that depend on each other, are left out of their own fits. All
    columns have one smoothness, so that errors of the fits are alike on both sides. Values are fitted, or their normal
    scores where what is left is then closer to normal, as of columns whose scale is bent. Columns of which nothing is
    left become 0. Labels and repeated values stay as they are, but for numbers that only rounding makes equal.

    Parameters
    ----------
    samples : Samples
        With a condition, without constant columns.
    """
    assert samples.given is not None
    units = unit_labels(samples) if samples.groups is not None else None
    smooth = [nearly_continuous(side, units) for side in (samples.x, samples.y)]
    columns = np.hstack([samples.x.values[:, smooth[0]], samples.y.values[:, smooth[1]]])
    if columns.shape[1] == 0:
        return samples
    left = _left(fits_on(samples), columns)
    cut = int(smooth[0].sum())
    x, y = _with(samples.x, smooth[0], left[:, :cut]), _with(samples.y, smooth[1], left[:, cut:])
    return replace(samples, x=x, y=y)


def nearly_continuous(side: Side, units: np.ndarray | None = None) -> np.ndarray:
    """Which columns hold numbers of no repeated values, shape (d,), or of some that rounding makes.

    What rows of one unit, labels (n,), repeat of each other counts once.
    """
    labels = np.arange(side.n) if units is None else units
    n = int(labels.max()) + 1

    def rounded(column: np.ndarray) -> bool:
        _, counts = units_of_values(column, labels)
        return len(counts) >= LEAST_LEVELS * n and counts.max() <= max(MOST_ALIKE * n, 2)

    return np.array(
        [
            kind == "continuous" or (kind != "label" and rounded(column))
            for kind, column in zip(side.kinds, side.values.T, strict=True)
        ],
        dtype=bool,
    )


def _with(side: Side, places: np.ndarray, columns: np.ndarray) -> Side:
    values = side.values.copy()
    values[:, places] = columns
    kinds = tuple("continuous" if place else kind for place, kind in zip(places, side.kinds, strict=True))
    return replace(side, values=values, kinds=kinds)


def _left(fits: SmoothFits, columns: np.ndarray) -> np.ndarray:
    """What fits leave of columns (n, d), in the scale that suits each, over its spread."""
    values = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    scores = normal_scores(columns)
    remains, ranked = (fits.remainder(some, together=True)(some) for some in (values, scores))
    # How far what is left is from normal, in the units of the values: scores stretch these by what normal columns have
    # more of entropy.
    # Windows so wide that no level of rounded numbers fills one.
    reach = max(REACH, math.isqrt(len(values)))
    stretch = np.array([NORMAL_ENTROPY - spacing_contributions(column, reach).mean() for column in values.T])
    gain = stretch + 0.5 * np.log((remains**2).mean(axis=0) / (ranked**2).mean(axis=0))
    left = np.where(gain > WORTH_RANKS, ranked, remains)
    explained = np.minimum(remains.std(axis=0), ranked.std(axis=0)) < EXPLAINED
    size = np.log(np.maximum(np.abs(left), 1e-12 * np.abs(left).max(axis=0)))
    size = np.maximum(size, np.quantile(size, LEAST_SPREAD, axis=0))
    # What is left of the logarithms' fit is their distance from the fit.
    return np.where(explained, 0.0, left / np.exp(size - fits.remainder(size, together=True)(size)))
