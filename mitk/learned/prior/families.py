"""Families of the prior: whole joint laws of (x, y) with their information in nats.

The first are those of the MIST paper (arXiv:2511.18945), with their hyper-priors; the others widen them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mitk.learned.prior.blocks import SCALAR_BLOCKS, mixture, student_excess
from mitk.learned.prior.mixing import bend, curve, noise_columns, turn
from mitk.learned.prior.shapes import shape


class Draw(NamedTuple):
    """Rows of one law: `x` (n, dx), `y` (n, dy), and the information between them in nats."""

    x: np.ndarray
    y: np.ndarray
    information: float


Family = Callable[[np.random.Generator, int], Draw]


# Increasing maps of coordinates; ranks undo them, so they matter only before a mixing.
def half_cube(v: np.ndarray) -> np.ndarray:
    """Signed power of 3/2: x sqrt(abs(x))."""
    return v * np.sqrt(np.abs(v))


def wiggle(v: np.ndarray) -> np.ndarray:
    """An increasing map with three small sines."""
    return v + 0.4 * np.sin(v) + 0.2 * np.sin(1.7 * v + 1.0) + 0.03 * np.sin(3.3 * v - 2.5)


MONOTONE: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    np.asarray,
    np.arcsinh,
    half_cube,
    wiggle,
    lambda v: np.tanh(v / 2.0),
    lambda v: v**3,
    lambda v: np.exp(np.clip(v, -30.0, 12.0)),
)


def dense_correlation(rng: np.random.Generator, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same correlation between all coordinates of both sides."""
    c = rng.uniform(0.0, 0.5)
    within = (1.0 - c) * np.eye(d) + c
    return within, within.copy(), np.full((d, d), c)


