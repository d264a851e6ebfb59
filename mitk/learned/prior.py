"""The meta-distribution: which laws, how many rows, how many columns a learned estimator is trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from mitk.learned import families
from mitk.learned.families import Draw, Family

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "mist": families.mist,
        "elliptical": families.elliptical,
        "blocks": families.blocks,
        "clusters": families.clusters,
        "bent": families.bent,
        "independent": families.independent,
    }
)
WEIGHTS = MappingProxyType(
    {"mist": 0.32, "elliptical": 0.24, "blocks": 0.20, "clusters": 0.06, "bent": 0.10, "independent": 0.08}
)


@dataclass(frozen=True)
class Prior:
    """A distribution over joint laws and numbers of rows.

    Parameters
    ----------
    weights : mapping of str to float
        Share of each family of `FAMILIES`; need not add up to 1.
    rows : tuple of (float, int, int, bool)
        Shares of ranges of n: (share, least, most, whether uniform rather than log-uniform).
    max_dim : int
        Sides with more columns are drawn again.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    rows: tuple[tuple[float, int, int, bool], ...] = (
        (0.45, 10, 500, True),
        (0.30, 10, 1000, False),
        (0.18, 400, 2500, False),
        (0.07, 2500, 10000, False),
    )
    max_dim: int = 64

    def draw(self, seed: int | np.random.SeedSequence) -> tuple[str, Draw]:
        """One data set: the name of its family, its rows and its information in nats.

        >>> family, draw = Prior().draw(0)
        >>> draw.x.shape[0] == draw.y.shape[0]
        True
        """
        rng = np.random.default_rng(seed)
        names = list(self.weights)
        shares = np.array([self.weights[name] for name in names], dtype=float)
        name = names[int(rng.choice(len(names), p=shares / shares.sum()))]
        n = self._rows(rng)
        while True:
            draw = FAMILIES[name](rng, n)
            good = np.isfinite(draw.information) and np.isfinite(draw.x).all() and np.isfinite(draw.y).all()
            if good and draw.information < 60.0 and max(draw.x.shape[1], draw.y.shape[1]) <= self.max_dim:
                return name, draw

    def _rows(self, rng: np.random.Generator) -> int:
        shares = np.array([row[0] for row in self.rows])
        _, least, most, uniform = self.rows[int(rng.choice(len(shares), p=shares / shares.sum()))]
        if uniform:
            return int(rng.integers(least, most + 1))
        return round(math.exp(rng.uniform(math.log(least), math.log(most))))
