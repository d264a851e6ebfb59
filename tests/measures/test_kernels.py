"""Alignment, uniformity, kernel information and its differentiable twin."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mitk import KDE
from mitk.errors import DataError, MITKWarning, UnsupportedError
from mitk.measures import alignment, k_jem, kde_mi, kde_mi_value, uniformity

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 2))
Y = 0.8 * X[:, :1] + 0.6 * RNG.standard_normal((40, 1))


def kernel(points, tau):
    return np.exp(-((points[:, None] - points[None]) ** 2).sum(axis=2) / (2 * tau))


def test_alignment_and_uniformity_by_their_formulas():
    views = X + 0.1
    assert float(alignment(jnp.asarray(X), jnp.asarray(views))) == pytest.approx(2 * 0.01 / (2 * 0.5), rel=1e-5)
    pairs = kernel(X, 0.5)[np.triu_indices(40, 1)]
    assert float(uniformity(jnp.asarray(X))) == pytest.approx(math.log(pairs.mean()), abs=1e-5)
    assert float(uniformity(jnp.zeros((5, 2)))) == pytest.approx(0.0, abs=1e-6)


def test_k_jem_by_its_formula():
    expected = np.log((kernel(X, 0.5) * kernel(Y, 0.5)).mean(axis=1)).mean()
    assert float(k_jem(jnp.asarray(X), jnp.asarray(Y))) == pytest.approx(expected, abs=1e-5)


def test_k_jem_completes_the_kernel_information():
    # I = H(c) + H(s) - H(c, s), each by the same kernels with the own term.
    entropies = [-np.log(kernel(side, 0.5).mean(axis=1)).mean() for side in (X, Y)]
    expected = sum(entropies) + float(k_jem(jnp.asarray(X), jnp.asarray(Y)))
    value = kde_mi_value(jnp.asarray(X), jnp.asarray(Y), leave_one_out=False)
    assert float(value) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("leave_one_out", [True, False])
def test_the_twins_agree(leave_one_out):
    host = kde_mi(X, Y, tau=0.3, leave_one_out=leave_one_out, confidence=None)
    both = jax.jit(jax.value_and_grad(lambda x: kde_mi_value(x, jnp.asarray(Y), 0.3, leave_one_out)))
    twin, slope = both(jnp.asarray(X))
    assert float(twin) == pytest.approx(host.value, abs=1e-5)
    assert np.isfinite(slope).all()
    step = np.zeros_like(X)
    step[3, 1] = 1e-4
    rise = kde_mi(X + step, Y, tau=0.3, leave_one_out=leave_one_out, confidence=None).value
    fall = kde_mi(X - step, Y, tau=0.3, leave_one_out=leave_one_out, confidence=None).value
    assert float(slope[3, 1]) == pytest.approx((rise - fall) / 2e-4, abs=1e-4)


@pytest.mark.filterwarnings("ignore:n=40:mitk.MITKWarning")
def test_it_is_the_kernel_estimator_at_its_bandwidth():
    x, y = X[:, 0], Y[:, 0]
    standard = [(side - side.mean()) / side.std() for side in (x, y)]
    expected = KDE(bandwidth=0.4).fit(x, y, confidence=None)
    result = kde_mi(*standard, tau=0.16, confidence=None)
    assert result.value == pytest.approx(expected.value, abs=1e-12)
    assert result.pointwise == pytest.approx(expected.pointwise)


def test_the_self_term_caps_at_ln_n():
    far = 100.0 * np.arange(12.0)
    with pytest.warns(MITKWarning, match="own kernels"):
        result = kde_mi(far, far, leave_one_out=False)
    assert result.value == pytest.approx(math.log(12))


def test_the_interval_covers_the_information():
    truth = -0.5 * math.log(1 - 0.64)
    covered = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(300)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *_, **__: None)
            covered += truth in kde_mi(x, 0.8 * x + 0.6 * rng.standard_normal(300), tau=0.08).ci
    assert covered >= 34  # fewer have probability 0.01 at a coverage of 0.95


def test_a_wide_kernel_is_said():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(300)
    with pytest.warns(MITKWarning, match="wide enough"):
        kde_mi(x, 0.95 * x + 0.3 * rng.standard_normal(300))


def test_bad_input():
    with pytest.raises(UnsupportedError, match="labels"):
        kde_mi(["a", "b", "c", "a"], [0.1, 0.2, 0.3, 0.4])
    with pytest.raises(DataError, match="shape"):
        alignment(jnp.zeros((3, 2)), jnp.zeros((3, 1)))
    with pytest.raises(DataError, match="rows"):
        k_jem(jnp.zeros((3, 2)), jnp.zeros((4, 2)))
    with pytest.raises(DataError, match="shape"):
        uniformity(jnp.zeros(3))


def test_three_rows_have_no_halves():
    with pytest.raises(DataError, match="at least 4 rows"):
        kde_mi([0.0, 1.0, 2.5], [0.0, 2.0, 1.0])
    assert np.isfinite(kde_mi([0.0, 1.0, 2.5, 3.0], [0.0, 2.0, 1.0, 3.0], confidence=None).value)
