"""Contributions of rows to the nearest-neighbour estimates of mutual information."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from mitk.numerics.neighbors import joint_neighbors


def ksg_contributions(x: np.ndarray, y: np.ndarray, k: int, variant: int) -> np.ndarray:
    """Contributions, shape (n,) nats, of Kraskov, Stögbauer and Grassberger's estimators 1 and 2.

    1: psi(k) + psi(n) - psi(n_x + 1) - psi(n_y + 1), counts strictly within the joint radius;
    2: psi(k) - 1/k + psi(n) - psi(n_x) - psi(n_y), counts within the rectangle of the k neighbours.
    A row whose k nearest neighbours all coincide with it contributes as in a table:
    psi(n_xy) + psi(n) - psi(n_x) - psi(n_y), counts of equal rows, itself included.
    """
    n = x.shape[0]
    found = joint_neighbors(x, y, k, rectangle=variant == 2)
    if variant == 1:
        near = digamma(k) - digamma(found.x_open + 1) - digamma(found.y_open + 1)
    else:
        assert found.x_rectangle is not None
        assert found.y_rectangle is not None
        near = (
            digamma(k) - 1.0 / k - digamma(np.maximum(found.x_rectangle, 1)) - digamma(np.maximum(found.y_rectangle, 1))
        )
    same = digamma(found.joint_closed + 1) - digamma(found.x_closed + 1) - digamma(found.y_closed + 1)
    return digamma(n) + np.where(found.radius > 0.0, near, same)


def mixed_contributions(
    x: np.ndarray, y: np.ndarray, k: int, cells_x: np.ndarray, cells_y: np.ndarray, numeric: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Contributions, shape (n,) nats, when rows in different cells of a side are infinitely far apart.

    Variant 1 within cells, with k at most the other rows of the cell; rows that coincide contribute as in a
    table. A row alone in its cell that has numbers in it (`numeric`, shape (n,)) tells nothing about their
    density and contributes 0; the second array marks such rows.
    """
    n = x.shape[0]
    found = joint_neighbors(x, y, k, cells_x=cells_x, cells_y=cells_y)
    near = digamma(np.maximum(found.k, 1)) - digamma(found.x_open + 1) - digamma(found.y_open + 1)
    same = digamma(found.joint_closed + 1) - digamma(found.x_closed + 1) - digamma(found.y_closed + 1)
    contributions = digamma(n) + np.where(found.radius > 0.0, near, same)
    alone = (found.k == 0) & numeric
    return np.where(alone, 0.0, contributions), alone
