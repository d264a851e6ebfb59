"""How many directions each side varies in, near each row and in all, and how well its columns tell each other."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import digamma

from mitk.learned.statistics.formulas import Array, Pairing, both

# Rows whose neighbours are sought, and among how many; at which neighbours distances are looked at.
CENTRES, AMONG = 128, 512
STEPS = (1, 3, 10, 30)
# Added to the variances, as a share of columns by rows: the least of the canonical ridges.
RIDGE = 0.02
MOST_DIMENSIONS = 100.0

Nearest = Callable[[Array, int], Array]


def nearest(squared: np.ndarray, k: int) -> np.ndarray:
    """The k least but one of each row, in rising order: the least is the distance of a row from itself."""
    return np.sort(np.partition(squared, k, axis=1)[:, : k + 1], axis=1)[:, 1:]


def side_statistics(zx: Array, zy: Array, paired: Pairing, nearest: Nearest) -> Array:
    """Local dimensions, what distances between rows say, and redundancy, of the sides and of both; shape (21,)."""
    xp = zx.__array_namespace__()
    squared = [_squared_distances(side) for side in (zx, zy)]
    x, y, joint = (_scaling(one, nearest) for one in (*squared, squared[0] + squared[1]))
    m, dx, dy = min(len(zx), AMONG), zx.shape[1], zy.shape[1]
    # Entropies of the sides less that of both, by balls of as many dimensions as the rows vary in.
    known = digamma(m) - digamma(_places(m)[1] + 1.0)
    entropies = known + _content(x[0], x[2]) + _content(y[0], y[2]) - _content(joint[0], joint[2])
    share = min((dx + dy) / 2.0 / len(zx), 3.0)
    own = [
        _redundancy(*side, share) for side in ((paired.spectrum_x, paired.block_x), (paired.spectrum_y, paired.block_y))
    ]
    return xp.concat([*both(x, y), joint, xp.stack([entropies]), *both(*own)])


def _squared_distances(side: Array) -> Array:
    """Of the first rows from more of them."""
    side = side[:AMONG]
    centres = side[:CENTRES]
    squares = (side * side).sum(axis=1)
    return squares[: len(centres), None] + squares - 2.0 * (centres @ side.T)


def _places(m: int) -> list[int]:
    return [min(k, m - 1) - 1 for k in STEPS]


def _scaling(squared: Array, nearest: Nearest) -> Array:
    """Mean logarithm of the distance to the third and the thirtieth neighbour, and dimensions at two scales.

    The logarithm of the distance to the k-th neighbour grows as psi(k) / d.
    """
    xp = squared.__array_namespace__()
    m = squared.shape[1]
    places = _places(m)
    logs = 0.5 * xp.log(xp.maximum(nearest(squared, places[-1] + 1), 1e-9)).mean(axis=0)
    near, third, tenth, far = (logs[k] for k in places)
    psi = digamma(np.array(places) + 1.0)
    small = (psi[2] - psi[0]) / xp.maximum(tenth - near, 1e-3)
    large = (psi[3] - psi[1]) / xp.maximum(far - third, 1e-3)
    return xp.stack([third, far, *(xp.minimum(d, xp.asarray(MOST_DIMENSIONS)) for d in (small, large))])


def _content(log_radius: Array, dimension: Array) -> Array:
    """Logarithm of a ball's content, by Stirling's series of the factorial, which any array can take."""
    xp = log_radius.__array_namespace__()
    half = 0.5 * dimension + 1.0
    factorial = (half - 0.5) * xp.log(half) - half + 0.5 * math.log(2.0 * math.pi) + 1.0 / (12.0 * half)
    return dimension * log_radius + 0.5 * dimension * math.log(math.pi) - factorial


def _redundancy(spectrum: Array, block: Array, share: float) -> Array:
    """Of a correlation matrix: -1/2 ln det, the entropy of its spectrum, what columns tell of each, mean and most."""
    xp = spectrum.__array_namespace__()
    ridge = RIDGE * share + 1e-6
    values = xp.maximum(spectrum, 0.0) + ridge
    shares = values / values.sum()
    inverse = xp.linalg.inv(block + ridge * xp.eye(len(block)))
    told = 0.5 * xp.log(xp.maximum(xp.diagonal(inverse), 1.0))
    return xp.stack([-0.5 * xp.log(values).sum(), -(shares * xp.log(shares)).sum(), told.mean(), told.max()])
