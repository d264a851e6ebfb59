"""What an estimator is: a frozen record of hyperparameters with one method, `fit`."""

from __future__ import annotations

import math
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self

import numpy as np

from mitk import remedies
from mitk.data.column_table import ColumnTable
from mitk.data.options import FitOptions
from mitk.data.samples import Admitted, Prepared, Samples, Side
from mitk.data.screening import without_constants
from mitk.errors import MITKError, MITKWarning, ParameterError, UnsupportedError, sentence
from mitk.found import Found, FoundMany
from mitk.inference.conditional_surrogates import exchanged
from mitk.inference.inflation import effective_units
from mitk.inference.jackknife import jackknife
from mitk.inference.resampling import unit_labels
from mitk.inference.row_sums import RowSums, WholeColumn
from mitk.inference.second_opinion import second_opinion
from mitk.inference.subsampling import subsampling
from mitk.results.interval import Interval, Quantiles
from mitk.results.reason import Reason, below_zero, no_interval
from mitk.results.record import EstimatorInfo, Kind, MIEstimate
from mitk.tags import Tags

try:
    VERSION = version("mitk")
except PackageNotFoundError:
    VERSION = "unknown"

# With fewer groups or runs, how they vary cannot be told.
MIN_UNITS = 8
NOT_FINITE = "the value is not finite"
NO_INTERVAL_NOTE = "Without an interval the bias is not checked."
# With fewer rows no value but 0 is to be relied on, whatever the method.
MIN_ROWS = 8


