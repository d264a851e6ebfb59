"""Exact tails of many tables of two levels a side whose sides are independent."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from mitk.numerics.compiled import cached, helper
from mitk.numerics.many_tables import count_log_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Informations this close, in nats, are one: they come from the same table by other sums.
TIE = 1e-12
# Terms below this share of their sum are left out.
NEGLIGIBLE = 1e-17


@helper
def _logged(cell: int, n: int, a: int, b: int, logs: Floats) -> float:
    """Sum of c ln c over the cells of the table with this first cell."""
    return logs[cell] + logs[a - cell] + logs[b - cell] + logs[n - a - b + cell]


@helper
def _log_p(cell: int, n: int, a: int, b: int, factorials: Floats) -> float:
    """Logarithm of the hypergeometric probability of the first cell."""
    fixed = factorials[a] + factorials[n - a] + factorials[b] + factorials[n - b] - factorials[n]
    free = factorials[cell] + factorials[a - cell] + factorials[b - cell] + factorials[n - a - b + cell]
    return fixed - free


@helper
def _beyond(cell: int, step: int, n: int, a: int, b: int, factorials: Floats) -> float:
    """Probability of this first cell and of those further away from the mean, in steps of 1 or of -1."""
    term = total = math.exp(_log_p(cell, n, a, b, factorials))
    least, most = max(0, a + b - n), min(a, b)
    while least < cell + (step < 0) and cell + (step > 0) <= most and term > NEGLIGIBLE * total:
        if step > 0:
            term *= (a - cell) * (b - cell) / ((cell + 1.0) * (n - a - b + cell + 1.0))
        else:
            term *= cell * (n - a - b + cell) / ((a - cell + 1.0) * (b - cell + 1.0))
        cell += step
        total += term
    return total


@cached
def _tails(n: int, a: Ints, b: Ints, cells: Ints, logs: Floats, factorials: Floats, found: Floats) -> None:
    for p in range(len(cells)):
        first, second, cell = a[p], b[p], cells[p]
        least, most = max(0, first + second - n), min(first, second)
        # Cells at most `low` lie below the mean, or at it.
        low = int(first * second // n)
        seen = _logged(cell, n, first, second, logs) - TIE * n
        above = cell > low
        tail = _beyond(cell, 1 if above else -1, n, first, second, factorials)
        tied = math.exp(_log_p(cell, n, first, second, factorials))
        # On the other side informations rise away from the mean: the first to reach what was seen is bisected for.
        begin, end = (least - 1, low) if above else (low + 1, most + 1)
        while begin < end:
            middle = (begin + end + above) // 2
            if above:
                if _logged(middle, n, first, second, logs) >= seen:
                    begin = middle
                else:
                    end = middle - 1
            elif _logged(middle, n, first, second, logs) >= seen:
                end = middle
            else:
                begin = middle + 1
        if least <= begin <= most:
            tail += _beyond(begin, -1 if above else 1, n, first, second, factorials)
            if _logged(begin, n, first, second, logs) <= seen + 2.0 * TIE * n:
                tied += math.exp(_log_p(begin, n, first, second, factorials))
        found[0, p], found[1, p] = min(tail, 1.0), tied


def fourfold_tails(n: int, a: Ints, b: Ints, cells: Ints) -> tuple[Floats, Floats]:
    """Probability that independent sides have at least, and exactly, the plug-in information seen.

    Given the margins the first cell is hypergeometric (Fisher 1935), and the information rises with its distance from
    ab / n on either side. Sums run outwards from what was seen, so that small tails are exact too.

    Parameters
    ----------
    n : int
        Rows of every table.
    a, b : ndarray of shape (m,)
        Rows in the second level of either side.
    cells : ndarray of shape (m,)
        Rows in the second level of both.

    Returns
    -------
    at_least, exactly : ndarray of shape (m,)
    """
    found = np.empty((2, len(cells)))
    _tails(n, a, b, cells, count_log_counts(n), gammaln(np.arange(n + 1.0) + 1.0), found)
    return found[0], found[1]
