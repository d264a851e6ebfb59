"""MIST: a network that has seen many laws of known information reads the information off a data set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mitk.data.options import FitOptions
from mitk.data.samples import Prepared, Samples, Side
from mitk.errors import ParameterError, sentence
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.inference.exact import ADD_NOISE
from mitk.learned.network.model import Model, load, shipped
from mitk.learned.statistics.features import MAX_PARTS, features_of_parts
from mitk.learned.statistics.reduction import seen
from mitk.remedies import another, compare_with
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import MIEstimate
from mitk.tags import Tags

# Fewer rows the network has not seen.
MIN_ROWS = 10
# Levels beyond those of the network, and by how much of the distance to the outermost one they lie farther out.
OUTER_LEVEL, OUTER = 0.0005, 1.4

# Rows whose order tells most columns apart.
FIRST_ROWS = 200


@dataclass(frozen=True, kw_only=True)
class MIST(Estimator):
    """Mutual information by a pretrained network, with calibrated quantiles, in milliseconds.

    Parameters
    ----------
    seed : int, default 0
        Only used by resampling intervals.
    weights : str, optional
        A file of ``mitk train mist``; by default the model in the package.

    Notes
    -----
    Columns become normal scores, so the answer does not change under increasing maps of columns. Statistics that
    ignore the order of rows and columns and which side is which (ridge-whitened canonical pairs, polynomial
    pairs judged out of sample, nearest-neighbour information on several views, samples of rows) go through attention
    over rows and over pairs to 23 quantiles of the information. ``value`` is the median. The default interval is read
    from the quantiles, calibrated on laws that were not trained on; rows that depend on each other (``groups=``,
    ``block=``) get a subsampling interval instead.

    A result is UNRELIABLE when the statistics lie outside those of the training sets, and below 10 rows. Of more rows
    than the network has seen together, up to eight parts are answered apart and averaged. Rows beyond these are left
    out, and sides of more than 64 columns projected on their principal components, with a note. Labels and columns of
    few values were not trained on.

    The idea of learning the estimator from simulated laws is that of the MIST paper; network, statistics, prior and
    calibration are our own.

    References
    ----------
    * "MIST: Mutual Information Estimation via Supervised Training",
      arXiv:2511.18945 (2025).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((500, 2))
    >>> y = x + rng.standard_normal((500, 2))      # truth: ln 2 = 0.693 nats
    >>> r = MIST().fit(x, y)
    >>> 0.693 in r.ci, r.status.code
    (True, 'OK')
    """

    weights: str | os.PathLike[str] | None = None

    @property
    def tags(self) -> Tags:
        """Any continuous dependence; invariant to increasing maps of columns."""
        return Tags(
            summary="continuous columns, few rows; a pretrained network with calibrated intervals",
            data=frozenset({"continuous", "tied", "count"}),
            invariances=frozenset({"affine", "monotone"}),
            interval="own",
            min_n=MIN_ROWS,
            differentiable=True,
        )

    def check(self) -> None:
        """Raise ParameterError when `weights` is no path."""
        if self.weights is not None and not isinstance(self.weights, (str, os.PathLike)):
            raise ParameterError(sentence("weights", "must be a file written by `mitk train mist`", repr(self.weights)))

    @property
    def model(self) -> Model:
        """The trained model."""
        return shipped() if self.weights is None else load(self.weights)

    def fit_many(
        self, pairs: Sequence[tuple[Any, Any]], *, confidence: float | None = 0.95, missing: str = "raise"
    ) -> list[MIEstimate]:
        """Many pairs at once: the network sees them together.

        Parameters
        ----------
        pairs : sequence of (array_like, array_like)
            What `fit` takes as x and y, of any shapes.
        confidence : float or None, default 0.95
        missing : {"raise", "drop"}, default "raise"

        Returns
        -------
        list of MIEstimate
            As `fit` gives them, but for the time each took.

        Raises
        ------
        DataError, DataTypeError, ParameterError, UnsupportedError
        """
        options = FitOptions(confidence=confidence, missing=missing)
        self.check_options(options)
        admitted = [options.admit(x, y) for x, y in pairs]
        plain = [place for place, one in enumerate(admitted) if not _constant(one.samples)]
        answers = self._answers([admitted[place].samples for place in plain]) if plain else []
        found = dict(zip(plain, answers, strict=True))
        return [self.fit_admitted(one, options, found.get(place)) for place, one in enumerate(admitted)]

    def _value(self, prepared: Prepared) -> Found:
        return self._answers([prepared.samples])[0]

    def _answers(self, many: Sequence[Samples]) -> list[Found]:
        model = self.model
        taken = [seen(one.x.values, one.y.values, model.rows * MAX_PARTS) for one in many]
        parts = [features_of_parts(x, y, model.rows) for x, y, _ in taken]
        predicted = model.predict_parts(parts)
        levels = (OUTER_LEVEL, *model.levels.tolist(), 1.0 - OUTER_LEVEL)
        middle = len(model.levels) // 2
        results = []
        for samples, (_, _, notes), mean, inner, surprise in zip(
            many, taken, predicted.mean, predicted.quantiles, predicted.surprise, strict=True
        ):
            median = inner[middle]
            ends = median + OUTER * (inner[[0, -1]] - median)
            quantiles = Quantiles(levels, (float(ends[0]), *inner.tolist(), float(ends[1])), "quantiles")
            reasons: list[Reason] = []
            if not surprise <= 1.0:
                text = f"surprise {surprise:.2f}, at most 1 is trusted"
                text = f"The data lie outside what the network was trained on ({text})"
                reasons.append(Reason("surprise", text, compare_with(samples, self)))
            if (same := _same_order(samples.x, samples.y)) is not None:
                text = f"{same[0]} and {same[1]} have one order in all {samples.n} rows, so that ranks show no noise"
                reasons.append(Reason("exact", text, ADD_NOISE))
            few = [side.names[j] for side in (samples.x, samples.y) for j in np.flatnonzero(side.few)]
            if few:
                text = f"{few[0]} holds few different values, which the network was not trained on"
                reasons.append(Reason("kinds", text, another(samples, self, otherwise="compare with another method")))
            results.append(
                Found(
                    float(median),
                    # Quantiles that were learned from independent rows do not hold for others.
                    uncertainty=None if samples.dependent else partial(_same, quantiles),
                    status=Status().because(*reasons),
                    notes=notes,
                    diagnostics={
                        "levels": np.array(levels),
                        "quantiles": np.array(quantiles.values),
                        "mean": float(mean),
                        "surprise": float(surprise),
                    },
                )
            )
        return results


def _same_order(x: Side, y: Side) -> tuple[str, str] | None:
    """Names of a column of x and one of y whose rows have the same order, or the reverse."""
    for first in (slice(FIRST_ROWS), slice(None)):
        orders = {np.argsort(column[first]).tobytes(): name for column, name in zip(x.values.T, x.names, strict=True)}
        ways = (
            (np.argsort(sign * column[first]).tobytes(), name)
            for sign in (1.0, -1.0)
            for column, name in zip(y.values.T, y.names, strict=True)
        )
        found = next(((orders[order], name) for order, name in ways if order in orders), None)
        if found is None:
            return None
    return found


def _same(quantiles: Quantiles) -> Quantiles:
    return quantiles


def _constant(samples: Samples) -> bool:
    return any(bool((side.values == side.values[0]).all(axis=0).any()) for side in (samples.x, samples.y))
