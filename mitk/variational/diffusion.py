"""MINDE: a diffusion that knows x denoises y better than one that does not; by how much is the information."""

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

from mitk.data.samples import Samples
from mitk.hyperparameters import one_of, whole
from mitk.tags import Tags
from mitk.variational.encoders import MLP
from mitk.variational.evaluation import Reading, read_pointwise
from mitk.variational.neural import CrossFitted
from mitk.variational.training import merged

Array = jax.Array
FORMS = ("gap", "orthogonal")
# Log signal-to-noise ratios: their law in training is logistic, clipped where all is signal or all is noise.
CENTRE, SCALE, CLIP = 1.0, 2.0, 4.0


class Denoiser(nnx.Module):
    """Predict the noise in y_l = sqrt(sigmoid(l)) y + sqrt(sigmoid(-l)) e, with x or without.

    Parameters
    ----------
    dim_x, dim_y, width, depth : int
    rngs : nnx.Rngs
    """

    def __init__(self, dim_x: int, dim_y: int, *, width: int, depth: int, rngs: nnx.Rngs) -> None:
        self.net = MLP(dim_x + dim_y + 2, dim_y, width=width, depth=depth, rngs=rngs)
        # Of Gaussian laws the noise is a linear function of (y_l, x), by a matrix that changes with l.
        self.linear = MLP(2, (dim_x + dim_y) * dim_y, width=32, depth=1, rngs=rngs)

    def __call__(self, noisy: Array, x: Array, log_ratio: Array, given: Array) -> Array:
        """Predicted noise, shape (n, dim_y); `given` (n,) is 1 where x may be seen and 0 where not."""
        flags = jnp.stack([log_ratio / CLIP - 0.5, given], axis=1)
        both = jnp.concatenate([noisy, x * given[:, None]], axis=1)
        matrix = self.linear(flags).reshape(len(noisy), both.shape[1], noisy.shape[1])
        return self.net(jnp.concatenate([both, flags], axis=1)) + jnp.einsum("ni,nij->nj", both, matrix)


def _noisy(y: Array, noise: Array, log_ratio: Array) -> Array:
    signal, rest = jnp.sqrt(jax.nn.sigmoid(log_ratio)), jnp.sqrt(jax.nn.sigmoid(-log_ratio))
    return signal[:, None] * y + rest[:, None] * noise


def log_ratios(uniform: Array) -> Array:
    """Log signal-to-noise ratios with a logistic law of centre 1 and scale 2, clipped at 4 scales."""
    edge = 1.0 / (1.0 + math.exp(CLIP))
    spread = edge + (1.0 - 2.0 * edge) * uniform
    return CENTRE + SCALE * (jnp.log(spread) - jnp.log1p(-spread))


def weights(log_ratio: Array) -> Array:
    """One over the density of `log_ratios`."""
    edge = 1.0 / (1.0 + math.exp(CLIP))
    z = jax.nn.sigmoid((log_ratio - CENTRE) / SCALE)
    return (1.0 - 2.0 * edge) * SCALE / (z * (1.0 - z))


@dataclass(frozen=True)
class DenoisingLearner:
    """Mean squared error of the noise, half of the rows without their x."""

    dim_x: int
    dim_y: int
    width: int
    depth: int

    def module(self, rngs: nnx.Rngs, **given: Array) -> nnx.Module:
        """The untrained denoiser."""
        return Denoiser(self.dim_x, self.dim_y, width=self.width, depth=self.depth, rngs=rngs)

    def loss(self, module: Any, x: Array, y: Array, key: Array, memory: Array) -> tuple[Array, Array]:
        """Mean squared error over both tasks."""
        n = y.shape[0]
        own, other, third = jax.random.split(key, 3)
        uniform = (jax.random.permutation(own, n) + jax.random.uniform(other, (n,))) / n
        noise, at = jax.random.normal(third, y.shape), log_ratios(uniform)
        noisy = _noisy(y, noise, at)
        off = [jnp.sum((module(noisy, x, at, jnp.full(n, g)) - noise) ** 2, axis=1) for g in (0.0, 1.0)]
        return jnp.mean(off[0] + off[1]), memory

    def score(self, module: Any, x: Array, y: Array, key: Array) -> Array:
        """Minus the loss, at the same noise for every checkpoint."""
        return -self.loss(module, x, y, jax.random.key(0), jnp.zeros(()))[0]


