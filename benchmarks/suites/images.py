"""Images with known information, none of them downloaded: drawn shapes, random fields, real digits that share bits."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.suites import Suite, Task
from mitk.distributions import DigitImages, gaussian_field, plates, rectangles, spots

NATS = (0.1, 1.0, 2.5, 5.0)
BITS = 10


def _tasks() -> Iterator[Task]:
    for information in NATS:
        yield Task(f"plates-{information:g}", plates(information), "plates")
        yield Task(f"rectangles-{information:g}", rectangles(information), "rectangles")
    # Five nats take more bits than four: ten fair bits hold 6.9 nats.
    for information in NATS[1:]:
        yield Task(f"digits-{information:g}", DigitImages.shared_bits(BITS, information), "digits")
    busy = DigitImages.shared_bits(BITS, 2.5, background=0.3)
    yield Task("digits-2.5-background", busy, "digits before a background")
    yield Task("spot-0.1", spots(0.1), "spot before a background")
    yield Task("spot-1", spots(1.0), "spot before a background")
    for rows, noise in ((2, 3.0), (2, 1.0), (4, 1.0)):
        yield Task(f"field-{rows}-rows-noise-{noise:g}", gaussian_field(8, rows, noise), "rows of a field")


SUITE = Suite(
    "images",
    tuple(_tasks()),
    sizes=(1000,),
    seeds=3,
    summary="plates, rectangles, digits that share bits, spots before a background, rows of a random field",
)
