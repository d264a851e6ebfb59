"""What a variational autoencoder's code can know of its input: the rate, and its split over two levels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.catalogue import measure
from mitk.measures.inputs import number_array, rows_of
from mitk.measures.outcome import check_options, result_of
from mitk.results.record import MIEstimate

Normal = tuple[Any, Any]


def vae_rate(
    mu: Any, logvar: Any, prior: Normal | None = None, *, confidence: float | None = 0.95, unit: str = "nats"
) -> MIEstimate:
    """Rate of a variational autoencoder: an upper bound of the information its code has of the input.

    Parameters
    ----------
    mu, logvar : array_like of shape (n,) or (n, d)
        Mean and log variance of q(z|x) for each input, dimensions independent.
    prior : pair of array_like broadcastable to (n, d), optional
        Mean and log variance of the prior, by default 0 and 0. A row each for a prior that depends on a condition:
        then the information given that condition is bounded.
    confidence : float or None, default 0.95
        The interval covers the rate over the law of the inputs.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    MIEstimate
        Kind "upper". ``diagnostics["per_dimension_nats"]`` splits it over the code (d,); `pointwise` is the
        divergence of each input.

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    ``R = E_x KL(q(z|x) || p(z)) = I_q(X; Z) + KL(q(z) || p(z)) >= I_q(X; Z)``. It bounds the information of the
    encoder's code, and says nothing of that under the generative model.

    References
    ----------
    * E. Battenberg et al., "Effective use of variational embedding capacity in expressive end-to-end speech
      synthesis" (2019).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal(4000)
    >>> r = vae_rate(0.8 * x, np.full(4000, np.log(0.25)))      # truth: rate 0.638, information 0.635 nats
    >>> r.kind, 0.638 in r.ci
    ('upper', True)
    """
    check_options(confidence, unit)
    mu, logvar = normal_pair((mu, logvar), "mu", "logvar")
    divergences = divergences_of(mu, logvar, prior_pair(prior, mu.shape))
    return _rate_result("vae_rate", divergences, confidence, unit)


@dataclass(frozen=True)
class HierarchicalRate:
    """Rates of two levels of code.

    Attributes
    ----------
    high : MIEstimate
        Bounds I(X; Z_H), and I(Z_L; Z_H).
    low : MIEstimate
        Bounds I(X; Z_L).
    """

    high: MIEstimate
    low: MIEstimate


def hierarchical_rate(
    low: Normal,
    high: Normal,
    low_prior: Normal,
    z_low: Any,
    high_prior: Normal | None = None,
    *,
    confidence: float | None = 0.95,
    unit: str = "nats",
) -> HierarchicalRate:
    """Split the rate over a code z_L near the data and one above it, z_H.

    Parameters
    ----------
    low : pair of array_like of shape (n, d_L)
        Mean and log variance of q(z_L|x).
    high : pair of array_like of shape (n, d_H)
        Of q(z_H|z_L), at the `z_low` of each input.
    low_prior : pair of array_like broadcastable to (n, d_L)
        Of p(z_L|z_H), at a z_H drawn from `high`.
    z_low : array_like of shape (n, d_L)
        The codes drawn from `low`.
    high_prior : pair of array_like broadcastable to (n, d_H), optional
        Of p(z_H), by default 0 and 0.
    confidence, unit
        As in `vae_rate`.

    Returns
    -------
    HierarchicalRate

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    ``R_H = E KL(q(z_H|z_L) || p(z_H)) >= I(X; Z_H)`` and
    ``R_L = R_H + E ln q(z_L|x) / p(z_L|z_H) >= I(X; Z_L)``, the divergence of both codes from their joint prior
    p(z_H) p(z_L|z_H). The second mean is over codes drawn together, the entropy of q(z_L|x) in closed form;
    closed-form divergences from p(z_L|z_H) would take z_L and z_H as independent given x, which they are not.

    References
    ----------
    * E. Battenberg et al., "Effective use of variational embedding capacity in expressive end-to-end speech
      synthesis" (2019).

    Examples
    --------
    >>> import numpy as np
    >>> ones, zeros = np.ones((10, 1)), np.zeros((10, 1))
    >>> drawn = np.sqrt(2.0) * ones                        # as far from 0 as a draw from N(1, 1) is on average
    >>> r = hierarchical_rate((ones, zeros), (2 * ones, zeros), (zeros, zeros), drawn, confidence=None)
    >>> round(r.high.value, 6), round(r.low.value, 6)      # 2^2 / 2 above, 1^2 / 2 more below
    (2.0, 2.5)
    """
    check_options(confidence, unit)
    low_mu, low_logvar = normal_pair(low, "low[0]", "low[1]")
    high_mu, high_logvar = normal_pair(high, "high[0]", "high[1]")
    if len(low_mu) != len(high_mu):
        raise DataError(sentence("high", f"must have the {len(low_mu)} rows of low", len(high_mu)))
    drawn = rows_of(z_low, "z_low")
    if drawn.shape != low_mu.shape:
        raise DataError(sentence("z_low", f"must have the shape {low_mu.shape} of low", f"{drawn.shape}"))
    above = divergences_of(high_mu, high_logvar, prior_pair(high_prior, high_mu.shape, "high_prior"))
    prior_mu, prior_logvar = prior_pair(low_prior, low_mu.shape, "low_prior")
    below = 0.5 * (prior_logvar - low_logvar - 1.0 + (drawn - prior_mu) ** 2 * np.exp(-prior_logvar))
    return HierarchicalRate(
        _rate_result("hierarchical_rate", above, confidence, unit),
        _rate_result("hierarchical_rate", np.column_stack([above, below]), confidence, unit),
    )


def normal_pair(pair: Normal, what_mu: str, what_logvar: str) -> tuple[np.ndarray, np.ndarray]:
    """Means and log variances of one shape, each (n, d)."""
    mu, logvar = rows_of(pair[0], what_mu), rows_of(pair[1], what_logvar)
    if mu.shape != logvar.shape:
        raise DataError(sentence(what_logvar, f"must have the shape {mu.shape} of {what_mu}", f"{logvar.shape}"))
    return mu, logvar


def prior_pair(pair: Normal | None, shape: tuple[int, ...], what: str = "prior") -> tuple[np.ndarray, np.ndarray]:
    """Mean and log variance of a prior, broadcast to `shape`; standard normal by default."""
    if pair is None:
        return np.zeros(shape), np.zeros(shape)
    sides = [number_array(side, what) for side in pair]
    try:
        return np.broadcast_to(sides[0], shape), np.broadcast_to(sides[1], shape)
    except ValueError as error:
        shapes = f"{sides[0].shape} and {sides[1].shape}"
        raise DataError(sentence(what, f"must be a pair of arrays that broadcast to {shape}", shapes)) from error


def divergences_of(mu: np.ndarray, logvar: np.ndarray, prior: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """KL of diagonal normals from a prior, dimension by dimension, (n, d) nats."""
    difference = logvar - prior[1]
    return 0.5 * (np.exp(difference) - 1.0 - difference + (mu - prior[0]) ** 2 * np.exp(-prior[1]))


def _rate_result(name: str, divergences: np.ndarray, confidence: float | None, unit: str) -> MIEstimate:
    rows = divergences.sum(axis=1)
    n = len(rows)
    return result_of(
        measure(name),
        float(rows.mean()),
        confidence=confidence,
        unit=unit,
        units=n,
        standard_error=float(rows.std(ddof=1)) / math.sqrt(n) if n > 1 else None,
        method="standard error",
        n_samples=n,
        dim_y=divergences.shape[1],
        pointwise=rows,
        diagnostics={"per_dimension_nats": divergences.mean(axis=0)},
    )
