"""How much two samples of numbers differ: log ratios of their densities, from neighbours anchored at normal laws."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.spatial import cKDTree
from scipy.special import digamma, expit, log_ndtr, polygamma

from mitk.numerics.ranks import normal_scores

NEIGHBORS = 5
# Variance of a log ratio of equal densities, over psi'(k); measured for k from 5 to 20.
SCATTER = 1.45


def both_diagonal(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two samples (n, d), (m, d) in coordinates in which neither has correlated columns, on about one scale.

    Columns are first replaced by the normal scores of all rows: neither divergence knows of increasing maps of both.
    Raises LinAlgError where columns are determined by others.
    """
    scores = normal_scores(np.vstack([x, y]))
    first, second = scores[: len(x)], scores[len(x) :]
    spread, axes = eigh(*(np.atleast_2d(np.cov(side.T)) for side in (second, first)))
    axes = axes / np.sqrt(1.0 + spread)
    return first @ axes, second @ axes


class Ratios(NamedTuple):
    """Estimates of ln p / q at the rows of x.

    Attributes
    ----------
    values : ndarray of shape (n,)
        Nats.
    anchored : float
        How much of their mean comes from the normal laws.
    """

    values: np.ndarray
    anchored: float


def log_ratios(x: np.ndarray, y: np.ndarray, k: int = NEIGHBORS) -> Ratios:
    """Estimates of ln p / q in nats at the rows of x, p and q the densities of x (n, d) and of y (m, d).

    In the ball about a row that just holds k other rows of x and k of y, ln of the two masses is psi(k) of the sample
    whose k-th neighbour is the farther and psi(l + 1) of the other, l its rows strictly within, less ln of how many
    there are: the radius is the adaptive one of Wang, Kulkarni and Verdu (2009). Where the ball is large, the ratio of
    masses is not that of densities: what the difference would be of normal laws with the moments of each sample is
    added, which frees the estimate of bias for normal laws and vanishes where balls are small.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Columns as `both_diagonal` makes them.
    y : ndarray of shape (m, d)
    k : int, default 5

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.standard_normal((1000, 1)), rng.standard_normal((1000, 1)) + 1.0
    >>> bool(abs(log_ratios(*both_diagonal(x, y)).values.mean() - 0.5) < 0.1)
    True
    """
    n, m = len(x), len(y)
    k = min(k, n - 1, m)
    tree_x, tree_y = cKDTree(x), cKDTree(y)
    near_x = tree_x.query(x, [k + 1], p=np.inf)[0][:, 0]
    near_y = tree_y.query(x, [k], p=np.inf)[0][:, 0]
    radius = np.maximum(near_x, near_y)
    within = np.nextafter(radius, 0.0)
    # A row is within its own ball.
    in_x = np.maximum(tree_x.query_ball_point(x, within, p=np.inf, return_length=True) - 1, 0)
    in_y = tree_y.query_ball_point(x, within, p=np.inf, return_length=True)
    mass_x = np.where(near_x >= near_y, digamma(k), digamma(in_x + 1.0)) - math.log(n - 1.0)
    mass_y = np.where(near_y >= near_x, digamma(k), digamma(in_y + 1.0)) - math.log(m)
    anchored = _beyond(x, radius, x) - _beyond(x, radius, y)
    return Ratios(mass_x - mass_y + anchored, float(anchored.mean()))


def _beyond(rows: np.ndarray, radius: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Ln of the normal density at rows (n, d) less ln of its mean in boxes about them, moments those of a sample."""
    center, scale = sample.mean(axis=0), sample.std(axis=0)
    low, high = ((rows + sign * radius[:, None] - center) / scale for sign in (-1.0, 1.0))
    # Tails are precise on the left.
    right = low > 0.0
    low, high = np.where(right, -high, low), np.where(right, -low, high)
    upper, lower = log_ndtr(high), log_ndtr(low)
    mass = upper + np.log(-np.expm1(np.minimum(lower - upper, -np.finfo(float).tiny)))
    density = -0.5 * ((rows - center) / scale) ** 2 - np.log(scale)
    found: np.ndarray = (density - mass).sum(axis=1)
    return found


def shuffled_gap(x: np.ndarray, y: np.ndarray, shuffles: int = 2) -> float:
    """What neighbours miss in all columns of what they see in single ones, nats; 0 for one column.

    Columns shuffled within each sample, (n, d) and (m, d), are independent, so that the divergence of the samples is
    the sum of those of single columns, which have little bias; that of all is less by what dimension costs.
    """
    d = x.shape[1]
    if d == 1:
        return 0.0
    rng = np.random.default_rng(0)
    alone = sum(_divergence(x[:, [j]], y[:, [j]]) for j in range(d))
    together = [_divergence(rng.permuted(x, axis=0), rng.permuted(y, axis=0)) for _ in range(shuffles)]
    return alone - float(np.mean(together))


def _divergence(x: np.ndarray, y: np.ndarray) -> float:
    return float(log_ratios(*both_diagonal(x, y)).values.mean())


def shared_contributions(ratios: np.ndarray, k: int = NEIGHBORS) -> tuple[np.ndarray, float]:
    """Contributions (n,) in nats to ln p / ((p + q) / 2), at most ln 2, and how much they vary by scatter alone.

    Estimates of ln p / q with k neighbours have a variance of 1.45 psi'(k), measured at p = q, which bends the mean of
    their contributions down by half of that times s (1 - s), s = q / (p + q).

    Parameters
    ----------
    ratios : ndarray of shape (n,)
        Of ln p / q, nats.
    k : int, default 5
    """
    share = expit(-ratios)
    bend = 0.5 * SCATTER * share * (1.0 - share) * polygamma(1, k)
    found: np.ndarray = math.log(2.0) - np.logaddexp(0.0, -ratios) + bend
    return np.minimum(found, math.log(2.0)), float(SCATTER * polygamma(1, k) * (share**2).mean())
