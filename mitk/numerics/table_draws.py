"""Tails of the information of tables with few ways to be filled, by drawing tables with the same margins."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from mitk.numerics.compiled import cached, helper
from mitk.numerics.many_tables import count_log_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Informations this close, in nats, are one.
TIE = 1e-12
# Draws at most, and those as extreme as what was seen after which no more are needed.
MOST_DRAWS, ENOUGH = 999, 20
STEP, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@helper
def _scrambled(state: np.uint64) -> np.uint64:
    """The splitmix64 word of a state."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(SECOND)
    return z ^ (z >> np.uint64(31))


@helper
def _hypergeometric(n: int, a: int, b: int, uniform: float, factorials: Floats) -> int:
    """How many of a rows drawn from n are among b: the quantile at `uniform`, sought outwards from the mode."""
    least, most = max(0, a + b - n), min(a, b)
    if least == most:
        return least
    mode = min(max(int((a + 1.0) * (b + 1.0) / (n + 2.0)), least), most)
    p = factorials[a] + factorials[n - a] + factorials[b] + factorials[n - b] - factorials[n]
    p -= factorials[mode] + factorials[a - mode] + factorials[b - mode] + factorials[n - a - b + mode]
    below = above = math.exp(p)
    left = uniform - below
    low = high = mode
    # Likelier counts first: any order of the counts makes a quantile.
    while left >= 0.0 and (low > least or high < most):
        if high < most:
            above *= (a - high) * (b - high) / ((high + 1.0) * (n - a - b + high + 1.0))
            high += 1
            left -= above
            if left < 0.0:
                return high
        if low > least:
            below *= low * (n - a - b + low) / ((a - low + 1.0) * (b - low + 1.0))
            low -= 1
            left -= below
            if left < 0.0:
                return low
    return mode


@cached
def _draw(
    n: int,
    starts: Ints,
    counts: Ints,
    pairs: Ints,
    seen: Floats,
    seed: int,
    logs: Floats,
    factorials: Floats,
    found: Floats,
) -> None:
    for p in range(len(pairs)):
        x = counts[starts[pairs[p, 0]] : starts[pairs[p, 0] + 1]]
        y = counts[starts[pairs[p, 1]] : starts[pairs[p, 1] + 1]]
        if n - x.max() > n - y.max():
            x, y = y, x
        # The same margins have the same draws, wherever they stand.
        state = np.uint64(seed)
        margins = 0.0
        for count in x:
            state = _scrambled(state + np.uint64(count))
            margins += logs[count]
        for count in y:
            state = _scrambled(state + np.uint64(STEP) + np.uint64(count))
            margins += logs[count]
        common = x.argmax()
        target = (seen[p] - TIE) * n + margins - logs[n]
        left = np.empty(len(y), np.int64)
        drawn, extreme, largest = 0, 0, -np.inf
        while drawn < MOST_DRAWS and extreme < ENOUGH:
            left[:] = y
            unplaced, logged = n, 0.0
            for level in range(len(x)):
                if level == common:
                    continue
                need, pool = x[level], unplaced
                unplaced -= need
                for j in range(len(y)):
                    if need == 0:
                        break
                    state += np.uint64(STEP)
                    uniform = np.float64(_scrambled(state) >> np.uint64(11)) / 9007199254740992.0
                    cell = _hypergeometric(pool, need, left[j], uniform, factorials)
                    pool -= left[j]
                    need -= cell
                    left[j] -= cell
                    logged += logs[cell]
            for j in range(len(y)):
                logged += logs[left[j]]
            drawn += 1
            extreme += logged >= target
            largest = max(largest, logged)
        found[0, p], found[1, p] = extreme, drawn
        found[2, p] = (largest - margins + logs[n]) / n


def drawn_tails(n: int, margins: list[Ints], pairs: Ints, plug_in: Floats, seed: int) -> tuple[Floats, Floats, Floats]:
    """Draw tables of independent sides until `ENOUGH` have at least the information seen.

    Sequential Monte Carlo (Besag and Clifford 1991): the p-value is ``extreme / drawn`` where enough were found, else
    ``(extreme + 1) / (drawn + 1)``; either is at most a with a probability of at most a.

    Parameters
    ----------
    n : int
    margins : list of ndarray of shape (levels,)
        Counts of each column, all positive.
    pairs : ndarray of shape (m, 2)
    plug_in : ndarray of shape (m,)
        Information seen, in nats.
    seed : int

    Returns
    -------
    p : ndarray of shape (m,)
    extreme : ndarray of shape (m,)
        Tables drawn with at least the information seen.
    largest : ndarray of shape (m,)
        Largest information drawn, in nats.
    """
    starts = np.concatenate([[0], np.cumsum([len(margin) for margin in margins])])
    counts = np.concatenate(margins).astype(np.int64)
    found = np.empty((3, len(pairs)))
    _draw(
        n,
        starts,
        counts,
        pairs,
        plug_in,
        int(seed) % 2**63,
        count_log_counts(n),
        gammaln(np.arange(n + 1.0) + 1.0),
        found,
    )
    extreme, drawn, largest = found
    return np.where(extreme >= ENOUGH, extreme / drawn, (extreme + 1.0) / (drawn + 1.0)), extreme, largest
