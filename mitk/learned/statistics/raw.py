"""Second and fourth moments of the columns as they are: what ranks hide of straight relations between columns.

They change under increasing maps of columns, and stand last among the statistics of the whole: a network that is to
ignore such maps is trained without them.
"""

from __future__ import annotations

import numpy as np

from mitk.learned.statistics.canonical import pairing
from mitk.learned.statistics.formulas import Array, Pairing, both, largest
from mitk.numerics.gaussian_mi import gaussian_bias

# How many there are.
RAW = 8


def raw_statistics(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of finite rows x (n, dx) and y (n, dy); shape (8,)."""
    x, y = (_scaled(side) for side in (x, y))
    return straight_statistics(pairing(x, y), len(x))


def _scaled(side: np.ndarray) -> np.ndarray:
    """Columns of unit variance, of numbers of any size; constant ones are 0."""
    side = side / 2.0 - side.min(axis=0) / 2.0
    side = side / np.maximum(side.max(axis=0), np.finfo(float).tiny)
    centred = side - side.mean(axis=0)
    return centred / np.maximum(centred.std(axis=0), 1e-12)


def straight_statistics(paired: Pairing, n: int) -> Array:
    """Informations of n paired rows without a ridge and with two, and tails of their sides; shape (8,)."""
    xp = paired.p.__array_namespace__()
    dx, dy = paired.white_x.shape[1], paired.white_y.shape[1]
    bias = gaussian_bias(n, dx, dy) if n > dx + dy + 2 else 0.0
    white = (paired.white_x, dx), (paired.white_y, dy)
    # Fourth moments over those of a normal law, of the rows' lengths and of the variates.
    lengths = [xp.log(((side * side).sum(axis=1) ** 2).mean() / (d * (d + 2.0)) + 1e-9) for side, d in white]
    tails = [xp.log((side**2 * side**2).mean() / 3.0 + 1e-9) for side, _ in white]
    found = [
        paired.plain - bias,
        paired.informations[0].sum(),
        largest(paired.informations[0]),
        paired.informations[2].sum(),
        *both(*lengths),
        *both(*tails),
    ]
    return xp.stack([xp.asarray(value) for value in found])
