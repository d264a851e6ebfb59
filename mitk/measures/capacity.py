"""Holding the rate of a model at a chosen capacity while it trains."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from mitk.errors import ParameterError, sentence


@dataclass(frozen=True, kw_only=True)
class CapacityConstraint:
    """A Lagrange multiplier that holds a rate at a capacity, by its own gradient ascent.

    Parameters
    ----------
    capacity : float
        C, in nats.
    learning_rate : float, default 0.01
        Of the multiplier. It should be slower than the model, or both oscillate.
    start : float, default 1.0
        First value of the multiplier: that of an ordinary VAE.

    Notes
    -----
    ``min over weights, max over beta >= 0 of E[-ln p(x|z)] + beta (R - C)``. beta is the softplus of the state, so
    it stays positive; the model gets no gradient through beta and beta none through the model. Two levels of a
    hierarchical code take two constraints, the higher with the smaller capacity.

    References
    ----------
    * E. Battenberg et al., "Effective use of variational embedding capacity in expressive end-to-end speech
      synthesis" (2019).

    Examples
    --------
    >>> held = CapacityConstraint(capacity=3.0, learning_rate=1.0)
    >>> state = held.init()
    >>> float(held.penalty(state, rate=5.0))                    # beta (R - C)
    2.0
    >>> bool(held.beta(held.update(state, rate=5.0)) > 1.0)     # the rate is too high: beta grows
    True
    """

    capacity: float
    learning_rate: float = 0.01
    start: float = 1.0

    def __post_init__(self) -> None:
        for what, value in (("learning_rate", self.learning_rate), ("start", self.start)):
            if not value > 0.0:
                raise ParameterError(sentence(what, "must be above 0", repr(value)))
        if not self.capacity >= 0.0:
            raise ParameterError(sentence("capacity", "must be at least 0", repr(self.capacity)))

    def init(self) -> jax.Array:
        """First state, shape ()."""
        return jnp.log(jnp.expm1(jnp.asarray(self.start, dtype=float)))

    def beta(self, state: jax.Array) -> jax.Array:
        """The multiplier, positive, shape ()."""
        return jax.nn.softplus(state)

    def penalty(self, state: jax.Array, rate: jax.Array | float) -> jax.Array:
        """Compute beta (R - C), in nats, to be added to the model's loss; `rate` of shape () or (n,) is averaged."""
        return jax.lax.stop_gradient(self.beta(state)) * (jnp.mean(jnp.asarray(rate)) - self.capacity)

    def update(self, state: jax.Array, rate: jax.Array | float) -> jax.Array:
        """The state after a step of ascent at `rate`, in nats."""
        excess = jax.lax.stop_gradient(jnp.mean(jnp.asarray(rate)) - self.capacity)
        return state + self.learning_rate * jax.grad(lambda s: self.beta(s) * excess)(state)
