"""When readings together are not to be trusted, and when critics are to be trained."""

from __future__ import annotations

from collections.abc import Sequence

from mitk.auto.combination import MOSTLY, Reading, median
from mitk.inference.exact import ADD_NOISE
from mitk.results.interval import Quantiles
from mitk.results.reason import Reason

# An interval wider than the value and than so many nats is of no use.
TOO_WIDE = 0.5
# From this width on, as a share of the value or in nats, critics may narrow it.
WIDE_SHARE, WIDE = 0.35, 0.15
MORE_EFFORT = {
    "quick": 'allow training with effort="balanced"',
    "balanced": 'train more with effort="thorough", or collect more rows',
    "thorough": "collect more rows, or reduce the dimension",
}
# Where neighbours alone are believed and read less than half a nat, nobody else may read so much more.
MORE = 0.3


def doubts_of(
    readings: Sequence[Reading],
    weighed: Sequence[Reading],
    quantiles: Quantiles,
    effort: str,
    *,
    exact: bool = False,
    unbelieved: Sequence[Reading] = (),
) -> list[Reason]:
    """Reasons not to trust the combination of some readings.

    Parameters
    ----------
    readings : sequence of Reading
    weighed : sequence of Reading
        The same as they were weighed: corrected, where it was learned how they err.
    quantiles : Quantiles
        What they were combined to.
    effort : str
    exact : bool, default False
        Whether one side was seen to determine the other exactly.
    unbelieved : sequence of Reading, optional
        Those left out since columns of one side determine each other.
    """
    ci, value = quantiles.interval(0.95), median(quantiles)
    if exact:
        text = "One side seems to determine the other exactly, so that the information has no bound"
        return [Reason("exact", text, ADD_NOISE)]
    values = ", ".join(f"{reading.method} {reading.value:.3g}" for reading in readings)
    if ci.width > max(TOO_WIDE, value):
        text = f"The readings leave anything from {ci.low:.3g} to {ci.high:.3g} nats open ({values})"
        return [Reason("readings-apart", text, MORE_EFFORT[effort])]
    remedy = "leave out what others determine, or reduce the dimension"
    if unbelieved and all(reading.share >= MOSTLY for reading in readings):
        text = "Columns of one side determine each other, in more dimensions than neighbours resolve"
        return [Reason("determined", f"{text} ({values})", remedy)]
    most = max(unbelieved, key=lambda reading: reading.value, default=None)
    if most is not None and value < TOO_WIDE and most.value > ci.high + MORE:
        text = f"Columns of one side nearly determine each other, and in the rest {most.method} reads {most.value:.3g}"
        return [Reason("determined", f"{text} ({values})", remedy)]
    if not any(supports(reading, value) for reading in weighed):
        text = f"No reading that does not doubt itself supports the value ({values})"
        return [Reason("no-support", text, MORE_EFFORT[effort])]
    return []


def supports(reading: Reading, value: float) -> bool:
    """Whether a reading that does not doubt itself, and is not blind to much, agrees with the value."""
    sharp = reading.high - reading.low <= max(TOO_WIDE, value)
    return reading.status.ok and sharp and reading.holds(value)


def critics_wanted(
    readings: Sequence[Reading],
    weighed: Sequence[Reading],
    quantiles: Quantiles,
    doubts: Sequence[Reason],
    *,
    few_columns: bool,
) -> str:
    """Why critics are to be trained; empty where quick readings agree, or none could help.

    Of few columns neighbours see more than a critic learns, unless something is in doubt.
    """
    if any(reason.code == "exact" for reason in doubts):
        return ""
    if doubts:
        return "the quick readings do not agree"
    if few_columns:
        return ""
    ci = quantiles.interval(0.95)
    if ci.width > max(WIDE, WIDE_SHARE * median(quantiles)):
        return "the quick readings leave much open"
    firm = [own for reading, own in zip(readings, weighed, strict=True) if reading.share < MOSTLY]
    if not any(supports(own, median(quantiles)) for own in firm):
        return "no quick reading that sees all kinds of dependence supports the value"
    return ""
