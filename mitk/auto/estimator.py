"""`Auto`: the estimator that asks several others and answers with one value, one interval and one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mitk.auto.combination import Reading, median
from mitk.auto.conditional import conditional_found
from mitk.auto.explanation import explained, listed
from mitk.auto.readings import Readings
from mitk.auto.verdict import critics_wanted, doubts_of
from mitk.auto.weighing import weigh
from mitk.classical.by_kind import by_kind
from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Prepared, Samples
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.hyperparameters import one_of
from mitk.parallel import one_thread
from mitk.registry import make_estimator
from mitk.results.interval import Interval, Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import Kind
from mitk.tags import Tags

EFFORTS = ("quick", "balanced", "thorough")


@dataclass(frozen=True, kw_only=True)
class Auto(Estimator):
    """Mutual information by several methods at once, their disagreement included in the interval and the verdict.

    Parameters
    ----------
    effort : {"quick", "balanced", "thorough"}, default "balanced"
        "quick" takes readings that need no training; "balanced" trains a critic where those disagree or doubt
        themselves, which takes seconds to a minute; "thorough" always trains, two kinds.
    seed : int, default 0
        Of what is trained.

    Notes
    -----
    Labels, and counts that fill their cells, are a table: `discrete` answers alone. Everything else is read by those of
    these that suit its kinds: the pretrained network (`mist`), nearest neighbours (`ksg`, `mixed-ksg`) extrapolated by
    their rise from half of the rows to all, entropies of residuals (`residual-entropy`), the Gaussian copula,
    correlations (`gaussian`), and a classifier for labels. `mitk.auto.combination` has the formula by which they become
    one. Where the columns of a side determine each other, seen by its local dimension, neighbours alone are believed.

    How readings of numbers in independent rows err was learned on simulated laws (`mitk.auto.errors`), half of them
    such as `mist` never saw; margins of the interval come from these, with quick readings. How other data are misread,
    and how critics are, is assumed.

    Given a condition, the tables of its levels, neighbours, the copula or, where these are at odds, the network answer
    (`mitk.auto.conditional`).

    The plan depends on the data alone, so that the same call gives the same number. `diagnostics["readings"]` holds
    every reading, and under "weighed" what it was corrected to, or None where it did not count; `MIEstimate.explain`
    prints them.

    Fails to notice what no reading sees: dependence among many columns that neither neighbours resolve nor the
    network knows.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((1000, 2))
    >>> y = x**2 + 0.5 * rng.standard_normal((1000, 2))       # the correlation is 0; truth: 1.605 nats
    >>> r = Auto(effort="quick").fit(x, y)
    >>> 1.605 in r.ci, r.status.code
    (True, 'OK')
    """

    effort: str = "balanced"

    @property
    def tags(self) -> Tags:
        """Any data."""
        return Tags(
            summary="the default: several readings of any data, combined",
            data=frozenset({"continuous", "tied", "count", "label"}),
            invariances=frozenset({"affine", "relabel"}),
            interval="own",
            min_n=10,
            conditional=True,
            trained=self.effort != "quick",
        )

    def check(self) -> None:
        """Raise ParameterError for an unknown effort."""
        one_of("effort", self.effort, EFFORTS)

    def _value(self, prepared: Prepared) -> Found:
        samples = prepared.samples
        if samples.given is not None:
            # Many small fits, which threads of linear algebra slow down, tenfold where others want the cores.
            with one_thread():
                return conditional_found(samples)
        name, options, why = by_kind(samples)
        if name == "discrete":
            return _alone(name, options, samples, why)
        readings = Readings(samples, self.seed)
        taken = readings.quick()
        if not taken:
            return _alone(name, options, samples, why)
        weighed, quantiles, doubts, wanted = self._judged(readings, taken)
        trained: list[Reading] = []
        if self.effort == "thorough" or (self.effort == "balanced" and wanted):
            trained = readings.trained(thorough=self.effort == "thorough")
        if trained:
            taken = [*taken, *trained]
            weighed, quantiles, doubts, _ = self._judged(readings, taken)
        value = median(quantiles)
        return Found(
            value,
            uncertainty=lambda: quantiles,
            status=Status().because(*doubts),
            notes=explained(taken, value, readings, wanted if trained else None),
            diagnostics={"readings": listed(taken, weighed)},
        )

    def _other_opinion(self, samples: Samples, value: float, ci: Interval, kind: Kind) -> tuple[Reason, ...]:
        # The readings are opinions of each other, and a method that answers alone has heard another.
        return ()

    def _judged(
        self, readings: Readings, taken: Sequence[Reading]
    ) -> tuple[list[Reading], Quantiles, list[Reason], str]:
        """Readings as weighed, their quantiles together, doubts, and why critics are wanted, if they are."""
        believed = readings.believed(taken)
        weighed, quantiles = weigh(readings, believed)
        doubts = doubts_of(
            believed,
            weighed,
            quantiles,
            self.effort if readings.trainable else "thorough",
            exact=readings.exact,
            unbelieved=[reading for reading in taken if reading not in believed],
        )
        wanted = critics_wanted(believed, weighed, quantiles, doubts, few_columns=readings.few_columns)
        return weighed, quantiles, doubts, wanted


def _alone(name: str, options: dict[str, Any], samples: Samples, why: str) -> Found:
    """The answer of one method as it stands."""
    method = make_estimator(name, options)
    result = method.fit_admitted(Admitted(samples, (), 0), FitOptions())
    quantiles = result.quantiles
    return Found(
        result.value,
        pointwise=result.pointwise,
        pointwise_constant=result.pointwise_constant,
        uncertainty=None if quantiles is None else lambda: quantiles,
        diagnostics={**result.diagnostics, "readings": listed([Reading.of(name, result)])},
        status=result.status,
        notes=(why, *result.notes),
        kind=result.kind,
    )