@functools.lru_cache(maxsize=16)
def _predictions(learner: DenoisingLearner) -> Callable[..., Any]:
    def both(parameters: Array, x: Array, y: Array, noise: Array, at: Array) -> tuple[Array, Array]:
        module = merged(learner, parameters)
        noisy, n = _noisy(y, noise, at), len(y)
        return module(noisy, x, at, jnp.zeros(n)), module(noisy, x, at, jnp.ones(n))

    return jax.jit(both)


@dataclass(frozen=True, kw_only=True)
class MINDE(CrossFitted):
    """Mutual information by denoising diffusion.

    Parameters
    ----------
    form : {"gap", "orthogonal"}, default "gap"
        Half the gap between the squared errors without and with x, which is 0 on average at independence; or half the
        squared difference of the two predictions, which varies less and is never negative.
    width, depth : int, default 128, 3
        Of the denoising network.
    draws : int, default 64
        Noise levels a held-out row.

    Notes
    -----
    With y_l = sqrt(s(l)) y + sqrt(s(-l)) e at log signal-to-noise ratio l, and e_0, e_1 the best predictions of e from
    y_l without and with x,

        I = 1/2 int E[(e - e_0)^2 - (e - e_1)^2] dl = 1/2 int E (e_0 - e_1)^2 dl.

    One network with a flag predicts both; levels follow a logistic law and are weighted by one over its density. No
    ceiling at the logarithm of n. The side with fewer columns is denoised.

    References
    ----------
    * G. Franzese, M. Bounoua, P. Michiardi, "MINDE: mutual information neural diffusion estimation", ICLR 2024,
      arXiv:2310.09031.
    * L. Yu et al., "Mutual information via denoising", arXiv:2509.20609 (2025).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((500, 1))
    >>> y = 0.8 * x + 0.6 * rng.standard_normal((500, 1))      # truth: 0.511 nats
    >>> r = MINDE(steps=200, width=32, folds=2).fit(x, y)
    >>> abs(r.value - 0.511) < 0.25
    True
    """

    steps: int = 4000
    batch: int = 256
    rate: float = 2e-3
    patience: int = 6
    form: str = "gap"
    width: int = 128
    depth: int = 3
    draws: int = 64

    @property
    def tags(self) -> Tags:
        """Continuous columns, no ceiling."""
        return self._tagged(
            "large values, no ceiling; the gap between two denoisers",
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        one_of("form", self.form, FORMS)
        for name, least in (("width", 1), ("depth", 0), ("draws", 1)):
            whole(name, getattr(self, name), least)

    def _columns(self, samples: Samples) -> tuple[np.ndarray, np.ndarray, list[str]]:
        x, y, notes = super()._columns(samples)
        return (x, y, notes) if y.shape[1] <= x.shape[1] else (y, x, notes)

    def _learner(self, x: np.ndarray, y: np.ndarray) -> DenoisingLearner:
        return DenoisingLearner(x.shape[1], y.shape[1], self.width, self.depth)

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        n, program, found = len(x), _predictions(learner), np.zeros(len(x))
        for draw in range(self.draws):
            uniform = (np.arange(n) / n + draw / self.draws + rng.random() / self.draws) % 1.0
            at = log_ratios(jnp.asarray(uniform, jnp.float32))
            noise = rng.standard_normal(y.shape).astype(np.float32)
            answers = [program(parameters, x, y, noise, at) for parameters in networks]
            without, given = (np.mean([one[k] for one in answers], axis=0, dtype=np.float64) for k in (0, 1))
            if self.form == "gap":
                gain = ((noise - without) ** 2).sum(axis=1) - ((noise - given) ** 2).sum(axis=1)
            else:
                gain = ((without - given) ** 2).sum(axis=1)
            found += 0.5 * gain * np.asarray(weights(at), dtype=np.float64)
        return read_pointwise(found / self.draws)
