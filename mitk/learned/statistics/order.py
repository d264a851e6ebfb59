"""Breaking ties and ordering rows, columns and sides by bits that depend on the values alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mitk.numerics.ranks import average_ranks

_ODD = np.uint64(0x9E3779B97F4A7C15)


def untied(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | slice]:
    """Sides whose ties are broken at random, which keeps the information; untied sides come back as they are.

    Random means: by bits that depend on the values alone, so that the order of rows, columns and sides does not matter.

    Parameters
    ----------
    x, y : ndarray of shape (n, dx), (n, dy)

    Returns
    -------
    x, y : ndarray of shape (n, dx), (n, dy)
        Of tied data the ranks, 0 to n - 1, with the rows in an order that depends on the values alone too.
    rows : ndarray of shape (n,) or slice
        That order.
    """
    ordered = (np.sort(side, axis=0) for side in (x, y))
    if not any((one[1:] == one[:-1]).any() for one in ordered):
        return x, y, slice(None)
    ranks = [np.round(2.0 * average_ranks(side)).astype(np.uint64) for side in (x, y)]
    rows, names = _named(*ranks)
    order = np.argsort(rows, kind="stable")
    with np.errstate(over="ignore"):
        first = names[0].sum(dtype=np.uint64) <= names[1].sum(dtype=np.uint64)
    broken = []
    # Equal columns of the two sides must not be jittered alike.
    for side, own, place in ((ranks[0], names[0], int(first)), (ranks[1], names[1], int(not first))):
        side, found = side[order], np.empty(side.shape)
        for j in range(side.shape[1]):
            jitter = np.random.default_rng([place, int(own[j])]).random(len(side))
            found[np.lexsort((jitter, side[:, j])), j] = np.arange(len(side))
        broken.append(found)
    return broken[0], broken[1], order


def _named(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """A name for each row (n,), equal for equal rows only, and for each column of the sides, (dx,) and (dy,).

    A row is named by its entries and the names of their columns, a column by its entries, the names of their rows and
    the columns beside it, in turn, until no more columns can be told apart. Columns that still share a name while their
    values differ can be exchanged, rows with them, without changing the data; so any one of them may be set apart.

    Parameters
    ----------
    x, y : ndarray of shape (n, dx), (n, dy), uint64
        Twice the ranks.
    """
    entries = np.hstack([x, y])
    on_y = np.arange(entries.shape[1]) >= x.shape[1]
    hashes = mixed(entries)
    names = np.ones(len(on_y), dtype=np.uint64)
    while True:
        rows, names = _refined(hashes, names, on_y)
        alike = _exchangeable(entries, names, on_y)
        if alike is None:
            return rows, (names[~on_y], names[on_y])
        names[alike] = mixed(names[alike] + _ODD)


def _refined(hashes: np.ndarray, names: np.ndarray, on_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Names of rows and columns that tell apart all that the names of the columns given, and their hashes, can."""
    told = 0
    with np.errstate(over="ignore"):
        while True:
            rows = mixed(hashes @ names)
            count = len(np.unique(names))
            if count == told:
                return rows, names
            told = count
            contents = mixed((hashes * rows[:, None]).sum(axis=0, dtype=np.uint64) + mixed(names))
            beside = np.where(on_y, contents[on_y].sum(dtype=np.uint64), contents[~on_y].sum(dtype=np.uint64))
            names = mixed(contents + mixed(beside * _ODD))


def _exchangeable(entries: np.ndarray, names: np.ndarray, on_y: np.ndarray) -> np.ndarray | None:
    """A column, with those equal to it on its side, that shares its name with other columns; None if there is none."""
    unique, counts = np.unique(names, return_counts=True)
    for name in unique[counts > 1]:
        shared = names == name
        same = shared & (entries == entries[:, [np.argmax(shared)]]).all(axis=0)
        if not same[shared].all():
            return same & (on_y == on_y[np.argmax(shared)])
    return None


class Arrangement(NamedTuple):
    """An order of rows, columns and sides that depends on the values alone, and one of two halves for each row.

    Whatever order they come in, the same arrays are worked on, so that the answer is the same to the last bit. The
    order of the rows is as good as random.
    """

    rows: np.ndarray
    columns: tuple[np.ndarray, np.ndarray]
    swapped: bool
    half: np.ndarray

    def of(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The sides (n, dx) and (n, dy) in this order, or the other way round."""
        x, y = (side[self.rows][:, order] for side, order in zip((x, y), self.columns, strict=True))
        return (y, x) if self.swapped else (x, y)


def arrangement(zx: np.ndarray, zy: np.ndarray) -> Arrangement:
    """The order of normal scores `zx` (n, dx) and `zy` (n, dy)."""
    with np.errstate(over="ignore"):
        bits = [mixed(np.round(side * 2.0**40).astype(np.int64).view(np.uint64)) for side in (zx, zy)]
        key = mixed(bits[0].sum(axis=1, dtype=np.uint64) + bits[1].sum(axis=1, dtype=np.uint64))
        columns = [(side * key[:, None]).sum(axis=0, dtype=np.uint64) for side in bits]
        swapped = bool(columns[0].sum(dtype=np.uint64) > columns[1].sum(dtype=np.uint64))
        # Rows (a, b) and (b, a) share a key, since it must not know the sides; the first side tells them apart.
        first = (bits[int(swapped)] * columns[int(swapped)]).sum(axis=1, dtype=np.uint64)
    rows = np.lexsort((first, key))
    half = (key[rows] >> np.uint64(7)) & np.uint64(1) == 0
    return Arrangement(rows, (np.argsort(columns[0]), np.argsort(columns[1])), swapped, half)


def mixed(bits: np.ndarray) -> np.ndarray:
    """Bits that depend on all bits (the finaliser of SplitMix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
