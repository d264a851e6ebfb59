"""What a method hands to the contract: a value, and how its uncertainty can be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mitk.results.interval import Quantiles
from mitk.results.reason import Reason, Status
from mitk.results.record import Kind


@dataclass(frozen=True, eq=False)
class Found:
    """What a method says of prepared samples.

    Attributes
    ----------
    value : float
        In nats, or in the unit of the method's tags.
    pointwise : ndarray of shape (n,), optional
        Contributions whose mean plus `pointwise_constant` is the value.
    pointwise_constant : float
    uncertainty : callable, optional
        Makes the method's own confidence distribution of the value, asked for once a fit; None where there is none.
    spanned : bool
        Whether intervals by resampling must hold the method's own: resamples see neither the bias of a table nor its
        errors near independence.
    diagnostics : mapping
        What the method wants to show; informations are in nats.
    status : Status
    notes : tuple of str
    kind : {"estimate", "lower", "upper", "score"}, optional
        Where these data make it another than that of the tags.
    """

    value: float
    pointwise: np.ndarray | None = None
    pointwise_constant: float = 0.0
    uncertainty: Callable[[], Quantiles] | None = None
    spanned: bool = False
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    status: Status = field(default_factory=Status)
    notes: tuple[str, ...] = ()
    kind: Kind | None = None


@dataclass(frozen=True, eq=False)
class FoundMany:
    """What a method says of many pairs of columns at once.

    Attributes
    ----------
    values : ndarray of shape (m,)
        In nats, those of single fits up to rounding.
    p_values : ndarray of shape (m,)
        Of independence.
    intervals : callable
        ``intervals(chosen, level)``: both ends, (c,) each, for pairs chosen by their places (c,); they hold the values.
    doubts : callable
        ``doubts(chosen)``: the reasons not to trust each of these, a list of c tuples.
    kind : {"estimate", "lower", "upper", "score"} or ndarray of shape (m,)
        One for all pairs, or one for each.
    method : str
        Registered name of what read them, where that is another than the method asked.
    note : str
        What any of these results should say of how it was had.
    """

    values: np.ndarray
    p_values: np.ndarray
    intervals: Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]
    doubts: Callable[[np.ndarray], list[tuple[Reason, ...]]]
    kind: Kind | np.ndarray = "estimate"
    method: str = ""
    note: str = ""
