"""Calibration on held-out sets: how far quantiles must be stretched to hold, and where the training sets end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mitk.errors import ParameterError, sentence
from mitk.learned.network.forward import forward
from mitk.learned.network.guard import facts, smaller_side
from mitk.learned.network.inputs import parts, standardised
from mitk.learned.network.levels import LEVELS

Sets = dict[str, np.ndarray]
# Sets that are standardised together: all at once would not fit into memory.
PIECE = 1000
# Columns of the smaller side at which the guard's ranges begin, and the least sets of a range of its own.
SIDES, LEAST_SETS = (2, 5), 500


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How the held-out sets are used.

    Parameters
    ----------
    edges : tuple of int, default (30, 100, 300, 1000, 3000)
        Numbers of rows that part the ranges; each range, its upper edge included, has factors of its own.
    shrink : float, default 10
        Held-out sets beyond a quantile at which a range's own factor weighs as much as that of all ranges together.
    variance : float, default 0.99
        Share of the variance of the training sets' statistics that the guard looks at.
    border : float, default 0.97
        Share of the training sets that lie within what the guard trusts.
    """

    edges: tuple[int, ...] = (30, 100, 300, 1000, 3000)
    shrink: float = 10.0
    variance: float = 0.99
    border: float = 0.97

    def __post_init__(self) -> None:
        if not self.edges or list(self.edges) != sorted(set(self.edges)) or self.edges[0] < 1:
            raise ParameterError(sentence("calibration.edges", "must hold rising numbers of rows", list(self.edges)))
        if not 0.0 <= self.shrink < math.inf:
            raise ParameterError(sentence("calibration.shrink", "must be at least 0", self.shrink))
        for name in ("variance", "border"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ParameterError(sentence(f"calibration.{name}", "must lie in (0, 1)", getattr(self, name)))


def calibrate(
    networks: Sequence[dict[str, np.ndarray]], scale: dict[str, np.ndarray], sets: Sets, how: Calibration | None = None
) -> dict[str, np.ndarray]:
    """`Model.calibration` from held-out sets.

    Parameters
    ----------
    networks : sequence of mapping of str to ndarray
        Parameters by name; their quantiles are averaged.
    scale : mapping of str to ndarray
    sets : mapping of str to ndarray
        Held-out sets, stacked.
    how : Calibration, optional

    Returns
    -------
    dict of str to ndarray
        ``levels`` (q,), ``edges`` (r - 1,) and ``factors`` (r, q). Every family counts the same.
    """
    truth, n, family = (sets["facts"][:, i].astype(np.float64) for i in (0, 1, 4))
    how = how or Calibration()
    raw = raw_quantiles(networks, scale, sets)
    rows = balanced(family)
    return calibration_of(raw[rows], truth[rows], n[rows], how)


def balanced(family: np.ndarray) -> np.ndarray:
    """Indices in which every family occurs about as often: what holds for the common one need not for the rare."""
    places = [np.flatnonzero(family == one) for one in np.unique(family)]
    most = max(len(place) for place in places)
    return np.concatenate([np.tile(place, -(-most // len(place)))[:most] for place in places])


def raw_quantiles(networks: Sequence[dict[str, np.ndarray]], scale: dict[str, np.ndarray], sets: Sets) -> np.ndarray:
    """Quantiles (b, q) before calibration, nats."""
    found = []
    for piece in parts(sets, PIECE):
        batch = standardised(piece, scale)
        found.append(np.mean([forward(network, batch)[1] for network in networks], axis=0))
    return np.concatenate(found).astype(np.float64)


def calibration_of(raw: np.ndarray, truth: np.ndarray, n: np.ndarray, how: Calibration) -> dict[str, np.ndarray]:
    """`Model.calibration` from quantiles (b, q) that were answered, truths (b,) and numbers of rows (b,)."""
    levels, edges = np.array(LEVELS), np.array(how.edges)
    pooled = stretch(raw, truth, levels)
    ranges = np.searchsorted(edges, n)
    factors = np.tile(pooled, (len(edges) + 1, 1))
    beyond = np.minimum(levels, 1.0 - levels)
    for i in range(len(factors)):
        own = ranges == i
        if own.any():
            weight = own.sum() * beyond / (own.sum() * beyond + how.shrink)
            factors[i] = weight * stretch(raw[own], truth[own], levels) + (1.0 - weight) * pooled
    return {"levels": levels, "edges": edges, "factors": factors}


def stretch(raw: np.ndarray, truth: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Factor of each level with which its share of truths lies below: median + factor (quantile - median).

    Raw quantiles (b, q), truths (b,) and levels (q,) give factors (q,); that of the median is 1, none is negative.

    Notes
    -----
    With r = (truth - median) / (quantile - median), the truth lies below a quantile above the median when r is less
    than the factor, and below one under the median when r is more. So the factor is the quantile of r at the level,
    counted from outside; the estimate of that is the one by which a further set falls beyond it with the right
    probability (that of Weibull), as in split conformal prediction.
    """
    middle = len(levels) // 2
    centre = raw[:, middle]
    factors = np.ones(len(levels))
    for i, level in enumerate(levels):
        if i != middle:
            gap = raw[:, i] - centre
            away = np.where(np.abs(gap) < 1e-12, np.copysign(1e-12, level - 0.5), gap)
            ratio = (truth - centre) / away
            # A negative one would carry the quantile across the median.
            factors[i] = max(np.quantile(ratio, max(level, 1.0 - level), method="weibull"), 0.0)
    return factors


def guard(sets: Sets, scale: dict[str, np.ndarray], how: Calibration | None = None) -> dict[str, np.ndarray]:
    """`Model.guard` from training sets: principal components of their statistics, and the border of what is usual.

    Sets whose smaller side has one column, few, or many have components and borders of their own: what is usual in a
    plane is far from what is usual in twenty columns.

    Returns
    -------
    dict of str to ndarray
        ``edges`` (2,); ``i.mean`` (f,), ``i.axes`` (f, k), ``i.deviations`` (k,) and ``i.border`` () of each range i.
    """
    how = how or Calibration()
    light = {name: values for name, values in sets.items() if name != "rows"}
    pieces = parts(light, PIECE)
    seen = np.concatenate(
        [facts(standardised(piece | {"rows": np.zeros(0)}, scale)).astype(np.float64) for piece in pieces]
    )
    ranges = np.searchsorted(SIDES, smaller_side(sets), side="right")
    found: dict[str, np.ndarray] = {"edges": np.array(SIDES)}
    for i in range(len(SIDES) + 1):
        # Components of too few sets are chance; such a range is judged by all sets.
        own = ranges == i if (ranges == i).sum() >= LEAST_SETS else np.ones(len(ranges), dtype=bool)
        found |= {f"{i}.{name}": value for name, value in _usual(seen[own], how).items()}
    return found


def _usual(seen: np.ndarray, how: Calibration) -> dict[str, np.ndarray]:
    mean = seen.mean(axis=0)
    values, axes = np.linalg.eigh(np.atleast_2d(np.cov(seen, rowvar=False)))
    values, axes = np.maximum(values[::-1], 0.0), axes[:, ::-1]
    # The fewest that hold the share; sums may miss it by rounding.
    kept = 1 + int(np.searchsorted(np.cumsum(values) / values.sum(), how.variance))
    kept = min(kept, int((values > 1e-12 * values[0]).sum()))
    axes, deviations = axes[:, :kept], np.sqrt(values[:kept])
    distance = np.sqrt(np.mean(((seen - mean) @ axes / deviations) ** 2, axis=1))
    found = {"mean": mean, "axes": axes, "deviations": deviations, "border": np.quantile(distance, how.border)}
    return {name: np.asarray(value, dtype=np.float32) for name, value in found.items()}
