"""Invertible maps of one side, which keep the information: turns, mixings, smooth bends, curves, noise columns."""

from __future__ import annotations

import math

import numpy as np


def rotation(rng: np.random.Generator, d: int) -> np.ndarray:
    """A random orthogonal matrix (d, d)."""
    q, r = np.linalg.qr(rng.standard_normal((d, d)))
    return q * np.sign(np.diag(r))


def turn(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """A random rotation, at times with an anisotropic mixing, of a side (n, d)."""
    d = side.shape[1]
    if d == 1:
        return side
    mixed = side @ rotation(rng, d)
    if rng.random() < 0.4:
        mixed = (mixed * np.exp(rng.uniform(-1.0, 1.0, d))) @ rotation(rng, d)
    return mixed


def bend(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """One to three smooth invertible bends of a side (n, d), d > 1: shears, and turns of a plane."""
    d = side.shape[1]
    if d == 1:
        return side
    side = side.copy()
    for _ in range(int(rng.integers(1, 4))):
        if d > 2 and rng.random() < 0.6:
            plane = rng.permutation(d)
            i, j = plane[:2]
            driver = _wave(rng, _driver(rng, side[:, plane[2:]])) * rng.uniform(0.3, 2.5)
            c, s = np.cos(driver), np.sin(driver)
            side[:, i], side[:, j] = c * side[:, i] - s * side[:, j], s * side[:, i] + c * side[:, j]
        else:
            i = int(rng.integers(d))
            others = np.delete(np.arange(d), i)
            side[:, i] += _wave(rng, _driver(rng, side[:, others])) * rng.uniform(0.3, 2.0)
    return side


def _driver(rng: np.random.Generator, columns: np.ndarray) -> np.ndarray:
    """One column, a direction, or the mean square of what does not move."""
    choice = rng.random()
    if choice < 0.4:
        return columns[:, int(rng.integers(columns.shape[1]))]
    if choice < 0.7:
        direction = rng.standard_normal(columns.shape[1])
        return columns @ (direction / np.linalg.norm(direction))
    squares = np.mean(np.clip(columns, -6.0, 6.0) ** 2, axis=1)
    return squares * math.sqrt(columns.shape[1])


def _wave(rng: np.random.Generator, v: np.ndarray) -> np.ndarray:
    v = np.clip(v, -6.0, 6.0)
    choice = int(rng.integers(6))
    if choice >= 4:
        return _ripples(rng, v)
    if choice == 0:
        return np.sin(rng.uniform(0.5, 2.5) * v + rng.uniform(0.0, 6.3))
    if choice == 1:
        return np.tanh(rng.uniform(0.5, 2.0) * v)
    if choice == 2:
        return 0.5 * (v**2 - 1.0)
    return v


def _ripples(rng: np.random.Generator, v: np.ndarray) -> np.ndarray:
    """Several sines of different speeds, some of them fine, at most 2.5 high."""
    many = int(rng.integers(2, 6))
    speed = np.exp(rng.uniform(math.log(0.3), math.log(7.0), many))
    size = rng.standard_normal(many) * speed ** -rng.uniform(0.0, 1.0)
    phase = rng.uniform(0.0, 2.0 * math.pi, many)
    height = np.sin(speed * v[:, None] + phase) @ size
    steep: np.ndarray = height * (rng.uniform(0.4, 2.5) / max(float(np.abs(height).max()), 1e-6))
    return steep


def curve(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """A single column laid along a smooth curve in the plane, shape (n, 2)."""
    t = np.clip(side[:, 0], -8.0, 8.0)
    if rng.random() < 0.5:
        return np.column_stack([t, _wave(rng, t)])
    angle = rng.uniform(0.5, 1.6) * np.tanh(t / 2.0) * math.pi
    radius = 1.0 + rng.uniform(0.2, 1.0) * (1.0 + np.tanh(t / 2.0))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def noise_columns(rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    """Appends up to eight columns that tell nothing."""
    extra = int(rng.choice([0, 1, 1, 2, 3, 5, 8]))
    return np.hstack([side, rng.standard_normal((side.shape[0], extra))]) if extra else side
