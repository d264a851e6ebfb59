"""Even dependence: the sign of a column tells nothing, its size does; nothing that correlations could see."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from mitk.learned.prior.blocks import Block, correlation_of, draw_information
from mitk.learned.prior.families import Draw, seen_turned, standard
from mitk.learned.prior.mixing import noise_columns, rotation
from mitk.learned.prior.shapes import NODES, SPREAD, noisy_information, pieces

Even = Callable[[np.ndarray], np.ndarray]
# Nodes of the size of a column.
SIZES = 400


def even(rng: np.random.Generator, n: int) -> Draw:
    """Pairs of even dependence in one to six columns, beside columns of noise, turned or not."""
    many = int(rng.choice([1, 1, 1, 2, 2, 3, 4, 6]))
    kinds = (even_function, folded, quadratic)
    same = rng.random() < 0.6
    kind, shape = kinds[rng.choice(3, p=(0.6, 0.2, 0.2))], even_shape(rng)
    parts = []
    for _ in range(many):
        if not same:
            kind, shape = kinds[rng.choice(3, p=(0.6, 0.2, 0.2))], even_shape(rng)
        parts.append(even_function(rng, n, shape) if kind is even_function else kind(rng, n))
    x, y = (standard(np.hstack([part[side] for part in parts])) for side in (0, 1))
    if rng.random() < 0.55:
        x = noise_columns(rng, x)
        y = noise_columns(rng, y) if rng.random() < 0.5 else y
    return seen_turned(rng, Draw(x, y, float(sum(part[2] for part in parts))), 0.4)


def even_shape(rng: np.random.Generator) -> Even:
    """A random function of the size of a column."""
    a = rng.uniform(0.3, 2.0)
    knots, heights = np.linspace(0.0, 3.0, 6), rng.standard_normal(6)
    shapes: tuple[Even, ...] = (
        lambda v: v**2,
        np.abs,
        lambda v: v**4 / 4.0,
        lambda v: np.cos(2.0 * a * v),
        lambda v: np.log(np.abs(v) + 0.1 * a),
        lambda v: 1.0 / (0.2 * a + v**2),
        lambda v: np.maximum(np.abs(v) - 0.7 * a, 0.0),
        lambda v: np.sqrt(np.abs(v)),
        lambda v: (v**2 - a) ** 2 / 2.0,
        lambda v: np.interp(np.abs(v), knots, heights),
    )
    return shapes[rng.choice(len(shapes), p=(0.25, 0.2, 0.06, 0.12, 0.06, 0.05, 0.06, 0.05, 0.07, 0.08))]


def _symmetric(rng: np.random.Generator) -> Even:
    """Quantile function of a symmetric column: normal, uniform, Laplace."""
    quantiles: tuple[Even, ...] = (
        ndtri,
        lambda u: (u - 0.5) * 3.46,
        lambda u: np.sign(u - 0.5) * -np.log1p(-2.0 * np.abs(u - 0.5)) / 1.41,
    )
    return quantiles[rng.choice(3, p=(0.6, 0.25, 0.15))]


def _noise(rng: np.random.Generator, values: np.ndarray) -> float:
    return max(float(values.std()), 1e-6) * math.exp(rng.uniform(math.log(0.05), math.log(2.5)))


def even_function(rng: np.random.Generator, n: int, shape: Even | None = None) -> Block:
    """Y = f(|X|) + s e, e normal."""
    shape = even_shape(rng) if shape is None else shape
    quantile = _symmetric(rng)
    # The size alone matters, so all nodes lie on one half.
    edges = shape(quantile(np.linspace(0.5, 0.99995, SIZES + 1)))
    scale = _noise(rng, edges)
    x = quantile(rng.uniform(1e-9, 1.0 - 1e-9, n))
    y = shape(x) + scale * rng.standard_normal(n)
    information = noisy_information(edges[:-1], edges[1:], np.full(SIZES, scale))
    return x[:, None], y[:, None], information


def folded(rng: np.random.Generator, n: int) -> Block:
    """Two columns of fair signs whose sizes have a normal copula: I is that of the normal pair."""
    information = draw_information(rng)
    r = correlation_of(information)
    u = rng.standard_normal(n)
    v = r * u + math.sqrt(1.0 - r * r) * rng.standard_normal(n)
    sides = []
    for size in (u, v * rng.choice([-1.0, 1.0])):
        margin = rng.integers(3)
        # Increasing maps to the positive half: uniform, normal, log-normal sizes.
        size = (ndtr(size), ndtri(0.5 + 0.5 * np.clip(ndtr(size), 1e-15, 1.0 - 1e-15)), np.exp(0.5 * size))[margin]
        sides.append((size * rng.choice([-1.0, 1.0], size=n))[:, None])
    return sides[0], sides[1], information


def quadratic(rng: np.random.Generator, n: int) -> Block:
    """Y a form of second degree of two to four columns, in noise: a radius, a saddle, a product, any other."""
    d = int(rng.integers(2, 5))
    kind = rng.integers(3)
    weights = (np.ones(d), rng.choice([-1.0, 1.0], size=d), rng.standard_normal(d))[kind]
    axes = np.eye(d) if rng.random() < 0.5 else rotation(rng, d)
    uniform = rng.random() < 0.3
    rooted = kind == 0 and rng.random() < 0.5

    def draw(many: int) -> np.ndarray:
        return rng.uniform(-1.73, 1.73, (many, d)) if uniform else rng.standard_normal((many, d))

    def height(rows: np.ndarray) -> np.ndarray:
        form = ((rows @ axes) ** 2) @ weights
        return np.sqrt(form) if rooted else form

    edges = pieces(height(draw(SPREAD)))
    scale = _noise(rng, edges)
    x = draw(n)
    y = height(x) + scale * rng.standard_normal(n)
    return x, y[:, None], noisy_information(edges[:-1], edges[1:], np.full(NODES, scale))
