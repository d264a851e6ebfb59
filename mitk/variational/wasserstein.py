"""The Wasserstein dependency measure: how far the joint law is from the product of its margins."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mitk.data.samples import Prepared, Samples, Side
from mitk.data.screening import without_constants
from mitk.errors import DataError, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of, positive, switch, whole
from mitk.inference.distribution import from_standard_error
from mitk.numerics.transport import METRICS, Points, Potential, assigned_distance, kantorovich_potential
from mitk.numerics.transport_forms import bures_dependence, gaussian_w2, sliced_distance
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.tags import Tags
from mitk.variational.inputs import ground_columns
from mitk.variational.sinkhorn import sinkhorn_divergence
from mitk.variational.wasserstein_values import FOLDS, Dual, Function, Halves, dual_value, half_turn, halved, own_order

METHODS = ("held-out", "exact", "neural", "sliced", "gaussian", "sinkhorn")
# Those with the bias of plugging in the sample, which shuffled rows show.
PLUG_IN = ("exact", "sliced", "gaussian", "sinkhorn")
WAYS = ("orthogonal", "penalty")
# Halves of fewer rows leave nothing to fit.
MIN_ROWS = 8
DEGREES = 30
# Share of a plug-in value that independence alone explains, from which on the value is doubted.
NULL_SHARE = 0.5


@dataclass(frozen=True, kw_only=True)
class WassersteinDependency(Estimator):
    """Wasserstein dependency: the transport distance between the joint law and the product of its margins.

    It is 0 exactly when x and y are independent, and has the unit of the ground metric: it is no information, has no
    nats or bits, and saturates where information diverges.

    Parameters
    ----------
    method : {"held-out", "exact", "neural", "sliced", "gaussian", "sinkhorn"}, default "held-out"
        "held-out": the optimal dual function of a half, extended by McShane to the other half. Never above the truth on
        average, and without the bias of the others. "neural": the same with a trained 1-Lipschitz network, for many
        columns. "exact": W1 between joint and product samples by assignment, far above the truth in many columns.
        "sliced": mean W1 on random lines, a smaller number of its own. "gaussian": W2 if all were normal, in closed
        form. "sinkhorn": debiased Sinkhorn divergence, needs ``mitk[ot]``.
    metric : {"l2", "l1sum", "discrete"}, default "l2"
        Ground metric: ``sqrt(dx^2 + dy^2)``; ``dx + dy``, dx and dy the Euclidean distances on each side; or 1 where
        rows differ at all, which gives total variation. "gaussian" and "sliced" are for "l2", "neural" is not for
        "discrete".
    standardize : bool, default True
        Scale columns to standard deviation 1 and each side by 1 / sqrt(columns), so that units do not matter and sides
        weigh alike. False measures in the units of the data.
    fit_rows : int, default 1000
        Most rows that a dual function is fitted to by assignment, whose time grows as their cube.
    max_rows : int, default 2000
        Most rows of "exact" and "sinkhorn"; more are thinned at random.
    nulls : int, default 20
        Shuffles of y that show what methods other than "held-out" and "neural" give for independent rows.
    projections : int, default 1000
        Random lines of "sliced".
    epsilon : float, default 0.05
        Entropic regularisation of "sinkhorn" as a share of the mean ground distance.
    lipschitz : {"orthogonal", "penalty"}, default "orthogonal"
        How "neural" keeps slopes at most 1: orthogonal weights with GroupSort, exact; or the paper's gradient penalty,
        which promises nothing, so that the value is divided by the largest slope seen.
    penalty : float, default 10.0
        Weight of the gradient penalty; 10 is usual.
    width, depth : int, default 64, 2
        Of the network; the width is even.
    steps, batch : int, default 1000, 128
        Most steps of the optimiser, and rows in a step.
    rate : float, default 5e-3
        Adam's learning rate.
    transport_constant : float, optional
        C such that the product law satisfies W1^2 <= 2 C KL, in the scaled coordinates (the largest variance for normal
        laws, D^2 / 4 for support of diameter D). With it, value^2 / (2 C) is reported as a lower bound of the
        information in nats by "held-out", "neural" and "gaussian".
    seed : int, default 0

    Notes
    -----
    I_W(X; Y) = W1(P_XY, P_X P_Y) = sup E_joint f - E_product f over f with Lip(f) <= 1. `kind` is "score"; the unit
    names the ground metric. The interval of "held-out" and "neural" covers I_W: it begins with the uncertainty of the
    dual value and ends above the plug-in value of the fitted rows, which exceeds I_W on average. Those of the others
    are by subsampling or jackknife. There is no data-processing inequality but through 1-Lipschitz maps, and no chain
    rule.

    References
    ----------
    S. Ozair et al., NeurIPS 2019, arXiv:1903.11780. C. Anil, J. Lucas, R. Grosse, ICML 2019, arXiv:1811.05381.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(1000)
    >>> y = 0.6 * x + 0.8 * rng.standard_normal(1000)                    # truth: 0.368
    >>> r = WassersteinDependency().fit(x, y)
    >>> r.unit, r.kind, 0.368 in r.ci, r.ci.low > 0.0
    ('l2 distance', 'score', True, True)
    """

    method: str = "held-out"
    metric: str = "l2"
    standardize: bool = True
    fit_rows: int = 1000
    max_rows: int = 2000
    nulls: int = 20
    projections: int = 1000
    epsilon: float = 0.05
    lipschitz: str = "orthogonal"
    penalty: float = 10.0
    width: int = 64
    depth: int = 2
    steps: int = 1000
    batch: int = 128
    rate: float = 5e-3
    transport_constant: float | None = None

    @property
    def tags(self) -> Tags:
        """What this configured estimator can do and promises."""
        interval = "jackknife" if self.method == "gaussian" else "subsampling"
        return Tags(
            summary="a score, not information: the transport distance from independence, in units of the data",
            data=frozenset({"continuous", "tied", "count", "label"}),
            invariances=frozenset({"affine"}) if self.standardize is True else frozenset(),
            kind="score",
            quantity="wasserstein",
            unit=f"{self.metric} distance",
            interval="own" if self.method in ("held-out", "neural") else interval,
            min_n=40,
            # Alike on average; random lines and first weights are not.
            symmetric=self.method not in ("sliced", "neural"),
            stochastic=self.method != "gaussian",
            trained=self.method == "neural",
            pointwise=self.method in ("held-out", "neural"),
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        for name, known in (("method", METHODS), ("metric", METRICS), ("lipschitz", WAYS)):
            one_of(name, getattr(self, name), known)
        switch("standardize", self.standardize)
        for name, least in (
            ("fit_rows", 4), ("max_rows", 40), ("nulls", 0), ("projections", 1),
            ("width", 2), ("depth", 1), ("steps", 1), ("batch", 8),
        ):  # fmt: skip
            whole(name, getattr(self, name), least)
        if self.width % 2:
            raise ParameterError(sentence("width", "must be even, since units are sorted in pairs", self.width))
        for name in ("epsilon", "penalty", "rate", "transport_constant"):
            if name != "transport_constant" or self.transport_constant is not None:
                positive(name, getattr(self, name))
        if (self.method in ("sliced", "gaussian") and self.metric != "l2") or (
            self.method == "neural" and self.metric == "discrete"
        ):
            raise ParameterError(
                sentence("metric", f"must suit method={self.method!r}", repr(self.metric), 'metric="l2" does')
            )

    def _finish(self, found: Found, prepared: Prepared) -> Found:
        """Plug-in values come with what independence alone gives."""
        if self.method not in PLUG_IN or not self.nulls:
            return found
        joint, product = half_turn(self._thinned(prepared.x, prepared.y, prepared.samples)[0])
        rng = np.random.default_rng([self.seed, 1])
        null = np.array(
            [self._plug_in(Points(joint.x, joint.y[rng.permutation(len(joint))]), product) for _ in range(self.nulls)]
        )
        mean, sd = float(null.mean()), float(null.std(ddof=1)) if len(null) > 1 else math.nan
        status = found.status
        if mean > NULL_SHARE * found.value:
            status = status.because(
                Reason(
                    "bias",
                    f"Independent rows would give {mean:.3g} of these {found.value:.3g}: the value is mostly the bias "
                    "of so few rows in so many columns",
                    'use method="held-out"',
                )
            )
        return replace(
            found,
            status=status,
            notes=(*found.notes, f"Shuffled rows give {mean:.3g} (standard deviation {sd:.2g}); compare with that."),
            diagnostics={
                **found.diagnostics, "null_mean": mean, "null_sd": sd, "above_null": found.value - mean,
            },
        )  # fmt: skip

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """Value as a function of the order of y's rows; plug-in methods keep one product sample throughout.

        T(pi) = W1({(x_i, y_pi(i))}, Q) with Q = {(x_i, y_q(i))}, q uniform and fixed. Given q the identity and the pi
        are exchangeable under independence, so the test is valid.
        """
        self.check_options()
        kept, _ = without_constants(samples)
        if self.method not in PLUG_IN or kept.x.d == 0 or kept.y.d == 0:
            return super().shuffled_value(samples)
        x, y = self._prepare(kept.x), self._prepare(kept.y)
        rng = np.random.default_rng([self.seed, 2])
        rows = np.arange(samples.n)
        if self.method in ("exact", "sinkhorn") and samples.n > self.max_rows:
            rows = np.sort(rng.choice(samples.n, self.max_rows, replace=False))
        product = Points(x[rows], y[rng.permutation(samples.n)[rows]])
        return lambda order: self._plug_in(Points(x[rows], y[order[rows]]), product)

    def _prepare(self, side: Side) -> np.ndarray:
        return ground_columns(side, self.standardize)

    def _value(self, prepared: Prepared) -> Found:
        sides = (prepared.x, prepared.y, prepared.samples)
        found = self._empirical(*sides) if self.method in PLUG_IN else self._dual(*sides)
        shown: dict[str, Any] = {
            "ground_metric": self.metric,
            "preprocessing": "columns / standard deviation / sqrt(columns of the side)" if self.standardize else "none",
        }
        if self.transport_constant is not None and self.method in ("held-out", "neural", "gaussian"):
            shown["implied_mi_lower_bound_nats"] = max(found.value, 0.0) ** 2 / (2.0 * self.transport_constant)
        return replace(found, diagnostics={**shown, **found.diagnostics})

    def _thinned(self, x: np.ndarray, y: np.ndarray, samples: Samples) -> tuple[Points, bool]:
        """Rows in an order of their own, at most `max_rows` where time or memory grows faster than the rows."""
        order = own_order(x, y, samples)
        if samples.block is None:
            order = order[np.random.default_rng(self.seed).permutation(samples.n)]
        thinned = self.method in ("exact", "sinkhorn") and samples.n > self.max_rows
        if thinned:
            order = order[np.linspace(0, samples.n - 1, self.max_rows).round().astype(int)]
        if samples.groups is not None:
            order = order[np.argsort(samples.groups[order], kind="stable")]
        return Points(x[order], y[order]), thinned

    def _empirical(self, x: np.ndarray, y: np.ndarray, samples: Samples) -> Found:
        points, thinned = self._thinned(x, y, samples)
        notes = [f"{self.max_rows} of {samples.n} rows taken (max_rows)."] if thinned else []
        functional = {
            "exact": "W1",
            "sliced": "sliced W1",
            "gaussian": "W2 of normal laws with these covariances",
            "sinkhorn": f"Sinkhorn divergence, epsilon {self.epsilon:g}",
        }[self.method]
        if self.method != "exact":
            notes.append(f"{functional}, not W1.")
        shown: dict[str, Any] = {"functional": functional}
        if self.method == "gaussian":
            # A discrete side may have a label that no subsample holds.
            joined = np.hstack([x, y])
            varies = np.ptp(joined, axis=0) > 0.0
            dim_x = int(varies[: x.shape[1]].sum())
            # Of a side that is constant in a subsample there is no correlation.
            shown["bures_dependence"] = 0.0
            if 0 < dim_x < varies.sum():
                correlation = np.corrcoef(joined[:, varies], rowvar=False)
                shown["bures_dependence"] = bures_dependence(correlation, dim_x)
        return Found(self._plug_in(*half_turn(points)), notes=tuple(notes), diagnostics=shown)

    def _plug_in(self, joint: Points, product: Points) -> float:
        if self.method == "exact":
            return assigned_distance(joint, product, self.metric)
        if self.method == "sinkhorn":
            return sinkhorn_divergence(joint, product, self.metric, self.epsilon)
        joined = np.hstack([joint.x, joint.y])
        if self.method == "gaussian":
            return gaussian_w2(np.cov(joined, rowvar=False), joint.x.shape[1])
        rng = np.random.default_rng([self.seed, 3])
        return sliced_distance(joined, np.hstack([product.x, product.y]), self.projections, rng)

    def _subsample_rule(self, prepared: Prepared) -> tuple[int, float]:
        # Plug-in distances err by n^(-1/d) in more than two columns; their shadows on lines do not.
        columns = 2 if self.method == "sliced" else prepared.x.shape[1] + prepared.y.shape[1]
        return 40, 1.0 / max(columns, 2)

    def _dual(self, x: np.ndarray, y: np.ndarray, samples: Samples) -> Found:
        if samples.n < MIN_ROWS:
            raise DataError(
                sentence("x", f"must have at least {MIN_ROWS} rows to fit some and score others", samples.n)
            )
        halves = halved(x, y, samples, self.seed)
        notes: tuple[str, ...] = ()
        shown: dict[str, Any] = {}
        pairs = [half_turn(halves.training(fold, self.fit_rows)) for fold in range(FOLDS)]
        if self.method == "held-out":
            potentials = [kantorovich_potential(*pair, self.metric) for pair in pairs]
            functions: list[Function] = [_of_pairs(f) for f in potentials]
            plug_in = float(np.mean([f.primal for f in potentials]))
        else:
            functions, notes, shown = self._trained(halves)
            plug_in = float(np.mean([assigned_distance(*pair, self.metric) for pair in pairs]))
        found = dual_value(halves, functions)
        status = Status()
        if found.crowded:
            status = status.because(
                Reason(
                    "few-units",
                    "One group holds most of the rows, so strangers may be relatives",
                    "collect more groups",
                )
            )
        return Found(
            found.value,
            uncertainty=lambda: self._spread(found, plug_in, samples.n),
            pointwise=found.pointwise,
            notes=(*notes, *self._gap(found, plug_in)),
            status=status,
            diagnostics={
                "functional": "W1, its dual on rows not seen: at most W1 on average",
                "standard_error": found.error,
                "plug_in": plug_in,
                **shown,
            },
        )

    def _gap(self, found: Dual, plug_in: float) -> list[str]:
        if plug_in - found.value < max(4.0 * found.error, 0.5 * plug_in):
            return []
        return [
            f"The truth lies between {found.value:.3g} and about {plug_in:.3g} (plug-in), on average; rows of so many "
            "columns say no more. A value above 0 by several standard errors still shows dependence."
        ]

    def _trained(self, halves: Halves) -> tuple[list[Function], tuple[str, ...], dict[str, Any]]:
        from mitk.variational.lipschitz import Critic, DualLearner
        from mitk.variational.training import Plan, train

        dims = halves.x.shape[1], halves.y.shape[1]
        learner = DualLearner(
            *dims, self.metric, self.lipschitz, float(self.penalty), max(self.width, 2 * max(dims)), self.depth
        )
        rng = np.random.default_rng([self.seed, 4])
        least = int(np.bincount(halves.fold).min())
        held_out = np.array([rng.permutation(halves.rows(fold))[:least] for fold in range(FOLDS)])
        trained = train(
            learner,
            Plan(steps=self.steps, batch=min(self.batch, least), rate=self.rate),
            halves.x.astype(np.float32),
            halves.y.astype(np.float32),
            held_out[::-1],
            held_out,
            folds=np.arange(FOLDS),
            seed=self.seed,
        )
        functions: list[Function] = []
        constants = []
        for fold in range(FOLDS):
            critic = Critic(learner, trained.member(fold))
            constant = critic.constant(halves.x, halves.y)
            # What was merely seen may be exceeded elsewhere, so it never makes the value larger.
            constant = constant if self.lipschitz == "orthogonal" else max(constant, 1.0)
            constants.append(constant)
            functions.append(_divided(critic, constant))
        notes = list(trained.notes)
        if self.lipschitz == "penalty":
            notes.append(
                f"The largest slopes seen, {max(constants):.2f}, divide the value; a penalty promises nothing beyond."
            )
        return functions, tuple(notes), {"lipschitz_constants": constants}

    def _spread(self, found: Dual, plug_in: float, n: int) -> Quantiles:
        """Confidence distribution of the dual value, stretched to the plug-in value, between which the truth lies."""
        # The plug-in value comes from fewer rows, and errs the more.
        wider = max(math.sqrt(n / (2.0 * self.fit_rows)) - 1.0, 0.0) * 2.0 * found.error
        above = max(plug_in - found.value, 0.0) + wider
        return from_standard_error(found.value, found.error, DEGREES, "cross-fitting", above=above)


def _of_pairs(potential: Potential) -> Function:
    return lambda x, y: potential(Points(x, y))


def _divided(f: Function, constant: float) -> Function:
    return lambda x, y: f(x, y) / constant
