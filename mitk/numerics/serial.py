"""Do rows depend on their neighbours, so much that it matters? Autocorrelations, run lengths, and steps of the mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

from mitk.numerics.ranks import average_ranks

# Variance over that of independent rows from which on neighbours matter.
INFLATED = 1.25
# The same where one side is nothing but steps, whose correlation with itself is 1 over the whole length of a step, and
# the correlation with a near row that the other side must then have.
INFLATED_BY_STEPS, WANDERING = 2.5, 0.5
# Chance that shuffled rows pass for a series, on either side; both must.
CHANCE = 0.005
# Lags at which a memory must show, and correlation that it must have there.
NEAR, FELT = 5, 0.15
# Correlations below this many times sqrt(log10(n) / n) are noise (Politis and White 2004).
NOISE = 2.0
# Length of runs over that of least mean square error: too small a variance costs more than an uncertain one.
CAUTION = 1.5
# Runs that are left of an oscillation without an end.
OSCILLATING_RUNS = 16
# Rows from which on the question is asked.
MIN_ROWS = 30
# Most steps of the mean that make a sorted file, rows that each must have, and rows of the file to each at least.
STEPS, STEP_ROWS, ROWS_A_STEP = 20, 5, 30
# Rows of a group by which a file is sorted, below which nothing can be said of the rows within.
ROWS_A_GROUP = 10
# Levels of a label that are looked at.
LABELS = 8
# Places at which a step is looked for, and lags at which a memory is, in long files.
PLACES, LAGS = 10_000, 5_000
# Columns of a side that are looked at, and up to which their squares are looked at too.
WIDE, NARROW = 64, 8
# Rows apart from the commonest value that chance alone may put next to each other.
COINCIDENCES = 5.0


@dataclass(frozen=True)
class Serial:
    """What the order of the rows says.

    Attributes
    ----------
    kind : {"exchangeable", "sorted", "series"}
    inflation : float
        Largest variance of a mean product of a column of x and one of y, over that of independent rows.
    length : int
        Rows of a run after which the next is nearly independent; 1 where rows are.
    """

    kind: str
    inflation: float = 1.0
    length: int = 1


@dataclass(frozen=True, eq=False)
class Scores:
    """Columns whose neighbours are compared.

    Attributes
    ----------
    table : ndarray of shape (n, p)
        Mean 0 and mean square 1.
    apart : ndarray of shape (p,)
        Rows that differ from the commonest value of the column.
    """

    table: np.ndarray
    apart: np.ndarray

    def __getitem__(self, keep: np.ndarray) -> Scores:
        return Scores(self.table[:, keep], self.apart[keep])

    def remembering(self, felt: float = FELT) -> Scores:
        """Those that resemble themselves a few rows later by `felt`, and more than shuffled rows would by chance."""
        n, p = self.table.shape
        near = np.array([(self.table[u:] * self.table[:-u]).sum(axis=0) / n for u in range(1, NEAR + 1)])
        chance = float(ndtri(1.0 - CHANCE / (2.0 * NEAR * max(p, 1)))) / np.sqrt(n)
        # Few rows apart from the rest meet by chance as a Poisson law says, which has a longer tail than the normal.
        least = np.maximum(chance + COINCIDENCES / np.maximum(self.apart, 1.0), felt)
        return self[(np.abs(near) > least).any(axis=0)]

    def without_steps(self, cuts: np.ndarray) -> Scores:
        """Less the mean between cuts; what is constant between them is left out."""
        counts = np.diff(np.concatenate([[0], cuts, [len(self.table)]]))
        means = np.add.reduceat(self.table, np.concatenate([[0], cuts]), axis=0) / counts[:, None]
        left = self.table - np.repeat(means, counts, axis=0)
        spread = np.sqrt((left**2).mean(axis=0))
        varies = spread > 1e-3
        return Scores(left[:, varies] / spread[varies], self.apart[varies])


def scores(values: np.ndarray, nominal: np.ndarray, graded: np.ndarray) -> Scores:
    """Ranks, squares of centred ranks, and indicators of labels.

    Parameters
    ----------
    values : ndarray of shape (n, d)
    nominal : ndarray of shape (d,), bool
        Labels without order enter by the indicators of their commonest levels.
    graded : ndarray of shape (d,), bool
        Columns of many values, whose spread may have a memory too.

    Returns
    -------
    Scores
        Constant columns are left out.
    """
    n, d = values.shape
    chosen = np.linspace(0, d - 1, WIDE).round().astype(int) if d > WIDE else np.arange(d)
    found: list[np.ndarray] = []
    apart: list[int] = []
    for j in chosen:
        levels, counts = np.unique(values[:, j], return_counts=True)
        if len(levels) < 2:
            continue
        if nominal[j] and len(levels) > 2:
            common = np.argsort(-counts, kind="stable")[:LABELS]
            found += [values[:, j] == level for level in levels[common]]
            apart += [min(count, n - count) for count in counts[common]]
            continue
        ranks = average_ranks(values[:, [j]])[:, 0]
        ranks -= ranks.mean()
        found.append(ranks)
        apart.append(n - counts.max())
        if graded[j] and d <= NARROW:
            found.append(ranks**2)
            apart.append(n - counts.max())
    table = np.array(found, dtype=np.float64).reshape(len(found), n).T
    table = table - table.mean(axis=0)
    size = np.sqrt((table**2).mean(axis=0))
    # Squares of two ranks do not vary.
    return Scores(table / np.where(size > 0.0, size, 1.0), np.array(apart, dtype=np.float64))


def examined(x: Scores, y: Scores, by_side: Callable[[], np.ndarray | None]) -> Serial:
    """Tell shuffled rows, a sorted file and a series apart.

    Parameters
    ----------
    x, y : Scores
        Of the columns of either side.
    by_side : callable
        Where the groups begin by which a column is sorted, shape (groups - 1,), or None; asked only when needed.

    Returns
    -------
    Serial

    Notes
    -----
    The variance of a mean of n products of two independent stationary series is

        V = 1 + 2 sum_u r_x(u) r_y(u)

    times that of independent rows, with their autocorrelations r. The sum is cut off softly at twice the last lag at
    which both still have any (the flat-top window of :cite:`politis2004`). The largest V over pairs of columns, of
    ranks and of squares of ranks, counts, where both columns pass a test that one in two hundred of shuffled sets
    would. So does 1 + 2 sum_u r_x(u)^2 r_y(u)^2, which the squares of normal series have: oscillations of different
    frequency cancel in V, and are no independent rows.

    Steps of the mean, few and long, make such sums too: a file sorted by a label. Rows are a series when V stays
    without them. A side that is itself only steps (a label by which the file is sorted, or a regime of a series) is
    told by the other side alone.

    The length of runs is that which estimates V with the least mean square error from disjoint runs
    (:cite:`politis2004`), and half as much again: 1.5 (n (G / V)^2)^(1/3) with G = 2 sum_u u r_x(u) r_y(u), about the
    cube root of n times a power of the memory. A multiple of the integrated autocorrelation time, which ignores n,
    would lose the same share of V across the seams of runs however many rows there are.
    """
    n = len(x.table)
    if n < MIN_ROWS:
        return Serial("exchangeable")
    x, y = x.remembering(), y.remembering()
    inflation, length = run_length(x, y)
    if inflation <= INFLATED:
        return Serial("exchangeable", inflation, length)
    starts = by_side()
    if starts is not None and len(starts) * ROWS_A_GROUP > n:
        return Serial("sorted", inflation, length)
    left_x, left_y = x, y
    if starts is not None:
        left_x, left_y = x.without_steps(starts), y.without_steps(starts)
    cuts = step_cuts(np.column_stack([left_x.table, left_y.table]))
    left_x, left_y = left_x.without_steps(cuts), left_y.without_steps(cuts)
    both = run_length(left_x.remembering(), left_y.remembering())[0]
    one = max(run_length(left_x.remembering(WANDERING), y)[0], run_length(x, left_y.remembering(WANDERING))[0])
    return Serial("series" if both > INFLATED or one > INFLATED_BY_STEPS else "sorted", inflation, length)


def run_length(x: Scores, y: Scores) -> tuple[float, int]:
    """Largest variance inflation over pairs of columns, and the longest run that a pair with any needs."""
    n = len(x.table)
    if not (x.table.size and y.table.size):
        return 1.0, 1
    r_x, r_y = autocorrelations(x.table), autocorrelations(y.table)
    reach_x, reach_y = reach(r_x, n), reach(r_y, n)
    inflation = np.ones((r_x.shape[1], r_y.shape[1]))
    squares = inflation.copy()
    moment, square_moment = np.zeros(inflation.shape), np.zeros(inflation.shape)
    lag = np.arange(1.0, len(r_x) + 1.0)[:, None]
    # The window of a pair is that of the column with the shorter memory.
    for last in np.unique(np.concatenate([reach_x, reach_y])):
        here = np.minimum.outer(reach_x, reach_y) == last
        window = np.clip(2.0 - lag / max(last, 1), 0.0, 1.0) * (last > 0)
        inflation[here] += 2.0 * ((window * r_x).T @ r_y)[here]
        moment[here] += 2.0 * ((window * lag * r_x).T @ r_y)[here]
        squares[here] += 2.0 * ((window * r_x**2).T @ r_y**2)[here]
        square_moment[here] += 2.0 * ((window * lag * r_x**2).T @ r_y**2)[here]
    lengths = np.where(inflation > INFLATED, CAUTION * (n * (moment / inflation) ** 2) ** (1.0 / 3.0), 1.0)
    # An oscillation that goes on has no length of memory, and runs of many cycles serve.
    longest = np.minimum((n * (square_moment / squares) ** 2) ** (1.0 / 3.0), n / OSCILLATING_RUNS)
    lengths = np.maximum(lengths, np.where(squares > INFLATED, longest, 1.0))
    return float(max(inflation.max(), squares.max())), max(round(float(lengths.max())), 1)


def autocorrelations(table: np.ndarray) -> np.ndarray:
    """Of each column, at lags 1 to n / 4 or `LAGS`, shape (lags, p)."""
    n = len(table)
    lags = min(n // 4, LAGS)
    size = next_fast_len(n + lags + 1, real=True)
    found = np.empty((lags, table.shape[1]))
    for j, column in enumerate(table.T):
        spectrum = np.abs(rfft(column, size)) ** 2
        found[:, j] = irfft(spectrum, size)[1 : lags + 1] / n
    return found


def reach(correlations: np.ndarray, n: int) -> np.ndarray:
    """The last lag before five in a row that are noise, shape (p,)."""
    noise = np.abs(correlations) < NOISE * np.sqrt(np.log10(n) / n)
    runs = np.lib.stride_tricks.sliding_window_view(noise, NEAR, axis=0).all(axis=-1)
    return np.where(runs.any(axis=0), runs.argmax(axis=0), len(correlations) // 2)


def group_starts(values: np.ndarray) -> np.ndarray | None:
    """Where the groups begin if equal values stand together in order of size, shape (groups - 1,), else None."""
    steps = np.diff(values)
    if (steps >= 0).all() or (steps <= 0).all():
        return np.flatnonzero(steps) + 1
    return None


def step_cuts(table: np.ndarray) -> np.ndarray:
    """Rows at which the means of the columns change, by binary segmentation, shape (steps,).

    Parameters
    ----------
    table : ndarray of shape (n, p)
        Mean 0 and mean square 1.
    """
    n, p = table.shape
    if p == 0:
        return np.empty(0, dtype=np.int64)
    sums = np.vstack([np.zeros(p), np.cumsum(table, axis=0)])
    # What the best of n cuts gains in p columns of noise, with room.
    least = (p + 4.0 * np.sqrt(p) + 2.0 * np.log(n)) / (n * p)
    left = float((table**2).sum())
    open_parts = {(0, n): _best_cut(sums, 0, n)}
    cuts: list[int] = []
    while len(cuts) < min(STEPS, max(n // ROWS_A_STEP, 2)):
        (start, stop), (gain, cut) = max(open_parts.items(), key=lambda item: item[1][0])
        if gain <= least * left:
            break
        left -= gain
        cuts.append(cut)
        del open_parts[start, stop]
        open_parts[start, cut] = _best_cut(sums, start, cut)
        open_parts[cut, stop] = _best_cut(sums, cut, stop)
    return np.array(sorted(cuts), dtype=np.int64)


def _best_cut(sums: np.ndarray, start: int, stop: int) -> tuple[float, int]:
    """Largest fall of the sum of squares by one cut, and where."""
    cuts = np.arange(start + STEP_ROWS, stop - STEP_ROWS + 1, 1 + len(sums) // PLACES)
    if not len(cuts):
        return 0.0, start
    before, after = (cuts - start)[:, None], (stop - cuts)[:, None]
    apart = (sums[cuts] - sums[start]) / before - (sums[stop] - sums[cuts]) / after
    gains = (apart**2).sum(axis=1) * (before * after)[:, 0] / (stop - start)
    best = int(gains.argmax())
    return float(gains[best]), int(cuts[best])
