"""Objectives against written-out sums, bounds and each other."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mitk import objectives

K = 40
R = 0.8
INFORMATION = -0.5 * math.log1p(-R * R)


@pytest.fixture(scope="module")
def scores():
    return np.random.default_rng(0).normal(size=(K, K))


def log_ratio(x, y):
    """ln p/q of a normal pair of correlation R, for all pairs of rows."""
    a, b = x[:, None], y[None, :]
    return INFORMATION + (2 * R * a * b - R**2 * (a**2 + b**2)) / (2 * (1 - R**2))


def pairs(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    return x, R * x + math.sqrt(1 - R * R) * rng.standard_normal(n)


def test_written_out(scores):
    joint = np.diag(scores)
    stranger = np.array([scores[i, j] for i in range(K) for j in range(K) if i != j])
    softplus = lambda t: np.log1p(np.exp(t))  # noqa: E731
    expected = {
        "plug_in": joint.mean(),
        "dv": joint.mean() - math.log(np.exp(stranger).mean()),
        "nwj": 1 + joint.mean() - np.exp(stranger).mean(),
        "js": -softplus(-joint).mean() - softplus(stranger).mean(),
        "club": joint.mean() - stranger.mean(),
    }
    for name, value in expected.items():
        assert float(getattr(objectives, name)(jnp.asarray(scores))) == pytest.approx(value, abs=1e-5), name


def test_infonce_forms(scores):
    rows = np.mean([scores[i, i] - math.log(np.exp(scores[i]).mean()) for i in range(K)])
    columns = np.mean([scores[i, i] - math.log(np.exp(scores[:, i]).mean()) for i in range(K)])
    given = jnp.asarray(scores)
    assert float(objectives.infonce(given)) == pytest.approx(rows, abs=1e-5)
    assert float(objectives.infonce(given, "column")) == pytest.approx(columns, abs=1e-5)
    assert float(objectives.infonce(given, "symmetric")) == pytest.approx((rows + columns) / 2, abs=1e-5)
    with pytest.raises(ValueError, match="form"):
        objectives.infonce(given, "both")


def test_infonce_never_exceeds_log_k():
    for size in (2, 8, 64):
        assert float(objectives.infonce(50.0 * jnp.eye(size))) <= math.log(size) + 1e-5


def test_pairs_may_be_given_apart(scores):
    given = jnp.asarray(scores)
    joint, stranger = jnp.diagonal(given), objectives.off_diagonal(given)
    for name in ("dv", "nwj", "js", "smile", "fdime"):
        function = getattr(objectives, name)
        assert float(function(given)) == pytest.approx(float(function(joint, product=stranger)), abs=1e-6), name
    with pytest.raises(ValueError, match="square"):
        objectives.dv(joint)


def test_smile_clips_the_partition_alone(scores):
    stranger = np.array([scores[i, j] for i in range(K) for j in range(K) if i != j])
    expected = np.diag(scores).mean() - math.log(np.exp(np.clip(stranger, -0.5, 0.5)).mean())
    assert float(objectives.smile(jnp.asarray(scores), tau=0.5)) == pytest.approx(expected, abs=1e-5)
    assert float(objectives.smile(jnp.asarray(scores), tau=math.inf)) == pytest.approx(
        float(objectives.dv(jnp.asarray(scores))), abs=1e-6
    )


def test_smile_has_the_gradient_of_js(scores):
    given = jnp.asarray(scores)
    np.testing.assert_allclose(jax.grad(objectives.smile)(given), jax.grad(objectives.js)(given), atol=1e-7)


def test_interpolated_ends(scores):
    given, baseline = jnp.asarray(scores), jnp.asarray(np.random.default_rng(1).normal(size=K))
    top = float(objectives.interpolated(given, baseline, alpha=1.0))
    assert top == pytest.approx(float(objectives.infonce(given, "column")), abs=1e-5)
    bottom = float(objectives.interpolated(given, baseline, alpha=0.0))
    assert bottom == pytest.approx(float(objectives.tuba(given, baseline)), abs=1e-5)


def test_tuba_of_no_baseline_is_nwj(scores):
    given = jnp.asarray(scores)
    assert float(objectives.tuba(given, jnp.zeros(K))) == pytest.approx(float(objectives.nwj(given)), abs=1e-6)


def test_flo_written_out_and_tight(scores):
    u = np.random.default_rng(2).normal(size=K)
    total = 0.0
    for i in range(K):
        contrast = np.mean([np.exp(scores[i, j] - scores[i, i]) for j in range(K) if j != i])
        total += (u[i] + math.exp(-u[i]) * contrast) / K
    assert float(objectives.flo(jnp.asarray(scores), jnp.asarray(u))) == pytest.approx(1.0 - total, abs=1e-4)
    # The best u is the logarithm of the contrast, and gives InfoNCE without the joint pair in its sum.
    contrast = np.log([np.mean([np.exp(scores[i, j] - scores[i, i]) for j in range(K) if j != i]) for i in range(K)])
    best = float(objectives.flo(jnp.asarray(scores), jnp.asarray(contrast)))
    assert best == pytest.approx(-contrast.mean(), abs=1e-4)


def test_l1out_written_out(scores):
    values = [scores[i, i] - math.log(np.mean([np.exp(scores[j, i]) for j in range(K) if j != i])) for i in range(K)]
    assert float(objectives.l1out(jnp.asarray(scores))) == pytest.approx(np.mean(values), abs=1e-5)


def test_barber_agakov_is_exact_for_the_true_channel():
    x, y = pairs(20_000, 3)
    spread = 1 - R * R
    log_density = -0.5 * math.log(2 * math.pi * spread) - (y - R * x) ** 2 / (2 * spread)
    value = float(objectives.barber_agakov(jnp.asarray(log_density), 0.5 * math.log(2 * math.pi * math.e)))
    # The standard deviation of ln p(y | x) is sqrt(1/2).
    assert value == pytest.approx(INFORMATION, abs=4 * math.sqrt(0.5 / 20_000))


@pytest.mark.parametrize("name", ["dv", "nwj", "plug_in", "infonce", "smile", "l1out"])
def test_true_ratio_gives_the_information(name):
    """At f = ln p/q every functional that measures must return the information, up to what 2,000 rows scatter."""
    x, y = pairs(2000, 4)
    value = float(getattr(objectives, name)(jnp.asarray(log_ratio(x, y))))
    # Standard deviation of the pointwise information: R; the partition sum adds about as much.
    assert value == pytest.approx(INFORMATION, abs=4 * math.sqrt(2.0) * R / math.sqrt(2000))


@pytest.mark.parametrize("name", ["js", "nwj", "dv"])
def test_objectives_peak_at_the_true_ratio(name):
    """A critic a little off in slope or level is never better, in expectation."""
    x, y = pairs(1500, 5)
    function = getattr(objectives, name)
    right = log_ratio(x, y)
    best = float(function(jnp.asarray(right)))
    for wrong in (0.8 * right, 1.2 * right, right + 0.1 * np.sin(3 * x)[:, None]):
        assert float(function(jnp.asarray(wrong))) < best


@pytest.mark.parametrize("divergence", ["kl", "gan", "hellinger"])
def test_divergences_are_stationary_at_the_true_ratio(divergence):
    x, y = pairs(1500, 6)
    right = jnp.asarray(log_ratio(x, y))
    value = lambda scale: objectives.fdime(scale * right, divergence)  # noqa: E731
    assert float(value(1.0)) > max(float(value(0.7)), float(value(1.3)))
    with pytest.raises(ValueError, match="divergence"):
        objectives.fdime(right, "chi")


def test_mine_remembers_its_normaliser(scores):
    given = jnp.asarray(scores)
    start = jnp.float32(-jnp.inf)
    value, average = objectives.mine(given, start, rate=0.1)
    assert float(value) == pytest.approx(float(objectives.dv(given)), abs=1e-5)
    log_mean = float(jnp.mean(jnp.diagonal(given)) - objectives.dv(given))
    assert float(average) == pytest.approx(log_mean, abs=1e-5)
    _, later = objectives.mine(given + 1.0, average, rate=0.1)
    assert float(later) == pytest.approx(math.log(0.9 * math.exp(log_mean) + 0.1 * math.exp(log_mean + 1)), abs=1e-5)


def test_mine_forgets_a_far_pair(scores):
    _, average = objectives.mine(jnp.asarray(scores), jnp.float32(500.0), rate=0.1)
    stranger = objectives.mine(jnp.asarray(scores), jnp.float32(-jnp.inf))[1]
    assert float(average) == pytest.approx(float(stranger) + 1.0, abs=1e-5)


def test_mine_gradient_divides_by_the_average(scores):
    given, average = jnp.asarray(scores), jnp.float32(2.0)
    slope = jax.grad(lambda s: objectives.mine(s, average, rate=0.1)[0])(given)
    _, updated = objectives.mine(given, average, rate=0.1)
    expected = -np.exp(scores) / (K * (K - 1)) / math.exp(float(updated))
    np.fill_diagonal(expected, 1.0 / K)
    np.testing.assert_allclose(slope, expected, rtol=1e-4, atol=1e-8)


def test_wpc_is_below_the_difference_of_means(scores):
    """Jensen: J_WPC <= (1 - 1/K) (E_p f - E_q f)."""
    given = jnp.asarray(scores)
    assert float(objectives.wpc(given)) <= (1 - 1 / K) * float(objectives.club(given)) + 1e-6
