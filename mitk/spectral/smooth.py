"""Diffusion spectral entropy and information as pure JAX functions with a gradient with respect to the points."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from mitk.errors import DataError, sentence
from mitk.results.record import NATS_PER_UNIT
from mitk.spectral.entropy import check_unit, spectral_entropy


def smooth_dse(
    x: jax.Array, *, bandwidth: float | jax.Array, time: float = 1.0, density_power: float = 0.0, unit: str = "bits"
) -> jax.Array:
    """Diffusion spectral entropy as a differentiable function of the points.

    Parameters
    ----------
    x : array of shape (n, d)
        The precision is that of x: single, unless it is float64 under ``jax.enable_x64(True)``; mitk never changes
        that setting. `dse_gradient` works in float64 whatever the setting.
    bandwidth : float or array of shape ()
        The kernel's sigma; half the median distance between rows is a good start (`DSE` reports what it took).
    time : float, default 1.0
    density_power : float, default 0.0
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    array of shape ()

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    Equal to ``DSE(bandwidth=..., approximation="exact")``. Use ``jax.jit``, ``jax.grad`` and ``jax.vmap``. The gradient
    is that of a function of eigenvalues alone, which equal eigenvalues do not harm. JAX's eigenvalues take about five
    times as long as those of `DSE` on a CPU: for values alone use that.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> x = jnp.array([[0.0], [1.0], [3.0]])
    >>> jax.grad(lambda x: smooth_dse(x, bandwidth=1.0))(x).shape
    (3, 1)
    """
    check_unit(unit)
    x = _as_points(x)
    return _dse(x, bandwidth, time, density_power) / NATS_PER_UNIT[unit]


def smooth_dsmi(
    x: jax.Array,
    labels: np.ndarray,
    *,
    bandwidth: float | jax.Array,
    time: float = 1.0,
    density_power: float = 0.0,
    repeats: int = 5,
    subsets: Any = None,
    seed: int = 0,
    unit: str = "bits",
) -> jax.Array:
    """Diffusion spectral mutual information as a differentiable function of the points.

    Parameters
    ----------
    x : array of shape (n, d)
    labels : array_like of shape (n,)
        Known when the program is traced, not part of it.
    bandwidth : float or array of shape ()
    time : float, default 1.0
    density_power : float, default 0.0
    repeats : int, default 5
        Random subsets a class size; drawn by NumPy from `seed` alone, where `DSMI` also looks at the values, so the
        two agree exactly only with `subsets`.
    subsets : sequence of k sequences of R row indices, optional
        As in `dsmi`.
    seed : int, default 0
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    array of shape ()

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    The kernel is made once. Every class and subset is a block of it, padded with zeros to the largest, so that one
    mapped program serves all; zero eigenvalues add nothing to an entropy.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> import numpy as np
    >>> x = jnp.array([[0.0], [0.01], [9.0], [9.01]])
    >>> round(float(smooth_dsmi(x, np.array([0, 0, 1, 1]), bandwidth=1.0, subsets=[[[0, 2]], [[1, 3]]])), 3)
    1.0
    """
    check_unit(unit)
    x = _as_points(x)
    rows, live, weights = _blocks(np.asarray(labels), len(x), repeats, subsets, seed)
    return _dsmi(x, bandwidth, rows, live, weights, time, density_power) / NATS_PER_UNIT[unit]


def dse_gradient(
    x: Any, *, bandwidth: float, time: float = 1.0, density_power: float = 0.0, unit: str = "bits"
) -> tuple[float, np.ndarray]:
    """`smooth_dse` and its gradient in float64, whatever JAX is set to.

    Parameters
    ----------
    x : array_like of shape (n, d)
    bandwidth : float
    time : float, default 1.0
    density_power : float, default 0.0
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    value : float
    gradient : ndarray of shape (n, d)
        Of the value with respect to x.

    Raises
    ------
    DataError, ParameterError

    Examples
    --------
    >>> value, gradient = dse_gradient([[0.0], [1.0], [3.0]], bandwidth=1.0)
    >>> gradient.dtype.name
    'float64'
    """
    check_unit(unit)
    with jax.enable_x64(True):
        points = _as_points(np.asarray(x, dtype=np.float64))
        value, gradient = _dse_and_gradient(points, float(bandwidth), time, density_power)
        return _as_numpy(value, gradient, unit)


def dsmi_gradient(
    x: Any,
    labels: Any,
    *,
    bandwidth: float,
    time: float = 1.0,
    density_power: float = 0.0,
    repeats: int = 5,
    subsets: Any = None,
    seed: int = 0,
    unit: str = "bits",
) -> tuple[float, np.ndarray]:
    """`smooth_dsmi` and its gradient in float64, whatever JAX is set to.

    Parameters
    ----------
    x : array_like of shape (n, d)
    labels : array_like of shape (n,)
    bandwidth, time, density_power, repeats, subsets, seed, unit
        As in `smooth_dsmi`.

    Returns
    -------
    value : float
    gradient : ndarray of shape (n, d)
        Of the value with respect to x.

    Raises
    ------
    DataError, ParameterError

    Examples
    --------
    >>> value, gradient = dsmi_gradient([[0.0], [0.1], [9.0], [9.1]], [0, 0, 1, 1], bandwidth=1.0)
    >>> gradient.shape
    (4, 1)
    """
    check_unit(unit)
    with jax.enable_x64(True):
        points = _as_points(np.asarray(x, dtype=np.float64))
        blocks = _blocks(np.asarray(labels), len(points), repeats, subsets, seed)
        value, gradient = _dsmi_and_gradient(points, float(bandwidth), *blocks, time, density_power)
        return _as_numpy(value, gradient, unit)


@partial(jax.jit, static_argnums=(2, 3))
def _dse(x: jax.Array, bandwidth: jax.Array, time: float, density_power: float) -> jax.Array:
    operator = _normalised(_kernel(x, bandwidth), jnp.ones(len(x), dtype=x.dtype), density_power)
    return spectral_entropy(jnp.linalg.eigvalsh(operator), power=time)


@partial(jax.jit, static_argnums=(5, 6))
def _dsmi(
    x: jax.Array,
    bandwidth: jax.Array,
    rows: jax.Array,
    live: jax.Array,
    weights: jax.Array,
    time: float,
    density_power: float,
) -> jax.Array:
    kernel = _kernel(x, bandwidth)

    def entropy(rows: jax.Array, live: jax.Array) -> jax.Array:
        block = kernel[rows[:, None], rows[None, :]] * live[:, None] * live[None, :]
        return spectral_entropy(jnp.linalg.eigvalsh(_normalised(block, live, density_power)), power=time)

    return weights.astype(x.dtype) @ jax.vmap(entropy)(rows, live.astype(x.dtype))


# Compiled once a shape, precision and setting.
_dse_and_gradient = jax.jit(jax.value_and_grad(_dse), static_argnums=(2, 3))
_dsmi_and_gradient = jax.jit(jax.value_and_grad(_dsmi), static_argnums=(5, 6))


def _as_numpy(value: jax.Array, gradient: jax.Array, unit: str) -> tuple[float, np.ndarray]:
    return float(value) / NATS_PER_UNIT[unit], np.asarray(gradient) / NATS_PER_UNIT[unit]


def _as_points(x: Any) -> jax.Array:
    x = jnp.asarray(x)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[0] < 1:
        raise DataError(sentence("x", "must have shape (n,) or (n, d)", f"shape {x.shape}"))
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.result_type(float))


def _kernel(x: jax.Array, bandwidth: float | jax.Array) -> jax.Array:
    scaled = (x - jnp.mean(x, axis=0)) / (bandwidth * jnp.sqrt(2.0).astype(x.dtype))
    norms = jnp.sum(scaled**2, axis=1)
    apart = norms[:, None] + norms[None, :] - 2.0 * (scaled @ scaled.T)
    # Exactly 0 on the diagonal and, as everywhere that rounding made negative, without a gradient.
    apart = jnp.where(jnp.eye(len(x), dtype=bool), 0.0, jnp.maximum(apart, 0.0))
    return jnp.exp(-apart)


def _normalised(kernel: jax.Array, live: jax.Array, density_power: float) -> jax.Array:
    """The symmetric diffusion operator; rows that are not live stay zero, their sums taken as 1."""
    padding = 1.0 - live
    if density_power:
        shrink = (jnp.sum(kernel, axis=1) + padding) ** -density_power
        kernel = kernel * shrink[:, None] * shrink[None, :]
    shrink = (jnp.sum(kernel, axis=1) + padding) ** -0.5
    return kernel * shrink[:, None] * shrink[None, :]


def _blocks(
    labels: np.ndarray, n: int, repeats: int, subsets: Any, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row indices (b, m) padded with 0, which of them are live (b, m), and the weight of each entropy (b,)."""
    if labels.shape != (n,):
        raise DataError(sentence("labels", f"must have shape ({n},)", f"shape {labels.shape}"))
    codes, counts = np.unique(labels, return_inverse=True, return_counts=True)[1:]
    shuffled = [np.random.default_rng([seed, r]).permutation(n) for r in range(repeats)]
    lists: list[np.ndarray] = []
    weights: list[float] = []
    for code, size in enumerate(counts.tolist()):
        drawn = [rows[:size] for rows in shuffled] if subsets is None else [np.asarray(rows) for rows in subsets[code]]
        lists += [np.flatnonzero(codes == code), *drawn]
        weights += [-size / n, *[size / n / len(drawn)] * len(drawn)]
    most = max(len(rows) for rows in lists)
    padded = np.array([np.pad(rows, (0, most - len(rows))) for rows in lists])
    live = np.array([np.arange(most) < len(rows) for rows in lists], dtype=np.float64)
    return padded, live, np.array(weights)
