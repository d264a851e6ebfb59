"""Rates of autoencoders: golden values, closed forms, quadrature, the sandwich, the constraint."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from mitk.errors import DataError, MITKWarning, ParameterError
from mitk.measures import aggregate_kl_gap, decoder_mi, hierarchical_rate, vae_rate

INFORMATION, RATE, GAP = 0.634880, 0.638147, 0.003267


def test_golden_rate():
    # The code N(0.8 x, 1/4) of inputs whose mean square is exactly 1.
    result = vae_rate(0.8 * np.array([1.0, -1.0] * 10), np.full(20, math.log(0.25)))
    assert result.value == pytest.approx(RATE, abs=5e-7)
    assert result.kind == "upper"
    assert pytest.approx(RATE - INFORMATION, abs=2e-6) == GAP
    assert pytest.approx(0.5 * math.log(1 + 0.64 / 0.25), abs=5e-7) == INFORMATION


def test_rate_by_quadrature():
    mu, logvar, prior = 0.7, -0.4, (0.2, 0.9)
    q, p = norm(mu, math.exp(logvar / 2)), norm(prior[0], math.exp(prior[1] / 2))
    expected = quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), -15, 15)[0]
    result = vae_rate(np.full(9, mu), np.full(9, logvar), prior)
    assert result.value == pytest.approx(expected, abs=1e-8)


def test_rate_splits_over_dimensions():
    rng = np.random.default_rng(0)
    mu, logvar = rng.standard_normal((2, 30, 4))
    result = vae_rate(mu, logvar)
    parts = [vae_rate(mu[:, j], logvar[:, j]).value for j in range(4)]
    assert result.diagnostics["per_dimension_nats"] == pytest.approx(parts)
    assert result.value == pytest.approx(sum(parts))
    assert result.pointwise.mean() == pytest.approx(result.value)
    error = result.pointwise.std(ddof=1) / math.sqrt(30)
    assert result.ci.width == pytest.approx(2 * 2.04523 * error, rel=1e-4)


def test_an_empty_code_has_no_rate():
    assert vae_rate(np.zeros((10, 3)), np.zeros((10, 3))).value == 0.0


def test_hierarchical_rates_bound_a_gaussian_chain():
    # x ~ N(0, 1), z_L = a x + noise, z_H = b z_L + noise; the prior of z_L given z_H is exact.
    rng = np.random.default_rng(0)
    n, a, vl, b, vh = 4000, 0.9, 0.2, 0.7, 0.3
    x = rng.standard_normal(n)
    low = a * x
    z_low = low + math.sqrt(vl) * rng.standard_normal(n)
    z_high = b * z_low + math.sqrt(vh) * rng.standard_normal(n)
    var_low = a**2 + vl
    var_high = b**2 * var_low + vh
    slope = b * var_low / var_high
    log_low, log_high = np.full(n, math.log(vl)), np.full(n, math.log(vh))
    rates = hierarchical_rate(
        (low, log_low),
        (b * z_low, log_high),
        ((slope * z_high)[:, None], np.log(var_low - slope * b * var_low)),
        z_low,
        (0.0, math.log(var_high)),
    )
    truth_low = 0.5 * math.log(var_low / vl)
    correlation = a * b / math.sqrt(var_high)
    truth_high = -0.5 * math.log(1 - correlation**2)
    assert truth_high < rates.high.ci.high
    # With the exact priors R_H is I(Z_L; Z_H), and R_L is I(X; Z_L).
    assert rates.high.value == pytest.approx(0.5 * math.log(var_high / vh), abs=2 * rates.high.ci.width)
    assert rates.low.value == pytest.approx(truth_low, abs=2 * rates.low.ci.width)
    assert rates.low.value >= rates.high.value


@pytest.mark.parametrize("batch", [1024, 100])
def test_sandwich_of_the_golden_channel(batch):
    x = np.random.default_rng(3).standard_normal(1500)
    found = aggregate_kl_gap(0.8 * x, np.full(1500, math.log(0.25)), batch=batch)
    assert found.lower.ci.low < INFORMATION < found.rate.ci.high
    assert found.gap.value == pytest.approx(found.rate.value - found.lower.value, abs=1e-12)
    # An upper bound of the gap, loose by about (e^I - 1) / 2 batch at most.
    assert found.gap.ci.high > GAP
    assert found.gap.value < GAP + found.gap.ci.width + 2.0 / batch * math.exp(2 * INFORMATION)
    assert (found.lower.kind, found.rate.kind, found.gap.kind) == ("lower", "upper", "upper")
    assert found.lower.diagnostics["ceiling_nats"] <= math.log(batch)


def test_the_gap_of_a_wrong_prior_is_its_divergence():
    # q(z) is N(0, 0.89); against the prior N(1, 1) the gap has a closed form.
    x = np.random.default_rng(4).standard_normal(1500)
    found = aggregate_kl_gap(0.8 * x, np.full(1500, math.log(0.25)), (1.0, 0.0))
    assert 0.5 * (0.89 + 1.0 - 1.0 - math.log(0.89)) in found.gap.ci


def test_the_draws_do_not_depend_on_inputs_from_the_same_seed():
    x = np.random.default_rng(0).standard_normal(1500)
    assert aggregate_kl_gap(0.8 * x, np.full(1500, math.log(0.25)), seed=0).lower.value < 0.72


def test_a_sandwich_that_saturates_says_so():
    mu = 100.0 * np.arange(50.0)
    with pytest.warns(MITKWarning, match="raise batch"):
        found = aggregate_kl_gap(mu, np.zeros(50))
    assert found.lower.value == pytest.approx(math.log(50))


def test_decoder_bound_of_a_binary_channel():
    rng = np.random.default_rng(0)
    y = rng.random(5000) < 0.5
    z = y ^ (rng.random(5000) < 0.1)
    truth = math.log(2) + 0.9 * math.log(0.9) + 0.1 * math.log(0.1)
    exact = decoder_mi(np.log(np.where(y == z, 0.9, 0.1)), math.log(2))
    assert truth in exact.ci
    assert (exact.pointwise + exact.pointwise_constant).mean() == pytest.approx(exact.value)
    wrong = decoder_mi(np.log(np.where(y == z, 0.7, 0.3)), math.log(2))
    # Lower by the divergence of the decoder from the truth.
    loss = 0.9 * math.log(0.9 / 0.7) + 0.1 * math.log(0.1 / 0.3)
    assert truth - loss in wrong.ci


def test_the_capacity_constraint_finds_the_rate_distortion_optimum():
    import jax
    import jax.numpy as jnp

    from mitk.measures import CapacityConstraint, gaussian_rate

    # x ~ N(0, 1), code N(a x, v), decoder N(w z, s2): at capacity C the least distortion is e^-2C, and beta, its
    # slope in nats, is e^-2C / s2.
    capacity, s2 = 0.8, 0.5
    held = CapacityConstraint(capacity=capacity, learning_rate=0.1)

    def loss(weights, state):
        a, log_v, w = weights
        v = jnp.exp(log_v)
        rate = 0.5 * (a**2 + v - 1.0 - log_v)
        distortion = (1.0 - w * a) ** 2 + w**2 * v
        return distortion / (2.0 * s2) + held.penalty(state, rate), rate

    def step(carry, _):
        weights, state = carry
        (_, rate), slope = jax.value_and_grad(loss, has_aux=True)(weights, state)
        return (weights - 0.1 * slope, held.update(state, rate)), rate

    start = (jnp.array([0.5, 0.0, 0.5]), held.init())
    (_, state), rates = jax.jit(lambda carry: jax.lax.scan(step, carry, None, 5000))(start)
    assert float(rates[-1]) == pytest.approx(capacity, abs=1e-3)
    assert float(held.beta(state)) == pytest.approx(math.exp(-2 * capacity) / s2, rel=1e-2)
    assert float(gaussian_rate(jnp.array([0.8]), jnp.log(jnp.array([0.25])))) == pytest.approx(RATE, abs=1e-6)


def test_bad_input():
    from mitk.measures import CapacityConstraint

    with pytest.raises(DataError, match="shape"):
        vae_rate(np.zeros((3, 2)), np.zeros((3, 1)))
    with pytest.raises(DataError, match="broadcast"):
        vae_rate(np.zeros((3, 2)), np.zeros((3, 2)), (np.zeros(3), 0.0))
    with pytest.raises(DataError, match="broadcast"):
        aggregate_kl_gap(np.zeros((5, 2)), np.zeros((5, 2)), (np.zeros((5, 2)), 0.0))
    with pytest.raises(DataError, match="rows"):
        hierarchical_rate((np.zeros(3), np.zeros(3)), (np.zeros(4), np.zeros(4)), (0.0, 0.0), np.zeros(3))
    with pytest.raises(DataError, match="finite"):
        decoder_mi([-1.0, -math.inf], 1.0)
    with pytest.raises(ParameterError, match="batch"):
        aggregate_kl_gap(np.zeros(5), np.zeros(5), batch=1)
    with pytest.raises(ParameterError, match="capacity"):
        CapacityConstraint(capacity=-1.0)
