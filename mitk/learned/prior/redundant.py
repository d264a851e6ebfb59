"""Columns of a side that determine each other: angles, compositions, monomials, totals; the truth is the variates'."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from mitk.learned.prior.families import (
    MONOTONE,
    Draw,
    blocks,
    canonical_correlation,
    clusters,
    normal_draw,
    seen_turned,
    standard,
)
from mitk.learned.prior.low_rank import shapes
from mitk.learned.prior.mixing import noise_columns, turn
from mitk.learned.prior.shapes import smooth_function

Rewriting = Callable[[np.random.Generator, np.ndarray], np.ndarray]
# Cells of the circle on which the entropy of a wrapped noise is summed.
CELLS = 2048
# Most variates that products are made of: beyond them there are too many products.
PRODUCTS = 8


def redundant(rng: np.random.Generator, n: int) -> Draw:
    """Few variates, each side of which is written in more columns than it has degrees of freedom."""
    draw = angles(rng, n) if rng.random() < 0.25 else _written(rng, _variates(rng, n))
    x, y = draw.x, draw.y
    if rng.random() < 0.2:
        x, y = noise_columns(rng, x), noise_columns(rng, y)
    return seen_turned(rng, Draw(x, y, draw.information), 0.25)


def _variates(rng: np.random.Generator, n: int) -> Draw:
    """The law that is written in more columns."""
    choice = rng.random()
    if choice < 0.55:
        dx, dy = (int(rng.integers(1, 7)) for _ in range(2))
        maps = [MONOTONE[rng.integers(len(MONOTONE))] if rng.random() < 0.25 else np.asarray for _ in range(2)]
        draw = normal_draw(rng, n, canonical_correlation(rng, dx, dy), None, *maps)
    else:
        draw = (shapes if choice < 0.8 else blocks if choice < 0.9 else clusters)(rng, n)
    # Tails are drawn in, or a softmax of them is 0 and 1 to the last digit.
    x, y = (
        np.arcsinh(standard(side)) if rng.random() < 0.3 or np.abs(side).max() > 20.0 else side for side in draw[:2]
    )
    return Draw(standard(x), standard(y), draw.information)


def _written(rng: np.random.Generator, draw: Draw) -> Draw:
    which = rng.integers(4)
    x = rewritten(rng, draw.x) if which != 1 else draw.x
    y = rewritten(rng, draw.y) if which != 0 else draw.y
    return Draw(x, y, draw.information)


def rewritten(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """The side in more columns, one to one."""
    if side.shape[1] > 1 and rng.random() < 0.3:
        side = turn(rng, side)
    kinds = (circles, composition, monomials, totals, companions, sphere)
    written = kinds[rng.choice(len(kinds), p=(0.22, 0.22, 0.18, 0.14, 0.14, 0.10))](rng, side)
    return written[:, rng.permutation(written.shape[1])]


def circles(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """Cosine and sine of each column as an angle, at times of its multiples too, or with a radius."""
    k = side.shape[1]
    span = math.pi * rng.uniform(0.4, 0.99)
    if k > 1 and k % 2 == 0 and rng.random() < 0.3:
        # Every second column is a radius: polar coordinates.
        tame = np.arcsinh(side)
        angle, radius = span * (2.0 * ndtr(tame[:, ::2]) - 1.0), np.exp(0.5 * np.tanh(0.5 * tame[:, 1::2]))
        return np.hstack([radius, np.cos(angle), np.sin(angle)])
    angle = span * (2.0 * ndtr(np.arcsinh(side)) - 1.0)
    several = range(1, 1 + int(rng.choice([1, 1, 1, 2, 3])))
    return np.hstack([wave(many * angle) for many in several for wave in (np.cos, np.sin)])


def composition(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """Shares of a whole, as a softmax or a stick broken in parts: one column more than there are variates."""
    side = np.arcsinh(side) * math.exp(rng.uniform(-1.0, 0.7))
    if rng.random() < 0.7:
        parts = np.exp(np.hstack([side, np.zeros((len(side), 1))]))
        return parts / parts.sum(axis=1, keepdims=True)
    broken = ndtr(side)
    left = np.cumprod(np.hstack([np.ones((len(side), 1)), 1.0 - broken]), axis=1)
    return left * np.hstack([broken, np.ones((len(side), 1))])


def monomials(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """The columns beside powers and products of them."""
    k = min(side.shape[1], PRODUCTS)
    bounded = np.arcsinh(side[:, :k])
    pairs = [(i, j) for i in range(k) for j in range(i, k)]
    several = int(rng.integers(1, min(len(pairs), 10) + 1))
    found = [bounded[:, i] * bounded[:, j] for i, j in (pairs[p] for p in rng.permutation(len(pairs))[:several])]
    if rng.random() < 0.4:
        found += [bounded[:, i] ** 3 for i in range(k)]
    return np.column_stack([side, *found])


def totals(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """The columns beside sums and differences of them, or copies: exactly collinear."""
    k = side.shape[1]
    more = int(rng.integers(1, 9))
    if rng.random() < 0.3:
        return np.hstack([side, side[:, rng.integers(k, size=more)] * rng.choice([-1.0, 1.0], size=more)])
    weights = rng.standard_normal((k, more)) if rng.random() < 0.5 else rng.integers(-1, 2, size=(k, more)) * 1.0
    weights[0, ~weights.any(axis=0)] = 1.0
    return np.hstack([side, side @ weights])


def companions(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """The columns beside smooth functions of directions through them."""
    k = side.shape[1]
    found = []
    for _ in range(int(rng.integers(1, 7))):
        direction = rng.standard_normal(k) if rng.random() < 0.5 else np.eye(k)[rng.integers(k)]
        found.append(smooth_function(rng, 3.0)(side @ (direction / np.linalg.norm(direction))))
    return np.column_stack([side, *found])


def sphere(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """Points of the unit sphere of one column more, whose stereographic projection the side is."""
    side = np.arcsinh(side) * math.exp(rng.uniform(-1.0, 0.3))
    squares = (side**2).sum(axis=1, keepdims=True)
    return np.hstack([2.0 * side, squares - 1.0]) / (squares + 1.0)


def angles(rng: np.random.Generator, n: int) -> Draw:
    """Uniform angles and the same angles, or multiples of them, in wrapped noise: cosines and sines of both.

    I = ln 2 pi - h(noise) an angle, since the noisy angle is uniform too.
    """
    many = int(rng.integers(1, 5))
    sides: list[list[np.ndarray]] = [[], []]
    information = 0.0
    for _ in range(many):
        noise, known = wrapped_noise(rng, n)
        x = rng.uniform(-math.pi, math.pi, n)
        y = x * int(rng.choice([1, 1, 1, 2])) + noise
        for columns, angle in zip(sides, (x, y), strict=True):
            columns += [np.cos(angle), np.sin(angle)]
        information += known
    x, y = (np.column_stack(columns) for columns in sides)
    return Draw(x, y, information)


def wrapped_noise(rng: np.random.Generator, n: int) -> tuple[np.ndarray, float]:
    """Noise of an angle (n,), normal, uniform or Laplace around the circle, and ln 2 pi minus its entropy in nats."""
    kind = rng.integers(3)
    scale = math.exp(rng.uniform(math.log(0.03), math.log(1.5)))
    if kind == 1:
        # Uniform over the arc (-w, w).
        width = min(2.0 * scale, math.pi)
        return rng.uniform(-width, width, n), math.log(math.pi / width)
    at = (np.arange(CELLS) + 0.5) * (2.0 * math.pi / CELLS) - math.pi
    # All turns that reach the circle.
    turns = at[:, None] + 2.0 * math.pi * np.arange(-6, 7)
    if kind == 0:
        density = np.exp(-0.5 * (turns / scale) ** 2).sum(axis=1)
        noise = scale * rng.standard_normal(n)
    else:
        density = np.exp(-np.abs(turns) / scale).sum(axis=1)
        noise = rng.laplace(0.0, scale, n)
    density /= density.mean()
    return noise, float(np.mean(density * np.log(np.maximum(density, 1e-300))))