@dataclass(frozen=True, kw_only=True)
class Estimator(ABC):
    """Base of every estimator.

    A subclass is a frozen keyword-only dataclass whose fields are its hyperparameters. It writes `tags` and
    `_value(prepared)`, and `_prepare(side)` when work on one side can be shared by resamples. This class owns the
    door, the unit, the timing, the interval, the notes and the verdict.

    Parameters
    ----------
    seed : int, default 0
        Source of all randomness, that of resampling included: same call, same number.
    """

    seed: int = 0

    @property
    @abstractmethod
    def tags(self) -> Tags:
        """What this configured estimator can do and promises."""

    @abstractmethod
    def _value(self, prepared: Prepared) -> Found:
        """The estimate in nats from prepared sides. Only `value` need be filled in."""

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        given: Any = None,
        confidence: float | None = 0.95,
        interval: str = "default",
        missing: str = "raise",
        discrete_x: bool | Sequence[bool] | None = None,
        discrete_y: bool | Sequence[bool] | None = None,
        discrete_given: bool | Sequence[bool] | None = None,
        unit: str = "nats",
        groups: Any = None,
        block: int | str | None = None,
        thin: int | None = None,
    ) -> MIEstimate:
        """Estimate the mutual information of paired rows.

        Parameters
        ----------
        x : array_like of shape (n,) or (n, dx)
            Rows are samples. NumPy, JAX, pandas, polars, pyarrow, lists.
        y : array_like of shape (n,) or (n, dy)
        given : array_like of shape (n,) or (n, dz), optional
            The condition: the result is then I(x; y | given). For methods whose tags say `conditional`.
        confidence : float or None, default 0.95
            Nominal coverage of the interval; None turns it off and costs nothing.
        interval : {"default", "own", "subsampling", "jackknife"}, default "default"
            "own" is what the method makes itself, where it does.
        missing : {"raise", "drop"}, default "raise"
            "drop" keeps complete rows and counts the rest.
        discrete_x, discrete_y, discrete_given : bool or sequence of bool, optional
            The caller's word on the kind of the columns: True says labels, False never labels.
        unit : {"nats", "bits"}, default "nats"
        groups : array_like of shape (n,), optional
            Labels of rows that depend on each other; intervals then resample whole groups.
        block : int or "auto", optional
            For a series: length of the runs that intervals resample whole; "auto", and nothing said where neighbours
            depend on each other so much that it matters, finds it; 1 says that the order of the rows means nothing.
        thin : int, optional
            Take every `thin`-th row only.

        Returns
        -------
        MIEstimate

        Raises
        ------
        DataError, DataTypeError, ParameterError, UnsupportedError
        """
        start = time.perf_counter()
        options = FitOptions(
            confidence=confidence,
            interval=interval,
            missing=missing,
            discrete_x=discrete_x,
            discrete_y=discrete_y,
            discrete_given=discrete_given,
            unit=unit,
            groups=groups,
            block=block,
            thin=thin,
        )
        self.check_options(options)
        result = self.fit_admitted(options.admit(x, y, given), options)
        if not result.status.ok:
            warnings.warn(result.status.text, MITKWarning, stacklevel=2)
        return replace(result, seconds=time.perf_counter() - start)

    def fit_admitted(
        self, admitted: Admitted, options: FitOptions | None = None, found: Found | None = None
    ) -> MIEstimate:
        """The part of `fit` behind the door, without a warning; `found` is the method's answer where it is known."""
        options = options or FitOptions()
        self.check_options(options)
        raw = self._fit_checked(admitted.samples, options, found)
        result = replace(raw, notes=admitted.notes + raw.notes, n_dropped=admitted.n_dropped)
        return result if self.tags.unit != "nats" or options.unit == result.unit else result.to(options.unit)

    def info(self) -> EstimatorInfo:
        """Name, parameters that differ from the defaults, and version: what results carry."""
        params = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return EstimatorInfo(type(self).__name__, params, VERSION)

    def shuffled_value(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """Value in nats as a function of the order in which the rows of y are taken; sides are prepared once.

        Given a condition, of the order in which what is left of y is taken (`mitk.inference.conditional_surrogates`).
        """
        self.check_options()
        samples, _ = without_constants(samples)
        if samples.x.d == 0 or samples.y.d == 0:
            return lambda rows: 0.0
        self._refuse(samples, self.tags)
        if samples.given is not None:
            surrogate = exchanged(samples)
            return lambda rows: self._value(self._match(self._prepared(surrogate(rows)))).value
        prepared = self._prepared(samples)
        return lambda rows: self._value(self._match(prepared.permuted(rows))).value

    def shuffled_values(self, samples: Samples) -> Callable[[np.ndarray], dict[str, float]]:
        """Readings by name, the value first, as `shuffled_value`: a permutation test takes all for one statistic."""
        value = self.shuffled_value(samples)
        return lambda rows: {"value": value(rows)}

    def check_options(self, options: FitOptions | None = None) -> None:
        """Raise ParameterError for a bad hyperparameter or fit option, before any work."""
        if not isinstance(self.seed, (int, np.integer)) or isinstance(self.seed, bool) or self.seed < 0:
            raise ParameterError(sentence("seed", "must be a whole number of at least 0", repr(self.seed)))
        if options is not None:
            options.check()
        self.check()
        if options is not None and options.unit != "nats" and self.tags.unit != "nats":
            raise UnsupportedError(
                sentence(
                    "unit",
                    f"must be left alone for {type(self).__name__}",
                    repr(options.unit),
                    f"it has {self.tags.unit}s",
                )
            )

    def check(self) -> None:  # noqa: B027 - most estimators have nothing to check
        """Raise ParameterError when a hyperparameter breaks its rule; called by `fit`."""

    def sized_for(self, n: int) -> Self:
        """The estimator with the hyperparameters that it would take from the number of rows filled in for n rows.

        So that subsamples are estimated like the whole.
        """
        return self

    def _prepare(self, side: Side) -> Any:
        """Work on one side that resamples share; indexing the state by rows must give those rows' state."""
        return side

    def _match(self, prepared: Prepared) -> Prepared:
        """Fit the prepared sides to each other, where one's form depends on the other; subsamples keep the form."""
        return prepared

    def _finish(self, found: Found, prepared: Prepared) -> Found:
        """Additions that are made once a fit, and not for its resamples."""
        return found

    def _p_value(self, value: float, prepared: Prepared) -> float | None:
        """The p-value of independence where its null is known; None where it has to be permuted."""
        return None

    def _many(self, table: ColumnTable, pairs: np.ndarray) -> FoundMany | None:
        """What `_value` says of pairs of columns, places (m, 2), all at once; None where they are fitted one by one."""
        return None

    def _row_sums(
        self, part: Samples, n: int, x: WholeColumn, y: WholeColumn
    ) -> tuple[RowSums, Callable[[], tuple[Found, float]]] | None:
        """Sums of n rows that are too many to hold, and what `_value` and independence's p make of them; or None."""
        return None

    def _subsample_rule(self, prepared: Prepared) -> tuple[int, float]:
        """Fewest rows of a subsample, and the power of n with which the bias falls."""
        return 40, 0.5

    def _doubts(self, found: Found, samples: Samples, tags: Tags) -> list[Reason]:
        """Reasons not to trust a value, read from the tags."""
        doubts = []
        d = samples.x.d + samples.y.d
        if samples.n < tags.min_n:
            text = f"n={samples.n} is below the {tags.min_n} rows this method needs"
            doubts.append(Reason("few-rows", text, "collect more"))
        elif samples.n < MIN_ROWS and found.value != 0.0:
            text = f"n={samples.n} is below {MIN_ROWS} rows, from which no value can be relied on"
            doubts.append(Reason("few-rows", text, "collect more"))
        if tags.max_dim is not None and d > tags.max_dim:
            text = f"{d} columns in all are beyond the {tags.max_dim} this method can resolve"
            doubts.append(Reason("many-columns", text, remedies.reduce_or(samples, self)))
        if not math.isfinite(found.value):
            text = "The value is not finite: one side determines the other exactly, or nearly so"
            doubts.append(Reason("not-finite", text))
        elif tags.ceiling is not None and found.value > tags.ceiling(samples.n) - 1.0:
            text = f"The value is within 1 nat of {tags.ceiling(samples.n):.2f}, the most this method can return"
            doubts.append(
                Reason("ceiling", f"{text} from so many rows, and the truth may be far larger", "collect more")
            )
        return doubts

    def _prepared(self, samples: Samples) -> Prepared:
        given = None if samples.given is None else self._prepare(samples.given)
        return Prepared(samples, self._prepare(samples.x), self._prepare(samples.y), given)

    def _fit_checked(self, samples: Samples, options: FitOptions, found: Found | None = None) -> MIEstimate:
        tags, given = self.tags, samples.given
        conditional = given is not None and tags.quantity == "mi"
        described: dict[str, Any] = {
            "unit": tags.unit,
            "quantity": "conditional_mi" if conditional else tags.quantity,
            "n_samples": samples.n,
            "dim_x": samples.x.d,
            "dim_y": samples.y.d,
            "dim_given": given.d if given is not None else 0,
            "block": samples.block,
            "estimator": self.info(),
        }
        self._refuse_condition(samples, tags)
        samples, notes = without_constants(samples)
        if samples.x.d == 0 or samples.y.d == 0:
            zero = Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact")
            result = MIEstimate(0.0, kind=tags.kind, notes=tuple(notes), **described)
            level = options.confidence
            return result if level is None else replace(result, quantiles=zero, ci=zero.interval(level))
        self._refuse(samples, tags)
        prepared = self._match(self._prepared(samples))
        found = self._finish(found or self._value(prepared), prepared)
        result = MIEstimate(
            float(found.value),
            kind=found.kind or tags.kind,
            status=found.status.because(*self._doubts(found, samples, tags)),
            notes=(*notes, *found.notes),
            pointwise=found.pointwise,
            pointwise_constant=found.pointwise_constant,
            diagnostics=dict(found.diagnostics),
            **described,
        )
        if options.confidence is not None:
            return self._with_interval(result, found, prepared, options.confidence, options.interval)
        if tags.interval == "subsampling":
            result = replace(result, notes=(*result.notes, NO_INTERVAL_NOTE))
        return result

    def _refuse_condition(self, samples: Samples, tags: Tags) -> None:
        if samples.given is None or tags.conditional:
            return
        from mitk.registry import methods_with

        raise UnsupportedError(
            sentence(
                "given",
                f"must be left out for {type(self).__name__}, which takes no condition",
                f"{samples.given.d} columns",
                f"methods that take one: {', '.join(methods_with('conditional'))}",
            )
        )

    def suits(self, samples: Samples) -> bool:
        """Whether the method accepts these data and its tags promise something of them: what remedies name."""
        return remedies.within_tags(self, samples)

    def _refuse(self, samples: Samples, tags: Tags) -> None:
        self._refuse_condition(samples, tags)
        remedies.refuse(self, samples, tags)

    def _with_interval(
        self, result: MIEstimate, found: Found, prepared: Prepared, confidence: float, interval: str
    ) -> MIEstimate:
        if not math.isfinite(result.value):
            return replace(result, status=result.status.because(no_interval(NOT_FINITE)))
        tags, samples = self.tags, prepared.samples
        quantiles, doubts = self._quantiles(found, prepared, interval)
        if samples.dependent:
            units = effective_units(unit_labels(samples))
            if units < MIN_UNITS:
                text = f"About {units:.0f} independent units are too few for an interval"
                doubts = (*doubts, Reason("few-units", text, "collect more"))
        ci = None if quantiles is None else quantiles.interval(confidence)
        if ci is not None and not (math.isfinite(ci.low) and math.isfinite(ci.high) and result.value in ci):
            quantiles = ci = None
            doubts = (*doubts, no_interval("its ends are not finite, or do not hold the value"))
        if ci is not None and ci.high < 0.0 and result.kind != "score":
            doubts = (*doubts, below_zero())
        if ci is not None and result.status.ok and not doubts and tags.quantity == "mi":
            doubts = self._other_opinion(samples, result.value, ci, result.kind)
        if ci is None and not doubts and result.status.ok:
            doubts = (no_interval("none can be had from these rows"),)
        return replace(result, quantiles=quantiles, ci=ci, status=result.status.because(*doubts))

    def _other_opinion(self, samples: Samples, value: float, ci: Interval, kind: Kind) -> tuple[Reason, ...]:
        """Reasons why other readings of the same rows contradict a value that the method itself does not doubt."""
        if samples.given is not None:
            return ()
        apart = second_opinion(samples, value, ci.low, ci.high, kind)
        return tuple(remedies.suited(reason, samples, self) for reason in apart)

    def _quantiles(
        self, found: Found, prepared: Prepared, interval: str
    ) -> tuple[Quantiles | None, tuple[Reason, ...]]:
        """Confidence distribution of the value by the way named, and reasons for doubt."""
        if interval == "default":
            resampled = "subsampling" if self.tags.interval == "own" else self.tags.interval
            interval = resampled if found.uncertainty is None else "own"
        if interval == "own":
            if found.uncertainty is None:
                raise UnsupportedError(
                    sentence(
                        "interval",
                        f"of {type(self).__name__} can only be by resampling on these data",
                        '"own"',
                        'use "subsampling" or "jackknife"',
                    )
                )
            return found.uncertainty(), ()

        def value(rows: np.ndarray) -> float:
            try:
                return self._value(prepared.take(rows)).value
            except (MITKError, np.linalg.LinAlgError):
                # A subset may be too small or too poor for a method that can do with the whole; then there is
                # no interval, which the status says.
                return float("nan")

        if interval == "jackknife":
            quantiles, doubts = jackknife(value, found.value, prepared.samples, seed=self.seed)
        else:
            smallest, exponent = self._subsample_rule(prepared)
            quantiles, doubts = subsampling(
                value,
                found.value,
                prepared.samples,
                smallest=smallest,
                bias_exponent=exponent,
                shifted=lambda rows: self._value(prepared.permuted(rows)).value,
                seed=self.seed,
                unit=self.tags.unit,
            )
        if quantiles is not None and found.uncertainty is not None and found.spanned:
            quantiles = quantiles.spanning(found.uncertainty())
        return quantiles, doubts
