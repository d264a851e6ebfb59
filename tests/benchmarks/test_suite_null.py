"""Independence: the sides are drawn apart, in the margins of every law there is."""

from __future__ import annotations

import inspect
from dataclasses import fields

import numpy as np
import pytest
from scipy.stats import rankdata

import mitk.distributions
from benchmarks.suites import suite
from mitk.distributions import Distribution, Independent

SUITE = suite("null")


def parts(law):
    """A law and the laws it is made of."""
    yield law
    for member in (getattr(law, field.name) for field in fields(law)):
        for inner in member if isinstance(member, tuple) else (member,):
            if isinstance(inner, Distribution):
                yield from parts(inner)


def test_every_law_is_there():
    classes = {
        found
        for name in dir(mitk.distributions)
        if inspect.isclass(found := getattr(mitk.distributions, name)) and issubclass(found, Distribution)
    }
    used = {type(law) for task in SUITE.tasks for law in parts(task.law)}
    assert {found for found in classes if not inspect.isabstract(found)} <= used


@pytest.mark.parametrize("task", SUITE.tasks, ids=lambda task: task.name)
def test_sides_do_not_hang_together(task):
    n = 2000
    assert isinstance(task.law, Independent)
    assert (task.mutual_information, task.noise_floor(n)) == (0.0, 0.0)
    x, y = task.sample(n)
    assert (x.shape, y.shape) == ((n, task.dim_x), (n, task.dim_y))
    # Ranks, and how far they lie from the middle, which the common scale of an elliptical law would tie.
    sides = []
    for side in (x, y):
        ranks = rankdata(side, axis=0) / n - 0.5
        both = np.hstack([ranks, np.abs(ranks)])
        both = both[:, both.std(axis=0) > 0]
        sides.append((both - both.mean(axis=0)) / both.std(axis=0))
    correlations = np.abs(sides[0].T @ sides[1] / n)
    # Sums of dependent rows scatter more: by (1 + a b) / (1 - a b) for autocorrelations a and b of 0.8.
    scatter = 1.0 if task.law.independent_rows else np.sqrt(1.64 / 0.36)
    assert correlations.max() < 5.5 * scatter / np.sqrt(n)


def test_short_samples_are_asked_for_where_they_make_sense():
    assert SUITE.sizes[0] == 10
    for task in SUITE.tasks:
        if "block" in task.options or task.dim_x >= 64:
            assert min(task.sizes) >= 300
        if not task.law.independent_rows:
            assert "block" in task.options
