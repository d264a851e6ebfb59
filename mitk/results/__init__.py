"""What comes out: the record of an estimate, its interval and its reasons."""

from __future__ import annotations

from mitk.results.interval import Correlation, Interval, Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import EstimatorInfo, MIEstimate

__all__ = ["Correlation", "EstimatorInfo", "Interval", "MIEstimate", "Quantiles", "Reason", "Status"]
