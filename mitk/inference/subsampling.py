"""Subsampling with variance extrapolation: the interval for methods that duplicates would break."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mitk.inference.distribution import from_standard_error
from mitk.inference.jackknife import jackknife
from mitk.inference.resampling import partition, unit_labels
from mitk.result import Quantiles
from mitk.samples import Samples

PARTS = 10
PARTS_LARGE = 30
LARGE = 10_000
DEGREES = 30
# Bias of neighbour and kernel estimators falls about as n^(-1/2) over the sizes seen here.
BIAS_EXPONENT = 0.5


def subsampling(
    value: Callable[[np.ndarray], float], full: float, samples: Samples, *, smallest: int, seed: int = 0
) -> tuple[Quantiles | None, tuple[str, ...]]:
    """Interval from disjoint subsamples, the variance extrapolated to all rows (Holmes and Nemenman 2019).

    Rows are cut into g disjoint parts (10; 30 from ten thousand rows on, where one cut gives degrees of freedom
    enough; fewer when a part would have less than `smallest` rows). The variance of an information estimate is
    B / n, so the sample variance s2 of the g values gives s2 / g for all rows. Cuts are repeated until their
    degrees of freedom reach 30. Nothing is drawn twice, so no artificial neighbours at distance zero arise.

    The same parts show the bias: with bias c n^(-1/2), the drift from parts to whole, D = v(n) - mean v(n/g),
    gives a remaining bias of -D / (sqrt(g) - 1). What exceeds one standard error lengthens the interval on that
    side, and a bias beyond two standard errors and 0.02 nats makes the result unreliable.

    Parameters
    ----------
    value : callable
        Estimate in nats from the given row numbers.
    full : float
        Estimate in nats from all rows.
    samples : Samples
    smallest : int
        Fewest rows a part may have.
    seed : int

    Returns
    -------
    Quantiles or None
    tuple of str
        Reasons for doubt.

    Notes
    -----
    With too few rows for two parts the delete-group jackknife takes over, whose subsets are larger.
    """
    labels = unit_labels(samples)
    units = int(labels.max()) + 1
    parts = min(PARTS_LARGE if samples.n >= LARGE else PARTS, samples.n // smallest, units // 2)
    if parts < 2:
        return jackknife(value, full, samples, seed=seed)
    rng = np.random.default_rng(seed)
    cuts = math.ceil(DEGREES / (parts - 1))
    values = np.array([[value(rows) for rows in partition(labels, parts, rng)] for _ in range(cuts)])
    variance = float(values.var(axis=1, ddof=1).mean()) / parts
    error = math.sqrt(variance)
    bias = -(full - float(values.mean())) / (parts**BIAS_EXPONENT - 1.0)
    beyond = math.copysign(max(abs(bias) - error, 0.0), bias)
    doubts: tuple[str, ...] = ()
    if abs(bias) > max(2.0 * error, 0.02):
        doubts = (
            f"The estimate still {'falls' if bias > 0 else 'rises'} with n: its bias is about {bias:+.2g} nats, "
            "more than its spread; collect more rows, reduce the dimension, or compare with another method.",
        )
    degrees = min(cuts * (parts - 1), units - 1)
    return from_standard_error(full, error, degrees, "subsampling", beyond), doubts
