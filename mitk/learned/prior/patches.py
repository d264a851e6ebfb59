"""Small images of few degrees of freedom: gratings, stripes, ellipses, smooth templates; with and without noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from mitk.learned.prior.embeddings import loaded
from mitk.learned.prior.families import Draw, normal_draw, standard
from mitk.learned.prior.low_rank import shapes
from mitk.learned.prior.mixing import rotation
from mitk.learned.prior.spectra import diagonal, spectrum

# Pixels a side, at least and at most: 144 columns.
LEAST, MOST = 5, 12
Drawer = Callable[[np.random.Generator, np.ndarray, int], np.ndarray]


def patches(rng: np.random.Generator, n: int) -> Draw:
    """Images of one side or of both, drawn from one to four variates, or sums of templates in noise."""
    if rng.random() < 0.4:
        return templates(rng, n)
    if rng.random() < 0.75:
        dx, dy = (int(rng.integers(1, 5)) for _ in range(2))
        draw = normal_draw(rng, n, diagonal(spectrum(rng, min(dx, dy)), dx, dy))
    else:
        draw = shapes(rng, n)
    x, y = standard(draw.x), standard(draw.y)
    which = rng.integers(4)
    if which != 1 and x.shape[1] <= 4:
        x = pattern(rng, x)
    if which != 0 and y.shape[1] <= 4:
        y = pattern(rng, y)
    if rng.random() < 0.5:
        x, y = y, x
    return Draw(x, y, draw.information)


def pattern(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """The side (n, at most 4) as pixels of a pattern whose parameters its columns are; one to one."""
    drawers: tuple[Drawer, ...] = (grating, stripes, ellipse, sheet)
    size = int(rng.integers(LEAST, MOST + 1))
    share = 0.02 + 0.96 * ndtr(np.arcsinh(side))
    return drawers[rng.integers(len(drawers))](rng, share, size)


def _parameters(rng: np.random.Generator, share: np.ndarray, ranges: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Parameters (p, n, 1), each of a column if there are enough of them and fixed otherwise."""
    n, k = share.shape
    values = np.tile(rng.uniform(0.2, 0.8, len(ranges)), (n, 1))
    values[:, rng.permutation(len(ranges))[:k]] = share
    low, high = np.array(ranges).T
    found: np.ndarray = (low + (high - low) * values).T[:, :, None]
    return found


def _pixels(size: int) -> tuple[np.ndarray, np.ndarray]:
    grid = (np.arange(size) + 0.5) / size - 0.5
    across, down = np.meshgrid(grid, grid)
    return across.ravel(), down.ravel()


def _wave(rng: np.random.Generator, share: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A plane wave of random direction, number of cycles and phase, and its height."""
    # Half a turn of direction, or a wave and its mirror image would be one.
    ranges = ((0.0, math.pi), (0.6, size / 3.5), (-0.97 * math.pi, 0.97 * math.pi), (-1.0, 1.0))
    direction, cycles, phase, height = _parameters(rng, share, ranges)
    across, down = _pixels(size)
    along = np.cos(direction) * across + np.sin(direction) * down
    return np.cos(2.0 * math.pi * cycles * along + phase), np.exp(height)


def grating(rng: np.random.Generator, share: np.ndarray, size: int) -> np.ndarray:
    """A plane wave, at times under a Gaussian window."""
    wave, height = _wave(rng, share, size)
    if rng.random() < 0.4:
        across, down = _pixels(size)
        wave = wave * np.exp(-(across**2 + down**2) / (2.0 * rng.uniform(0.2, 0.5) ** 2))
    return height * wave


def stripes(rng: np.random.Generator, share: np.ndarray, size: int) -> np.ndarray:
    """Light and dark stripes with soft edges."""
    wave, height = _wave(rng, share, size)
    return height * np.tanh(rng.uniform(1.0, 4.0) * (wave + rng.uniform(-0.4, 0.4)))


def ellipse(rng: np.random.Generator, share: np.ndarray, size: int) -> np.ndarray:
    """A filled ellipse with a soft edge: its place, its direction, its size."""
    ranges = ((-0.3, 0.3), (-0.3, 0.3), (0.0, math.pi), (math.log(0.15), math.log(0.4)))
    left, top, direction, scale = _parameters(rng, share, ranges)
    across, down = _pixels(size)
    a = np.cos(direction) * (across - left) + np.sin(direction) * (down - top)
    b = np.cos(direction) * (down - top) - np.sin(direction) * (across - left)
    radius = np.sqrt(a**2 + (rng.uniform(1.5, 3.0) * b) ** 2) / np.exp(scale)
    inside: np.ndarray = ndtr((1.0 - radius) / rng.uniform(0.3, 0.8))
    return inside


def sheet(rng: np.random.Generator, share: np.ndarray, size: int) -> np.ndarray:
    """Smooth templates whose heights are the variates and their cosines and sines."""
    k = share.shape[1]
    angle = 2.0 * math.pi * rng.uniform(0.5, 0.95) * share
    heights = np.hstack([share, np.cos(angle), np.sin(angle)]) * np.exp(rng.uniform(-1.0, 1.0, 3 * k))
    return heights @ smooth_templates(rng, 3 * k, size)


def smooth_templates(rng: np.random.Generator, many: int, size: int) -> np.ndarray:
    """Random smooth images (many, size^2) of about unit size."""
    across, down = _pixels(size)
    images = np.zeros((many, size * size))
    for _ in range(3):
        slopes = rng.standard_normal((2, many, 1)) * rng.uniform(2.0, 9.0)
        images += np.cos(slopes[0] * across + slopes[1] * down + rng.uniform(0.0, 2.0 * math.pi, (many, 1)))
    return images


def templates(rng: np.random.Generator, n: int) -> Draw:
    """Sums of normal heights times templates, smooth or random, in white noise; some heights the other side ignores."""
    k, m = (int(rng.integers(1, 7)) for _ in range(2))
    own, other = (int(rng.choice([0, 0, 2, 5])) for _ in range(2))
    latent = diagonal(spectrum(rng, min(k, m)), k + own, m + other)
    sizes = [int(rng.integers(LEAST, MOST + 1)) for _ in range(2)]
    if rng.random() < 0.3:
        return normal_draw(rng, n, loaded(rng, latent, sizes[0] ** 2, sizes[1] ** 2))
    maps = [
        rotation(rng, rank) @ smooth_templates(rng, rank, size)
        for rank, size in zip((k + own, m + other), sizes, strict=True)
    ]
    noise = [math.exp(rng.uniform(math.log(0.05), math.log(3.0))) for _ in range(2)]
    within = [load.T @ load + scale**2 * np.eye(load.shape[1]) for load, scale in zip(maps, noise, strict=True)]
    return normal_draw(rng, n, (within[0], within[1], maps[0].T @ latent[2] @ maps[1]))
