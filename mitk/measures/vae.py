"""What a variational autoencoder's code can know of its input: the rate, its gap, the split over two levels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.catalogue import measure
from mitk.measures.channel import SATURATED, context_terms, jackknife_error
from mitk.measures.inputs import number_array, rows_of, whole
from mitk.measures.outcome import check_options, result_of
from mitk.result import MIEstimate

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
    mu, logvar = _normal((mu, logvar), "mu", "logvar")
    divergences = _divergences(mu, logvar, _prior(prior, mu.shape))
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
    low_mu, low_logvar = _normal(low, "low[0]", "low[1]")
    high_mu, high_logvar = _normal(high, "high[0]", "high[1]")
    if len(low_mu) != len(high_mu):
        raise DataError(sentence("high", f"must have the {len(low_mu)} rows of low", len(high_mu)))
    drawn = rows_of(z_low, "z_low")
    if drawn.shape != low_mu.shape:
        raise DataError(sentence("z_low", f"must have the shape {low_mu.shape} of low", f"{drawn.shape}"))
    above = _divergences(high_mu, high_logvar, _prior(high_prior, high_mu.shape, "high_prior"))
    prior_mu, prior_logvar = _prior(low_prior, low_mu.shape, "low_prior")
    below = 0.5 * (prior_logvar - low_logvar - 1.0 + (drawn - prior_mu) ** 2 * np.exp(-prior_logvar))
    return HierarchicalRate(
        _rate_result("hierarchical_rate", above, confidence, unit),
        _rate_result("hierarchical_rate", np.column_stack([above, below]), confidence, unit),
    )


@dataclass(frozen=True)
class RateSandwich:
    """The information of a code between two bounds.

    Attributes
    ----------
    lower : MIEstimate
        By mixtures over batches; at most ln of the batch.
    rate : MIEstimate
        The upper bound of `vae_rate`.
    gap : MIEstimate
        Their difference, of kind "upper" and quantity "aggregate_kl": an upper bound of KL(q(z) || p(z)), by which
        the rate exceeds the information.
    """

    lower: MIEstimate
    rate: MIEstimate
    gap: MIEstimate


def aggregate_kl_gap(
    mu: Any,
    logvar: Any,
    prior: Normal | None = None,
    *,
    batch: int = 1024,
    seed: int = 0,
    confidence: float | None = 0.95,
    unit: str = "nats",
) -> RateSandwich:
    """Bound how far the rate exceeds the information of the code: lower bound <= I(X; Z) <= rate.

    Parameters
    ----------
    mu, logvar : array_like of shape (n,) or (n, d)
        Mean and log variance of q(z|x) for each input.
    prior : pair of array_like broadcastable to (d,), optional
        One prior for all inputs, by default standard normal.
    batch : int, default 1024
        Most inputs in a mixture. The lower bound cannot exceed its logarithm; time grows with n times batch.
    seed : int, default 0
        Draws a code for each input, and the batches.
    confidence, unit
        As in `vae_rate`.

    Returns
    -------
    RateSandwich

    Raises
    ------
    DataError, ParameterError

    Warns
    -----
    MITKWarning
        When the lower bound exceeds 0.9 ln(batch); the gap is then no more than what ln(batch) left.

    Notes
    -----
    lower ``= mean_i ln q(z_i|x_i) - ln 1/B sum_l q(z_i|x_l) <= I_q(X; Z)`` in expectation, z_i from q(z|x_i),
    the sum over the batch with i in it (`channel_mi`), and ``KL(q(z) || p(z)) = R - I <= R - lower``.
    Standard errors leave out one input at a time.

    References
    ----------
    * E. Battenberg et al., "Effective use of variational embedding capacity in expressive end-to-end speech
      synthesis" (2019).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).standard_normal(2000)
    >>> found = aggregate_kl_gap(0.8 * x, np.full(2000, np.log(0.25)))    # truth: 0.635, gap 0.003 nats
    >>> found.lower.ci.low < 0.635 < found.rate.ci.high, found.gap.value < 0.03
    (True, True)
    """
    check_options(confidence, unit)
    batch = whole(batch, "batch", 3)
    mu, logvar = _normal((mu, logvar), "mu", "logvar")
    n, d = mu.shape
    if n < 3:
        raise DataError(sentence("mu", "must have at least 3 rows", n))
    prior = _prior(prior, (d,))
    # A stream of its own: inputs that were drawn from default_rng(seed) must not share the draws of the codes.
    rng = np.random.default_rng(np.random.SeedSequence(whole(seed, "seed", 0), spawn_key=(1,)))
    z = mu + np.exp(0.5 * logvar) * rng.standard_normal((n, d))
    divergence = _divergences(mu, logvar, prior).sum(axis=1)
    parts = np.array_split(rng.permutation(n), -(-n // batch))
    value, variance, gap_variance = 0.0, 0.0, 0.0
    pointwise = np.empty(n)
    for rows in parts:
        share, size = len(rows) / n, len(rows)
        logq = _log_densities(z[rows], mu[rows], logvar[rows])
        pointwise[rows], replicates = context_terms(logq, np.arange(size), include_self=True)
        value += share * float(pointwise[rows].mean())
        variance += share**2 * jackknife_error(replicates) ** 2
        rates = (divergence[rows].sum() - divergence[rows]) / (size - 1)
        gap_variance += share**2 * jackknife_error(rates - replicates) ** 2
    ceiling = math.log(max(len(rows) for rows in parts))
    reasons: tuple[str, ...] = ()
    if value > SATURATED * ceiling:
        reasons = (
            f"The lower bound {value:.2f} is near {ceiling:.2f} nats, the most these batches can show; "
            "raise batch, or collect more inputs.",
        )
    common: dict[str, Any] = {"confidence": confidence, "unit": unit, "units": n, "method": "jackknife"}
    params = {"batch": batch} if batch != 1024 else {}
    lower = result_of(
        measure("channel_mi"),
        value,
        standard_error=math.sqrt(variance),
        params=params,
        reasons=reasons,
        n_samples=n,
        dim_y=d,
        pointwise=pointwise,
        diagnostics={"ceiling_nats": ceiling},
        **common,
    )
    gap = result_of(
        measure("aggregate_kl_gap"),
        float(divergence.mean()) - value,
        standard_error=math.sqrt(gap_variance),
        params=params,
        reasons=reasons,
        quantity="aggregate_kl",
        n_samples=n,
        dim_y=d,
        **common,
    )
    return RateSandwich(lower, vae_rate(mu, logvar, prior, confidence=confidence, unit=unit), gap)


def _normal(pair: Normal, what_mu: str, what_logvar: str) -> tuple[np.ndarray, np.ndarray]:
    mu, logvar = rows_of(pair[0], what_mu), rows_of(pair[1], what_logvar)
    if mu.shape != logvar.shape:
        raise DataError(sentence(what_logvar, f"must have the shape {mu.shape} of {what_mu}", f"{logvar.shape}"))
    return mu, logvar


def _prior(pair: Normal | None, shape: tuple[int, ...], what: str = "prior") -> tuple[np.ndarray, np.ndarray]:
    if pair is None:
        return np.zeros(shape), np.zeros(shape)
    sides = [number_array(side, what) for side in pair]
    try:
        return np.broadcast_to(sides[0], shape), np.broadcast_to(sides[1], shape)
    except ValueError as error:
        shapes = f"{sides[0].shape} and {sides[1].shape}"
        raise DataError(sentence(what, f"must be a pair of arrays that broadcast to {shape}", shapes)) from error


def _divergences(mu: np.ndarray, logvar: np.ndarray, prior: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """KL of diagonal normals, (n, d) nats."""
    difference = logvar - prior[1]
    return 0.5 * (np.exp(difference) - 1.0 - difference + (mu - prior[0]) ** 2 * np.exp(-prior[1]))


def _log_densities(z: np.ndarray, mu: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """Ln q(z_i|x_l) of all pairs, (n, n), but for a constant; a dimension at a time, without cancellation."""
    total = np.zeros((len(z), len(mu)))
    for j in range(z.shape[1]):
        total -= 0.5 * ((z[:, [j]] - mu[:, j]) ** 2 * np.exp(-logvar[:, j]) + logvar[:, j])
    return total


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
