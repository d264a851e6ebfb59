"""Densities and their starts against closed forms, quadrature and exact Jacobians."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.stats import multivariate_t

from mitk.variational.densities import Density, Masked, Spline, Twist, log_student
from mitk.variational.density_learner import DensityLearner
from mitk.variational.density_start import (
    canonical,
    entropy_of_columns,
    fit_elliptical,
    independent_columns,
    quantile_knots,
    start,
)


@pytest.mark.parametrize(("d", "dof"), [(1, 1.5), (2, 5.0), (3, 200.0), (3, 2.0)])
def test_student_base_is_that_of_scipy(d, dof):
    z = np.random.default_rng(0).standard_normal((6, d))
    expected = multivariate_t(df=dof, shape=np.eye(d)).logpdf(z)
    np.testing.assert_allclose(log_student(jnp.asarray(z, jnp.float32), jnp.float32(1 / dof)), expected, atol=2e-6)


def test_student_base_tends_to_the_normal_law():
    z = jnp.linspace(-2.0, 2.0, 8).reshape(4, 2)
    expected = -0.5 * jnp.sum(z**2, axis=1) - math.log(2 * math.pi)
    np.testing.assert_allclose(log_student(z, jnp.float32(1e-6)), expected, atol=1e-5)


def bent_spline(columns):
    """A spline with unequal bins."""
    rng = np.random.default_rng(1)
    knots = np.cumsum(rng.uniform(0.3, 1.5, (2, columns, 7)), axis=2) - 3.0
    return Spline(columns, 6, jnp.asarray(knots, jnp.float32))


def test_spline_slopes_are_its_derivatives():
    spline = bent_spline(1)
    z = jnp.linspace(-6.0, 6.0, 41)
    slopes = jax.jit(jax.vmap(jax.grad(lambda v: spline(v[None, None])[0][0, 0])))(z)
    assert float(slopes.min()) > 0.0
    np.testing.assert_allclose(np.log(slopes), jax.jit(spline)(z[:, None])[1][:, 0], atol=2e-4)


def test_spline_goes_through_its_knots():
    knots = jnp.asarray([[[-1.0, 0.5, 2.0]], [[-3.0, 0.0, 1.0]]])
    image, _ = jax.jit(Spline(1, 2, knots))(knots[0].T)
    np.testing.assert_allclose(image, knots[1].T, atol=1e-5)


def test_masked_outputs_see_only_lower_ranks():
    network = Masked((0, 1, 2, 3), (1, 2, 3), width=12, depth=2, rngs=nnx.Rngs(0))
    network.last_kernel[...] = jax.random.normal(jax.random.key(0), (12, 3))
    seen = np.asarray(jax.jit(jax.jacfwd(lambda row: network(row[None])[0]))(jnp.ones(4))) != 0.0
    assert seen.tolist() == [[True, False, False, False], [True, True, False, False], [True, True, True, False]]


def test_twist_keeps_norms_and_volumes():
    twist = Twist(3)
    twist.generator[...] = 0.3 * jax.random.normal(jax.random.key(0), (3, 3))
    rows = jnp.asarray([[0.1, -0.2, 0.3], [1.0, 2.0, -1.0], [2.0, 0.0, 2.5]])
    np.testing.assert_allclose(jnp.linalg.norm(twist(rows), axis=1), jnp.linalg.norm(rows, axis=1), rtol=1e-4)
    jacobians = jax.jit(jax.vmap(jax.jacfwd(lambda row: twist(row[None])[0])))(rows)
    np.testing.assert_allclose(jnp.linalg.det(jacobians), 1.0, atol=2e-3)
    assert float(jnp.abs(twist(rows) - rows).max()) > 0.1


def test_flow_has_mass_one():
    density = Density(
        2,
        1,
        blocks=1,
        width=8,
        depth=1,
        bins=6,
        rngs=nnx.Rngs(0),
        matrix=jnp.asarray([[1.0, 0.4], [-0.3, 1.2]]),
        tails=jnp.asarray([0.1, 1.0, 5.0]),
    )
    network = density.blocks[0].triangular.network
    network.last_kernel[...] = 0.5 * jax.random.normal(jax.random.key(1), network.last_kernel.shape)
    edge, points = 40.0, 1201
    line = jnp.linspace(-edge, edge, points)
    grid = jnp.stack(jnp.meshgrid(line, line), axis=-1).reshape(-1, 2)
    logs = jax.jit(lambda rows: density(rows, jnp.full((len(rows), 1), 0.7)))(grid)
    # A Student law of 10 degrees of freedom leaves less than 1e-6 beyond the edge; the step is a tenth of its width.
    assert float(jnp.sum(jnp.exp(logs))) * (2 * edge / (points - 1)) ** 2 == pytest.approx(1.0, abs=2e-3)


def test_elliptical_fit_recovers_the_law():
    n, dof, scatter = 20_000, 4.0, np.array([[1.0, 0.6], [0.6, 2.0]])
    rows = multivariate_t(df=dof, shape=scatter).rvs(n, random_state=0)
    found = fit_elliptical(rows)
    # The dof is one of 40 levels a fifth apart; entries of the scatter vary by about 2 / sqrt(n) of their size.
    assert found.dof == pytest.approx(dof, rel=0.2)
    np.testing.assert_allclose(found.scatter, scatter, atol=8.0 / math.sqrt(n) + 0.02)
    _, _, rho = canonical(found, 1)
    assert rho[0] == pytest.approx(0.6 / math.sqrt(2.0), abs=4.0 / math.sqrt(n))


def test_entropies_of_columns():
    rng = np.random.default_rng(0)
    found = entropy_of_columns(np.column_stack([rng.uniform(0.0, 3.0, 10_000), rng.standard_normal(10_000)]))
    # Standard deviation of -ln f over sqrt(n) is 0.007 for the normal law and 0 for the uniform one; spacings add 0.01.
    np.testing.assert_allclose(found, [math.log(3.0), 0.5 * math.log(2 * math.pi * math.e)], atol=0.04)


def test_independent_columns_are_found_behind_a_rotation():
    rng = np.random.default_rng(0)
    sources = rng.uniform(-math.sqrt(3.0), math.sqrt(3.0), (4000, 3))
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    found = np.abs(independent_columns(sources @ turn, 0) @ turn.T)
    # A signed permutation, up to the error of an angle, a few over sqrt(n).
    np.testing.assert_allclose(np.sort(found.ravel())[-3:], 1.0, atol=0.02)


def test_start_takes_independent_columns_only_where_they_fit_better():
    rng = np.random.default_rng(0)
    bounded = rng.uniform(-math.sqrt(3.0), math.sqrt(3.0), (4000, 2))
    normal = rng.standard_normal((4000, 2))
    tails = np.array([1e-3, 0.0, 1e3])
    entropy = math.log(2 * math.pi * math.e)
    assert np.array_equal(start(normal, -entropy, tails, 6, 0)["matrix"], np.eye(2))
    knots = start(bounded, -entropy, tails, 6, 0)["knots"]
    assert knots[0, 0, -1] == pytest.approx(math.sqrt(3.0), abs=0.1)


def test_knots_make_columns_normal():
    rng = np.random.default_rng(0)
    columns = rng.uniform(-1.0, 1.0, (5000, 1))
    spline = Spline(1, 12, jnp.asarray(quantile_knots(columns, 12), jnp.float32))
    image, _ = jax.jit(spline)(jnp.asarray(columns, jnp.float32))
    levels = np.quantile(np.asarray(image), [0.1, 0.3, 0.5, 0.9])
    # Normal quantiles; a sample quantile varies by sqrt(p(1-p)/n)/density, at most 0.03 here.
    np.testing.assert_allclose(levels, [-1.2816, -0.5244, 0.0, 1.2816], atol=0.08)


def test_starts_are_exact_for_elliptical_laws():
    """Untrained densities give the mean log ratio of the fitted Student law."""
    rng = np.random.default_rng(0)
    n, dof = 4000, 3.0
    z = rng.standard_normal((n, 4)) / np.sqrt(rng.chisquare(dof, n) / dof)[:, None]
    x, y = z[:, :2], 0.8 * z[:, :2] + 0.6 * z[:, 2:]
    learner = DensityLearner(2, 2, blocks=1, width=4, depth=1, bins=4)
    given = {k: jnp.asarray(v, jnp.float32) for k, v in learner.starts(x, y, 0).items()}
    untrained = jax.jit(lambda x, y: learner.module(nnx.Rngs(0), **given)(x, y))
    s, q = untrained(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32))
    found = fit_elliptical(np.column_stack([x, y]))

    def log_density(rows, part):
        return multivariate_t(found.mean[part], found.scatter[np.ix_(part, part)], found.dof).logpdf(rows)

    both = log_density(np.column_stack([x, y]), np.arange(4))
    expected = both - log_density(x, np.arange(2)) - log_density(y, np.arange(2, 4))
    np.testing.assert_allclose(np.asarray(q - s).mean(), expected.mean(), atol=5e-3)
