"""Many columns: much information in all of them, or little in few of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.suites import Suite, Task
from benchmarks.suites.drawn import student
from mitk.distributions import (
    AppendCopies,
    AppendNoise,
    Chain,
    DeepTeacher,
    Distribution,
    Gaussian,
    Map,
    Mapped,
    RandomEmbedding,
    Rotation,
    SoftplusTeacher,
    Spiral,
    correlated_uniform,
    smoothed_uniform,
)

NATS_PER_COLUMN = 2.0
BIT = math.log(2.0)
TEACHER_INFORMATION = 4.0 * BIT
EMBEDDED = 500


def _sides(law: Distribution, *maps: Map) -> Mapped:
    """The law after the maps, the same on both sides, and a random rotation of each side."""
    return Mapped(law, Chain((Rotation(1), *maps)), Chain((Rotation(2), *maps)))


def _mixed() -> Iterator[Task]:
    """Two nats a dimension, mixed by a rotation of each side."""
    for d in (4, 8, 16, 32, 64):
        information = NATS_PER_COLUMN * d
        normal = Gaussian.from_information(information, d)
        yield Task(f"normal-{d}", _sides(normal), "normal", f"normal-{d}")
        yield Task(f"spiral-{d}", _sides(normal, Spiral()), "spiral")
        yield Task(f"uniform-{d}", _sides(correlated_uniform(normal)), "uniform margins")
        yield Task(f"smoothed-uniform-{d}", _sides(smoothed_uniform(information, d)), "smoothed uniform")
        yield Task(f"student-5-{d}", _sides(student(information, d, 5.0)), "student")


def _embedded() -> Iterator[Task]:
    """Few latent columns seen through frozen networks with 500 outputs."""
    for k in (1, 2, 5, 10, 20):
        latent = Gaussian.from_information(TEACHER_INFORMATION, k)
        for family, network in (("teacher", SoftplusTeacher), ("embedding", RandomEmbedding)):
            law = Mapped(latent, network(k, EMBEDDED, seed=1), network(k, EMBEDDED, seed=2))
            yield Task(f"{family}-{k}-in-{EMBEDDED}", law, family)
    latent = Gaussian.from_information(TEACHER_INFORMATION, 10)
    deep = Mapped(latent, DeepTeacher(10, EMBEDDED, seed=1), DeepTeacher(10, EMBEDDED, seed=2))
    yield Task(f"deep-teacher-10-in-{EMBEDDED}", deep, "deep teacher")


def _padded() -> Iterator[Task]:
    """Pairs with `bits` in all; of the other columns, one half is noise and one half copies of the pairs."""
    for columns, pairs, bits in (
        (10, 1, 1.0),
        (10, 4, 2.0),
        (100, 1, 1.0),
        (100, 4, 0.0),
        (100, 4, 1.0),
        (100, 8, 2.0),
        (1000, 1, 1.0),
        (1000, 4, 1.0),
        (1000, 8, 2.0),
    ):
        noise = (columns - pairs) // 2
        pad = Chain((AppendNoise(noise), AppendCopies(columns - pairs - noise)))
        law = Mapped(Gaussian.from_information(bits * BIT, pairs), pad, pad)
        yield Task(f"copies-{columns}-{pairs}-pairs-{bits:g}-bits", law, "copies and noise")


def _among_noise() -> Iterator[Task]:
    """Two pairs with one nat in all among noise, as they are and hidden by a rotation."""
    for columns in (10, 50, 200, 1000):
        pair = Gaussian.from_information(1.0, 2)
        noise = AppendNoise(columns - 2)
        yield Task(f"noise-{columns}", Mapped(pair, noise, noise), "noise")
        if columns <= 200:
            yield Task(f"rotated-noise-{columns}", _sides(pair, noise), "rotated noise")


SUITE = Suite(
    "highdim",
    (*_mixed(), *_embedded(), *_padded(), *_among_noise()),
    sizes=(1000,),
    seeds=3,
    summary="two nats a dimension up to 64, few latent columns in 500, pairs among noise and copies",
)
