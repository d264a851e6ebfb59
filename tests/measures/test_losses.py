"""Losses of latent models against their formulas, and lagged pairs."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mitk.errors import DataError, ParameterError
from mitk.measures import (
    bottleneck_lagrangian,
    cmim,
    lagged_pairs,
    mim,
    multi_positive_info_nce,
    temporal_info_nce,
)

RNG = np.random.default_rng(0)


def test_one_positive_is_cross_entropy():
    scores = RNG.standard_normal((6, 6))
    expected = -np.mean(np.diag(scores) - np.log(np.exp(scores).sum(axis=1)))
    loss = multi_positive_info_nce(jnp.asarray(scores), jnp.eye(6, dtype=bool))
    assert float(loss) == pytest.approx(expected, abs=1e-5)


def test_several_positives_by_hand():
    scores = RNG.standard_normal((3, 5))
    positives = np.array([[1, 1, 0, 0, 0], [0, 1, 0, 0, 1], [0, 0, 1, 1, 1]], dtype=bool)
    negatives = ~positives
    negatives[:, 2] = False
    terms = []
    for row, near, far in zip(np.exp(scores), positives, negatives, strict=True):
        terms.append(-math.log(row[near].sum() / (row[near].sum() + row[far].sum())))
    loss = multi_positive_info_nce(jnp.asarray(scores), jnp.asarray(positives), jnp.asarray(negatives))
    assert float(loss) == pytest.approx(np.mean(terms), abs=1e-5)


def test_temporal_loss_by_hand():
    z, k, temperature = RNG.standard_normal((9, 3)), 2, 0.5
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    terms = []
    for n in range(k, 9 - k):
        weights = np.exp(unit @ unit[n] / temperature)
        near = [n + step for step in (-2, -1, 1, 2)]
        far = [m for m in range(9) if abs(m - n) > k]
        terms.append(-math.log(weights[near].sum() / weights[near + far].sum()))
    # Reversed in time, the same pairs are near.
    windows = jnp.asarray(np.stack([z, z[::-1]]))
    loss = jax.jit(
        lambda codes: (temporal_info_nce(codes[0], k, temperature), temporal_info_nce(codes, k, temperature))
    )
    assert [float(value) for value in loss(windows)] == pytest.approx([np.mean(terms)] * 2, abs=1e-5)


def test_the_bound_of_an_exact_critic_stays_below_the_information():
    # Pairs of correlation rho with the true log density ratio as critic.
    rho, batch = 0.9, 64
    loss = jax.jit(lambda scores: multi_positive_info_nce(scores, jnp.eye(batch, dtype=bool)))
    truth = -0.5 * math.log(1 - rho**2)
    bounds = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(batch)
        y = rho * x + math.sqrt(1 - rho**2) * rng.standard_normal(batch)
        quadratic = rho**2 * (x[:, None] ** 2 + y**2) - 2 * rho * x[:, None] * y
        ratio = truth - quadratic / (2 * (1 - rho**2))
        bounds.append(math.log(batch) - float(loss(ratio)))
    error = np.std(bounds, ddof=1) / math.sqrt(60)
    assert truth - 0.1 < np.mean(bounds) < truth + 3 * error


def test_mim_and_its_asymmetric_form():
    decoder, prior, encoder, data = RNG.standard_normal((4, 7))
    assert float(mim(decoder, prior, encoder, data)) == pytest.approx(
        -0.5 * (decoder + prior + encoder + data).mean(), abs=1e-6
    )
    asymmetric = -(decoder + 0.5 * (encoder + prior)).mean()
    assert float(mim(decoder, prior, encoder)) == pytest.approx(asymmetric, abs=1e-6)


def test_mim_is_least_where_encoder_and_decoder_agree():
    # A jointly normal pair: with encoder and decoder of one joint law the loss is its entropy.
    rho, n = 0.8, 20_000
    rng = np.random.default_rng(0)
    x = rng.standard_normal(n)
    z = rho * x + math.sqrt(1 - rho**2) * rng.standard_normal(n)

    def log_normal(value, mean, variance):
        return -0.5 * ((value - mean) ** 2 / variance + math.log(2 * math.pi * variance))

    conditional = 1 - rho**2
    data, prior = log_normal(x, 0, 1), log_normal(z, 0, 1)
    right = mim(log_normal(x, rho * z, conditional), prior, log_normal(z, rho * x, conditional), data)
    entropy = math.log(2 * math.pi * math.e) + 0.5 * math.log(conditional)
    # The mean of -ln p(x, z) has variance d / 2n = 1 / n.
    assert float(right) == pytest.approx(entropy, abs=4 / math.sqrt(n))
    wrong = mim(log_normal(x, rho * z, 2 * conditional), prior, log_normal(z, rho * x, conditional), data)
    assert float(wrong) > float(right)


@pytest.mark.parametrize("n", [2, 6])
def test_cmim_contrast_by_hand(n):
    z, tau = RNG.standard_normal((n, 3)), 0.1
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    cosines = unit @ unit.T
    terms = []
    for i in range(n):
        negative = np.mean([math.exp(cosines[i, j] / tau) for j in range(n) if j != i])
        terms.append(-math.log(math.exp(1 / tau) / (math.exp(1 / tau) + negative)))
    loss = jax.jit(lambda density: cmim(density, density, density, jnp.asarray(z)))
    assert float(loss(jnp.zeros(n))) == pytest.approx(np.mean(terms), abs=1e-5)
    assert float(loss(jnp.ones(n))) == pytest.approx(np.mean(terms) - 2.0, abs=1e-5)


def test_cmim_has_a_gradient_at_a_zero_code():
    z = jnp.asarray(RNG.standard_normal((4, 2))).at[1].set(0.0)
    slope = jax.jit(jax.grad(lambda codes: cmim(jnp.zeros(4), jnp.zeros(4), jnp.zeros(4), codes)))(z)
    assert bool(jnp.isfinite(slope).all())


def test_the_lagrangian_bounds_the_bottleneck_objective():
    # x ~ N(0, 1), z = N(a x, v), y = x + noise; the exact decoder and the marginal as prior make it equal.
    rng = np.random.default_rng(0)
    n, a, v, w, beta = 20_000, 0.7, 0.3, 0.5, 3.0
    x = rng.standard_normal(n)
    z = a * x + math.sqrt(v) * rng.standard_normal(n)
    y = x + math.sqrt(w) * rng.standard_normal(n)
    var_z, var_y = a**2 + v, 1 + w
    rate = 0.5 * ((v + (a * x) ** 2) / var_z - 1 - math.log(v / var_z))
    slope, left = a / var_z, var_y - a**2 / var_z
    log_decoder = -0.5 * ((y - slope * z) ** 2 / left + math.log(2 * math.pi * left))
    information_xz = 0.5 * math.log(var_z / v)
    information_zy = 0.5 * math.log(var_y / left)
    entropy_y = 0.5 * math.log(2 * math.pi * math.e * var_y)
    value = float(bottleneck_lagrangian(rate, log_decoder, beta)) - beta * entropy_y
    spread = np.std(rate - beta * log_decoder) / math.sqrt(n)
    assert value == pytest.approx(information_xz - beta * information_zy, abs=4 * spread)


def test_lagged_pairs_of_runs_never_cross():
    runs = [np.arange(5.0), np.array([100.0]), np.arange(200.0, 204.0)]
    pairs = lagged_pairs(runs, lag=3)
    assert (pairs.future - pairs.past == 3.0).all()
    assert pairs.run.tolist() == [0, 0, 2]
    series = np.random.default_rng(0).standard_normal((10, 2))
    single = lagged_pairs(series, 4)
    assert np.array_equal(single.past, series[:6])
    assert np.array_equal(single.future, series[4:])


def test_bad_input():
    with pytest.raises(DataError, match="more than lag"):
        lagged_pairs(np.arange(3.0), 3)
    with pytest.raises(ParameterError, match="lag"):
        lagged_pairs(np.arange(3.0), 0)
    with pytest.raises(DataError, match="columns"):
        lagged_pairs([np.zeros((4, 2)), np.zeros((4, 3))])
    with pytest.raises(DataError, match="at least 8"):
        temporal_info_nce(jnp.zeros((7, 2)), k=3)
    with pytest.raises(ParameterError, match="k"):
        temporal_info_nce(jnp.zeros((7, 2)), k=0)
    with pytest.raises(DataError, match="masks"):
        multi_positive_info_nce(jnp.zeros((3, 3)), jnp.eye(2, dtype=bool))
    with pytest.raises(DataError, match="at least 2"):
        cmim(jnp.zeros(1), jnp.zeros(1), jnp.zeros(1), jnp.zeros((1, 2)))
