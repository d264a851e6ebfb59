"""Sides that know nothing of each other."""

from __future__ import annotations

import numpy as np

from mitk.learned.prior.densities import planar
from mitk.learned.prior.embeddings import embedded
from mitk.learned.prior.even import even
from mitk.learned.prior.families import Draw, Family, bent, blocks, clusters, dimension, elliptical
from mitk.learned.prior.low_rank import collinear, shapes, surfaces
from mitk.learned.prior.patches import patches
from mitk.learned.prior.redundant import redundant

OTHERS: tuple[Family, ...] = (
    blocks, blocks, clusters, elliptical, bent, shapes, even, redundant, embedded, collinear, surfaces, patches, planar
)  # fmt: skip


def independent(rng: np.random.Generator, n: int) -> Draw:
    """Sides of two laws, or of one law and rows that do not meet: 0 nats."""
    if rng.random() < 0.4:
        other = OTHERS[rng.integers(len(OTHERS))]
        # Rows of one half against those of the other: the look of both sides tells nothing either.
        draw = other(rng, 2 * n)
        return Draw(draw.x[:n], draw.y[n:], 0.0)
    sides = []
    for _ in range(2):
        if rng.random() < 0.6:
            d = dimension(rng)
            side: np.ndarray = rng.standard_normal((n, d))
            if rng.random() < 0.5:
                side = side @ rng.standard_normal((d, d))
            if rng.random() < 0.3:
                side = side / np.sqrt(rng.chisquare(rng.uniform(1.0, 6.0), (n, 1)))
        else:
            draw = OTHERS[rng.integers(len(OTHERS))](rng, n)
            side = draw.y if rng.integers(2) else draw.x
        sides.append(side)
    return Draw(sides[0], sides[1], 0.0)
