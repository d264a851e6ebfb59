"""What the network sees of a data set: statistics that ignore the order of rows and columns and which side is which.

Coordinates become normal scores. Ridge-whitened canonical variates pair the sides; polynomials of them, fitted on one
half of the rows and judged on the other, find dependence that second moments miss; nearest-neighbour estimates look at
several views of few columns; and a sample of rows is kept of each view.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from mitk.learned.statistics.canonical import pairing
from mitk.learned.statistics.formulas import best_columns, log_radius, overall_statistics, token_statistics
from mitk.learned.statistics.nonlinear import curved
from mitk.learned.statistics.order import arrangement, untied
from mitk.learned.statistics.raw import raw_statistics
from mitk.learned.statistics.sides import nearest, side_statistics
from mitk.learned.statistics.views import neighbor_statistics, row_views
from mitk.numerics.ranks import normal_scores

TOKENS = 32
CURVED_TOKENS = 4
VIEW_ROWS = 192
# Rows looked at together, and parts of so many rows.
MAX_ROWS, MAX_PARTS = 20_000, 8
# Beyond these, values of a row and statistics of the whole say no more than that they are extreme.
LIMIT, BOUNDS = 6.0, (-40.0, 60.0)


class Features(NamedTuple):
    """One data set as the network sees it; padded tokens are zero.

    Attributes
    ----------
    tokens : ndarray of shape (32, 21)
        One canonical pair a row.
    curved : ndarray of shape (4, 8)
        One pair of polynomial variates a row.
    overall : ndarray of shape (87,)
        Statistics of the whole; the last 8 change under increasing maps of columns, no others do.
    rows : ndarray of shape (7, 192, 2)
        Rows of seven views.
    pairs : int
        Tokens that are not padding.
    rows_kept : int
        Rows of the views that are not padding.
    """

    tokens: np.ndarray
    curved: np.ndarray
    overall: np.ndarray
    rows: np.ndarray
    pairs: int
    rows_kept: int


def features(x: np.ndarray, y: np.ndarray, most: int = MAX_ROWS) -> Features:
    """Statistics of rows `x` (n, dx) and `y` (n, dy), finite, of any law; n at least 2.

    Of more than `most` rows, as many are looked at, drawn at random; the ranks are those among all.
    """
    return _of_parts(x, y, 1, min(len(x), most))[0]


def features_of_parts(x: np.ndarray, y: np.ndarray, most: int = MAX_ROWS, parts: int = MAX_PARTS) -> list[Features]:
    """Statistics of at most `parts` parts of about equally many rows, at most `most`."""
    count = min(-(-len(x) // most), parts)
    return _of_parts(x, y, count, min(len(x) // count, most))


def _of_parts(x: np.ndarray, y: np.ndarray, parts: int, size: int) -> list[Features]:
    # Matrices are small: handing them to several threads costs more than it saves, on a busy machine much more.
    with _blas().limit(limits=1, user_api="blas"):
        first, second, rows = untied(x, y)
        zx, zy = normal_scores(first), normal_scores(second)
        found = arrangement(zx, zy)
        raw_x, raw_y = found.of(x[rows], y[rows])
        zx, zy = (side / np.maximum(side.std(axis=0), 1e-9) for side in found.of(zx, zy))
        cuts = [slice(start, start + size) for start in range(0, parts * size, size)]
        return [_features(zx[cut], zy[cut], found.half[cut], raw_statistics(raw_x[cut], raw_y[cut])) for cut in cuts]


@functools.cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def _features(zx: np.ndarray, zy: np.ndarray, half: np.ndarray, raw: np.ndarray) -> Features:
    paired = pairing(zx, zy)
    bent = curved(paired, half)
    axis_x, axis_y, peaks = best_columns(zx, zy)
    radius_x, radius_y = log_radius(paired.white_x), log_radius(paired.white_y)
    count = min(paired.p.shape[1], TOKENS)
    tokens = np.zeros((TOKENS, 21))
    tokens[:count] = token_statistics(paired, peaks, count)
    views = row_views(paired, bent, (axis_x, axis_y), (radius_x, radius_y))
    kept = min(len(zx), VIEW_ROWS)
    rows = np.zeros((len(views), VIEW_ROWS, 2))
    for v, (a, b) in enumerate(views):
        rows[v, :kept, 0], rows[v, :kept, 1] = a[:kept], b[:kept]
    np.clip(rows, -LIMIT, LIMIT, out=rows)
    overall = np.concatenate(
        [
            overall_statistics(zx, zy, paired, radius_x, radius_y),
            neighbor_statistics(zx, zy, half, paired, bent, [(axis_x, axis_y), (radius_x, radius_y)]),
            side_statistics(zx, zy, paired, nearest),
            raw,
        ]
    )
    return Features(tokens, bent.statistics, np.clip(overall, *BOUNDS), rows, count, kept)
