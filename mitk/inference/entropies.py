"""Intervals and doubts for entropies of samples."""

from __future__ import annotations

import math

import numpy as np

from mitk.inference.distribution import PROBABILITIES, from_standard_error
from mitk.inference.inflation import effective_units, unit_variance
from mitk.inference.subsampling import drift
from mitk.inference.tables import sparse_counts
from mitk.numerics.sample_entropy import column_entropy_contributions, spacing_noise
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason

# A bias this small, in nats, is left to the interval.
NEGLIGIBLE = 0.05
# The bias of spacings falls about as 1/n, that of neighbours as n^-1/2: what is missing is so many times the change
# from half of the rows to all.
MISSING_ALONE, MISSING_JOINT = 1.0, 1.0 / (math.sqrt(2.0) - 1.0)


def label_quantiles(codes: np.ndarray, value: float, labels: np.ndarray) -> tuple[Quantiles, tuple[Reason, ...]]:
    """Confidence distribution of an entropy of labels, in nats, and doubts.

    The variance is that of the rows' -ln p over n, in units where rows depend on each other; in place of its own bias,
    (K - 1) / n^2, it takes what the chi-square of K even levels has, (K - 1) / 2n^2. A level seen once stands for as
    many rows of unseen ones; corrections that tell even counts from odd ones add K / 4n^2. Where one level was seen in
    all n rows, another of share q is missed with probability (1 - q)^n.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        Levels 0, 1, ...
    value : float
        The estimate, in nats.
    labels : ndarray of shape (n,)
        Unit of each row.
    """
    n, counts = len(codes), np.bincount(codes)
    levels, units = len(counts), effective_units(labels)
    if levels == 1:
        missed = -np.expm1(np.log1p(-np.array(PROBABILITIES)) / units)
        upper = np.where(
            np.array(PROBABILITIES) > 0.5, -missed * np.log(missed) - (1 - missed) * np.log1p(-missed), 0.0
        )
        return Quantiles(PROBABILITIES, tuple(upper.tolist()), "exact"), ()
    surprise = -np.log(counts / n)
    spread = float(unit_variance(surprise[codes][:, None], labels)[0])
    excess = surprise[counts == 1] - float((counts / n) @ surprise)
    unseen = float(((excess + math.log(2.0)) ** 2).sum()) / n
    second = 0.5 * (levels - 1) + max(levels / 4.0, 1.0)
    variance = (max(spread - (levels - 1) / n, 0.0) + unseen) / n + second / n**2
    quantiles = from_standard_error(value, math.sqrt(variance), max(units - 1.0, 1.0), "delta")
    return quantiles, sparse_counts(n, levels, int((counts == 1).sum()))


def column_quantiles(
    columns: np.ndarray, contributions: np.ndarray, labels: np.ndarray
) -> tuple[Quantiles, tuple[Reason, ...]]:
    """Confidence distribution of a differential entropy, in nats, and doubts.

    The variance is that of the rows' contributions over n, in units where rows depend on each other; the change from
    half of the rows to all lengthens the interval on the side on which the truth then lies.

    Parameters
    ----------
    columns : ndarray of shape (n, d)
        Without ties.
    contributions : ndarray of shape (n,)
    labels : ndarray of shape (n,)
        Unit of each row.
    """
    n, d = columns.shape
    value, variance = float(contributions.mean()), float(unit_variance(contributions[:, None], labels)[0])
    if d == 1:
        single, together = spacing_noise(n)
        variance = max(variance - single, 0.0) + together
    error = math.sqrt(variance / n)
    halves = [float(column_entropy_contributions(columns[start::2]).mean()) for start in (0, 1)] if n >= 8 else [value]
    missing = MISSING_ALONE if d == 1 else MISSING_JOINT
    bias = (float(np.mean(halves)) - value) * missing
    # The change of an unbiased estimate scatters about as much as the estimate itself.
    doubts = (drift(bias, "nats"),) if abs(bias) > max(2.0 * missing * error, NEGLIGIBLE) else ()
    quantiles = from_standard_error(
        value,
        error,
        max(effective_units(labels) - 1.0, 1.0),
        "contributions",
        below=max(bias, 0.0),
        above=max(-bias, 0.0),
    )
    return quantiles, doubts
