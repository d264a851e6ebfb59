"""Alignment, uniformity and joint kernel entropy of codes: losses for training, in JAX."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from mitk.errors import DataError, sentence


def alignment(u: jax.Array, v: jax.Array, tau: float = 0.5) -> jax.Array:
    """How far the codes of two views of one thing lie apart: ``mean |u - v|^2 / 2 tau``.

    Parameters
    ----------
    u, v : array of shape (n, d)
        Paired codes.
    tau : float, default 0.5
        The published scale.

    Returns
    -------
    array of shape ()
        A loss; up to a constant, the conditional entropy of the code in nats when views scatter as a normal of
        variance tau.

    Raises
    ------
    DataError

    References
    ----------
    * T. Wang and P. Isola, "Understanding contrastive representation learning through alignment and uniformity on
      the hypersphere", ICML (2020).
    * R. Louiset et al., "Separating common from salient patterns with contrastive representation learning",
      ICLR (2024).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(alignment(jnp.array([[0.0, 0.0]]), jnp.array([[1.0, 1.0]])))
    2.0
    """
    u, v = _codes(u, "u"), _codes(v, "v")
    if u.shape != v.shape:
        raise DataError(sentence("v", f"must have the shape {u.shape} of u", f"{v.shape}"))
    return jnp.mean(jnp.sum((u - v) ** 2, axis=1)) / (2.0 * tau)


def uniformity(z: jax.Array, tau: float = 0.5) -> jax.Array:
    """How crowded codes are: ``ln mean_{i<j} exp(-|z_i - z_j|^2 / 2 tau)``.

    Parameters
    ----------
    z : array of shape (n, d)
        n at least 2.
    tau : float, default 0.5

    Returns
    -------
    array of shape ()
        A loss of at most 0, in nats. By Jensen's inequality its negative is at most the kernel (re-substitution)
        entropy, up to the constant of the kernel.

    Raises
    ------
    DataError

    References
    ----------
    * T. Wang and P. Isola, "Understanding contrastive representation learning through alignment and uniformity on
      the hypersphere", ICML (2020).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> round(float(uniformity(jnp.array([[0.0], [1.0]]))), 6)
    -1.0
    """
    z = _codes(z, "z")
    n = len(z)
    logits = _others(-_squared_distances(z) / (2.0 * tau))
    return jax.nn.logsumexp(logits) - math.log(n * (n - 1))


def k_jem(c: jax.Array, s: jax.Array, tau: float = 0.5) -> jax.Array:
    """Joint kernel entropy of two codes, negated: minimising it spreads (c, s) jointly.

    Parameters
    ----------
    c : array of shape (n, dc)
        Common code.
    s : array of shape (n, ds)
        Salient code.
    tau : float, default 0.5

    Returns
    -------
    array of shape ()
        A loss of at most 0, in nats.

    Raises
    ------
    DataError

    Notes
    -----
    ``mean_i ln mean_j exp(-|s_i - s_j|^2 / 2 tau) exp(-|c_i - c_j|^2 / 2 tau)``, the own term included: minus
    the kernel estimate of H(c, s) up to constants. With H(c) and H(s) pushed up elsewhere, as `uniformity` does,
    I(c; s) = H(c) + H(s) - H(c, s) falls without an adversary.

    References
    ----------
    * R. Louiset et al., "Separating common from salient patterns with contrastive representation learning",
      ICLR (2024).

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(k_jem(jnp.zeros((4, 1)), jnp.zeros((4, 1))))
    0.0
    """
    c, s = _paired(c, s, "c", "s")
    logits = -(_squared_distances(c) + _squared_distances(s)) / (2.0 * tau)
    return jnp.mean(jax.nn.logsumexp(logits, axis=1)) - math.log(len(c))


def kde_mi_value(x: jax.Array, y: jax.Array, tau: float = 0.5, leave_one_out: bool = True) -> jax.Array:
    """The number of `kde_mi` as a differentiable function of the data.

    Parameters
    ----------
    x : array of shape (n, dx)
    y : array of shape (n, dy)
    tau : float, default 0.5
    leave_one_out : bool, default True

    Returns
    -------
    array of shape ()
        In nats. A penalty for training; for an estimate with an interval take `kde_mi`.

    Raises
    ------
    DataError

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> x = jnp.array([[0.0], [100.0], [200.0], [300.0]])     # four points far apart, each known from the other side
    >>> round(float(jnp.exp(kde_mi_value(x, x, leave_one_out=False))), 4)
    4.0
    """
    x, y = _paired(x, y, "x", "y")
    logits_x, logits_y = (-_squared_distances(side) / (2.0 * tau) for side in (x, y))
    if leave_one_out:
        logits_x, logits_y = _others(logits_x), _others(logits_y)
    sums = [jax.nn.logsumexp(logits, axis=1) for logits in (logits_x + logits_y, logits_x, logits_y)]
    return jnp.mean(sums[0] - sums[1] - sums[2]) + math.log(len(x) - leave_one_out)


def _squared_distances(z: jax.Array) -> jax.Array:
    # Centred, so that single precision is not spent on an offset.
    z = z - jax.lax.stop_gradient(z.mean(axis=0))
    squares = jnp.sum(z**2, axis=1)
    off = 1.0 - jnp.eye(len(z), dtype=z.dtype)
    return jnp.maximum(squares[:, None] + squares - 2.0 * z @ z.T, 0.0) * off


def _others(logits: jax.Array) -> jax.Array:
    return jnp.where(jnp.eye(len(logits), dtype=bool), -jnp.inf, logits)


def _codes(z: jax.Array, what: str) -> jax.Array:
    z = jnp.asarray(z)
    if z.ndim != 2 or len(z) < 1:
        raise DataError(sentence(what, "must have shape (n, d)", f"shape {z.shape}"))
    return z.astype(jnp.result_type(float)) if not jnp.issubdtype(z.dtype, jnp.floating) else z


def _paired(first: jax.Array, second: jax.Array, what: str, other: str) -> tuple[jax.Array, jax.Array]:
    a, b = _codes(first, what), _codes(second, other)
    if len(a) != len(b) or len(a) < 2:
        raise DataError(sentence(other, f"must have the rows of {what}, at least 2", f"{len(a)} and {len(b)}"))
    return a, b
