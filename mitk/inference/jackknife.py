"""Delete-group jackknife: an interval for any estimator from a few refits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mitk.data.samples import Samples
from mitk.inference.distribution import from_standard_error
from mitk.inference.resampling import partition, unit_labels
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason

GROUPS = 20


def jackknife(
    value: Callable[[np.ndarray], float],
    full: float,
    samples: Samples,
    *,
    seed: int = 0,
    groups: int = GROUPS,
    below: float = 0.0,
    above: float = 0.0,
) -> tuple[Quantiles | None, tuple[Reason, ...]]:
    """Interval from leaving out one of `groups` random parts at a time.

    The variance is ``(g - 1) / g * sum_j (v_j - mean v)^2`` over the g leave-one-part-out values, with g - 1
    degrees of freedom (Shao and Wu 1989). Parts are whole groups or runs when the samples have them.

    Parameters
    ----------
    value : callable
        Estimate in nats from the given row numbers.
    full : float
        Estimate in nats from all rows.
    samples : Samples
    seed : int
    groups : int, default 20
        More cost time, fewer cost degrees of freedom.
    below, above : float, default 0.0
        How far below or above `full` the truth may lie for a bias the caller knows of.

    Returns
    -------
    Quantiles or None
    tuple of Reason
        Reasons why there is none.
    """
    labels = unit_labels(samples)
    g = min(groups, int(labels.max()) + 1)
    if g < 3:
        return None, (
            Reason("no-interval", f"No interval: {g} independent units are too few for a jackknife", "collect more"),
        )
    rng = np.random.default_rng(seed)
    everything = np.arange(samples.n)
    values = np.array([value(np.setdiff1d(everything, part, assume_unique=True)) for part in partition(labels, g, rng)])
    if not np.isfinite(values).all():
        return None, (
            Reason("no-interval", "No interval: some subsets of the rows have no finite value", "collect more"),
        )
    variance = (g - 1) ** 2 / g * values.var(ddof=1)
    quantiles = from_standard_error(full, float(np.sqrt(variance)), g - 1, "jackknife", below=below, above=above)
    return quantiles, ()
