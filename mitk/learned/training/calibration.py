"""Calibration on held-out sets: how far quantiles must be stretched to hold, and where the training sets end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mitk.errors import ParameterError, sentence
from mitk.learned.network.forward import forward
from mitk.learned.network.guard import facts, smaller_side, surprise
from mitk.learned.network.inputs import parts, standardised
from mitk.learned.network.stretching import LEVELS, STAGES, calibrated, coordinates, stretched

Sets = dict[str, np.ndarray]
# Sets that are standardised together: all at once would not fit into memory.
PIECE = 1000
# Columns of the smaller side at which the guard's ranges begin, and the least sets of a range of its own.
SIDES, LEAST_SETS = (2, 5), 500
# Share of missed truths that every family is taken to have at least.
LEAST_MISSED = 0.01


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How the held-out sets are used.

    Parameters
    ----------
    rows : tuple of int, default (30, 100, 300, 1000, 3000)
        Numbers of rows that part the ranges; each range, its upper edge included, has factors of its own.
    columns : tuple of float, default (0.02, 0.08, 0.2, 0.5)
        Columns of both sides a row that part further ranges, whose factors stretch once more.
    surprise : tuple of float, default (0.5, 0.7, 1.0)
        Distances of the guard that do the same: where statistics are unusual the network errs more than it says. 1 is
        where the guard is raised. Any of the three may be empty.
    shrink : float, default 10
        Held-out sets beyond a quantile at which a range's own factor weighs as much as that of all ranges together.
    variance : float, default 0.99
        Share of the variance of the training sets' statistics that the guard looks at.
    border : float, default 0.97
        Share of the training sets that lie within what the guard trusts.
    """

    rows: tuple[int, ...] = (30, 100, 300, 1000, 3000)
    columns: tuple[float, ...] = (0.02, 0.08, 0.2, 0.5)
    surprise: tuple[float, ...] = (0.5, 0.7, 1.0)
    shrink: float = 10.0
    variance: float = 0.99
    border: float = 0.97

    def __post_init__(self) -> None:
        for stage in STAGES:
            edges = list(getattr(self, stage))
            if edges != sorted(set(edges)) or not all(0.0 < edge < math.inf for edge in edges):
                raise ParameterError(sentence(f"calibration.{stage}", "must hold rising numbers above 0", edges))
        if not 0.0 <= self.shrink < math.inf:
            raise ParameterError(sentence("calibration.shrink", "must be at least 0", self.shrink))
        for name in ("variance", "border"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ParameterError(sentence(f"calibration.{name}", "must lie in (0, 1)", getattr(self, name)))


def calibrate(
    networks: Sequence[dict[str, np.ndarray]],
    scale: dict[str, np.ndarray],
    border: dict[str, np.ndarray],
    sets: Sets,
    how: Calibration | None = None,
) -> dict[str, np.ndarray]:
    """`Model.calibration` from held-out sets.

    Parameters
    ----------
    networks : sequence of mapping of str to ndarray
        Parameters by name; their quantiles are averaged.
    scale : mapping of str to ndarray
    border : mapping of str to ndarray
        `Model.guard`.
    sets : mapping of str to ndarray
        Held-out sets, stacked.
    how : Calibration, optional

    Returns
    -------
    dict of str to ndarray
        As `Model.calibration` says.
    """
    raw, where = raw_quantiles(networks, scale, sets), whereabouts(scale, border, sets)
    return calibration_of(raw, sets["facts"], where, how or Calibration())


def whereabouts(scale: dict[str, np.ndarray], border: dict[str, np.ndarray], sets: Sets) -> dict[str, np.ndarray]:
    """`coordinates` of the sets."""
    pieces = parts(sets, PIECE)
    far = [surprise(standardised(piece, scale), smaller_side(piece), border) for piece in pieces]
    return coordinates(sets, np.concatenate(far))


def raw_quantiles(networks: Sequence[dict[str, np.ndarray]], scale: dict[str, np.ndarray], sets: Sets) -> np.ndarray:
    """Quantiles (b, q) before calibration, nats."""
    found = []
    for piece in parts(sets, PIECE):
        batch = standardised(piece, scale)
        found.append(np.mean([forward(network, batch)[1] for network in networks], axis=0))
    return np.concatenate(found).astype(np.float64)


def calibration_of(
    raw: np.ndarray, facts: np.ndarray, where: dict[str, np.ndarray], how: Calibration
) -> dict[str, np.ndarray]:
    """`Model.calibration` from quantiles (b, q) that were answered, facts (b, 5) and coordinates (b,) of the sets.

    Every family counts the same at first; then as the square root of the share of its truths that the 90 % interval
    misses, so that what holds for most families does less harm in the hardest.
    """
    truth, family = facts[:, 0].astype(np.float64), facts[:, 4].astype(int)

    def fitted(shares: np.ndarray) -> dict[str, np.ndarray]:
        rows = often(family, shares)
        return _stages(raw[rows], truth[rows], {stage: where[stage][rows] for stage in STAGES}, how)

    alike = np.ones(family.max() + 1)
    answered = calibrated(raw, where, fitted(alike))
    missed = (truth < answered[:, LEVELS.index(0.05)]) | (truth > answered[:, LEVELS.index(0.95)])
    shares = np.bincount(family, missed) / np.maximum(np.bincount(family), 1)
    return fitted(np.sqrt(np.maximum(shares, LEAST_MISSED)))


def often(family: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Indices in which families occur in proportion to their shares, every set of each at least once or nearly so."""
    places = {one: np.flatnonzero(family == one) for one in np.unique(family)}
    size = max(len(place) / shares[one] for one, place in places.items())
    return np.concatenate([np.resize(place, round(size * shares[one])) for one, place in places.items()])


def _stages(
    raw: np.ndarray, truth: np.ndarray, where: dict[str, np.ndarray], how: Calibration
) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {"levels": np.array(LEVELS)}
    for stage in STAGES:
        edges = np.array(getattr(how, stage), dtype=np.float64)
        ranges = np.searchsorted(edges, where[stage])
        factors = _factors(raw, truth, ranges, len(edges) + 1, how.shrink)
        found |= {f"{stage}.edges": edges, f"{stage}.factors": factors}
        raw = stretched(raw, factors[ranges])
    return found


def _factors(raw: np.ndarray, truth: np.ndarray, ranges: np.ndarray, many: int, shrink: float) -> np.ndarray:
    """Factors (many, q) of each range, those of few sets near those of all together."""
    levels = np.array(LEVELS)
    pooled = stretch(raw, truth, levels)
    factors = np.tile(pooled, (many, 1))
    beyond = np.minimum(levels, 1.0 - levels)
    for i in range(many):
        own = ranges == i
        if own.any():
            weight = own.sum() * beyond / (own.sum() * beyond + shrink)
            factors[i] = weight * stretch(raw[own], truth[own], levels) + (1.0 - weight) * pooled
    return factors


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
