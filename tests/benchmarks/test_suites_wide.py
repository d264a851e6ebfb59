"""Drawn, wide, dependent and pictured tasks: truths by their names, by averages of true densities, by closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.methods import Fitter
from benchmarks.suites import random, small, suite
from benchmarks.suites.drawn import STRUCTURES, TRANSFORMS, drawn, student
from mitk.distributions import Gaussian, LinearSeries, Student

NAMES = ["highdim", "small", "timeseries", "images", "staircase", "intervals", "random"]
SIZES = {"highdim": 52, "small": 46, "timeseries": 17, "images": 17, "staircase": 65, "intervals": 19, "random": 100}


@pytest.mark.parametrize("name", NAMES)
def test_oracle_lies_near_the_truth(name):
    tasks = suite(name).tasks
    assert len(tasks) == SIZES[name]
    for task in tasks:
        n = 4000 if task.dim_x <= 10 else 1000
        x, y = task.sample(n, seed=1)
        assert (x.shape, y.shape) == ((n, task.dim_x), (n, task.dim_y))
        # Some three hundred comparisons; averages of heavy tails are not quite normal.
        width = 5.0 * math.hypot(task.noise_floor(n), task.mutual_information_error) + 1e-9
        assert math.isclose(task.oracle(x, y), task.mutual_information, abs_tol=width), task.name


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_the_same_again(name):
    for task in suite(name).tasks[::7]:
        first, again, other = task.sample(20, 1), task.sample(20, 1), task.sample(20, 2)
        np.testing.assert_array_equal(first[0], again[0])
        np.testing.assert_array_equal(first[1], again[1])
        assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("name", ["staircase", "intervals"])
def test_names_end_in_the_truth(name):
    for task in suite(name).tasks:
        _, _, last = task.name.rpartition("-")
        if last.replace(".", "").isdigit():
            # Tables are given by a probability of three digits.
            assert task.mutual_information == pytest.approx(float(last), rel=1e-3), task.name


def test_dimensions_hold_two_nats_each():
    for kind in ("normal", "spiral", "uniform", "smoothed-uniform", "student-5"):
        for d in (4, 8, 16, 32, 64):
            task = suite("highdim").task(f"{kind}-{d}")
            assert (task.dim_x, task.dim_y) == (d, d)
            assert task.mutual_information == pytest.approx(2.0 * d, rel=1e-9)
    for k in (1, 2, 5, 10, 20):
        task = suite("highdim").task(f"teacher-{k}-in-500")
        assert task.dim_x == 500
        assert task.mutual_information == pytest.approx(4.0 * math.log(2.0), rel=1e-9)


def test_padding_is_half_noise_and_half_copies():
    x, y = suite("highdim").task("copies-100-4-pairs-1-bits").sample(4000)
    error = 4.5 / math.sqrt(4000)
    np.testing.assert_array_equal(x[:, 4:52], np.tile(x[:, :4], 12))
    assert np.abs(np.corrcoef(x[:, 52:].T, y[:, 52:].T) - np.eye(96)).max() < 1.2 * error
    r = math.sqrt(1.0 - 2.0 ** (-2.0 / 4.0))
    for j in range(4):
        assert np.corrcoef(x[:, j], y[:, j])[0, 1] == pytest.approx(r, abs=error)


def test_student_part_of_the_information_is_the_scale():
    # Arellano-Valle and others: the scale alone leaves ln(8 pi) - 3 nats at one degree of freedom.
    law = student(2.0, 1, 1.0)
    rest = Gaussian(law.dispersion, 1).mutual_information
    assert 2.0 - rest == pytest.approx(math.log(8.0 * math.pi) - 3.0)
    assert law.mutual_information == pytest.approx(2.0)


def test_copies_of_one_law_count_once():
    stairs = suite("staircase").tasks
    for information in ("2", "10"):
        copies = [task for task in stairs if task.rank_class == f"normal-20-{information}"]
        assert {task.name.rpartition("-20-")[0] for task in copies} == {"normal", "cubic", "half-cube", "asinh"}
        assert {task.family for task in copies} == {"normal"}
    assert len({task.rank_class for task in suite("timeseries").tasks}) == 16


def test_series_have_the_known_values():
    tasks = {task.name: task for task in suite("timeseries").tasks}
    assert tasks["driven-lag-1"].mutual_information == pytest.approx(0.5 * math.log(1.64))
    assert tasks["coin-lag-1"].mutual_information == pytest.approx(
        math.log(2) + 0.1 * math.log(0.1) + 0.9 * math.log(0.9)
    )
    for name in ("driven-lag-2", "coin-lag-2", "independent-0.9", "independent-0.99", "independent-windows-5"):
        assert tasks[name].mutual_information == pytest.approx(0.0, abs=1e-12)
    series = LinearSeries([[0.5, 0.0], [0.4, 0.5]])
    r = (series.autocovariance(4)[1, 0]) / np.sqrt(np.prod(np.diag(series.autocovariance(0))))
    assert tasks["coupled-lag-4"].mutual_information == pytest.approx(-0.5 * np.log1p(-(r**2)))
    assert tasks["half-cube-coupled-lag-1"].noise_floor(100) == tasks["coupled-lag-1"].noise_floor(100)
    law = tasks["slow-lag-1"].law
    assert tasks["slow-lag-1"].noise_floor(100) > 1.5 * law.pointwise_sd / 10


def test_drawn_laws_keep_to_their_priors():
    for structure in STRUCTURES:
        for seed in range(20):
            law = drawn(structure, "base", seed)
            assert 2 <= law.dim_x == law.dim_y <= 32
            if isinstance(law, Student):
                assert 1.0 <= law.dof <= 10.0
    for transform in TRANSFORMS:
        assert drawn("normal-lvm", transform, 3).mutual_information == drawn("normal-lvm", "base", 3).mutual_information
    dense = drawn("normal-dense", "base", 0)
    c = dense.covariance[0, 1]
    assert 0.0 <= c <= 0.5
    assert {float(v) for v in np.unique(dense.covariance)} == {c, 1.0}
    truths = [task.mutual_information for task in small.SUITE.tasks if task.family in STRUCTURES]
    assert len(truths) == len(set(truths)) == 32


def test_a_release_is_fixed_by_its_seed():
    # A change of these sums is a change of the tasks: raise the release or the version with it.
    assert (random.RELEASE, random.SUITE.version) == (1, 1)
    assert sum(task.mutual_information for task in random.SUITE.tasks) == pytest.approx(208.539354, rel=1e-6)
    assert sum(task.mutual_information for task in small.SUITE.tasks) == pytest.approx(103.943468, rel=1e-6)
    again, other = random.tasks(random.SEED, 22), random.tasks(random.SEED + 1, 22)
    for here, same, different in zip(random.SUITE.tasks, again, other, strict=False):
        assert (here.name, here.mutual_information) == (same.name, same.mutual_information)
        assert here.mutual_information != different.mutual_information


# High dimensions make neighbour methods warn, as they should.
@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(
    ("name", "task", "method"),
    [
        ("highdim", "normal-8", "gaussian"),
        ("highdim", "teacher-2-in-500", "ksg"),
        ("timeseries", "coin-lag-1", "discrete"),
        ("timeseries", "coupled-lag-1", "gaussian"),
        ("images", "plates-1", "ksg"),
        ("small", "additive-base", "copula"),
        ("intervals", "table-4-1", "discrete"),
        ("intervals", "bit-and-uniform-0.3", "mixed-ksg"),
        ("random", "020-table", "discrete"),
        ("staircase", "swiss-roll-5-2", "ksg"),
    ],
)
def test_tasks_can_be_fitted(name, task, method):
    found = suite(name).task(task)
    result = Fitter(method)(*found.sample(200), 0, confidence=0.95, **found.options)
    assert math.isfinite(result.value)
    assert result.ci is None or result.ci.low <= result.ci.high
