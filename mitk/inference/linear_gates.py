"""Gates of estimates by correlations: what ranks cannot resolve, and a bias that rows which are not normal change."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mitk.data.samples import Samples
from mitk.inference.inflation import product_variance
from mitk.inference.resampling import unit_labels
from mitk.numerics.gaussian_mi import canonical_variates, full_rank
from mitk.numerics.ranks import normal_scores, rank_loss, rank_losses, standardised
from mitk.results.reason import Reason

# What may be missing, in nats and as a share of the value.
LEAST, SHARE = 0.05, 0.1
# Of ranks, less must be missing: their loss is known better than that of other things.
RESOLVED_SHARE = 0.05
# Power of the correlation of two columns with which errors of their ranks are correlated, by simulation.
SAMENESS = 8
# Standard deviations of chance.
CHANCE = 3.0
# A bias of such a share of it does not matter, however rows scatter.
NEGLIGIBLE = 0.02
# Rounding by which gates of many pairs open before those of one.
AJAR = 1e-6


def rank_resolution(samples: Samples, value: float, rho: np.ndarray) -> list[Reason]:
    """Doubt correlations of normal scores so near 1 that errors of ranks, and not the data, decide what is left.

    Parameters
    ----------
    samples : Samples
    value : float
        Nats.
    rho : ndarray of shape (r,)
        Canonical correlations of the normal scores.
    """
    n, r = samples.n, len(rho)
    # Within twice the standard error of normal rows it would go unseen.
    most = max(LEAST, RESOLVED_SHARE * abs(value), 2.0 * math.sqrt(float((rho**2).sum()) / n))
    if rank_loss(n, rho, np.full(r, 2.0)) <= most:
        return []
    x, y = (standardised(normal_scores(side.values)) for side in (samples.x, samples.y))
    _, a, b = canonical_variates(full_rank(x), full_rank(y))
    of_x, of_y = (np.linalg.lstsq(side, variates[:, :r], rcond=None)[0] for side, variates in ((x, a), (y, b)))
    same_x, same_y, same = (_same(u, v) for u, v in ((x, x), (y, y), (x, y)))
    unmatched = ((same_x @ of_x) * of_x).sum(axis=0) + ((same_y @ of_y) * of_y - 2.0 * (same.T @ of_x) * of_y).sum(
        axis=0
    )
    loss = rank_loss(n, rho, np.clip(unmatched, 0.0, 2.0))
    if loss <= most:
        return []
    return [
        Reason(
            "rank-resolution",
            f"Ranks of {n} rows cannot resolve correlations so near 1: {value:.3g} nats may lack {loss:.2g} or more",
            'compare with method="gaussian" or "residual-entropy"',
        )
    ]


def unresolved_pairs(n: int, values: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Which pairs of columns `rank_resolution` may doubt, shape (m,), by their values in nats and correlations, (m,).

    A column has the errors of its own ranks, and shares the power r^8 of them with the other: q = 2 (1 - r^8).
    """
    rho = np.minimum(np.abs(r), 1.0)
    most = np.maximum(np.maximum(LEAST, RESOLVED_SHARE * np.abs(values)), 2.0 * rho / math.sqrt(n))
    return rank_losses(n, rho, 2.0 * (1.0 - rho**SAMENESS)) > (1.0 - AJAR) * most


def biased_pairs(n: int, values: np.ndarray, bias: float, times: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Which pairs of columns `scattered_bias` may doubt, shape (m,).

    Parameters
    ----------
    n : int
    values : ndarray of shape (m,)
        Nats, already without the bias.
    bias : float
        Nats.
    times : callable
        ``times(places)``: how many times as much the products of those pairs scatter as those of normal rows.
    """
    most = np.maximum(LEAST, SHARE * np.abs(values))
    doubted = np.zeros(len(values), dtype=bool)
    places = np.flatnonzero(bias >= (1.0 - AJAR) * NEGLIGIBLE * most)
    if len(places):
        error = np.abs(times(places) - 1.0) * bias
        doubted[places] = error > (1.0 - AJAR) * np.maximum(most[places], CHANCE * bias * 2.0 / math.sqrt(n))
    return doubted


def _same(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """How far errors of ranks of columns u (n, p) are those of v (n, q), shape (p, q): a high power of correlation."""
    correlation = u.T @ v / len(u)
    return np.sign(correlation) * np.abs(correlation) ** SAMENESS


def scattered_bias(samples: Samples, value: float, bias: float, x: np.ndarray, y: np.ndarray) -> list[Reason]:
    """Doubt a value whose bias was corrected as that of normal rows when products of columns scatter otherwise.

    The bias of the plug-in value is half the sum of the variances of the correlations. Rows that are not normal, or
    that lie in few directions, change it by as much as they change these.

    Parameters
    ----------
    samples : Samples
    value, bias : float
        Nats; the value is already without the bias.
    x : ndarray of shape (n, dx)
        Columns of full rank.
    y : ndarray of shape (n, dy)
    """
    most = max(LEAST, SHARE * abs(value))
    if bias < NEGLIGIBLE * most:
        return []
    rho, a, b = canonical_variates(x, y)
    expected = a.shape[1] * b.shape[1] - len(rho) + float(((1.0 - rho**2) ** 2).sum())
    times = product_variance(a, b, unit_labels(samples), rho) / expected
    error = abs(times - 1.0) * bias
    # Rows of long variates count for more: so much scatters the mean of the products of normal rows itself.
    chance = bias * math.sqrt((2.0 / a.shape[1] + 2.0 / b.shape[1]) / len(a))
    if error <= max(most, CHANCE * chance):
        return []
    return [
        Reason(
            "not-normal",
            f"Rows are not normal: products of columns scatter {times:.3g} times as much as those of normal rows, so "
            f"that the bias of {bias:.2g} nats that was corrected may be {error:.2g} off",
            'reduce the dimension, or compare with method="residual-entropy"',
        )
    ]
