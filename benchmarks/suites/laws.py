"""A few joint laws in plain NumPy, so that the smallest suites stand on nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PlainLaw:
    """A law given by its sampler, its truth and, where known, its pointwise information.

    Parameters
    ----------
    name : str
    dim_x, dim_y : int
    mutual_information : float
        In nats.
    draw : callable
        ``draw(rng, n) -> (x, y)``.
    pointwise_sd : float or None
        Standard deviation of the pointwise information, in nats.
    information : callable or None
        ``information(x, y)``: pointwise information, in nats, of shape (n,).
    """

    name: str
    dim_x: int
    dim_y: int
    mutual_information: float
    draw: Callable[[np.random.Generator, int], Pair]
    pointwise_sd: float | None = None
    information: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    mutual_information_error: float = 0.0

    def sample(self, n: int, seed: int) -> Pair:
        """Draw `n` rows from a counter-based generator."""
        return self.draw(np.random.Generator(np.random.Philox(seed)), n)

    def pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
        """Pointwise information in nats, of shape (n,); None where unknown."""
        return None if self.information is None else self.information(x, y)


def gaussian(r: float, pairs: int = 1) -> PlainLaw:
    """Independent standard normal pairs, each of correlation r: -pairs/2 ln(1 - r^2) nats."""
    left = 1.0 - r * r

    def draw(rng: np.random.Generator, n: int) -> Pair:
        x = rng.standard_normal((n, pairs))
        return x, r * x + math.sqrt(left) * rng.standard_normal((n, pairs))

    def information(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rest = (y - r * x) ** 2 / left
        return 0.5 * np.sum(y**2 - rest - math.log(left), axis=1)

    return PlainLaw(
        f"gaussian-{r:g}" + (f"-{pairs}d" if pairs > 1 else ""),
        pairs,
        pairs,
        -0.5 * pairs * math.log(left),
        draw,
        abs(r) * math.sqrt(pairs),
        information,
    )


def monotone(law: PlainLaw, map_x: Callable, map_y: Callable, name: str) -> PlainLaw:
    """A law seen through increasing maps of its columns, which leave the information unchanged."""

    def draw(rng: np.random.Generator, n: int) -> Pair:
        x, y = law.draw(rng, n)
        return map_x(x), map_y(y)

    return PlainLaw(name, law.dim_x, law.dim_y, law.mutual_information, draw, law.pointwise_sd)


def additive(width: float) -> PlainLaw:
    """X uniform on (0, 1), Y = X + uniform noise on (-width, width), width <= 1/2: width - ln(2 width) nats."""

    def draw(rng: np.random.Generator, n: int) -> Pair:
        x = rng.uniform(size=(n, 1))
        return x, x + rng.uniform(-width, width, size=(n, 1))

    def information(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        # Density of Y: the length of the part of (0, 1) within `width` of y, over 2 width.
        length = np.minimum(1.0, y + width) - np.maximum(0.0, y - width)
        return -np.log(length[:, 0])

    mean, top = width - math.log(2 * width), 2 * width
    # On the two ramps the length u runs from 0 to 2 width with density u / (2 width); between them it is 2 width.
    grid = (np.arange(200_000) + 0.5) / 200_000 * top
    second = 2 * float(np.mean(grid * np.log(grid) ** 2)) + (1 - 2 * width) * math.log(top) ** 2
    sd = math.sqrt(max(second - mean**2, 0.0))
    return PlainLaw(f"additive-{width:g}", 1, 1, mean, draw, sd, information)


def table(joint: np.ndarray, name: str) -> PlainLaw:
    """Two discrete variables with a joint table of probabilities; codes are integers."""
    joint = np.asarray(joint, dtype=np.float64) / np.sum(joint)
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(joint > 0, np.log(joint / apart), 0.0)
    mean = float(np.sum(joint * ratio))
    sd = math.sqrt(max(float(np.sum(joint * ratio**2)) - mean**2, 0.0))

    def draw(rng: np.random.Generator, n: int) -> Pair:
        cells = rng.choice(joint.size, size=n, p=joint.ravel())
        x, y = np.divmod(cells, joint.shape[1])
        return x[:, None], y[:, None]

    def information(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ratio[x[:, 0], y[:, 0]]

    return PlainLaw(name, 1, 1, mean, draw, sd, information)


def independent(
    name: str,
    draw_x: Callable[[np.random.Generator, int], np.ndarray],
    draw_y: Callable[[np.random.Generator, int], np.ndarray],
    dim_x: int = 1,
    dim_y: int = 1,
) -> PlainLaw:
    """Two sides drawn apart: 0 nats."""

    def draw(rng: np.random.Generator, n: int) -> Pair:
        return draw_x(rng, n), draw_y(rng, n)

    return PlainLaw(name, dim_x, dim_y, 0.0, draw, 0.0, lambda x, y: np.zeros(len(x)))
