"""Few variates seen in many columns, exactly or in noise; noise that blurs the variates is part of the truth."""

from __future__ import annotations

import math

import numpy as np

from mitk.learned.prior.blocks import Block
from mitk.learned.prior.families import MONOTONE, Draw, blocks, clusters, normal_draw, seen_turned, standard
from mitk.learned.prior.low_rank import shapes
from mitk.learned.prior.mixing import turn
from mitk.learned.prior.spectra import diagonal, spectrum

# Columns of a side, at most.
COLUMNS = 64
# Places of a surface, and draws behind the truth of one in noise: a standard error of about 0.01 nats.
PLACES, DRAWS = 225, 4000
# Squared distance beyond which a normal density is as good as 0 in single precision.
FARTHEST = 80.0


def embedded(rng: np.random.Generator, n: int) -> Draw:
    """One to eight variates of each side in up to 64 columns: exactly, as factors in noise, or a surface in noise."""
    choice = rng.random()
    if choice < 0.3:
        draw = _exactly(rng, n)
    elif choice < 0.68:
        draw = factors(rng, n)
    else:
        draw = Draw(*noisy_surface(rng, n))
    return seen_turned(rng, draw, 0.25)


def _many(rng: np.random.Generator, least: int) -> int:
    return round(math.exp(rng.uniform(math.log(max(least, 2)), math.log(COLUMNS))))


def _exactly(rng: np.random.Generator, n: int) -> Draw:
    choice = rng.random()
    if choice < 0.6:
        dx, dy = (int(rng.integers(1, 7)) for _ in range(2))
        draw = normal_draw(rng, n, diagonal(spectrum(rng, min(dx, dy)), dx, dy))
    else:
        draw = (shapes if choice < 0.8 else blocks if choice < 0.9 else clusters)(rng, n)
    which = rng.integers(4)
    x, y = standard(draw.x), standard(draw.y)
    return Draw(lifted(rng, x) if which != 1 else x, lifted(rng, y) if which != 0 else y, draw.information)


