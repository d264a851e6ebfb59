"""Laws that only a combination of methods may see: truths from a second source each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import dirichlet

from mitk import KSG
from mitk.learned import Prior
from mitk.learned.prior import combination
from mitk.learned.prior.combination import COMBINATION_FAMILIES


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
    [combination.shares, combination.order_statistics, combination.contaminated, combination.student_mixture],
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
