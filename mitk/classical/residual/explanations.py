"""How much of the entropy of one side the other side explains, in the coordinates that show it best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mitk.classical.residual.coordinates import Coordinates, choices, turned
from mitk.classical.residual.location_scale import standardised_residuals
from mitk.numerics.joint_entropy import entropy_contributions


@dataclass(frozen=True)
class Explanation:
    """One side v (n, d) explained by the other, u (n, du).

    Attributes
    ----------
    before, after : ndarray of shape (n,)
        Contributions of rows to h(v) and to h(residual) + d E ln scale, in nats.
    given, target, residuals : ndarray of shape (n, du), (n, d), (n, d)
        u, v and what is left of v.
    log_scale : ndarray of shape (n,)
        Logarithm of the scale by which residuals were divided.
    how : dict
        Names of what was chosen.
    """

    before: np.ndarray
    after: np.ndarray
    given: np.ndarray
    target: np.ndarray
    residuals: np.ndarray
    log_scale: np.ndarray
    how: dict[str, str]

    @property
    def bound(self) -> float:
        """What is explained, in nats: in population at most the information."""
        return float((self.before - self.after).mean())


def explain(u: np.ndarray, v: np.ndarray, units: np.ndarray | None = None, *, quick: bool = False) -> Explanation:
    """Explain v (n, d) by u (n, du), rows of one unit (n,) by fits without it.

    `quick` leaves out the costly bases, neighbours and the search for independent directions.
    """
    found = standardised_residuals(u, v, rich=not quick, units=units)
    name_before, before = entropy_contributions(v, quick=quick)
    name_after, after = entropy_contributions(found.values, quick=quick)
    after = after + v.shape[1] * found.log_scale
    how = {"location": found.location, "scale": found.scale, "entropy before": name_before, "entropy after": name_after}
    return Explanation(before, after, u, v, found.values, found.log_scale, how)


def best_explanations(
    x: np.ndarray, y: np.ndarray, units: np.ndarray | None = None
) -> list[tuple[np.ndarray, Explanation, Explanation]]:
    """Rows, and y explained by x and x explained by y on them, for standardised sides x (n, dx) and y (n, dy).

    `units` (n,) are labels of rows that depend on each other.
    """
    n = len(x)
    margin = 1.0 / math.sqrt(n)
    forms = list(choices(x, y))
    forth, back = (_in_best_form(forms, margin, units, forth=which) for which in (True, False))
    parts = [(np.arange(n), forth, back)]
    others = turned(x, y, units)
    if others and _bound(_both(others, units, quick=True)) > _bound(parts) + margin:
        full = _both(others, units, quick=False)
        parts = full if _bound(full) > _bound(parts) + margin else parts
    return parts


def _bound(parts: Sequence[tuple[np.ndarray, Explanation, Explanation]]) -> float:
    sizes = np.array([len(rows) for rows, _, _ in parts])
    return float(sizes @ [max(forth.bound, back.bound) for _, forth, back in parts]) / float(sizes.sum())


def _both(
    parts: list[Coordinates], units: np.ndarray | None, *, quick: bool
) -> list[tuple[np.ndarray, Explanation, Explanation]]:
    found = []
    for p in parts:
        own = None if units is None else units[p.rows]
        forth = explain(p.x, p.y, own, quick=quick)
        back = explain(p.y, p.x, own, quick=quick)
        forth, back = (replace(e, how={"coordinates": "turned", **e.how}) for e in (forth, back))
        found.append((p.rows, forth, back))
    return found


def _in_best_form(
    forms: list[tuple[str, Coordinates]], margin: float, units: np.ndarray | None, *, forth: bool
) -> Explanation:
    """Explain one side by the other in those of several coordinates in which quick fits explain most.

    Both entropies come from the same coordinates, in which what they are too large by mostly cancels.
    """
    tried: list[Explanation] = []
    for name, c in forms:
        found = explain(*((c.x, c.y) if forth else (c.y, c.x)), units, quick=True)
        tried.append(replace(found, how={"coordinates": name, **found.how}))
    best = tried[0]
    for found in tried[1:]:
        # The plainest are kept unless others are better by more than chance.
        if found.bound > best.bound + (margin if best is tried[0] else 0.0):
            best = found
    if best.given.shape[1] == best.target.shape[1] == 1:
        return best
    found = explain(best.given, best.target, units)
    return replace(found, how={"coordinates": best.how["coordinates"], **found.how})
