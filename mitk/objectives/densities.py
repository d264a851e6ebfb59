"""Objectives of log densities ln q(y_j | x_i)."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from mitk.objectives.scores import Array, joint_and_strangers, off_diagonal


def club(log_densities: Array) -> Array:
    """CLUB: E_p ln q(y | x) - E_q ln q(y | x), an upper bound when q is close enough to p(y | x).

    The condition, KL(p(x)p(y) || q(y|x)p(x)) >= KL(p(x,y) || q(y|x)p(x)), cannot be checked. Meant for minimising, not
    measuring.

    Parameters
    ----------
    log_densities : Array of shape (k, k)
        ln q(y_j | x_i), nats.

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    P. Cheng et al., ICML 2020, arXiv:2006.12013.
    """
    joint, stranger = joint_and_strangers(log_densities, None)
    return jnp.mean(joint) - jnp.mean(stranger)


def l1out(log_densities: Array) -> Array:
    """Leave-one-out upper bound E[ln p(y_i | x_i) - ln 1/(K-1) sum_{j != i} p(y_i | x_j)] for a known channel.

    With a learned channel it is neither bound.

    Parameters
    ----------
    log_densities : Array of shape (k, k)
        ln p(y_j | x_i), nats.

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    B. Poole et al., ICML 2019, arXiv:1905.06922.
    """
    joint, _ = joint_and_strangers(log_densities, None)
    others = off_diagonal(log_densities.T)
    return jnp.mean(joint - jax.nn.logsumexp(others, axis=1)) + math.log(log_densities.shape[0] - 1)


def barber_agakov(log_densities: Array, entropy: Array | float) -> Array:
    """Barber and Agakov's lower bound h(Y) + E_p ln q(y | x), tight at q(y | x) = p(y | x).

    Parameters
    ----------
    log_densities : Array of shape (k,) or (k, k)
        ln q(y_i | x_i), nats; of a matrix, the diagonal.
    entropy : float
        h(Y), nats, which must be known.

    Returns
    -------
    Array of shape ()
        Nats.

    References
    ----------
    D. Barber, F. Agakov, NeurIPS 2003.
    """
    joint = jnp.diagonal(log_densities) if log_densities.ndim == 2 else log_densities
    return entropy + jnp.mean(joint)
