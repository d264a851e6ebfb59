"""Which quick method suits columns, by their kinds and their number."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.classical.neighbor_base import MAX_NUMERIC, numeric_columns
from mitk.data.samples import LEVELS_PER_ROW, Samples
from mitk.inference.strata import strata_of, strata_reasons
from mitk.inference.tables import CELLS_PER_ROW
from mitk.numerics.codes import joint_codes
from mitk.numerics.lattices import neighbors_on_lattices

# The counts of three sides scatter more than those of two.
GIVEN_CONDITION = {"k": 5, "margins": "normal"}


def by_kind(samples: Samples) -> tuple[str, dict[str, Any], str]:
    """The quick method for these samples, its options, and why.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    name : {"discrete", "mixed-ksg", "ksg", "copula"}
    hyperparameters : dict
    reason : str
        A sentence for the notes.

    Examples
    --------
    >>> from mitk.data.samples import admit
    >>> by_kind(admit(["a", "b"] * 50, ["u", "v"] * 50).samples)[0]
    'discrete'
    """
    if samples.given is not None:
        return _given_condition(samples)
    kinds = set(samples.x.kinds) | set(samples.y.kinds)
    if kinds <= {"label", "count"} and (table := _table(samples)):
        return table
    if kinds != {"continuous"}:
        return (
            "mixed-ksg",
            {"margins": "normal", **neighbors_of(samples)},
            "Chose mixed-ksg on normal scores: some columns hold labels or repeat values.",
        )
    d = samples.x.d + samples.y.d
    if d <= MAX_NUMERIC:
        return (
            "ksg",
            {"margins": "normal"},
            (f"Chose ksg on normal scores: continuous, {d} columns in all, and ranks do not depend on scale or skew."),
        )
    return (
        "copula",
        {},
        (f"Chose copula: {d} columns in all are too many for neighbours; it may miss dependence that is not monotone."),
    )


def _given_condition(samples: Samples) -> tuple[str, dict[str, Any], str]:
    """The method for I(x; y | z): strata where they are filled, else neighbours, else the copula."""
    few = all(side.few.all() for side in samples.sides)
    if few and not strata_reasons(strata_of(*(side.codes() for side in samples.sides))):
        return "discrete", {}, "Chose discrete: every column holds few levels, and the cells are well filled."
    d = numeric_columns(samples)
    if d <= MAX_NUMERIC:
        return "mixed-ksg", GIVEN_CONDITION, f"Chose mixed-ksg on normal scores: {d} numeric columns in all."
    return (
        "copula",
        {},
        f"Chose copula: {d} numeric columns in all are too many for neighbours; it may miss what is not monotone.",
    )


def _table(samples: Samples) -> tuple[str, dict[str, Any], str] | None:
    """The method for labels and counts whose cells are what counts, if they are; else None."""
    x, y, n = samples.x, samples.y, samples.n
    labels = x.discrete.all() and y.discrete.all()
    if not labels and not all(columns.all() for columns in samples.cells):
        return None
    cells = int(joint_codes(np.column_stack([x.values, y.values])).max()) + 1
    if labels:
        if cells > CELLS_PER_ROW * n:
            return "mixed-ksg", {}, f"Chose mixed-ksg: {cells} cells are too many for a table of {n} rows."
        return "discrete", {}, f"Chose discrete: every column holds labels and {cells} cells are well filled."
    return "discrete", {}, f"Chose discrete: {cells} cells are filled so well that the order of counts adds nothing."


def neighbors_of(samples: Samples) -> dict[str, int]:
    """More neighbours than by default for a pair of columns of which one repeats values that are not cells."""
    x, y, n = samples.x, samples.y, samples.n
    if max(x.d, y.d) > 1:
        return {}
    few = (side.repeats(LEVELS_PER_ROW * n) for side in (x, y))
    fine = any((f & ~cells).any() for f, cells in zip(few, samples.cells, strict=True))
    return {"k": neighbors_on_lattices(n)} if fine else {}
