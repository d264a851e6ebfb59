"""High information: recorded noise gives the stated nats, and closed forms say the same as the laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import digamma

from benchmarks.suites import suite
from benchmarks.suites.highmi import CURVES, FAMILIES, INFORMATION, NOISE

SUITE = suite("highmi")


def stated(family, d, nats):
    return SUITE.task(f"{family}-{d}v{d}-{nats}").law


@pytest.mark.parametrize("task", SUITE.tasks, ids=lambda task: task.name)
def test_quadrature_and_closed_forms_give_the_stated_nats(task):
    assert task.mutual_information == float(task.name.rpartition("-")[2])
    assert task.law.mutual_information == pytest.approx(task.mutual_information, abs=1e-7)


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("nats", INFORMATION)
def test_parameters_give_the_nats_by_formulas_of_their_own(nats, d):
    width = stated("smoothed-uniform", d, nats).noise
    per_column = width - np.log(2.0 * width) if width <= 0.5 else 0.25 / width
    assert d * per_column == pytest.approx(nats, abs=1e-9)
    theta = stated("log-gamma-exponential", d, nats).theta
    assert d * (digamma(1.0 / theta) + theta + np.log(theta)) == pytest.approx(nats, abs=1e-7)


def test_log_gamma_does_not_underflow():
    x, y = SUITE.task("log-gamma-exponential-1v1-15").sample(2000)
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    # X + Y is the logarithm of a standard exponential: its mean is minus Euler's constant, its sd pi / sqrt 6.
    total = (x + y).ravel()
    assert total.mean() == pytest.approx(-np.euler_gamma, abs=4.5 * np.pi / np.sqrt(6.0 * len(total)))
    # X is minus an exponential of mean theta, but for a term of order 1.
    theta = stated("log-gamma-exponential", 1, 15).theta
    assert x.mean() == pytest.approx(-theta, rel=4.5 / np.sqrt(len(x)))


def test_every_family_is_there_at_every_information_in_one_and_three_columns():
    names = {task.name for task in SUITE.tasks}
    for nats in INFORMATION:
        assert {f"{family}-{d}v{d}-{nats}" for family in FAMILIES for d in (1, 3)} <= names
        assert {f"{curve}-1v1-{nats}" for curve in CURVES} <= names
    assert all(len(noise) == len(INFORMATION) for noise in NOISE.values())
    assert SUITE.task("normal-1v1-4").rank_class == SUITE.task("uniform-1v1-4").rank_class
    assert SUITE.task("student-2-3v3-6").rank_class == SUITE.task("student-2-rotated-3v3-6").rank_class
