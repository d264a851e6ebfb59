"""The confidence distribution of a plug-in information from its moments, at independence and at the estimate."""

from __future__ import annotations

from typing import Any, NamedTuple

from mitk.inference.distribution import from_inversion
from mitk.results.interval import Quantiles

# A thousandth of a chi-square's variance times n^2, where all tables with the margins have one information.
LEAST_VARIANCE = 0.0005
# Share of what the margins could hold, up to which the bias turns from that of independence to that of the estimate.
WEAK = 0.2


class PlugIn(NamedTuple):
    """What is known of a plug-in information of n rows, in nats.

    Attributes
    ----------
    n : float
    value : float
        Of the cells as they are, at least 0.
    spread : float
        n times its first-order variance, that of the rows' contributions.
    row : float
        What one row adds.
    bias, floor : float
        Its bias, and its variance of second order, at the estimate.
    independent_bias, independent_floor : float
        The same at independence.
    near, far : float
        How many times its bias at independence, and its first-order variance, grow where rows depend on each other.
    most : float
        Information that the margins could hold; 0 where that is not known.
    """

    n: float
    value: float
    spread: float
    row: float
    bias: float
    floor: float
    independent_bias: float
    independent_floor: float
    near: float = 1.0
    far: float = 1.0
    most: float = 0.0

    def quantiles(self, value: float, **options: Any) -> Quantiles:
        """By test inversion, for an interval that holds `value`; `options` are those of `from_inversion`."""
        n, near = self.n, self.near
        least = max(self.independent_floor, LEAST_VARIANCE / n**2)
        # No shorter than the fall of the bias, so that the mean of the plug-in value grows with the information. Weak
        # dependence leaves cells nearly as full as independence does, and the bias with them: what few rows say of it
        # at the estimate errs by more.
        reach = max(max(self.value, self.independent_bias) - self.bias, WEAK * self.most)

        def between(start: float, end: float, t: float) -> float:
            """From `start` at independence to `end` at the estimate."""
            return start + (end - start) * min(t / reach, 1.0) if reach > 0.0 else start

        # To first order the variance of contributions is proportional to the information near independence: 2 t.
        slope = self.spread / self.value if self.value > 0.0 else 2.0
        return from_inversion(
            self.value,
            lambda t: near * between(self.independent_bias, self.bias, t),
            near**2 * least,
            lambda t: self.far * slope * t / n + near**2 * (between(least, self.floor, t) - least),
            value,
            half_step=0.5 * self.row / n,
            **options,
        )
