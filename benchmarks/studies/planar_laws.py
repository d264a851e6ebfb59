"""Laws of two columns that moments miss, of any information: a circle in noise, and noise whose spread depends on x."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class NoisyCircle:
    """X = cos t + s e, Y = sin t + s e', t uniform; the information by quadrature over the plane."""

    def __init__(self, noise: float) -> None:
        self.noise = noise
        t = 2.0 * math.pi * (np.arange(720) + 0.5) / 720
        grid = np.linspace(-1.0 - 6.0 * noise, 1.0 + 6.0 * noise, 500)
        step = grid[1] - grid[0]
        near_x = np.exp(-0.5 * ((grid[:, None] - np.cos(t)) / noise) ** 2) / (noise * math.sqrt(2.0 * math.pi))
        near_y = np.exp(-0.5 * ((grid[:, None] - np.sin(t)) / noise) ** 2) / (noise * math.sqrt(2.0 * math.pi))
        joint = near_x @ near_y.T / len(t)
        apart = near_x.mean(axis=1)[:, None] * near_y.mean(axis=1)
        self.mutual_information = float(np.sum(joint * np.log(np.maximum(joint, 1e-300) / apart)) * step**2)

    def pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Logarithm of the density ratio at each row."""
        t = 2.0 * math.pi * (np.arange(720) + 0.5) / 720
        near_x = np.exp(-0.5 * ((x - np.cos(t)) / self.noise) ** 2)
        near_y = np.exp(-0.5 * ((y - np.sin(t)) / self.noise) ** 2)
        ratio = (near_x * near_y).mean(axis=1) / near_x.mean(axis=1) / near_y.mean(axis=1)
        found: np.ndarray = np.log(ratio)
        return found

    @classmethod
    def from_information(cls, information: float) -> NoisyCircle:
        """The noise that leaves `information` nats."""
        return _solved(cls, information, 0.01, 2.0)

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Draw `n` rows."""
        rng = np.random.default_rng(seed)
        t = rng.uniform(0.0, 2.0 * math.pi, (n, 1))
        x, y = np.cos(t), np.sin(t)
        return x + self.noise * rng.standard_normal((n, 1)), y + self.noise * rng.standard_normal((n, 1))


class Multiplicative:
    """Y = exp(a X) e with X and e standard normal: h(Y) - a E X - h(e), by quadrature over ln abs(Y)."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        nodes = np.linspace(-8.0, 8.0, 1601)
        weight = np.exp(-0.5 * nodes**2)
        weight /= weight.sum()
        # The sign of Y tells nothing of X, so the information is that of ln abs(Y) = a X + ln abs(e).
        grid = np.linspace(-20.0 - 8.0 * rate, 4.0 + 8.0 * rate, 3000)
        step = grid[1] - grid[0]
        gap = grid[:, None] - rate * nodes
        density = np.exp(math.log(2.0 / math.sqrt(2.0 * math.pi)) + gap - 0.5 * np.exp(np.minimum(2.0 * gap, 50.0)))
        mixed = density @ weight
        entropy = -float(np.sum(mixed * np.log(np.maximum(mixed, 1e-300))) * step)
        noise = density[:, len(nodes) // 2]
        self.mutual_information = entropy + float(np.sum(noise * np.log(np.maximum(noise, 1e-300))) * step)

    def pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Logarithm of the density ratio at each row."""
        nodes = np.linspace(-8.0, 8.0, 3201)
        weight = np.exp(-0.5 * nodes**2)

        def log_density(scale: np.ndarray) -> np.ndarray:
            return -0.5 * (y * np.exp(-scale)) ** 2 - scale

        around = log_density(self.rate * nodes)
        top = around.max(axis=1, keepdims=True)
        margin = top[:, 0] + np.log(np.exp(around - top) @ (weight / weight.sum()))
        found: np.ndarray = log_density(self.rate * x)[:, 0] - margin
        return found

    @classmethod
    def from_information(cls, information: float) -> Multiplicative:
        """The rate that gives `information` nats."""
        return _solved(cls, information, 60.0, 0.01)

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Draw `n` rows."""
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((n, 1))
        return x, np.exp(self.rate * x) * rng.standard_normal((n, 1))


def _solved(law: Any, information: float, most: float, least: float) -> Any:
    """The law whose parameter, between that of the most and of the least information, gives `information`."""
    for _ in range(40):
        middle = math.sqrt(most * least)
        if law(middle).mutual_information > information:
            most = middle
        else:
            least = middle
    return law(math.sqrt(most * least))
