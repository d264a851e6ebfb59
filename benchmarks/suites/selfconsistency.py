"""What information must obey on images, whatever its value: independence, data processing, additivity.

After Song and Ermon (2020), with y the top rows of x seen in noise, so that the information is finite. The field is
normal and its ratios are known; the digits are real and only ratios that hold for every law are asked of them.
"""

from __future__ import annotations

import functools

import numpy as np

from benchmarks.suites import Part, Suite
from benchmarks.suites.laws import PlainLaw
from benchmarks.suites.relations import Relate, Relation, ratio, share_rising
from mitk.distributions import gaussian_field

FIELD, DIGIT = 4, 8
FIELD_NOISE, DIGIT_NOISE = 1.0, 0.5


@functools.cache
def _images() -> np.ndarray:
    from sklearn.datasets import load_digits

    return load_digits().data / 16.0


def _draw_digits(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    x = _images()[rng.integers(len(_images()), size=n)]
    return x, x + DIGIT_NOISE * rng.standard_normal(x.shape)


# Nobody knows the information of these in nats.
_DIGITS = PlainLaw("digit-rows", DIGIT**2, DIGIT**2, float("nan"), _draw_digits)
_IN_NOISE = gaussian_field(FIELD, FIELD, FIELD_NOISE)


def top(share: float) -> Relate:
    """The top `share` of the rows of y, beside all of them."""
    return lambda x, y, task, rng: [Part(x, y[:, : int(share * y.shape[1])]), Part(x, y)]


def growing(x: np.ndarray, y: np.ndarray, task: Relation, rng: np.random.Generator) -> list[Part]:
    """Quarters of y, one after another."""
    return [Part(x, y[:, : quarter * y.shape[1] // 4]) for quarter in (1, 2, 3, 4)]


def apart(x: np.ndarray, y: np.ndarray, task: Relation, rng: np.random.Generator) -> list[Part]:
    """The rows of y of other images, beside those of the same."""
    n = len(x) // 2
    return [Part(x[:n], y[n:]), Part(x[:n], y[:n])]


def processed(x: np.ndarray, y: np.ndarray, task: Relation, rng: np.random.Generator) -> list[Part]:
    """X twice, and three quarters of y with a half of it; this tells nothing that x and three quarters do not."""
    more, less = (y[:, : quarters * y.shape[1] // 4] for quarters in (3, 2))
    return [Part(np.hstack([x, x]), np.hstack([more, less])), Part(x, more)]


def added(x: np.ndarray, y: np.ndarray, task: Relation, rng: np.random.Generator) -> list[Part]:
    """Two independent images, beside the first alone."""
    n = len(x) // 2
    pairs = (np.hstack([side[:n], side[n:]]) for side in (x, y))
    return [Part(*pairs), Part(x[:n], y[:n])]


def _tasks(name: str, law: object) -> list[Relation]:
    return [
        Relation(f"monotone-{name}", law, "baseline", relate=growing, combination=share_rising, ideal=1.0),
        Relation(f"independence-{name}", law, "baseline", relate=apart, combination=ratio, ideal=0.0, copies=2),
        Relation(f"processing-{name}", law, "data processing", relate=processed, combination=ratio, ideal=1.0),
        Relation(f"additivity-{name}", law, "additivity", relate=added, combination=ratio, ideal=2.0, copies=2),
    ]


def _baseline(rows: int) -> Relation:
    known = gaussian_field(FIELD, rows, FIELD_NOISE).mutual_information / _IN_NOISE.mutual_information
    return Relation(
        f"baseline-field-{rows}", _IN_NOISE, "baseline", relate=top(rows / FIELD), combination=ratio, ideal=known
    )


SUITE = Suite(
    "selfconsistency",
    (*(_baseline(rows) for rows in (1, 2, 3)), *_tasks("field", _IN_NOISE), *_tasks("digits", _DIGITS)),
    sizes=(1000,),
    seeds=5,
    summary="independence, data processing and additivity on images: ratios, not nats",
)
