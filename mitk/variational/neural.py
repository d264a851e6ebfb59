"""What the estimators that train networks share: folds, training, interval, gates; and how critics are read."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from mitk.data.samples import Prepared, Samples
from mitk.data.screening import without_constants
from mitk.errors import DataError, ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of, positive, whole
from mitk.inference import gates
from mitk.inference.cross_fitting import fold_numbers
from mitk.inference.distribution import from_standard_error
from mitk.inference.inflation import unit_variance
from mitk.inference.remainders import without_condition
from mitk.inference.resampling import unit_labels
from mitk.remedies import compare_with
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.tags import Tags
from mitk.variational.evaluation import EVALUATIONS, Reading, blocks, read, score_matrix
from mitk.variational.inputs import MARGINS, network_columns
from mitk.variational.training import Learner, Plan, Trained, train

MIN_ROWS = 8
DEGREES = 30
# How far the interval of a balanced value reaches towards the held-out and the training value, as a share of the way.
REACH = 0.5


@dataclass(frozen=True)
class Split:
    """Rows of the members: `restarts` members in a row for each fold.

    Attributes
    ----------
    fold : ndarray of shape (n,)
        Fold of each row.
    member_fold : ndarray of shape (members,)
    rows, held_out : ndarray of shape (members, m) and (members, h)
    """

    fold: np.ndarray
    member_fold: np.ndarray
    rows: np.ndarray
    held_out: np.ndarray

    @property
    def folds(self) -> int:
        """Number of folds."""
        return int(self.fold.max()) + 1


@dataclass(frozen=True)
class Scored:
    """What networks say of rows that they have not seen.

    Attributes
    ----------
    split : Split
    trained : tuple of Trained
        One; given a condition the one with y and the condition, and the one with the condition alone.
    readings : list of Reading
    pointwise, influence : ndarray of shape (n,)
        What each row says and by how much it moves the value, nats.
    fold_values : ndarray of shape (folds,)
        Nats.
    train_value : float
        What they say of rows that they have seen, nats.
    notes : list of str
    """

    split: Split
    trained: tuple[Trained, ...]
    readings: list[Reading]
    pointwise: np.ndarray
    influence: np.ndarray
    fold_values: np.ndarray
    train_value: float
    notes: list[str]

    def less(self, other: Scored) -> Scored:
        """The difference of two informations, row by row of the same folds."""
        return replace(
            self,
            trained=(*self.trained, *other.trained),
            pointwise=self.pointwise - other.pointwise,
            influence=self.influence - other.influence,
            fold_values=self.fold_values - other.fold_values,
            train_value=self.train_value - other.train_value,
        )


@dataclass(frozen=True, kw_only=True)
class CrossFitted(Estimator):
    """Base of the estimators that train by cross-fitting: every row is scored by networks that have not seen it.

    Parameters
    ----------
    seed : int, default 0
        Of the folds, the batches and the first parameters.
    margins : {"normal", "standard"}, default "normal"
        Normal scores of each column before training: the information stays, heavy tails do not. "standard" only centres
        and scales.
    folds : int, default 5
        Each fold is scored by networks trained on the others; fewer where rows are few.
    restarts : int, default 1
        Networks a fold, whose scores are averaged.
    steps : int, default 3000
        Most steps of the optimiser; most data need fewer.
    batch : int, default 128
        Rows in a step.
    rate : float, default 2e-3
        Adam's learning rate.
    patience : int, default 4
        Checkpoints of 50 steps without a better held-out value after which training goes on from the best at a quarter
        of the rate; at the third such peak it stops.
    on_interrupt : {"raise", "return"}, default "raise"
        What Ctrl-C does; "return" gives the best so far, UNRELIABLE.
    """

    margins: str = "normal"
    folds: int = 5
    restarts: int = 1
    steps: int = 3000
    batch: int = 128
    rate: float = 2e-3
    patience: int = 4
    on_interrupt: str = "raise"

    def _tagged(self, summary: str, **own: Any) -> Tags:
        """Tags of a trained estimator; what is its `own` goes before what all share."""
        shared: dict[str, Any] = {
            "data": frozenset({"continuous", "tied", "count"}),
            "invariances": frozenset({"affine", "monotone"} if self.margins == "normal" else {"affine"}),
            "interval": "own",
            "min_n": 200,
            "stochastic": True,
            "trained": True,
            "pointwise": True,
        }
        return Tags(summary=summary, **(shared | own))

    @abstractmethod
    def _learner(self, x: np.ndarray, y: np.ndarray) -> Learner:
        """The network and its objective, for sides of these columns."""

    @abstractmethod
    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        """What the networks of one fold say together of some rows."""

    def _gates(self, value: float, error: float, readings: list[Reading], remedy: Callable[..., str]) -> list[Reason]:
        """Reasons of the method's own to doubt a held-out value."""
        return []

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        one_of("margins", self.margins, MARGINS)
        one_of("on_interrupt", self.on_interrupt, ("raise", "return"))
        for name, least in (("folds", 2), ("restarts", 1), ("steps", 1), ("batch", 4), ("patience", 1)):
            whole(name, getattr(self, name), least)
        positive("rate", self.rate)

    def _given(self, x: np.ndarray, y: np.ndarray, split: Split) -> dict[str, np.ndarray]:
        """What each member's network starts from, fitted to its training rows alone."""
        return {}

    def _shift(self, optimism: float) -> float:
        """What is added to the held-out value, given by how much the training value exceeds it; nats."""
        return 0.0

    def _columns(self, samples: Samples) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Both sides as the network takes them, float64, and notes."""
        return network_columns(samples.x, self.margins), network_columns(samples.y, self.margins), []

    def _plan(self) -> Plan:
        return Plan(steps=self.steps, batch=self.batch, rate=self.rate, patience=self.patience)

    def _split(self, samples: Samples) -> Split:
        labels = unit_labels(samples)
        units = int(labels.max()) + 1
        if units < MIN_ROWS:
            raise DataError(
                sentence(
                    "x",
                    f"must have at least {MIN_ROWS} rows (or groups, or runs) to train on some and score others",
                    units,
                )
            )
        rng = np.random.default_rng(self.seed)
        count = min(self.folds, units // 4)
        fold = fold_numbers(labels, count, rng)
        sizes = np.bincount(fold)
        most, least = samples.n - int(sizes.max()), int(sizes.min())
        members = np.repeat(np.arange(count), self.restarts)
        rows = [rng.permutation(np.flatnonzero(fold != k))[:most] for k in members]
        held_out = [rng.permutation(np.flatnonzero(fold == k))[:least] for k in members]
        return Split(fold, members, np.array(rows), np.array(held_out))

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        if samples.given is None:
            return self._found(self._scored(samples), samples)
        left = _without(samples)
        if min(left.x.d, left.y.d) == 0:
            note = "The condition explains a side entirely, so nothing is left to share."
            return Found(0.0, notes=(note,), uncertainty=lambda: Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact"))
        assert left.given is not None
        both = self._scored(replace(left, y=left.y.beside(left.given), given=None))
        alone = self._scored(replace(left, y=left.given, given=None))
        return self._found(both.less(alone), samples)

    def _scored(self, samples: Samples) -> Scored:
        """Every row scored by networks that have not seen it."""
        x, y, notes = self._columns(samples)
        split = self._split(samples)
        learner = self._learner(x, y)
        given = self._given(x, y, split)
        x, y = x.astype(np.float32), y.astype(np.float32)
        trained = train(
            learner,
            self._plan(),
            x,
            y,
            split.rows,
            split.held_out,
            folds=split.member_fold,
            given=given,
            seed=self.seed,
            on_interrupt=self.on_interrupt,
        )
        n, rng = samples.n, np.random.default_rng(self.seed + 1)
        readings, seen, fold_values = [], [], np.zeros(split.folds)
        pointwise, influence = np.empty(n), np.empty(n)
        for k in range(split.folds):
            members = np.flatnonzero(split.member_fold == k).tolist()
            networks = [trained.member(member) for member in members]
            for rows in blocks(rng.permutation(np.flatnonzero(split.fold == k))):
                found = self._read_rows(learner, networks, x[rows], y[rows], rng)
                pointwise[rows] = found.pointwise + found.constant
                influence[rows] = found.influence
                readings.append(found)
            fold_values[k] = pointwise[split.fold == k].mean()
            others = split.rows[members[0], : len(rows)]
            seen.append(self._read_rows(learner, networks, x[others], y[others], rng).value)
        return Scored(split, (trained,), readings, pointwise, influence, fold_values, float(np.mean(seen)), notes)

    def _found(self, scored: Scored, samples: Samples) -> Found:
        value, train_value = float(scored.pointwise.mean()), scored.train_value
        error = self._error(scored.influence, scored.fold_values, scored.split, samples)
        remedy = partial(compare_with, samples, self)
        doubts: list[Reason] = []
        for trained in scored.trained:
            doubts += gates.trained_out(trained.steps, trained.held_out.mean(axis=1), self.steps, error)
        doubts += gates.generalisation(train_value, value, error, remedy)
        doubts += self._gates(value, error, scored.readings, remedy)
        if any(trained.failed for trained in scored.trained):
            text = "Training left the finite numbers and was given up"
            doubts.append(Reason("training-failed", text, "lower `rate` or use margins='normal'"))
        if any(trained.interrupted for trained in scored.trained):
            doubts.append(Reason("interrupted", "Training was interrupted and this is the best so far", "fit again"))
        shift = self._shift(train_value - value)
        first = scored.trained[0]
        return Found(
            value + shift,
            uncertainty=lambda: self._between(value + shift, value, train_value, error),
            pointwise=scored.pointwise,
            pointwise_constant=shift,
            notes=(*scored.notes, *first.notes),
            status=Status().because(*doubts),
            diagnostics={
                "held_out_value": value,
                "train_value": train_value,
                "fold_values": scored.fold_values,
                "standard_error": error,
                "chosen_steps": first.steps[first.chosen],
                "steps": first.steps,
                "held_out_curve": first.held_out.mean(axis=1),
                "train_curve": first.train.mean(axis=1),
                **self._shown(value, scored.readings),
            },
        )

    def _shown(self, value: float, readings: list[Reading]) -> dict[str, Any]:
        """Diagnostics of the method's own."""
        return {}

    def _error(self, influence: np.ndarray, fold_values: np.ndarray, split: Split, samples: Samples) -> float:
        """Standard error: rows that were drawn, and networks that differ beyond what their rows explain."""
        n, folds = samples.n, split.folds
        drawn = float(unit_variance(influence[:, None], unit_labels(samples))[0])
        beyond = max(float(fold_values.var(ddof=1)) - drawn * folds / n, 0.0)
        return math.sqrt(drawn / n + beyond / folds)

    def _between(self, value: float, held_out: float, seen: float, error: float) -> Quantiles:
        """Confidence distribution around `value`, stretched between what networks say of unseen and of seen rows."""
        # A network gains on the rows it saw and loses on others: the truth is looked for between the two.
        below, above = max(value - min(held_out, seen), 0.0), max(seen - value, 0.0)
        if self._shift(1.0):
            below, above = REACH * below, REACH * above
        else:
            below = 0.0
        return from_standard_error(value, error, DEGREES, "cross-fitting", below=below, above=above)


