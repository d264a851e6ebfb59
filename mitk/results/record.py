"""The one record every estimator returns, with its interval, unit, kind and verdict."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

from mitk.errors import ParameterError, UnsupportedError, sentence
from mitk.results.explanation import explanation
from mitk.results.interval import Correlation, Interval, Quantiles
from mitk.results.reason import Reason, Status

Kind = Literal["estimate", "lower", "upper", "score"]

SCHEMA_VERSION = 2
# Files of version 1 are read too: there reasons were sentences, and these diagnostics were in the unit of the result.
READ_VERSIONS = (1, 2)
INFORMATIONS_OF_1 = ("bias", "mean", "plug_in", "quantiles", "uncorrected")
# What fields that programs compute with must be in a file.
TYPES: dict[str, Any] = {
    "value": (int, float),
    "unit": str,
    "kind": str,
    "quantity": str,
    "n_samples": int,
    "n_dropped": int,
    "notes": (list, tuple),
    "diagnostics": Mapping,
}
WRITTEN = "must be what `to_dict` of a result wrote"
NATS_PER_UNIT = {"nats": 1.0, "bits": math.log(2.0)}
# Quantities that are no information that one side has about another.
NO_INFORMATION = ("entropy", "differential_entropy", "kl_divergence", "normalized_mi")


@dataclass(frozen=True)
class EstimatorInfo:
    """Which estimator made a result: its name, its non-default parameters and the mitk version."""

    name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.params.items())})"


@dataclass(frozen=True, eq=False, repr=False)
class MIEstimate:
    """An estimate of mutual information and everything needed to judge it.

    It is neither a float nor a tuple: ``float(result)`` and ``format(result, ".3f")`` give the number.

    Attributes
    ----------
    value : float
        The estimate in `unit`; never clipped, so it may be slightly negative near independence.
    ci : Interval or None
        For kind "estimate" it covers the mutual information of the sampled law; for "lower" and "upper"
        the population value of the bound; for "score" the score's population value. None only when
        turned off or when none can be had, which `status` then says.
    unit : str
        "nats" or "bits"; other quantities may have a unit of their own.
    kind : {"estimate", "lower", "upper", "score"}
    quantity : str
        "mi" unless the number is something else ("conditional_mi", "wasserstein", "dsmi", ...).
    status : Status
        OK or UNRELIABLE, with reasons.
    notes : tuple of str
        What was decided or noticed on the way, in plain sentences.
    n_samples, n_dropped : int
        Rows used, and rows dropped for missing values.
    dim_x, dim_y, dim_given : int
        Columns of each side and of the condition, as passed; 0 without a condition.
    block : int or None
        Rows of the runs that stayed whole, where rows depend on their neighbours.
    pointwise : ndarray of shape (n,) or None
        Contributions in `unit` whose mean plus `pointwise_constant` is the value.
    pointwise_constant : float
    estimator : EstimatorInfo
    diagnostics : dict
        What the method wants to show: spectra, counts, ladders. Informations among them are in nats, whatever `unit`.
    quantiles : Quantiles or None
        The confidence distribution behind `interval`.
    seconds : float
        Wall time of the fit; neither it nor the times of readings are part of equality.

    Examples
    --------
    >>> r = MIEstimate(0.5, n_samples=100, estimator=EstimatorInfo("KSG", {"k": 5}))
    >>> print(r)
    0.500 nats, KSG(k=5), n=100
    >>> round(r.to("bits").value, 4)
    0.7213
    """

    value: float
    ci: Interval | None = None
    unit: str = "nats"
    kind: Kind = "estimate"
    quantity: str = "mi"
    status: Status = field(default_factory=Status)
    notes: tuple[str, ...] = ()
    n_samples: int = 0
    n_dropped: int = 0
    dim_x: int = 1
    dim_y: int = 1
    dim_given: int = 0
    pointwise: np.ndarray | None = None
    pointwise_constant: float = 0.0
    estimator: EstimatorInfo = EstimatorInfo()
    diagnostics: dict[str, Any] = field(default_factory=dict)
    quantiles: Quantiles | None = None
    seconds: float = 0.0
    block: int | None = None

    def __post_init__(self) -> None:
        if self.pointwise is not None:
            own = np.array(self.pointwise, dtype=np.float64)
            own.flags.writeable = False
            object.__setattr__(self, "pointwise", own)

    @property
    def nonnegative(self) -> float:
        """The value clipped at zero, for those who need it so."""
        return max(self.value, 0.0)

    @property
    def correlation(self) -> Correlation:
        """The correlation of a normal pair that shares as much information, with the interval on its scale.

        Raises
        ------
        UnsupportedError
            For a score, an entropy or a divergence, which are no information.
        """
        if self.kind == "score" or self.quantity in NO_INFORMATION:
            what = f"a score ({self.quantity})" if self.kind == "score" else self.quantity
            raise UnsupportedError(sentence("correlation", "needs an information", what))
        nats = self.to("nats")
        return Correlation.of(nats.value, nats.ci)

    @property
    def verdict(self) -> str:
        """The status in words: "OK", "UNRELIABLE", and of a series "OK, runs of 40 rows"."""
        return self.status.code if self.block is None else f"{self.status.code}, runs of {self.block} rows"

    def interval(self, level: float) -> Interval:
        """Interval at another level, read from the stored quantiles without refitting.

        Parameters
        ----------
        level : float
            Nominal coverage in (0, 1).

        Returns
        -------
        Interval

        Raises
        ------
        UnsupportedError
            When the result was made without an interval.
        """
        if self.quantiles is None:
            raise UnsupportedError(
                sentence("interval", "needs stored quantiles", "a result without", "fit with confidence=0.95")
            )
        return self.quantiles.interval(level)

    def to(self, unit: str) -> MIEstimate:
        """The same result in "nats" or "bits"; raises UnsupportedError for quantities with no such unit."""
        if unit == self.unit:
            return self
        if unit not in NATS_PER_UNIT:
            raise ParameterError(sentence("unit", f"must be one of {', '.join(NATS_PER_UNIT)}", repr(unit)))
        if self.unit not in NATS_PER_UNIT:
            raise UnsupportedError(
                sentence("unit", "can only be changed between nats and bits", f"a result in {self.unit}")
            )
        factor = NATS_PER_UNIT[self.unit] / NATS_PER_UNIT[unit]
        ci = self.ci and replace(self.ci, low=self.ci.low * factor, high=self.ci.high * factor)
        return replace(
            self,
            value=self.value * factor,
            ci=ci,
            unit=unit,
            pointwise=None if self.pointwise is None else self.pointwise * factor,
            pointwise_constant=self.pointwise_constant * factor,
            quantiles=self.quantiles and self.quantiles.scaled(factor),
        )

    def to_dict(self, pointwise: bool = False) -> dict[str, Any]:
        """A plain dictionary that JSON can hold: infinities and nan as strings, arrays as lists.

        Parameters
        ----------
        pointwise : bool, default False
            Whether the contributions of the rows are kept, one number a row; without them the result that is read back
            is not equal to this one.
        """
        names = [f.name for f in fields(self) if pointwise or f.name != "pointwise"]
        record = {name: plain(getattr(self, name)) for name in names}
        return {"schema_version": SCHEMA_VERSION, **record}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> MIEstimate:
        """The inverse of `to_dict`; raises ParameterError where it is none."""
        if not isinstance(record, Mapping):
            raise ParameterError(sentence("record", WRITTEN, type(record).__name__))
        version = record.get("schema_version")
        if version not in READ_VERSIONS:
            known_versions = " or ".join(map(str, READ_VERSIONS))
            raise ParameterError(
                sentence("schema_version", f"must be {known_versions}", version, "it was written by another mitk")
            )
        try:
            return cls(**_read(record, {f.name for f in fields(cls)}))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            detail = f"{type(error).__name__}: {error}"
            raise ParameterError(sentence("record", WRITTEN, detail)) from error

    def to_json(self, pointwise: bool = False, **options: Any) -> str:
        """JSON text of `to_dict`; options go to `json.dumps`."""
        return json.dumps(self.to_dict(pointwise), allow_nan=False, **options)

    @classmethod
    def from_json(cls, text: str) -> MIEstimate:
        """The inverse of `to_json`; raises ParameterError where it is none."""
        try:
            record = json.loads(text)
        except ValueError as error:
            raise ParameterError(sentence("text", "must be JSON", str(error))) from error
        return cls.from_dict(record)

    def explain(self) -> str:
        """The readings behind the value, one a line, and what decided among them: ``print(result.explain())``."""
        return explanation(self)

    def plot(self, ax: Any = None, contributions: bool = False) -> Any:
        """Draw the value and its interval, or on request how much each row contributes to the value.

        Needs the ``plot`` extra. Returns the matplotlib axes.
        """
        return importlib.import_module("mitk.show.plotting").plot_estimate(self, ax, contributions)

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __str__(self) -> str:
        text = f"{short(self.value)} {self.unit}"
        if self.ci is not None:
            text += f" [{short(self.ci.low)}, {short(self.ci.high)}] ({100 * self.ci.level:g} %)"
        text += f", {self.estimator}, n={self.n_samples}" if self.estimator.name else f", n={self.n_samples}"
        return text if self.status.ok and self.block is None else f"{text}, {self.verdict}"

    def __repr__(self) -> str:
        return f"<MIEstimate {self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MIEstimate):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((repr(self.value), self.unit, self.kind, self.n_samples, self.estimator.name))

    def __setstate__(self, state: dict[str, Any]) -> None:
        # An array comes back from a pickle open to writing.
        self.__dict__.update(state)
        self.__post_init__()

    def _identity(self) -> dict[str, Any]:
        return _untimed(self.to_dict(pointwise=True))


def _read(record: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """The fields of a result from what `to_dict` wrote; whatever raises, it is broken."""
    values = {k: _revived(v) for k, v in record.items() if k in known}
    for name, kinds in TYPES.items():
        if name in values and (not isinstance(values[name], kinds) or isinstance(values[name], bool)):
            raise TypeError(f"{name} is {values[name]!r}")
    if values.get("ci") is not None:
        values["ci"] = Interval(**values["ci"])
        if not all(isinstance(end, (int, float)) for end in (values["ci"].low, values["ci"].high, values["ci"].level)):
            raise TypeError(f"ci is {record['ci']!r}")
    if "estimator" in values:
        values["estimator"] = EstimatorInfo(**values["estimator"])
    if values.get("quantiles") is not None:
        q = values["quantiles"]
        values["quantiles"] = Quantiles(tuple(q["probabilities"]), tuple(q["values"]), q["method"])
    if "status" in values:
        reasons = (Reason.of(r) if isinstance(r, str) else Reason(**r) for r in values["status"]["reasons"])
        values["status"] = Status(values["status"]["code"], tuple(reasons))
        if values["status"].code not in ("OK", "UNRELIABLE"):
            raise ValueError(f"status is {values['status'].code!r}")
    if record["schema_version"] == 1 and values.get("unit") in NATS_PER_UNIT:
        factor = NATS_PER_UNIT[values["unit"]]
        values["diagnostics"] = {
            name: np.multiply(found, factor).tolist() if name in INFORMATIONS_OF_1 and found is not None else found
            for name, found in values.get("diagnostics", {}).items()
        }
    if values.get("pointwise") is not None:
        values["pointwise"] = np.asarray(values["pointwise"], dtype=np.float64)
    values["notes"] = tuple(values.get("notes", ()))
    return values


def _untimed(item: Any) -> Any:
    """Without what was timed, wherever it is."""
    if isinstance(item, dict):
        return {k: _untimed(v) for k, v in item.items() if k != "seconds"}
    return [_untimed(v) for v in item] if isinstance(item, list) else item


def short(value: float) -> str:
    """Three decimals, or three digits of what is large."""
    return f"{value:.3g}" if abs(value) >= 1000 else f"{value:.3f}"


def plain(item: Any) -> Any:
    """Reduce to what strict JSON can hold."""
    if isinstance(item, (str, bool, int)) or item is None:
        return item
    if isinstance(item, (float, np.floating)):
        return float(item) if math.isfinite(item) else str(float(item))
    if isinstance(item, (np.integer, np.bool_)):
        return item.item()
    if isinstance(item, Mapping):
        return {str(k): plain(v) for k, v in item.items()}
    if hasattr(item, "__dataclass_fields__"):
        return {name: plain(getattr(item, name)) for name in item.__dataclass_fields__}
    if isinstance(item, np.ndarray):
        return [plain(v) for v in item.tolist()]
    if isinstance(item, (list, tuple, set, frozenset)):
        return [plain(v) for v in item]
    return repr(item)


def _revived(item: Any) -> Any:
    """Turn the three float strings back into floats, everywhere."""
    if isinstance(item, str) and item in ("inf", "-inf", "nan"):
        return float(item)
    if isinstance(item, Mapping):
        return {k: _revived(v) for k, v in item.items()}
    if isinstance(item, list):
        return [_revived(v) for v in item]
    return item
