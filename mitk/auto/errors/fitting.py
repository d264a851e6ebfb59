"""Fit how readings err: gradient descent on the scores of what they are combined to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.scipy.special import ndtr

from mitk.auto.combination import HALF_WIDTH, LARGE, LEAST_ERROR, SMALL, WEIGHT, log_density
from mitk.auto.errors.evidence import METHODS, OF_READING, Evidence
from mitk.auto.errors.facts import facts, half_width, raw
from mitk.auto.errors.model import CORRECTIONS, LEAST_CHANCE, MOST_SHIFT, reach, weightless
from mitk.auto.errors.recipe import Fitting
from mitk.learned.network.stretching import LEVELS

Weights = dict[str, np.ndarray]
# Points of the grid: even ones, and around each reading out to 6 of its half-widths, finest in the middle, since it may
# be moved and widened.
EVEN, AROUND, OUT = 121, 65, 6.0
# Nats, and shares of the truth and of the network's interval, that a score is counted in.
UNIT, UNIT_SHARE, UNIT_WIDTH = 0.03, 0.07, 0.5
PIECE = 500


def scale_of(sets: Evidence) -> dict[str, np.ndarray]:
    """`ErrorModel.scale` from sets; a fact that none of them has is left as it is."""
    found: dict[str, np.ndarray] = {}
    for method in METHODS:
        seen = raw(sets, method)
        seen[:, ~np.isfinite(seen).any(axis=0)] = 0.0
        found |= {f"{method}.mean": np.nanmean(seen, axis=0), f"{method}.deviation": np.nanstd(seen, axis=0) + 1e-6}
    return found


def fit(sets: Evidence, weight: np.ndarray, scale: dict[str, np.ndarray], how: Fitting) -> Weights:
    """`ErrorModel.weights` that score best on sets.

    Parameters
    ----------
    sets : mapping of str to ndarray
        Evidence and ``truth``.
    weight : ndarray of shape (b,)
        Of each set.
    scale : mapping of str to ndarray
    how : Fitting

    Notes
    -----
    With F the distribution that the readings are combined to and T the truth, the loss of a set is

        (integral of (F(t) - [t >= T])^2 dt) / u - tails log(u f(T)),

    the continuous ranked probability score and the logarithmic one, in units u of 0.03 nats, 0.07 T and half the
    half-width of the network's interval, or else of neighbours'.
    """
    arrays = arrays_of(sets, scale)
    # Where the network does not count, neighbours do: `read` leaves out sets that neither answered.
    width = np.where(np.isfinite(sets["mist.value"]), half_width(sets, "mist"), half_width(sets, "ksg"))
    unit = UNIT + UNIT_SHARE * sets["truth"] + UNIT_WIDTH * width
    arrays |= {"truth": sets["truth"], "unit": unit, "weight": weight / weight.mean()}
    arrays = {name: np.asarray(a, dtype=bool if a.dtype == bool else np.float32) for name, a in arrays.items()}
    weights: Any = {name: jnp.asarray(values) for name, values in weightless().items()}
    schedule = optax.cosine_decay_schedule(how.rate, how.steps)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=how.decay))
    memory = optimiser.init(weights)

    def loss(weights: Any, batch: dict[str, jax.Array]) -> jax.Array:
        below, density = distribution(weights, batch)
        grid, truth = batch["grid"], batch["truth"]
        gap = (below - (grid >= truth[:, None])) ** 2
        distance = (0.5 * (gap[:, 1:] + gap[:, :-1]) * jnp.diff(grid)).sum(axis=1)
        at_truth = jax.vmap(jnp.interp)(truth, grid, density)
        unit = batch["unit"]
        return jnp.mean(batch["weight"] * (distance / unit - how.tails * jnp.log(at_truth * unit + 1e-3)))

    @jax.jit
    def step(weights: Any, memory: Any, batch: dict[str, jax.Array]) -> tuple[Any, Any]:
        updates, memory = optimiser.update(jax.grad(loss)(weights, batch), memory, weights)
        return optax.apply_updates(weights, updates), memory

    rng = np.random.default_rng(0)
    for _ in range(how.steps):
        chosen = rng.integers(len(unit), size=how.batch)
        batch = {name: values[chosen] for name, values in arrays.items()}
        kept = batch["present"] & (rng.random(batch["present"].shape) >= how.unasked)
        batch["present"] = np.where(kept.any(axis=1, keepdims=True), kept, batch["present"])
        weights, memory = step(weights, memory, batch)
    return {name: np.asarray(values, dtype=np.float64) for name, values in weights.items()}


def quantiles_of(weights: Weights, scale: dict[str, np.ndarray], sets: Evidence) -> np.ndarray:
    """Quantiles (b, q) at `LEVELS` that the readings of sets are combined to, nats, before margins."""
    answer: Callable[..., Any] = jax.jit(distribution)
    arrays = arrays_of(sets, scale)
    found = []
    for start in range(0, len(arrays["grid"]), PIECE):
        piece = {name: values[start : start + PIECE] for name, values in arrays.items()}
        below = np.asarray(answer(weights, piece)[0], dtype=np.float64)
        below = below + np.arange(below.shape[1]) * 1e-12
        found += [np.interp(LEVELS, f, grid) for f, grid in zip(below, piece["grid"], strict=True)]
    return np.array(found)


def distribution(weights: Any, batch: dict[str, Any]) -> tuple[jax.Array, jax.Array]:
    """Distribution function and density (b, g) of the information on the grid, as `combined` has them."""
    grid = batch["grid"]
    total = -(1.0 + weights["prior"][0]) * jnp.log(SMALL * jnp.exp(weights["prior"][1]) + jnp.clip(grid, 0.0, LARGE))
    for i, method in enumerate(METHODS):
        change = batch[method] @ weights[method]
        share, stray, below, above, weight, shift = (change[:, j : j + 1] for j in range(len(CORRECTIONS)))
        odds = [batch["odds"][:, i, :1] + share, batch["odds"][:, i, 1:] + stray]
        chances = jax.nn.softmax(jnp.concatenate([jnp.zeros_like(share), *odds], axis=1), axis=1)
        lower, upper = batch["below"][:, i : i + 1], batch["above"][:, i : i + 1]
        moved = MOST_SHIFT * jnp.tanh(shift / MOST_SHIFT)
        value = batch["value"][:, i : i + 1] + moved * jnp.where(moved > 0.0, upper, lower)
        scales = [
            jnp.maximum(gap * jnp.exp(wider), LEAST_ERROR) / HALF_WIDTH
            for gap, wider in ((lower, below), (upper, above))
        ]
        one = log_density(grid, value, scales[0], scales[1], chances[:, 1:2], chances[:, 2:], to=jnp, ndtr=ndtr)
        total += jnp.where(batch["present"][:, i : i + 1], WEIGHT * jnp.exp(weight) * one, 0.0)
    density = jnp.exp(total - total.max(axis=1, keepdims=True))
    mass = 0.5 * (density[:, 1:] + density[:, :-1]) * jnp.diff(grid)
    below = jnp.concatenate([jnp.zeros((len(grid), 1)), jnp.cumsum(mass, axis=1)], axis=1)
    return below / below[:, -1:], density / below[:, -1:]


def arrays_of(sets: Evidence, scale: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Readings (b, m) of the sets, their facts (b, 1 + f) by method, and the grid (b, g)."""
    value, low, high, share, stray, _ = (np.column_stack([sets[f"{m}.{f}"] for m in METHODS]) for f in OF_READING)
    present = np.isfinite(value)
    value, low, high, share, stray = (np.where(present, a, 0.0) for a in (value, low, high, share, stray))
    below, above = np.maximum(value - low, LEAST_ERROR), np.maximum(high - value, LEAST_ERROR)
    chances = np.stack([np.maximum(share, LEAST_CHANCE), np.maximum(stray, LEAST_CHANCE)], axis=2)
    least, most = reach(value, low, high)
    first = np.where(present, least, 0.0).min(axis=1)
    last = np.where(present, most, 0.0).max(axis=1)
    places = np.linspace(-1.0, 1.0, AROUND)
    places = OUT * np.sign(places) * places**2
    points = [first[:, None] + (last - first)[:, None] * np.linspace(0.0, 1.0, EVEN)]
    for i in range(len(METHODS)):
        width = np.where(places > 0.0, above[:, i : i + 1], below[:, i : i + 1])
        points.append(np.where(present[:, i : i + 1], value[:, i : i + 1] + places * width, first[:, None]))
    grid = np.sort(np.clip(np.concatenate(points, axis=1), first[:, None], last[:, None]), axis=1)
    seen = {m: np.column_stack([np.ones(len(z)), z]) for m, z in facts(sets, scale).items()}
    odds = np.log(chances / np.maximum(1.0 - share - stray, LEAST_CHANCE)[:, :, None])
    return seen | {"value": value, "below": below, "above": above, "odds": odds, "present": present, "grid": grid}