def sparse_correlation(
    rng: np.random.Generator, d: int, pairs: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (X_i, Y_i) of correlation s^2 / (1 + s^2), the rest independent."""
    k = int(rng.integers(1, d + 1)) if pairs is None else min(pairs, d)
    s = rng.uniform(0.1, 5.0)
    cross = np.zeros((d, d))
    cross[np.arange(k), np.arange(k)] = s * s / (1.0 + s * s)
    return np.eye(d), np.eye(d), cross


def latent_correlation(rng: np.random.Generator, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latent-variable model: alpha to all, beta to a side, lambda to k pairs, eta to each other column."""
    k = int(rng.integers(1, d + 1))
    alpha, strength = rng.uniform(0.0, 1.0), rng.uniform(0.1, 3.0)
    beta, eta = rng.uniform(0.0, 1.5), rng.uniform(0.1, 5.0)
    paired = np.zeros(d)
    paired[:k] = strength
    alone = np.zeros(d)
    alone[k:] = eta
    within = np.eye(d) + alpha**2 + beta**2 + np.diag(paired**2 + alone**2)
    cross = np.full((d, d), alpha**2) + np.diag(paired**2)
    scale = 1.0 / np.sqrt(np.diag(within))
    return within * np.outer(scale, scale), within * np.outer(scale, scale), cross * np.outer(scale, scale)


def canonical_correlation(rng: np.random.Generator, dx: int, dy: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canonical correlations at random on some of the pairs."""
    k = min(dx, dy)
    cross = np.zeros((dx, dy))
    active = int(rng.integers(0, k + 1)) if rng.random() < 0.6 else min(k, int(rng.integers(0, 4)))
    total = math.exp(rng.uniform(math.log(0.02), math.log(12.0)))
    if active:
        shares = rng.dirichlet(np.full(active, rng.choice([0.5, 2.0, 20.0])))
        cross[np.arange(active), np.arange(active)] = np.sqrt(-np.expm1(-2.0 * total * shares))
    return np.eye(dx), np.eye(dy), cross


def normal_draw(
    rng: np.random.Generator,
    n: int,
    law: tuple[np.ndarray, np.ndarray, np.ndarray],
    freedom: float | None = None,
    map_x: Callable = np.asarray,
    map_y: Callable = np.asarray,
) -> Draw:
    """Rows of a normal or Student law of unit variances seen through increasing maps of its coordinates."""
    within_x, within_y, cross = law
    dx, dy = cross.shape
    root_x, root_y = np.linalg.cholesky(within_x), np.linalg.cholesky(within_y)
    white = np.linalg.solve(root_y, np.linalg.solve(root_x, cross).T).T
    rest = np.eye(dy) - white.T @ white
    information = max(-0.5 * float(np.linalg.slogdet(rest)[1]), 0.0)
    u = rng.standard_normal((n, dx))
    v = u @ white + rng.standard_normal((n, dy)) @ np.linalg.cholesky(rest + 1e-13 * np.eye(dy)).T
    x, y = u @ root_x.T, v @ root_y.T
    if freedom is not None:
        scale = 1.0 / np.sqrt(rng.chisquare(freedom, (n, 1)) / freedom)
        x, y = x * scale, y * scale
        information += student_excess(freedom, dx, dy)
    return Draw(map_x(x), map_y(y), information)


def mist(rng: np.random.Generator, n: int) -> Draw:
    """One of the laws of the MIST paper; its increasing maps are undone by ranks and left out."""
    d = int(rng.integers(2, 33))
    kind = rng.choice(8, p=(0.13, 0.15, 0.15, 0.06, 0.13, 0.22, 0.06, 0.10))
    if kind == 7:
        width = rng.uniform(0.1, 2.0, d)
        x = rng.uniform(size=(n, d))
        information = np.where(width > 0.5, 0.25 / width, width - np.log(2.0 * width)).sum()
        return Draw(x, x + rng.uniform(-1.0, 1.0, (n, d)) * width, float(information))
    structure = (
        dense_correlation,
        sparse_correlation,
        latent_correlation,
        None,
        dense_correlation,
        sparse_correlation,
        None,
    )[kind]
    law = sparse_correlation(rng, d, 2) if structure is None else structure(rng, d)
    return normal_draw(rng, n, law, rng.uniform(1.0, 10.0) if kind >= 4 else None)


def dimension(rng: np.random.Generator) -> int:
    """A dimension from 1 to 32, rarely to 64."""
    if rng.random() < 0.06:
        return int(rng.integers(33, 65))
    return round(math.exp(rng.uniform(math.log(0.6), math.log(32.4)))) or 1


def elliptical(rng: np.random.Generator, n: int) -> Draw:
    """Normal or Student laws, sides of different dimension, through increasing maps, rotations and mixings."""
    dx = dimension(rng)
    dy = dx if rng.random() < 0.4 else dimension(rng)
    freedom = math.exp(rng.uniform(0.0, math.log(15.0))) if rng.random() < 0.5 else None
    if dx == dy and rng.random() < 0.25:
        structure = (dense_correlation, sparse_correlation, latent_correlation)[rng.integers(3)]
        law = structure(rng, dx)
    else:
        law = canonical_correlation(rng, dx, dy)
        if freedom is not None and rng.random() < 0.3:
            law = (law[0], law[1], np.zeros((dx, dy)))
    # A monotone map first makes the margins of what is then mixed anything but normal.
    maps = [MONOTONE[rng.integers(len(MONOTONE))] if rng.random() < 0.3 else np.asarray for _ in range(2)]
    draw = normal_draw(rng, n, law, freedom, *maps)
    return seen_turned(rng, draw, 0.75)


def blocks(rng: np.random.Generator, n: int) -> Draw:
    """Independent scalar blocks side by side, with columns of noise, mixed or not."""
    weights = np.array([weight for weight, _ in SCALAR_BLOCKS])
    weights /= weights.sum()
    many = int(rng.choice([1, 1, 1, 2, 2, 3, 4, 6, 10, 16]))
    same = rng.random() < 0.5
    first = rng.choice(len(weights), p=weights)
    parts = []
    for _ in range(many):
        choice = first if same else rng.choice(len(weights), p=weights)
        parts.append(SCALAR_BLOCKS[choice][1](rng, n))
    x = np.hstack([part[0] for part in parts])
    y = np.hstack([part[1] for part in parts])
    draw = Draw(standard(x), standard(y), float(sum(part[2] for part in parts)))
    if rng.random() < 0.4:
        draw = Draw(noise_columns(rng, draw.x), noise_columns(rng, draw.y), draw.information)
    return seen_turned(rng, draw, 0.5)


def clusters(rng: np.random.Generator, n: int) -> Draw:
    """Normal mixtures of one to eight dimensions a side."""
    dx = int(rng.choice([1, 1, 2, 2, 3, 4, 4, 6, 8]))
    dy = dx if rng.random() < 0.4 else int(rng.choice([1, 1, 2, 2, 3, 4, 8]))
    x, y, information = mixture(rng, n, dx, dy)
    draw = Draw(standard(x), standard(y), information)
    if rng.random() < 0.3:
        draw = Draw(noise_columns(rng, draw.x), noise_columns(rng, draw.y), information)
    return seen_turned(rng, draw, 0.3)


def bent(rng: np.random.Generator, n: int) -> Draw:
    """Normal pairs or blocks among noise, seen through smooth invertible bends of one side or both."""
    dx = int(rng.integers(2, 8)) if rng.random() < 0.7 else int(rng.integers(8, 33))
    dy = dx if rng.random() < 0.7 else int(rng.integers(1, 8))
    if rng.random() < 0.7:
        active = min(dx, dy, int(rng.integers(1, 5)))
        cross = np.zeros((dx, dy))
        cross[np.arange(active), np.arange(active)] = np.sqrt(
            -np.expm1(-2.0 * np.minimum(rng.exponential(0.6, active), 4.0))
        )
        margin = rng.choice(3)
        maps = (np.asarray, np.asarray) if margin else (_normal_cdf, _normal_cdf)
        draw = normal_draw(rng, n, (np.eye(dx), np.eye(dy), cross), None, *maps)
    else:
        choice = rng.random()
        if choice < 0.3:
            draw = blocks(rng, n)
        elif choice < 0.5:
            draw = clusters(rng, n)
        else:
            draw = Draw(*shape(rng, n))
            if rng.random() < 0.5:
                draw = Draw(noise_columns(rng, draw.x), noise_columns(rng, draw.y), draw.information)
    x, y = standard(draw.x), standard(draw.y)
    both = rng.random() < 0.6
    x = bend(rng, x)
    if both:
        y = bend(rng, y)
    return Draw(x, y, draw.information)


def seen_turned(rng: np.random.Generator, draw: Draw, turned: float) -> Draw:
    """The sides as they may reach the reader: turned, mixed, laid along a curve; at times exchanged."""
    x, y = draw.x, draw.y
    if rng.random() < turned:
        x, y = turn(rng, x), turn(rng, y)
    elif x.shape[1] == 1 and rng.random() < 0.1:
        x = curve(rng, standard(x))
    if rng.random() < 0.5:
        x, y = y, x
    return Draw(x, y, draw.information)


def standard(values: np.ndarray) -> np.ndarray:
    """Columns of median 0 and unit interquartile range times 1.35; heavy tails cannot blow this up."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    return (values - middle) / np.maximum((high - low) / 1.35, 1e-9)


def _normal_cdf(v: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(v)
