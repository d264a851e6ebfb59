"""The truths of shapes and of sides with few degrees of freedom, from a second source each."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtri

from mitk import KSG
from mitk.distributions import Gaussian
from mitk.learned.prior import blocks, families, low_rank, shapes, wide_sides


def found_by_neighbors(x, y):
    return KSG(margins="normal").fit(x, y, confidence=None).value


@pytest.mark.parametrize(
    "maker",
    [shapes.function_of_one, shapes.random_curve, shapes.strokes, shapes.lattice, shapes.codes],
    ids=lambda maker: maker.__name__,
)
def test_shapes_know_their_information(maker):
    # Laws of one column a side, judged by neighbours on 5,000 rows whose error is a few hundredths of a nat.
    laws = (maker(np.random.default_rng(seed), 5000) for seed in range(100))
    for x, y, information in itertools.islice((law for law in laws if law[0].shape[1] == 1), 8):
        assert found_by_neighbors(x, y) == pytest.approx(information, abs=0.05 + 0.04 * information)


@pytest.mark.parametrize("seed", range(4))
def test_a_function_of_several_columns_tells_what_its_value_tells(seed):
    rng = np.random.default_rng(seed)
    height = shapes.surface(rng, 3)
    edges = shapes.pieces(height(rng.standard_normal((4096, 3))))
    scale = 0.3 * edges.std()
    value = height(rng.standard_normal((5000, 3)))
    expected = found_by_neighbors(value, value + scale * rng.standard_normal(5000))
    found = shapes.noisy_information(edges[:-1], edges[1:], np.full(shapes.NODES, scale))
    assert found == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("r", [0.2, 0.7, 0.97])
def test_noise_on_a_line_is_a_normal_pair(r):
    # Normal scores at the edges of equally likely pieces; the outermost half a thousandth is cut off.
    edges = r * ndtri(np.linspace(5e-4, 1.0 - 5e-4, shapes.NODES + 1))
    noise = math.sqrt(1.0 - r * r)
    found = shapes.noisy_information(edges[:-1], edges[1:], np.full(shapes.NODES, noise))
    assert found == pytest.approx(-math.log(noise), abs=0.01)


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_two_levels_in_noise_by_quadrature(noise):
    levels = np.repeat([-1.0, 1.0], shapes.NODES // 2)

    def integrand(y):
        own, other = (math.exp(-0.5 * ((y - m) / noise) ** 2) for m in (1.0, -1.0))
        return own * math.log(2.0 * own / (own + other)) / (noise * math.sqrt(2.0 * math.pi)) if own > 1e-200 else 0.0

    expected = quad(integrand, 1.0 - 9.0 * noise, 1.0 + 9.0 * noise, limit=200)[0]
    found = shapes.noisy_information(levels, levels, np.full(len(levels), noise))
    assert found == pytest.approx(expected, abs=2e-3)


def test_a_cloud_on_a_line_is_a_normal_pair():
    centres = ndtri((np.arange(400) + 0.5) / 400)
    found = blocks.cloud_information(np.column_stack([centres, centres]), np.full(400, 1.0 / 400), (0.5, 0.8))
    # The centres' own variance; two coordinates that share it in noise of variances 0.25 and 0.64.
    v = centres.var()
    expected = -0.5 * math.log(1.0 - v * v / ((v + 0.25) * (v + 0.64)))
    assert found == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("seed", range(5))
def test_collinear_columns_tell_what_their_covariance_says(seed):
    rng = np.random.default_rng(seed)
    law = wide_sides.collinear_correlation(rng, families.canonical_correlation(rng, 2, 3), 6, 5)
    found = families.normal_draw(rng, 10, law).information
    within_x, within_y, cross = law
    expected = Gaussian(np.block([[within_x, cross], [cross.T, within_y]]), 6).mutual_information
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert np.diag(within_x) == pytest.approx(np.ones(6))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_surfaces_and_images_tell_their_places_apart(k):
    # Twice as far apart in place must not be nearer than a tenth in pixels: no two places look alike.
    rng = np.random.default_rng(k)
    side = rng.uniform(-1.5, 1.5, (300, k))
    for seed in range(6):
        pixels = wide_sides.embedded(np.random.default_rng(seed), side)
        assert pixels.shape[1] > k
        assert np.isfinite(pixels).all()
        gaps, seen = (np.linalg.norm(v[:150] - v[150:], axis=1) for v in (side, pixels))
        assert (seen[gaps > 0.5] > 1e-3 * np.median(seen)).all()


def test_surfaces_keep_the_information():
    draws = [low_rank.surfaces(np.random.default_rng(seed), 60) for seed in range(40)]
    assert sum(max(d.x.shape[1], d.y.shape[1]) > 8 for d in draws) > 20
    assert all(d.information >= -1e-9 for d in draws)


def test_steep_mixings_are_invertible():
    rng = np.random.default_rng(0)
    side = rng.standard_normal((200, 4))
    mixed = low_rank.steep(rng, side)
    back, *_ = np.linalg.lstsq(mixed, side, rcond=None)
    np.testing.assert_allclose(mixed @ back, side, atol=1e-6)
