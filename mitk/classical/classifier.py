"""Information about labels: how much better classifiers predict them than their shares do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from mitk.data.samples import Prepared, Samples, Side
from mitk.errors import DataError, UnsupportedError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import whole
from mitk.inference.cross_fitting import fold_numbers
from mitk.inference.distribution import from_standard_error
from mitk.inference.inflation import effective_units, unit_variance
from mitk.inference.resampling import unit_labels
from mitk.numerics.canonical import content_hashes, dealing_keys, renamed
from mitk.numerics.classifiers import log_ratios, pool_weights, pooled
from mitk.numerics.ranks import average_ranks, standardised
from mitk.remedies import another
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.tags import Tags

# Rows, groups or runs below which none can be left out twice.
MIN_UNITS = 8
# Below so many rows each fold is left out with four others in turn, not with two: fits are quick, and rows are dear.
FEW_ROWS = 300
# Most rows that the weights of a pool are fitted to.
POOL_ROWS = 2000
# Most labels of a column of the predicting side that get a column each; the rarest share the last.
MOST_LEVELS = 256
# Columns that tell rows apart which differ in nothing but the names of their labels.
TIE_COLUMNS = 8
# Share of the rows whose labels may be taken as one, for being rare, before the value says too little.
MOST_MERGED = 0.5
# Standard deviations beyond which a column is cut off for discriminant analysis.
CUT = 5.0
DEGREES = 30


@dataclass(frozen=True, eq=False)
class _Task:
    """Labels and what predicts them, in an order of rows that follows from their values.

    Attributes
    ----------
    order : ndarray of shape (n,)
        Place of each row in the samples.
    y : ndarray of shape (n,), int
    shares : ndarray of shape (labels,)
    scaled, scores : ndarray of shape (n, d)
        Predicting columns, centred and scaled, and their normal scores.
    fold : ndarray of shape (n,)
    merged : float
        Share of the rows whose labels were taken as one.
    cost : float
        What a unit of weight costs in the pool, nats: rows for each independent one.
    notes : tuple of str
    """

    order: np.ndarray
    y: np.ndarray
    shares: np.ndarray
    scaled: np.ndarray
    scores: np.ndarray
    fold: np.ndarray
    merged: float
    cost: float
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Classifier(Estimator):
    """Information of labels and any columns: the labels' entropy less the held-out log loss of classifiers.

    Labels may be on either side. If both sides hold them, those of fewer levels are predicted.

    Parameters
    ----------
    folds : int, default 6
        Parts that the rows are dealt into, at least 3. Classifiers learn from all but two.
    max_rows : int, default 15000
        Most rows that a classifier learns from; all rows are scored.
    seed : int, default 0
        How rows are dealt; the same whatever their order.

    Raises
    ------
    UnsupportedError
        If neither side holds labels, or numbers that repeat at most n / 5 values.
    DataError
        For fewer than eight rows, groups or runs.

    Notes
    -----
    The value is the mean of ln q(y | x) / p(y) over rows which q has not seen, p being the shares of the labels. Its
    mean is below I for any q (Barber and Agakov 2003), so that the value is a lower bound up to its standard error, and
    near I where the classifiers are good. Classes are dealt evenly over the folds: given the shares, the mean
    holds exactly for the information at these shares, which is below I by chi^2 / 2n to first order, with chi^2 =
    E q(y | x) / p(y) - 1: the correction of Miller and Madow if labels are known from x, none if they are independent.
    The value has it added.

    Four classifiers are weighed: linear discriminant analysis with shrunken covariance, of the columns themselves;
    and, of their normal scores, softmax regression of 8 columns with squares and products, of 32 columns without, and
    boosted trees of 16 columns, for up to 12 labels and from 300 rows on. Of more columns, those are taken whose values
    or squares differ most between the labels of the training rows. The pool is q(y | x) ~ p(y) prod_m (q_m(y | x) /
    p(y))^b_m, with weights b_m >= 0 that cost a nat each (or as many as rows count for one, where they depend), so that
    without use of x the value is 0. Every model leaves out two folds; the weights for one come from the log loss in the
    other, so that no row has a part in what scores it, and q is the mean over the models that left it out, mixed with
    p(y) at 1/n.

    Labels of fewer rows than folds are taken as one label, which keeps the bound. The interval measures how the terms
    scatter (over groups or runs, where rows depend), and reaches further down by what one row more that is utterly
    wrong would cost. It is one of the bound: the truth may lie above it.

    Fails to see what these classifiers miss: labels that depend on products of some of many columns.

    References
    ----------
    * D. Barber and F. Agakov, "The IM algorithm: a variational approach to information maximization", NIPS 16 (2003).
    * D. H. Wolpert, "Stacked generalization", Neural Networks 5 (1992).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 1000)
    >>> x = 4.0 * y + rng.standard_normal(1000)     # truth: 0.632 nats
    >>> r = Classifier().fit(x, y)
    >>> abs(r.value - 0.632) < 0.03, r.kind
    (True, 'lower')
    """

    folds: int = 6
    max_rows: int = 15_000

    @property
    def tags(self) -> Tags:
        """Labels on a side; a lower bound."""
        return Tags(
            summary="labels against anything, many columns too; classifiers' held-out log loss, a lower bound",
            data=frozenset({"count", "label"}),
            invariances=frozenset({"affine", "relabel"}),
            kind="lower",
            interval="own",
            min_n=30,
            pointwise=True,
        )

    def check(self) -> None:
        """Raise ParameterError when a hyperparameter breaks its rule."""
        whole("folds", self.folds, 3)
        whole("max_rows", self.max_rows, 10)

    def suits(self, samples: Samples) -> bool:
        """Labels on a side; the tags' kinds are those of that side, the other may be anything."""
        sides = [side.codes() for side in (samples.x, samples.y) if _predictable(side)]
        if samples.n < self.tags.min_n or samples.given is not None or not sides:
            return False
        codes = min(sides, key=np.max)
        y, rare = _merged(codes, self.folds)
        return int(y.max()) > 0 and float(rare[codes].mean()) <= MOST_MERGED

    def _refuse(self, samples: Samples, tags: Tags) -> None:
        if any(_predictable(side) for side in (samples.x, samples.y)):
            return
        raise UnsupportedError(
            sentence(
                "x or y",
                "must hold labels, or numbers of few levels, for Classifier",
                f"{' and '.join(', '.join(sorted({*side.kinds})) for side in (samples.x, samples.y))} columns",
                f"{another(samples, self, otherwise='use another')}, or pass discrete_x=True or discrete_y=True",
            )
        )

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        task = self._task(samples)
        n, labels = samples.n, len(task.shares)
        status = Status()
        if labels == 1:
            text = f"No two labels have {self.folds} rows each, so that nothing can be learned"
            status = status.because(Reason("sparse", text, "collect more or merge labels"))
            return Found(0.0, pointwise=np.zeros(n), status=status, notes=task.notes)
        if task.merged > MOST_MERGED:
            text = f"{task.merged:.0%} of the rows have labels of fewer than {self.folds} rows, which were taken as one"
            status = status.because(Reason("sparse", text, "collect more or merge labels"))
        logs, weights = self._held_out(task)
        terms = logs[np.arange(n), task.y] - np.log(task.shares)[task.y]
        units = effective_units(unit_labels(samples))
        # As if labels were known from x at most: then chi^2 is their number less one.
        chi_square = min(max(float(np.exp(terms).mean()) - 1.0, 0.0), labels - 1.0)
        correction = chi_square / (2.0 * units)
        pointwise = np.empty(n)
        pointwise[task.order] = terms
        worst = float((terms - (logs - np.log(task.shares)).min(axis=1)).mean()) / units

        def uncertainty() -> Quantiles:
            drawn = float(unit_variance(pointwise[:, None], unit_labels(samples))[0]) / n
            # Of second order: what is left where all rows are alike.
            error = math.sqrt(drawn + 0.5 * (labels - 1) / units**2)
            quantiles = from_standard_error(value, error, DEGREES, "cross-fitting", below=worst)
            # Classifiers that predict worse than the shares leave the truth where it always is, at 0 or above.
            return quantiles.enclosing(0.0) if value < 0.0 else quantiles

        value = float(pointwise.mean()) + correction
        return Found(
            value,
            pointwise=pointwise,
            pointwise_constant=correction,
            uncertainty=uncertainty,
            status=status,
            notes=task.notes,
            diagnostics={
                "entropy": float(-(task.shares * np.log(task.shares)).sum()) + correction,
                "log_loss": -float(logs[np.arange(n), task.y].mean()),
                "labels": labels,
                "weights": weights,
            },
        )

    def _task(self, samples: Samples) -> _Task:
        units = int(unit_labels(samples).max()) + 1
        if units < MIN_UNITS:
            rule = f"must have at least {MIN_UNITS} rows (or groups, or runs) to learn from some and score others"
            raise DataError(sentence("x", rule, units))
        sides = (samples.x, samples.y)
        ranks = [average_ranks(side.values) for side in sides]
        hashes, *levels = content_hashes(ranks[0], ranks[1], sides[0].discrete, sides[1].discrete)
        able = [s for s in (0, 1) if _predictable(sides[s])]
        if not able:
            # Levels that are few for all rows may be too many for some of them.
            rule = "must have a side of labels, or of numbers of few levels"
            raise DataError(sentence("x and y", rule, f"more levels than {samples.n} rows can tell apart"))
        which = min(able, key=lambda s: _standing(sides[s], levels[s]))
        classes = _classes(sides[which], hashes)
        y, rare = _merged(classes, self.folds)
        other, keys = sides[1 - which], dealing_keys(hashes, self.seed)
        # A series has an order; other rows are taken in one of their own, so that sums come out the same.
        order = np.arange(samples.n) if samples.block else np.lexsort((*other.values.T[:TIE_COLUMNS], keys, y))
        if samples.dependent:
            fold = fold_numbers(unit_labels(samples), min(self.folds, units), np.random.default_rng(self.seed))[order]
        else:
            fold = np.arange(samples.n) % self.folds
        notes = [f"{int(rare.sum())} labels were taken as one, to have {self.folds} rows."] if rare.any() else []
        if samples.n * (1.0 - 2.0 / self.folds) > self.max_rows:
            notes.append(f"Classifiers learned from {self.max_rows} rows each, and all {samples.n} were scored.")
        shares = np.bincount(y) / samples.n
        scaled, scores = _predictors(other, ranks[1 - which], levels[1 - which], order)
        merged, cost = float(rare[classes].mean()), samples.n / effective_units(unit_labels(samples))
        return _Task(order, y[order], shares, scaled, scores, fold, merged, cost, tuple(notes))

    def _held_out(self, task: _Task) -> tuple[np.ndarray, np.ndarray]:
        """Ln q(y | x) of every row by models that have not seen it, (n, labels), and the mean weights."""
        folds, n = int(task.fold.max()) + 1, len(task.y)
        reach = (1, 2) if n < FEW_ROWS and folds > 4 else (1,)
        pairs = sorted({tuple(sorted((k, (k + step) % folds))) for k in range(folds) for step in reach})
        rng = np.random.default_rng(self.seed)
        # Of each model by the fold it scores and the other that it left out.
        ratios: dict[tuple[int, int], np.ndarray] = {}
        rows = [np.flatnonzero(task.fold == k) for k in range(folds)]
        for a, b in pairs:
            train = np.flatnonzero((task.fold != a) & (task.fold != b))
            if len(train) > self.max_rows:
                train = np.sort(rng.choice(train, self.max_rows, replace=False))
            scored = np.concatenate([rows[a], rows[b]])
            found = log_ratios(task.scaled, task.scores, task.y, train, scored, len(task.shares))
            ratios[a, b], ratios[b, a] = found[:, : len(rows[a])], found[:, len(rows[a]) :]
        logs, weights = np.empty((n, len(task.shares))), []
        for k in range(folds):
            partners = [j for j in range(folds) if (k, j) in ratios]
            seen = np.concatenate([ratios[j, k] for j in partners], axis=1)
            own = np.concatenate([task.y[rows[j]] for j in partners])
            some = rng.permutation(len(own))[:POOL_ROWS]
            weight = pool_weights(seen[:, some], own[some], task.shares, task.cost)
            mean = np.mean([np.exp(pooled(ratios[k, j], weight, task.shares)) for j in partners], axis=0)
            logs[rows[k]] = np.log((1.0 - 1.0 / n) * mean + task.shares / n)
            weights.append(weight)
        return logs, np.mean(weights, axis=0)


