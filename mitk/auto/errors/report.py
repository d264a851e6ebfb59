"""How learned errors do, family by family, on laws that the fit did not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mitk.auto.errors.recipe import ErrorRecipe
from mitk.auto.verdict import TOO_WIDE
from mitk.learned.network.stretching import LEVELS

# Who is misled: an interval that is told leaves the truth out, and the value is off by more nats and more of the truth.
TOLERANCE, TOLERANCE_SHARE = 0.05, 0.1


class Judged(NamedTuple):
    """How well a family is answered.

    Attributes
    ----------
    strange : bool
        Whether MIST never saw it.
    sets : int
    error : float
        Mean absolute error, nats.
    coverage : float
        Share of truths in the 95 % interval.
    misled : float
        Share of wrong values whose interval is narrow enough to be told and leaves the truth out.
    told : float
        Share of intervals that are narrow enough.
    """

    strange: bool
    sets: int
    error: float
    coverage: float
    misled: float
    told: float


def measured(recipe: ErrorRecipe, sets: Mapping[str, np.ndarray], quantiles: np.ndarray) -> dict[str, Judged]:
    """Each family judged by quantiles (b, q) of its sets."""
    truth, family = sets["truth"], sets["family"].astype(int)
    low, value, high = (quantiles[:, LEVELS.index(level)] for level in (0.025, 0.5, 0.975))
    error, holds = np.abs(value - truth), (low <= truth) & (truth <= high)
    told = high - low <= np.maximum(TOO_WIDE, value)
    wrong = error > np.maximum(TOLERANCE, TOLERANCE_SHARE * truth)
    found = {}
    for i, name in enumerate(recipe.families):
        own = family == i
        if own.any():
            shares = (float(part[own].mean()) for part in (error, holds, told & wrong & ~holds, told))
            found[name] = Judged(i >= len(recipe.prior.weights), int(own.sum()), *shares)
    return found


def report(recipe: ErrorRecipe, judged: Mapping[str, Mapping[str, Judged]], sets: int, checksum: str) -> str:
    """The report as Markdown."""
    lines = [
        "# How readings err",
        "",
        f"Learned of {sets:,} simulated sets; SHA-256 of the file {checksum}.",
        "",
        "Each family is judged by a fit that saw neither it nor those of its fold, with margins from other folds;",
        "beside it, errors as assumed where nothing is learned. Misled: told, off by more than 0.05 nats and a tenth,",
        "and the 95 % interval leaves the truth out. Not told: the interval is wider than the value and half a nat.",
        "",
        "| family | MIST | sets | error | misled | told | covered | assumed: error | misled | told | covered |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for strange in (False, True):
        rows = {name: found for name, found in judged["learned"].items() if found.strange == strange}
        for name, found in rows.items():
            lines.append(_line(name, strange, found.sets, [found, judged["assumed"][name]]))
        means = [
            Judged(
                strange,
                0,
                *(float(np.mean([getattr(judged[how][name], part) for name in rows])) for part in Judged._fields[2:]),
            )
            for how in ("learned", "assumed")
        ]
        lines.append(_line("**mean**", strange, sum(found.sets for found in rows.values()), means))
    return "\n".join(lines) + "\n"


def _line(name: str, strange: bool, sets: int, both: list[Judged]) -> str:
    cells = [f"{f.error:.3f} | {f.misled:.3f} | {f.told:.2f} | {f.coverage:.3f}" for f in both]
    return f"| {name} | {'stranger' if strange else 'trained'} | {sets} | {' | '.join(cells)} |"
