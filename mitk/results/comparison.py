"""The record of `compare`: the difference of two informations, and everything needed to judge it."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field, fields
from typing import Any

from mitk.errors import UnsupportedError, sentence
from mitk.results.interval import Interval, Quantiles
from mitk.results.reason import Status
from mitk.results.record import SCHEMA_VERSION, MIEstimate, plain, short


@dataclass(frozen=True, repr=False)
class Comparison:
    """How much more one pair of sides shares than another, by the same rows.

    ``float(result)`` and ``format(result, ".3f")`` give the difference.

    Attributes
    ----------
    value : float
        The first information less the second, in `unit`.
    ci : Interval or None
        Covers the difference of what `first` and `second` estimate; None where one of them has no interval.
    first, second : MIEstimate
        What `estimate` says of each pair.
    unit : str
        "nats" or "bits"; scores may have a unit of their own.
    status : Status
        UNRELIABLE if either result is, with its reasons.
    notes : tuple of str
        On the comparison; those on each result are in `first` and `second`.
    n_samples, n_dropped : int
        Rows used, and rows dropped for missing values in any of the four sides.
    error_correlation : float
        Of the errors of the two values, which the same rows make alike: what is shared cancels.
    quantiles : Quantiles or None
        The confidence distribution behind `interval`.
    seconds : float
        Wall time; no part of equality.

    Examples
    --------
    >>> result = Comparison(0.2, first=MIEstimate(0.5), second=MIEstimate(0.3), n_samples=100)
    >>> print(result)
    0.200 nats (0.500 less 0.300), n=100
    """

    value: float
    ci: Interval | None = None
    first: MIEstimate = field(default_factory=lambda: MIEstimate(0.0))
    second: MIEstimate = field(default_factory=lambda: MIEstimate(0.0))
    unit: str = "nats"
    status: Status = field(default_factory=Status)
    notes: tuple[str, ...] = ()
    n_samples: int = 0
    n_dropped: int = 0
    error_correlation: float = 0.0
    quantiles: Quantiles | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def larger(self) -> str | None:
        """Which pair shares more, "first" or "second"; None where the interval holds 0 or the status is not OK."""
        if self.ci is None or not self.status.ok or 0.0 in self.ci:
            return None
        return "first" if self.value > 0.0 else "second"

    def interval(self, level: float) -> Interval:
        """Interval at another level in (0, 1), without refitting; raises UnsupportedError where there is none."""
        if self.quantiles is None:
            raise UnsupportedError(
                sentence("interval", "needs the intervals of both results", "a comparison without", "see its status")
            )
        return self.quantiles.interval(level)

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary that JSON can hold, without the contributions of rows."""
        record = {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name not in ("first", "second")}
        both = {"first": self.first.to_dict(), "second": self.second.to_dict()}
        return {"schema_version": SCHEMA_VERSION, **record, **both}

    def to_json(self, **options: Any) -> str:
        """JSON text of `to_dict`; options go to `json.dumps`."""
        return json.dumps(self.to_dict(), allow_nan=False, **options)

    def plot(self, ax: Any = None) -> Any:
        """Draw both values and their difference with their intervals; needs the ``plot`` extra. Returns the axes."""
        return importlib.import_module("mitk.show.plotting").plot_comparison(self, ax)

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __str__(self) -> str:
        text = f"{short(self.value)} {self.unit}"
        if self.ci is not None:
            text += f" [{short(self.ci.low)}, {short(self.ci.high)}] ({100 * self.ci.level:g} %)"
        text += f" ({short(self.first.value)} less {short(self.second.value)})"
        text += f", {self.first.estimator}" if self.first.estimator.name else ""
        text += f", n={self.n_samples}"
        block = self.first.block
        runs = "" if block is None else f", runs of {block} rows"
        return text if self.status.ok and block is None else f"{text}, {self.status.code}{runs}"

    def __repr__(self) -> str:
        return f"<Comparison {self}>"
