"""Laws that only a combination of methods may see: truths from a second source each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.stats import dirichlet

from mitk import KSG, Gaussian
from mitk.learned import Prior
from mitk.learned.prior import channels, combination
from mitk.learned.prior.combination import COMBINATION_FAMILIES
from mitk.numerics.ranks import normal_scores


@pytest.mark.parametrize("family", COMBINATION_FAMILIES)
def test_draws_are_finite_and_repeatable(family):
    prior = Prior(families={family: COMBINATION_FAMILIES[family]})
    for seed in range(4):
        name, draw = prior.draw(seed)
        again = prior.draw(seed)[1]
        assert name == family
        np.testing.assert_array_equal(draw.x, again.x)
        np.testing.assert_array_equal(draw.y, again.y)
        assert draw.information == again.information >= 0.0


@pytest.mark.parametrize(
    "law",
    [
        combination.shares,
        combination.order_statistics,
        combination.contaminated,
        combination.student_mixture,
        channels.channels,
    ],
    ids=lambda law: law.__name__,
)
def test_laws_know_their_information(law):
    judged = 0
    for seed in range(50):
        x, y, information = law(np.random.default_rng(seed), 4000)
        if x.shape[1] == y.shape[1] == 1:
            found = KSG(margins="normal").fit(x, y, confidence=None).value
            assert found == pytest.approx(information, abs=0.05 + 0.04 * information), seed
            judged += 1
        if judged == 3:
            break
    assert judged >= 1


def test_the_entropy_of_shares():
    strength = np.array([0.7, 2.0, 3.5])
    assert combination.dirichlet_entropy(strength) == pytest.approx(float(dirichlet(strength).entropy()))


@pytest.mark.parametrize("ratio", [0.003, 0.1, 1.0, 5.0])
def test_information_of_channels(ratio, monkeypatch):
    monkeypatch.setitem(channels.NOISES, "normal", stats.norm())
    monkeypatch.setitem(channels.NOISES, "uniform", stats.uniform())
    assert channels.information("normal", "normal", ratio) == pytest.approx(0.5 * math.log1p(ratio**-2), abs=1e-6)
    uniform = ratio / 2.0 - math.log(ratio) if ratio < 1.0 else 1.0 / (2.0 * ratio)
    assert channels.information("uniform", "uniform", ratio) == pytest.approx(uniform, abs=1e-6)


def test_sums_of_exponential_columns():
    # Two of rate one make a gamma law of shape two.
    expected = float(stats.gamma(2.0).entropy()) - 1.0
    assert channels.information("exponential", "exponential", 1.0) == pytest.approx(expected, abs=1e-5)


def test_unrelated_sides_share_nothing():
    for seed in range(5):
        x, y, information = combination.unrelated(np.random.default_rng(seed), 2000)
        assert information == 0.0
        assert len(x) == len(y) == 2000
        assert abs(Gaussian().fit(normal_scores(x[:, :2]), normal_scores(y[:, :2]), confidence=None).value) < 0.01
