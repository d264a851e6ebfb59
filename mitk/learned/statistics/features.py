"""What the network sees of a data set: statistics that ignore the order of rows and columns and which side is which.

Coordinates become normal scores. Ridge-whitened canonical variates pair the sides; polynomials of them, fitted on one
half of the rows and judged on the other, find dependence that second moments miss; nearest-neighbour estimates look at
several views of few columns; and a sample of rows is kept of each view.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from mitk.learned.statistics.canonical import Pairing, pairing
from mitk.learned.statistics.neighbors import neighbor_information
from mitk.learned.statistics.nonlinear import Curved, curved
from mitk.learned.statistics.order import arranged, untied
from mitk.numerics.gaussian_mi import gaussian_bias
from mitk.numerics.ranks import normal_scores

TOKENS = 32
CURVED_TOKENS = 4
VIEW_ROWS = 192
MAX_ROWS = 10_000
# Rows that the neighbour statistics look at: more where the view has few columns.
FEW_ROWS, MANY_ROWS, FEW_COLUMNS = 768, 3072, 10
LIMIT = 6.0
TINY = 1e-9


class Features(NamedTuple):
    """One data set as the network sees it; padded tokens are zero.

    Attributes
    ----------
    tokens : ndarray of shape (32, 21)
        One canonical pair a row.
    curved : ndarray of shape (4, 8)
        One pair of polynomial variates a row.
    overall : ndarray of shape (55,)
        Statistics of the whole.
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


def features(x: np.ndarray, y: np.ndarray) -> Features:
    """Statistics of rows `x` (n, dx) and `y` (n, dy), finite, of any law; n at least 2.

    Of more than 10,000 rows, as many are looked at, drawn at random; the ranks are those among all.
    """
    # Matrices are small: handing them to several threads costs more than it saves, on a busy machine much more.
    with _blas().limit(limits=1, user_api="blas"):
        return _features(x, y)


@functools.cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def _features(x: np.ndarray, y: np.ndarray) -> Features:
    x, y = untied(x, y)
    zx, zy, half = (side[:MAX_ROWS] for side in arranged(normal_scores(x), normal_scores(y)))
    paired = pairing(zx, zy)
    bent = curved(paired, half)
    axis_x, axis_y, peaks = best_columns(zx, zy)
    radius_x, radius_y = _log_radius(paired.white_x), _log_radius(paired.white_y)
    neighbors = _neighbors(zx, zy, paired, bent, axis_x, axis_y, radius_x, radius_y)
    tokens = np.zeros((TOKENS, 21))
    count = min(len(paired.informations[0]), TOKENS)
    tokens[:count] = _token_statistics(paired, peaks, count)
    scalars = _overall(zx, zy, paired, radius_x, radius_y)
    views = [(paired.p[:, i], paired.q[:, i]) for i in range(min(3, count))]
    views += [(paired.p[:, 0], paired.q[:, 0])] * (3 - len(views))
    views += [(bent.p[:, i], bent.q[:, i]) for i in range(2)]
    views += [(axis_x, axis_y), (radius_x, radius_y)]
    kept = min(len(zx), VIEW_ROWS)
    rows = np.zeros((len(views), VIEW_ROWS, 2))
    for v, (a, b) in enumerate(views):
        rows[v, :kept, 0], rows[v, :kept, 1] = a[:kept], b[:kept]
    np.clip(rows, -LIMIT, LIMIT, out=rows)
    overall = np.concatenate([scalars, neighbors])
    return Features(tokens, bent.statistics, np.clip(overall, -40.0, 60.0), rows, count, kept)


