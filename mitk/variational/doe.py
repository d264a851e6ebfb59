"""Differences of entropies by learned densities: `DoE`, and `CLUB`, which needs the conditional one alone."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from mitk.errors import UnsupportedError, sentence
from mitk.estimator import Tags
from mitk.inference import gates
from mitk.result import MIEstimate, Status
from mitk.samples import Samples
from mitk.variational.density_learner import HEADS, DensityLearner, log_densities, log_density_matrix
from mitk.variational.density_start import entropy_of_columns, fit_elliptical
from mitk.variational.evaluation import blocks
from mitk.variational.neural import CrossFitted, Split, one_of, whole
from mitk.variational.sides import network_columns
from mitk.variational.training import Learner, Trained

MARGINS = ("auto", "normal", "standard")
DIRECTIONS = ("auto", "y", "x")
# Nats a column by which normal scores must fit better than the columns as they are: they bend what was straight.
BENT = 0.02


@dataclass(frozen=True, kw_only=True)
class DensityEstimator(CrossFitted):
    """Base of the estimators that learn the density of one side given the other."""

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
        replace_margins = "standard" if self.margins == "auto" else self.margins
        CrossFitted.check(replace(self, margins=replace_margins))

    def _swapped(self, samples: Samples) -> bool:
        """Whether x is modelled given y."""
        if self.direction != "auto":
            return self.direction == "x"
        return samples.x.d < samples.y.d

    def _columns(self, samples: Samples) -> tuple[np.ndarray, np.ndarray, list[str]]:
        x, y = (samples.y, samples.x) if self._swapped(samples) else (samples.x, samples.y)
        if any(y.nominal):
            raise UnsupportedError(
                sentence(
                    y.names[int(np.argmax(y.nominal))],
                    f"must hold numbers for {type(self).__name__}: labels have no density",
                    "labels",
                    'use method="njee", or direction="x" to model x given y',
                )
            )
        if self.margins != "auto":
            return network_columns(x, self.margins), network_columns(y, self.margins), []
        found = {}
        for margins in ("standard", "normal"):
            sides = network_columns(x, margins), network_columns(y, margins)
            joined = np.concatenate(sides, axis=1)
            # In the measure of ranks, in which both kinds of margins can be compared.
            fitted = fit_elliptical(joined).log_density + float(entropy_of_columns(joined).sum())
            found[margins] = fitted, sides
        gain = (found["normal"][0] - found["standard"][0]) / (x.d + y.d)
        chosen = "normal" if gain > BENT else "standard"
        return *found[chosen][1], [f"Margins: {chosen}, as an elliptical law fits them better."]

    def _learner(self, x: np.ndarray, y: np.ndarray) -> Learner:
        return DensityLearner(x.shape[1], y.shape[1], self.head, self.blocks, self.width, self.depth, self.bins)

    def _given(self, x: np.ndarray, y: np.ndarray, split: Split) -> dict[str, np.ndarray]:
        learner: Any = self._learner(x, y)
        found: dict[int, dict[str, np.ndarray]] = {}
        for k, rows in zip(split.member_fold, split.rows, strict=True):
            if k not in found:
                found[k] = learner.starts(x[rows], y[rows], self.seed)
        first = found[split.member_fold[0]]
        return {name: np.stack([found[k][name] for k in split.member_fold]) for name in first}

    @abstractmethod
    def _contributions(self, learner: Any, trained: Trained, members: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
        """Contributions of rows, their influence, and parts to report the means of."""

    def _read(
        self,
        learner: Learner,
        trained: Trained,
        split: Split,
        x: np.ndarray,
        y: np.ndarray,
        samples: Samples,
        notes: list[str],
    ) -> MIEstimate:
        n, seed = samples.n, np.random.default_rng(self.seed + 1)
        pointwise, influence, parts = np.empty(n), np.empty(n), np.empty((2, n))
        fold_values, seen = np.zeros(split.folds), []
        for k in range(split.folds):
            members = np.flatnonzero(split.member_fold == k)
            for rows in blocks(seed.permutation(np.flatnonzero(split.fold == k)), self._block):
                found = self._contributions(learner, trained, members, x[rows], y[rows])
                pointwise[rows], influence[rows], parts[:, rows] = found
            fold_values[k] = pointwise[split.fold == k].mean()
            others = split.rows[members[0], : len(rows)]
            seen.append(float(self._contributions(learner, trained, members, x[others], y[others])[0].mean()))
        value, train_value = float(pointwise.mean()), float(np.mean(seen))
        error = self._error(influence - influence.mean(), fold_values, split, samples)
        curve = trained.held_out.mean(axis=1)
        doubts = gates.generalisation(train_value, value, error)
        if trained.failed:
            doubts.append("Training left the finite numbers and was given up; lower `rate` or use margins='normal'.")
        if trained.interrupted:
            doubts.append("Training was interrupted; this is the best so far.")
        return MIEstimate(
            value,
            pointwise=pointwise,
            notes=(*notes, *trained.notes),
            status=Status().because(*doubts),
            diagnostics={
                "train_value": train_value,
                "optimism": train_value - value,
                "fold_values": fold_values,
                "standard_error": error,
                "cross_entropies": parts.mean(axis=1),
                "chosen_steps": trained.steps[trained.chosen],
                "steps": trained.steps,
                "held_out_curve": curve,
                "train_curve": trained.train.mean(axis=1),
            },
        )

    @property
    def _block(self) -> int:
        return 2048


@dataclass(frozen=True, kw_only=True)
class DoE(DensityEstimator):
    """Difference of entropies."""

    steps: int = 1000
    batch: int = 256

    @property
    def tags(self) -> Tags:
        """Any continuous columns, without a ceiling."""
        return Tags(
            summary="large values and many columns, no ceiling; difference of entropies by trained densities",
            invariances=frozenset(),
            interval="cross-fitting",
            min_n=200,
            symmetric=False,
            stochastic=True,
            pointwise=True,
        )

    def _contributions(self, learner: Any, trained: Trained, members: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
        logs = np.array([log_densities(learner, trained.member(k), x, y) for k in members])
        # The mean of the members' densities is one.
        s, q = logsumexp(logs, axis=0) - np.log(len(members))
        return q - s, q - s, np.array([-s, -q])
