"""The truths of the prior, from a second source each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

from mitk import KSG, GaussianCopula
from mitk.distributions import AdditiveUniform, Gaussian, Student
from mitk.learned.prior import blocks, families
from mitk.learned.prior.meta import FAMILIES, WEIGHTS, Prior
from mitk.learned.prior.mixing import bend, curve, turn


@pytest.mark.parametrize("family", FAMILIES)
def test_every_draw_is_finite_and_repeatable(family):
    prior = Prior({family: 1.0}, rows=((1.0, 10, 60, True),))
    for seed in range(8):
        name, draw = prior.draw(seed)
        again = prior.draw(seed)[1]
        assert name == family
        assert np.array_equal(draw.x, again.x)
        assert np.array_equal(draw.y, again.y)
        assert draw.information == again.information >= -1e-9
        assert 10 <= len(draw.x) == len(draw.y) <= 60
        assert max(draw.x.shape[1], draw.y.shape[1]) <= 144


def test_every_family_has_a_share():
    assert set(WEIGHTS) == set(FAMILIES)
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("maker", [maker for _, maker in blocks.SCALAR_BLOCKS], ids=lambda maker: maker.__name__)
def test_blocks_know_their_information(maker):
    # Eight laws of each kind, judged by neighbours on 6,000 rows whose error is a few hundredths of a nat.
    for seed in range(8):
        x, y, information = maker(np.random.default_rng(seed), 6000)
        found = KSG(margins="normal").fit(x, y, confidence=None).value
        assert found == pytest.approx(information, abs=0.05 + 0.04 * information), seed


def test_closed_forms_agree_with_the_distributions():
    rng = np.random.default_rng(3)
    for d in (2, 5):
        for make in (families.dense_correlation, families.sparse_correlation, families.latent_correlation):
            within_x, within_y, cross = make(rng, d)
            law = Gaussian(np.block([[within_x, cross], [cross.T, within_y]]), d)
            found = families.normal_draw(rng, 10, (within_x, within_y, cross))
            assert found.information == pytest.approx(law.mutual_information, rel=1e-9)
            freedom = families.normal_draw(rng, 10, (within_x, within_y, cross), 3.0)
            assert freedom.information == pytest.approx(Student(law.covariance, d, 3.0).mutual_information, rel=1e-9)
    width = np.random.default_rng(0).uniform(0.1, 2.0)
    found = blocks.additive_uniform_pair(np.random.default_rng(0), 10)[2]
    assert found == pytest.approx(AdditiveUniform(width).mutual_information)


def test_frank_by_quadrature():
    rng = np.random.default_rng(5)
    theta = math.exp(np.random.default_rng(5).uniform(math.log(0.5), math.log(30.0)))
    found = blocks.frank_pair(rng, 10)[2]

    def integrand(v, u):
        top = -math.expm1(-theta)
        below = top - math.expm1(-theta * u) * math.expm1(-theta * v)
        log_density = math.log(theta * top) - theta * (u + v) - 2.0 * math.log(below)
        return math.exp(log_density) * log_density

    expected = dblquad(integrand, 0.0, 1.0, 0.0, 1.0, epsabs=1e-6)[0]
    # Mean of 12,000 draws.
    assert found == pytest.approx(expected, abs=5.0 / math.sqrt(blocks.DRAWS))


@pytest.mark.parametrize("seed", range(6))
def test_mixings_keep_the_information(seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3000, 2))
    y = x[:, :1] + 0.5 * rng.standard_normal((3000, 1))
    before = KSG().fit(x, y, confidence=None).value
    for mapped in (turn(rng, x), bend(rng, x)):
        assert KSG(margins="normal").fit(mapped, y, confidence=None).value == pytest.approx(before, abs=0.2)
    line = rng.standard_normal((3000, 1))
    after = line + 0.5 * rng.standard_normal((3000, 1))
    expected = GaussianCopula().fit(line, after, confidence=None).value
    assert KSG().fit(curve(rng, line), after, confidence=None).value == pytest.approx(expected, abs=0.1)
