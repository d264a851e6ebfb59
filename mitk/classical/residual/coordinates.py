"""Coordinates of both sides in which one is more nearly a linear function of the other plus even noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mitk.numerics.gaussian_mi import canonical_variates, full_rank
from mitk.numerics.joint_entropy import independent_rotation, product_contributions
from mitk.numerics.smoothing import ROWS_A_TERM, turning_plane
from mitk.numerics.units import halves_by
from mitk.numerics.whitening import smooth_scores, whitened

# What independent directions must gain over the principal ones: a constant, and what chance finds, in nats.
LEAST_GAIN, CHANCE_GAIN = 0.02, 4.0
# Turned coordinates are for sides of so many columns at least.
LEAST_TURNED = 4
# Rows a column that directions are learned of at least, where units of many rows leave the choice.
LEAST_LEARNED = 2


@dataclass(frozen=True)
class Coordinates:
    """Both sides in one choice of coordinates, for some of the rows.

    Attributes
    ----------
    rows : ndarray of shape (m,)
    x : ndarray of shape (m, dx)
    y : ndarray of shape (m, dy)
    """

    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray


def choices(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[str, Coordinates]]:
    """Names and coordinates of standardised sides x (n, dx) and y (n, dy), plainest first.

    All are invertible, so that they keep the information.
    """
    rows = np.arange(len(x))
    yield "columns", Coordinates(rows, x, y)
    yield "bent columns", Coordinates(rows, smooth_scores(x), smooth_scores(y))
    a, b = _directions(x), _directions(y)
    if a is not x or b is not y:
        yield "directions", Coordinates(rows, a, b)
        yield "bent directions", Coordinates(rows, smooth_scores(a), smooth_scores(b))


def turned(x: np.ndarray, y: np.ndarray, units: np.ndarray | None = None) -> list[Coordinates]:
    """Canonical variates of planes that turn with the radius, as many as there are columns; empty for few rows.

    They keep at most the information. They are learned on one half of the rows (of the units, where rows have labels of
    such) and used on the other.
    """
    terms = 3 * (max(x.shape[1], y.shape[1]) + 1)
    if min(x.shape[1], y.shape[1]) < LEAST_TURNED or terms * ROWS_A_TERM > len(x) // 2:
        return []
    plane_x, plane_y = (turning_plane(whitened(side)[0])[:, 1:] for side in (x, y))
    parts = []
    for learn, use in halves(x, y, units):
        maps = canonical_maps(plane_x[learn], plane_y[learn])
        u, v = (plane[use] @ m[:, : s.shape[1]] for plane, m, s in zip((plane_x, plane_y), maps, (x, y), strict=True))
        parts.append(Coordinates(use, u, v))
    return parts


def halves(
    x: np.ndarray, y: np.ndarray, units: np.ndarray | None = None
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and rows to use, both ways: two halves that are alike, whatever the order of the rows.

    `units` (n,) are labels of rows that depend on each other and stay together, unless one of them is nearly all.
    """
    _, a, b = canonical_variates(whitened(x)[0], whitened(y)[0])
    along, fewest = a[:, 0] + b[:, 0], LEAST_LEARNED * (x.shape[1] + y.shape[1])
    one, other = halves_by(along, units)
    if min(len(one), len(other)) < fewest:
        one, other = halves_by(along)
    return (one, other), (other, one)


def _directions(side: np.ndarray) -> np.ndarray:
    """White columns in independent directions; as they were where chance does as well."""
    n, d = side.shape
    if d == 1:
        return side
    white, _ = whitened(side)
    turned = white @ independent_rotation(white)
    gain = float((product_contributions(white) - product_contributions(turned)).mean())
    if gain <= LEAST_GAIN + CHANCE_GAIN * d * (d - 1) / 2.0 / n:
        return side
    return turned


def canonical_maps(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matrices that take columns a (n, p) and b (n, q) to their canonical variates, up to a shift."""
    _, u, v = canonical_variates(full_rank(a), full_rank(b))
    maps = [np.linalg.lstsq(side - side.mean(axis=0), variates, rcond=None)[0] for side, variates in ((a, u), (b, v))]
    return maps[0], maps[1]
