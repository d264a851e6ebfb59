"""What the data are like that are to be read: kinds of columns, dimensions, and what the information cannot exceed."""

from __future__ import annotations

import math
from dataclasses import astuple
from functools import cached_property

import numpy as np
from scipy.special import chdtri

from mitk.auto.rows import lowest, value_keys
from mitk.data.samples import LEVELS_PER_ROW, Samples
from mitk.numerics.intrinsic import MOST_ROWS, Dimensions, intrinsic_dimensions
from mitk.numerics.readings import label_entropy
from mitk.numerics.ties import has_ties, pair_keys, spread

# A side whose dimension is so small a share of what its columns would have apart has columns that determine each other;
# it may be a larger share where neighbours see all of so few dimensions.
DETERMINED, DETERMINED_FEW, FEW_DIMENSIONS = 0.6, 0.72, 5.0
# Numeric columns that neighbours see all of.
FEW_NUMERIC = 2
# Rows from which on halves and dimensions are looked at.
FEWEST_HALVED = 24
NORMAL_95 = 1.96


class DataShape:
    """Samples, and what decides who is asked about them and believed.

    Parameters
    ----------
    samples : Samples
        Without constant columns and without a condition.
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of the columns of both sides."""
        return frozenset(self.samples.x.kinds + self.samples.y.kinds)

    @cached_property
    def keys(self) -> np.ndarray:
        """A key for each row (n,) by its values."""
        return value_keys(self.samples)

    def part(self, most: int) -> np.ndarray:
        """At most so many rows, chosen by their values."""
        return np.arange(self.samples.n) if self.samples.n <= most else lowest(self.keys, most)

    @cached_property
    def dimensions(self) -> Dimensions | None:
        """Local dimensions of the numbers of both sides; None where these repeat few values, or there are none."""
        sides, n = (self.samples.x, self.samples.y), self.samples.n
        none = all(side.discrete.all() for side in sides)
        if none or n < FEWEST_HALVED or any(side.repeats(LEVELS_PER_ROW * n).any() for side in sides):
            return None
        rows = self.part(MOST_ROWS)
        rows = rows[np.argsort(self.keys[rows], kind="stable")]
        values = [side.values[rows][:, ~side.discrete] for side in sides]
        tied = [np.array([has_ties(column) for column in side.T], dtype=bool) for side in values]
        if not any(columns.any() for columns in tied):
            return intrinsic_dimensions(*values)
        keys = pair_keys(*values)
        # Sides are spread in two ways, exchanged, so that exchanging them changes nothing.
        both = [
            intrinsic_dimensions(
                *(spread(v, t, keys, way ^ i) for i, (v, t) in enumerate(zip(values, tied, strict=True)))
            )
            for way in (0, 1)
        ]
        return Dimensions(*(0.5 * (a + b) for a, b in zip(astuple(both[0]), astuple(both[1]), strict=True)))

    @property
    def joint(self) -> float:
        """Dimension of both sides together, at most the number of columns of numbers."""
        columns = float(self._numeric_columns)
        return columns if self.dimensions is None else min(self.dimensions.joint, columns)

    @property
    def _numeric_columns(self) -> int:
        return sum(int((~labels).sum()) for labels in self.samples.cells)

    @property
    def tabular(self) -> bool:
        """Whether the levels of all columns are cells, whose order adds nothing."""
        return all(bool(columns.all()) for columns in self.samples.cells)

    @property
    def few_columns(self) -> bool:
        """Whether neighbours see all of so few columns of numbers."""
        return self._numeric_columns <= FEW_NUMERIC

    @cached_property
    def most(self) -> float:
        """What the information cannot exceed: the entropy of a side of labels, with its error; else infinity."""
        sides = zip((self.samples.x, self.samples.y), self.samples.cells, strict=True)
        return min((_most_entropy(side.codes()) for side, labels in sides if labels.all()), default=math.inf)

    @property
    def determined(self) -> bool:
        """Whether columns of one side determine each other, so that only neighbours are to be believed."""
        found = self.dimensions
        return found is not None and found.free < (DETERMINED_FEW if found.joint < FEW_DIMENSIONS else DETERMINED)

    @property
    def errors_known(self) -> bool:
        """Whether it was learned how readings of such data err: of independent rows, and numbers that hardly repeat."""
        return self.kinds == {"continuous"} and not self.samples.dependent


def _most_entropy(codes: np.ndarray) -> float:
    """Upper end, at 97.5 %, of the entropy of labels (n,), which scatters to second order where shares are even."""
    counts = np.unique(codes, return_counts=True)[1]
    n, logs = len(codes), np.log(counts / len(codes))
    first = math.sqrt(max(float((counts / n * logs**2).sum() - (counts / n * logs).sum() ** 2), 0.0) / n)
    return label_entropy(codes) + NORMAL_95 * first + float(chdtri(max(len(counts) - 1.0, 1.0), 0.025)) / (2.0 * n)
