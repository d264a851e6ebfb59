"""The one training loop: members that differ in their rows and seeds are trained together in one compiled program."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from mitk.inference.cross_fitting import max_test

Array = jax.Array
Progress = Callable[[int, float], None]
# Rows on which the curves are judged: enough to choose a step by, few enough not to cost more than the training.
CURVE_ROWS = 512
# How often a run that left the finite numbers is taken back to the last checkpoint, at half the rate.
RECOVERIES = 3
# Steps from checkpoint to checkpoint.
EVERY = 50
# Steps over which the learning rate rises, and by how much it falls at a peak.
WARM, FALL = 50, 0.25
LARGEST_SEED = 2**63


class Learner(Protocol):
    """What is trained. Equal learners share their compiled programs."""

    def __hash__(self) -> int: ...

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained network; what was `given` differs from member to member."""

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Loss of a batch of rows, and what the next step should remember (a number; moving averages)."""

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """What is judged on held-out rows; larger is better."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast.

    Attributes
    ----------
    steps : int
        Most steps of the optimiser.
    batch : int
        Rows in a step, drawn without replacement.
    rate : float
        Adam's learning rate. It rises over the first steps; when the held-out score has peaked, training goes back to
        the peak and on at a quarter of the rate.
    patience : int
        Checkpoints without a better held-out score after which the rate falls.
    reductions : int
        How often the rate falls before training stops.
    average : float
        Rate of the moving average of the parameters, which is what is judged and kept.
    """

    steps: int = 1000
    batch: int = 128
    rate: float = 1e-3
    patience: int = 4
    reductions: int = 2
    average: float = 0.98


@dataclass
class Trained:
    """Networks of all members at their chosen steps, and how they came there.

    Attributes
    ----------
    learner : Learner
    parameters : ndarray of shape (members, p)
    held_out, train : ndarray of shape (checkpoints, members)
        Scores at every checkpoint, on held-out and on training rows.
    steps : ndarray of shape (checkpoints,)
        Step of every checkpoint.
    chosen : ndarray of shape (members,)
        Checkpoint of each member.
    notes : list of str
    failed : bool
        Whether training had to be given up because it left the finite numbers.
    interrupted : bool
    """

    learner: Any
    parameters: np.ndarray
    held_out: np.ndarray
    train: np.ndarray
    steps: np.ndarray
    chosen: np.ndarray
    notes: list[str] = field(default_factory=list)
    failed: bool = False
    interrupted: bool = False

    def member(self, k: int) -> np.ndarray:
        """Parameters of one member."""
        return self.parameters[k]


class _Programs(NamedTuple):
    start: Callable[..., Any]
    run: Callable[..., Any]
    judge: Callable[..., Any]


def train(
    learner: Learner,
    plan: Plan,
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    held_out: np.ndarray,
    *,
    folds: np.ndarray | None = None,
    given: dict[str, np.ndarray] | None = None,
    seed: int = 0,
    on_interrupt: str = "raise",
    progress: Progress | None = None,
) -> Trained:
    """Train all members at once.

    Parameters
    ----------
    learner : Learner
    plan : Plan
    x : ndarray of shape (n, dx), float32
    y : ndarray of shape (n, dy), float32
    rows, held_out : ndarray of int, shape (members, m) and (members, h)
        Which rows each member is trained on and judged on.
    folds : ndarray of int, shape (members,), optional
        Members of one fold share their held-out rows; the step of a member is then chosen by the other folds, so that
        no held-out row has a say in which checkpoint it is scored by. When the rate falls is decided by all together.
    given : dict of str to ndarray of shape (members, ...), optional
        What each member's network starts from.
    seed : int
    on_interrupt : {"raise", "return"}
        What Ctrl-C does: raise, or return the best so far.
    progress : callable, optional
        Called with the step and the mean held-out score.

    Returns
    -------
    Trained
    """
    members = len(rows)
    folds = np.zeros(members, dtype=int) if folds is None else folds
    batch = min(plan.batch, rows.shape[1])
    programs = _programs(learner, plan)
    rng = np.random.default_rng(seed)
    # NumPy takes whole numbers of any size, JAX those of 64 bits.
    seed = int(seed) % LARGEST_SEED
    key = jax.random.key(seed)
    # A generator that compiles in a tenth of the time of the default one, which is most of the time of a first call.
    starts = jax.random.split(jax.random.key(seed, impl="unsafe_rbg"), members)
    state = programs.start(starts, {k: jnp.asarray(v, jnp.float32) for k, v in (given or {}).items()})
    every = max(min(EVERY, plan.steps // 20), 1)
    judged = held_out[:, :CURVE_ROWS], rows[:, : min(CURVE_ROWS, held_out.shape[1])]
    device_x, device_y = jnp.asarray(x), jnp.asarray(y)

    def judge(state: _State, key: Array) -> tuple[np.ndarray, ...]:
        return tuple(np.asarray(programs.judge(state, part, key, device_x, device_y)) for part in judged)

    # The untrained networks are a checkpoint too: where they start from an answer, nothing may be better.
    kept, curves, done = [state.averaged], [judge(state, key)], [0]
    scale, recoveries, step, reductions, fell = 1.0, 0, 0, 0, 0
    failed = interrupted = False
    orders = _Orders(rows, batch, rng)
    try:
        while step < plan.steps:
            own = jax.random.fold_in(key, len(done) + 1000 * recoveries)
            new, losses = programs.run(state, orders.take(every), own, jnp.float32(scale), step, device_x, device_y)
            found = judge(new, own)
            if not (np.isfinite(losses).all() and np.isfinite(found[0]).all()):
                if recoveries == RECOVERIES:
                    failed = True
                    break
                recoveries, scale = recoveries + 1, scale / 2.0
                continue
            state, step = new, step + every
            kept.append(state.averaged)
            curves.append(found)
            done.append(step)
            if progress is not None:
                progress(step, float(found[0].mean()))
            best = max_test(np.array([held for held, _ in curves]).mean(axis=1))
            if len(done) - 1 - max(best, fell) >= plan.patience:
                if reductions == plan.reductions:
                    break
                state = state._replace(parameters=kept[best], averaged=kept[best])
                scale, fell, reductions = scale * FALL, len(done) - 1, reductions + 1
    except KeyboardInterrupt:
        if on_interrupt != "return":
            raise
        interrupted = True
    held_out, seen = (np.array(part) for part in zip(*curves, strict=True))
    several = len(set(folds.tolist())) > 1
    chosen = np.zeros(members, dtype=int)
    for k in range(members):
        by = folds != folds[k] if several else folds == folds[k]
        chosen[k] = max_test(held_out[:, by].mean(axis=1))
    # On the host: slices of device arrays are compiled one by one.
    parameters = np.stack([np.asarray(kept[at])[k] for k, at in enumerate(chosen)])
    trained = Trained(learner, parameters, held_out, seen, np.array(done), chosen, [], failed, interrupted)
    if recoveries:
        trained.notes.append(
            f"Training left the finite numbers; it went on from a checkpoint at {scale:g} of the rate."
        )
    return trained


class _Orders:
    """Batches of distinct rows for each member: shuffled passes over its rows."""

    def __init__(self, rows: np.ndarray, batch: int, rng: np.random.Generator) -> None:
        self.rows, self.batch, self.rng = rows, batch, rng
        self.left = np.empty((len(rows), 0), dtype=rows.dtype)

    def take(self, steps: int) -> Array:
        """Row numbers of shape (members, steps, batch)."""
        whole = self.rows.shape[1] // self.batch * self.batch
        parts, count = [self.left], self.left.shape[1]
        while count < steps * self.batch:
            # Whole batches only, so that no batch holds a row twice.
            parts.append(self.rng.permuted(self.rows, axis=1)[:, :whole])
            count += whole
        joined = np.concatenate(parts, axis=1)
        taken, self.left = np.split(joined, [steps * self.batch], axis=1)
        return jnp.asarray(taken.reshape(len(self.rows), steps, self.batch))


class _State(NamedTuple):
    parameters: Array
    averaged: Array
    memory: Array
    optimiser: Any


@functools.lru_cache(maxsize=32)
def _structure(learner: Learner) -> tuple[Any, Any, tuple[tuple[int, ...], ...]]:
    """Graph and tree of a learner's network, and the shapes of its parameters."""
    graph, first = nnx.split(nnx.eval_shape(lambda: learner.module(nnx.Rngs(0))))
    return graph, jax.tree.structure(first), tuple(leaf.shape for leaf in jax.tree.leaves(first))


