"""Even dependence, densities, spectra and near-collinear laws: truths from a second source each."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mitk import KSG
from mitk.distributions import Gaussian, Table
from mitk.learned.prior import blocks, densities, even, spectra
from mitk.learned.prior.families import seen_turned


def found_by_neighbors(x, y):
    return KSG(margins="normal").fit(x, y, confidence=None).value


@pytest.mark.parametrize("maker", [even.even_function, even.folded], ids=lambda maker: maker.__name__)
def test_even_pairs_know_their_information(maker):
    for seed in range(8):
        x, y, information = maker(np.random.default_rng(seed), 5000)
        assert abs(np.corrcoef(x[:, 0], y[:, 0])[0, 1]) < 0.15
        assert found_by_neighbors(x, y) == pytest.approx(information, abs=0.05 + 0.04 * information), seed


@pytest.mark.parametrize("kind", range(4))
def test_a_form_of_second_degree_tells_what_its_value_tells(kind, monkeypatch):
    kept = {}
    noise = even._noise

    def noted(rng, values):
        kept["values"], kept["scale"] = values, noise(rng, values)
        return kept["scale"]

    monkeypatch.setattr(even, "_noise", noted)
    _, y, information = even.quadratic(np.random.default_rng(kind), 5000)
    # Another sample of the value, from its quantiles.
    rng = np.random.default_rng(1)
    value = np.interp(rng.random(5000), np.linspace(0.0, 1.0, len(kept["values"])), kept["values"])
    noisy = value + kept["scale"] * rng.standard_normal(5000)
    assert found_by_neighbors(value, noisy) == pytest.approx(information, abs=0.05 + 0.04 * information)
    # The tails beyond the outermost pieces are all that differs.
    assert np.quantile(noisy, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(y, [0.1, 0.5, 0.9]), abs=0.15 * noisy.std())


def test_densities_know_their_information():
    laws = (densities.density(np.random.default_rng(seed), 5000) for seed in range(100))
    for x, y, information in itertools.islice((law for law in laws if law[0].shape[1] == law[1].shape[1] == 1), 10):
        assert found_by_neighbors(x, y) == pytest.approx(information, abs=0.06 + 0.06 * information)


@pytest.mark.parametrize("dx", [1, 2])
def test_the_information_of_a_density_is_that_of_its_table(dx):
    mass = np.random.default_rng(dx).dirichlet(np.full(64, 0.3)).reshape(4, 4, 4)
    expected = Table(mass.reshape(4**dx, -1)).mutual_information
    assert densities.table_information(mass, dx) == pytest.approx(expected, abs=1e-12)


def test_rows_of_a_density_fill_its_cells():
    # The rows of one seed, however many, are of one law: shares of quarters agree with those of a second sample.
    x, y, _ = densities.density(np.random.default_rng(4), 40_000)
    halves = [np.histogram2d(x[s, 0], y[s, 0], bins=4)[0] / 20_000 for s in (slice(20_000), slice(20_000, None))]
    np.testing.assert_allclose(halves[0], halves[1], atol=0.02)


class NotNormalError(Exception):
    """Drawn by the branch of the family whose noise is uniform."""


def not_normal(*_):
    raise NotNormalError


@pytest.mark.parametrize("family", [spectra.rotated, spectra.strong], ids=lambda family: family.__name__)
def test_normal_laws_of_many_nats_are_what_their_covariance_says(family, monkeypatch):
    # As they are drawn, before they are turned, and of normal margins.
    monkeypatch.setattr(spectra, "_mild", lambda rng: np.asarray)
    monkeypatch.setattr(spectra, "_slightly_blurred", not_normal)
    monkeypatch.setattr(spectra, "steep", lambda rng, side: side)
    for seed in range(12):
        try:
            draw = family(np.random.default_rng(seed), 20_000)
        except NotNormalError:
            continue
        both = np.cov(np.hstack([draw.x, draw.y]).T)
        d, e = draw.x.shape[1], draw.y.shape[1]
        logs = [np.linalg.slogdet(part)[1] for part in (both[:d, :d], both[d:, d:], both)]
        found = 0.5 * (logs[0] + logs[1] - logs[2]) - 0.5 * d * e / 20_000
        assert found == pytest.approx(draw.information, abs=0.1), seed


def test_spectra_are_correlations_in_order():
    for seed in range(60):
        found = spectra.spectrum(np.random.default_rng(seed), 7)
        assert ((found >= 0.0) & (found < 1.0)).all()
        assert (np.diff(found) <= 0.0).all()
    law = spectra.diagonal(np.array([0.9, 0.5]), 3, 2)
    expected = Gaussian.from_canonical_correlations([0.9, 0.5], 3, 2).mutual_information
    assert -0.5 * np.linalg.slogdet(np.eye(2) - law[2].T @ law[2])[1] == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_a_little_uniform_noise(seed):
    rng = np.random.default_rng(seed)
    x, y, information = spectra._slightly_blurred(rng, 4000, 5, 12.0)
    width = np.abs(y - x).max(axis=0)
    # The widths are the largest gaps, to one part in 4,000.
    assert np.sum(width - np.log(2.0 * width)) == pytest.approx(information, abs=5e-3)
    assert information == pytest.approx(12.0, rel=0.35)


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (8, 3)])
def test_mixtures_know_their_information_from_few_draws(shape, monkeypatch):
    few = [blocks.mixture(np.random.default_rng(seed), 10, *shape)[2] for seed in range(4)]
    monkeypatch.setattr(blocks, "DRAWS", 30_000)
    many = [blocks.mixture(np.random.default_rng(seed), 10, *shape)[2] for seed in range(4)]
    np.testing.assert_allclose(few, many, atol=0.05)


def test_one_component_is_a_normal_law_to_the_last_digit():
    law = Gaussian.from_information(1.3, 2, 2)
    rows = np.hstack(law.sample(500, 0))
    zero = np.zeros(500, dtype=int)
    found = blocks.mixture_information(rows, zero, np.ones(1), np.zeros((1, 4)), law.covariance[None], 2)
    assert found == pytest.approx(1.3, abs=1e-9)


def test_turning_and_exchanging_keeps_the_rows():
    draw = even.even(np.random.default_rng(3), 40)
    seen = seen_turned(np.random.default_rng(0), draw, 1.0)
    assert {seen.x.shape[1], seen.y.shape[1]} == {draw.x.shape[1], draw.y.shape[1]}
