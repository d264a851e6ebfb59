"""Sides of many columns with few degrees of freedom: nearly collinear columns, surfaces, images."""

from __future__ import annotations

import math

import numpy as np

Law = tuple[np.ndarray, np.ndarray, np.ndarray]


def collinear_correlation(rng: np.random.Generator, latent: Law, dx: int, dy: int) -> Law:
    """Loadings of few latent columns on many, and a little noise of each column; of unit variances.

    The latent law is (within, within, cross) of k and l columns; columns become copies of one latent column each, or
    mixtures of all.
    """
    within_x, within_y, cross = latent
    maps = []
    for d, k in ((dx, len(within_x)), (dy, len(within_y))):
        load = np.zeros((k, d))
        if rng.random() < 0.35:
            load[rng.integers(k, size=d), np.arange(d)] = rng.choice([-1.0, 1.0], size=d)
        else:
            load = rng.standard_normal((k, d)) * np.exp(rng.uniform(-3.0, 0.0, (k, 1)) * (rng.random() < 0.5))
        maps.append(load)
    noise = [math.exp(rng.uniform(math.log(3e-4), math.log(0.7))) for _ in maps]
    within = [
        load.T @ own @ load + (scale**2) * np.diag(np.maximum((load**2).sum(axis=0), 1e-2))
        for load, own, scale in zip(maps, (within_x, within_y), noise, strict=True)
    ]
    across = maps[0].T @ cross @ maps[1]
    scales = [1.0 / np.sqrt(np.diag(one)) for one in within]
    return (
        within[0] * np.outer(scales[0], scales[0]),
        within[1] * np.outer(scales[1], scales[1]),
        across * np.outer(scales[0], scales[1]),
    )


def embedded(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """A side of one to four columns laid on a smooth surface of many, or drawn as an image; one to one."""
    k = side.shape[1]
    if k <= 4 and rng.random() < 0.5:
        return image(rng, side)
    d = int(rng.integers(2 * k + 1, 41))
    directions = rng.standard_normal((k, d)) * np.exp(rng.uniform(-0.7, 0.7, d))
    phase = rng.uniform(0.0, 2.0 * math.pi, d)
    along = side @ directions
    kind = rng.integers(3)
    if kind == 0:
        waved = np.sin(along + phase)
    elif kind == 1:
        waved = np.tanh(along + phase - math.pi)
    else:
        waved = np.exp(-0.5 * (along + phase - math.pi) ** 2)
    # Linear terms keep it one to one where the waves repeat themselves.
    columns: np.ndarray = waved + 0.2 * rng.random() * (side @ rng.standard_normal((k, d)))
    return columns


def image(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """Pixels of spots, bars or edges whose places the columns tell; shape (n, at most 144)."""
    from scipy.special import ndtr

    size = int(rng.integers(6, 13))
    grid = (np.arange(size) + 0.5) / size
    n, k = side.shape
    place = 0.1 + 0.8 * ndtr(side)
    width = rng.uniform(0.08, 0.3)
    pixels = np.zeros((n, size, size))
    if k == 1 or rng.random() < 0.3:
        # Edges along both axes, one for each column.
        for i in range(k):
            front = ndtr((grid - place[:, i, None]) / width)
            pixels += front[:, :, None] if i % 2 else front[:, None, :] * (1.0 + i)
            if i >= 2:
                pixels += np.sqrt(front[:, :, None] * front[:, None, :])
        return pixels.reshape(n, -1)
    for first in range(0, k - 1, 2):
        rows = np.exp(-0.5 * ((grid - place[:, first, None]) / width) ** 2)
        columns = np.exp(-0.5 * ((grid - place[:, first + 1, None]) / (width * rng.uniform(0.5, 2.0))) ** 2)
        # A second spot is of another size and height, or it could be taken for the first.
        pixels += (1.0 + first) * rows[:, :, None] ** (1.0 + first) * columns[:, None, :]
    if k % 2:
        pixels += ndtr((grid - place[:, -1, None]) / width)[:, None, :]
    return pixels.reshape(n, -1)
