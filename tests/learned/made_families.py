"""Families that tests name as "made_families:function"."""

from __future__ import annotations

import math

import numpy as np

from mitk.learned import Draw


def pair(rng, n):
    """A normal pair of correlation 0.6."""
    x, e = rng.standard_normal((2, n))
    return Draw(x, 0.6 * x + 0.8 * e, -math.log(0.8))


def short(rng, n):
    """One row too few."""
    return Draw(rng.standard_normal((n - 1, 1)), rng.standard_normal((n, 1)), 0.0)


def endless(rng, n):
    """Sides that are not finite."""
    return Draw(np.full((n, 1), np.nan), rng.standard_normal((n, 1)), 0.0)
