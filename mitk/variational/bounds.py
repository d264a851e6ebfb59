"""Estimators that train a critic: an objective, a functional to read off, and the loop, by their names."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from mitk.errors import ParameterError, sentence
from mitk.hyperparameters import one_of, positive, whole
from mitk.results.record import Kind
from mitk.tags import Tags
from mitk.variational.critic_learner import ALONE, OBJECTIVES, CriticLearner
from mitk.variational.critics import CRITICS
from mitk.variational.evaluation import BLOCK
from mitk.variational.neural import NeuralEstimator, check_reading

KINDS: dict[str, Kind] = {
    "dv": "lower",
    "nwj": "lower",
    "infonce": "lower",
    "smile": "estimate",
    "plug-in": "estimate",
}
# Sizes of the encoders for few and for many rows, unless given.
FEW_ROWS = 2500
SMALL = {"embedding": 16, "width": 32, "depth": 1}
LARGE = {"embedding": 32, "width": 64, "depth": 2}


@dataclass(frozen=True, kw_only=True)
class CriticEstimator(NeuralEstimator):
    """Base of the estimators that are told apart by what they train and what they read.

    Parameters
    ----------
    objective : str
        What is trained: a name of `mitk.objectives`, or several joined by ``+`` (not those with a network of their own:
        "tuba", "interpolated" and "flo").
    evaluation : {"infonce", "dv", "nwj", "smile", "plug-in"}
        What is read off the trained critic on held-out rows.
    critic : {"quadratic", "separable", "bilinear", "hybrid", "concatenated"}, default "quadratic"
        The full quadratic form of two encoders, exact for Gaussian codes; as fast as "separable" and the most accurate
        on the BMI tasks. "hybrid" and "concatenated" run a network for each pair.
    embedding : int, optional
        Columns of each code (k_Z); by default 32, and 16 with fewer than 2,500 rows.
    width, depth : int, optional
        Hidden layers of the encoders; by default 2 of 64, and 1 of 32 with fewer than 2,500 rows, of which a larger
        critic remembers more than it learns.
    encoder : callable or pair of callables, optional
        ``encoder(inputs, outputs, rngs)`` returns a flax module; `mitk.variational.encoders.images` makes one for
        images.
    beta : float, optional
        Codes become stochastic (VSIB): the loss is the rate KL(code || N(0, I)) of both sides minus `beta` times the
        objective, so a large beta is a weak prior. 1024 is a usual choice.
    """

    objective: str = "infonce"
    evaluation: str = "infonce"
    critic: str = "quadratic"
    embedding: int | None = None
    width: int | None = None
    depth: int | None = None
    encoder: Any = None
    beta: float | None = None

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        check_reading(self.objective, self.evaluation, OBJECTIVES)
        apart = [name for name in ALONE if name in self.objective.split("+")]
        if apart and self.objective != apart[0]:
            rule = f"must not join {', '.join(apart)}, which trains a network beside the critic, to others"
            raise ParameterError(sentence("objective", rule, repr(self.objective)))
        one_of("critic", self.critic, CRITICS)
        for name, least in (("embedding", 1), ("width", 1), ("depth", 0)):
            if getattr(self, name) is not None:
                whole(name, getattr(self, name), least)
        parts = self.encoder if isinstance(self.encoder, tuple) and not callable(self.encoder) else (self.encoder,)
        pair = not isinstance(self.encoder, tuple) or len(parts) == 2
        if self.encoder is not None and not (pair and all(callable(part) for part in parts)):
            rule = "must be a function of inputs, outputs and rngs that returns a flax module, or a pair of them"
            raise ParameterError(sentence("encoder", rule, repr(self.encoder)))
        if self.beta is not None:
            positive("beta", self.beta)

    def sized_for(self, n: int) -> Self:
        """With the sizes of the encoders for n rows, where they are not given."""
        sizes = SMALL if n < FEW_ROWS else LARGE
        missing: dict[str, Any] = {name: sizes[name] for name in sizes if getattr(self, name) is None}
        return dataclasses.replace(self, **missing)

    def _tags(self, summary: str) -> Tags:
        return self._tagged(
            summary,
            data=frozenset({"continuous", "tied", "count", "label"}),
            kind=KINDS.get(self.evaluation, "estimate"),
            min_n=100,
            ceiling=self._ceiling if self.evaluation == "infonce" else None,
        )

    def _ceiling(self, n: int) -> float:
        """Ln K for the largest block of held-out rows, nats."""
        return math.log(max(min(-(-n // self.folds), BLOCK), 2))

    @property
    def _reading(self) -> tuple[str, float]:
        return self.evaluation, float(getattr(self, "tau", 5.0))

    def _learner(self, x: np.ndarray, y: np.ndarray) -> CriticLearner:
        sized = self.sized_for(len(x))
        own = {f.name for f in dataclasses.fields(CriticLearner)} & {f.name for f in dataclasses.fields(self)}
        return CriticLearner(dim_x=x.shape[1], dim_y=y.shape[1], **{name: getattr(sized, name) for name in own})


@dataclass(frozen=True, kw_only=True)
class InfoNCE(CriticEstimator):
    """InfoNCE: a critic that tells which of K rows y belongs to a row x.

    Notes
    -----
    I >= E[f(x_i, y_i) - ln 1/K sum_j e^{f(x_i, y_j)}], the mean over both sides, with K the rows of a held-out block
    (a fifth of all, at most 2,048): the steadiest bound there is, and never above ln K. The saturation is in the
    diagnostics, and above 85 % of ln K the result is UNRELIABLE.

    The interval covers what rows and networks scatter; it is lengthened upwards by the optimism, by which the value on
    training rows exceeds that on held-out rows, since the truth lies between.

    References
    ----------
    * A. van den Oord, Y. Li, O. Vinyals, "Representation learning with contrastive predictive coding",
      arXiv:1807.03748 (2018).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((1000, 1))
    >>> y = 0.8 * x + 0.6 * rng.standard_normal((1000, 1))      # truth: 0.511 nats
    >>> r = InfoNCE(steps=200, folds=2).fit(x, y)
    >>> r.kind, 0.511 in r.ci
    ('lower', True)
    """

    @property
    def tags(self) -> Tags:
        """Any data, up to ln K nats."""
        return self._tags("any dependence up to the logarithm of the held-out rows; a trained critic")


@dataclass(frozen=True, kw_only=True)
class DV(CriticEstimator):
    """Donsker and Varadhan's bound of a critic trained on it.

    Notes
    -----
    I >= E_p f - ln E_q e^f, read once on all pairs of held-out rows. The normaliser's variance grows as e^I; with
    fewer than 50 effective pairs behind it the result is UNRELIABLE.

    References
    ----------
    * M. Donsker, S. Varadhan, "Asymptotic evaluation of certain Markov process expectations for large time. IV",
      Communications on Pure and Applied Mathematics 36 (1983).
    """

    objective: str = "dv"
    evaluation: str = "dv"

    @property
    def tags(self) -> Tags:
        """Any data; no ceiling but the variance."""
        return self._tags("as infonce without its ceiling, at a larger variance; a trained critic")


@dataclass(frozen=True, kw_only=True)
class MINE(CriticEstimator):
    """MINE: `DV` with a gradient whose normaliser is a moving average over batches.

    Parameters
    ----------
    average_rate : float, default 0.05
        Weight of the newest batch in the normaliser.

    References
    ----------
    * M. Belghazi et al., "Mutual information neural estimation", ICML 2018, arXiv:1801.04062.
    """

    objective: str = "mine"
    evaluation: str = "dv"
    average_rate: float = 0.05

    @property
    def tags(self) -> Tags:
        """As `DV`."""
        return self._tags("dv with the corrected gradient of its paper; a trained critic")

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        positive("average_rate", self.average_rate)
        if self.average_rate >= 1.0:
            raise ParameterError(sentence("average_rate", "must lie in (0, 1)", self.average_rate))


@dataclass(frozen=True, kw_only=True)
class NWJ(CriticEstimator):
    """Nguyen, Wainwright and Jordan's bound.

    Notes
    -----
    I >= 1 + E_p f - E_q e^f: unbiased on minibatches, with a variance that grows as e^I.

    References
    ----------
    * X. Nguyen, M. Wainwright, M. Jordan, "Estimating divergence functionals and the likelihood ratio by convex risk
      minimization", IEEE Transactions on Information Theory 56 (2010).
    """

    objective: str = "nwj"
    evaluation: str = "nwj"

    @property
    def tags(self) -> Tags:
        """As `DV`."""
        return self._tags("unbiased on minibatches, large variance; a trained critic")


@dataclass(frozen=True, kw_only=True)
class JS(CriticEstimator):
    """A critic trained by the logistic loss and read by Donsker and Varadhan's bound.

    Notes
    -----
    max E_p[-sp(-f)] - E_q[sp(f)] is reached at f = ln p/q, with the steadiest gradients there are; any bound may then
    be read: ``evaluation="nwj"`` or ``"plug-in"``.

    References
    ----------
    * B. Poole et al., "On variational bounds of mutual information", ICML 2019, arXiv:1905.06922.
    """

    objective: str = "js"
    evaluation: str = "dv"

    @property
    def tags(self) -> Tags:
        """As `DV`."""
        return self._tags("a log density ratio trained as a classifier, read as dv")


@dataclass(frozen=True, kw_only=True)
class SMILE(CriticEstimator):
    """SMILE: the logistic gradient, and a Donsker-Varadhan value whose weights are clipped.

    Parameters
    ----------
    tau : float, default 5.0
        Scores of strangers are clipped to [-tau, tau]; infinite for no clip.

    Notes
    -----
    E_p f - ln E_q clip(e^f, e^-tau, e^tau). The clip bounds the variance; where it binds the value overshoots, so it
    is no bound.

    References
    ----------
    * J. Song, S. Ermon, "Understanding the limitations of variational mutual information estimators", ICLR 2020,
      arXiv:1910.06222.
    """

    objective: str = "smile"
    evaluation: str = "smile"
    tau: float = 5.0

    @property
    def tags(self) -> Tags:
        """Any data; no bound."""
        return self._tags("2 to 10 nats from thousands of rows; no bound; a trained critic")

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        super().check()
        if not (isinstance(self.tau, float) and self.tau == math.inf):
            positive("tau", self.tau)


@dataclass(frozen=True, kw_only=True)
class TUBA(CriticEstimator):
    """`NWJ` with a learned baseline a(y).

    Notes
    -----
    I >= 1 + E_p[f - ln a(y)] - E_q[e^f / a(y)] for any a > 0.

    References
    ----------
    * B. Poole et al., "On variational bounds of mutual information", ICML 2019, arXiv:1905.06922.
    """

    objective: str = "tuba"
    evaluation: str = "nwj"

    @property
    def tags(self) -> Tags:
        """As `NWJ`."""
        return self._tags("nwj with a learned baseline; a trained critic")


@dataclass(frozen=True, kw_only=True)
class FLO(CriticEstimator):
    """FLO: the contrast of `InfoNCE` with a learned normaliser in place of the logarithm of a mean.

    Notes
    -----
    I >= 1 - E_p[u + e^{-u} E e^{g(x, y') - g(x, y)}] with a second critic u: unbiased on minibatches, tight at u = -ln
    p/q. It is the bound of `NWJ` for f(x_i, y_j) = g(x_i, y_j) - g(x_i, y_i) - u(x_i, y_i), which is how it is read.

    References
    ----------
    * Q. Guo et al., "Tight mutual information estimation with contrastive Fenchel-Legendre optimization", NeurIPS 2022,
      arXiv:2107.01131.
    """

    objective: str = "flo"
    evaluation: str = "nwj"

    @property
    def tags(self) -> Tags:
        """As `NWJ`."""
        return self._tags("a contrast with a learned normaliser; a trained critic")


@dataclass(frozen=True, kw_only=True)
class FDIME(CriticEstimator):
    """f-DIME: a discriminator trained by an f-divergence, and the mean of its log ratio over joint pairs alone.

    Parameters
    ----------
    objective : {"gan", "kl", "hellinger"}, default "gan"
        The divergence; GAN is the most accurate in the paper.

    Notes
    -----
    I = E_p ln p/q with the learned ratio: no normaliser, hence little variance, and no sign when the critic is wrong.

    References
    ----------
    * N. Letizia, N. Novello, A. Tonello, "Mutual information estimation via f-divergence and data derangements",
      NeurIPS 2024, arXiv:2305.20025.
    """

    objective: str = "gan"
    evaluation: str = "plug-in"

    @property
    def tags(self) -> Tags:
        """Any data; no bound."""
        return self._tags("a discriminator's log ratio, averaged; no bound; a trained critic")
