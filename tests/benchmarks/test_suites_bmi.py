"""The BMI suites carry the published names, and truths that the laws know themselves."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.suites import suite
from mitk.distributions import bmi_task


@pytest.mark.parametrize(("name", "size"), [("bmi40", 40), ("bmi-mixtures", 16)])
def test_truths_are_those_of_the_laws(name, size):
    tasks = suite(name).tasks
    assert len(tasks) == size
    for task in tasks:
        assert task.mutual_information == pytest.approx(bmi_task(task.name).mutual_information, rel=1e-5)
        x, y = task.sample(20, seed=1)
        assert (x.shape, y.shape) == ((20, task.dim_x), (20, task.dim_y))
        np.testing.assert_array_equal(task.sample(20, seed=1)[0], x)


def test_copies_of_one_law_share_a_rank_class():
    assert len({task.rank_class for task in suite("bmi40").tasks}) == 26


def test_the_oracle_is_right_within_its_error():
    for task in suite("bmi40").tasks[::5]:
        x, y = task.sample(4000, seed=0)
        assert abs(task.oracle(x, y) - task.mutual_information) < 5 * task.noise_floor(4000)
