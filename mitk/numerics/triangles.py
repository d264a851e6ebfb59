"""The data processing inequality in a network: in a triangle, the weakest edge is explained by the other two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.compiled import cached

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@cached
def _explained(
    starts: Ints, others: Ints, weights: Floats, x: Ints, y: Ints, value: Floats, tolerance: float, found: Ints
) -> None:
    """Mark edges for which a third node has a larger value with both ends; neighbours of a node are sorted."""
    for edge in range(x.size):
        i, j = x[edge], y[edge]
        a, b = starts[i], starts[j]
        least = value[edge] / (1.0 - tolerance) if value[edge] > 0.0 else value[edge]
        while a < starts[i + 1] and b < starts[j + 1]:
            if others[a] < others[b]:
                a += 1
            elif others[a] > others[b]:
                b += 1
            else:
                if weights[a] > least and weights[b] > least:
                    found[edge] = 1
                    break
                a += 1
                b += 1


def explained_edges(x: np.ndarray, y: np.ndarray, value: np.ndarray, nodes: int, tolerance: float = 0.0) -> np.ndarray:
    """Which edges are the weakest of a triangle, after Margolin et al. (2006).

    Where i and j share information only through k, I(i; j) <= min(I(i; k), I(k; j)). Every edge is judged on all of
    them, whatever is removed, so that the order of edges does not matter.

    Parameters
    ----------
    x, y : ndarray of shape (m,), integers
        Ends of the edges, each pair of nodes at most once.
    value : ndarray of shape (m,)
    nodes : int
    tolerance : float, default 0.0
        An edge is kept where it is weaker than another by this share of the other at most, which errors of estimates
        may be.

    Returns
    -------
    ndarray of shape (m,), bool

    Examples
    --------
    >>> explained_edges(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([0.9, 0.3, 0.5]), 3).tolist()
    [False, True, False]
    """
    ends = np.concatenate([x, y]).astype(np.int64)
    others = np.concatenate([y, x]).astype(np.int64)
    order = np.lexsort((others, ends))
    starts = np.searchsorted(ends[order], np.arange(nodes + 1)).astype(np.int64)
    found = np.zeros(len(x), dtype=np.int64)
    weights = np.concatenate([value, value]).astype(np.float64)[order]
    _explained(
        starts,
        others[order],
        weights,
        x.astype(np.int64),
        y.astype(np.int64),
        value.astype(np.float64),
        float(tolerance),
        found,
    )
    return found.astype(bool)
