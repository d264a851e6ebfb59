"""Losses of trained latent models, in JAX; their values are for training, not estimates of information."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from mitk.errors import DataError, ParameterError, sentence


def multi_positive_info_nce(scores: jax.Array, positives: jax.Array, negatives: jax.Array | None = None) -> jax.Array:
    """InfoNCE with several positives an anchor.

    Parameters
    ----------
    scores : array of shape (n, m)
        Critic of each anchor with each candidate, divided by the temperature.
    positives : bool array of shape (n, m)
        At least one an anchor.
    negatives : bool array of shape (n, m), optional
        By default all that is not positive. What is neither is left out.

    Returns
    -------
    array of shape ()
        A loss of at least 0, in nats.

    Raises
    ------
    DataError

    Notes
    -----
    ``-mean_i ln [sum_{j in P_i} e^{f_ij} / (sum_{j in P_i} e^{f_ij} + sum_{j in N_i} e^{f_ij})]``. With one positive
    a row and independent negatives, ln(1 + negatives) minus the loss is the InfoNCE lower bound.

    References
    ----------
    * X. Cheng et al., "Information shapes Koopman representation" (2025).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> loss = multi_positive_info_nce(jnp.zeros((4, 4)), jnp.eye(4, dtype=bool))
    >>> round(float(jnp.exp(loss)), 4)                      # a critic that knows nothing: ln 4
    4.0
    """
    scores, positives = jnp.asarray(scores), jnp.asarray(positives, dtype=bool)
    negatives = ~positives if negatives is None else jnp.asarray(negatives, dtype=bool)
    if scores.ndim != 2 or positives.shape != scores.shape or negatives.shape != scores.shape:
        shapes = f"{scores.shape}, {positives.shape}, {negatives.shape}"
        raise DataError(sentence("scores", "must have shape (n, m), as the masks", shapes))
    positive = jnp.where(positives, scores, -jnp.inf)
    either = jnp.where(positives | negatives, scores, -jnp.inf)
    return jnp.mean(jax.nn.logsumexp(either, axis=1) - jax.nn.logsumexp(positive, axis=1))


def temporal_info_nce(z: jax.Array, k: int = 3, temperature: float = 0.1) -> jax.Array:
    """InfoNCE along time: steps at most `k` away are positives, the rest of the window negatives.

    Parameters
    ----------
    z : array of shape (T, d) or (B, T, d)
        Codes of a window, or of several; T at least 2 k + 2.
    k : int, default 3
        As published.
    temperature : float, default 0.1
        The program's default.

    Returns
    -------
    array of shape ()
        A loss of at least 0, in nats.

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    `multi_positive_info_nce` of cosines; only steps with `k` neighbours on either side are anchors. Steps
    of a window depend on each other, so no bound of the information between times follows; for that,
    estimate on `lagged_pairs`.

    References
    ----------
    * X. Cheng et al., "Information shapes Koopman representation" (2025).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> round(float(jnp.exp(temporal_info_nce(jnp.ones((9, 2)), k=2))), 4)      # all alike: 8 candidates, 4 positive
    2.0
    """
    z = jnp.asarray(z)
    if z.ndim == 3:
        return jnp.mean(jax.vmap(lambda window: temporal_info_nce(window, k, temperature))(z))
    if k < 1:
        raise ParameterError(sentence("k", "must be at least 1", k))
    if z.ndim != 2 or len(z) < 2 * k + 2:
        raise DataError(sentence("z", f"must have shape (T, d), T at least {2 * k + 2}", f"shape {z.shape}"))
    steps = jnp.arange(len(z))
    apart = jnp.abs(steps[:, None] - steps)
    anchors = slice(k, len(z) - k)
    near = (apart <= k) & (apart > 0)
    return multi_positive_info_nce((_cosines(z) / temperature)[anchors], near[anchors], (apart > k)[anchors])


def mim(log_px_z: jax.Array, log_pz: jax.Array, log_qz_x: jax.Array, log_qx: jax.Array | None = None) -> jax.Array:
    """Loss of a mutual information machine (MIM).

    Parameters
    ----------
    log_px_z, log_pz, log_qz_x : array of shape (n,)
        Decoder, prior and encoder at pairs (x, z), in nats. Half of the pairs from encoding data, half from
        decoding the prior.
    log_qx : array of shape (n,), optional
        Density of the data. Left out, the decoder's takes its place: the asymmetric A-MIM, whose pairs all come from
        encoding.

    Returns
    -------
    array of shape ()
        A loss in nats. No estimate of information: estimate it on the codes.

    Notes
    -----
    ``-1/2 E [ln p(x|z) + ln p(z) + ln q(z|x) + ln q(x)]`` over the mixture of encoding and decoding, a bound of their
    Jensen-Shannon divergence plus the mean of their joint entropies: low joint entropy means high mutual information
    for given marginals. Without `log_qx`: ``-E [ln p(x|z) + (ln q(z|x) + ln p(z)) / 2]``.

    References
    ----------
    * M. Livne, K. Swersky and D. Fleet, "MIM: mutual information machine" (2019).
    * M. Livne, K. Swersky and D. Fleet, "SentenceMIM: a latent variable language model" (2020).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> ones = jnp.ones(3)
    >>> float(mim(ones, 2 * ones, 3 * ones)), float(mim(ones, 2 * ones, 3 * ones, 4 * ones))
    (-3.5, -5.0)
    """
    data = log_px_z if log_qx is None else log_qx
    return -0.5 * jnp.mean(log_px_z + log_pz + log_qz_x + data)


def cmim(
    log_px_z: jax.Array,
    log_pz: jax.Array,
    log_qz_x: jax.Array,
    z: jax.Array,
    temperature: float = 0.1,
    log_qx: jax.Array | None = None,
) -> jax.Array:
    """Loss of a contrastive mutual information machine (cMIM).

    Parameters
    ----------
    log_px_z, log_pz, log_qz_x, log_qx
        As in `mim`.
    z : array of shape (n, d)
        The codes, n at least 2.
    temperature : float, default 0.1
        tau, as published.

    Returns
    -------
    array of shape ()
        A loss in nats. It has no bound of information, unlike InfoNCE.

    Raises
    ------
    DataError

    Notes
    -----
    `mim` minus ``mean_i ln [e^{1/tau} / (e^{1/tau} + 1/(n-1) sum_{j != i} e^{cos(z_i, z_j)/tau})]``. The
    positive is the code itself, of cosine 1, so no views are made up; the mean over negatives makes the term nearly
    independent of the batch.

    References
    ----------
    * M. Livne, "cMIM: a contrastive mutual information framework for unified generative and discriminative
      representation learning" (2025).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> zero = jnp.zeros(4)
    >>> round(float(jnp.exp(cmim(zero, zero, zero, jnp.ones((4, 2))))), 4)       # codes alike: 1 against a mean of 1
    2.0
    """
    z = jnp.asarray(z)
    if z.ndim != 2 or len(z) < 2:
        raise DataError(sentence("z", "must have shape (n, d), n at least 2", f"shape {z.shape}"))
    own = jnp.eye(len(z), dtype=bool)
    negative = jnp.where(own, -jnp.inf, _cosines(z) / temperature)
    mean_negative = jax.nn.logsumexp(negative, axis=1) - math.log(len(z) - 1)
    # ln [e^a / (e^a + e^b)] = -softplus(b - a)
    contrast = jnp.mean(jax.nn.softplus(mean_negative - 1.0 / temperature))
    return mim(log_px_z, log_pz, log_qz_x, log_qx) + contrast


def gaussian_rate(
    mu: jax.Array,
    logvar: jax.Array,
    prior_mu: jax.Array | float = 0.0,
    prior_logvar: jax.Array | float = 0.0,
) -> jax.Array:
    """KL divergence of diagonal normals from a prior, summed over dimensions: the rate of each row.

    Parameters
    ----------
    mu, logvar : array of shape (..., d)
    prior_mu, prior_logvar : array that broadcasts, default 0.0

    Returns
    -------
    array of shape (...)
        In nats; summed, not averaged, over dimensions, or it would not be a rate. `vae_rate` adds an interval.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> gaussian_rate(jnp.array([[1.0, 2.0]]), jnp.zeros((1, 2))).tolist()
    [2.5]
    """
    difference = jnp.asarray(logvar) - prior_logvar
    squares = (jnp.asarray(mu) - prior_mu) ** 2 * jnp.exp(-jnp.asarray(prior_logvar))
    return 0.5 * jnp.sum(jnp.exp(difference) - 1.0 - difference + squares, axis=-1)


def bottleneck_lagrangian(rate: jax.Array, log_decoder: jax.Array, beta: float) -> jax.Array:
    """Information-bottleneck Lagrangian from the rate of a code and what a decoder makes of it.

    Parameters
    ----------
    rate : array of shape () or (n,)
        Upper bound of I(X; Z) in nats, such as `gaussian_rate`.
    log_decoder : array of shape (n,)
        ln q(y|z) in nats; its mean is a lower bound of I(Z; Y) - H(Y).
    beta : float
        Nats of rate that a nat about y is worth; below 1 the best code is empty.

    Returns
    -------
    array of shape ()
        A loss in nats: an upper bound of I(X; Z) - beta I(Z; Y), plus beta H(Y), which training cannot change.

    Notes
    -----
    ``E KL(q(z|x) || p(z)) - beta E ln q(y|z)``. Bottlenecks in a chain (modality after modality) add their
    Lagrangians, each with a weight and a beta of its own. Some programs average the divergence over
    dimensions, which changes what beta means.

    References
    ----------
    * X. Xiao et al., "Neuro-inspired information-theoretic hierarchical perception for multimodal learning",
      ICLR (2024).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(bottleneck_lagrangian(jnp.array([1.0, 3.0]), jnp.array([-1.0, 0.0]), beta=2.0))
    3.0
    """
    return jnp.mean(jnp.asarray(rate)) - beta * jnp.mean(jnp.asarray(log_decoder))


def _cosines(z: jax.Array) -> jax.Array:
    # The square root has no gradient at 0, where the direction has none either.
    squares = jnp.sum(z**2, axis=1, keepdims=True)
    unit = z / jnp.sqrt(jnp.where(squares > 0, squares, 1.0))
    return unit @ unit.T
