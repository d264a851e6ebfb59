"""Results of many pairs as text for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mitk.many.answers import FAILED, UNRELIABLE
from mitk.printable import printable

if TYPE_CHECKING:
    from mitk.many.result import PairwiseResult

TEXT_WIDTH, NAME_WIDTH, MOST_LINES = 80, 12, 20


def pairs_text(result: PairwiseResult) -> str:
    """A square of values as wide as a terminal, or a line a pair for some pairs; and what is to be said of them."""
    square = not result.targets and len(result.answers) == result.n_pairs
    lines, left_out = _square(result) if square else _list(result)
    remarks = [result.unit, *left_out]
    counts = result.counts()
    if counts[UNRELIABLE]:
        remarks.append("! is UNRELIABLE")
    runs = [found.block for found in result.whole.values() if found.block is not None]
    if runs:
        remarks.append(f"{len(runs)} of {len(result.answers)} pairs are series, in runs of up to {max(runs)} rows")
    if counts[FAILED]:
        remarks.append("failed pairs say why in .results")
    return "\n".join([*lines, "; ".join(remarks)])


def _square(result: PairwiseResult) -> tuple[list[str], list[str]]:
    width = max(7, *(min(len(name), NAME_WIDTH) for name in result.names)) + 2
    shown = min(len(result.names), TEXT_WIDTH // width - 1)
    names = [_short(name) for name in result.names[:shown]]
    lines = ["".join(f"{name:>{width}}" for name in ("", *names))]
    for i, name in enumerate(names):
        places = [None if i == j else result.places[min(i, j), max(i, j)] for j in range(shown)]
        cells = ["" if place is None else _cell(result, place) for place in places]
        lines.append("".join(f"{cell:>{width}}" for cell in (name, *cells)).rstrip())
    left_out = len(result.names) - shown
    return lines, [f"{left_out} more columns not shown"] if left_out else []


def _list(result: PairwiseResult) -> tuple[list[str], list[str]]:
    answers = result.answers
    value = np.where(np.isnan(answers.value), -np.inf, answers.value)
    order = np.argsort(-value, kind="stable")[:MOST_LINES]
    lines = [f"{'':>14}{'':>14}{'value':>10}{'q':>10}"]
    for place in order.tolist():
        q = "" if math.isnan(result.q_values[place]) else f"{result.q_values[place]:.2g}"
        x, y = (_short(result.names[places[place]]) for places in (answers.x, answers.y))
        lines.append(f"{x:>14}{y:>14}{_cell(result, place):>10}{q:>10}".rstrip())
    left_out = len(answers) - len(order)
    return lines, [f"{left_out} more pairs not shown"] if left_out else []


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 1]}…"


def _cell(result: PairwiseResult, place: int) -> str:
    if result.answers.error[place]:
        return FAILED
    return f"{result.answers.value[place]:.3f}{'!' if result.answers.reasons[place] else ''}"
