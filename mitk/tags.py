"""What a configured estimator can do and promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mitk.results.record import Kind


@dataclass(frozen=True, kw_only=True)
class Tags:
    """What a configured estimator can do and promises; laws, docs, warnings and `auto` read it.

    Attributes
    ----------
    summary : str
        One line: what it is for.
    data : frozenset of {"continuous", "tied", "count", "label"}
        Kinds of columns it is meant for.
    invariances : frozenset of {"affine", "monotone", "linear", "relabel"}
        Maps of one side that leave the value unchanged: shift and positive scale of a column, any
        strictly increasing map of a column, an invertible matrix on a side, renaming of labels.
    kind : {"estimate", "lower", "upper", "score"}
    quantity : str
    unit : str
        "nats", or the unit of a score that has no nats; results then never change unit.
    interval : {"subsampling", "jackknife", "own"}
        The default interval: of which resampling, or the method's own uncertainty.
    min_n : int
        Below this many rows the result is UNRELIABLE.
    max_dim : int or None
        Above this many columns in all the result is UNRELIABLE.
    ceiling : callable or None
        Largest value it can return from n rows, in nats.
    conditional : bool
        Whether it takes a third side, ``given=``.
    trained : bool
        Whether a fit trains a network: seconds, and another value from another seed.
    multivariate, symmetric, stochastic, pointwise, differentiable : bool
    """

    summary: str
    data: frozenset[str] = frozenset({"continuous"})
    invariances: frozenset[str] = frozenset()
    kind: Kind = "estimate"
    quantity: str = "mi"
    unit: str = "nats"
    interval: str = "subsampling"
    min_n: int = 10
    max_dim: int | None = None
    ceiling: Callable[[int], float] | None = None
    multivariate: bool = True
    conditional: bool = False
    symmetric: bool = True
    stochastic: bool = False
    trained: bool = False
    pointwise: bool = False
    differentiable: bool = False
