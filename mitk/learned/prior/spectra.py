"""Normal laws of every spectrum of canonical correlations, turned; and near-collinear ones of many nats."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mitk.learned.prior.families import MONOTONE, Draw, dimension, normal_draw, seen_turned, standard
from mitk.learned.prior.low_rank import steep
from mitk.learned.prior.mixing import noise_columns

# Increasing maps that leave a column near normal.
MILD = (np.asarray, np.asarray, MONOTONE[1], MONOTONE[3], MONOTONE[4])
# Nats that one pair of a near-collinear law takes at least and at most: correlations of 0.99 and 0.99999.
LEAST, MOST = 1.96, 5.41


def spectrum(rng: np.random.Generator, k: int) -> np.ndarray:
    """Canonical correlations (k,) of one of the shapes that spectra have, largest first."""
    kind = rng.choice(7, p=(0.24, 0.18, 0.14, 0.16, 0.10, 0.10, 0.08))
    top = rng.choice([0.95, 0.95, 0.5, 0.8, 0.99])
    place = np.arange(k)
    if kind == 0:
        found = rng.uniform(0.0, top, k)
    elif kind == 1:
        found = np.full(k, rng.uniform(0.0, top))
    elif kind == 2:
        found = np.where(place == 0, rng.uniform(0.3, 0.99), rng.uniform(0.0, 0.2, k))
    elif kind == 3:
        found = top * rng.uniform(0.3, 0.97) ** place
    elif kind == 4:
        found = top / (1.0 + place) ** rng.uniform(0.3, 2.0)
    elif kind == 5:
        found = np.where(place < rng.integers(0, k + 1), rng.uniform(0.0, top), rng.uniform(0.0, 0.3))
    else:
        found = np.sqrt(rng.beta(rng.uniform(0.5, 4.0), rng.uniform(0.5, 6.0), k)).clip(max=0.999)
    return -np.sort(-found)


def diagonal(correlations: np.ndarray, dx: int, dy: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The law (within, within, cross) of those canonical correlations in dx and dy columns."""
    k = len(correlations)
    cross = np.zeros((dx, dy))
    cross[np.arange(k), np.arange(k)] = correlations
    return np.eye(dx), np.eye(dy), cross


def rotated(rng: np.random.Generator, n: int) -> Draw:
    """Turned normal laws of any spectrum, 1 to 64 columns, at times from margins that are not quite normal."""
    dx = dimension(rng)
    dy = dx if rng.random() < 0.5 else dimension(rng)
    k = min(dx, dy)
    correlations = spectrum(rng, k)
    if rng.random() < 0.3:
        # Some of the pairs are noise.
        correlations[rng.integers(0, k + 1) :] = 0.0
    maps = [_mild(rng) if rng.random() < 0.3 else np.asarray for _ in range(2)]
    draw = normal_draw(rng, n, diagonal(correlations, dx, dy), None, *maps)
    return seen_turned(rng, draw, 0.85)


def strong(rng: np.random.Generator, n: int) -> Draw:
    """Three to thirty nats: canonical correlations of 0.99 to 0.99999, or a little uniform noise, in many columns."""
    dx = dimension(rng)
    dy = dx if rng.random() < 0.6 else dimension(rng)
    k = min(dx, dy)
    total = math.exp(rng.uniform(math.log(3.0), math.log(30.0)))
    if k > 1 and rng.random() < 0.2:
        draw = _slightly_blurred(rng, n, k, total)
    else:
        # A few pairs that nearly coincide, too.
        top = MOST if rng.random() < 0.8 else 2.0 * MOST
        least, most = math.ceil(total / top), min(k, max(1, int(total / LEAST)))
        many = int(rng.integers(min(least, most), most + 1))
        information = np.minimum(total / many * rng.uniform(0.6, 1.4, many), top)
        # Pairs beside them that are anything: most spectra fall off.
        rest = spectrum(rng, k - many) if k > many and rng.random() < 0.5 else np.zeros(k - many)
        correlations = np.concatenate([np.sqrt(-np.expm1(-2.0 * information)), rest])
        maps = [_mild(rng) if rng.random() < 0.25 else np.asarray for _ in range(2)]
        draw = normal_draw(rng, n, diagonal(correlations, dx, dy), None, *maps)
    x, y = draw.x, draw.y
    if rng.random() < 0.15:
        x, y = noise_columns(rng, standard(x)), noise_columns(rng, standard(y))
    if rng.random() < 0.2:
        x, y = steep(rng, x), steep(rng, y)
    return seen_turned(rng, Draw(x, y, draw.information), 0.6)


def _slightly_blurred(rng: np.random.Generator, n: int, k: int, total: float) -> Draw:
    """Y = X + a little uniform noise in up to k columns of uniform X: w - ln 2 w nats a column, w the width."""
    many = min(k, max(1, round(total / rng.uniform(1.5, 5.0))))
    aim = np.minimum(total / many * rng.uniform(0.7, 1.3, many), 8.0)
    width = 0.5 * np.exp(-aim)
    # Two steps of Newton's method for w - ln 2 w = aim, from ln 2 w = -aim.
    for _ in range(2):
        width -= (width - np.log(2.0 * width) - aim) / (1.0 - 1.0 / width)
    width = np.minimum(width, 0.5)
    x = rng.uniform(size=(n, many))
    y = x + rng.uniform(-1.0, 1.0, (n, many)) * width
    return Draw(x, y, float((width - np.log(2.0 * width)).sum()))


def _mild(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    return MILD[rng.integers(len(MILD))]
