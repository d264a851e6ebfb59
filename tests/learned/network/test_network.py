"""The network: its NumPy twin, and what it must not see."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mitk.learned.network import forward as twin
from mitk.learned.network.inputs import PAIR_READINGS, READINGS, moments, stacked, standardised
from mitk.learned.network.network import LEVELS, Network, row_inputs
from mitk.learned.prior.meta import Prior
from mitk.learned.statistics.features import features
from mitk.learned.training.training import named


@pytest.fixture(scope="module")
def sets():
    drawn = [Prior(rows=((1.0, 10, 120, True),)).draw(seed)[1] for seed in range(12)]
    found = stacked([features(draw.x, draw.y) for draw in drawn])
    return standardised(found, moments(found))


@pytest.fixture(scope="module", params=[(0, True), (16, True), (16, False)])
def network(request):
    row_width, weighed = request.param
    found = Network(width=32, row_width=row_width, queries=4, blocks=2, weighed=weighed, rngs=nnx.Rngs(1))
    if weighed:
        # A new network trusts all statistics alike, and one that has learned does not.
        for layer, key in ((found.trust, 2), (found.shrink, 3)):
            layer.kernel[...] = 0.3 * jax.random.normal(jax.random.key(key), layer.kernel[...].shape)
    return found


def test_the_twin_in_numpy_gives_the_same(network, sets):
    batch = {name: jnp.asarray(values) for name, values in sets.items()}
    mean, quantiles = jax.jit(lambda b: network(b))(batch)
    found = twin.forward(named(nnx.state(network)), sets)
    np.testing.assert_allclose(found[0], mean, atol=1e-5)
    np.testing.assert_allclose(found[1], quantiles, atol=1e-5)


def test_quantiles_increase(network, sets):
    quantiles = twin.forward(named(nnx.state(network)), sets)[1]
    assert quantiles.shape == (12, len(LEVELS))
    assert (np.diff(quantiles, axis=1) > 0.0).all()


def test_rows_of_a_view_in_any_order_and_padding_are_not_seen(network, sets):
    parameters = named(nnx.state(network))
    before = twin.forward(parameters, sets)[1]
    rng = np.random.default_rng(0)
    changed = {name: values.copy() for name, values in sets.items()}
    for i, (pairs, kept) in enumerate(changed["counts"]):
        changed["rows"][i, :, :kept] = changed["rows"][i, :, rng.permutation(kept)].swapaxes(0, 1)
        changed["rows"][i, :, kept:] = 3.0
        changed["tokens"][i, pairs:] = 2.0
    np.testing.assert_allclose(twin.forward(parameters, changed)[1], before, atol=1e-5)


def test_pairs_in_any_order_give_the_same(network, sets):
    parameters = named(nnx.state(network))
    changed = dict(sets)
    for name in ("tokens", "pair_readings"):
        changed[name] = sets[name].copy()
        for i, (pairs, _) in enumerate(sets["counts"]):
            changed[name][i, :pairs] = sets[name][i, :pairs][::-1]
    np.testing.assert_allclose(twin.forward(parameters, changed)[1], twin.forward(parameters, sets)[1], atol=1e-5)


def test_a_statistic_that_is_trusted_alone_is_the_answer(sets):
    network = Network(width=32, row_width=0, blocks=1, rngs=nnx.Rngs(1))
    for place, name in ((READINGS.index(16), "plain"), (READINGS.index(70), "entropies")):
        network.trust.bias[...] = jnp.zeros(len(READINGS) + 2).at[2 + place].set(60.0)
        quantiles = twin.forward(named(nnx.state(network)), sets)[1]
        middle = quantiles[:, LEVELS.index(0.5)]
        np.testing.assert_allclose(middle, sets["readings"][:, place], rtol=1e-5, atol=1e-6, err_msg=name)
    # Canonical pairs, each at the ridge that is trusted, add up.
    network.trust.bias[...] = jnp.zeros(len(READINGS) + 2).at[1].set(60.0)
    network.shrink.bias[...] = jnp.zeros(PAIR_READINGS + 1).at[2].set(60.0)
    middle = twin.forward(named(nnx.state(network)), sets)[1][:, LEVELS.index(0.5)]
    np.testing.assert_allclose(middle, sets["pair_readings"][..., 2].sum(axis=1), rtol=1e-5, atol=1e-6)


def test_row_inputs_do_not_know_which_side_is_which_nor_the_sign():
    rows = np.random.default_rng(0).standard_normal((2, 7, 30, 2)).astype(np.float32)
    rows[..., 0] += rows[..., 1] ** 2
    mask = np.ones((2, 30), dtype=bool)
    expected = row_inputs(jnp.asarray(rows), jnp.asarray(mask))
    np.testing.assert_allclose(twin.row_inputs(rows, mask), expected, atol=1e-6)
    for other in (rows[..., ::-1], np.concatenate([-rows[:, :6], rows[:, 6:]], axis=1)):
        np.testing.assert_allclose(row_inputs(jnp.asarray(other), jnp.asarray(mask)), expected, atol=1e-6)