def merged(learner: Learner, parameters: Array) -> Any:
    """The network of one member from the vector of its parameters."""
    graph, tree, shapes = _structure(learner)
    leaves, at = [], 0
    for shape in shapes:
        size = math.prod(shape)
        leaves.append(parameters[at : at + size].reshape(shape))
        at += size
    return nnx.merge(graph, jax.tree.unflatten(tree, leaves))


@functools.lru_cache(maxsize=32)
def _programs(learner: Learner, plan: Plan) -> _Programs:
    schedule = optax.linear_schedule(0.0, plan.rate, min(WARM, plan.steps))
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))

    def begin(key: Array, given: dict[str, Array]) -> _State:
        leaves = jax.tree.leaves(nnx.state(learner.module(nnx.Rngs(key), **given)))
        # One vector: an optimiser step on it is one loop, on many arrays it is many.
        flat = jnp.concatenate([leaf.reshape(-1) for leaf in leaves])
        return _State(flat, flat, jnp.float32(-jnp.inf), optimiser.init(flat))

    def value(parameters: Array, memory: Array, x: Array, y: Array, key: Array) -> tuple[Array, Array]:
        return learner.loss(merged(learner, parameters), x, y, key, memory)

    def one(state: _State, order: Array, key: Array, scale: Array, begun: Array, x: Array, y: Array) -> Any:
        def step(carry: tuple[_State, Array], taken: Array) -> tuple[tuple[_State, Array], Array]:
            (parameters, averaged, memory, remembered), at = carry
            own = jax.random.fold_in(key, at)
            (loss, memory), slope = jax.value_and_grad(value, has_aux=True)(parameters, memory, x[taken], y[taken], own)
            updates, remembered = optimiser.update(slope, remembered, parameters)
            parameters = parameters + scale * updates
            # Early on the average would still remember the first parameters.
            rate = jnp.minimum(plan.average, (1.0 + at) / (10.0 + at))
            averaged = rate * averaged + (1.0 - rate) * parameters
            return (_State(parameters, averaged, memory, remembered), at + 1), loss

        (state, _), losses = jax.lax.scan(step, (state, begun), order)
        return state, losses

    def judge(state: _State, rows: Array, key: Array, x: Array, y: Array) -> Array:
        return learner.score(merged(learner, state.averaged), x[rows], y[rows], key)

    run = jax.jit(jax.vmap(one, in_axes=(0, 0, None, None, None, None, None)))
    return _Programs(jax.jit(jax.vmap(begin)), run, jax.jit(jax.vmap(judge, in_axes=(0, 0, None, None, None))))