def _predictable(side: Side) -> bool:
    """Whether a side holds labels, or numbers of few levels for the rows that the caller did not call numbers."""
    return bool((side.discrete | side.lattice).all())


def _standing(side: Side, levels: np.ndarray) -> tuple[Any, ...]:
    """What decides which of two sides of labels is predicted: the least."""
    counts = np.sort(np.bincount(side.codes()))
    return (len(counts), not side.discrete.all(), *counts.tolist(), int(levels.sum(dtype=np.uint64)))


def _classes(side: Side, hashes: np.ndarray) -> np.ndarray:
    """Codes (n,) of the joint labels of a side, in an order that does not depend on their names."""
    codes = side.codes()
    total = np.zeros(int(codes.max()) + 1, dtype=np.uint64)
    np.add.at(total, codes, hashes)
    return renamed(codes, total[codes])


def _merged(codes: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n,) of which each has at least `least` rows, and which of the codes were made one."""
    counts = np.bincount(codes)
    rare = counts < least
    if not rare.any():
        return codes, rare
    if counts[rare].sum() < least and not rare.all():
        rare[np.argmin(np.where(rare, counts.max() + 1, counts))] = True
    place = np.cumsum(~rare) - 1
    place[rare] = int((~rare).sum())
    return place[codes], rare


def _predictors(side: Side, ranks: np.ndarray, levels: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the predicting side in the given order, scaled, and their normal scores; labels a column each."""
    numbers = ~side.discrete
    parts = [ranks[:, numbers]]
    values = [side.values[:, numbers]]
    for j in np.flatnonzero(side.discrete):
        codes = renamed(side.values[:, j], levels[:, j])
        counts = np.bincount(codes)
        if len(counts) > MOST_LEVELS:
            place = np.empty(len(counts), dtype=np.int64)
            place[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(counts)), MOST_LEVELS - 1)
            codes = place[codes]
        # Of two labels one column says all.
        one_hot = np.eye(int(codes.max()) + 1)[codes][:, 0 if codes.max() > 1 else 1 :]
        values.append(one_hot)
        parts.append(0.5 * (len(codes) + one_hot))
    n = len(order)
    scores = ndtri(np.column_stack(parts)[order] / (n + 1.0))
    return np.clip(_standardised(np.column_stack(values)[order]), -CUT, CUT), _standardised(scores)


def _standardised(values: np.ndarray) -> np.ndarray:
    """As `standardised`; columns that are constant in these rows, such as of a label that none has, are 0."""
    varies = np.ptp(values, axis=0) > 0.0
    scaled = np.zeros_like(values)
    scaled[:, varies] = standardised(values[:, varies])
    return scaled
