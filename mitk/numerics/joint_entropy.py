"""Differential entropy of many columns: neighbours when they are few, else the least of upper bounds."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import digamma, gammaln

from mitk.numerics.neighbors import knn_distances
from mitk.numerics.spacings import spacing_contributions
from mitk.numerics.whitening import isotropic, whitened

NEIGHBORS = 5
# Up to so many columns neighbours have less bias than the bounds.
FEW = 3
# By how much an entropy other than the normal one must be less: what chance makes of normal rows, over sqrt(n) for
# each set of spacings and over n for each angle that is sought.
CHANCE, CHANCE_TURNED = 0.3, 2.0
ROUNDS = 40
SETTLED = 1e-5


def independent_rotation(white: np.ndarray) -> np.ndarray:
    """Rotation (d, d) to directions in which white columns (n, d) are as independent as they can be made.

    Symmetric fixed-point iteration of FastICA with the contrast ln cosh (Hyvärinen 1999), started from the columns.
    """
    n, d = white.shape
    rotation = np.eye(d)
    for _ in range(ROUNDS):
        bent = np.tanh(white @ rotation)
        left, _, right = np.linalg.svd(white.T @ bent / n - rotation * (1.0 - bent**2).mean(axis=0))
        turned = left @ right
        moved = 1.0 - np.abs((turned * rotation).sum(axis=0)).min()
        rotation = turned
        if moved < SETTLED:
            break
    return rotation


def product_contributions(columns: np.ndarray) -> np.ndarray:
    """Contributions (n,) to the sum of the entropies of columns (n, d): theirs together if independent, else more."""
    return np.sum([spacing_contributions(column) for column in columns.T], axis=0)


def radial_contributions(columns: np.ndarray) -> np.ndarray:
    """Contributions (n,) to the entropy that columns (n, d), d > 1, would have if they were elliptical; else less.

    A spherical law has independent radius r and direction, the latter uniform: h = h(ln r) + d E ln r + ln area.
    """
    d = columns.shape[1]
    z, log_determinant = isotropic(columns)
    log_radius = 0.5 * np.log(np.maximum((z**2).sum(axis=1), np.finfo(float).tiny))
    area = math.log(2.0) + 0.5 * d * math.log(math.pi) - float(gammaln(d / 2.0))
    return spacing_contributions(log_radius) + d * log_radius + area + log_determinant


def normal_contributions(columns: np.ndarray) -> np.ndarray:
    """Contributions (n,) to the entropy that columns (n, d) would have if they were normal; else less."""
    white, log_determinant = whitened(columns)
    d = columns.shape[1]
    return 0.5 * (white**2).sum(axis=1) + 0.5 * d * math.log(2.0 * math.pi) + log_determinant


def neighbor_contributions(columns: np.ndarray, k: int = NEIGHBORS) -> np.ndarray:
    """Contributions (n,) to the entropy of columns (n, d) from the k-th neighbour (Kozachenko and Leonenko 1987)."""
    white, log_determinant = whitened(columns)
    n, d = columns.shape
    with np.errstate(divide="ignore"):
        logs = np.log(2.0 * knn_distances(white, k))
    return digamma(n) - digamma(k) + d * logs + log_determinant


def chance(n: int, columns: int) -> float:
    """By how much, in nats, the spacings of so many columns of n rows may fall short of the truth."""
    return CHANCE * columns / math.sqrt(n)


def entropy_contributions(columns: np.ndarray, *, quick: bool = False) -> tuple[str, np.ndarray]:
    """How the entropy of columns (n, d) was found, and the contributions (n,) of rows, in nats, that it is the mean of.

    One column: spacings. Two or three: neighbours. More: the least of the entropies of laws that would have these
    margins, these margins in the most independent directions, these radii, or this covariance. Each is at least the
    truth, and the truth for products, rotated products, elliptical and normal laws. `quick` leaves out neighbours
    and the search for directions.
    """
    d = columns.shape[1]
    if d == 1:
        return "spacings", spacing_contributions(columns[:, 0])
    if d <= FEW and not quick:
        return "neighbors", neighbor_contributions(columns)
    n = len(columns)
    candidates = {
        "normal": (normal_contributions(columns), 0.0),
        "radial": (radial_contributions(columns), chance(n, 1)),
        "product": (product_contributions(columns), chance(n, d)),
    }
    if not quick:
        white, log_determinant = whitened(columns)
        rotated = product_contributions(white @ independent_rotation(white)) + log_determinant
        candidates["rotated product"] = rotated, chance(n, d) + CHANCE_TURNED * d * (d - 1) / 2.0 / n
    best = min(candidates, key=lambda name: float(candidates[name][0].mean()) + candidates[name][1])
    return best, candidates[best][0]
