"""Objectives of scores f(x_i, y_j) of a critic."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

Array = jax.Array
# How far MINE's moving average may lag behind a batch, nats.
LAG = 1.0
# Beyond this a single pair outweighs any sum of others in float32, and its exponential nears overflow.
LARGEST = 60.0


def off_diagonal(scores: Array) -> Array:
    """Scores of strangers.

    Parameters
    ----------
    scores : Array of shape (k, k)

    Returns
    -------
    Array of shape (k, k - 1)
        Row i without its diagonal entry.

    Examples
    --------
    >>> off_diagonal(jnp.arange(9.0).reshape(3, 3)).tolist()
    [[1.0, 2.0], [3.0, 5.0], [6.0, 7.0]]
    """
    k = scores.shape[0]
    return scores.reshape(-1)[1:].reshape(k - 1, k + 1)[:, :-1].reshape(k, k - 1)


def joint_and_strangers(scores: Array, product: Array | None) -> tuple[Array, Array]:
    """Scores of pairs that were drawn together, and of strangers."""
    if product is not None:
        return scores, product
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1] or scores.shape[0] < 2:
        raise ValueError(
            "`scores` must be a square matrix of at least 2 rows when `product` is not given, "
            f"got shape {scores.shape}."
        )
    return jnp.diagonal(scores), off_diagonal(scores)


def _log_mean_exp(values: Array) -> Array:
    return jax.nn.logsumexp(values) - math.log(values.size)


def plug_in(scores: Array, product: Array | None = None) -> Array:
    """E_p f: the information when f is the log density ratio itself; neither bound.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
        Joint scores are its diagonal, or all of it.
    product : Array, optional
        Scores of strangers.

    Returns
    -------
    Array of shape ()
        Nats.
    """
    joint, _ = joint_and_strangers(scores, product)
    return jnp.mean(joint)


def dv(scores: Array, product: Array | None = None) -> Array:
    """Donsker and Varadhan's lower bound E_p f - ln E_q e^f.

    On a minibatch the logarithm of the mean is biased upwards; on all pairs of a held-out set it is a lower bound up to
    its sampling error.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
    product : Array, optional

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    M. Donsker, S. Varadhan, Comm. Pure Appl. Math. 36 (1983).

    Examples
    --------
    >>> bool(abs(dv(jnp.zeros((4, 4)) + 3.0)) < 1e-6)      # a constant knows nothing, whatever it is
    True
    """
    joint, stranger = joint_and_strangers(scores, product)
    return jnp.mean(joint) - _log_mean_exp(stranger)


def mine(scores: Array, log_average: Array, rate: float = 0.05, product: Array | None = None) -> tuple[Array, Array]:
    """MINE: the Donsker-Varadhan value with a gradient whose normaliser is a moving average over batches.

    m <- (1 - a) m + a E_q e^f, gradient E_p grad f - E_q[e^f grad f] / m: the bias of a single batch's normaliser
    falls. Other than in the paper, m stays within a factor e of the batch's own: one far pair would otherwise raise m
    so much that for many steps nothing holds the scores down, and critics of many columns explode.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
    log_average : Array of shape ()
        ln m of the steps before; start with ``-inf``, which takes that of the first batch.
    rate : float, default 0.05
        The weight a of the newest batch.
    product : Array, optional

    Returns
    -------
    value : Array of shape ()
        Nats; its gradient is the corrected one.
    log_average : Array of shape ()
        ln m, for the next step.

    References
    ----------
    M. Belghazi et al., ICML 2018, arXiv:1801.04062.
    """
    joint, stranger = joint_and_strangers(scores, product)
    now = jax.lax.stop_gradient(_log_mean_exp(stranger))
    started = jnp.isfinite(log_average)
    mixed = jnp.logaddexp(math.log1p(-rate) + jnp.where(started, log_average, 0.0), math.log(rate) + now)
    average = jnp.where(started, jnp.clip(mixed, now - LAG, now + LAG), now)
    surrogate = jnp.mean(joint) - jnp.exp(_log_mean_exp(stranger) - average)
    value = jax.lax.stop_gradient(jnp.mean(joint) - now)
    return value + surrogate - jax.lax.stop_gradient(surrogate), average


def nwj(scores: Array, product: Array | None = None) -> Array:
    """Nguyen, Wainwright and Jordan's lower bound 1 + E_p f - E_q e^f, unbiased on a minibatch.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
    product : Array, optional

    Returns
    -------
    Array of shape ()
        Nats; at most the information, in expectation, for every f; equal at f = ln p/q.

    References
    ----------
    X. Nguyen, M. Wainwright, M. Jordan, IEEE Trans. Inf. Theory 56 (2010).

    Examples
    --------
    >>> float(nwj(jnp.zeros((4, 4))))
    0.0
    """
    joint, stranger = joint_and_strangers(scores, product)
    return 1.0 + jnp.mean(joint) - jnp.mean(jnp.exp(jnp.minimum(stranger, LARGEST)))


def tuba(scores: Array, log_baseline: Array, product: Array | None = None) -> Array:
    """Lower bound 1 + E_p[f - ln a(y)] - E_q[e^f / a(y)] for any baseline a(y) > 0.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
    log_baseline : Array of shape (k,)
        ln a(y_j), one a column; 0 gives `nwj`. With `product`, it must broadcast against both.
    product : Array, optional

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    B. Poole et al., ICML 2019, arXiv:1905.06922.
    """
    if product is not None:
        return nwj(scores - log_baseline, product - log_baseline)
    return nwj(scores - log_baseline[None, :])


def infonce(scores: Array, form: str = "row") -> Array:
    """InfoNCE: E[f_ii - ln 1/K sum_j e^{f_ij}], a lower bound that never exceeds ln K.

    Parameters
    ----------
    scores : Array of shape (k, k)
    form : {"row", "column", "symmetric"}, default "row"
        Which of the sides the strangers come from: y, x, or the mean of both bounds.

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    A. van den Oord, Y. Li, O. Vinyals, arXiv:1807.03748.

    Examples
    --------
    >>> bool(infonce(100.0 * jnp.eye(8)) <= jnp.log(8.0) + 1e-6)
    True
    """
    joint = jnp.diagonal(scores)
    value = jnp.zeros(())
    if form not in ("row", "column", "symmetric"):
        raise ValueError(f"`form` must be row, column or symmetric, got {form!r}.")
    if form in ("row", "symmetric"):
        value += jnp.mean(joint - jax.nn.logsumexp(scores, axis=1))
    if form in ("column", "symmetric"):
        value += jnp.mean(joint - jax.nn.logsumexp(scores, axis=0))
    return value / (2.0 if form == "symmetric" else 1.0) + math.log(scores.shape[0])


def interpolated(scores: Array, log_baseline: Array, alpha: float = 0.5) -> Array:
    """I_alpha: between `infonce` (alpha 1) and `tuba` (alpha 0), with ceiling ln(K / alpha).

    1 + E[f(x_1, y) - ln(alpha m(y) + (1 - alpha) a(y))] - E[m'(y) / (alpha m'(y) + (1 - alpha) a(y))], where m(y) is
    the mean of e^{f(x_j, y)} over the K rows, that of y among them, and m'(y) the mean over the K - 1 strangers of y.

    Parameters
    ----------
    scores : Array of shape (k, k)
    log_baseline : Array of shape (k,)
        ln a(y_j), one a column.
    alpha : float, default 0.5

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    B. Poole et al., ICML 2019, arXiv:1905.06922.
    """
    k = scores.shape[0]
    joint, largest = jnp.diagonal(scores), jax.lax.stop_gradient(jnp.max(scores))
    shifted = jnp.exp(scores - largest)
    # For each column: mean over the joint row and the strangers, and over the strangers alone.
    total = jnp.sum(shifted, axis=0)
    strangers = (total - jnp.diagonal(shifted)) / (k - 1)
    baseline = jnp.exp(log_baseline - largest)
    with_joint = alpha * total / k + (1.0 - alpha) * baseline
    # A product batch for y_j: its first x is a stranger, and so are the others.
    without = alpha * strangers + (1.0 - alpha) * baseline
    return 1.0 + jnp.mean(joint - largest - jnp.log(with_joint)) - jnp.mean(strangers / without)


def js(scores: Array, product: Array | None = None) -> Array:
    """The logistic (Jensen-Shannon) objective E_p[-sp(-f)] - E_q[sp(f)], largest at f = ln p/q.

    It trains a log density ratio with the steadiest gradients there are; its value is no information. Read the trained
    critic with `dv`, `nwj` or `plug_in`.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
    product : Array, optional

    Returns
    -------
    Array of shape ()
        At most 0; -2 ln 2 for a critic that knows nothing.

    Examples
    --------
    >>> round(float(js(jnp.zeros((4, 4)))), 4)
    -1.3863
    """
    joint, stranger = joint_and_strangers(scores, product)
    return -jnp.mean(jax.nn.softplus(-joint)) - jnp.mean(jax.nn.softplus(stranger))


def smile(scores: Array, tau: float = 5.0, product: Array | None = None) -> Array:
    """SMILE: E_p f - ln E_q clip(e^f, e^-tau, e^tau), with the gradient of `js`.

    The clip bounds the variance of the partition sum. Not a bound: where it binds the value overshoots.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
    tau : float, default 5.0
        ``inf`` gives the Donsker-Varadhan value with the logistic gradient.
    product : Array, optional

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    J. Song, S. Ermon, ICLR 2020, arXiv:1910.06222.
    """
    joint, stranger = joint_and_strangers(scores, product)
    clipped = stranger if math.isinf(tau) else jnp.clip(stranger, -tau, tau)
    value = jnp.mean(joint) - _log_mean_exp(clipped)
    trained = js(joint, stranger)
    return trained + jax.lax.stop_gradient(value - trained)


def flo(scores: Array, log_normaliser: Array) -> Array:
    """FLO: 1 - E_p[u + e^{-u} E_k e^{g(x, y_k) - g(x, y)}], tight at u = -ln p/q and unbiased on a minibatch.

    Parameters
    ----------
    scores : Array of shape (k, k)
        g(x_i, y_j).
    log_normaliser : Array of shape (k,)
        u(x_i, y_i) of the second critic, for the joint pairs.

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    Q. Guo et al., NeurIPS 2022, arXiv:2107.01131.
    """
    k = scores.shape[0]
    contrast = jax.nn.logsumexp(off_diagonal(scores), axis=1) - math.log(k - 1) - jnp.diagonal(scores)
    return 1.0 - jnp.mean(log_normaliser + jnp.exp(jnp.minimum(contrast - log_normaliser, LARGEST)))


def fdime(scores: Array, divergence: str = "gan", product: Array | None = None) -> Array:
    """The discriminative objectives of f-DIME for the log density ratio f; read the critic with `plug_in`.

    With D the discriminator: KL, D = e^f: E_p ln D - E_q D + 1. GAN, D = 1 / (1 + e^f): E_p ln(1 - D) + E_q ln D.
    Hellinger, D = e^{-f/2}: 2 - E_p D - E_q 1/D. All are largest at f = ln p/q.

    Parameters
    ----------
    scores : Array of shape (k, k), or of any shape with `product`
    divergence : {"gan", "kl", "hellinger"}, default "gan"
        GAN is the most accurate of the three in the paper.
    product : Array, optional

    Returns
    -------
    Array of shape ()
        An objective, not an information, except for "kl".

    References
    ----------
    N. Letizia, N. Novello, A. Tonello, NeurIPS 2024, arXiv:2305.20025.
    """
    joint, stranger = joint_and_strangers(scores, product)
    if divergence == "kl":
        return nwj(joint, stranger)
    if divergence == "gan":
        return js(joint, stranger)
    if divergence != "hellinger":
        raise ValueError(f"`divergence` must be gan, kl or hellinger, got {divergence!r}.")
    lost = jnp.exp(jnp.minimum(-joint / 2.0, LARGEST))
    return 2.0 - jnp.mean(lost) - jnp.mean(jnp.exp(jnp.minimum(stranger / 2.0, LARGEST)))


def wpc(scores: Array) -> Array:
    """Wasserstein predictive coding: `infonce` of a critic that is 1-Lipschitz in both arguments.

    By Jensen's inequality it is at most (1 - 1/K) (E_p f - E_q f), hence at most the Wasserstein dependency, and as
    InfoNCE at most the information and ln K. It estimates none of them: it is an objective to train with. Keeping f
    1-Lipschitz is the caller's part.

    Parameters
    ----------
    scores : Array of shape (k, k)

    Returns
    -------
    Array of shape ()

    References
    ----------
    S. Ozair et al., NeurIPS 2019, arXiv:1903.11780.
    """
    return infonce(scores)
