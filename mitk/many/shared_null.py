"""P-values of pairs whose null has no closed form: one set of permutations for all of them."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaincc

from mitk.data.samples import Samples
from mitk.data.screening import without_constant_condition
from mitk.errors import MITKError
from mitk.estimator import Estimator
from mitk.inference.conditional_surrogates import check_remainders
from mitk.inference.permutation import ROUNDING, choose_surrogate, circular_shifts, drawing, joint_p_value

# Permutations of every pair; after the first look those are left alone whose readings chance reaches easily, and those
# that lie so far out that more permutations would only say how small the p-value is.
PERMUTATIONS, LOOK, EASILY, FAR = 199, 40, 10, 1e-6


def permuted_p_value(estimator: Estimator, samples: Samples, seed: int = 0) -> float:
    """The p-value of independence, by the same permutations for all samples of so many rows.

    Parameters
    ----------
    estimator : Estimator
        Its readings make one statistic, as in `mitk.permutation_test`.
    samples : Samples
    seed : int, default 0

    Returns
    -------
    float
        nan where the method cannot be asked.

    Notes
    -----
    p = (1 + b) / (1 + B) of B = 199 permutations where b > 0 reach the observed statistic. After 40 of them p is taken
    where 10 or more reach each reading: it is then above .2, and no smaller p is touched. Where b = 0 the scale would
    end at .005, so that p is the tail of a gamma law with the mean, variance and skewness of what the surrogates gave,
    of the reading that is farthest out, times the number of readings, and .005 at most. Where that tail is below 1e-6
    after 40, it stands.
    """
    try:
        samples = without_constant_condition(samples)
        values = estimator.shuffled_values(samples)
        kind = choose_surrogate(samples, "auto")
        orders = _orders(samples, kind, seed)
        observed = values(np.arange(samples.n))
        check_remainders(samples, kind, observed)
        readings = [list(found.values()) for found in (observed, *map(values, orders[:LOOK]))]
        reached = (np.array(readings[1:]) >= np.array(readings[0]) - ROUNDING).sum(axis=0)
        if not (reached >= EASILY).all() and _least_tail(np.array(readings)) > FAR:
            readings += [list(values(order).values()) for order in orders[LOOK:]]
    except MITKError:
        return math.nan
    table = np.array(readings)
    p_value = joint_p_value(table)
    if p_value * len(table) > 1.5:
        # Others reach it.
        return p_value
    return min(p_value, _least_tail(table))


def _orders(samples: Samples, kind: str, seed: int) -> list[np.ndarray]:
    if kind == "circular shifts":
        shifts = circular_shifts(samples.n, PERMUTATIONS, np.random.default_rng(seed))
        return [np.roll(np.arange(samples.n), int(shift)) for shift in shifts]
    draw = drawing(samples, kind, seed)
    return [draw(np.random.default_rng(one)) for one in np.random.SeedSequence(seed).spawn(PERMUTATIONS)]


def _least_tail(table: np.ndarray) -> float:
    """Of readings (1 + B, k), the observed ones first, the tail of the one that is farthest out, for k looks."""
    return table.shape[1] * min(_gamma_tail(column) for column in table.T)


def _gamma_tail(column: np.ndarray) -> float:
    """Upper tail of the first of some values (1 + B,) under the gamma law of the others."""
    observed, null = float(column[0]), column[1:]
    if math.isnan(observed) or not np.isfinite(null).all():
        # No law has such values, so that this reading says no more than its rank.
        return 1.0
    center, spread = float(null.mean()), float(null.std(ddof=1))
    if math.isinf(observed) or spread == 0.0:
        return 1.0 if observed <= center else 0.0
    skew = max(float((((null - center) / spread) ** 3).mean()), 0.05)
    # A gamma law of shape 4 / skew^2, moved and scaled.
    shape = 4.0 / skew**2
    return float(gammaincc(shape, max(shape + math.sqrt(shape) * (observed - center) / spread, 0.0)))
