"""Families whose sides have fewer degrees of freedom than columns, and families of low-dimensional shapes."""

from __future__ import annotations

import math

import numpy as np

from mitk.learned.prior.families import (
    Draw,
    blocks,
    canonical_correlation,
    clusters,
    dimension,
    normal_draw,
    seen_turned,
    standard,
)
from mitk.learned.prior.mixing import noise_columns, rotation
from mitk.learned.prior.shapes import shape
from mitk.learned.prior.wide_sides import collinear_correlation, embedded


def shapes(rng: np.random.Generator, n: int) -> Draw:
    """One shape of `mitk.learned.prior.shapes`, rarely two; at times among noise and turned."""
    many = 1 if rng.random() < 0.85 else 2
    parts = [shape(rng, n) for _ in range(many)]
    x, y = (standard(np.hstack([part[side] for part in parts])) for side in (0, 1))
    information = float(sum(part[2] for part in parts))
    if rng.random() < 0.2:
        x, y = noise_columns(rng, x), noise_columns(rng, y)
    return seen_turned(rng, Draw(x, y, information), 0.25)


def collinear(rng: np.random.Generator, n: int) -> Draw:
    """Normal or Student laws with nearly collinear columns: few latent columns in a little noise, or steep mixings."""
    dx = max(dimension(rng), 2)
    dy = dx if rng.random() < 0.3 else dimension(rng)
    freedom = math.exp(rng.uniform(math.log(2.0), math.log(20.0))) if rng.random() < 0.25 else None
    if rng.random() < 0.75:
        k, m = int(rng.integers(1, min(dx, 8) + 1)), int(rng.integers(1, min(dy, 8) + 1))
        law = collinear_correlation(rng, canonical_correlation(rng, k, m), dx, dy)
        draw = normal_draw(rng, n, law, freedom)
        x, y = draw.x, draw.y
    else:
        draw = normal_draw(rng, n, canonical_correlation(rng, dx, dy), freedom)
        x, y = (steep(rng, side) if rng.random() < 0.7 else side for side in (draw.x, draw.y))
    if rng.random() < 0.5:
        x, y = y, x
    return Draw(x, y, draw.information)


def steep(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """An invertible mixing in which some directions almost vanish."""
    d = side.shape[1]
    if d == 1:
        return side
    scales = np.exp(rng.uniform(-math.exp(rng.uniform(0.0, 2.1)), 0.0, d))
    mixed: np.ndarray = (side @ rotation(rng, d) * scales) @ rotation(rng, d)
    return mixed


def surfaces(rng: np.random.Generator, n: int) -> Draw:
    """Few columns of one law, laid on smooth surfaces of many columns or drawn as images: one side or both."""
    choice = rng.random()
    if choice < 0.65:
        draw = normal_draw(rng, n, canonical_correlation(rng, int(rng.integers(1, 5)), int(rng.integers(1, 5))))
    elif choice < 0.85:
        draw = shapes(rng, n)
    else:
        draw = (blocks if choice < 0.93 else clusters)(rng, n)
    x, y = standard(draw.x), standard(draw.y)
    if rng.random() < 0.15:
        y = y[rng.permutation(n)]
        draw = Draw(x, y, 0.0)
    which = rng.integers(4)
    if which != 1 and x.shape[1] <= 6:
        x = embedded(rng, x)
    if which != 0 and y.shape[1] <= 6:
        y = embedded(rng, y)
    return Draw(x, y, draw.information)
