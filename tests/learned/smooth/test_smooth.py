"""MIST's answer as a differentiable function."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mitk.errors import DataError
from mitk.learned import mist_parameters, mist_value
from mitk.learned.network.inputs import moments, stacked
from mitk.learned.network.model import SHIPPED, WEIGHTS, Model, shipped
from mitk.learned.network.network import LEVELS, Network
from mitk.learned.network.stretching import STAGES
from mitk.learned.prior.meta import Prior
from mitk.learned.smooth.pairs import canonical, pairing
from mitk.learned.smooth.ranks import normal_scores, row_order
from mitk.learned.statistics.features import features
from mitk.learned.statistics.order import arrangement
from mitk.learned.statistics.raw import RAW
from mitk.learned.training.training import named
from mitk.numerics import ranks

needs_weights = pytest.mark.skipif(not (WEIGHTS / SHIPPED).exists(), reason="the model is not in the package")
graded = jax.jit(jax.value_and_grad(mist_value, argnums=(0, 1, 2)))


@functools.cache
def small_model(raw=False):
    """A network at random, which may read statistics that change under increasing maps of columns."""
    prior = Prior(rows=((1.0, 30, 300, True),), max_dim=8)
    draws = [prior.draw(seed)[1] for seed in range(50)]
    scale = moments(stacked([features(draw.x, draw.y) for draw in draws]))
    if not raw:
        scale |= {name: scale[name][:-RAW] for name in ("overall.mean", "overall.sd")}
    size = {"width": 32, "row_width": 8, "queries": 3, "blocks": 2, "overall": len(scale["overall.mean"])}
    network = named(nnx.split(Network(**size, rngs=nnx.Rngs(0)))[1])
    calibration = {"levels": np.array(LEVELS)}
    for stage in STAGES:
        calibration |= {f"{stage}.edges": np.zeros(0), f"{stage}.factors": np.ones((1, len(LEVELS)))}
    return Model((network,), scale, calibration, {}, {})


def data(n, dx, dy, seed=0):
    rng = np.random.default_rng(seed)
    r = min(dx, dy)
    x, y = rng.standard_normal((n, dx)), 0.7 * rng.standard_normal((n, dy))
    y[:, :r] += x[:, :r]
    return x @ rng.standard_normal((dx, dx)), np.exp(y)


def median(model, x, y):
    return model.predict([features(x, y)]).quantiles[0, len(LEVELS) // 2]


# Compiling is what takes time, a gradient's three times as long as a value's: few shapes serve these tests.
def test_value_is_that_of_the_model_and_gradients_are_finite():
    model = small_model()
    for seed in range(3):
        x, y = data(60, 2, 2, seed)
        value, (slopes, *gradients) = graded(mist_parameters(model), x, y)
        # Normal scores lie evenly around 0, so that distances tie, and each precision breaks ties in its own way; a
        # network at random answers several times as much as one that was trained.
        assert float(value) == pytest.approx(median(model, x, y), abs=0.08)
        for gradient in gradients:
            assert np.isfinite(gradient).all()
            assert np.abs(gradient).max() > 1e-5
        assert all(np.isfinite(slope).all() for slope in jax.tree.leaves(slopes))
        assert np.abs(slopes["networks"][0]["token.kernel"]).max() > 0.0


def test_value_of_a_model_that_reads_more_than_ranks():
    model = small_model(raw=True)
    valued = jax.jit(mist_value)
    for seed in range(3):
        x, y = data(60, 5, 2, seed)
        assert float(valued(mist_parameters(model), x, y)) == pytest.approx(median(model, x, y), abs=0.08)


def test_gradients_are_finite_for_ties_copies_constants_and_few_rows():
    # One shape, compiled once: ten rows of twelve columns.
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((10, 8)), rng.standard_normal((10, 4))
    tied, constant = np.sign(x), np.zeros((10, 8))
    for a, b in ((x, y), (tied, y), (constant, y), (x, x[:, :4]), (np.repeat(x[:, :1], 8, axis=1), y)):
        value, slopes = graded(mist_parameters(small_model(raw=True)), a, b)
        assert np.isfinite(value)
        assert all(np.isfinite(slope).all() for slope in jax.tree.leaves(slopes))


def test_value_ignores_the_order_of_rows_and_columns_and_which_side_is_which():
    # Float32 rounds a neighbour in or out; the estimator itself, in float64, is invariant to the last bit.
    params = mist_parameters(small_model())
    x, y = data(60, 2, 2)
    order = np.random.default_rng(1).permutation(60)
    value = float(graded(params, x, y)[0])
    for a, b in ((x[order], y[order]), (x[:, ::-1], y), (x, y[:, ::-1]), (y, x), (np.exp(x / 4.0), y**3)):
        assert float(graded(params, a, b)[0]) == pytest.approx(value, abs=0.02)


@pytest.mark.slow
def test_vmap_answers_many_pairs():
    model = small_model()
    pairs = [data(30, 1, 2, seed) for seed in range(3)]
    x, y = (np.stack([pair[side] for pair in pairs]) for side in (0, 1))
    values = jax.jit(jax.vmap(mist_value, in_axes=(None, 0, 0)))(mist_parameters(model), x, y)
    np.testing.assert_allclose(values, [median(model, *pair) for pair in pairs], atol=0.08)


def test_rows_come_in_the_order_of_the_statistics():
    x, y = data(50, 2, 1)
    x[:20, 0] = 0.5
    scores, doubled = jax.jit(normal_scores)(jnp.asarray(np.hstack([x, y]), dtype=jnp.float32))
    zx, zy = ranks.normal_scores(x.astype(np.float32)), ranks.normal_scores(y.astype(np.float32))
    np.testing.assert_allclose(scores, np.hstack([zx, zy]), atol=2e-6)
    order, half = jax.jit(row_order)(doubled)
    found = arrangement(zx, zy)
    wide = max(found.of(zx, zy), key=lambda side: side.shape[1])
    got = (zx / zx.std(axis=0))[np.asarray(order)]
    np.testing.assert_allclose(np.sort(got, axis=1), np.sort(wide / wide.std(axis=0), axis=1), rtol=1e-5)
    np.testing.assert_array_equal(half, found.half)


def test_scores_have_the_gradient_of_a_smooth_law():
    # Pulling the rows of an exponential law apart by a factor changes no rank; adding a slope does, by the density.
    x = jnp.asarray(np.sort(np.random.default_rng(0).exponential(size=(400, 1)), axis=0), dtype=jnp.float32)
    _, stretched = jax.jit(lambda x: jax.jvp(lambda v: normal_scores(v)[0], (x,), (x,)))(x)
    assert float(jnp.abs(stretched[20:-20]).mean()) < 0.1
    slope = jax.jit(jax.jacobian(lambda v: normal_scores(v)[0][:, 0]))(x)[:, :, 0].diagonal()
    score = ranks.normal_scores(np.asarray(x))[:, 0]
    exact = np.exp(-np.asarray(x[:, 0])) * np.sqrt(2.0 * np.pi) * np.exp(score**2 / 2.0)
    assert np.median(np.asarray(slope)[40:-40] / exact[40:-40]) == pytest.approx(1.0, abs=0.15)


def test_canonical_informations_have_the_gradient_of_finite_differences():
    rng = np.random.default_rng(2)
    zx = rng.standard_normal((80, 3)) @ rng.standard_normal((3, 3)) / 2.0
    zy = 0.6 * zx[:, :2] + rng.standard_normal((80, 2))
    step = rng.standard_normal(zx.shape)
    weights = rng.standard_normal((80, 2))

    def value(side):
        paired = pairing(side, jnp.asarray(zy, dtype=jnp.float32))
        # Products of paired variates have no sign; their weighted sum moves with vectors as with values.
        return sum(v.sum() for v in paired.informations) + jnp.mean(paired.p * paired.q * weights) + paired.plain

    zx, step = (jnp.asarray(v, dtype=jnp.float32) for v in (zx, step))
    value = jax.jit(value)
    _, slope = jax.jvp(value, (zx,), (step,))
    h = 3e-3
    difference = (value(zx + h * step) - value(zx - h * step)) / (2.0 * h)
    assert float(slope) == pytest.approx(float(difference), rel=0.03)


def test_equal_singular_values_have_a_finite_gradient():
    eye = jnp.eye(3)
    for cross in (0.5 * eye, 0.0 * eye):
        slope = jax.jit(
            jax.grad(lambda c: sum(jnp.sum(jnp.sin(v)) for v in canonical((eye, eye, c), 0.0, (eye, eye))))
        )(cross)
        assert np.isfinite(slope).all()


def test_shapes_that_do_not_fit_are_refused():
    params = {}
    with pytest.raises(DataError, match="must have shapes"):
        mist_value(params, np.zeros((20, 1)), np.zeros((21, 1)))
    with pytest.raises(DataError, match="at least 8 rows"):
        mist_value(params, np.zeros(7), np.zeros(7))
    with pytest.raises(DataError, match="1 to 64 columns"):
        mist_value(params, np.zeros((20, 65)), np.zeros(20))


@pytest.mark.slow
@needs_weights
def test_ascent_raises_the_shipped_models_value():
    # Less information than there is to be had: y sees a turned x.
    rng = np.random.default_rng(5)
    x = rng.standard_normal((200, 2))
    y = x[:, 0] + 0.5 * rng.standard_normal(200)
    step = jax.jit(jax.value_and_grad(mist_value, argnums=1))

    def seen(angle):
        turned, moved = (np.cos(a) * x[:, 0] + np.sin(a) * x[:, 1] for a in (angle, angle + np.pi / 2.0))
        value, gradient = step(mist_parameters(), turned, y)
        # Normal scores of one column come in pairs of opposite sign, so the radii tie and rounding breaks the ties.
        assert float(value) == pytest.approx(median(shipped(), turned[:, None], y[:, None]), abs=0.06)
        return float(value), float(gradient @ moved)

    before, slope = seen(0.8)
    assert slope < 0.0
    assert seen(0.8 + 0.2 * np.sign(slope))[0] > before + 0.05
