"""Truths of the suites made of laws: samples agree with them, and so do their copies."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from benchmarks.suites import suite

NAMES = ("gaussian", "highmi", "mixed", "heavy")
N = 3000


@pytest.mark.parametrize("task", [pytest.param(t, id=f"{s}-{t.name}") for s in NAMES for t in suite(s).tasks])
def test_samples_carry_the_stated_information(task):
    x, y = task.sample(N)
    assert (x.shape, y.shape) == ((N, task.dim_x), (N, task.dim_y))
    information = task.law.pointwise(x, y)
    assert np.isfinite(information).all()
    # Rows that say something else may be too rare to be met in one sample: the law knows their spread.
    error = max(information.std() / np.sqrt(N), task.noise_floor(N))
    assert information.mean() == pytest.approx(task.mutual_information, abs=5.0 * error + 1e-9)
    assert error < 0.06
    assert task.mutual_information_error == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_copies_of_one_law_share_their_truth_and_their_family(name):
    families, truths = defaultdict(set), defaultdict(set)
    for task in suite(name).tasks:
        families[task.rank_class].add(task.family)
        truths[task.rank_class].add(round(task.mutual_information, 9))
    assert {len(found) for found in families.values()} == {1}
    assert {len(found) for found in truths.values()} == {1}


@pytest.mark.parametrize("name", ["null", *NAMES])
def test_columns_of_labels_are_said_to_be_labels(name):
    for task in suite(name).tasks:
        for side, values in zip("xy", task.sample(100), strict=True):
            if task.options.get(f"discrete_{side}"):
                assert np.array_equal(values, values.round())
                assert len(np.unique(values)) <= 50


def test_labels_without_an_order_and_counts_are_told_apart():
    undeclared = {
        task.name
        for name in ("null", *NAMES)
        for task in suite(name).tasks
        for side, values in zip("xy", task.sample(100), strict=True)
        if np.array_equal(values, values.round()) and not task.options.get(f"discrete_{side}")
    }
    # Counts, and normals rounded to whole numbers, are ordered: neighbours resemble each other.
    assert undeclared == {"poisson-0", "poisson-0.15", "poisson-0.5", "rounded-1", "null-poisson"}