def lifted(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """The side in more columns: random directions through it, each bent, or with a form of second degree added."""
    k = side.shape[1]
    d = _many(rng, min(2 * k + 1, COLUMNS))
    if d <= k:
        return side
    maps = rng.standard_normal((k, d)) * np.exp(rng.uniform(-2.0, 0.0, (k, 1)) * (rng.random() < 0.4))
    along = side @ (maps / np.sqrt((maps**2).sum(axis=0)))
    if rng.random() < 0.5:
        # Increasing maps of at least as many independent directions as variates: one to one.
        bends = rng.integers(6, size=d)
        return np.column_stack([MONOTONE[bend](along[:, j]) for j, bend in enumerate(bends)])
    curved = np.arcsinh(side) @ rng.standard_normal((k, d)) / math.sqrt(k)
    return along + math.exp(rng.uniform(-2.0, 1.0)) * (curved**2 - 1.0)


def factors(rng: np.random.Generator, n: int) -> Draw:
    """Normal variates loaded on many columns in noise of any size: the noise takes its part of the information."""
    k, m = (int(rng.integers(1, 9)) for _ in range(2))
    dx, dy = _many(rng, k), _many(rng, m)
    correlations = spectrum(rng, min(k, m))
    if rng.random() < 0.3:
        correlations = np.sqrt(-np.expm1(-2.0 * rng.uniform(0.5, 4.0, len(correlations))))
    law = loaded(rng, diagonal(correlations, k, m), dx, dy)
    draw = normal_draw(rng, n, law)
    x, y = draw.x, draw.y
    if rng.random() < 0.3:
        # What ranks undo, unless the columns are mixed afterwards.
        bend = MONOTONE[rng.integers(len(MONOTONE))]
        x, y = turn(rng, bend(x)), turn(rng, bend(y))
    return Draw(x, y, draw.information)


def loaded(
    rng: np.random.Generator, latent: tuple[np.ndarray, np.ndarray, np.ndarray], dx: int, dy: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariances (within, within, cross), of unit variances, of A z + s e, the law of z being `latent`."""
    maps, within = [], []
    for d, own in ((dx, latent[0]), (dy, latent[1])):
        k = len(own)
        load = rng.standard_normal((k, d)) * np.exp(rng.uniform(-1.5, 0.0, (k, 1)) * (rng.random() < 0.5))
        if rng.random() < 0.3:
            # Many columns show nothing.
            load *= rng.random(d) < rng.uniform(0.1, 0.8)
            load[0, 0] = 1.0
        noise = np.full(d, math.exp(rng.uniform(math.log(0.05), math.log(4.0))))
        if rng.random() < 0.3:
            noise *= np.exp(rng.uniform(-1.0, 1.0, d))
        maps.append(load)
        within.append(load.T @ own @ load + np.diag(noise**2))
    scale_x, scale_y = (1.0 / np.sqrt(np.diag(one)) for one in within)
    return (
        within[0] * np.outer(scale_x, scale_x),
        within[1] * np.outer(scale_y, scale_y),
        (maps[0].T @ latent[2] @ maps[1]) * np.outer(scale_x, scale_y),
    )


def noisy_surface(rng: np.random.Generator, n: int) -> Block:
    """A curve or a surface in many columns, in normal noise: the places of x and of y on theirs depend on each other.

    Places are finitely many, so both sides are mixtures of normals, and the truth is the mean of their log ratio.
    """
    k = 1 if rng.random() < 0.6 else 2
    per = PLACES if k == 1 else math.isqrt(PLACES)
    place = np.stack(np.meshgrid(*[(np.arange(per) + 0.5) / per] * k, indexing="ij"), axis=-1).reshape(-1, k)
    blur = 0.0 if rng.random() < 0.4 else math.exp(rng.uniform(math.log(0.02), math.log(0.5)))
    if blur:
        gaps = ((place[:, None, :] - place) ** 2).sum(axis=-1)
        table = np.exp(-0.5 * gaps / blur**2)
    else:
        table = np.eye(len(place))
    table /= table.sum()
    centres = [_surface(rng, place, 1 if rng.random() < 0.2 else _many(rng, k + 1)) for _ in range(2)]
    noises = [_noise_of(rng, at) for at in centres]
    rows = np.concatenate([stratified(rng, table.ravel(), DRAWS), rng.choice(table.size, n, p=table.ravel())])
    which = np.unravel_index(rows, table.shape)
    sides = [
        at[own] + noise * rng.standard_normal((len(rows), at.shape[1]))
        for at, own, noise in zip(centres, which, noises, strict=True)
    ]
    near = [nearness(side[:DRAWS], at, noise) for side, at, noise in zip(sides, centres, noises, strict=True)]
    information = ratio_mean(near[0], near[1], table)
    return sides[0][DRAWS:], sides[1][DRAWS:], information


def stratified(rng: np.random.Generator, mass: np.ndarray, many: int) -> np.ndarray:
    """Indices drawn as often as their mass says, to less than one."""
    levels = (np.arange(many) + rng.random(many)) / many
    found: np.ndarray = np.minimum(np.searchsorted(np.cumsum(mass), levels), len(mass) - 1)
    return found


def nearness(rows: np.ndarray, centres: np.ndarray, noise: float) -> np.ndarray:
    """Normal densities of rows (r, d) around centres (m, d), each row's up to a factor of its own; (r, m)."""
    middle = centres.mean(axis=0)
    a, b = ((rows - middle) / noise).astype(np.float32), ((centres - middle) / noise).astype(np.float32)
    squares = (b**2).sum(axis=1) - 2.0 * (a @ b.T)
    squares -= squares.min(axis=1, keepdims=True)
    # What is smaller is nothing, and slow to multiply.
    found: np.ndarray = np.exp(-0.5 * np.minimum(squares, FARTHEST))
    return found


def ratio_mean(near_x: np.ndarray, near_y: np.ndarray, table: np.ndarray) -> float:
    """Mean over rows of ln p(x, y) / p(x) p(y) where components have those densities and the table's masses."""
    small = np.where(table > 1e-12, table, 0.0).astype(np.float32)
    joint = np.einsum("ij,ij->i", near_x @ small, near_y)
    apart = (near_x @ small.sum(axis=1)) * (near_y @ small.sum(axis=0))
    return max(float(np.mean(np.log(joint.astype(np.float64)) - np.log(apart.astype(np.float64)))), 0.0)


def _surface(rng: np.random.Generator, place: np.ndarray, d: int) -> np.ndarray:
    """Centres (m, d) over places (m, k): a few waves a column, and a slope; of unit variance."""
    k = place.shape[1]
    several = int(rng.integers(1, 4))
    total = place @ rng.standard_normal((k, d)) * rng.uniform(0.0, 3.0)
    for _ in range(several):
        speed = rng.standard_normal((k, d)) * rng.uniform(1.0, 6.0)
        total = total + np.sin(place @ speed + rng.uniform(0.0, 2.0 * math.pi, d))
    total = total - total.mean(axis=0)
    found: np.ndarray = total / max(float(np.sqrt((total**2).mean())), 1e-9)
    return found


def _noise_of(rng: np.random.Generator, centres: np.ndarray) -> float:
    """Noise of a column, from a little more than the gaps between places up to more than the whole surface."""
    gaps = np.sqrt(((centres[1:] - centres[:-1]) ** 2).sum(axis=1))
    least = max(0.7 * float(np.median(gaps)), 0.05)
    return float(math.exp(rng.uniform(math.log(least), math.log(max(2.5, 2.0 * least)))))
