"""Reading of critics, folds, the max-test rule and the gates."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mitk.inference import gates
from mitk.inference.cross_fitting import fold_numbers, max_test, smoothed
from mitk.variational.evaluation import EVALUATIONS, blocks, read

R = 0.7
INFORMATION = -0.5 * math.log1p(-R * R)


def log_ratio(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    y = R * x + math.sqrt(1 - R * R) * rng.standard_normal(n)
    a, b = x[:, None], y[None, :]
    return INFORMATION + (2 * R * a * b - R**2 * (a**2 + b**2)) / (2 * (1 - R**2))


@pytest.mark.parametrize("evaluation", EVALUATIONS)
def test_pointwise_averages_to_the_value(evaluation):
    found = read(log_ratio(300, 0), evaluation)
    assert found.pointwise.mean() + found.constant == pytest.approx(found.value, abs=1e-12)
    assert found.influence.mean() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("evaluation", ["dv", "nwj", "infonce", "plug-in"])
def test_influence_is_the_standard_error(evaluation):
    """The influence's standard error is the spread of the value over fresh samples, the critic being fixed."""
    found = [read(log_ratio(200, seed), evaluation) for seed in range(200)]
    spread = np.std([one.value for one in found], ddof=1)
    claimed = np.mean([one.influence.std() / math.sqrt(200) for one in found])
    # 200 values tell a standard deviation to 5 %; InfoNCE's influence leaves out its normalisers.
    assert claimed == pytest.approx(spread, rel=0.25 if evaluation == "infonce" else 0.2)


def test_explosion_is_said_not_hidden():
    scores = np.zeros((50, 50))
    scores[3, 7] = 500.0
    found = read(scores, "dv")
    assert found.effective == pytest.approx(1.0)
    assert gates.effective_strangers(found.effective)
    assert math.isfinite(read(1e4 * scores, "nwj").value)


@pytest.mark.parametrize("evaluation", ["dv", "nwj"])
def test_one_far_stranger_is_not_the_whole_mean(evaluation):
    scores = log_ratio(300, 0)
    plain = read(scores, evaluation).value
    assert np.diagonal(scores).max() > np.sort(scores, axis=None)[-20]
    scores[0, 1] = 300.0
    # As far as the closest true pair: its share of a mean over all pairs is at most 1 / b.
    assert plain - 2.0 / 300 < read(scores, evaluation).value < plain + 2.0 / 300


def test_unknown_reading():
    with pytest.raises(ValueError, match="evaluation"):
        read(np.zeros((3, 3)), "mean")


def test_blocks_cover_every_row_once():
    parts = list(blocks(np.arange(5000), size=2048))
    assert sorted(np.concatenate(parts).tolist()) == list(range(5000))
    assert max(map(len, parts)) <= 2048
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_folds_keep_groups_whole_and_even():
    labels = np.repeat(np.arange(40), np.random.default_rng(0).integers(1, 9, size=40))
    fold = fold_numbers(labels, 5, np.random.default_rng(1))
    assert all(len(set(fold[labels == unit])) == 1 for unit in range(40))
    sizes = np.bincount(fold, minlength=5)
    assert sizes.max() - sizes.min() <= 8


def test_max_test_takes_the_hill_and_not_the_spike():
    steps = np.arange(60.0)
    curve = np.exp(-(((steps - 20.0) / 12.0) ** 2))
    curve[45] = 3.0
    assert abs(max_test(curve) - 20) <= 1
    assert smoothed(np.full(9, 2.0)) == pytest.approx(np.full(9, 2.0))


def test_gates_fire_and_do_not():
    assert gates.ceiling(5.0, 5.5)
    assert not gates.ceiling(2.0, 5.5)
    assert gates.generalisation(3.0, 0.5, 0.05)
    assert not gates.generalisation(1.2, 1.0, 0.05)
    steps = np.arange(50, 1050, 50)
    assert gates.trained_out(steps, steps / 1000.0, 1000, 0.01)
    assert not gates.trained_out(steps, np.minimum(steps, 400) / 1000.0, 1000, 0.01)
    assert not gates.trained_out(steps[:-1], steps[:-1] / 1000.0, 1000, 0.01)
    assert gates.restarts(np.array([1.0, 2.0]))
    assert not gates.restarts(np.array([1.0, 1.05]))
