"""MIST's answer as a pure JAX function with a gradient with respect to the data."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from mitk.errors import DataError, sentence
from mitk.learned.network.inputs import LIMIT, PAIR_READINGS, READINGS
from mitk.learned.network.model import Model, shipped
from mitk.learned.network.network import MIDDLE, Network
from mitk.learned.smooth.statistics import statistics
from mitk.learned.statistics.reduction import MAX_DIM

# The statistics need neighbours on both halves of the rows.
MIN_ROWS = 8


def mist_parameters(model: Model | None = None) -> dict[str, Any]:
    """A model as the pytree that `mist_value` takes: ``networks``, a tuple of arrays by name, and ``scale``.

    Parameters
    ----------
    model : Model, optional
        By default the one in the package.

    Returns
    -------
    dict
    """
    found = shipped() if model is None else model
    return jax.tree.map(jnp.asarray, {"networks": found.networks, "scale": dict(found.scale)})


def mist_value(params: dict[str, Any], x: jax.Array, y: jax.Array) -> jax.Array:
    """Median of the mutual information, in nats, as a differentiable function of the data.

    Parameters
    ----------
    params : dict
        Of `mist_parameters`.
    x, y : array of shape (n,) or (n, d)
        n at least 8, d at most 64. Single precision unless ``jax_enable_x64`` is set: shift columns of large offset
        to zero first, or their rows will seem tied.

    Returns
    -------
    array of shape ()

    Raises
    ------
    DataError
        When the shapes do not fit.

    Notes
    -----
    Equal to ``MIST().fit(x, y).value`` but for single precision, for continuous data. Use ``jax.jit``, ``jax.grad``
    and, for many pairs of one shape, ``jax.vmap``. Each shape is compiled once.

    The value depends on ranks and on counts of neighbours, which are steps. Steps keep their exact height; their
    gradient is that of smooth surrogates: soft ranks and soft counts. So a step of gradient ascent raises the value
    as a rule, but differences of values over distances below the spacing of the rows do not converge to the gradient.
    Gradients of singular vectors are damped where singular values are nearly equal.

    Time and memory grow with n^2 for each column: meant for n up to about 1,000.

    Examples
    --------
    >>> import jax
    >>> from mitk.learned import mist_parameters, mist_value
    >>> loss = jax.jit(jax.grad(lambda x, y: -mist_value(mist_parameters(), x, y)))
    """
    x, y = (jnp.asarray(side, dtype=jnp.result_type(float)) for side in (x, y))
    x, y = (side[:, None] if side.ndim == 1 else side for side in (x, y))
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise DataError(
            sentence("x and y", "must have shapes (n, dx) and (n, dy)", f"{x.shape} and {y.shape}", "batch by jax.vmap")
        )
    if len(x) < MIN_ROWS:
        raise DataError(sentence("x and y", f"must have at least {MIN_ROWS} rows", len(x)))
    if not 1 <= min(x.shape[1], y.shape[1]) <= max(x.shape[1], y.shape[1]) <= MAX_DIM:
        raise DataError(sentence("x and y", f"must have 1 to {MAX_DIM} columns", f"{x.shape[1]} and {y.shape[1]}"))
    batch = _standardised(statistics(x, y), params["scale"])

    def median(named: dict[str, jax.Array]) -> jax.Array:
        return _network(named)(batch)[1][0, MIDDLE]

    # Networks of one shape are compiled once.
    same = jax.tree.map(lambda *leaves: jnp.stack(leaves), *params["networks"])
    return jnp.mean(jax.vmap(median)(same))


def _standardised(found: dict[str, jax.Array], scale: dict[str, jax.Array]) -> dict[str, jax.Array]:
    """What the network reads: a batch of one."""
    batch = {}
    for name in ("tokens", "curved", "overall"):
        mean = scale[f"{name}.mean"]
        values = (found[name][..., : len(mean)] - mean) / scale[f"{name}.sd"]
        batch[name] = jnp.clip(values, -LIMIT, LIMIT)[None]
    batch["readings"] = found["overall"][jnp.array(READINGS)][None]
    batch["pair_readings"] = found["tokens"][:, :PAIR_READINGS][None]
    batch["rows"] = found["rows"][None]
    batch["counts"] = jnp.asarray([[len(found["tokens"]), found["rows"].shape[1]]])
    return batch


def _network(named: dict[str, jax.Array]) -> Network:
    """The network with the parameters `named`, whose shapes tell its size."""
    rows = "rows.embed.kernel" in named
    empty = nnx.eval_shape(
        lambda: Network(
            width=named["token.kernel"].shape[1],
            row_width=named["rows.embed.kernel"].shape[1] if rows else 0,
            queries=named["rows.scores.kernel"].shape[1] if rows else 1,
            blocks=sum(name.endswith(".wide.kernel") for name in named),
            overall=named["overall.kernel"].shape[0],
            weighed="trust.kernel" in named,
            rngs=nnx.Rngs(0),
        )
    )
    graph, state = nnx.split(empty)
    filled = [(path, leaf.replace(named[".".join(map(str, path))])) for path, leaf in nnx.to_flat_state(state)]
    return nnx.merge(graph, nnx.from_flat_state(filled))
