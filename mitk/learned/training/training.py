"""Training a network on simulated sets: resumable to the step."""

from __future__ import annotations

import functools
import json
import math
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx, serialization

from mitk.errors import ParameterError, sentence
from mitk.learned.network.forward import HEADS
from mitk.learned.network.inputs import moments, parts, standardised
from mitk.learned.network.model import Model, load, shipped
from mitk.learned.network.network import LEVELS, OVERALL_WIDTH, Network
from mitk.learned.statistics.features import VIEW_ROWS
from mitk.learned.statistics.raw import RAW
from mitk.learned.training.data import Pool

# Steps over which the learning rate rises, in a long run.
WARM = 500
# Layers that networks of an earlier form lack: they begin as those of a new network.
LATER = ("trust.", "shrink.")
KEPT, REMEDY = "must hold what an interrupted training wrote", "remove that folder: its network is trained again"


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained.

    Parameters
    ----------
    seed : int, default 0
        Of the first parameters and of the batches.
    steps : int, default 15000
    batch : int, default 192
        Sets in a step.
    rate : float, default 1e-3
        Highest learning rate: reached after 500 steps, or the first tenth of fewer than 5000, it falls to a hundredth
        of itself along a cosine.
    decay : float, default 0.05
        Weight decay.
    rows : int, default 32
        Rows of each view in a step.
    width, row_width, queries, blocks : int
        Of the network.
    average : float, default 0.999
        Rate of the moving average of the parameters, which is what is kept.
    save_every : int, default 500
    start : str, default ""
        Weights to go on from instead of random ones: a file of `train_mist`, or "shipped" for the package's. Network
        i of the recipe goes on from network i, or the last. The statistics are then standardised as they were there.
    monotone : bool, default True
        Leave out the statistics that change under increasing maps of columns, but for those that a
        `start` reads.
    """

    seed: int = field(default=0, metadata={"written": False})
    steps: int = 15000
    batch: int = 192
    rate: float = 1e-3
    decay: float = 0.05
    rows: int = 32
    width: int = 64
    row_width: int = 16
    queries: int = 8
    blocks: int = 3
    average: float = 0.999
    save_every: int = 500
    start: str = ""
    monotone: bool = True

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "rows", "width", "queries", "save_every"):
            if getattr(self, name) < 1:
                raise ParameterError(sentence(f"training.{name}", "must be at least 1", getattr(self, name)))
        for name in ("row_width", "blocks", "rate", "decay", "seed"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ParameterError(sentence(f"training.{name}", "must be at least 0", getattr(self, name)))
        if not 0.0 <= self.average < 1.0:
            raise ParameterError(sentence("training.average", "must lie in [0, 1)", self.average))
        if self.rows > VIEW_ROWS:
            raise ParameterError(sentence("training.rows", f"must be at most {VIEW_ROWS}", self.rows))
        if self.width % HEADS:
            raise ParameterError(sentence("training.width", f"must be a multiple of {HEADS}", self.width))

    def network(self, overall: int = OVERALL_WIDTH) -> Network:
        """The untrained network, which reads so many statistics of the whole."""
        return Network(
            width=self.width,
            row_width=self.row_width,
            queries=self.queries,
            blocks=self.blocks,
            overall=overall,
            rngs=nnx.Rngs(self.seed),
        )


def loss(mean: jax.Array, quantiles: jax.Array, truth: jax.Array, n: jax.Array) -> jax.Array:
    """Pinball loss of the quantiles, in nats and relative to what n rows can tell, and Huber loss of the mean."""
    levels = jnp.asarray(LEVELS)
    miss = truth[:, None] - quantiles
    pinball = jnp.mean(jnp.maximum(levels * miss, (levels - 1.0) * miss), axis=1)
    # Without the weights a thousand rows of weak dependence would drown in ten rows of strong dependence.
    scale = 0.02 + jnp.sqrt((0.3 + truth) / n)
    off = jnp.abs(truth - mean)
    huber = jnp.where(off < 3.0, 0.5 * off**2, 3.0 * off - 4.5)
    return jnp.mean(pinball / scale) * 0.3 + jnp.mean(pinball) + 0.1 * jnp.mean(huber)


def train(
    pool: Pool,
    training: Training,
    out: str | os.PathLike[str],
    *,
    held_out: dict[str, np.ndarray] | None = None,
    progress: Callable[[int, float], None] = lambda step, value: None,
    until: float | None = None,
    number: int = 0,
) -> dict[str, np.ndarray]:
    """Train, or go on training from the last checkpoint in `out`.

    Parameters
    ----------
    pool : Pool
    training : Training
    out : path
        Folder of the checkpoint ``state.msgpack``, which an interrupt writes too, the curve ``curve.jsonl`` and the
        scale ``scale.npz``.
    held_out : dict, optional
        Sets that are judged at every save; the parameters that do best are kept. Without, the last are.
    progress : callable
        Called with the step and the loss.
    until : float, optional
        Time, as of `time.time`, after which the run stops at a checkpoint.
    number : int, default 0
        Of the network among those of a recipe; it says from which one `Training.start` takes its parameters.

    Returns
    -------
    dict of str to ndarray
        Averaged parameters of the best checkpoint and scale, by name.
    """
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    scale_file = place / "scale.npz"
    begun = _model(training.start) if training.start else None
    if not scale_file.exists():
        unfinished = scale_file.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **_scale(pool, training, begun))
        unfinished.rename(scale_file)
    try:
        with scale_file.open("rb") as stored, np.load(stored) as found:
            scale = {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ParameterError(sentence("out", KEPT, f"{scale_file} ({error})", REMEDY)) from error
    overall = len(scale["overall.mean"])
    programs = _programs(replace(training, seed=0, start=""), overall)
    first = nnx.state(training.network(overall))
    leaves, structure = jax.tree.flatten(first)
    if begun is not None:
        leaves = _leaves(begun.networks[min(number, len(begun.networks) - 1)], leaves, structure)
    state: dict[str, Any] = {
        "step": 0,
        "leaves": leaves,
        "averaged": leaves,
        "optimiser": programs.memory(leaves),
        "best": leaves,
        "least": np.array(math.inf),
    }
    checkpoint = place / "state.msgpack"
    if checkpoint.exists():
        state = _resumed(state, checkpoint)

    def judged(sets: dict[str, np.ndarray]) -> float:
        found = [
            programs.judge(state["averaged"], standardised(part, scale), part["facts"][:, 0], part["facts"][:, 1])
            for part in parts(sets, 500)
        ]
        return float(np.mean(found))

    def save() -> None:
        part = checkpoint.with_suffix(".part")
        part.write_bytes(serialization.to_bytes(state))
        part.rename(checkpoint)

    recent: list[float] = []
    began = time.time()
    try:
        while state["step"] < training.steps:
            at = state["step"]
            raw = pool.batch(training.seed, at, training.batch, training.rows)
            averaged = state["averaged"] if at > 300 else state["leaves"]
            batch = standardised(raw, scale), raw["facts"][:, 0], raw["facts"][:, 1]
            leaves, averaged, memory, found = programs.step(state["leaves"], averaged, state["optimiser"], *batch)
            # One assignment, so that an interrupt finds a state of before or after the step.
            state = state | {"step": at + 1, "leaves": leaves, "averaged": averaged, "optimiser": memory}
            recent.append(float(found))
            progress(at + 1, recent[-1])
            if (at + 1) % training.save_every == 0 or at + 1 == training.steps:
                line = {"step": at + 1, "loss": float(np.mean(recent)), "sets": pool.refresh()}
                line["seconds"] = time.time() - began
                if held_out is not None:
                    line["held_out"] = judged(held_out)
                if line.get("held_out", -math.inf) < state["least"]:
                    state = state | {"best": state["averaged"], "least": np.array(line.get("held_out", math.inf))}
                with (place / "curve.jsonl").open("a") as curve:
                    curve.write(json.dumps(line) + "\n")
                recent = []
                save()
                if until is not None and time.time() > until:
                    break
    except KeyboardInterrupt:
        save()
        raise
    (place / "training.json").write_text(json.dumps(asdict(training), indent=1))
    return named(jax.tree.unflatten(structure, state["best"])) | scale


class _Programs(NamedTuple):
    """Compiled once for all networks that differ in their seed alone."""

    step: Callable[..., Any]
    judge: Callable[..., Any]
    memory: Callable[..., Any]


@functools.lru_cache(maxsize=4)
def _programs(training: Training, overall: int) -> _Programs:
    graph, first = nnx.split(training.network(overall))
    structure = jax.tree.structure(first)
    warm = min(WARM, training.steps // 10)
    schedule = optax.warmup_cosine_decay_schedule(0.0, training.rate, warm, training.steps, training.rate / 100.0)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, b2=0.99, weight_decay=training.decay))

    def value(leaves: list[jax.Array], batch: dict[str, jax.Array], truth: jax.Array, n: jax.Array) -> jax.Array:
        network = nnx.merge(graph, jax.tree.unflatten(structure, leaves))
        return loss(*network(batch), truth, n)

    @jax.jit
    def step(leaves, averaged, memory, batch, truth, n):  # type: ignore[no-untyped-def]
        found, gradient = jax.value_and_grad(value)(leaves, batch, truth, n)
        updates, memory = optimiser.update(gradient, memory, leaves)
        leaves = optax.apply_updates(leaves, updates)
        averaged = jax.tree.map(lambda a, b: training.average * a + (1.0 - training.average) * b, averaged, leaves)
        return leaves, averaged, memory, found

    return _Programs(step, jax.jit(value), optimiser.init)


def _resumed(state: dict[str, Any], checkpoint: Path) -> dict[str, Any]:
    """The state that a checkpoint holds, which must be one of the same networks."""
    try:
        found = serialization.from_bytes(state, checkpoint.read_bytes())
        same = jax.tree.map(lambda a, b: np.shape(a) == np.shape(b), state, found)
        whole = jax.tree.all(same)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParameterError(sentence("out", KEPT, f"{checkpoint} ({error})", REMEDY)) from error
    if not whole:
        raise ParameterError(sentence("out", KEPT, f"{checkpoint}, of another network", REMEDY))
    return found


def _scale(pool: Pool, training: Training, begun: Model | None = None) -> dict[str, np.ndarray]:
    """Means and deviations of what the network is to read; of what `begun` reads already, its own."""
    scale = moments(pool.all(20000))
    if training.monotone:
        scale |= {name: scale[name][:-RAW] for name in ("overall.mean", "overall.sd")}
    if begun is not None:
        for name, values in begun.scale.items():
            scale[name] = np.concatenate([values, scale[name][len(values) :]])
    return scale


def _model(start: str) -> Model:
    return shipped() if start == "shipped" else load(start)


def _leaves(network: dict[str, np.ndarray], leaves: list[jax.Array], structure: Any) -> list[jax.Array]:
    """Parameters by name, in the order of the leaves of a network's state."""
    places = named(jax.tree.unflatten(structure, [np.array(i) for i in range(len(leaves))]))
    found = list(leaves)
    for name, place in places.items():
        i = int(place)
        if name.startswith(LATER) and name not in network:
            continue
        values = network.get(name)
        if values is not None and name == "overall.kernel" and len(values) < len(leaves[i]):
            values = np.concatenate([values, np.zeros((len(leaves[i]) - len(values), values.shape[1]))])
        if values is None or values.shape != leaves[i].shape:
            got = f"{name} of shape {values.shape}" if values is not None else f"none with {name}"
            raise ParameterError(sentence("training.start", "must hold networks of this width and depth", got))
        found[i] = jnp.asarray(values, dtype=leaves[i].dtype)
    return found


def named(state: Any) -> dict[str, np.ndarray]:
    """Arrays of a network's state by their path: ``blocks.0.attention.key.kernel``."""
    flat = nnx.to_flat_state(state)
    return {".".join(str(key) for key in path): np.asarray(leaf[...]) for path, leaf in flat}
