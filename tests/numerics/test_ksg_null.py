import numpy as np
import pytest
from scipy.special import ndtr

import mitk.numerics.ksg_null_table as maker
from mitk.numerics.ksg_null import GRID, ksg_p_values, null_is_known, null_quantiles


@pytest.mark.parametrize(("n", "k", "count"), [(25, 1, 20_000), (137, 3, 20_000), (300, 5, 2000)])
def test_p_values_of_permutations_are_uniform(n, k, count):
    p = np.sort(ksg_p_values(maker.shuffled_values(n, k, count, [1, n, k]), n, k))
    # Kolmogorov's distance at level 0.001, and what the fitted form may add.
    apart = np.abs(p - (np.arange(count) + 0.5) / count).max()
    assert apart < 1.95 / np.sqrt(count) + 0.005
    for level in (0.05, 0.01, 0.001):
        assert abs((p <= level).mean() - level) < 3.5 * np.sqrt(level / count) + 0.05 * level


@pytest.mark.parametrize("k", maker.NEIGHBORS)
@pytest.mark.parametrize("n", [61, 1000, 30_000, 10**6])
def test_p_values_fall_with_the_value_and_are_never_zero(n, k):
    assert (np.diff(null_quantiles(GRID, n, k)) > 0.0).all()
    values = np.concatenate([[-1.0], np.linspace(-5.0, 40.0, 1000) / np.sqrt(n), [10.0]])
    p = ksg_p_values(values, n, k)
    assert (np.diff(p) <= 0.0).all()
    assert ((p > 0.0) & (p <= 1.0)).all()


def test_quantiles_and_p_values_are_inverse():
    w = np.linspace(-3.0, 7.0, 21)
    np.testing.assert_allclose(ksg_p_values(null_quantiles(w, 300, 3), 300, 3), ndtr(-w), rtol=1e-3)


def test_what_is_known():
    assert null_is_known(10, 3)
    assert not null_is_known(9, 3)
    assert null_is_known(1000, 6)
    assert not null_is_known(1000, 21)
    assert not null_is_known(1000, 0)
    assert not null_is_known(30, 10)
    assert null_is_known(31, 10)


@pytest.mark.parametrize("k", [6, 12])
def test_neighbours_between_those_of_the_table(k):
    p_values = np.sort(ksg_p_values(maker.shuffled_values(400, k, 4000, [5, k]), 400, k))
    # Chance gives .0215 once in twenty times.
    assert np.abs(p_values - (np.arange(4000) + 0.5) / 4000).max() < 0.03


def test_the_fit_reproduces_a_normal_law():
    rows = np.array([10, 14, 20, 32, 50, 80, 130, 250])
    quantiles = (0.3 + maker.QUANTILES) / np.sqrt(rows)[:, None]
    coefficients = maker.fitted(rows, np.full(len(rows), 1000), quantiles)
    np.testing.assert_allclose(coefficients[:2, 0], [0.3, 1.0], atol=1e-6)


def test_simulated_quantiles_are_those_of_the_table(monkeypatch):
    monkeypatch.setattr(maker, "MOST", 4000)
    count, quantiles = maker.simulated_quantiles(80, 4)
    assert count == 4000
    body = np.abs(maker.QUANTILES) <= 1.0
    expected = null_quantiles(maker.QUANTILES[body], 80, 4)
    # A quantile's standard error is at most 1.5 standard deviations over the root of the count, here.
    spread = float(np.diff(null_quantiles(np.array([-1.0, 1.0]), 80, 4))[0]) / 2.0
    np.testing.assert_allclose(quantiles[body], expected, atol=6.0 * spread / np.sqrt(count))
