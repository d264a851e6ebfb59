"""Columns that determine each other, embeddings and patterns: one to one, and truths from a second source."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mitk.distributions import Gaussian, GaussianMixture
from mitk.learned.prior import embeddings, families, patches, redundant
from mitk.learned.prior.independent import independent


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("written", [redundant.rewritten, embeddings.lifted, patches.pattern], ids=lambda f: f.__name__)
def test_more_columns_tell_the_variates_apart(written, k):
    side = np.random.default_rng(k).uniform(-1.5, 1.5, (400, k))
    for seed in range(12):
        columns = written(np.random.default_rng(seed), side)
        assert columns.shape[1] > k
        assert np.isfinite(columns).all()
        gaps, seen = (np.linalg.norm(v[:200] - v[200:], axis=1) for v in (side, columns))
        assert (seen[gaps > 0.5] > 1e-3 * np.median(seen)).all(), seed


@pytest.mark.parametrize("scale", [0.1, 0.4, 1.2])
def test_columns_of_a_composition_add_up(scale):
    side = scale * np.random.default_rng(0).standard_normal((50, 3))
    for seed in range(4):
        parts = redundant.composition(np.random.default_rng(seed), side)
        np.testing.assert_allclose(parts.sum(axis=1), 1.0)


@pytest.mark.parametrize("seed", range(6))
def test_noise_around_a_circle(seed):
    noise, known = redundant.wrapped_noise(np.random.default_rng(seed), 400_000)
    counts = np.histogram(np.mod(noise, 2.0 * math.pi), bins=200, range=(0.0, 2.0 * math.pi))[0] / len(noise)
    found = np.sum(counts[counts > 0.0] * np.log(200.0 * counts[counts > 0.0]))
    assert found == pytest.approx(known, abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_factors_in_noise_tell_what_their_covariance_says(seed):
    rng = np.random.default_rng(seed)
    latent = families.canonical_correlation(rng, 2, 3)
    within_x, within_y, cross = law = embeddings.loaded(rng, latent, 6, 5)
    expected = Gaussian(np.block([[within_x, cross], [cross.T, within_y]]), 6).mutual_information
    assert families.normal_draw(rng, 10, law).information == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert np.diag(within_x) == pytest.approx(np.ones(6))
    # Noise takes from what the variates share.
    assert expected <= families.normal_draw(rng, 10, latent).information + 1e-9


def test_a_mixture_of_places_by_its_densities():
    rng = np.random.default_rng(0)
    at = rng.standard_normal((2, 5, 2))
    table = np.outer(*rng.dirichlet(np.ones(5), 2)) + 0.3 * np.eye(5)
    table /= table.sum()
    noise = np.array([0.5, 0.8])
    law = GaussianMixture(
        table.ravel(),
        [np.concatenate([at[0][i], at[1][j]]) for i in range(5) for j in range(5)],
        [np.diag(np.repeat(noise**2, 2))] * 25,
        2,
    )
    x, y = law.sample(2000, 1)
    near = [embeddings.nearness(side, own, s) for side, own, s in zip((x, y), at, noise, strict=True)]
    found = embeddings.ratio_mean(near[0], near[1], table)
    assert found == pytest.approx(float(np.mean(law.pointwise(x, y))), abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_a_surface_in_noise_with_more_draws(seed, monkeypatch):
    few = embeddings.noisy_surface(np.random.default_rng(seed), 10)[2]
    # The law is drawn before its rows.
    monkeypatch.setattr(embeddings, "DRAWS", 16_000)
    assert few == pytest.approx(embeddings.noisy_surface(np.random.default_rng(seed), 10)[2], abs=0.02 + 0.02 * few)


@pytest.mark.parametrize("seed", range(3))
def test_templates_in_noise_by_their_covariance(seed):
    draw = patches.templates(np.random.default_rng(seed), 15_000)
    # What a plain covariance errs by is known.
    sides = []
    for side in (draw.x, draw.y):
        centred = side - side.mean(axis=0)
        sides.append(centred / centred.std(axis=0))
    both = np.cov(np.hstack(sides).T)
    d = draw.x.shape[1]
    logs = [np.linalg.slogdet(part)[1] for part in (both[:d, :d], both[d:, d:], both)]
    bias = 0.5 * d * draw.y.shape[1] / 15_000
    assert 0.5 * (logs[0] + logs[1] - logs[2]) - bias == pytest.approx(draw.information, abs=0.06)


def test_independent_sides_do_not_meet():
    draws = [independent(np.random.default_rng(seed), 50) for seed in range(40)]
    assert all(draw.information == 0.0 and len(draw.x) == len(draw.y) == 50 for draw in draws)
