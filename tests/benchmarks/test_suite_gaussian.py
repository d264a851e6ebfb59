"""The Gaussian grid: information as named, by determinants, and every column entangled where it should be."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.suites import suite
from benchmarks.suites.gaussian import INFORMATION, SHAPES

TASKS = suite("gaussian").tasks


def determinants(law):
    dx, s = law.dim_x, law.covariance
    x, y, joint = (np.linalg.slogdet(block)[1] for block in (s[:dx, :dx], s[dx:, dx:], s))
    return 0.5 * (x + y - joint)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_information_is_as_named_and_that_of_the_determinants(task):
    kind, dim_x, dim_y, information = task.name.split("-")
    assert (task.dim_x, task.dim_y) == (int(dim_x), int(dim_y))
    assert task.mutual_information == pytest.approx(float(information), abs=1e-9)
    law = task.law.distribution if kind == "rotated" else task.law
    assert determinants(law) == pytest.approx(float(information), abs=1e-7)
    if kind == "dense":
        assert np.min(law.covariance) > 0.0


def test_grid_is_complete_and_copies_count_once():
    assert {(d, d) for d in (1, 2, 5, 10, 25, 50, 100)} < set(SHAPES)
    kinds = {kind: [t for t in TASKS if t.name.startswith(kind)] for kind in ("diagonal", "rotated", "dense")}
    assert len(kinds["diagonal"]) == len(SHAPES) * len(INFORMATION)
    pairs = {t.rank_class for t in kinds["diagonal"]}
    assert {t.rank_class for t in kinds["rotated"]} < pairs
    assert not {t.rank_class for t in kinds["dense"]} & pairs
    assert {t.family for t in TASKS} == {"pairs", "dense"}
