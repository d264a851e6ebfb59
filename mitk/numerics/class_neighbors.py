"""Information between classes and distinct numbers: nearest neighbours within the class, along the sorted numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from mitk.numerics.compiled import cached, helper

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@helper
def _information(
    scores: Floats, classes: NDArray[np.int32], sizes: Ints, k: int, psi: Floats, starts: Ints, members: Ints
) -> tuple[float, float]:
    """Mean and mean square of the contributions; `starts` (classes + 1,) and `members` (n,) are room to work in."""
    n = len(scores)
    starts[0] = 0
    for c in range(len(sizes)):
        starts[c + 1] = starts[c] + sizes[c]
    for i in range(n):
        members[starts[classes[i]]] = i
        starts[classes[i]] += 1
    total, squares, end = 0.0, 0.0, 0
    for c in range(len(sizes)):
        begin, end = end, end + sizes[c]
        nearest = min(k, sizes[c] - 1)
        if nearest < 1:
            continue
        fixed = psi[n] + psi[nearest] - psi[sizes[c]]
        # The members from `low` to `high` are this one and its nearest.
        low, high = begin, begin + nearest
        for at in range(begin, end):
            place = members[at]
            here = scores[place]
            while high < at or (high + 1 < end and scores[members[high + 1]] - here < here - scores[members[low]]):
                low, high = low + 1, high + 1
            radius = max(here - scores[members[low]], scores[members[high]] - here)
            # Rows strictly within: beyond the outermost neighbour on either side none is, up to the next of the class.
            first = members[low - 1] + 1 if low > begin else 0
            last = members[low]
            while first < last:
                middle = (first + last) // 2
                if here - scores[middle] < radius:
                    last = middle
                else:
                    first = middle + 1
            if not here - scores[first] < radius:
                first += 1
            behind = members[high]
            beyond = members[high + 1] if high + 1 < end else n
            while behind + 1 < beyond:
                middle = (behind + beyond) // 2
                if scores[middle] - here < radius:
                    behind = middle
                else:
                    beyond = middle
            if not scores[behind] - here < radius:
                behind -= 1
            part = fixed - psi[behind - first + 1]
            total += part
            squares += part * part
    return total / n, squares / n


@cached
def _of_pairs(
    scores: Floats,
    codes: NDArray[np.int32],
    orders: NDArray[np.int32],
    pairs: Ints,
    levels: Ints,
    k: int,
    psi: Floats,
    found: Floats,
) -> None:
    n = len(scores)
    classes, members = np.empty(n, np.int32), np.empty(n, np.int64)
    starts = np.empty(levels.max() + 1, np.int64)
    for p in range(len(pairs)):
        label, order = codes[pairs[p, 0]], orders[pairs[p, 1]]
        sizes = np.zeros(levels[pairs[p, 0]], np.int64)
        for i in range(n):
            classes[i] = label[order[i]]
            sizes[classes[i]] += 1
        found[0, p], found[1, p] = _information(scores, classes, sizes, k, psi, starts, members)


@cached
def _of_shuffles(scores: Floats, sizes: Ints, k: int, psi: Floats, uniforms: Floats, found: Floats) -> None:
    n = len(scores)
    classes, members = np.empty(n, np.int32), np.empty(n, np.int64)
    starts = np.empty(len(sizes) + 1, np.int64)
    at = 0
    for c in range(len(sizes)):
        classes[at : at + sizes[c]] = c
        at += sizes[c]
    for shuffle in range(len(uniforms)):
        for i in range(n - 1):
            j = i + int(uniforms[shuffle, i] * (n - i))
            classes[i], classes[j] = classes[j], classes[i]
        found[shuffle] = _information(scores, classes, sizes, k, psi, starts, members)[0]


def class_informations(
    scores: Floats, codes: NDArray[np.int32], order: NDArray[np.int32], levels: Ints, pairs: Ints, k: int
) -> tuple[Floats, Floats]:
    """Mean and variance of the contributions of rows, those of `mitk.numerics.ksg.class_information`, in nats.

    A row of a class of m rows contributes psi(n) + psi(k') - psi(r + 1) - psi(m) (Ross 2014): k' is k or the m - 1
    others of its class, r counts the rows nearer than the k'-th of these. Rows alone in their class contribute 0.
    The k'-th neighbour moves on with the row along the sorted class, and the rows within are found by bisection between
    it and the next of the class: O(n log n) in all.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        What every column of numbers holds, ascending and distinct.
    codes : ndarray of shape (n, d), int32
        Classes from 0, columns contiguous.
    order : ndarray of shape (n, d), int32
        Rows of each column of numbers by their value, columns contiguous.
    levels : ndarray of shape (d,)
        Classes of each column.
    pairs : ndarray of shape (m, 2), int64
        Places of a column of classes and of one of numbers.
    k : int
        Neighbours.

    Returns
    -------
    mean, variance : ndarray of shape (m,)
    """
    found = np.empty((2, len(pairs)))
    _of_pairs(scores, codes.T, order.T, pairs, levels, k, _psi(len(scores)), found)
    return found[0], np.maximum(found[1] - found[0] ** 2, 0.0)


def shuffled_informations(scores: Floats, sizes: Ints, k: int, shuffles: int, seed: int) -> Floats:
    """Informations of classes of these sizes (c,) that are shuffled among the scores (n,), shape (shuffles,), nats."""
    found = np.empty(shuffles)
    rng = np.random.default_rng([seed, len(scores), k])
    psi, sizes = _psi(len(scores)), np.asarray(sizes, dtype=np.int64)
    step = max(1, 1_000_000 // len(scores))
    for start in range(0, shuffles, step):
        part = found[start : start + step]
        _of_shuffles(scores, sizes, k, psi, rng.random((len(part), len(scores))), part)
    return found


def _psi(n: int) -> Floats:
    """Psi of 0 to n, shape (n + 1,); that of 0 is not used."""
    return digamma(np.maximum(np.arange(n + 1.0), 1.0))
