"""Difference of entropies for labels: classifiers, column by column."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from scipy.special import logsumexp

from mitk.data.samples import Samples
from mitk.errors import UnsupportedError, sentence
from mitk.hyperparameters import whole
from mitk.remedies import another, refused
from mitk.tags import Tags
from mitk.variational.densities import Masked
from mitk.variational.evaluation import Reading, read_pointwise
from mitk.variational.inputs import MAX_LABELS, network_columns, one_hot
from mitk.variational.neural import CrossFitted, Split
from mitk.variational.training import merged

Array = jax.Array


@dataclass(frozen=True)
class LabelLearner:
    """ln s(y) and ln q(y | x) of label columns, each given the columns before it, trained by their cross-entropies.

    Attributes
    ----------
    dim_x : int
    labels : tuple of int
        Labels of each column of y, which comes one-hot.
    width, depth : int
    """

    dim_x: int
    labels: tuple[int, ...]
    width: int = 64
    depth: int = 2

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """Both classifiers as one module with parameters of shape (2, ...); given `bias`, log shares of the labels."""
        bias = given.get("bias", jnp.zeros(sum(self.labels)))
        ranks = tuple(int(k) for k in np.repeat(np.arange(1, len(self.labels) + 1), self.labels))

        def make(rngs: nnx.Rngs) -> nnx.Module:
            inputs = (0,) * self.dim_x + ranks
            return Masked(inputs, ranks, width=self.width, depth=self.depth, rngs=rngs, bias=bias)

        made: nnx.Module = nnx.split_rngs(splits=2)(nnx.vmap(make))(rngs)
        return made

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Both cross-entropies."""
        return -self.score(module, x, y, key), memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Mean of ln s(y) + ln q(y | x)."""
        return jnp.mean(jnp.sum(self.logs(module, x, y), axis=0))

    def logs(self, module: Any, x: Array, y: Array) -> Array:
        """Ln s(y) and ln q(y | x) of paired rows, (2, n), nats; the first sees zeros for x."""
        rows = jnp.stack([jnp.concatenate([side, y], axis=1) for side in (jnp.zeros_like(x), x)])
        logits = nnx.vmap(lambda classifier, given: classifier(given))(module, rows)
        cuts = np.cumsum(self.labels)[:-1]
        parts = zip(jnp.split(logits, cuts, axis=2), jnp.split(y, cuts, axis=1), strict=True)
        logs = [jnp.sum(jax.nn.log_softmax(part, axis=2) * own, axis=2) for part, own in parts]
        return sum(logs[1:], logs[0])


@functools.lru_cache(maxsize=32)
def _logs(learner: LabelLearner) -> Callable[..., Any]:
    return jax.jit(lambda parameters, x, y: learner.logs(merged(learner, parameters), x, y))


@dataclass(frozen=True, kw_only=True)
class NJEE(CrossFitted):
    """Neural joint entropy: labels y predicted by classifiers, with x and without.

    Parameters
    ----------
    width, depth : int, default 64, 2
        Hidden layers of the classifiers.
    steps : int, default 1000
        Most steps of the optimiser; classifiers start at the shares of the labels.

    Raises
    ------
    UnsupportedError
        For a y that is not discrete.

    Notes
    -----
    I = sum_j CE(Y_j | Y_<j) - CE(Y_j | Y_<j, X), held out: each cross-entropy is above its entropy, so the difference
    is neither bound, and for one column of labels, whose own entropy is easy, nearly a lower one. Made for many
    labels or many columns of them, where tables are too thin. One masked network serves all columns. Of more than 256
    labels in a column the rarest share one.

    References
    ----------
    * Y. Shalev, A. Painsky, I. Ben-Gal, "Neural joint entropy estimation", IEEE Transactions on Neural Networks and
      Learning Systems (2022), arXiv:2012.11197.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 4, 1000)
    >>> x = 20.0 * y[:, None] + rng.standard_normal((1000, 1))      # truth: ln 4 = 1.386 nats
    >>> r = NJEE(steps=100, folds=2, rate=0.01).fit(x, y, discrete_y=True)
    >>> abs(r.value - 1.386) < 0.05
    True
    """

    steps: int = 1000
    width: int = 64
    depth: int = 2

    @property
    def tags(self) -> Tags:
        """Labels or counts y; any x."""
        return self._tagged(
            "labels y, many of them or many columns, from any x; classifiers, no table",
            invariances=frozenset(),
            data=frozenset({"count", "label"}),
            min_n=100,
            symmetric=False,
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        whole("width", self.width, 1)
        whole("depth", self.depth, 1)

    def suits(self, samples: Samples) -> bool:
        """Labels y; the tags' kinds are those of y alone, x may be anything."""
        return samples.n >= self.tags.min_n and not refused(self, samples)

    def _refuse(self, samples: Samples, tags: Tags) -> None:
        for name, kind in zip(samples.y.names, samples.y.kinds, strict=True):
            if kind not in ("count", "label"):
                raise UnsupportedError(
                    sentence(
                        name,
                        "must hold labels or counts for NJEE",
                        f"a {kind} column",
                        f"{another(samples, self, otherwise='swap x and y')}, or pass discrete_y=True",
                    )
                )

    def _columns(self, samples: Samples) -> tuple[np.ndarray, np.ndarray, list[str]]:
        parts = [one_hot(column) for column in samples.y.values.T]
        notes = []
        if max(len(np.unique(column)) for column in samples.y.values.T) > MAX_LABELS:
            notes.append(f"Of more than {MAX_LABELS} labels in a column the rarest were taken as one.")
        return network_columns(samples.x, self.margins), np.column_stack(parts), notes

    def _given(self, x: np.ndarray, y: np.ndarray, split: Split) -> dict[str, np.ndarray]:
        shares = np.stack([(y[rows].sum(axis=0) + 0.5) / (len(rows) + 1.0) for rows in split.rows])
        return {"bias": np.log(shares)}

    def _learner(self, x: np.ndarray, y: np.ndarray) -> LabelLearner:
        # Where the running sum of a row reaches 1, 2, ... for every row at once, a column of labels ends.
        total = np.cumsum(y, axis=1)
        ends = [j + 1 for j in range(y.shape[1]) if np.ptp(total[:, j]) == 0.0]
        return LabelLearner(x.shape[1], tuple(np.diff([0, *ends]).tolist()), self.width, self.depth)

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        logs = np.array([np.asarray(_logs(learner)(parameters, x, y), dtype=np.float64) for parameters in networks])
        s, q = logsumexp(logs, axis=0) - math.log(len(networks))
        return read_pointwise(q - s)
