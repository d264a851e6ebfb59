"""Heavy tails and outliers: truths by Monte Carlo, quadrature and formulas of their own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.suites import suite

SUITE = suite("heavy")
PAIR = -0.5 * np.log(1 - 0.75**2)


def outliers(share):
    """The pair at 0.9 with a share of y from N(0, 20^2), as a sum over a plane stretched at its middle."""
    x, step_x = np.linspace(-8, 8, 801, retstep=True)
    t, step_t = np.linspace(-7.0, 7.0, 4001, retstep=True)
    y, stretch = np.sinh(t), np.cosh(t)
    near = stats.norm.pdf(y, 0.9 * x[:, None], np.sqrt(0.19))
    margin = (1 - share) * stats.norm.pdf(y) + share * stats.norm.pdf(y, scale=20.0)
    given = (1 - share) * near + share * stats.norm.pdf(y, scale=20.0)
    weight = step_x * step_t * stats.norm.pdf(x)[:, None] * stretch * given
    return (weight * np.log(given / np.maximum(margin, 1e-300))).sum()


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_outliers_cost_what_a_sum_says(share):
    truth = outliers(share)
    assert SUITE.task(f"outliers-{share}-1v1").mutual_information == pytest.approx(truth, abs=1e-6)
    rest = -np.log(1 - 0.36)
    assert SUITE.task(f"outliers-{share}-3v3").mutual_information == pytest.approx(truth + rest, abs=1e-6)


@pytest.mark.parametrize(("share", "shape"), [(0.01, "1v1"), (0.05, "1v1"), (0.05, "3v3")])
def test_outliers_are_in_one_coordinate_and_as_frequent_as_said(share, shape):
    n = 20_000
    x, y = SUITE.task(f"outliers-{share}-{shape}").sample(n)
    expected = share * 2 * stats.norm.sf(8 / 20)
    assert (np.abs(y[:, 0]) > 8).mean() == pytest.approx(expected, abs=4.5 * np.sqrt(expected / n))
    assert np.abs(np.hstack([x, y[:, 1:]])).max() < 6


def test_maps_and_idle_columns_keep_the_information_of_their_normal():
    for task in SUITE.tasks:
        if task.family in ("monotone", "idle columns"):
            assert task.mutual_information == pytest.approx(PAIR, abs=1e-9)


def test_idle_columns_are_constant_or_repeated():
    x, y = SUITE.task("duplicate(1)-constant(1)-3v3").sample(50)
    for side in (x, y):
        assert side.shape == (50, 8)
        columns = {column.tobytes() for column in side.T}
        assert len(columns) == 4
        assert sum(np.ptp(side, axis=0) == 0) == 2
    x, y = SUITE.task("constant(1)_x-1v1").sample(50)
    assert np.ptp(x[:, 1]) == 0
    assert y.shape == (50, 1)


@pytest.mark.parametrize("dof", [1, 2, 3])
def test_student_tails_are_raw(dof):
    n = 20_000
    law = SUITE.task(f"student-{dof}-1v1").law
    x, _ = law.sample(n, seed=0)
    far = stats.t(dof).sf(10.0) * 2
    assert (np.abs(x) > 10).mean() == pytest.approx(far, abs=4.5 * np.sqrt(far / n))
    joint = stats.multivariate_t(shape=[[1, 0.5], [0.5, 1]], df=dof).entropy()
    assert law.mutual_information == pytest.approx(2 * stats.t(dof).entropy() - joint, abs=1e-6)


def test_monotone_copies_count_once():
    classes = {task.rank_class for task in SUITE.tasks if task.family == "monotone"}
    assert classes == {"normal-1v1", "normal-3v3"}