@dataclass(frozen=True, kw_only=True)
class NeuralEstimator(CrossFitted):
    """Base of the estimators that train critics: a functional is read off all pairs of held-out rows."""

    @property
    @abstractmethod
    def _reading(self) -> tuple[str, float]:
        """Which functional is read off the trained critic, and its clip."""

    def _read_rows(
        self, learner: Any, networks: list[np.ndarray], x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> Reading:
        scores = np.zeros((len(x), len(x)))
        for parameters in networks:
            scores += score_matrix(learner, parameters, x, y)
        return read(scores / len(networks), *self._reading)

    def _gates(self, value: float, error: float, readings: list[Reading], remedy: Callable[..., str]) -> list[Reason]:
        evaluation, _ = self._reading
        if evaluation == "infonce":
            return gates.ceiling(value, _ceiling(readings), remedy)
        if evaluation in ("dv", "nwj"):
            return gates.effective_strangers(min(found.effective for found in readings), remedy)
        return []

    def _shown(self, value: float, readings: list[Reading]) -> dict[str, Any]:
        most = _ceiling(readings)
        effective = min(found.effective for found in readings)
        return {"effective_strangers": effective, "ceiling": most, "saturation": value / most}


def _ceiling(readings: list[Reading]) -> float:
    """Ln K of the largest block, nats."""
    return math.log(max(len(found.pointwise) for found in readings))


def _without(samples: Samples) -> Samples:
    """The samples without what smooth fits on the condition explain, the side of more continuous columns as x.

    What is left of that side has next to nothing in common with the condition, so that
    I(x; y | z) = I(x; y, z) - I(x; z) is a large information less a small one.
    """
    left = without_constants(without_condition(samples))[0]
    labels = [int(side.discrete.sum()) for side in (left.x, left.y)]
    return left if labels[0] <= labels[1] else replace(left, x=left.y, y=left.x)


def check_reading(objective: str, evaluation: str, objectives: tuple[str, ...]) -> None:
    """Raise ParameterError for an unknown objective or evaluation."""
    if not isinstance(objective, str) or not set(objective.split("+")) <= set(objectives):
        raise ParameterError(
            sentence("objective", f"must be one of {', '.join(objectives)}, or some joined by +", repr(objective))
        )
    one_of("evaluation", evaluation, EVALUATIONS)
