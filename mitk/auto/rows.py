"""Rows by what they hold: which are read, and what they feign where they depend on each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mitk.data.samples import Samples
from mitk.estimator import Estimator
from mitk.numerics.canonical import content_hashes, dealing_keys
from mitk.numerics.ranks import average_ranks
from mitk.numerics.ties import pair_keys

SHIFTS = 8


def value_keys(samples: Samples) -> np.ndarray:
    """A key for each row (n,) that depends on the values alone, not on their order nor on the names of labels."""
    sides = (samples.x, samples.y)
    if not any(side.discrete.any() for side in sides):
        return pair_keys(*(side.values for side in sides))
    ranks = (average_ranks(side.values) for side in sides)
    return dealing_keys(content_hashes(*ranks, *(side.discrete for side in sides))[0], 0)


def lowest(keys: np.ndarray, most: int) -> np.ndarray:
    """Rows with the lowest keys, about so many: mirrored rows (a, b) and (b, a) share a key and go together."""
    return np.flatnonzero(keys <= np.partition(keys, most - 1)[most - 1])


def feigned(method: Estimator, samples: Samples, rows: np.ndarray) -> tuple[float, float]:
    """What a method reads of independent sides because rows depend on each other, at least 0, and its scatter.

    Rows of one group, or near in time, are neighbours on both sides; shifts of y along groups or time keep that.

    Parameters
    ----------
    method : Estimator
    samples : Samples
        With groups or runs.
    rows : ndarray of shape (m,)
        Rows to read.
    """
    along = np.arange(samples.n) if samples.groups is None else np.argsort(samples.groups, kind="stable")
    prepared = method._match(method._prepared(replace(samples, groups=None, block=None)))
    values = []
    for step in range(1, SHIFTS + 1):
        order = np.empty(samples.n, dtype=np.int64)
        order[along] = np.roll(along, step * samples.n // (SHIFTS + 1))
        values.append(method._value(prepared.permuted(order).take(rows)).value)
    return max(float(np.mean(values)), 0.0), float(np.std(values, ddof=1))
