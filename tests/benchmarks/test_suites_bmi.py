"""The BMI suites hold the published tasks, with truths and samples that agree."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.suites import suite

TABLE = {
    entry["name"]: entry
    for entry in json.loads((Path(__file__).parents[1] / "distributions" / "bmi_tasks.json").read_text())
}
TASKS = [pytest.param(t, id=f"{s}-{t.name}") for s in ("bmi40", "bmi-mixtures") for t in suite(s).tasks]


def test_suites_hold_what_was_published():
    assert [len(suite(name).tasks) for name in ("bmi40", "bmi-mixtures")] == [40, 16]
    assert {task.name for name in ("bmi40", "bmi-mixtures") for task in suite(name).tasks} == set(TABLE)


def test_copies_of_one_law_share_a_rank_class():
    assert len({task.rank_class for task in suite("bmi40").tasks}) == 26


@pytest.mark.parametrize("task", TASKS)
def test_task_is_as_recorded_and_samples_again(task):
    recorded = TABLE[task.name]
    assert task.mutual_information == pytest.approx(recorded["mutual_information"], rel=1e-5)
    assert (task.dim_x, task.dim_y) == (recorded["dim_x"], recorded["dim_y"])
    x, y = task.sample(40, seed=1)
    assert (x.shape, y.shape) == ((40, task.dim_x), (40, task.dim_y))
    again = task.sample(40, seed=1)
    assert np.array_equal(x, again[0])
    assert np.array_equal(y, again[1])


@pytest.mark.parametrize("task", TASKS)
def test_oracle_lies_near_the_truth(task):
    n = 4000
    assert task.oracle(*task.sample(n)) == pytest.approx(task.mutual_information, abs=5 * task.noise_floor(n))


def test_only_the_task_with_a_label_says_so():
    labelled = {t.name: dict(t.options) for s in ("bmi40", "bmi-mixtures") for t in suite(s).tasks if t.options}
    assert labelled == {"disc-cont-binary": {"discrete_y": True}}
