"""Gates of a single trained estimate: reasons that say why its value should not be trusted, and what to do."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mitk.inference.cross_fitting import smoothed
from mitk.results.reason import Reason

SATURATION = 0.85
MIN_EFFECTIVE = 50.0
# A gap between training and held-out value beyond this many nats and this share of the value is memory, not learning.
MEMORISED, MEMORISED_SHARE = 0.3, 0.5
# A rise over the last quarter of the curve beyond this share of the value means that training was cut short.
RISING_SHARE = 0.05


def anything(*first: str) -> str:
    """The advice to compare where nothing is known of the data."""
    return "compare with another method"


def ceiling(value: float, most: float, remedy: Callable[..., str] = anything) -> list[Reason]:
    """Doubt a value near the most that its bound can return.

    Parameters
    ----------
    value, most : float
        Nats.
    remedy : callable
        Makes the advice to compare with one of the methods named, or with another that accepts the data.

    Returns
    -------
    list of Reason
    """
    if value <= SATURATION * most:
        return []
    return [
        Reason(
            "ceiling",
            f"The value is {value / most:.0%} of {most:.2f} nats, the most this bound can return from so many "
            "held-out rows, and the truth may be far larger",
            remedy("anchored", "residual-entropy"),
        )
    ]


def effective_strangers(effective: float, remedy: Callable[..., str] = anything) -> list[Reason]:
    """Doubt a partition sum that a few pairs decide.

    Parameters
    ----------
    effective : float
        (sum e^f)^2 / sum e^{2f} over pairs of strangers.
    remedy : callable
        Makes the advice to compare with one of the methods named, or with another that accepts the data.

    Returns
    -------
    list of Reason
    """
    if effective >= MIN_EFFECTIVE:
        return []
    return [
        Reason(
            "normaliser",
            f"The normaliser rests on {effective:.0f} effective pairs, fewer than {MIN_EFFECTIVE:.0f}, so its error is "
            "of the order of the value",
            f"collect more rows, or {remedy('infonce')}",
        )
    ]


def generalisation(train: float, held_out: float, error: float, remedy: Callable[..., str] = anything) -> list[Reason]:
    """Doubt a value whose critic mostly remembers its training rows.

    Parameters
    ----------
    train, held_out : float
        Nats, by the same networks.
    error : float
        Standard error of the held-out value.
    remedy : callable
        Makes the advice to compare with one of the methods named, or with another that accepts the data.

    Returns
    -------
    list of Reason
    """
    gap = train - held_out
    if gap <= max(MEMORISED, MEMORISED_SHARE * abs(held_out), 3.0 * error):
        return []
    return [
        Reason(
            "memory",
            f"The critic reaches {train:.2f} nats on the rows it was trained on and {held_out:.2f} on others: it "
            "remembers rather than learns",
            f"collect more rows, reduce the dimension, or {remedy('anchored')}",
        )
    ]


def trained_out(steps: np.ndarray, curve: np.ndarray, budget: int, error: float) -> list[Reason]:
    """Doubt a value that was still rising when the budget of steps ended.

    Parameters
    ----------
    steps : ndarray of shape (checkpoints,)
    curve : ndarray of shape (checkpoints,)
        Mean held-out value, nats.
    budget : int
        Most steps.
    error : float
        Standard error of the value.

    Returns
    -------
    list of Reason
    """
    if len(curve) < 8 or steps[-1] < budget:
        return []
    steady = smoothed(curve)
    rise = float(steady[-1] - steady[-1 - len(curve) // 4])
    if rise <= max(2.0 * error, RISING_SHARE * abs(float(steady[-1])), 0.02):
        return []
    text = f"The held-out value still rose by {rise:.2f} nats over the last quarter of {budget} steps"
    return [Reason("training-cut-short", text, "raise `steps`")]


def restarts(values: np.ndarray) -> list[Reason]:
    """Doubt a value that depends on the first parameters more than on the data.

    Parameters
    ----------
    values : ndarray of shape (restarts,)
        Nats.

    Returns
    -------
    list of Reason
    """
    if len(values) < 2:
        return []
    spread, mean = float(np.std(values, ddof=1)), float(np.mean(values))
    if math.isfinite(spread) and spread <= max(0.05, 0.25 * abs(mean)):
        return []
    text = f"Restarts differ by {spread:.2f} nats around {mean:.2f}"
    return [Reason("restarts-differ", text, "raise `steps`, or collect more rows")]
