"""Estimators by learned densities: `DoE`, the difference of two entropies, and `CLUB`, a contrast of one density."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from mitk.data.samples import Prepared, Samples, Side
from mitk.errors import UnsupportedError, sentence
from mitk.found import Found
from mitk.hyperparameters import one_of, whole
from mitk.numerics.gaussian_mi import canonical_variates, full_rank
from mitk.remedies import another
from mitk.tags import Tags
from mitk.variational.density_learner import HEADS, DensityLearner, log_densities, log_density_matrix
from mitk.variational.density_start import entropy_of_columns, fit_elliptical
from mitk.variational.evaluation import Reading, read_pointwise
from mitk.variational.inputs import network_columns
from mitk.variational.neural import MIN_ROWS, CrossFitted, Split

MARGINS = ("auto", "normal", "standard")
DIRECTIONS = ("auto", "y", "x")
# Nats a column by which normal scores must fit better than the columns as they are: they bend what was straight.
BENT = 0.02
# Rows for which all pairs are scored at once.
PAIRED = 512
# A canonical correlation of 1 has no finite information.
CLOSEST = 1.0 - 1e-12


@dataclass(frozen=True, kw_only=True)
class DensityEstimator(CrossFitted):
    """Base of the estimators that learn the density of one side given the other; `DoE` documents the fields."""

    margins: str = "auto"
    head: str = "flow"
    direction: str = "auto"
    blocks: int = 2
    bins: int = 12
    width: int = 64
    depth: int = 2

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        one_of("margins", self.margins, MARGINS)
        one_of("head", self.head, HEADS)
        one_of("direction", self.direction, DIRECTIONS)
        for name, least in (("blocks", 1), ("bins", 2), ("width", 1), ("depth", 1)):
            whole(name, getattr(self, name), least)
        if self.margins == "auto":
            CrossFitted.check(replace(self, margins="standard"))
        else:
            super().check()

    def _sides(self, samples: Samples) -> tuple[Side, Side]:
        """The side that is given, and the one that is modelled."""
        x, y = samples.x, samples.y
        if self.direction != "auto":
            return (y, x) if self.direction == "x" else (x, y)
        # Labels can be given, not modelled.
        return (y, x) if (any(x.nominal), x.d) < (any(y.nominal), y.d) else (x, y)

    def _refuse(self, samples: Samples, tags: Tags) -> None:
        _, y = self._sides(samples)
        if any(y.nominal):
            raise UnsupportedError(
                sentence(
                    y.names[int(np.argmax(y.nominal))],
                    f"must hold numbers for {type(self).__name__}, which models its density",
                    "labels, which have none",
                    another(samples, self),
                )
            )

    def _columns(self, samples: Samples) -> tuple[np.ndarray, np.ndarray, list[str]]:
        x, y = self._sides(samples)
        if self.margins != "auto" or samples.n < MIN_ROWS:
            margins = "standard" if self.margins == "auto" else self.margins
            return network_columns(x, margins), network_columns(y, margins), []
        plain = network_columns(x, "standard"), network_columns(y, "standard")
        closest = canonical_variates(full_rank(plain[0]), full_rank(plain[1]))[0][0]
        if -0.5 * math.log1p(-(min(closest, CLOSEST) ** 2)) > 0.5 * math.log(samples.n):
            # Rows that agree in most ranks look like an exact relation once only ranks are left.
            return *plain, ['Columns enter with margins="standard": ranks would lose so strong a dependence.']
        found = {}
        for margins in ("standard", "normal"):
            sides = network_columns(x, margins), network_columns(y, margins)
            joined = np.concatenate(sides, axis=1)
            # With the entropies of the columns taken away both kinds of margins are measured alike.
            found[margins] = fit_elliptical(joined).log_density + float(entropy_of_columns(joined).sum()), sides
        gain = (found["normal"][0] - found["standard"][0]) / (x.d + y.d)
        chosen = "normal" if gain > BENT else "standard"
        return *found[chosen][1], [f'Columns enter with margins="{chosen}", with which an elliptical law fits better.']

    def _learner(self, x: np.ndarray, y: np.ndarray) -> DensityLearner:
        return DensityLearner(x.shape[1], y.shape[1], self.head, self.blocks, self.width, self.depth, self.bins)

    def _given(self, x: np.ndarray, y: np.ndarray, split: Split) -> dict[str, np.ndarray]:
        learner = self._learner(x, y)
        found: dict[int, dict[str, np.ndarray]] = {}
        for k, rows in zip(split.member_fold, split.rows, strict=True):
            if k not in found:
                found[k] = learner.starts(x[rows], y[rows], self.seed)
        return {name: np.stack([found[k][name] for k in split.member_fold]) for name in found[0]}


@dataclass(frozen=True, kw_only=True)
class DoE(DensityEstimator):
    """Difference of entropies: how much better y is predicted with x than without, by trained densities.

    Parameters
    ----------
    head : {"flow", "gaussian"}, default "flow"
        See the notes; "gaussian" is faster, and misses what is not normal.
    margins : {"auto", "normal", "standard"}, default "auto"
        Columns as they are, centred and scaled, or their normal scores: "auto" takes scores where an elliptical law
        fits them better by 0.02 nats a column, since they tame tails and skew but bend what was straight.
    direction : {"auto", "y", "x"}, default "auto"
        The side that is modelled, given the other; "auto" takes the one without labels, then the one of fewer
        columns, then y. Where y is a function of x and x none of y, "y" is right.
    blocks, bins : int, default 2, 12
        Of the flow: rounds of shifts, scales and splines, and bins of a spline.
    width, depth : int, default 64, 2
        Hidden layers of the networks.
    steps, batch
        Fewer and larger steps than critics take: training starts at the elliptical answer.

    Notes
    -----
    I = CE(Y; s) - CE(Y | X; q) on held-out rows, with densities s(y) and q(y | x) that were trained by likelihood. Each
    cross-entropy is above its entropy, by KL(p || s) and KL(p || q), so the difference is neither bound; where the
    families miss alike, the errors cancel. There is no ceiling in n: no stranger is scored.

    Both densities start at the Student law of the joined columns, or, where that fits better, at independent columns
    (FastICA) with the splines that make them normal; training learns what is left. Elliptical laws, products of
    independent columns seen through a matrix, and rotations of elliptical laws that grow with the norm (spirals) lie in
    the family, so results on them say little about others.

    References
    ----------
    * D. McAllester, K. Stratos, "Formal limitations on the measurement of mutual information", AISTATS 2020,
      arXiv:1811.04251.
    * C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, "Neural spline flows", NeurIPS 2019, arXiv:1906.04032.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((1000, 1))
    >>> y = x + 0.001 * rng.standard_normal((1000, 1))      # truth: 6.908 nats
    >>> r = DoE(head="gaussian", steps=50, folds=2, width=8).fit(x, y)
    >>> r.kind, 6.908 in r.ci
    ('estimate', True)
    """

    steps: int = 1000
    batch: int = 256

    @property
    def tags(self) -> Tags:
        """Continuous columns, without a ceiling."""
        return self._tagged(
            "large values and many columns, no ceiling; difference of entropies by trained densities",
            data=frozenset({"continuous"}),
            invariances=frozenset(),
            min_n=100,
            symmetric=False,
        )

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        logs = np.array([log_densities(learner, parameters, x, y) for parameters in networks])
        # The mean of the members' densities is a density.
        s, q = logsumexp(logs, axis=0) - math.log(len(networks))
        return read_pointwise(q - s)


@dataclass(frozen=True, kw_only=True)
class CLUB(DensityEstimator):
    """CLUB: a contrastive upper bound, if its learned conditional density is good enough.

    Parameters
    ----------
    head : {"gaussian", "flow"}, default "gaussian"
        As in the paper.
    margins, direction, blocks, bins, width, depth
        As in `DoE`.

    Notes
    -----
    E_p ln q(y | x) - E_q ln q(y | x), q trained by likelihood, over all pairs of held-out rows. It is an upper bound
    only if KL(p(x)p(y) || q(y|x)p(x)) >= KL(p(x,y) || q(y|x)p(x)), which cannot be checked, and it overshoots: for a
    normal pair it is rho^2 / (1 - rho^2), twice the information of a weak dependence and far more of a strong one.
    Meant for making information small, not for measuring it.

    References
    ----------
    * P. Cheng et al., "CLUB: a contrastive log-ratio upper bound of mutual information", ICML 2020, arXiv:2006.12013.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((1000, 1))
    >>> y = 0.8 * x + 0.6 * rng.standard_normal((1000, 1))      # truth: 0.511 nats; CLUB tends to 1.778
    >>> r = CLUB(steps=50, folds=2, width=8).fit(x, y)
    >>> r.kind, r.value > 0.511
    ('upper', True)
    """

    head: str = "gaussian"
    steps: int = 1000
    batch: int = 256

    @property
    def tags(self) -> Tags:
        """Continuous columns; an upper bound with a caveat."""
        return self._tagged(
            "an upper bound if its density is good; for making information small, not for measuring it",
            data=frozenset({"continuous"}),
            invariances=frozenset(),
            kind="upper",
            min_n=100,
            symmetric=False,
        )

    def _value(self, prepared: Prepared) -> Found:
        caveat = "An upper bound only if the learned density is close enough to the true one, which cannot be checked."
        found = super()._value(prepared)
        return replace(found, notes=(*found.notes, caveat))

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        parts = np.array_split(np.arange(len(x)), math.ceil(len(x) / PAIRED))
        pointwise, influence = np.empty(len(x)), np.empty(len(x))
        for rows in parts:
            logs = np.array([log_density_matrix(learner, parameters, x[rows], y[rows]) for parameters in networks])
            matrix = logsumexp(logs, axis=0) - math.log(len(networks))
            b, joint = len(rows), np.diagonal(matrix)
            # The mean over the strangers of a row as x, and as y: both move the value.
            as_x, as_y = ((matrix.sum(axis=a) - joint) / max(b - 1, 1) for a in (1, 0))
            pointwise[rows] = joint - as_x
            influence[rows] = joint - as_x - as_y
        return Reading(float(pointwise.mean()), pointwise, 0.0, influence - influence.mean())
