"""Lanczos quadrature and random features against all eigenvalues."""

import math

import numpy as np
import pytest

import mitk.spectral.diffusion as diffusion
from mitk.spectral import DSE, dse, spectral_entropy
from mitk.spectral.kernels import diffusion_matrix, gaussian_kernel, half_median, padded_diffusion
from mitk.spectral.lanczos import LEAST_ROWS, PROBES, Probed, lanczos_entropy

BIT = math.log(2.0)
N = LEAST_ROWS + 100


def cloud(d, n=N):
    return np.random.default_rng(d).standard_normal((n, d))


@pytest.mark.parametrize(("d", "power", "bits"), [(50, 1.0, 1e-3), (50, 3.0, 1e-3), (10, 1.0, 6e-3)])
def test_lanczos_is_near_the_eigenvalues(d, power, bits):
    matrix = diffusion_matrix(cloud(d), half_median(cloud(d)))
    exact = float(spectral_entropy(np.linalg.eigvalsh(matrix), power=power))
    value, error = lanczos_entropy(matrix, power=power, seed=1)
    assert abs(value - exact) < bits * BIT
    assert abs(value - exact) < 5.0 * error + 1e-9
    assert (value, error) == lanczos_entropy(matrix, power=power, seed=1)
    assert lanczos_entropy(matrix, power=power, seed=2)[0] != value


def test_quadratic_traces_are_exact():
    matrix = diffusion_matrix(cloud(20), half_median(cloud(20)))
    seen = Probed(matrix, np.random.default_rng(0))
    seen.advance(8)
    assert seen.trace(lambda x: x).value == pytest.approx(np.trace(matrix), rel=1e-9)
    # The square's coupling between the deflated part and the rest is in the larger Krylov space exactly.
    assert seen.trace(lambda x: x**2).value == pytest.approx((matrix**2).sum(), rel=1e-9)
    assert seen.trace(lambda x: x**3).deviations.shape == (PROBES,)


@pytest.mark.parametrize("scale", [1e-3, 1e4])
def test_lanczos_at_the_limits_of_the_bandwidth(scale):
    matrix = diffusion_matrix(cloud(3), scale)
    value, _ = lanczos_entropy(matrix)
    assert value == pytest.approx(math.log(N) if scale < 1 else 0.0, abs=1e-5)


def test_lanczos_of_copies():
    # Few distinct points: most eigenvalues are 0, and the Krylov space runs out.
    points = np.repeat(cloud(2, 30), N // 30 + 1, axis=0)
    exact = dse(points, bandwidth=1.0, approximation="exact").value
    assert dse(points, bandwidth=1.0, approximation="lanczos").value == pytest.approx(exact, abs=1e-3)


def test_the_way_is_chosen_by_size(monkeypatch):
    x = cloud(20)
    exact, lanczos = (DSE(approximation=way).fit(x) for way in ("exact", "lanczos"))
    assert DSE().fit(x).value == exact.value
    monkeypatch.setattr(diffusion, "EXACT_ROWS", LEAST_ROWS)
    assert DSE().fit(x).value == lanczos.value
    assert lanczos.value == pytest.approx(exact.value, abs=5.0 * lanczos.diagnostics["approximation_error_nats"] / BIT)
    few = x[: LEAST_ROWS - 1]
    assert DSE(approximation="lanczos").fit(few).value == DSE(approximation="exact").fit(few).value


@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_random_features_of_a_smooth_spectrum(alpha):
    # Full median distance: the kernel is wide, its spectrum short, and 2,048 features see it.
    x = cloud(3, 500)
    sigma = 2.0 * half_median(x)
    exact = dse(x, bandwidth=sigma, density_power=alpha).value
    found = dse(x, bandwidth=sigma, density_power=alpha, approximation="features").value
    assert found == pytest.approx(exact, abs=0.1)


def test_padding_adds_nothing():
    x = cloud(4, 60)
    subsets = [np.arange(5), np.arange(10, 40), np.array([7])]
    for alpha in (0.0, 0.5):
        stack = spectral_entropy(np.linalg.eigvalsh(padded_diffusion(x, subsets, 1.5, alpha)))
        for value, rows in zip(stack, subsets, strict=True):
            alone = np.linalg.eigvalsh(diffusion_matrix(x[rows], 1.5, alpha))
            assert value == pytest.approx(float(spectral_entropy(alone)), abs=1e-9)


def test_rows_out_of_reach_are_apart_at_any_scale():
    # The squares of such distances are beyond float64, and of such bandwidths below it.
    x = np.append(cloud(5, 12)[:, :1], [[3e5], [1e9], [1e9 + 1.0]], axis=0)
    for scale in (2.0**-700, 1.0, 2.0**700):
        alone = diffusion_matrix(scale * x, scale)
        np.testing.assert_array_equal(alone, diffusion_matrix(x, 1.0))
        np.testing.assert_allclose(padded_diffusion(scale * x, [np.arange(15)], scale)[0], alone, atol=1e-12)
    near = np.exp(-0.5) / (1.0 + np.exp(-0.5))
    np.testing.assert_allclose(alone[-2, -1], near, atol=1e-15)
    assert alone[-3, -3] == 1.0
    largest = gaussian_kernel(np.array([[1e307], [1e307], [-1e307], [0.0]]), 1e-20)
    np.testing.assert_array_equal(largest, [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
