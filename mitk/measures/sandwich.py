"""Between which bounds the information of a variational autoencoder's code lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.catalogue import measure
from mitk.measures.channel import SATURATED, context_terms, jackknife_error
from mitk.measures.inputs import whole
from mitk.measures.outcome import check_options, result_of
from mitk.measures.vae import Normal, divergences_of, normal_pair, prior_pair, vae_rate
from mitk.results.reason import Reason
from mitk.results.record import MIEstimate


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
    mu, logvar = normal_pair((mu, logvar), "mu", "logvar")
    n, d = mu.shape
    if n < 3:
        raise DataError(sentence("mu", "must have at least 3 rows", n))
    prior = prior_pair(prior, (d,))
    # A stream of its own: inputs that were drawn from default_rng(seed) must not share the draws of the codes.
    rng = np.random.default_rng(np.random.SeedSequence(whole(seed, "seed", 0), spawn_key=(1,)))
    z = mu + np.exp(0.5 * logvar) * rng.standard_normal((n, d))
    divergence = divergences_of(mu, logvar, prior).sum(axis=1)
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
    reasons: tuple[Reason, ...] = ()
    if value > SATURATED * ceiling:
        reasons = (
            Reason(
                "ceiling",
                f"The lower bound {value:.2f} is near {ceiling:.2f} nats, the most these batches can show",
                "raise batch, or collect more inputs",
            ),
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


def _log_densities(z: np.ndarray, mu: np.ndarray, logvar: np.ndarray) -> np.ndarray:
    """Ln q(z_i|x_l) of all pairs, (n, n), but for a constant; a dimension at a time, without cancellation."""
    total = np.zeros((len(z), len(mu)))
    for j in range(z.shape[1]):
        total -= 0.5 * ((z[:, [j]] - mu[:, j]) ** 2 * np.exp(-logvar[:, j]) + logvar[:, j])
    return total
