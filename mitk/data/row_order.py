"""What the order of the rows means: a series in runs, a sorted file, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mitk.errors import ParameterError, sentence
from mitk.numerics.codes import joint_codes
from mitk.numerics.serial import Serial, examined, group_starts, scores

# Fewest runs that a series is cut into.
LEAST_RUNS = 4
# Periods that are tried.
MOST_PERIODS = 50
ROUNDING = 1e-9


def checked_thin(thin: Any) -> int:
    """Every how many rows one is taken, or a ParameterError."""
    if thin is None:
        return 1
    if not isinstance(thin, (int, np.integer)) or isinstance(thin, bool) or thin < 1:
        raise ParameterError(
            sentence("thin", "must be a whole number of at least 1", repr(thin), "thin=5 takes every 5th row")
        )
    return int(thin)


def checked_block(block: Any, n: int, grouped: bool) -> int | str | None:
    """The option `block` for `n` rows, or a ParameterError."""
    if block is None:
        return None
    if not (isinstance(block, str) and block == "auto"):
        if not isinstance(block, (int, np.integer)) or isinstance(block, bool) or block < 1:
            raise ParameterError(
                sentence("block", 'must be a whole number of rows of at least 1, or "auto"', repr(block))
            )
        if n < LEAST_RUNS * block:
            rule = f"must leave at least {LEAST_RUNS} runs in {n} rows"
            raise ParameterError(sentence("block", rule, block, "take shorter runs"))
        block = int(block)
    if grouped and block != 1:
        raise ParameterError(sentence("block", "cannot be combined with `groups`", "both", "choose one"))
    return block


def run_length(
    block: int | str | None, values: tuple[np.ndarray, np.ndarray], kinds: Sequence[Sequence[str]], nominal: Any
) -> tuple[int | None, tuple[str, ...]]:
    """Rows of the runs that stay whole, None where rows are independent, and notes.

    Parameters
    ----------
    block : int, "auto" or None
        As the caller gave it; a number is obeyed, and 1 says that rows are independent.
    values : pair of ndarray of shape (n, dx) and (n, dy)
    kinds : pair of sequence of {"continuous", "tied", "count", "label"}
    nominal : pair of sequence of bool
        Empty where no column is a label.
    """
    if isinstance(block, int):
        return (None if block == 1 else block), ()
    found = _examined(values, kinds, nominal)
    length = min(found.length, len(values[0]) // LEAST_RUNS)
    if block == "auto" and length < 2:
        return None, ("No row was found to depend on its neighbours, so rows are taken singly.",)
    if block is None and found.kind == "series" and _planned(values, kinds, nominal):
        return None, (
            "Rows go through one pattern over and over, as a plan of conditions does, and nothing else depends on "
            'the rows before, so they are taken as independent; if they are a series, pass block="auto".',
        )
    if block == "auto" or (found.kind == "series" and length > 1):
        return length, (
            f"Rows depend on their neighbours: means vary {found.inflation:.2g} times as much as with independent "
            f"rows, so runs of {length} stay whole; block=1 says that the order of the rows means nothing.",
        )
    if found.kind == "sorted":
        return None, (
            "Rows resemble their neighbours, as far as a few steps of the mean: the file seems to be sorted, so rows "
            'are taken as independent; if they are a series, pass block="auto".',
        )
    return None, ()


def _planned(values: tuple[np.ndarray, np.ndarray], kinds: Sequence[Sequence[str]], nominal: Any) -> bool:
    """Whether a side of labels or counts repeats a pattern exactly, and is all that rows of the other side share."""
    for which, side in enumerate(values):
        period = _period(side) if set(kinds[which]) <= {"label", "count"} else 0
        if not period:
            continue
        phase = np.arange(len(side)) % period
        other = values[1 - which]
        means = np.array([other[phase == k].mean(axis=0) for k in range(period)])
        rest = [side, side]
        rest[1 - which] = other - means[phase]
        # What is left of labels are numbers.
        left: list[Sequence[str]] = [kinds[which], kinds[which]]
        left[1 - which] = ["continuous"] * other.shape[1]
        flags: list[Any] = [nominal[which], nominal[which]]
        flags[1 - which] = []
        varies = np.ptp(rest[1 - which], axis=0).max() > ROUNDING * np.abs(other).max()
        if not varies or _examined((rest[0], rest[1]), left, flags).kind != "series":
            return True
    return False


def _period(side: np.ndarray) -> int:
    """Rows of the pattern that a side (n, d) is made of from end to end; 0 where there is none, or it is constant."""
    codes = joint_codes(side)
    if codes.max() == 0:
        return 0
    periods = np.flatnonzero(codes[1 : len(codes) // LEAST_RUNS + 1] == codes[0])[:MOST_PERIODS] + 1
    return next((int(period) for period in periods if (codes[period:] == codes[:-period]).all()), 0)


def _examined(values: tuple[np.ndarray, np.ndarray], kinds: Sequence[Sequence[str]], nominal: Any) -> Serial:
    x, y = (
        scores(
            side,
            np.array(labels if len(labels) else [False] * side.shape[1], dtype=bool),
            np.array([kind != "label" for kind in names], dtype=bool),
        )
        for side, names, labels in zip(values, kinds, nominal, strict=True)
    )

    def sorted_by() -> np.ndarray | None:
        starts = (group_starts(column) for side in values for column in side.T if np.ptp(column) > 0)
        return next((found for found in starts if found is not None), None)

    return examined(x, y, sorted_by)
