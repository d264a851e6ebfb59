"""Information per token, and the exponential law between it and what is lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.inputs import number_array, positive
from mitk.results.record import MIEstimate


def rate_per_token(information: MIEstimate | float, n_tokens: Any) -> float:
    """Information that a token of an output carries.

    Parameters
    ----------
    information : MIEstimate or float
    n_tokens : float or array_like of shape (m,)
        Tokens of the outputs; their mean L counts.

    Returns
    -------
    float
        R = I / L, in the unit of `information` per token.

    Raises
    ------
    DataError, ParameterError

    Examples
    --------
    >>> rate_per_token(3.0, [10, 14])
    0.25
    """
    return float(information) / positive(float(number_array(n_tokens, "n_tokens").mean()), "n_tokens")


@dataclass(frozen=True)
class ExponentialDistortion:
    """The fitted law D(R) = C exp(-b R) + D0.

    Attributes
    ----------
    scale, decay, floor : float
        C, b (per unit of rate) and D0.
    standard_errors : tuple of float
        Of the three; nan with only three points.
    r_squared : float
        Share of the variance of the distortions that the law explains.

    Examples
    --------
    >>> ExponentialDistortion(0.5, 1.0, 0.1)([0.0, 50.0]).round(3).tolist()
    [0.6, 0.1]
    """

    scale: float
    decay: float
    floor: float
    standard_errors: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    r_squared: float = math.nan

    def __call__(self, rate: Any) -> np.ndarray:
        """Distortion at `rate`, of its shape."""
        return self.scale * np.exp(-self.decay * np.asarray(rate, dtype=np.float64)) + self.floor


def fit_exponential_distortion(rates: Any, distortions: Any) -> ExponentialDistortion:
    """Fit D(R) = C exp(-b R) + D0 by least squares with C, b and D0 at least 0.

    Parameters
    ----------
    rates : array_like of shape (n,)
        n at least 3, not all equal; any unit.
    distortions : array_like of shape (n,)
        Such as 1 - accuracy.

    Returns
    -------
    ExponentialDistortion

    Raises
    ------
    DataError

    Notes
    -----
    For each b the other two follow from a non-negative linear fit; b is sought from a grid on. Standard errors
    are those of the linearised fit and mean little at a bound.

    References
    ----------
    * S. He et al., "An information theoretic perspective on agentic system design" (2025).

    Examples
    --------
    >>> import numpy as np
    >>> rates = np.linspace(0.0, 4.0, 9)
    >>> law = fit_exponential_distortion(rates, 0.6 * np.exp(-1.5 * rates) + 0.2)
    >>> round(law.scale, 4), round(law.decay, 4), round(law.floor, 4)
    (0.6, 1.5, 0.2)
    """
    from scipy.optimize import minimize_scalar, nnls

    rates, distortions = number_array(rates, "rates"), number_array(distortions, "distortions")
    if rates.ndim != 1 or rates.shape != distortions.shape or len(rates) < 3:
        raise DataError(
            sentence(
                "rates", "must have shape (n,) as distortions, n at least 3", f"{rates.shape}, {distortions.shape}"
            )
        )
    start, span = float(rates.min()), float(np.ptp(rates))
    if span == 0.0:
        raise DataError(sentence("rates", "must differ", f"{start} throughout"))

    def linear(log_decay: float) -> tuple[np.ndarray, float]:
        design = np.column_stack([np.exp(-math.exp(log_decay) * (rates - start)), np.ones(len(rates))])
        return nnls(design, distortions)

    # From nearly straight over the range to gone after a thousandth of it.
    grid = np.linspace(math.log(1e-3 / span), math.log(1e3 / span), 121)
    best = int(np.argmin([linear(point)[1] for point in grid]))
    bracket = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    found = minimize_scalar(lambda point: linear(point)[1], bounds=bracket, method="bounded", options={"xatol": 1e-12})
    decay = math.exp(float(found.x))
    (at_start, floor), residual = linear(float(found.x))
    scale = float(at_start * math.exp(decay * start))
    law = ExponentialDistortion(scale, decay, float(floor))
    total = float(((distortions - distortions.mean()) ** 2).sum())
    r_squared = 1.0 - residual**2 / total if total > 0 else math.nan
    return ExponentialDistortion(scale, decay, float(floor), _errors(law, rates, residual**2), r_squared)


def _errors(law: ExponentialDistortion, rates: np.ndarray, squares: float) -> tuple[float, float, float]:
    fading = np.exp(-law.decay * rates)
    slopes = np.column_stack([fading, -law.scale * rates * fading, np.ones(len(rates))])
    spare = len(rates) - 3
    if spare < 1 or np.linalg.matrix_rank(slopes) < 3:
        return (math.nan, math.nan, math.nan)
    covariance = np.linalg.inv(slopes.T @ slopes) * squares / spare
    first, second, third = np.sqrt(np.diag(covariance)).tolist()
    return first, second, third
