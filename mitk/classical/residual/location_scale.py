"""Residuals of columns given others, after a fit of their location and of their common scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mitk.numerics.smoothing import Basis, Smooth, location_bases, scale_bases, smooth
from mitk.numerics.spacings import spacing_entropy
from mitk.numerics.units import rows_by_size
from mitk.numerics.whitening import log_size, whitened

# Fits of the location, each with weights from the scale before it.
ROUNDS, ROUNDS_MANY = 3, 2
# A richer basis must gain so much, in nats of the residual's size and as a share of the squared error.
LOCATION_GAIN, SCALE_GAIN = 1e-3, 1e-3
# The search over ever finer splines ends when so many in a row were no better.
PATIENCE = 2
TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class Residuals:
    """Columns v as location(u) + scale(u) * residual.

    Attributes
    ----------
    values : ndarray of shape (n, d)
        The residuals, scale divided out.
    log_scale : ndarray of shape (n,)
        The scale is one for all columns.
    location, scale : str
        The bases chosen.
    """

    values: np.ndarray
    log_scale: np.ndarray
    location: str
    scale: str


def standardised_residuals(
    u: np.ndarray, v: np.ndarray, *, rich: bool = True, units: np.ndarray | None = None
) -> Residuals:
    """Fit location and scale of v (n, d) given u (n, du), by weighted least squares in turn.

    Bases are chosen by the size of the residuals of rows left out, which linear smoothers have in closed form. Rows
    pull their own fits, so residuals are too small, by a factor (1 - leverage) in the variance when noise is even:
    that is divided out. The scale is a fit of ln |residual|, half way to the one that leaves the row out: the
    entropies of the two miss by as much, one down and one up. Of rows with labels of `units` (n,), such as groups,
    whole units are left out: what the rows of a group tell of one another the other side does not.
    """
    together = () if units is None else rows_by_size(units)
    n, d = v.shape
    bases, spreads = location_bases(u, rich=rich), scale_bases(u, rich=rich)
    log_scale = np.zeros(n)
    location = scale = ""
    for _ in range(ROUNDS if d == 1 else ROUNDS_MANY):
        location, fit = _best_location(bases, v, log_scale, together, location if u.shape[1] == 1 else "")
        residuals = _studentised(v, fit, np.exp(-2.0 * (log_scale - log_scale.min())))
        size = _log_distance(residuals)
        scale, spread = _best_scale(spreads, size, together)
        log_scale = spread.fitted[:, 0]
    missed = (size - log_scale)[:, None]
    log_scale = log_scale - 0.5 * (spread.left_out(missed) - missed)[:, 0]
    return Residuals(residuals * np.exp(-log_scale)[:, None], log_scale, location, scale)


def _studentised(v: np.ndarray, fit: Smooth, weights: np.ndarray) -> np.ndarray:
    """Residuals (n, d) as large as the noise; of columns that the fit does not help, deviations from their mean.

    A fit of noise alone, once subtracted, would blur what is sharp in the density of its column.
    """
    missed = v - fit.fitted
    around = v - (weights @ v) / weights.sum()
    helped = weights @ fit.left_out(missed) ** 2 < weights @ around**2
    return np.where(helped, fit.studentised(missed), around)


def _log_distance(residuals: np.ndarray) -> np.ndarray:
    """Logarithm of the length of residuals (n, d), in directions of equal variance."""
    if residuals.shape[1] == 1:
        return np.log(np.maximum(np.abs(residuals[:, 0]), TINY))
    return 0.5 * np.log(np.maximum((whitened(residuals)[0] ** 2).sum(axis=1), TINY))


def _best_location(
    bases: dict[str, Basis], v: np.ndarray, log_scale: np.ndarray, units: Sequence[np.ndarray], near: str
) -> tuple[str, Smooth]:
    best: tuple[float, str, Smooth] | None = None
    names = list(bases)
    if near:
        place = names.index(near)
        names = names[max(place - 1, 0) : place + 2]
    worse = 0
    for name in names:
        fit = smooth(bases[name], v, np.exp(-2.0 * (log_scale - log_scale.min())), units)
        left_out = fit.left_out(v - fit.fitted) * np.exp(-log_scale)[:, None]
        size = spacing_entropy(left_out[:, 0]) if v.shape[1] == 1 else log_size(left_out)
        if best is None or size < best[0] - LOCATION_GAIN:
            best, worse = (size, name, fit), 0
        elif (worse := worse + 1) > PATIENCE:
            break
    assert best is not None
    return best[1:]


def _best_scale(bases: dict[str, Basis], log_distance: np.ndarray, units: Sequence[np.ndarray]) -> tuple[str, Smooth]:
    best: tuple[float, str, Smooth] | None = None
    for name, basis in bases.items():
        fit = smooth(basis, log_distance[:, None], units=units)
        error = float((fit.left_out(log_distance[:, None] - fit.fitted) ** 2).mean())
        if best is None or error < best[0] * (1.0 - SCALE_GAIN):
            best = error, name, fit
    assert best is not None
    return best[1:]