def best_columns(zx: np.ndarray, zy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pair of columns that themselves or whose squares correlate most, and all columns' best, linear and any.

    Returns
    -------
    axis_x, axis_y : ndarray of shape (n,)
    peaks : ndarray of shape (4, 64)
        Sorted -1/2 ln(1 - r^2) of each column's best partner: linear of x and of y, then of either kind; zero padded.
    """
    n, dx = zx.shape
    dy = zy.shape[1]
    wide_x = np.hstack([zx, _standardised(zx * zx)])
    wide_y = np.hstack([zy, _standardised(zy * zy)])
    cross = np.abs(wide_x.T @ wide_y / n)
    straight = cross[:dx, :dy]
    either = np.maximum(np.maximum(straight, cross[dx:, :dy]), np.maximum(cross[:dx, dy:], cross[dx:, dy:]))
    i, j = np.unravel_index(int(np.argmax(either)), either.shape)
    peaks = np.zeros((4, max(64, dx, dy)))
    for row, best in enumerate((straight.max(1), straight.max(0), either.max(1), either.max(0))):
        peaks[row, : len(best)] = _information(np.sort(best)[::-1])
    return zx[:, i], zy[:, j], peaks


def _neighbors(
    zx: np.ndarray,
    zy: np.ndarray,
    paired: Pairing,
    bent: Curved,
    axis_x: np.ndarray,
    axis_y: np.ndarray,
    radius_x: np.ndarray,
    radius_y: np.ndarray,
) -> np.ndarray:
    few = MANY_ROWS if zx.shape[1] + zy.shape[1] <= FEW_COLUMNS else FEW_ROWS
    found = [neighbor_information(zx[:few], zy[:few])]
    count = paired.p.shape[1]
    for many in (1, 2, 3):
        if many > count:
            found.append(found[-1])
        else:
            found.append(neighbor_information(paired.p[:MANY_ROWS, :many], paired.q[:MANY_ROWS, :many]))
    found.append(neighbor_information(axis_x[:MANY_ROWS, None], axis_y[:MANY_ROWS, None]))
    found.append(neighbor_information(radius_x[:MANY_ROWS, None], radius_y[:MANY_ROWS, None]))
    found += bent.neighbors(MANY_ROWS)
    return np.concatenate(found)


def _token_statistics(paired: Pairing, peaks: np.ndarray, count: int) -> np.ndarray:
    p, q = paired.p[:, :count], paired.q[:, :count]
    p2, q2 = p * p, q * q
    fourth_p, fourth_q = np.log((p2 * p2).mean(0) + TINY), np.log((q2 * q2).mean(0) + TINY)
    gap = p - q
    third_p, third_q = p * (p2 - 3.0), q * (q2 - 3.0)
    spectrum_x, spectrum_y = (np.log(np.maximum(s[:count], 1e-6)) for s in (paired.spectrum_x, paired.spectrum_y))
    statistics = [values[:count] for values in paired.informations]
    statistics += [
        np.log((p2 * q2).mean(0) + TINY),
        fourth_p + fourth_q,
        np.abs(fourth_p - fourth_q),
        np.abs(p * q).mean(0),
        np.log(np.abs(gap).mean(0) + 1e-6),
        np.log((gap * gap).mean(0) + 1e-9),
        ((p2 - 1.0) * (q2 - 1.0)).mean(0),
        (third_p * third_q).mean(0) / 6.0,
        (p * third_q + third_p * q).mean(0),
        np.abs((p * third_q - third_p * q).mean(0)),
        np.sqrt((p * (q2 - 1.0)).mean(0) ** 2 + (q * (p2 - 1.0)).mean(0) ** 2),
        (peaks[0] + peaks[1])[:count],
        np.abs(peaks[0] - peaks[1])[:count],
        (peaks[2] + peaks[3])[:count],
        np.abs(peaks[2] - peaks[3])[:count],
        spectrum_x + spectrum_y,
        np.abs(spectrum_x - spectrum_y),
    ]
    return np.clip(np.stack(statistics, axis=1), -20.0, 20.0)


def _overall(zx: np.ndarray, zy: np.ndarray, paired: Pairing, radius_x: np.ndarray, radius_y: np.ndarray) -> np.ndarray:
    n, dx = zx.shape
    dy = zy.shape[1]
    low, high = min(dx, dy), max(dx, dy)
    sums = [float(values.sum()) for values in paired.informations]
    enough = n > dx + dy + 2
    bias = gaussian_bias(n, dx, dy) if enough else 0.0
    plain = float(paired.plain) if enough else 0.0
    sd_x, sd_y = radius_x.std(), radius_y.std()
    square_x, square_y = (zx * zx).sum(1), (zy * zy).sum(1)
    wide_x, wide_y = square_x.std() / math.sqrt(2.0 * dx), square_y.std() / math.sqrt(2.0 * dy)
    flat_x, flat_y, tail_x, tail_y = (
        math.log(np.mean(np.square(s * s)) + TINY) for s in (zx, zy, paired.white_x, paired.white_y)
    )
    block_x, block_y = np.abs(paired.block_x).mean(), np.abs(paired.block_y).mean()
    across = paired.block_xy
    return np.array(
        [
            math.log(n),
            math.log(low),
            math.log(high),
            low / 16.0,
            high / 16.0,
            min((dx + dy) / n, 5.0),
            float(enough),
            *sums,
            *(float(values.max()) for values in paired.informations),
            min(bias, 20.0),
            plain - bias,
            sd_x + sd_y,
            abs(sd_x - sd_y),
            _correlation(radius_x, radius_y),
            _correlation(square_x, square_y),
            wide_x + wide_y,
            abs(wide_x - wide_y),
            flat_x + flat_y,
            tail_x + tail_y,
            abs(tail_x - tail_y),
            block_x + block_y,
            abs(block_x - block_y),
            np.abs(across).mean(),
            math.log(np.mean(across**2) * n + 1e-6),
            np.mean(across),
        ]
    )


def _log_radius(white: np.ndarray) -> np.ndarray:
    """Standardised logarithm of the squared length of each white row."""
    return _standardised(np.log((white * white).sum(axis=1) + 1e-9)[:, None])[:, 0]


def _standardised(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=0)
    return centred / np.maximum(centred.std(axis=0), 1e-9)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean((a - a.mean()) * (b - b.mean())) / max(a.std() * b.std(), 1e-12))


def _information(r: np.ndarray) -> np.ndarray:
    return -0.5 * np.log1p(-(np.minimum(r, 1.0 - 1e-9) ** 2))
