"""Planar and low-dimensional shapes of known information: random functions, curves, strokes, lattices of clusters."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from mitk.learned.prior.blocks import CENTRES, Block, cloud_information, normal_density

Function = Callable[[np.ndarray], np.ndarray]
# Nodes of a function and of the quadrature over its values.
NODES, VALUES = 256, 360
# Draws behind the nodes of a function of several columns.
SPREAD = 4096
# Draws behind the truth of a code: a standard error of 0.01 to 0.02 nats.
CODES = 3000


def shape(rng: np.random.Generator, n: int) -> Block:
    """One of the shapes below."""
    kinds = (function_of_one, function_of_several, random_curve, strokes, lattice, codes)
    return kinds[rng.choice(len(kinds), p=(0.33, 0.14, 0.20, 0.13, 0.08, 0.12))](rng, n)


def smooth_function(rng: np.random.Generator, fastest: float = 8.0) -> Function:
    """A random function of a column: a few sines, a polyline, or steps; vectorised."""
    kind = rng.choice(4, p=(0.45, 0.2, 0.25, 0.1))
    if kind == 0:
        many = int(rng.integers(1, 5))
        speed = np.exp(rng.uniform(math.log(0.4), math.log(fastest), many))
        size = rng.standard_normal(many) * speed ** -rng.uniform(0.0, 1.0)
        phase = rng.uniform(0.0, 2.0 * math.pi, many)
        slope = rng.standard_normal() * (rng.random() < 0.5)
        return lambda v: (size * np.sin(speed * v[..., None] + phase)).sum(axis=-1) + slope * v
    if kind == 1:
        powers = rng.standard_normal(4) * (0.2, 1.0, 0.5, 0.2) * (rng.random(4) < 0.7)
        powers[1] += rng.choice([-1.0, 1.0]) * (not powers.any())
        return lambda v: powers[0] * v + powers[1] * v**2 + powers[2] * v**3 / 3.0 + powers[3] * np.abs(v)
    knots = np.sort(rng.uniform(-2.5, 2.5, int(rng.integers(3, 10))))
    heights = rng.standard_normal(len(knots))
    if kind == 2:
        return lambda v: np.interp(v, knots, heights)
    return lambda v: heights[np.minimum(np.searchsorted(knots, v), len(knots) - 1)]


def _margin(rng: np.random.Generator) -> Function:
    """Quantile function of a column of about unit variance."""
    kind = rng.choice(4, p=(0.4, 0.35, 0.15, 0.1))
    if kind == 0:
        return ndtri
    if kind == 1:
        return lambda u: (u - 0.5) * 3.46
    if kind == 2:
        return lambda u: np.sign(u - 0.5) * -np.log1p(-2.0 * np.abs(u - 0.5)) / 1.41
    gap = rng.uniform(0.2, 1.5)
    # Two humps.
    return lambda u: np.where(u < 0.5, -1.0, 1.0) * gap + 0.5 * ndtri(np.clip((2.0 * u) % 1.0, 1e-9, 1.0 - 1e-9))


def _noise_scale(rng: np.random.Generator, values: np.ndarray) -> float:
    least = 0.04 * max(float(values.std()), 1e-6)
    return float(least * math.exp(math.log(40.0) * rng.random() ** 1.5))


def function_of_one(rng: np.random.Generator, n: int) -> Block:
    """Y = f(X) + s(X) e: f and the law of X at random, e normal, s constant or growing."""
    f, quantile = smooth_function(rng), _margin(rng)
    edges = f(quantile(np.linspace(0.0005, 0.9995, NODES + 1)))
    scale = _noise_scale(rng, edges)
    growth = rng.uniform(0.3, 2.0) if rng.random() < 0.25 else 0.0
    x = quantile(rng.uniform(1e-9, 1.0 - 1e-9, n))
    y = f(x) + scale * (1.0 + growth * np.abs(x)) * rng.standard_normal(n)
    middles = quantile((np.arange(NODES) + 0.5) / NODES)
    information = noisy_information(edges[:-1], edges[1:], scale * (1.0 + growth * np.abs(middles)))
    return x[:, None], y[:, None], information


def function_of_several(rng: np.random.Generator, n: int) -> Block:
    """Y = f(X) + s e with X of two to four columns: ripples, ridges, saddles, radii."""
    d = int(rng.integers(2, 5))
    height = surface(rng, d)
    uniform = rng.random() < 0.4

    def draw(many: int) -> np.ndarray:
        return rng.uniform(-1.73, 1.73, (many, d)) if uniform else rng.standard_normal((many, d))

    edges = pieces(height(draw(SPREAD)))
    scale = _noise_scale(rng, edges)
    x = draw(n)
    y = height(x) + scale * rng.standard_normal(n)
    return x, y[:, None], noisy_information(edges[:-1], edges[1:], np.full(NODES, scale))


def surface(rng: np.random.Generator, d: int) -> Function:
    """A random function of rows of d columns."""
    f = smooth_function(rng, 4.0)
    kind = rng.integers(4)
    directions = rng.standard_normal((d, 3)) / math.sqrt(d)

    def height(rows: np.ndarray) -> np.ndarray:
        first, second, third = (rows @ directions).T
        if kind == 0:
            return f(1.3 * np.linalg.norm(rows * (1.0 + np.abs(directions[:, 0])), axis=1) - 1.0)
        if kind == 1:
            return f(first) + f(second + 1.0)
        if kind == 2:
            return first * second + 0.3 * f(third)
        return f(first) * np.tanh(2.0 * second)

    return height


def pieces(values: np.ndarray) -> np.ndarray:
    """Edges (NODES + 1,) of equally likely pieces of the law of the values."""
    edges: np.ndarray = np.quantile(values, np.linspace(0.001, 0.999, NODES + 1))
    return edges


def noisy_information(low: np.ndarray, high: np.ndarray, spread: np.ndarray) -> float:
    """I of a label and Y, nats: Y given X is normal of that spread around a value of its piece, pieces equally likely.

    The mean is uniform between `low` and `high` of a piece, so f is a polyline; I = h(Y) - E ln s - h(e).
    """
    # A piece and its noise together, as the normal of the same variance: pieces side by side leave no gap.
    wide = np.sqrt(spread**2 + (high - low) ** 2 / 12.0)
    mean = (low + high) / 2.0
    near = np.quantile(
        np.concatenate([mean + t * spread for t in (-2.5, -1.0, 0.0, 1.0, 2.5)]), np.linspace(0.0, 1.0, VALUES // 2)
    )
    edges = np.linspace((mean - 6.0 * wide).min(), (mean + 6.0 * wide).max(), VALUES)
    edges = np.unique(np.concatenate([edges, near]))
    middle, step = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges)
    density = normal_density(middle, mean, wide).mean(axis=1, dtype=np.float64)
    weight = density * step
    entropy = math.log(weight.sum()) - float(np.sum(weight * np.log(np.maximum(density, 1e-300)))) / float(weight.sum())
    noise = float(np.mean(np.log(spread))) + 0.5 * math.log(2.0 * math.pi * math.e)
    return max(entropy - noise, 0.0)


def random_curve(rng: np.random.Generator, n: int) -> Block:
    """Rows along a random closed or open curve of a few harmonics, with normal noise."""
    many = int(rng.integers(1, 4))
    size = rng.standard_normal((2, 2, many)) / np.arange(1.0, many + 1.0) ** rng.uniform(0.3, 1.5)
    span = 2.0 * math.pi if rng.random() < 0.7 else rng.uniform(0.3, 0.9) * 2.0 * math.pi

    def at(u: np.ndarray) -> np.ndarray:
        angle = span * u[:, None] * np.arange(1, many + 1)
        return np.stack([np.cos(angle) @ size[i, 0] + np.sin(angle) @ size[i, 1] for i in (0, 1)], axis=1)

    centres = at((np.arange(CENTRES) + 0.5) / CENTRES)
    scale = np.maximum(centres.std(axis=0), 1e-3)
    return _cloud(rng, centres / scale, at(rng.uniform(size=n)) / scale)


def strokes(rng: np.random.Generator, n: int) -> Block:
    """Rows along a few straight strokes, crossing or joined, with normal noise."""
    many = int(rng.integers(1, 6))
    starts, ends = rng.uniform(-1.8, 1.8, (2, many, 2))
    if rng.random() < 0.4:
        starts[1:] = ends[:-1]
    if rng.random() < 0.3:
        ends[:, rng.integers(2)] = starts[:, rng.integers(2)]
    shares = np.sqrt(((ends - starts) ** 2).sum(axis=1)) + 0.05
    shares /= shares.sum()

    def at(u: np.ndarray) -> np.ndarray:
        edges = np.concatenate([[0.0], np.cumsum(shares)])
        which = np.clip(np.searchsorted(edges, u, side="right") - 1, 0, many - 1)
        along = ((u - edges[which]) / shares[which])[:, None]
        return starts[which] + along * (ends - starts)[which]

    return _cloud(rng, at((np.arange(CENTRES) + 0.5) / CENTRES), at(rng.uniform(size=n)))


def lattice(rng: np.random.Generator, n: int) -> Block:
    """Clusters on some of the places of a lattice: codes, boards, random tables."""
    a, b = int(rng.integers(2, 13)), int(rng.integers(2, 9))
    if rng.random() < 0.5:
        table: np.ndarray = np.zeros((a, b))
        table[np.arange(a), rng.integers(b, size=a)] = 1.0
    else:
        table = (rng.random((a, b)) < rng.uniform(0.2, 0.7)) * 1.0
        table[rng.integers(a), rng.integers(b)] = 1.0
    if rng.random() < 0.4:
        table *= rng.dirichlet(np.full(table.size, 2.0)).reshape(table.shape)
    places = np.argwhere(table > 0.0)
    weight = table[table > 0.0] / table.sum()
    centres: np.ndarray = (places + 0.5) / (a, b) * 3.4 - 1.7
    rows = centres[rng.choice(len(centres), size=n, p=weight)]
    # Up to the whole of a place, or the lattice cannot be seen.
    return _cloud(rng, centres, rows, weight, 3.4 / np.array([a, b]) * math.exp(rng.uniform(math.log(0.1), 0.0)))


def codes(rng: np.random.Generator, n: int) -> Block:
    """Clusters of one shape: where a row lies in one to three columns tells, more or less, one of few levels of Y."""
    d, many = int(rng.integers(1, 4)), int(rng.integers(3, 17))
    if rng.random() < 0.5:
        at_x: np.ndarray = rng.standard_normal((many, d)) * rng.uniform(1.0, 4.0)
    else:
        side = math.ceil(many ** (1.0 / d))
        at_x = np.stack(np.unravel_index(rng.permutation(side**d)[:many], (side,) * d), axis=1) * rng.uniform(0.8, 2.5)
    at_y = rng.integers(int(rng.integers(2, 7)), size=(many, 1)) * rng.uniform(0.8, 3.0)
    if rng.random() < 0.3:
        at_y = rng.standard_normal((many, 1)) * 2.0
    # Round clusters or pancakes.
    spread = np.exp(rng.uniform(-2.0, 0.3, d) if rng.random() < 0.6 else np.full(d, rng.uniform(-2.0, 0.3)))
    blur = math.exp(rng.uniform(-2.0, 0.3))
    which = rng.integers(many, size=n + CODES)
    x = at_x[which] + spread * rng.standard_normal((n + CODES, d))
    y = at_y[which] + blur * rng.standard_normal((n + CODES, 1))
    squares_x = (((x[:CODES, None, :] - at_x) / spread) ** 2).sum(axis=-1)
    squares_y = (((y[:CODES, None, :] - at_y) / blur) ** 2).sum(axis=-1)
    logs = [np.log(np.exp(-0.5 * squares).mean(axis=1)) for squares in (squares_x + squares_y, squares_x, squares_y)]
    return x[CODES:], y[CODES:], max(float(np.mean(logs[0] - logs[1] - logs[2])), 0.0)


def _cloud(
    rng: np.random.Generator,
    centres: np.ndarray,
    rows: np.ndarray,
    weight: np.ndarray | None = None,
    noise: np.ndarray | None = None,
) -> Block:
    """Rows (n, 2) with normal noise of each coordinate, and the information of their law."""
    if weight is None:
        weight = np.full(len(centres), 1.0 / len(centres))
    if noise is None:
        least = max(0.04, 0.7 * float(np.median(np.sqrt((np.diff(centres, axis=0) ** 2).sum(axis=1)))))
        noise = least * np.exp(math.log(12.0) * rng.random() ** 1.5 + rng.uniform(-0.3, 0.3, 2))
        noise = np.maximum(noise, least)
    information = cloud_information(centres, weight, (float(noise[0]), float(noise[1])))
    rows = rows + noise * rng.standard_normal(rows.shape)
    return rows[:, :1], rows[:, 1:], information
