"""Random densities of one and two columns a side on a grid, whose information is a sum over its cells."""

from __future__ import annotations

import math

import numpy as np

from mitk.learned.prior.blocks import Block
from mitk.learned.prior.families import Draw, seen_turned, standard
from mitk.learned.prior.mixing import noise_columns

# Cells a side of the grid in two, three and four dimensions.
CELLS = {2: 72, 3: 26, 4: 12}


def planar(rng: np.random.Generator, n: int) -> Draw:
    """A density of the plane or of space at random, rarely two side by side; at times among noise and turned."""
    many = 1 if rng.random() < 0.8 else 2
    parts = [density(rng, n) for _ in range(many)]
    x, y = (np.hstack([part[side] for part in parts]) for side in (0, 1))
    if rng.random() < 0.2:
        x, y = noise_columns(rng, standard(x)), noise_columns(rng, standard(y))
    return seen_turned(rng, Draw(x, y, float(sum(part[2] for part in parts))), 0.3)


def density(rng: np.random.Generator, n: int) -> Block:
    """Rows of a density that is constant in each cell of a grid: a smooth field, filled shapes, a band, a copula."""
    dx, dy = ((1, 1), (1, 1), (1, 1), (2, 1), (2, 2))[rng.integers(5)]
    shape = (CELLS[dx + dy],) * (dx + dy)
    at = np.stack(np.meshgrid(*[(np.arange(c) + 0.5) / c for c in shape], indexing="ij"), axis=-1)
    kinds = (field, filled, band, plackett) if dx + dy == 2 else (field, filled, band)
    weights = (0.4, 0.3, 0.2, 0.1) if dx + dy == 2 else (0.6, 0.25, 0.15)
    mass = kinds[rng.choice(len(kinds), p=weights)](rng, at)
    # Some rows lie anywhere, or all do.
    mass = mass / mass.sum() + rng.choice([0.0, 0.0, 0.0, 0.03, 0.2]) / mass.size
    mass /= mass.sum()
    cells = np.searchsorted(np.cumsum(mass.ravel()), rng.random(n) * (1.0 - 1e-12))
    places = np.stack(np.unravel_index(np.minimum(cells, mass.size - 1), shape), axis=1)
    rows = (places + rng.random((n, dx + dy))) / shape[0]
    return rows[:, :dx], rows[:, dx:], table_information(mass, dx)


def table_information(mass: np.ndarray, dx: int) -> float:
    """Information of the table between its first dx axes and the others, nats; that of a density constant in cells."""
    table = mass.reshape(int(np.prod(mass.shape[:dx])), -1)
    apart = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    seen = table > 0.0
    return max(float((table[seen] * np.log(table[seen] / apart[seen])).sum()), 0.0)


def field(rng: np.random.Generator, at: np.ndarray) -> np.ndarray:
    """The exponential of a random smooth field."""
    many = int(rng.integers(3, 16))
    speed = math.exp(rng.uniform(math.log(1.0), math.log(9.0 if at.shape[-1] == 2 else 5.0)))
    total: np.ndarray = np.zeros(at.shape[:-1])
    for _ in range(many):
        total += np.cos(at @ (speed * rng.standard_normal(at.shape[-1])) + rng.uniform(0.0, 2.0 * math.pi))
    total *= math.exp(rng.uniform(math.log(1.0), math.log(10.0))) / math.sqrt(0.5 * many)
    if rng.random() < 0.2:
        # Where it is high and nowhere else.
        return (total > np.quantile(total, rng.uniform(0.2, 0.9))) * 1.0
    mass: np.ndarray = np.exp(total - total.max())
    return mass


def filled(rng: np.random.Generator, at: np.ndarray) -> np.ndarray:
    """One to four discs, boxes, half-planes or crescents, turned and overlapping, each evenly filled."""
    d = at.shape[-1]
    mass: np.ndarray = np.zeros(at.shape[:-1])
    for _ in range(int(rng.integers(1, 5))):
        turned, _ = np.linalg.qr(rng.standard_normal((d, d)))
        axes = turned if rng.random() < 0.7 else np.eye(d)
        away = (at - rng.uniform(0.25, 0.75, d)) @ axes / np.exp(rng.uniform(math.log(0.08), math.log(0.5), d))
        kind = rng.integers(4)
        if kind == 0:
            inside = (away**2).sum(axis=-1) < 1.0
        elif kind == 1:
            inside = np.abs(away).max(axis=-1) < 1.0
        elif kind == 2:
            inside = (away[..., 0] > 0.0) & (np.abs(away).sum(axis=-1) < 1.5)
        else:
            shifted = away - rng.uniform(-0.8, 0.8, d)
            inside = ((away**2).sum(axis=-1) < 1.0) & ((shifted**2).sum(axis=-1) > 0.7)
        mass += inside * rng.uniform(0.3, 1.0)
    # A shape may fall between the cells.
    return mass if mass.any() else np.ones(mass.shape)


def band(rng: np.random.Generator, at: np.ndarray) -> np.ndarray:
    """A band around a smooth curve or surface, its width changing along it, sharp or blurred."""
    others, last = at[..., :-1], at[..., -1]
    speed = rng.uniform(1.0, 7.0)
    middle, width = np.full(last.shape, 0.5), np.full(last.shape, math.exp(rng.uniform(math.log(0.025), math.log(0.3))))
    for total, size in ((middle, rng.uniform(0.1, 0.4)), (width, width.mean() * rng.uniform(0.0, 0.8))):
        direction = rng.standard_normal(others.shape[-1]) * speed
        total += size * np.sin(others @ direction + rng.uniform(0.0, 2.0 * math.pi))
    away = np.abs(last - middle) / np.maximum(width, 0.02)
    mass: np.ndarray = (away < 1.0) * 1.0 if rng.random() < 0.4 else np.exp(-0.5 * away ** rng.uniform(1.0, 4.0))
    return mass


def plackett(rng: np.random.Generator, at: np.ndarray) -> np.ndarray:
    """Plackett's copula of a random odds ratio."""
    ratio = math.exp(rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 5.0))
    u, v = at[..., 0], at[..., 1]
    excess = ratio - 1.0
    root = (1.0 + excess * (u + v)) ** 2 - 4.0 * u * v * ratio * excess
    mass: np.ndarray = ratio * (1.0 + excess * (u - 2.0 * u * v + v)) / root**1.5
    return mass
