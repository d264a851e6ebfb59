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

from mitk.errors import MITKError, MITKWarning, ParameterError, UnsupportedError, sentence
from mitk.inference.inflation import effective_units
from mitk.inference.jackknife import jackknife
from mitk.inference.resampling import unit_labels
from mitk.inference.subsampling import subsampling
from mitk.result import NATS_PER_UNIT, EstimatorInfo, Kind, MIEstimate, Quantiles
from mitk.samples import Admitted, Block, Samples, admit
from mitk.screening import serial_notes, without_constants

try:
    VERSION = version("mitk")
except PackageNotFoundError:
    VERSION = "unknown"

MAX_CONFIDENCE = 0.999
# With fewer groups or runs, how they vary cannot be told.
MIN_UNITS = 8
# Those that the method makes itself, and those that resample any method.
OWN_INTERVALS = ("inversion", "quantiles", "cross-fitting", "ladder")
INTERVALS = ("default", "subsampling", "jackknife", *OWN_INTERVALS)


@dataclass(frozen=True, kw_only=True)
class Tags:
    """What a configured estimator can do and promises; laws, docs, warnings and `auto` read it.

    Attributes
    ----------
    summary : str
        One line: what it is for.
    data : frozenset of {"continuous", "mixed", "discrete"}
        Kinds of columns it is meant for.
    invariances : frozenset of {"affine", "monotone", "linear", "relabel"}
        Maps of one side that leave the value unchanged: shift and positive scale of a column, any
        strictly increasing map of a column, an invertible matrix on a block, renaming of labels.
    kind : {"estimate", "lower", "upper", "score"}
    quantity : str
    unit : str
        "nats", or the unit of a score that has no nats; results then never change unit.
    interval : str
        The default interval: "subsampling", "jackknife", "inversion", "quantiles", "cross-fitting" or "ladder".
    min_n : int
        Below this many rows the result is UNRELIABLE.
    max_dim : int or None
        Above this many columns in all the result is UNRELIABLE.
    ceiling : callable or None
        Largest value it can return from n rows, in nats.
    multivariate, conditional, symmetric, stochastic, pointwise, differentiable : bool
    """

    summary: str
    data: frozenset[str] = frozenset({"continuous"})
    invariances: frozenset[str] = frozenset()
    kind: Kind = "estimate"
    quantity: str = "mi"
    unit: str = "nats"
    interval: str = "subsampling"
    min_n: int = 10
    max_dim: int | None = None
    ceiling: Callable[[int], float] | None = None
    multivariate: bool = True
    conditional: bool = False
    symmetric: bool = True
    stochastic: bool = False
    pointwise: bool = False
    differentiable: bool = False


