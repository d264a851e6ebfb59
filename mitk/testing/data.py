"""Small data sets with fixed seeds, one for each kind of column an estimator is meant for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.tags import Tags

ROWS = 200


@dataclass(frozen=True)
class PairedData:
    """Paired rows that suit an estimator's tags.

    Attributes
    ----------
    label : str
        For messages.
    x : ndarray of shape (n, dx)
    y : ndarray of shape (n, dy)
    discrete_x, discrete_y : bool or None
        Passed to `fit`, so that mapped labels stay labels.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    discrete_x: bool | None = None
    discrete_y: bool | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Options of `fit` that say how to read the columns."""
        return {"discrete_x": self.discrete_x, "discrete_y": self.discrete_y}

    @property
    def swapped(self) -> PairedData:
        """The same rows with the sides exchanged."""
        return PairedData(self.label, self.y, self.x, self.discrete_y, self.discrete_x)

    def take(self, rows: np.ndarray) -> PairedData:
        """Take the given rows, in that order."""
        return replace(self, x=self.x[rows], y=self.y[rows])


def dependent_data(tags: Tags) -> list[PairedData]:
    """Draw dependent rows, one set for each kind of data in the tags; the first is a pair of columns.

    Trained methods get sides of one width, as programs are compiled for every shape.
    """
    n = max(ROWS, tags.min_n)
    rng = np.random.default_rng(20)
    z, e = rng.standard_normal((2, n, 2))
    codes = rng.integers(0, 3, (n, 2))
    noisy = np.where(rng.random((n, 2)) < 0.7, codes, rng.integers(0, 3, (n, 2)))
    mixed = 0.6 * z + 0.8 * e
    sets = []
    if "continuous" in tags.data:
        sets.append(PairedData("continuous columns", z[:, :1], mixed[:, :1]))
        if tags.multivariate and not tags.trained:
            d = 2 if tags.max_dim is None or tags.max_dim > 3 else 1
            sets.append(PairedData(f"2 and {d} continuous columns", z, mixed[:, :d]))
    if "tied" in tags.data:
        halves = (np.maximum(side[:, :1], 0.0) for side in (z, mixed))
        sets.append(PairedData("columns of half zeros", *halves))
    if "label" in tags.data:
        sets.append(PairedData("discrete columns", codes[:, :1], noisy[:, :1], True, True))
        if tags.multivariate and not tags.trained:
            binary = np.minimum(codes, 1)
            sets.append(PairedData("2 and 1 discrete columns", binary, noisy[:, :1], True, True))
    if {"continuous", "label"} <= tags.data and not tags.trained:
        sets.append(PairedData("labels and numbers", codes[:, :1], codes[:, :1] + e[:, :1], True, False))
    if "count" in tags.data and not tags.trained:
        common, *own = rng.poisson(2.0, (3, n, 1))
        sets.append(PairedData("columns of counts", common + own[0], common + own[1]))
    return sets
