"""Two checks of an explanation: what its residuals still share with the other side, and entropies of neighbours."""

from __future__ import annotations

import math

import numpy as np

from mitk.numerics.joint_entropy import neighbor_contributions
from mitk.numerics.ranks import normal_scores
from mitk.numerics.whitening import whitened

# Rows of which neighbours are sought: the check need not be sharper.
MOST_ROWS = 2000
RANK = 1e-8


def turning_information(given: np.ndarray, residuals: np.ndarray) -> tuple[float, float]:
    """Information left to planes that turn with the radius, in nats at least, and in standard deviations of chance.

    Both sides (n, du) and (n, d) are white normal scores; A is a basis of u |u|-score with the plane of u projected
    out, B one of r. Half the sum of squared correlations of A and B is a lower bound of the information of jointly
    normal features to second order. Of p by q independent features the sum has mean p q / (n - 1) and about variance
    2 p q / n^2, whatever their laws.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> u, r = rng.standard_normal((2, 1000, 5))
    >>> nats, deviations = turning_information(u, r)
    >>> abs(nats) < 0.03, abs(deviations) < 4.0
    (True, True)
    """
    n = len(given)
    u, r = (whitened(normal_scores(side))[0] for side in (given, residuals))
    plane = np.linalg.qr(u)[0]
    turned = u * normal_scores((u**2).sum(axis=1)[:, None])
    a, b = _orthonormal(turned - plane @ (plane.T @ turned)), _orthonormal(r)
    pairs = a.shape[1] * b.shape[1]
    excess = float(((a.T @ b) ** 2).sum()) - pairs / (n - 1.0)
    return 0.5 * excess, excess * n / math.sqrt(2.0 * pairs)


def _orthonormal(columns: np.ndarray) -> np.ndarray:
    left, singular, _ = np.linalg.svd(columns - columns.mean(axis=0), full_matrices=False)
    return left[:, singular > RANK * singular[0]]


def neighbor_difference(target: np.ndarray, residuals: np.ndarray) -> float:
    """h(target) - h(residuals) of columns (n, d) by neighbours, in nats: biases of equal shapes cancel.

    Of many rows, every second, third, ... in the order of the first column of the target; never fewer than 2,000.
    """
    rows = np.argsort(target[:, 0], kind="stable")[:: max(len(target) // MOST_ROWS, 1)]
    before, after = (neighbor_contributions(side[rows]) for side in (target, residuals))
    return float((before - after).mean())
