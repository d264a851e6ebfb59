"""A result told at length: its readings, what decided among them, and its doubts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mitk.printable import printable

if TYPE_CHECKING:
    from mitk.results.record import MIEstimate


def explanation(result: MIEstimate) -> str:
    """The readings of a result one a line, in its unit, then its notes and reasons.

    Parameters
    ----------
    result : MIEstimate

    Returns
    -------
    str
    """
    from mitk.results.record import NATS_PER_UNIT

    lines = [str(result)]
    readings = result.diagnostics.get("readings", [])
    if readings:
        # Diagnostics are in nats, whatever the unit of the result.
        factor = 1.0 / NATS_PER_UNIT.get(result.unit, 1.0)
        wide = max(len(reading["method"]) for reading in readings)
        lines.append(f"Readings ({result.unit}):")
        for reading in readings:
            told = _told(reading, factor)
            weighed = reading.get("weighed") and _told(reading["weighed"], factor).strip()
            taken = f", weighed as {weighed}" if weighed and weighed != told.strip() else ""
            rows = "" if reading["n_samples"] == result.n_samples else f", {reading['n_samples']} rows"
            lines.append(
                f"  {reading['method']:<{wide}}  {told}  {reading['status']}, {reading['seconds']:.2f} s{rows}{taken}"
            )
            lines += [f"  {'':<{wide}}    {reason}" for reason in reading["reasons"]]
    lines += result.notes
    lines += map(str, result.status.reasons)
    # Notes and reasons name columns, whose names may hold what a terminal obeys.
    return "\n".join(map(printable, lines))


def _told(reading: Mapping[str, Any], factor: float) -> str:
    value, low, high = (factor * reading[end] for end in ("value", "low", "high"))
    return f"{value:8.3f} [{low:.3f}, {high:.3f}]"
