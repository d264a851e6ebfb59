"""A Gaussian relation whose place and width follow the condition."""

from __future__ import annotations

import numpy as np

from mitk.data.samples import Samples
from mitk.inference.remainders import nearly_continuous
from mitk.inference.resampling import unit_labels
from mitk.inference.residual_dependence import fits_on
from mitk.numerics.gaussian_mi import canonical_variates, full_rank, unexplained
from mitk.numerics.ranks import normal_scores
from mitk.numerics.ridge import SmoothFits

# Logarithms of sizes are taken for no smaller than that of this share of rows.
LEAST_SIZE = 0.1


def gained_by_following(samples: Samples) -> float:
    """How much more than its correlations a Gaussian copula given the condition shares, in nats, at least 0.

    Parameters
    ----------
    samples : Samples
        With a condition, whose effect on either side alone was taken off. Of columns that repeat values nothing is
        gained.

    Notes
    -----
    With (u, v) a pair of canonical variates of normal scores, correlated at rho given z, the copula has
    I = h(v | z) - h(v | u, z) with the entropy of v - rho u in the place of the second, as if that had one mean and one
    spread. Where smooth fits m(z) + b(z) u of what it is and s(z) of how large it is leave less of it,

        h(v | u, z) <= 1/2 ln 2 pi e + E ln s(z),

    the rest is gained: a condition that moves, turns or widens the channel, as in y = x + z_1 noise. What fits m(z) and
    s(z) take off v alone is no gain. Both directions are averaged, and pairs summed.

    Examples
    --------
    >>> from mitk.data.samples import admit
    >>> x, e = np.random.default_rng(0).standard_normal((2, 2000))
    >>> z = np.random.default_rng(1).uniform(0.2, 1.8, 2000)
    >>> scaled = admit(x, (x + z * e) / np.sqrt(1.0 + z**2), given=z).samples
    >>> gained_by_following(scaled) > 0.03
    True
    >>> gained_by_following(admit(x, x + e, given=z).samples) < 0.005
    True
    """
    assert samples.given is not None
    units = unit_labels(samples) if samples.groups is not None else None
    if not all(nearly_continuous(side, units).all() for side in (samples.x, samples.y)):
        return 0.0
    given = full_rank(normal_scores(samples.given.values))
    sides = [unexplained(full_rank(normal_scores(side.values)), given) for side in (samples.x, samples.y)]
    if min(side.shape[1] for side in sides) == 0:
        return 0.0
    rho, x, y = canonical_variates(*sides)
    x, y = x[:, : len(rho)], y[:, : len(rho)]
    fits = fits_on(samples)
    gains = [_explained(fits, v - rho * u, u) - _explained(fits, v) for u, v in ((x, y), (y, x))]
    return float(np.maximum(gains, 0.0).sum(axis=1).mean())


def _explained(fits: SmoothFits, columns: np.ndarray, along: np.ndarray | None = None) -> np.ndarray:
    """How much less entropy Gaussian columns (n, r) have once they follow the condition, (r,) nats.

    Their mean and their spread, and, with columns `along` (n, r), how much they hold of these.
    """
    left = fits.remainder(columns).noise(columns)
    stages = [columns, left]
    if along is not None:
        turned = [fits.turned(u) for u in along.T]
        left = np.column_stack(
            [
                own.remainder(column[:, None]).noise(column[:, None])[:, 0]
                for own, column in zip(turned, left.T, strict=True)
            ]
        )
        stages.append(left)
    size = np.log(np.maximum(np.abs(left), np.quantile(np.abs(left), LEAST_SIZE, axis=0)))
    spread = size - fits.remainder(size)(size)
    entropies = [0.5 * np.log((stage**2).mean(axis=0)) for stage in stages]
    entropies.append(spread.mean(axis=0) + 0.5 * np.log(((left / np.exp(spread)) ** 2).mean(axis=0)))
    return np.asarray(entropies[0] - np.minimum.reduce(entropies))
