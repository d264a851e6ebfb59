"""The options that every fit takes, as one record."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from mitk.data.complete_rows import check_missing
from mitk.data.row_order import checked_block, checked_thin
from mitk.data.samples import Admitted, admit
from mitk.errors import ParameterError, sentence
from mitk.results.record import NATS_PER_UNIT

MAX_CONFIDENCE = 0.999
INTERVALS = ("default", "own", "subsampling", "jackknife")
# Names that intervals once had by how a method makes them.
OWN_INTERVALS = ("inversion", "quantiles", "cross-fitting", "ladder")


@dataclass(frozen=True, kw_only=True, eq=False)
class FitOptions:
    """What a fit is told beside its data; `Estimator.fit` documents each.

    Attributes
    ----------
    confidence : float or None
    interval : {"default", "own", "subsampling", "jackknife"}
    missing : {"raise", "drop"}
    discrete_x, discrete_y, discrete_given : bool or sequence of bool or None
    unit : {"nats", "bits"}
    groups : array_like of shape (n,), optional
    block : int or "auto", optional
    thin : int, optional
    """

    confidence: float | None = 0.95
    interval: str = "default"
    missing: str = "raise"
    discrete_x: bool | Sequence[bool] | None = None
    discrete_y: bool | Sequence[bool] | None = None
    discrete_given: bool | Sequence[bool] | None = None
    unit: str = "nats"
    groups: Any = None
    block: int | str | None = None
    thin: int | None = None

    def check(self) -> None:
        """Raise ParameterError for an option outside its rule, whatever the data."""
        number = isinstance(self.confidence, (int, float, np.number)) and not isinstance(self.confidence, bool)
        if self.confidence is not None and not (number and 0.0 < self.confidence <= MAX_CONFIDENCE):
            raise ParameterError(
                sentence("confidence", f"must be a number in (0, {MAX_CONFIDENCE}] or None", repr(self.confidence))
            )
        named = self.interval if isinstance(self.interval, str) else ""
        if named not in INTERVALS:
            hint = 'the interval that a method makes itself is "own"' if named in OWN_INTERVALS else ""
            raise ParameterError(
                sentence("interval", f"must be one of {', '.join(INTERVALS)}", repr(self.interval), hint)
            )
        if not isinstance(self.unit, str) or self.unit not in NATS_PER_UNIT:
            raise ParameterError(sentence("unit", f"must be one of {', '.join(NATS_PER_UNIT)}", repr(self.unit)))
        check_missing(self.missing)
        checked_thin(self.thin)
        # Whether it leaves enough runs is seen when there are rows.
        checked_block(self.block, sys.maxsize, grouped=False)

    def admit(self, x: Any, y: Any, given: Any = None, beside: Mapping[str, Any] | None = None) -> Admitted:
        """Check and convert the sides as these options say; rows must be complete in what is `beside` them too."""
        return admit(x, y, given=given, beside=beside, **{name: getattr(self, name) for name in DOOR_OPTIONS})


# The options that say how rows and columns are read.
DOOR_OPTIONS = tuple(f.name for f in fields(FitOptions) if f.name not in ("confidence", "interval", "unit"))
