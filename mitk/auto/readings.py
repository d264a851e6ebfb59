"""The readings that `Auto` takes: which methods, of which rows, and how each may err on these data."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from functools import cached_property

import numpy as np
from scipy.special import chdtri, digamma

from mitk.auto.combination import MOSTLY, OFTEN, RARELY, STRAY, Reading
from mitk.auto.rows import feigned, lowest, value_keys
from mitk.classical.by_kind import neighbors_of
from mitk.classical.classifier import Classifier
from mitk.classical.gaussian import GaussianCopula
from mitk.classical.neighbor_base import NeighborEstimator
from mitk.classical.neighbors import KSG, MixedKSG
from mitk.classical.residual.residual_entropy import ResidualEntropy
from mitk.data.samples import LEVELS_PER_ROW, Samples
from mitk.errors import MITKError
from mitk.estimator import Estimator
from mitk.found import Found
from mitk.inference.contributions import OVERLAP
from mitk.inference.exact import exact_relation
from mitk.inference.inflation import effective_units, unit_variance
from mitk.inference.resampling import unit_labels
from mitk.numerics.intrinsic import MOST_ROWS, Dimensions, intrinsic_dimensions
from mitk.numerics.readings import label_entropy
from mitk.numerics.ties import has_ties, pair_keys, spread
from mitk.registry import make_estimator
from mitk.results.interval import Quantiles

# A side whose dimension is so small a share of what its columns would have apart has columns that determine each other;
# it may be a larger share where neighbours see all of so few dimensions.
DETERMINED, DETERMINED_FEW, FEW_DIMENSIONS = 0.6, 0.72, 5.0
COUNT_ONCE = ("ksg", "mixed-ksg", "classifier", "anchored")
# Where both sides together have hardly more dimensions than one, one side is nearly a function of the other, and
# neighbours see only that it is one.
FUNCTION = 1.2
# Numeric columns that neighbours see all of, and dimensions in which they see so little that nothing is extrapolated.
FEW_NUMERIC, MOST_DIMENSIONS = 2, 12.0
# Nats below the ceiling of neighbours from which on they are taken to have reached it.
CEILING = 1.5
# Standard errors by which the rise from half of the rows must exceed chance to count for half.
CHANCE = 1.5
NORMAL_95 = 1.96
# Entropies that are none of the known kinds may be too large as well as too small.
UNKNOWN_ENTROPIES = 0.1
# Rows that fits of many columns on each other take, per column, and the most rows and columns that are quick.
ROWS_A_COLUMN, MOST_FITTED_COLUMNS = 6, 160
MOST_FITTED_ROWS, MOST_FITTED_ROWS_PAIR = 5_000, 10_000
# Rows that neighbours are sought among, by the most columns that they are quick for.
NEIGHBOR_ROWS = ((2, 20_000), (3, 10_000), (6, 5_000), (200, 2_000), (10**9, 1_000))
FEWEST_HALVED = 24
# Rows that critics are trained on: with fewer they learn nothing, and more take minutes.
FEWEST_TRAINED, MOST_TRAINED_ROWS = 500, 20_000
EXACT = "residuals vanish"
# Readings that rows which depend on each other widen but do not raise; rows that show what raises the others.
UNFEIGNED, MOST_SHIFTED_ROWS = ("copula", "classifier"), 2_000
# Labels that classifiers are quick for.
MOST_LABELS = 50


class Readings:
    """Readings of some samples; rows are taken by their values, not by their order.

    Parameters
    ----------
    samples : Samples
        Without constant columns and without a condition.
    seed : int
    """

    def __init__(self, samples: Samples, seed: int) -> None:
        self.samples = samples
        self.seed = seed
        self.failed: dict[str, str] = {}

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of the columns of both sides."""
        return frozenset(self.samples.x.kinds + self.samples.y.kinds)

    @cached_property
    def keys(self) -> np.ndarray:
        """A key for each row (n,) by its values."""
        return value_keys(self.samples)

    def part(self, most: int) -> np.ndarray:
        """At most so many rows, chosen by their values."""
        return np.arange(self.samples.n) if self.samples.n <= most else lowest(self.keys, most)

    @cached_property
    def dimensions(self) -> Dimensions | None:
        """Local dimensions of the numbers of both sides; None where these repeat few values, or there are none."""
        sides, n = (self.samples.x, self.samples.y), self.samples.n
        none = all(side.discrete.all() for side in sides)
        if none or n < FEWEST_HALVED or any(side.repeats(LEVELS_PER_ROW * n).any() for side in sides):
            return None
        rows = self.part(MOST_ROWS)
        rows = rows[np.argsort(self.keys[rows], kind="stable")]
        values = [side.values[rows][:, ~side.discrete] for side in sides]
        tied = [np.array([has_ties(column) for column in side.T], dtype=bool) for side in values]
        if not any(columns.any() for columns in tied):
            return intrinsic_dimensions(*values)
        keys = pair_keys(*values)
        # Sides are spread in two ways, exchanged, so that exchanging them changes nothing.
        both = [
            intrinsic_dimensions(
                *(spread(v, t, keys, way ^ i) for i, (v, t) in enumerate(zip(values, tied, strict=True)))
            )
            for way in (0, 1)
        ]
        return Dimensions(*(0.5 * (a + b) for a, b in zip(astuple(both[0]), astuple(both[1]), strict=True)))

    @property
    def _joint(self) -> float:
        """Dimension of both sides together, at most the number of columns of numbers."""
        columns = float(self._numeric_columns)
        return columns if self.dimensions is None else min(self.dimensions.joint, columns)

    @property
    def _numeric_columns(self) -> int:
        return sum(int((~labels).sum()) for labels in self.samples.cells)

    @property
    def tabular(self) -> bool:
        """Whether the levels of all columns are cells, whose order adds nothing."""
        return all(bool(columns.all()) for columns in self.samples.cells)

    @property
    def few_columns(self) -> bool:
        """Whether neighbours see all of so few columns of numbers."""
        return self._numeric_columns <= FEW_NUMERIC

    @cached_property
    def most(self) -> float:
        """What the information cannot exceed: the entropy of a side of labels, with its error; else infinity."""
        sides = zip((self.samples.x, self.samples.y), self.samples.cells, strict=True)
        return min((_most_entropy(side.codes()) for side, labels in sides if labels.all()), default=math.inf)

    @property
    def determined(self) -> bool:
        """Whether columns of one side determine each other, so that only neighbours are to be believed."""
        found = self.dimensions
        return found is not None and found.free < (DETERMINED_FEW if found.joint < FEW_DIMENSIONS else DETERMINED)

    def quick(self) -> list[Reading]:
        """All readings that take no training."""
        taken = [self.neighbors(), self.network(), self.residuals(), self.ranks(), self.classes()]
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
            if len(rows) >= FEWEST_HALVED and 0.0 < self._joint <= MOST_DIMENSIONS:
                first = (self.keys[rows] & np.uint64(1)).astype(bool)
                halves = [method._value(prepared.take(np.flatnonzero(half))).value for half in (first, ~first)]
                gap, uncertain = self._gap(found.value, float(np.mean(halves)), error)
            # Rows that depend on each other are no neighbours, and feign nothing but by chance.
            half = NORMAL_95 * math.sqrt(error**2 + (0.5 * gap) ** 2 + uncertain**2 + self.feigned[1] ** 2)
            value = found.value + gap
            usual = RARELY if self.few_columns or self.determined else OFTEN
            share = MOSTLY if self._blunt(found.value, len(rows), method.k) else usual
            detail = f"{found.value:.3f} before extrapolation" if gap else ""
            return Reading(
                name, value, value - half, value + half, share, STRAY, found.status, len(rows), detail=detail
            )

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
        if reading is None or not math.isfinite(reading.value):
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
        times = 1.0 / (2.0 ** (2.0 / max(self._joint, 1.0)) - 1.0)
        rise = whole - half
        shrunk = rise**3 / (rise**2 + (CHANCE * error) ** 2) if error else rise
        return times * shrunk, times * error / math.sqrt(2.0)

    def _blunt(self, value: float, rows: int, k: int) -> bool:
        """Whether neighbours have reached what they can tell."""
        if value > digamma(rows) - digamma(k) - CEILING or self._joint > MOST_DIMENSIONS:
            return True
        return self.dimensions is not None and self.dimensions.excess < FUNCTION


def _most_entropy(codes: np.ndarray) -> float:
    """Upper end, at 97.5 %, of the entropy of labels (n,), which scatters to second order where shares are even."""
    counts = np.unique(codes, return_counts=True)[1]
    n, logs = len(codes), np.log(counts / len(codes))
    first = math.sqrt(max(float((counts / n * logs**2).sum() - (counts / n * logs).sum() ** 2), 0.0) / n)
    return label_entropy(codes) + NORMAL_95 * first + float(chdtri(max(len(counts) - 1.0, 1.0), 0.025)) / (2.0 * n)


def _found(method: Estimator, samples: Samples) -> Found:
    """A fit without interval and record, its doubts included."""
    method._refuse(samples, method.tags)
    prepared = method._match(method._prepared(samples))
    found = method._finish(method._value(prepared), prepared)
    return replace(found, status=found.status.because(*method._doubts(found, samples, method.tags)))
