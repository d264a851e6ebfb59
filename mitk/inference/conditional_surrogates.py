"""Surrogates of conditional independence: y exchanged among rows whose conditions are alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from mitk.data.samples import Samples
from mitk.errors import DataError, ParameterError, UnsupportedError, sentence
from mitk.inference.remainders import nearly_continuous
from mitk.inference.residual_dependence import SHAPES, fits_on
from mitk.numerics.ranks import normal_scores

CONDITIONAL = ("neighbors", "strata", "residuals")
# Rows that may take each other's place. Fewer leave less to exchange, more are less alike.
NEAR = 8
# Columns of a condition up to which the level was measured.
MOST_MEASURED = 5
# Strata will do where all but this share of the rows have so many others of the same condition.
MOST_ALONE, OTHERS = 0.1, 4


def choose_conditional(samples: Samples, surrogate: str) -> str:
    """The surrogate that suits samples with a condition, neither grouped nor a series, or the one named, checked."""
    assert samples.given is not None
    sizes = np.bincount(samples.given.codes())[samples.given.codes()]
    if surrogate == "auto":
        filled = samples.given.few.all() and (sizes <= OTHERS).mean() <= MOST_ALONE
        return "strata" if filled else "neighbors"
    if surrogate == "rows":
        hint = 'leave `surrogate` out, or use "residuals"'
        raise ParameterError(sentence("surrogate", "must keep what y has to do with `given`", repr(surrogate), hint))
    if surrogate == "strata" and sizes.max() < 2:
        hint = 'use surrogate="neighbors"'
        raise DataError(sentence("given", "must have rows of equal values to exchange", "all rows different", hint))
    return surrogate


def condition_notes(samples: Samples) -> tuple[str, ...]:
    """What to know of a test given so many columns."""
    if samples.given is None or samples.given.d <= MOST_MEASURED:
        return ()
    return (
        f"Given {samples.given.d} columns, relations to several of them at once that are not additive are followed "
        f"poorly, and what is missed is taken for dependence: the level was measured for up to {MOST_MEASURED}.",
    )


def check_remainders(samples: Samples, surrogate: str, readings: Mapping[str, float]) -> None:
    """Raise UnsupportedError where y must be rebuilt from a fit and what it leaves, and cannot.

    Readings of what fits leave, and surrogates that keep the condition, do without.
    """
    if samples.given is None or surrogate in ("neighbors", "strata") or SHAPES in readings:
        return
    names = [name for name, smooth in zip(samples.y.names, nearly_continuous(samples.y), strict=True) if not smooth]
    if names:
        raise UnsupportedError(
            sentence(
                "y",
                f'must be continuous to exchange by "{surrogate}" what a fit on `given` leaves of it',
                f"repeated values or labels in {', '.join(names[:3])}",
                'use method="screen"',
            )
        )


def conditional_orders(samples: Samples, surrogate: str, seed: int) -> Callable[[np.random.Generator], np.ndarray]:
    """How one surrogate draws the order in which rows of y, or what is left of them, are taken.

    Parameters
    ----------
    samples : Samples
        With a condition.
    surrogate : {"neighbors", "strata", "residuals"}
        "neighbors" exchanges rows that are near in the condition, as far as possible without taking one twice; "strata"
        those of equal conditions; "residuals" any, for statistics of what a fit on the condition leaves.
    seed : int
        Decides between rows that are equally near.
    """
    from mitk.numerics.local_orders import local_order, near_rows, order_within  # compiles

    assert samples.given is not None
    given = samples.given
    if surrogate == "residuals":
        return lambda rng: rng.permutation(samples.n)
    if surrogate == "strata":
        codes = given.codes()
        return lambda rng: order_within(codes, rng)
    numeric = ~given.discrete
    near = near_rows(normal_scores(given.values[:, numeric]), list(given.values[:, ~numeric].T), NEAR, seed)
    return lambda rng: local_order(near, rng)


def exchanged(samples: Samples) -> Callable[[np.ndarray], Samples]:
    """Samples whose y kept its relation to the condition and lost that to x, as a function of an order of rows.

    Rows of labels and of repeated values are taken as they are. Of a continuous column y, a smooth fit f of its scores
    on the condition is kept and what it leaves is taken in the order pi: the values of y, sorted, are laid out by
    the ranks of f(z_i) + r_pi(i), so that the column keeps its law, and rows that are near but not equal in the
    condition differ by what their conditions say. Identity gives the samples themselves.
    """
    assert samples.given is not None
    y = samples.y
    smooth = nearly_continuous(y)
    if not smooth.any():
        return samples.permuted
    scores = normal_scores(y.values[:, smooth])
    left = fits_on(samples).remainder(scores)(scores)
    fitted, ordered = scores - left, np.sort(y.values[:, smooth], axis=0)

    def surrogate(rows: np.ndarray) -> Samples:
        values = y.values[rows]
        ranks = np.argsort(np.argsort(fitted + left[rows], axis=0, kind="stable"), axis=0)
        values[:, smooth] = np.take_along_axis(ordered, ranks, axis=0)
        return replace(samples, y=replace(y, values=values))

    return surrogate
