"""Divergences of two samples with their confidence distributions: from counts of labels, from log ratios of numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from mitk.inference.distribution import from_inversion, from_standard_error
from mitk.numerics.divergences import both_diagonal, log_ratios, shared_contributions, shuffled_gap
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason

# Neighbours where the ratio itself is averaged, which the scatter of its logarithm makes larger.
MANY = 20
# The share of what normal laws and single columns add to what neighbours read that may be missing still.
MISSING = 0.5
# So much of it, in nats or as a share of the value, is left to the interval.
DOUBTFUL, DOUBTFUL_SHARE = 0.15, 0.2
ERRORS = 2.0
# How much more scatter counts in the mean than that of independent rows, whose neighbours are their own: measured.
OVERLAP = 1.7
# Rows of a sample that is halved to see what more rows would change.
FEWEST_HALVED = 16
# Samples of which at least so many rows always follow each other in a column's order may have no value in common.
LEAST_RUN = 5


class Divergence(NamedTuple):
    """A divergence in nats, its confidence distribution, and doubts."""

    value: float
    quantiles: Quantiles
    doubts: tuple[Reason, ...] = ()


def label_kl(x: np.ndarray, y: np.ndarray) -> Divergence:
    """KL(p || q) of labels counted x and y (levels,), where every level of x is in y.

    The plug-in value less its bias to first order, (K_x - 1) / 2n + sum p (1 - q) / 2 m q; the interval inverts a test,
    as for tables: at p = q the plug-in is a chi-square with K - 1 degrees of freedom times (1/n + 1/m) / 2, away from
    it a normal of variance Var_p(ln p / q) / n + Var_q(p / q) / m.
    """
    n, m = float(x.sum()), float(y.sum())
    p, q = x / n, y / m
    levels, seen = len(x), x > 0
    log_ratio = np.log(p[seen] / q[seen])
    plug_in = max(float(p[seen] @ log_ratio), 0.0)
    bias = (int(seen.sum()) - 1) / (2.0 * n) + float((p * (1.0 - q) / q).sum()) / (2.0 * m)
    spread = float(p[seen] @ (log_ratio - plug_in) ** 2) / n + float(q @ (p / q - 1.0) ** 2) / m
    scale = 0.5 * (1.0 / n + 1.0 / m)
    return _inverted(plug_in, bias, (levels - 1) * scale, 2.0 * (levels - 1) * scale**2, spread)


def label_js(x: np.ndarray, y: np.ndarray) -> Divergence:
    """Jensen-Shannon divergence of labels counted x and y (levels,), both samples of the same weight.

    The plug-in value less its bias to first order, (K_x - 1) / 4n + (K_y - 1) / 4m less half of the mixture's variances
    over its probabilities. At p = q it is a chi-square with K - 1 degrees of freedom times (1/n + 1/m) / 8.
    """
    n, m = float(x.sum()), float(y.sum())
    p, q = x / n, y / m
    middle = 0.5 * (p + q)
    levels = len(x)
    plug_in = max(float(0.5 * (xlogy(p, p / middle).sum() + xlogy(q, q / middle).sum())), 0.0)
    own = (int((x > 0).sum()) - 1) / (4.0 * n) + (int((y > 0).sum()) - 1) / (4.0 * m)
    bias = own - float(((p * (1.0 - p) / n + q * (1.0 - q) / m) / (8.0 * middle)).sum())
    spread = 0.25 * (_variance_of_log(p, middle) / n + _variance_of_log(q, middle) / m)
    scale = 0.125 * (1.0 / n + 1.0 / m)
    return _inverted(plug_in, bias, (levels - 1) * scale, 2.0 * (levels - 1) * scale**2, spread)


def _variance_of_log(p: np.ndarray, middle: np.ndarray) -> float:
    """Variance under p of ln p / middle, all of shape (levels,)."""
    seen = p > 0
    ratio = np.log(p[seen] / middle[seen])
    return float(p[seen] @ ratio**2 - (p[seen] @ ratio) ** 2)


def _inverted(plug_in: float, bias: float, equal_bias: float, floor: float, spread: float) -> Divergence:
    """A plug-in value less its bias, with the quantiles of the test that compares it with each divergence."""
    value = plug_in - bias
    reach = max(plug_in - bias, 0.0)

    def shift(t: float) -> float:
        """The bias where the divergence is t: between that of equal laws and that of the estimate."""
        return equal_bias + (bias - equal_bias) * min(t / reach, 1.0) if reach > 0.0 else equal_bias

    if floor == 0.0:
        return Divergence(0.0, Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact"))
    slope = spread / plug_in if plug_in > 0.0 else 2.0 * equal_bias
    return Divergence(value, from_inversion(plug_in, shift, floor, lambda t: slope * t, value))


def number_kl(x: np.ndarray, y: np.ndarray) -> Divergence:
    """KL(p || q) of numbers x (n, d) and y (m, d) without ties: the mean of their log ratios at the rows of x.

    Where neighbours in all columns miss more of shuffled columns than errors allow, that much is added. The variance is
    that of the log ratios over n plus that of p / q at the rows of y over m. What normal laws and shuffled columns add
    lengthens the interval upwards, where the truth lies if y was seen too little, and half of it downwards.
    """
    a, b = both_diagonal(x, y)
    n, m = len(x), len(y)
    found = log_ratios(a, b)
    weights = np.exp(-log_ratios(b, a, MANY).values)
    own = float(found.values.var()) / n
    error = math.sqrt(own + float(weights.var()) / m)
    gap = shuffled_gap(x, y)
    gap = gap if abs(gap) > ERRORS * math.sqrt(own) else 0.0
    value = float(found.values.mean()) + gap
    missing = MISSING * (abs(found.anchored) + abs(gap))
    doubts: tuple[Reason, ...] = ()
    if missing > max(DOUBTFUL, DOUBTFUL_SHARE * abs(value)):
        text = f"Neighbours see all but {2.0 * missing:.2g} nats, which normal laws and single columns stand in for"
        doubts = (Reason("few-rows", text, "collect more rows, or reduce the dimension"),)
    degrees = max(min(n, m) - 1.0, 1.0)
    quantiles = from_standard_error(value, error, degrees, "contributions", below=missing, above=2.0 * missing)
    return Divergence(value, quantiles, doubts)


def number_js(x: np.ndarray, y: np.ndarray) -> Divergence:
    """Jensen-Shannon divergence of numbers x (n, d) and y (m, d) without ties, both of the same weight.

    The variance is that of the contributions, in which scatter counts more since rows share their neighbours. The
    change from half of the rows to all lengthens the interval on the side on which the truth then lies. Where a column
    parts the samples, nothing speaks against ln 2, and the interval reaches there.
    """
    sides = _shared(x, y)
    value = 0.5 * sum(float(side.mean()) for side, _ in sides)
    error = 0.5 * math.sqrt(sum((float(side.var()) + OVERLAP * noise) / len(side) for side, noise in sides))
    fewest, rise = min(len(x), len(y)), 0.0
    if fewest >= FEWEST_HALVED:
        halves = [_shared(x[start::2], y[start::2]) for start in (0, 1)]
        rise = value - 0.25 * sum(float(side.mean()) for half in halves for side, _ in half)
        rise *= 1.0 if x.shape[1] == 1 else 1.0 / (math.sqrt(2.0) - 1.0)
    quantiles = from_standard_error(
        value, error, max(fewest - 1.0, 1.0), "contributions", below=max(-rise, 0.0), above=max(rise, 0.0)
    )
    return Divergence(value, quantiles.enclosing(math.log(2.0)) if _apart(x, y) else quantiles)


def _apart(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether the rows of a sample follow each other in long runs in the order of some column."""
    order = np.argsort(np.concatenate([x, y]), axis=0)
    for column in (order < len(x)).T:
        ends = np.flatnonzero(np.diff(column))
        if np.diff(ends, prepend=-1, append=len(column) - 1).min() >= LEAST_RUN:
            return True
    return False


def _shared(x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Contributions (n,) and (m,) to the divergence of either sample from both, nats, and their scatter."""
    a, b = both_diagonal(x, y)
    return [shared_contributions(log_ratios(one, other).values) for one, other in ((a, b), (b, a))]
