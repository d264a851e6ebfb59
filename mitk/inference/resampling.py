"""Which rows move together, and random partitions that respect it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mitk.data.samples import Samples

# 2^64 over the golden ratio, the increment of splitmix64.
GOLDEN = 0x9E3779B97F4A7C15


def unit_labels(samples: Samples) -> np.ndarray:
    """Label of the resampling unit of each row, shape (n,): a row, a group, or a run of `block` rows."""
    if samples.groups is not None:
        return np.unique(samples.groups, return_inverse=True)[1].ravel()
    return np.arange(samples.n) // (samples.block or 1)


def master_order(samples: Samples, seed: int) -> np.ndarray:
    """Random permutation of the resampling units, shape (units,), the same wherever their rows stand.

    Rows are dealt by a hash of the ranks of their values, so that neither the order of the rows, nor increasing maps of
    columns, nor an exchange of the sides changes who meets whom in a chunk. Groups go by their label, runs by their
    place.
    """
    if samples.dependent:
        return np.random.default_rng(seed).permutation(int(unit_labels(samples).max()) + 1)
    one, other = sorted((_hashed(samples.x.values), _hashed(samples.y.values)), key=lambda side: int(side.sum()))
    # Sides of the same ranks cannot be told apart, and are then added as they are.
    apart = np.uint64(one.sum() != other.sum())
    row = _mixed(one) + _mixed(other + apart)
    # Equal rows are dealt apart: each copy counts the ones before it.
    order = np.lexsort((one, row))
    new = np.append(True, (np.diff(row[order]) != 0) | (np.diff(one[order]) != 0))
    copy = np.empty(samples.n, dtype=np.uint64)
    copy[order] = np.arange(samples.n) - np.maximum.accumulate(np.where(new, np.arange(samples.n), 0))
    return np.lexsort((one, _mixed(row + _mixed(copy + _step(seed)))))


def _hashed(values: np.ndarray) -> np.ndarray:
    """A hash of the ranks in each row, shape (n,), uint64."""
    total = np.zeros(len(values), dtype=np.uint64)
    for j, column in enumerate(values.T):
        code = np.unique(column, return_inverse=True)[1].ravel().astype(np.uint64)
        total += _mixed(code + _step(j + 1))
    return total


def _step(count: int) -> np.uint64:
    return np.uint64(int(count) * GOLDEN % 2**64)


def _mixed(codes: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64: a bijection of 64-bit words without visible structure."""
    word = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def partition(labels: np.ndarray, parts: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the rows of each of `parts` disjoint random subsets of whole units."""
    sizes = np.bincount(labels)
    order = rng.permutation(len(sizes))
    # Dealt from the largest on, there and back, so that parts have about as many rows.
    order = order[np.argsort(-sizes[order], kind="stable")]
    deal = np.concatenate([np.arange(parts), np.arange(parts)[::-1]])
    part_of_unit = np.empty(len(sizes), dtype=np.int64)
    part_of_unit[order] = np.resize(deal, len(sizes))
    part_of_row = part_of_unit[labels]
    for part in range(parts):
        yield np.flatnonzero(part_of_row == part)
