"""The network: its NumPy twin, and what it must not see."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mitk.learned.network import forward as twin
from mitk.learned.network.inputs import moments, stacked, standardised
from mitk.learned.network.network import LEVELS, Network, row_inputs
from mitk.learned.prior.meta import Prior
from mitk.learned.statistics.features import features
from mitk.learned.training.training import named


@pytest.fixture(scope="module")
def sets():
    drawn = [Prior(rows=((1.0, 10, 120, True),)).draw(seed)[1] for seed in range(12)]
    found = stacked([features(draw.x, draw.y) for draw in drawn])
    return standardised(found, moments(found))


@pytest.fixture(scope="module", params=[0, 16])
def network(request):
    return Network(width=32, row_width=request.param, queries=4, blocks=2, rngs=nnx.Rngs(1))


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
    changed["tokens"] = sets["tokens"].copy()
    for i, (pairs, _) in enumerate(sets["counts"]):
        changed["tokens"][i, :pairs] = sets["tokens"][i, :pairs][::-1]
    np.testing.assert_allclose(twin.forward(parameters, changed)[1], twin.forward(parameters, sets)[1], atol=1e-5)


def test_row_inputs_do_not_know_which_side_is_which_nor_the_sign():
    rows = np.random.default_rng(0).standard_normal((2, 7, 30, 2)).astype(np.float32)
    rows[..., 0] += rows[..., 1] ** 2
    mask = np.ones((2, 30), dtype=bool)
    expected = row_inputs(jnp.asarray(rows), jnp.asarray(mask))
    np.testing.assert_allclose(twin.row_inputs(rows, mask), expected, atol=1e-6)
    for other in (rows[..., ::-1], np.concatenate([-rows[:, :6], rows[:, 6:]], axis=1)):
        np.testing.assert_allclose(row_inputs(jnp.asarray(other), jnp.asarray(mask)), expected, atol=1e-6)
