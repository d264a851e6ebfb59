"""Cheap readings of the information of two sides, to hold an estimate against: neighbours, planes, tables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from mitk.numerics.codes import joint_codes
from mitk.numerics.gaussian_mi import full_rank
from mitk.numerics.joint_entropy import entropy_contributions
from mitk.numerics.ksg import ksg_contributions, mixed_contributions
from mitk.numerics.ranks import normal_scores, standardised
from mitk.numerics.smoothing import ROWS_A_SCALE_TERM, ROWS_A_TERM, Columns, smooth, spline_basis, turning_plane
from mitk.numerics.whitening import log_size, smooth_scores, whitened

# Neighbours of a reading: few, for little bias.
K = 3
# How much wider the spread of neighbours' contributions is than that of independent rows: they share neighbours.
OVERLAP = 1.3
# The bias of neighbours falls about as this power of n in two columns, and as the power 1/d in d columns.
SLOWEST = 0.5
# Beyond this share of what n rows can show at most, neighbours do not tell how much they miss.
CEILING_SHARE = 0.5
# Columns in all up to which neighbours read what a fit leaves; of more, they are asked about so many leading ones.
MOST_COLUMNS, LEADING = 6, 2
# Share of a reading that may be left to neighbours; more is theirs alone, without the fit.
LEFT_SHARE = 0.2
# A richer fit must gain so many nats of the size of the residuals, and the scale so much of the squared error.
LOCATION_GAIN, SCALE_GAIN = 1e-3, 1e-2


@dataclass(frozen=True)
class Reading:
    """What one look at the data says of the information.

    Attributes
    ----------
    value : float
        Nats.
    error : float
        Standard error, nats.
    most : float
        What the truth may be as far as this reading goes, its bias towards 0 included, nats.
    whole : bool, default True
        False when most of the information is beyond what is read here and only `most` counts it.
    """

    value: float
    error: float
    most: float
    whole: bool = True


def label_entropy(codes: np.ndarray) -> float:
    """Entropy of labels (n,), in nats, with the first-order correction of Miller and Madow."""
    counts = np.unique(codes, return_counts=True)[1]
    shares = counts / len(codes)
    return float(-(shares * np.log(shares)).sum()) + (len(counts) - 1) / (2.0 * len(codes))


def table_reading(x: np.ndarray, y: np.ndarray) -> tuple[Reading, int]:
    """Labels x and y (n,) as a table, less its bias to first order; and how many of its cells have rows.

    Examples
    --------
    >>> x = np.repeat([0, 1], 500)
    >>> reading, cells = table_reading(x, x)           # truth: ln 2 = 0.693
    >>> round(reading.value, 2), cells
    (0.69, 2)
    """
    both = joint_codes(np.column_stack([x, y]))
    logs = [np.log(np.bincount(codes) / len(x))[codes] for codes in (both, x, y)]
    value = label_entropy(x) + label_entropy(y) - label_entropy(both)
    error = float((logs[0] - logs[1] - logs[2]).std()) / math.sqrt(len(x))
    return Reading(value, error, value + 2.0 * error), int(both.max()) + 1


def neighbor_reading(
    x: np.ndarray, y: np.ndarray, cells_x: np.ndarray | None = None, cells_y: np.ndarray | None = None
) -> Reading:
    """Nearest neighbours on normal scores (Kraskov et al.), rows in no particular order.

    Parameters
    ----------
    x : ndarray of shape (n, dx)
        Numbers without ties.
    y : ndarray of shape (n, dy)
    cells_x, cells_y : ndarray of shape (n,), optional
        Labels: rows that differ in them are never neighbours. A side may have no numbers at all.
    """
    n = len(x)
    cells = [np.zeros(n, dtype=np.int64) if c is None else c for c in (cells_x, cells_y)]

    def contributions(rows: np.ndarray) -> np.ndarray:
        a, b = (normal_scores(side[rows]) if side.shape[1] else side[rows] for side in (x, y))
        if cells_x is None and cells_y is None:
            return ksg_contributions(a, b, K, 1)
        live = [np.full(len(rows), side.shape[1] > 0) for side in (x, y)]
        return mixed_contributions(a, b, K, cells[0][rows], cells[1][rows], live[0], live[1])[0]

    whole = contributions(np.arange(n))
    half = float(np.mean([contributions(np.arange(start, n, 2)).mean() for start in (0, 1)]))
    value = float(whole.mean())
    error = OVERLAP * float(whole.std()) / math.sqrt(n)
    if value > CEILING_SHARE * float(digamma(n) - digamma(K)):
        return Reading(value, error, math.inf)
    power = min(SLOWEST, 1.0 / max(x.shape[1] + y.shape[1], 1))
    # What n rows miss, from what they rose since n/2.
    missing = max(value - half, 0.0) / (2.0**power - 1.0)
    return Reading(value, error, value + missing + 2.0 * error)


def explained_readings(x: np.ndarray, y: np.ndarray, *, bent: bool) -> list[Reading]:
    """Entropy of a side less that of what a plane through the other side leaves of it, and what that still shares.

    Both directions, for columns bent to normal margins, or as they are. Unlike neighbours, this has no ceiling and
    is exact for normal laws whatever their columns.
    """
    # Spacings of rows that repeat are 0, and outliers leave others none: such a reading is not finite.
    with np.errstate(all="ignore"):
        sides = [standardised(side) for side in (x, y)]
        x, y = (_spanning(standardised(smooth_scores(side)) if bent else side) for side in sides)
        return [_explained(u, v) for u, v in ((x, y), (y, x))]


def _spanning(side: np.ndarray) -> np.ndarray:
    spanning = full_rank(side)
    return side if spanning.shape[1] == side.shape[1] else spanning


def _explained(u: np.ndarray, v: np.ndarray) -> Reading:
    n = len(u)
    residuals = _residuals(u, v)
    values, log_scale = _scaled(u, residuals)
    before, after = (entropy_contributions(side, quick=True)[1] for side in (v, values))
    contributions = before - after - v.shape[1] * log_scale
    left = _left(u, v, values)
    value, rest = float(contributions.mean()), max(float(left.mean()), 0.0)
    most = value + rest
    whole = rest <= LEFT_SHARE * most
    if whole:
        value, contributions = most, contributions + left
    error = float(contributions.std()) / math.sqrt(n)
    return Reading(value, error, most + 2.0 * error, whole)


def _residuals(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """What a plane through u, or one that turns with the radius, leaves of v (n, d), of the size of the noise."""
    n, d = u.shape
    white = whitened(u)[0]
    bases = [Columns(np.column_stack([np.ones(n), white]))]
    if 3 * (d + 1) * ROWS_A_TERM <= n:
        bases.append(Columns(turning_plane(white)))
    best, found = math.inf, v
    for basis in bases:
        fit = smooth(basis, v)
        missed, kept = v - fit.fitted, 1.0 - fit.leverage[:, None]
        size = log_size(missed / kept)
        if size < best - LOCATION_GAIN:
            best, found = size, missed / np.sqrt(kept)
    return found


def _scaled(u: np.ndarray, residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (n, d) over a scale that may follow the radius of u, and the logarithm of the scale (n,)."""
    n = len(u)
    log_scale = np.zeros(n)
    distance = 0.5 * np.log(np.maximum((whitened(residuals)[0] ** 2).sum(axis=1), np.finfo(float).tiny))
    radius = normal_scores((whitened(u)[0] ** 2).sum(axis=1)[:, None])[:, 0]
    if n >= 2 * ROWS_A_SCALE_TERM:
        fit = smooth(spline_basis(radius, 1), distance[:, None])
        missed = (distance - fit.fitted[:, 0]) / (1.0 - fit.leverage)
        if float((missed**2).mean()) < (1.0 - SCALE_GAIN) * float(distance.var()):
            # Half way to the fit that leaves the row out: the entropies of the two miss by as much, one down, one up.
            log_scale = fit.fitted[:, 0] - 0.5 * fit.leverage * missed
    return residuals * np.exp(-log_scale)[:, None], log_scale


def _left(u: np.ndarray, v: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Contributions (n,) to the information that the residuals still share with the explaining side, by neighbours."""
    if u.shape[1] + v.shape[1] > MOST_COLUMNS:
        left, _, right = np.linalg.svd(whitened(u)[0].T @ whitened(v)[0], full_matrices=False)
        u, residuals = whitened(u)[0] @ left[:, :LEADING], whitened(residuals)[0] @ right[:LEADING].T
    scores = [normal_scores(whitened(side)[0]) for side in (u, residuals)]
    return ksg_contributions(scores[0], scores[1], K, 1)
