"""Sums of a signal and of noise that is not normal: edges and tails tell how much comes through, not variances."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy import stats
from scipy.signal import fftconvolve

from mitk.learned.prior.families import Draw
from mitk.learned.prior.mixing import noise_columns

# Laws of the signal and of the noise; every pair is one that MIST does not see.
SIGNALS = {
    "uniform": stats.uniform(),
    "exponential": stats.expon(),
    "gamma": stats.gamma(3.0),
    "beta": stats.beta(2.0, 5.0),
    "normal": stats.norm(),
    "logistic": stats.logistic(),
}
NOISES = {
    "laplace": stats.laplace(),
    "exponential": stats.expon(),
    "triangle": stats.triang(0.0),
    "logistic": stats.logistic(),
    "semicircle": stats.semicircular(),
}
# Share of either tail that is left out of the grid, and its cells.
TAIL, CELLS = 1e-9, 2**15
# Ratios of deviations, noise to signal, that laws are drawn of.
RATIOS = np.geomspace(0.003, 10.0, 80)


@cache
def information(signal: str, noise: str, ratio: float) -> float:
    """I(S; S + ratio E) = h(S + ratio E) - h(ratio E) in nats, S and E of unit deviation.

    Masses of the cells of one grid, which cumulative laws tell exactly, are convolved.
    """
    s, e = SIGNALS[signal], NOISES[noise]
    scale_s, scale_e = 1.0 / s.std(), ratio / e.std()
    ends_s, ends_e = (np.array(law.ppf([TAIL, 1.0 - TAIL])) * scale for law, scale in ((s, scale_s), (e, scale_e)))
    step = (np.ptp(ends_s) + np.ptp(ends_e)) / CELLS
    masses = []
    for law, scale, ends in ((s, scale_s, ends_s), (e, scale_e, ends_e)):
        edges = ends[0] + step * np.arange(math.ceil(np.ptp(ends) / step) + 1)
        masses.append(np.diff(law.cdf(edges / scale)))
    total = np.maximum(fftconvolve(*masses), np.finfo(float).tiny)
    entropy = -float((total * np.log(total)).sum()) + math.log(step)
    return entropy - float(e.entropy()) - math.log(scale_e)


def channels(rng: np.random.Generator, n: int) -> Draw:
    """One to thirty signals, each seen in noise, side by side; of one law or of several."""
    many = int(rng.choice([1, 1, 2, 3, 4, 6, 10, 16, 24, 30]))
    # What each would tell if all were normal.
    aim = math.exp(rng.uniform(math.log(0.05), math.log(15.0))) / many * np.ones(many)
    alike = rng.random() < 0.6
    if not alike:
        aim *= rng.uniform(0.2, 1.8, many)
    x, y, told = np.empty((n, many)), np.empty((n, many)), 0.0
    law = _law(rng)
    for j in range(many):
        law = law if alike else _law(rng)
        place = int(np.searchsorted(RATIOS, 1.0 / math.sqrt(math.expm1(2.0 * min(aim[j], 5.5)))))
        ratio = float(RATIOS[min(place, len(RATIOS) - 1)])
        signal, noise = SIGNALS[law[0]], NOISES[law[1]]
        x[:, j] = signal.rvs(n, random_state=rng) / signal.std()
        y[:, j] = x[:, j] + ratio * noise.rvs(n, random_state=rng) / noise.std()
        told += information(*law, ratio)
    if rng.random() < 0.3:
        # Exponentials of sums are products: noise that multiplies.
        x, y = np.exp(np.clip(x, -20.0, 20.0)), np.exp(np.clip(y, -20.0, 20.0))
    if rng.random() < 0.2:
        x, y = noise_columns(rng, x), noise_columns(rng, y)
    return Draw(x, y, told)


def _law(rng: np.random.Generator) -> tuple[str, str]:
    return str(rng.choice(list(SIGNALS))), str(rng.choice(list(NOISES)))
