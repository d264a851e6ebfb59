"""Tasks are what they say, and samples depend on nothing but what identifies them."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.suites import MODULES, Suite, Task, suite
from benchmarks.suites.laws import gaussian

# The laws of the other suites are checked with the distributions they are made of.
TASKS = [pytest.param(task, id=task.name) for task in suite("smoke").tasks]


@pytest.mark.parametrize("task", TASKS)
def test_sample_has_the_shape_and_is_the_same_again(task):
    x, y = task.sample(50, seed=3)
    assert x.shape == (50, task.dim_x)
    assert y.shape == (50, task.dim_y)
    again = task.sample(50, seed=3)
    assert np.array_equal(x, again[0])
    assert np.array_equal(y, again[1])
    assert not np.array_equal(x, task.sample(50, seed=4)[0])
    assert not np.array_equal(x, task.sample(60, seed=3)[0][:50])


@pytest.mark.parametrize("task", [p for p in TASKS if p.values[0].oracle(*p.values[0].sample(9)) is not None])
def test_pointwise_information_agrees_with_the_truth(task):
    n = 100_000
    x, y = task.sample(n, seed=0)
    value = task.oracle(x, y)
    assert abs(value - task.mutual_information) <= 4.5 * task.noise_floor(n)
    if task.mutual_information > 0:
        assert np.std(task.law.pointwise(x, y)) / math.sqrt(n) == pytest.approx(task.noise_floor(n), rel=0.03)


def test_truths_in_closed_form():
    tasks = {task.name: task.mutual_information for task in suite("smoke").tasks}
    assert len(tasks) == 10
    assert tasks["gaussian-0.9"] == pytest.approx(-0.5 * math.log(0.19))
    assert tasks["additive-0.1"] == pytest.approx(0.1 - math.log(0.2))
    noisy = 0.775 * math.log(0.775 / 0.25) + 3 * 0.075 * math.log(0.075 / 0.25)
    assert tasks["symmetric-channel-4"] == pytest.approx(noisy)


def test_known_numbers_spare_the_law_the_work():
    law = replace(gaussian(0.5), mutual_information=math.nan, pointwise_sd=math.nan, mutual_information_error=math.nan)
    task = Task("a", law, "f", known_information=0.25, known_error=0.01, known_sd=0.5)
    assert (task.mutual_information, task.mutual_information_error, task.noise_floor(100)) == (0.25, 0.01, 0.05)


def test_equal_tasks_of_different_suites_have_different_samples():
    one, other = (Suite(name, (Task("a", gaussian(0.5), "f"),)).tasks[0] for name in ("one", "other"))
    assert not np.array_equal(one.sample(10)[0], other.sample(10)[0])


def test_records_are_frozen_and_names_differ():
    task = suite("smoke").tasks[0]
    with pytest.raises(FrozenInstanceError):
        task.name = "other"
    with pytest.raises(TypeError):
        task.options["block"] = 3
    with pytest.raises(BenchmarkError, match="twice"):
        Suite("s", (task, task))


def test_every_suite_is_found_by_its_name():
    for name in MODULES:
        assert suite(name).name == name
    assert suite("tiny:SUITE").name == "tiny:SUITE"


@pytest.mark.parametrize("name", ["smok", "nowhere:SUITE", "tiny:NOTHING", "math:pi"])
def test_unknown_suite_is_one_sentence(name):
    with pytest.raises(BenchmarkError) as caught:
        suite(name)
    assert "\n" not in str(caught.value)
