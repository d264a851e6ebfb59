"""The readings that `Auto` takes: which methods, of which rows, and how each may err on these data."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from scipy.special import digamma

from mitk.auto.combination import MOSTLY, OFTEN, RARELY, STRAY, Reading
from mitk.auto.rows import feigned
from mitk.auto.shape import FEWEST_HALVED, NORMAL_95, DataShape
from mitk.classical.by_kind import neighbors_of
from mitk.classical.classifier import Classifier
from mitk.classical.gaussian import Gaussian, GaussianCopula
from mitk.classical.neighbor_base import NeighborEstimator
from mitk.classical.neighbors import KSG, MixedKSG
from mitk.classical.residual.residual_entropy import ResidualEntropy
from mitk.data.samples import Samples
from mitk.errors import MITKError
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.inference.contributions import OVERLAP
from mitk.inference.exact import exact_relation
from mitk.inference.inflation import effective_units, unit_variance
from mitk.inference.resampling import unit_labels
from mitk.registry import make_estimator
from mitk.results.interval import Quantiles

COUNT_ONCE = ("ksg", "mixed-ksg", "classifier", "anchored")
# Where both sides together have hardly more dimensions than one, one side is nearly a function of the other, and
# neighbours see only that it is one.
FUNCTION = 1.2
# Dimensions in which neighbours see so little that nothing is extrapolated.
MOST_DIMENSIONS = 12.0
# Nats below the ceiling of neighbours from which on they are taken to have reached it.
CEILING = 1.5
# Standard errors by which the rise from half of the rows must exceed chance to count for half.
CHANCE = 1.5
# Entropies that are none of the known kinds may be too large as well as too small.
UNKNOWN_ENTROPIES = 0.1
# Correlations of heavy tails may tell too much as well as too little.
GAUSSIAN_STRAY = 0.1
# Rows that fits of many columns on each other take, per column, and the most rows and columns that are quick.
ROWS_A_COLUMN, MOST_FITTED_COLUMNS = 6, 160
MOST_FITTED_ROWS, MOST_FITTED_ROWS_PAIR = 5_000, 10_000
# Rows that neighbours are sought among, by the most columns that they are quick for.
NEIGHBOR_ROWS = ((2, 20_000), (3, 10_000), (6, 5_000), (200, 2_000), (10**9, 1_000))
# Rows that critics are trained on: with fewer they learn nothing, and more take minutes.
FEWEST_TRAINED, MOST_TRAINED_ROWS = 500, 20_000
EXACT = "residuals vanish"
# Readings that rows which depend on each other widen but do not raise; rows that show what raises the others.
UNFEIGNED, MOST_SHIFTED_ROWS = ("residual-entropy", "copula", "classifier"), 2_000
# Labels that classifiers are quick for.
MOST_LABELS = 50


class Readings(DataShape):
    """Readings of some samples; rows are taken by their values, not by their order.

    Parameters
    ----------
    samples : Samples
        Without constant columns and without a condition.
    seed : int
    """

    def __init__(self, samples: Samples, seed: int) -> None:
        super().__init__(samples)
        self.seed = seed
        self.failed: dict[str, str] = {}

    def quick(self) -> list[Reading]:
        """All readings that take no training."""
        taken = [self.neighbors(), self.network(), self.residuals(), self.ranks(), self.classes(), self.correlations()]
        return [reading for reading in taken if reading is not None]

    def believed(self, readings: Sequence[Reading]) -> list[Reading]:
        """Those readings that count: where columns determine each other, those that do not count them twice."""
        if not self.determined:
            return list(readings)
        return [reading for reading in readings if reading.method in COUNT_ONCE] or list(readings)

    @property
    def exact(self) -> bool:
        """Whether one side is a function of the other as far as rows tell; asked after the readings were taken."""
        vanish = self.failed.get("residual-entropy") == EXACT
        return not self.determined and (vanish or exact_relation(self.samples) is not None)

    @property
    def trainable(self) -> bool:
        """Whether critics can be trained on these rows."""
        return self.kinds <= {"continuous", "tied", "count"} and self.samples.n >= FEWEST_TRAINED

    def trained(self, *, thorough: bool) -> list[Reading]:
        """Critics that are trained on these rows: one, and with `thorough` densities too."""
        taken = [self._critic(name) for name in ("anchored", "doe")[: 1 + thorough]]
        return [reading for reading in taken if reading is not None]

    def _critic(self, name: str) -> Reading | None:
        method = make_estimator(name, {"seed": self.seed})
        if not self.trainable:
            return None
        samples = self.samples.take(self.part(MOST_TRAINED_ROWS))

        def take() -> Reading | None:
            found = _found(method, samples)
            if found.uncertainty is None:
                return None
            ci = found.uncertainty().interval(0.95)
            share = OFTEN if found.status.ok else MOSTLY
            return Reading(name, found.value, ci.low, ci.high, share, STRAY, found.status, samples.n)

        return self._timed(name, take)

    def neighbors(self) -> Reading | None:
        """Nearest neighbours on normal scores, extrapolated by how they rise from half of the rows to all."""
        columns = self.samples.x.d + self.samples.y.d
        most = next(rows for d, rows in NEIGHBOR_ROWS if columns <= d)
        rows = self.part(most)
        plain = self.kinds == {"continuous"}
        options = {} if plain else neighbors_of(self.samples)
        method: NeighborEstimator = KSG(margins="normal") if plain else MixedKSG(margins="normal", **options)
        name = "ksg" if plain else "mixed-ksg"

        def take() -> Reading | None:
            prepared = method._match(method._prepared(self.samples)).take(rows)
            found = method._value(prepared)
            assert found.pointwise is not None
            error = self._error(found.pointwise, rows)
            gap, uncertain = 0.0, 0.0
            if len(rows) >= FEWEST_HALVED and 0.0 < self.joint <= MOST_DIMENSIONS:
                first = (self.keys[rows] & np.uint64(1)).astype(bool)
                halves = [method._value(prepared.take(np.flatnonzero(half))).value for half in (first, ~first)]
                gap, uncertain = self._gap(found.value, float(np.mean(halves)), error)
            # Rows that depend on each other are no neighbours, and feign nothing but by chance.
            half = NORMAL_95 * math.sqrt(error**2 + (0.5 * gap) ** 2 + uncertain**2 + self.feigned[1] ** 2)
            value = found.value + gap
            usual = RARELY if self.few_columns or self.determined else OFTEN
            share = MOSTLY if self._blunt(found.value, len(rows), method.k) else usual
            detail = f"{found.value:.3f} before extrapolation" if gap else ""
            low, high = value - half, value + half
            reading = Reading(name, value, low, high, share, STRAY, found.status, len(rows), detail=detail)
            return replace(reading, plain=found.value)

        return self._timed(name, take)

    def network(self) -> Reading | None:
        """The pretrained network."""
        from mitk.learned.mist import MIST
        from mitk.learned.statistics.features import MAX_PARTS
        from mitk.learned.statistics.reduction import MAX_DIM

        method = MIST()
        if not self.kinds <= method.tags.data or self.tabular:
            return None

        def take() -> Reading | None:
            found = _found(method, self.samples)
            shown = found.diagnostics
            own = Quantiles(tuple(shown["levels"].tolist()), tuple(shown["quantiles"].tolist()), "quantiles")
            ci, wider = own.interval(0.95), self._inflation(self.samples.n)
            stray = STRAY if found.status.ok else OFTEN
            # Of wider sides it sees projections.
            share = MOSTLY if max(self.samples.x.d, self.samples.y.d) > MAX_DIM else 0.0
            low, high = (found.value + wider * (end - found.value) for end in (ci.low, ci.high))
            rows = min(self.samples.n, MAX_PARTS * method.model.rows)
            return self._reading("mist", found, low, high, share, min(stray, 1.0 - share), rows)

        return self._timed("mist", take)

    def residuals(self) -> Reading | None:
        """Entropies of residuals."""
        method, columns = ResidualEntropy(), self.samples.x.d + self.samples.y.d
        rows = self.part(MOST_FITTED_ROWS_PAIR if columns == 2 else MOST_FITTED_ROWS)
        enough = len(rows) >= max(method.tags.min_n, ROWS_A_COLUMN * columns)
        if self.kinds != {"continuous"} or not enough or columns > MOST_FITTED_COLUMNS:
            return None

        def take() -> Reading | None:
            found = _found(method, self.samples.take(rows))
            if found.uncertainty is None or not math.isfinite(found.value):
                self.failed["residual-entropy"] = EXACT
                return None
            ci = found.uncertainty().interval(0.95)
            error = min(found.value - ci.low, ci.high - found.value)
            # The larger of the two directions is too large by about half of what chance puts between them.
            forth, back = found.diagnostics["bounds"].values()
            value = found.value - 0.5 * min(abs(forth - back), error / NORMAL_95)
            codes = {reason.code for reason in found.status.reasons}
            stray = UNKNOWN_ENTROPIES if "entropies" in codes else STRAY
            # Few rows blur what is seen; other doubts say that something is not.
            share = RARELY if found.status.ok else OFTEN if codes == {"few-rows"} else MOSTLY
            return self._reading(
                "residual-entropy", replace(found, value=value), value - error, value + error, share, stray, len(rows)
            )

        return self._timed("residual-entropy", take)

    def ranks(self) -> Reading | None:
        """The Gaussian copula."""
        method = GaussianCopula()
        if not self.kinds <= method.tags.data | {"tied", "count"} or self.tabular:
            return None

        def take() -> Reading | None:
            found = _found(method, self.samples)
            if found.uncertainty is None or not math.isfinite(found.value):
                return None
            ci = found.uncertainty().interval(0.95)
            error = 0.5 * (ci.high - ci.low)
            return self._reading("copula", found, found.value - error, found.value + error, MOSTLY, STRAY)

        return self._timed("copula", take)

    def correlations(self) -> Reading | None:
        """The Gaussian formula, whose disagreement with ranks tells how these err."""
        if not self.errors_known:
            return None

        def take() -> Reading | None:
            found = _found(Gaussian(), self.samples)
            if found.uncertainty is None or not math.isfinite(found.value):
                return None
            ci = found.uncertainty().interval(0.95)
            return self._reading("gaussian", found, ci.low, ci.high, MOSTLY, GAUSSIAN_STRAY)

        return self._timed("gaussian", take)

    def classes(self) -> Reading | None:
        """What cross-fitted classifiers tell of a side of labels."""
        method = Classifier(seed=self.seed)
        labels = [side.codes() for side in (self.samples.x, self.samples.y) if side.discrete.all()]
        if not labels or min(int(codes.max()) + 1 for codes in labels) > MOST_LABELS:
            return None

        def take() -> Reading | None:
            found = _found(method, self.samples)
            if found.uncertainty is None:
                return None
            ci = found.uncertainty().interval(0.95)
            share = RARELY if found.status.ok else MOSTLY
            # The interval is that of a bound, which lies below the information by what the classifiers missed.
            error = max(found.value - ci.low, ci.high - found.value)
            low, high = found.value - error, found.value + 2.0 * error
            return replace(self._reading("classifier", found, low, high, share, STRAY), bound=found.status.ok)

        return self._timed("classifier", take)

    @cached_property
    def feigned(self) -> tuple[float, float]:
        """What is read without dependence of the sides, since rows depend on each other, and its scatter.

        By neighbours that take all rows for independent, as the other methods do.
        """
        if not self.samples.dependent:
            return 0.0, 0.0
        method = MixedKSG(margins="normal", **neighbors_of(self.samples))
        return feigned(method, self.samples, self.part(MOST_SHIFTED_ROWS))

    def _reading(
        self, method: str, found: Found, low: float, high: float, share: float, stray: float, rows: int | None = None
    ) -> Reading:
        value = found.value
        if method not in UNFEIGNED and self.samples.dependent:
            feigned, chance = self.feigned
            value, low, high = (end - feigned for end in (value, low, high))
            low, high = (
                value + math.copysign(math.hypot(end - value, NORMAL_95 * chance), end - value) for end in (low, high)
            )
        return Reading(method, value, low, high, share, stray, found.status, rows or self.samples.n)

    def _timed(self, name: str, take: Callable[[], Reading | None]) -> Reading | None:
        start = time.perf_counter()
        try:
            reading = take()
        except (MITKError, np.linalg.LinAlgError) as error:
            # A method that refuses these rows is no reading; the others answer, and the result says so.
            self.failed[name] = str(error)
            return None
        if reading is None or not all(map(math.isfinite, (reading.low, reading.value, reading.high))):
            self.failed.setdefault(name, "no finite value")
            return None
        return replace(reading, seconds=time.perf_counter() - start)

    def _error(self, pointwise: np.ndarray, rows: np.ndarray) -> float:
        """Standard error of the mean of neighbours' contributions (m,) of some rows."""
        variance = float(unit_variance(pointwise[:, None], np.arange(len(rows)))[0])
        variance *= (1.0 + OVERLAP) * self._inflation(len(rows)) ** 2
        return math.sqrt(variance / len(rows))

    def _inflation(self, rows: int) -> float:
        """By how much errors of so many rows grow because rows depend on each other."""
        if not self.samples.dependent:
            return 1.0
        return math.sqrt(max(rows / effective_units(unit_labels(self.samples)), 1.0))

    def _gap(self, whole: float, half: float, error: float) -> tuple[float, float]:
        """What neighbours still miss, in nats, and its standard error.

        Their bias falls as n^(-2 / D), D the joint dimension, so that what was gained from half of the rows to all is
        a share 2^(2 / D) - 1 of what is still missing. A rise within chance counts for little.
        """
        times = 1.0 / (2.0 ** (2.0 / max(self.joint, 1.0)) - 1.0)
        rise = whole - half
        shrunk = rise**3 / (rise**2 + (CHANCE * error) ** 2) if error else rise
        return times * shrunk, times * error / math.sqrt(2.0)

    def _blunt(self, value: float, rows: int, k: int) -> bool:
        """Whether neighbours have reached what they can tell."""
        if value > digamma(rows) - digamma(k) - CEILING or self.joint > MOST_DIMENSIONS:
            return True
        return self.dimensions is not None and self.dimensions.excess < FUNCTION


def _found(method: Estimator, samples: Samples) -> Found:
    """A fit without interval and record, its doubts included."""
    method._refuse(samples, method.tags)
    prepared = method._match(method._prepared(samples))
    found = method._finish(method._value(prepared), prepared)
    return replace(found, status=found.status.because(*method._doubts(found, samples, method.tags)))
