"""A second opinion on conditional information that was had by linear fits: what the fits leave is read again."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mitk.data.samples import Samples, Side
from mitk.inference.residual_dependence import fits_on
from mitk.inference.second_opinion import TOLERANCE, TOLERANCE_SHARE, CheapReadings
from mitk.inference.strata import strata_information, strata_of, strata_reasons
from mitk.numerics.gaussian_mi import full_rank, unexplained
from mitk.numerics.ranks import normal_scores
from mitk.results.reason import Reason

# Standard errors from which on something counts as left: more than for one reading, since there are two.
ERRORS_LEFT = 3.0
# Powers of the condition's scores that the mean and the size of what is left may follow.
POWERS = (1, 2, 3)
ROUNDING = 1e-9
# Columns whose products are looked at, and standard errors from which on both sides follow one of these.
MOST_MULTIPLIED, ERRORS_OF_PRODUCTS = 20, 4.0
# Most readings of what is left with the condition and its columns.
MOST_PARTS = 7


def conditional_opinion(samples: Samples, value: float, low: float, high: float) -> list[Reason]:
    """Reasons to doubt a conditional value that took dependence on the condition, and the rest, for linear.

    With residuals r of x and s of y on the condition z, a linear world has I(x; y | z) = I(r; s) and I(r; z) =
    I(s; z) = 0. The first is read as `second_opinion` does, the others too, or, where a side repeats values, whose
    residuals lie on shifted lattices, by how their mean and size follow z; of rows that depend on each other by what
    smooth fits to other groups or runs foretell of these. Dependence of one side alone on the
    condition is harmless where nothing is shared: it is doubted when both sides have it, or the interval leaves 0.

    Parameters
    ----------
    samples : Samples
        With a condition, without constant columns.
    value, low, high : float
        The estimate and its interval, in nats.

    Returns
    -------
    list of Reason

    Examples
    --------
    >>> import numpy as np
    >>> from mitk.data.samples import admit
    >>> x, z, e = np.random.default_rng(0).standard_normal((3, 1000))
    >>> linear = admit(x + z, x + 2.0 * z + e, given=z).samples
    >>> conditional_opinion(linear, 0.347, 0.3, 0.4)
    []
    >>> bent = admit(x + z, x + 2.0 * z**2 + e, given=z).samples
    >>> len(conditional_opinion(bent, 0.06, 0.03, 0.1)) > 0
    True
    """
    assert samples.given is not None
    if all(side.few.all() for side in samples.sides):
        return _against_strata(samples, value, low, high)
    given, given_d = full_rank(samples.given.values), samples.given.d
    left = {}
    for what, side in (("x", samples.x), ("y", samples.y)):
        columns = unexplained(full_rank(side.values), given)
        if columns.shape[1] == 0:
            return []
        left[what] = Side(columns, ("continuous",) * columns.shape[1], tuple(f"{what} left" for _ in columns.T))
    plain = replace(samples, given=None)
    repeated = any(kind != "continuous" for side in (samples.x, samples.y) for kind in side.kinds)
    doubts = [] if repeated else CheapReadings(replace(plain, x=left["x"], y=left["y"])).against(value, low, high)
    bent = []
    for what, side in (("x", samples.x), ("y", samples.y)):
        if samples.dependent:
            depends = _followed(left[what].values, samples) > TOLERANCE
        elif any(kind != "continuous" for kind in side.kinds):
            depends = _moments_left(left[what].values, samples.given.values) > TOLERANCE
        else:
            # One column alone shows what neighbours miss among several.
            parts = [
                samples.given,
                *(samples.given.columns(np.arange(given_d) == j) for j in range(given_d) if given_d > 1),
            ]
            rest = (replace(plain, x=left[what], y=part) for part in parts[:MOST_PARTS])
            depends = any(CheapReadings(some, ERRORS_LEFT).against(0.0, 0.0, 0.0) for some in rest)
        if depends:
            bent.append(what)
    if len(bent) < 2 and _feigned_by_products(left["x"].values, left["y"].values, samples.given.values) > TOLERANCE:
        bent = ["x", "y"]
    if len(bent) == 2 or (bent and high > TOLERANCE):
        text = f"What a linear fit on the condition leaves of {' and of '.join(bent)} still depends on the condition"
        doubts.append(Reason("condition-bends", text, "transform the columns until their relations are linear"))
    return doubts


def _feigned_by_products(x: np.ndarray, y: np.ndarray, given: np.ndarray) -> float:
    """Most nats that residuals (n, dx) and (n, dy) owe to one product of two columns of the condition (n, dz).

    Among many columns neither neighbours nor single columns show it, and of few rows it feigns much.
    """
    scores = normal_scores(given[:, :MOST_MULTIPLIED])
    first, second = np.triu_indices(scores.shape[1], 1)
    if len(first) == 0:
        return 0.0
    products = scores[:, first] * scores[:, second]
    products = products - products.mean(axis=0)
    products = products / np.maximum(products.std(axis=0), ROUNDING)
    chance = ERRORS_OF_PRODUCTS / math.sqrt(len(scores))
    shared = np.ones(len(first))
    for side in (x, y):
        found = np.abs(products.T @ side).max(axis=1) / len(scores)
        shared *= np.where(found > chance, found, 0.0)
    return -0.5 * math.log1p(-min(float((shared**2).max()), 1.0 - 1e-12))


def _against_strata(samples: Samples, value: float, low: float, high: float) -> list[Reason]:
    """What the tables of the condition's levels say against a value, where rows fill them."""
    strata = strata_of(*(side.codes() for side in samples.sides))
    table = strata_information(strata, "miller-madow")
    apart = abs(table - value) > max(TOLERANCE, TOLERANCE_SHARE * max(table, value))
    if strata_reasons(strata) or low <= table <= high or not apart:
        return []
    text = f"The tables of the condition's levels say {table:.3g} nats where {value:.3g} were had"
    return [Reason("other-reading", text, 'compare with method="discrete"')]


def _followed(residuals: np.ndarray, samples: Samples) -> float:
    """Most nats by which smooth fits to other units foretell residuals (n, d), or their squares, from the condition."""
    fits, targets = fits_on(samples), np.hstack([residuals, residuals**2])
    targets = targets - targets.mean(axis=0)
    left = fits.remainder(targets)(targets)
    return 0.5 * float(np.log((targets**2).mean(axis=0) / (left**2).mean(axis=0)).max())


def _moments_left(residuals: np.ndarray, given: np.ndarray) -> float:
    """Most nats that a normal column would share with powers of the condition (n, dz), as residuals (n, d) follow them.

    Both residuals and their squares are looked at; -1/2 ln(1 - R^2), R^2 less what chance gives.
    """
    scores = normal_scores(given)
    powers = np.hstack([scores**power for power in POWERS])
    # Even powers of a balanced coin do not vary.
    basis = full_rank(powers[:, np.ptp(powers, axis=0) > ROUNDING])
    n, columns = basis.shape
    targets = np.hstack([residuals, residuals**2])
    targets = targets - targets.mean(axis=0)
    explained = ((basis.T @ targets / n) ** 2).sum(axis=0) / np.maximum((targets**2).mean(axis=0), 1e-300)
    adjusted = 1.0 - (1.0 - explained) * (n - 1.0) / max(n - columns - 1.0, 1.0)
    return -0.5 * math.log1p(-min(max(float(adjusted.max()), 0.0), 1.0 - 1e-12))
