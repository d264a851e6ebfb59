"""Binning and KDE against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from mitk import KDE, Binning
from mitk.errors import ParameterError, UnsupportedError
from mitk.numerics.kernel_density import leave_one_out_log_sums
from mitk.numerics.panzeri_treves import relevant_cells

pytestmark = pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")


def correlated(n, r=0.8, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    return x, r * x + math.sqrt(1 - r * r) * rng.standard_normal(n)


def table_information(table):
    p = table / table.sum()
    outer = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    return (p[p > 0] * np.log(p[p > 0] / outer[p > 0])).sum()


def test_equal_width_is_the_histogram():
    x, y = correlated(1000)
    table = np.histogram2d(x, y, bins=7)[0]
    found = Binning(bins=7, rule="equal-width", correction="none").fit(x, y)
    assert found.value == pytest.approx(table_information(table), abs=1e-12)
    assert found.kind == "lower"


def test_equal_mass_has_equal_masses():
    x, y = correlated(900)
    edges = [np.quantile(side, np.arange(1, 9) / 9) for side in (x, y)]
    codes = [np.searchsorted(e, side) for e, side in zip(edges, (x, y), strict=True)]
    table = np.zeros((9, 9))
    np.add.at(table, tuple(codes), 1)
    assert (table.sum(axis=0) == 100).all()
    found = Binning(bins=9, correction="none").fit(x, y)
    assert found.value == pytest.approx(table_information(table), abs=1e-12)


def test_freedman_diaconis_counts_as_numpy_does():
    x, y = correlated(2000)
    edges = [np.histogram_bin_edges(side, "fd") for side in (x, y)]
    found = Binning(rule="freedman-diaconis", correction="none").fit(x, y)
    assert found.diagnostics["cells_x"] == len(edges[0]) - 1
    assert found.value == pytest.approx(table_information(np.histogram2d(x, y, bins=edges)[0]), abs=1e-12)


@pytest.mark.parametrize("correction", ["miller-madow", "panzeri-treves", "shuffle"])
def test_corrections_take_the_bias_of_independence(correction):
    plain, corrected = [], []
    for seed in range(30):
        x, y = correlated(500, r=0.0, seed=seed)
        plain.append(Binning(correction="none").fit(x, y, confidence=None).value)
        corrected.append(Binning(correction=correction).fit(x, y, confidence=None).value)
    assert abs(np.mean(corrected)) < 0.1 * np.mean(plain)


def test_relevant_cells_by_hand():
    assert relevant_cells(np.array([5, 5, 5]), 3) == 3
    # Many rows a cell: what was seen is all there is.
    assert relevant_cells(np.array([100, 100, 100]), 50) == 3
    # Two rows in two cells: 2 [1 - (1/2)^2] = 1.5 expected, 1.664 with one unseen cell, 1.743 with two, 1.735 with
    # three, which is further from 2 again.
    assert relevant_cells(np.array([1, 1]), 16) == 4
    # Rows 4, 1, 1: none unseen, 0.9986 + 2 x 0.6651 = 2.329 expected; one unseen, share 1 - (6/9)^(1/6) = 0.0653:
    # 1 - (1 - .9347 x 5/9)^6 + 2 [1 - (1 - .9347 x 2/9)^6] + 1 - .9347^6 = 2.826.
    assert relevant_cells(np.array([4, 1, 1]), 4) == 4


def test_cells_that_cannot_be_filled_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(UnsupportedError, match="one row a cell"):
        Binning(bins=10).fit(rng.standard_normal((200, 2)), rng.standard_normal((200, 2)))
    with pytest.raises(ParameterError, match="bins"):
        Binning(bins=1).fit(*correlated(100))


@pytest.mark.parametrize("d", [1, 3])
def test_kernel_sums_by_brute_force(d):
    points = np.random.default_rng(0).standard_normal((90, d))
    squares = ((points[:, None] - points) ** 2).sum(axis=-1)
    kernel = np.exp(-squares / (2 * 0.3**2))
    np.fill_diagonal(kernel, 0)
    np.testing.assert_allclose(leave_one_out_log_sums(points, 0.3), np.log(kernel.sum(axis=1)), rtol=1e-9)


def test_kernel_sums_of_far_rows_do_not_underflow():
    points = np.random.default_rng(0).standard_normal((700, 2))
    points[:2] += [[50.0, 0.0], [0.0, 1e4]]
    exponents = -((points[:, None] - points) ** 2).sum(axis=-1) / (2 * 0.02**2)
    np.fill_diagonal(exponents, -np.inf)
    assert exponents[0].max() < -1e5
    expected = logsumexp(exponents, axis=1)
    np.testing.assert_allclose(leave_one_out_log_sums(points, 0.02), expected, rtol=1e-12, atol=1e-12)


def test_kde_is_its_formula():
    x, y = correlated(150)
    x, y = ((side - side.mean()) / side.std() for side in (x, y))
    h = (4 / (4 * 150)) ** (1 / 6)
    kx, ky = (np.exp(-((side[:, None] - side) ** 2) / (2 * h * h)) for side in (x, y))
    for kernel in (kx, ky):
        np.fill_diagonal(kernel, 0)
    expected = np.mean(np.log(149 * (kx * ky).sum(axis=1) / kx.sum(axis=1) / ky.sum(axis=1)))
    assert KDE(bandwidth="silverman").fit(x, y).value == pytest.approx(expected, abs=1e-10)
    assert KDE(bandwidth=h).fit(x, y).value == pytest.approx(expected, abs=1e-10)


def test_kde_likelihood_follows_sharp_densities():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=1000)
    y = x + rng.uniform(-0.1, 0.1, size=1000)
    truth = math.log(5) + 0.1
    errors = [abs(KDE(bandwidth=b).fit(x, y, confidence=None).value - truth) for b in ("likelihood", "silverman")]
    assert errors[0] < 0.5 * errors[1]


def test_kde_survives_an_outlier():
    x, y = correlated(300)
    x[0] = 1e6
    assert math.isfinite(KDE().fit(x, y).value)


@pytest.mark.parametrize("bandwidth", ["tall", 0.0, -1.0, math.inf, True])
def test_bandwidths_are_checked(bandwidth):
    with pytest.raises(ParameterError, match="bandwidth"):
        KDE(bandwidth=bandwidth).fit(*correlated(100))


def degenerate(n=500, seed=0):
    """Independent sides of which one has atoms, or columns that others determine."""
    rng = np.random.default_rng(seed)
    z, other = rng.standard_normal((2, n))
    return {
        "bit": (rng.integers(0, 2, n), z),
        "half zeros": (np.maximum(z, 0.0), np.maximum(other, 0.0)),
        "twice": (np.column_stack([z, z]), other),
        "three times": (np.column_stack([z, -z, 2.0 * z + 1.0]), other),
    }


@pytest.mark.parametrize("name", degenerate())
@pytest.mark.parametrize("n", [100, 500, 2000])
def test_kde_of_degenerate_columns_is_near_0_at_independence(name, n):
    x, y = degenerate(n)[name]
    result = KDE().fit(x, y, confidence=None, discrete_x=False, discrete_y=False)
    assert abs(result.value) < 0.06


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_kde_far_below_0_is_not_ok():
    rng = np.random.default_rng(0)
    # All but atoms: two clumps no wider than rounding.
    x = np.repeat([0.0, 1.0], 250) + 1e-9 * rng.standard_normal(500)
    result = KDE().fit(x, rng.standard_normal(500), confidence=None)
    assert result.value < -0.1
    assert not result.status.ok
