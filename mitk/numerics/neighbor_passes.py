"""Layout, precision and threads for the kernels that compare every row with every other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from mitk.numerics.neighbor_kernels import count_rows, joint_rows

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

# Share of pairs left to float64 above which whole rows in float64 are quicker.
_DOUBTFUL = 0.03
# Error of a distance between float32 values in [-1, 1]: four roundings of 2**-24,
# and four more for a threshold of up to 4 turned into float32; the rest is slack.
_MARGIN = 10 * 2.0**-24


def run(task: Callable[[int, int], None], n: int, chunk: int, threads: int) -> None:
    """Call ``task(first, last)`` over n rows, a chunk at a time, from several threads.

    Parameters
    ----------
    task : callable
    n, chunk, threads : int
    """
    starts = range(0, n, chunk)
    if threads == 1 or len(starts) == 1:
        for start in starts:
            task(start, min(start + chunk, n))
        return
    pool = ThreadPoolExecutor(min(threads, len(starts)))
    try:
        for done in [pool.submit(task, start, min(start + chunk, n)) for start in starts]:
            done.result()
    finally:
        # An interrupt waits for the chunks at hand alone.
        pool.shutdown(cancel_futures=True)


def _single(*sides: Floats) -> tuple[list[Floats], float] | None:
    """Centre and scale the sides into [-1, 1], as float32 columns.

    Parameters
    ----------
    *sides : ndarray, shape (n, d)

    Returns
    -------
    columns : list of ndarray, shape (d, n)
    scale : float
        A power of two, so that dividing by it is exact. The whole result is
        None where there is no such scale.
    """
    centred = [side - (side.min(axis=0) / 2 + side.max(axis=0) / 2) for side in sides]
    exponent = np.frexp(max(np.abs(side).max(initial=0.0) for side in centred))[1]
    if abs(exponent) > 1000:
        return None
    scale = float(np.ldexp(1.0, exponent))
    return [(side.T / scale).astype(np.float32, order="C") for side in centred], scale


def _pass(
    single: tuple[list[Floats], float] | None,
    double: Callable[[], list[Floats]],
    rows: Callable[[int, int, list[Floats], float, float], int],
    n: int,
    threads: int,
) -> None:
    """Run rows in float32 for as long as it settles nearly all pairs, then in float64.

    Parameters
    ----------
    single : tuple or None
        From `_single`.
    double : callable
        Makes the float64 columns.
    rows : callable
        ``rows(first, last, columns, scale, margin)``, the number of pairs that
        had to be settled in float64.
    n, threads : int
    """
    exact: list[list[Floats]] = []
    making = Lock()

    def task(first: int, last: int) -> None:
        if single is not None and not exact:
            doubtful = rows(first, last, *single, _MARGIN)
            if doubtful <= _DOUBTFUL * n * (last - first):
                return
        with making:
            if not exact:
                exact.append(double())
        rows(first, last, exact[0], 1.0, 0.0)

    run(task, n, 64, threads if n > 500 else 1)


def count_pass(points: Floats, radii: Floats, threads: int) -> tuple[Ints, Ints]:
    """Count the others nearer than, and within, a radius of each row.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    radii : ndarray, shape (n,)
    threads : int

    Returns
    -------
    opened, closed : ndarray, shape (n,)
    """
    points = np.ascontiguousarray(points)
    counts = np.empty((2, len(points)), np.int64)

    def rows(first: int, last: int, columns: list[Floats], scale: float, margin: float) -> int:
        return count_rows(first, last, columns[0], points, scale, margin, radii, counts)

    _pass(_single(points), lambda: [np.ascontiguousarray(points.T)], rows, len(points), threads)
    return counts[0], counts[1]


def _bounds(codes: Ints | None, n: int) -> Ints:
    """Return the start and stop (2, n) of each row's run of equal codes."""
    if codes is None:
        return np.repeat(np.array([[0], [n]]), n, axis=1)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1])
    ends = np.append(starts[1:], n)
    return np.repeat(np.stack([starts, ends]), ends - starts, axis=1)


def joint_pass(
    x: Floats,
    y: Floats,
    codes_x: Ints | None,
    codes_y: Ints | None,
    joint: Ints | None,
    threads: int,
    rectangle: bool,
    counts: Ints,
    radii: Floats,
) -> None:
    """Fill ``counts`` and ``radii`` as `joint_rows` says, in the caller's order.

    Parameters
    ----------
    x, y : ndarray, shape (n, dx), (n, dy)
    codes_x, codes_y, joint : ndarray, shape (n,), or None
        Cells, and cells of the pair.
    threads : int
    rectangle : bool
    counts, radii : ndarray, shape (9, n), (3, n)
    """
    n = len(x)
    place = np.empty(0, np.int64)
    order: Ints | slice = slice(None)
    y_bounds = _bounds(None, n)
    if codes_x is not None and codes_y is not None:
        order = np.lexsort((codes_y, codes_x))
        again = np.argsort(codes_y[order], kind="stable")
        place = np.empty(n, np.int64)
        place[again] = np.arange(n)
        y_bounds = _bounds(codes_y[order][again], n)[:, place]
    elif joint is not None:
        order = np.argsort(joint, kind="stable")
        y_bounds = _bounds(None if codes_y is None else joint[order], n)
    limits = np.concatenate([
        _bounds(None if joint is None else joint[order], n),
        _bounds(None if codes_x is None else codes_x[order], n),
        y_bounds,
    ])  # fmt: skip
    x, y = np.ascontiguousarray(x[order]), np.ascontiguousarray(y[order])
    y2 = y[again] if len(place) else y
    counted, measured = counts[:, order].copy(), np.empty((3, n))

    def twice(columns: list[Floats]) -> list[Floats]:
        return [*columns, np.ascontiguousarray(columns[1][:, again]) if len(place) else columns[1]]

    def rows(first: int, last: int, columns: list[Floats], scale: float, margin: float) -> int:
        return joint_rows(first, last, *columns, x, y, y2, place, limits, scale, margin, rectangle, counted, measured)

    single = _single(x, y)
    _pass(
        single and (twice(single[0]), single[1]),
        lambda: twice([np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)]),
        rows,
        n,
        threads,
    )
    counts[:, order], radii[:, order] = counted, measured
