"""The JAX path: equal to the host's values, with gradients that finite differences confirm."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden_cases import SUBSETS, VALUES, blobs, gauss

from mitk.spectral import dse, dse_gradient, dsmi, dsmi_gradient, smooth_dse, smooth_dsmi

X = np.random.default_rng(3).standard_normal((12, 2))
Y = np.repeat([0, 1], [7, 5])


def difference(value, x, step=1e-5):
    """Central differences of a function of points."""
    out = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        moved = np.zeros_like(x)
        moved[index] = step
        out[index] = (value(x + moved) - value(x - moved)) / (2.0 * step)
    return out


def test_gradient_of_dse():
    options = {"bandwidth": 1.0, "time": 2.0, "density_power": 0.5}
    value, gradient = dse_gradient(X, **options)
    assert value == pytest.approx(dse(X, **options).value, abs=1e-10)
    assert gradient == pytest.approx(difference(lambda x: dse(x, **options).value, X), abs=1e-7)
    assert gradient.dtype == np.float64
    assert not jax.config.jax_enable_x64


def test_gradient_of_dsmi():
    subsets = [[[0, 2, 4, 6, 8, 10, 11], [1, 2, 3, 4, 5, 6, 7]], [[0, 3, 6, 9, 11], [2, 4, 6, 8, 10]]]
    value, gradient = dsmi_gradient(X, Y, bandwidth=1.0, subsets=subsets)
    assert value == pytest.approx(dsmi(X, Y, bandwidth=1.0, subsets=subsets).value, abs=1e-10)
    numeric = difference(lambda x: dsmi(x, Y, bandwidth=1.0, subsets=subsets).value, X)
    assert gradient == pytest.approx(numeric, abs=1e-7)


def test_golden_values_in_double_precision():
    assert dse_gradient(gauss(), bandwidth=1.0)[0] == pytest.approx(VALUES["dse_gauss_sigma1_t1"], abs=1e-6)
    name = "dsmi_blobs_discrete_sigma1"
    x, y = blobs()
    assert dsmi_gradient(x, y, bandwidth=1.0, subsets=SUBSETS[name])[0] == pytest.approx(VALUES[name], abs=1e-6)


def test_single_precision_by_default_compiled_and_mapped():
    value = jax.jit(lambda x: smooth_dse(x, bandwidth=1.0))(jnp.asarray(X, dtype=jnp.float32))
    assert value.dtype == jnp.float32
    assert float(value) == pytest.approx(dse(X, bandwidth=1.0).value, abs=1e-5)
    pair = jnp.asarray(np.stack([X, 2.0 * X]), dtype=jnp.float32)
    both = jax.jit(jax.vmap(lambda x: smooth_dse(x, bandwidth=1.0)))(pair)
    assert float(both[1]) == pytest.approx(dse(2.0 * X, bandwidth=1.0).value, abs=1e-5)


def test_equal_eigenvalues_have_finite_gradients():
    # Two copies of a triangle: eigenvalues in equal pairs, and exact zeros.
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
    x = np.vstack([corners, corners])
    _, gradient = dse_gradient(x, bandwidth=1.0)
    assert np.isfinite(gradient).all()
    assert gradient.sum(axis=0) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_random_subsets_are_seeded():
    first, again, other = (float(smooth_dsmi(jnp.asarray(X), Y, bandwidth=1.0, seed=s)) for s in (0, 0, 1))
    assert first == again
    assert first != other


def test_ascent_separates_classes():
    value, gradient = dsmi_gradient(X, Y, bandwidth=1.0)
    assert dsmi_gradient(X + 0.1 * gradient, Y, bandwidth=1.0)[0] > value
