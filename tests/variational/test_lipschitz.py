"""Networks of slope at most 1, the dual that trains them, and what they say of rows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mitk import WassersteinDependency
from mitk.numerics.transport_forms import gaussian_w1_bracket
from mitk.objectives import wpc
from mitk.variational.lipschitz import Critic, DualLearner, Orthogonal, group_sort, polar

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")


def normal_pairs(r, n, d=1, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, r * x + np.sqrt(1.0 - r * r) * rng.standard_normal((n, d))


def random_critic(metric, dim_x=2, dim_y=3, seed=0):
    """A critic with weights far from orthogonal, as training leaves them."""
    learner = DualLearner(dim_x, dim_y, metric, width=8, depth=2)
    first = jax.tree.leaves(nnx.state(learner.module(nnx.Rngs(0))))
    size = sum(leaf.size for leaf in first)
    return Critic(learner, np.random.default_rng(seed).standard_normal(size).astype(np.float32))


@pytest.mark.parametrize("shape", [(8, 3), (3, 8), (6, 6)])
def test_polar_is_the_orthogonal_factor(shape):
    weight = np.random.default_rng(0).standard_normal(shape)
    u, _, v = np.linalg.svd(weight, full_matrices=False)
    assert np.abs(np.asarray(polar(jnp.asarray(weight, jnp.float32))) - u @ v).max() < 1e-3


def test_group_sort_keeps_the_values():
    z = jnp.array([[3.0, 1.0, -2.0, 5.0]])
    assert group_sort(z).tolist() == [[3.0, 5.0, 1.0, -2.0]]


@pytest.mark.parametrize("metric", ["l2", "l1sum"])
def test_slopes_are_certified(metric):
    f = random_critic(metric)
    constant = f.constant(np.zeros((1, 2)), np.zeros((1, 3)))
    # No layer stretches; one that training left nearly singular may only shrink.
    assert constant <= 1.0 + 1e-5
    rng = np.random.default_rng(1)
    (x, y), (a, b) = ((rng.standard_normal((4000, 2)), rng.standard_normal((4000, 3))) for _ in range(2))
    a, b = x + 0.01 * a, y + 0.01 * b
    in_x, in_y = np.linalg.norm(x - a, axis=1), np.linalg.norm(y - b, axis=1)
    far = np.hypot(in_x, in_y) if metric == "l2" else in_x + in_y
    assert (np.abs(f(x, y) - f(a, b)) / far).max() <= constant


def test_host_and_device_agree():
    f = random_critic("l2")
    module = f.learner.module(nnx.Rngs(0))
    assert isinstance(module, Orthogonal)
    x, y = normal_pairs(0.5, 20, 2)[0], normal_pairs(0.5, 20, 3)[0]
    from mitk.variational.training import merged

    found = merged(f.learner, f.parameters)(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32))
    assert np.abs(np.asarray(found) - f(x, y)).max() < 1e-5


def test_jensen_chain_of_predictive_coding():
    """J_WPC <= (1 - 1/K) (E_joint f - E_product f) for any 1-Lipschitz f, whose mean is at most (1 - 1/K) I_W."""
    k, r = 64, 0.9
    upper = gaussian_w1_bracket(r, 2)[1]
    gaps = []
    for seed in range(10):
        # The best linear-conic function known, a |u| - b |v|, and a network.
        x, y = normal_pairs(r, k, 2, seed=seed)
        for f in (random_critic("l2", 2, 2, seed), lambda a, b: _cone(a, b, r)):
            every = np.repeat(np.arange(k), k), np.tile(np.arange(k), k)
            scores = f(x[every[0]], y[every[1]]).reshape(k, k)
            strangers = (scores.sum() - np.trace(scores)) / (k * (k - 1))
            dual = np.diagonal(scores).mean() - strangers
            assert float(wpc(jnp.asarray(scores))) <= (1 - 1 / k) * dual + 1e-6
        gaps.append(dual)
    # The cone is the function behind the lower end of the bracket.
    lower = gaussian_w1_bracket(r, 2)[0]
    error = np.std(gaps, ddof=1) / np.sqrt(10)
    assert np.mean(gaps) == pytest.approx(lower, abs=4.0 * error)
    assert np.mean(gaps) <= upper + 4.0 * error


def _cone(x, y, r):
    u, v = np.linalg.norm(x + y, axis=1) / np.sqrt(2), np.linalg.norm(x - y, axis=1) / np.sqrt(2)
    a, b = np.sqrt(1 + r) - 1, 1 - np.sqrt(1 - r)
    return (a * u - b * v) / np.hypot(a, b)


def test_neural_value_in_one_column():
    x, y = normal_pairs(0.9, 600)
    estimator = WassersteinDependency(
        method="neural", standardize=False, width=16, depth=2, steps=200, batch=128, rate=1e-2, fit_rows=200
    )
    r = estimator.fit(x, y)
    error = r.diagnostics["standard_error"]
    # The truth is 0.637; a small network trained for a moment finds most of it and never more.
    assert 0.45 < r.value <= 0.637 + 3.0 * error
    assert 0.637 in r.ci
    assert max(r.diagnostics["lipschitz_constants"]) <= 1.0 + 1e-5
    assert r == estimator.fit(x, y)


@pytest.mark.slow
def test_gradient_penalty_in_one_column():
    x, y = normal_pairs(0.9, 600)
    r = WassersteinDependency(
        method="neural", lipschitz="penalty", standardize=False, width=64, depth=2, steps=600, rate=5e-3, fit_rows=200
    ).fit(x, y)
    assert 0.3 < r.value <= 0.637 + 3.0 * r.diagnostics["standard_error"]
    assert min(r.diagnostics["lipschitz_constants"]) >= 1.0
    assert any("slopes" in note for note in r.notes)
