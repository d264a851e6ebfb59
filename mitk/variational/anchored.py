"""Anchored: a critic that starts at the Gaussian copula's exact log ratio and learns what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from mitk import objectives
from mitk.data.samples import Samples
from mitk.hyperparameters import one_of, switch, whole
from mitk.numerics.ranks import normal_scores
from mitk.tags import Tags
from mitk.variational.anchor import canonical_maps, honest, informative_components, principal
from mitk.variational.codes import gaussian_codes
from mitk.variational.critics import Quadratic
from mitk.variational.encoders import MLP
from mitk.variational.evaluation import EVALUATIONS
from mitk.variational.neural import NeuralEstimator, Split

Array = jax.Array
# Squares beyond three standard deviations would rule the first steps.
CLIP = 9.0
# Normal variates do not lie farther out; of other laws a single row could otherwise rule the mean of e^f.
FARTHEST = 5.0
# Sides with at most this many columns, and a twentieth of the rows, need no components.
NARROW, ROWS_A_COLUMN = 32, 20
MOST_COMPONENTS = 128
CODES = ("principal", "autoencoder")
# Components that an autoencoder sees for each of its codes.
SEEN_BY_A_CODE = 4
# Fewer rows have no canonical variates worth starting from.
FEWEST = 20


class AnchoredCritic(nnx.Module):
    """The exact log ratio of Gaussian canonical variates plus a quadratic form of two encoders that starts at 0.

    sum_i [-1/2 ln(1 - r_i^2) + (2 r_i u_i v_i - r_i^2 u_i^2 - r_i^2 v_i^2) / (2 (1 - r_i^2))] + Q(g(u), h(v)); the
    encoders see the variates, their clipped squares and the logarithm of their length.

    Parameters
    ----------
    map_x : Array of shape (dx, dx)
    map_y : Array of shape (dy, dy)
        From columns to canonical variates.
    correlations : Array of shape (min(dx, dy),)
    embedding, width, depth : int
    rngs : nnx.Rngs
    """

    def __init__(
        self, map_x: Array, map_y: Array, correlations: Array, *, embedding: int, width: int, depth: int, rngs: nnx.Rngs
    ) -> None:
        self.map_x, self.map_y = nnx.Variable(map_x), nnx.Variable(map_y)
        self.correlations = nnx.Variable(correlations)
        encode_x, encode_y = (
            MLP(2 * matrix.shape[0] + 1, embedding, width=width, depth=depth, rngs=rngs) for matrix in (map_x, map_y)
        )
        self.left = Quadratic(encode_x, encode_y, embedding)
        self.left.weight[...] = jnp.zeros((embedding, embedding))

    def __call__(self, x: Array, y: Array) -> Array:
        """Scores of all pairs, shape (a, b)."""
        u, v = (jnp.clip(a @ _fixed(b), -FARTHEST, FARTHEST) for a, b in ((x, self.map_x), (y, self.map_y)))
        r = _fixed(self.correlations)
        pairs = r.shape[0]
        rest = 1.0 - r**2
        p, q = u[:, :pairs], v[:, :pairs]
        own_x, own_y = (0.5 * jnp.sum(r**2 / rest * side**2, axis=1) for side in (p, q))
        gaussian = (p * (r / rest)) @ q.T - own_x[:, None] - own_y[None, :] - 0.5 * jnp.sum(jnp.log(rest))
        return gaussian + self.left(_seen(u), _seen(v))


def _fixed(variable: nnx.Variable) -> Array:
    return jax.lax.stop_gradient(variable[...])


def _seen(variates: Array) -> Array:
    squares = variates**2
    length = jnp.log(jnp.mean(squares, axis=1, keepdims=True) + 1e-6)
    return jnp.concatenate([variates, jnp.minimum(squares, CLIP) - 1.0, length], axis=1)


@dataclass(frozen=True)
class AnchoredLearner:
    """An anchored critic and its objective: the mean of InfoNCE, which is steady, and DV, which knows the constant."""

    dim_x: int
    dim_y: int
    embedding: int
    width: int
    depth: int
    infonce_share: float = 0.5

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The critic, at its anchor."""
        if not given:
            given = {
                "map_x": jnp.eye(self.dim_x),
                "map_y": jnp.eye(self.dim_y),
                "correlations": jnp.zeros(min(self.dim_x, self.dim_y)),
            }
        return AnchoredCritic(**given, embedding=self.embedding, width=self.width, depth=self.depth, rngs=rngs)

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Minus the objective."""
        scores = module(x, y)
        share = self.infonce_share
        return -(share * objectives.infonce(scores, "symmetric") + (1.0 - share) * objectives.dv(scores)), memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """DV on held-out rows."""
        return objectives.dv(module(x, y))

    def scores(self, module: Any, x: Array, y: Array) -> Array:
        """Scores of all pairs."""
        return module(x, y)


@dataclass(frozen=True, kw_only=True)
class Anchored(NeuralEstimator):
    """Mutual information by a critic anchored at the Gaussian copula.

    Parameters
    ----------
    evaluation : {"dv", "infonce", "nwj", "smile", "plug-in"}, default "dv"
        What is read off the trained critic on held-out rows.
    balanced : bool, default True
        Add half of the optimism, by which the value on training rows exceeds that on held-out rows. A fitted model
        gains about as much on the rows it saw as it loses on others, so the middle is nearly free of both; the value
        is then no bound. False gives the held-out value, a lower bound.
    codes : {"principal", "autoencoder"}, default "principal"
        What wide sides enter by: their principal components, or as many codes of a variational autoencoder of four
        times as many components, where these hold more Gaussian information out of sample. Codes see through bent
        images of few variates, and cost up to a minute of one core.
    embedding, width, depth : int, default 32, 64, 2
        Of the encoders of what is left.

    Notes
    -----
    Columns become normal scores; sides of more than 32 columns, or than a twentieth of the rows, their principal
    components, as many as hold most Gaussian information out of sample. Per fold, the training rows give canonical
    variates (u, v) and correlations r that hold on rows they were not fitted to. The critic is

        f = sum_i [-1/2 ln(1 - r_i^2) + (2 r_i u_i v_i - r_i^2 u_i^2 - r_i^2 v_i^2) / (2 (1 - r_i^2))] + Q(g(u), h(v))

    with a quadratic form Q of two encoders that starts at 0: training starts at the answer of the Gaussian copula and
    learns only what is left, and where nothing is left the held-out curve keeps the start.

    Given a condition z, x and y become what smooth fits on z leave of them, and two critics are trained on the same
    folds: I(x; y | z) = I(x; y, z) - I(x; z), a large information less one near 0, with the interval of the difference.

    The interval covers what rows and networks scatter, and reaches half of the way to the held-out and the training
    value (all of the way up to the latter when not balanced).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((1000, 3))
    >>> y = x + rng.standard_normal((1000, 3))      # truth: 1.040 nats
    >>> r = Anchored(steps=100, folds=2).fit(x, y)
    >>> 1.040 in r.ci
    True
    """

    evaluation: str = "dv"
    balanced: bool = True
    codes: str = "principal"
    embedding: int = 32
    width: int = 64
    depth: int = 2

    @property
    def tags(self) -> Tags:
        """Any dependence; the Gaussian one exactly."""
        return self._tagged(
            "any dependence, many columns; a critic that starts at the Gaussian copula",
            data=frozenset({"continuous", "tied", "count", "label"}),
            kind="estimate" if self.balanced or self.evaluation in ("smile", "plug-in") else "lower",
            min_n=100,
            conditional=True,
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        one_of("evaluation", self.evaluation, EVALUATIONS)
        switch("balanced", self.balanced)
        one_of("codes", self.codes, CODES)
        for name, least in (("embedding", 1), ("width", 1), ("depth", 0)):
            whole(name, getattr(self, name), least)

    @property
    def _reading(self) -> tuple[str, float]:
        return self.evaluation, 5.0

    def _shift(self, optimism: float) -> float:
        return optimism / 2.0 if self.balanced else 0.0

    def _learner(self, x: np.ndarray, y: np.ndarray) -> AnchoredLearner:
        return AnchoredLearner(x.shape[1], y.shape[1], self.embedding, self.width, self.depth)

    def _columns(self, samples: Samples) -> tuple[np.ndarray, np.ndarray, list[str]]:
        x, y, notes = super()._columns(samples)
        narrow = min(NARROW, samples.n // ROWS_A_COLUMN)
        if max(x.shape[1], y.shape[1]) <= narrow or samples.n < 2 * FEWEST:
            return x, y, notes
        # Components beyond a quarter of the rows would be fitted through every row.
        most = max(min(MOST_COMPONENTS, samples.n // 4), 2)
        bare = [side if side.shape[1] <= narrow else principal(side, most) for side in (x, y)]
        sides = [self._tamed(side) for side in bare]
        kept = informative_components(sides[0], sides[1], max(narrow, 2), self.seed)
        for name, side, r in zip("xy", (x, y), kept, strict=True):
            if r < side.shape[1]:
                notes.append(f"{name} was projected from {side.shape[1]} columns on {r} principal components.")
        found = [side[:, :r] for side, r in zip(sides, kept, strict=True)]
        if self.codes == "autoencoder":
            found = self._coded(bare, found, notes)
        return found[0], found[1], notes

    def _coded(self, bare: list[np.ndarray], found: list[np.ndarray], notes: list[str]) -> list[np.ndarray]:
        """Codes in place of the `found` components of `bare` sides, where they hold more."""
        coded = []
        for side, components in zip(bare, found, strict=True):
            r = components.shape[1]
            if r == side.shape[1]:
                coded.append(components)
            else:
                # Trained on one side alone, so that codes know no more of the pairs than components do.
                coded.append(self._tamed(gaussian_codes(side[:, : SEEN_BY_A_CODE * r], r, seed=self.seed)))
        before, after = (honest(x, y, self.seed).value for x, y in (found, coded))
        if after <= before:
            notes.append("Codes of an autoencoder held no more information than components, which were taken.")
            return found
        notes.append("Codes of an autoencoder took the place of as many components.")
        return coded

    def _tamed(self, side: np.ndarray) -> np.ndarray:
        """Components and codes of normal scores are not normal: ranks once more tame what is left of skew and tails."""
        return normal_scores(side) if self.margins == "normal" else side

    def _given(self, x: np.ndarray, y: np.ndarray, split: Split) -> dict[str, np.ndarray]:
        maps = []
        for k in range(split.folds):
            rows = np.flatnonzero(split.fold != k)
            if len(rows) < FEWEST:
                fitted = np.eye(x.shape[1]), np.eye(y.shape[1]), np.zeros(min(x.shape[1], y.shape[1]))
            else:
                (map_x, map_y), told = canonical_maps(x[rows], y[rows]), honest(x[rows], y[rows], self.seed)
                fitted = map_x / told.spread_x, map_y / told.spread_y, told.correlations
            maps += [fitted] * int((split.member_fold == k).sum())
        return dict(zip(("map_x", "map_y", "correlations"), map(np.array, zip(*maps, strict=True)), strict=True))