@dataclass(frozen=True, kw_only=True)
class Estimator(ABC):
    """Base of every estimator.

    A subclass is a frozen keyword-only dataclass whose fields are its hyperparameters. It writes `tags` and
    either `_fit(samples)`, or `_prepare(block)` with `_fit_prepared(state_x, state_y, samples)` when work on
    one side can be shared by resamples. This class owns the door, the unit, the timing, the interval, the
    notes and the verdict.

    Parameters
    ----------
    seed : int, default 0
        Source of all randomness, that of the resampling intervals included: same call, same number.
    """

    seed: int = 0

    @property
    @abstractmethod
    def tags(self) -> Tags:
        """What this configured estimator can do and promises."""

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        confidence: float | None = 0.95,
        interval: str = "default",
        missing: str = "raise",
        discrete_x: bool | Sequence[bool] | None = None,
        discrete_y: bool | Sequence[bool] | None = None,
        unit: str = "nats",
        groups: Any = None,
        block: int | None = None,
    ) -> MIEstimate:
        """Estimate the mutual information of paired rows.

        Parameters
        ----------
        x : array_like of shape (n,) or (n, dx)
            Rows are samples. NumPy, JAX, pandas, polars, pyarrow, lists.
        y : array_like of shape (n,) or (n, dy)
        confidence : float or None, default 0.95
            Nominal coverage of the interval; None turns it off and costs nothing.
        interval : str, default "default"
            "subsampling", "jackknife", or "inversion", "quantiles" or "cross-fitting" where the method has it.
        missing : {"raise", "drop"}, default "raise"
            "drop" keeps complete rows and counts the rest.
        discrete_x, discrete_y : bool or sequence of bool, optional
            Overrule the detected kind of the columns.
        unit : {"nats", "bits"}, default "nats"
        groups : array_like of shape (n,), optional
            Labels of rows that depend on each other; intervals then resample whole groups.
        block : int, optional
            For a series: length of the runs that intervals resample whole.

        Returns
        -------
        MIEstimate

        Raises
        ------
        DataError, DataTypeError, ParameterError, UnsupportedError
        """
        start = time.perf_counter()
        self.check_options(confidence, interval, unit)
        admitted = admit(
            x, y, missing=missing, discrete_x=discrete_x, discrete_y=discrete_y, groups=groups, block=block
        )
        result = self.fit_admitted(admitted, confidence=confidence, interval=interval, unit=unit)
        if not result.status.ok:
            warnings.warn(" ".join(result.status.reasons), MITKWarning, stacklevel=2)
        return replace(result, seconds=time.perf_counter() - start)

    def fit_admitted(
        self,
        admitted: Admitted,
        *,
        confidence: float | None = 0.95,
        interval: str = "default",
        unit: str = "nats",
    ) -> MIEstimate:
        """The part of `fit` behind the door: from samples already admitted, without a warning."""
        self.check_options(confidence, interval, unit)
        raw = self._fit_checked(admitted.samples, confidence, interval)
        result = replace(raw, notes=admitted.notes + raw.notes, n_dropped=admitted.n_dropped)
        return result if self.tags.unit != "nats" or unit == result.unit else result.to(unit)

    def info(self) -> EstimatorInfo:
        """Name, parameters that differ from the defaults, and version: what results carry."""
        params = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return EstimatorInfo(type(self).__name__, params, VERSION)

    def permutable(self, samples: Samples) -> Callable[[np.ndarray], float]:
        """Value in nats as a function of the order in which the rows of y are taken; sides are prepared once."""
        self.check_options()
        samples, _ = without_constants(samples)
        if samples.x.d == 0 or samples.y.d == 0:
            return lambda rows: 0.0
        self._refuse(samples, self.tags)
        state_x, state_y = self._prepare(samples.x), self._prepare(samples.y)
        return lambda rows: self._fit_prepared(*self._match(state_x, state_y[rows]), samples.permuted(rows)).value

    def _fit_checked(self, samples: Samples, confidence: float | None, interval: str) -> MIEstimate:
        tags = self.tags
        dim_x, dim_y = samples.x.d, samples.y.d
        samples, notes = without_constants(samples)
        notes += serial_notes(samples)
        described: dict[str, Any] = {"n_samples": samples.n, "dim_x": dim_x, "dim_y": dim_y, "estimator": self.info()}
        if samples.x.d == 0 or samples.y.d == 0:
            zero = Quantiles((0.0005, 0.9995), (0.0, 0.0), "exact")
            result = MIEstimate(
                0.0, unit=tags.unit, kind=tags.kind, quantity=tags.quantity, notes=tuple(notes), **described
            )
            return result if confidence is None else replace(result, quantiles=zero, ci=zero.interval(confidence))
        self._refuse(samples, tags)
        state_x, state_y = self._match(self._prepare(samples.x), self._prepare(samples.y))
        raw = self._fit_prepared(state_x, state_y, samples)
        status = raw.status.because(*self._doubts(raw, samples, tags))
        result = replace(
            raw,
            unit=raw.unit if raw.unit != "nats" else tags.unit,
            kind=raw.kind if raw.kind != "estimate" else tags.kind,
            quantity=raw.quantity if raw.quantity != "mi" else tags.quantity,
            status=status,
            notes=tuple(notes) + raw.notes,
            **described,
        )
        if confidence is None:
            if tags.interval != "subsampling":
                return result
            return replace(result, notes=(*result.notes, "Without an interval the bias is not checked."))
        return self._with_interval(result, state_x, state_y, samples, confidence, interval)

    def check_options(self, confidence: float | None = None, interval: str = "default", unit: str = "nats") -> None:
        """Raise ParameterError for a bad hyperparameter or fit option, before any work."""
        if not isinstance(self.seed, (int, np.integer)) or isinstance(self.seed, bool) or self.seed < 0:
            raise ParameterError(sentence("seed", "must be a whole number of at least 0", repr(self.seed)))
        number = isinstance(confidence, (int, float, np.number)) and not isinstance(confidence, bool)
        if confidence is not None and not (number and 0.0 < confidence <= MAX_CONFIDENCE):
            raise ParameterError(
                sentence("confidence", f"must be a number in (0, {MAX_CONFIDENCE}] or None", repr(confidence))
            )
        if interval not in INTERVALS:
            raise ParameterError(sentence("interval", f"must be one of {', '.join(INTERVALS)}", repr(interval)))
        if unit not in NATS_PER_UNIT:
            raise ParameterError(sentence("unit", f"must be one of {', '.join(NATS_PER_UNIT)}", repr(unit)))
        self.check()
        if unit != "nats" and self.tags.unit != "nats":
            raise UnsupportedError(
                sentence(
                    "unit", f"must be left alone for {type(self).__name__}", repr(unit), f"it has {self.tags.unit}s"
                )
            )

    def check(self) -> None:  # noqa: B027 - most estimators have nothing to check
        """Raise ParameterError when a hyperparameter breaks its rule; called by `fit`."""

    def for_rows(self, n: int) -> Self:
        """The estimator with the hyperparameters that it would take from the number of rows filled in for n rows.

        So that subsamples are estimated like the whole.
        """
        return self

    def _prepare(self, block: Block) -> Any:
        """Work on one side that resamples share; indexing the state by rows must give those rows' state."""
        return block

    def _match(self, state_x: Any, state_y: Any) -> tuple[Any, Any]:
        """Fit the prepared sides to each other, where one's form depends on the other; subsamples keep the form."""
        return state_x, state_y

    def _fit_prepared(self, state_x: Any, state_y: Any, samples: Samples) -> MIEstimate:
        """The estimate in nats from prepared sides. Only `value` need be filled in."""
        return self._fit(samples)

    def _fit(self, samples: Samples) -> MIEstimate:
        """The estimate in nats. Only `value` need be filled in."""
        raise TypeError(f"{type(self).__name__} must define _fit(samples) or _fit_prepared(x, y, samples).")

    def _inversion(self, result: MIEstimate, state_x: Any, state_y: Any, samples: Samples) -> Quantiles:
        """Confidence distribution of the method's own: learned, or by inverting a test of known sampling law."""
        if result.quantiles is not None:
            return result.quantiles
        raise UnsupportedError(
            sentence(
                "interval",
                f"of {type(self).__name__} can only be by resampling",
                "one that other methods make themselves",
                'use "subsampling" or "jackknife"',
            )
        )

    def _ladder(self, samples: Samples, state_x: Any, state_y: Any) -> tuple[int, float]:
        """Fewest rows of a subsample, and the power of n with which the bias falls."""
        return 40, 0.5

    def _doubts(self, result: MIEstimate, samples: Samples, tags: Tags) -> list[str]:
        """Reasons not to trust a value, read from the tags."""
        doubts = []
        d = samples.x.d + samples.y.d
        if samples.n < tags.min_n:
            doubts.append(f"n={samples.n} is below the {tags.min_n} rows this method needs; collect more.")
        if tags.max_dim is not None and d > tags.max_dim:
            doubts.append(
                f"{d} columns in all are beyond the {tags.max_dim} this method can resolve; "
                'reduce the dimension or use method="copula".'
            )
        if not math.isfinite(result.value):
            doubts.append("The value is not finite: one side determines the other exactly, or nearly so.")
        elif tags.ceiling is not None and result.value > tags.ceiling(samples.n) - 1.0:
            doubts.append(
                f"The value is within 1 nat of {tags.ceiling(samples.n):.2f}, the most this method can return "
                "from so many rows; the truth may be far larger."
            )
        return doubts

    def _refuse(self, samples: Samples, tags: Tags) -> None:
        if not tags.multivariate and max(samples.x.d, samples.y.d) > 1:
            raise UnsupportedError(
                sentence(
                    "x and y",
                    f"must have one column each for {type(self).__name__}",
                    f"{samples.x.d} and {samples.y.d}",
                )
            )
        foreign = (set(samples.x.kinds) | set(samples.y.kinds)) - set(tags.data)
        if "discrete" not in tags.data:
            for side in (samples.x, samples.y):
                for name, nominal, column in zip(side.names, side.nominal, side.values.T, strict=True):
                    if nominal and column.max() > 1.0:
                        raise UnsupportedError(
                            sentence(
                                name,
                                f"must hold numbers for {type(self).__name__}",
                                "labels, which have no order",
                                'use method="mixed-ksg"',
                            )
                        )
        # Ties in numbers are no obstacle to running; a discrete method on continuous data is.
        if foreign and tags.data == frozenset({"discrete"}):
            raise UnsupportedError(
                sentence(
                    "x and y",
                    f"must be discrete for {type(self).__name__}",
                    f"{', '.join(sorted(foreign))} columns",
                    'use method="auto", or pass discrete_x=True and discrete_y=True',
                )
            )

    def _with_interval(
        self,
        result: MIEstimate,
        state_x: Any,
        state_y: Any,
        samples: Samples,
        confidence: float,
        interval: str,
    ) -> MIEstimate:
        if not math.isfinite(result.value):
            return replace(result, status=result.status.because("No interval: the value is not finite."))
        method = self.tags.interval if interval == "default" else interval
        dependent = samples.groups is not None or samples.block is not None
        if method == "quantiles" and interval == "default" and dependent:
            # Quantiles that were learned from independent rows do not hold for others.
            method = "subsampling"
        elif method == "quantiles" and dependent:
            note = "The interval takes rows for independent, so it is too narrow; leave interval= out."
            result = replace(result, notes=(*result.notes, note))

        def value(rows: np.ndarray) -> float:
            try:
                return self._fit_prepared(state_x[rows], state_y[rows], samples.take(rows)).value
            except (MITKError, np.linalg.LinAlgError):
                # A subset may be too small or too poor for a method that can do with the whole; then there is
                # no interval, which the status says.
                return float("nan")

        if method in OWN_INTERVALS:
            quantiles: Quantiles | None = self._inversion(result, state_x, state_y, samples)
            doubts: tuple[str, ...] = ()
        elif method == "jackknife":
            quantiles, doubts = jackknife(value, result.value, samples, seed=self.seed)
        else:
            smallest, exponent = self._ladder(samples, state_x, state_y)
            quantiles, doubts = subsampling(
                value,
                result.value,
                samples,
                smallest=smallest,
                bias_exponent=exponent,
                shifted=lambda rows: self._fit_prepared(state_x, state_y[rows], samples.permuted(rows)).value,
                seed=self.seed,
                unit=self.tags.unit,
            )
        if dependent:
            units = effective_units(unit_labels(samples))
            if units < MIN_UNITS:
                doubts = (*doubts, f"About {units:.0f} independent units are too few for an interval; collect more.")
        if quantiles is None:
            return replace(result, status=result.status.because(*doubts))
        ci = quantiles.interval(confidence)
        if ci.high < 0.0 and result.kind != "score":
            doubts = (
                *doubts,
                "The whole interval lies below 0, where no information can; compare with another method.",
            )
        return replace(result, quantiles=quantiles, ci=ci, status=result.status.because(*doubts))
