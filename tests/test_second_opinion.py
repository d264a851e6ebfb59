"""The second opinion: readings of known laws, what they contradict, and what they must leave alone."""

import math

import numpy as np
import pytest

from mitk import estimate
from mitk.data.samples import admit
from mitk.inference.second_opinion import CheapReadings, second_opinion
from mitk.numerics.readings import explained_readings, neighbor_reading, table_reading


def pairs(n, d, r, seed):
    """d independent pairs of normal columns of correlation r, both sides rotated, and the information in nats."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    y = r * x + math.sqrt(1.0 - r**2) * rng.standard_normal((n, d))
    turns = [np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in "xy"]
    return x @ turns[0], y @ turns[1], -0.5 * d * math.log1p(-(r**2))


def opinion(x, y, value, half=0.02, kind="estimate", **options):
    return second_opinion(admit(x, y, **options).samples, value, value - half, value + half, kind)


@pytest.mark.parametrize(("d", "r"), [(1, 0.0), (1, 0.9), (2, 0.6), (3, 0.999), (4, 0.5), (10, 0.4), (10, 0.99999)])
def test_readings_of_normal_columns_hold_the_truth(d, r):
    x, y, truth = pairs(1000, d, r, seed=d)
    # Bending rounds away what ranks cannot resolve.
    for bent in (False, True) if r < 0.99 else (False,):
        for reading in explained_readings(x, y, bent=bent):
            # Fits of ever more columns leave residuals that are a little too small.
            assert abs(reading.value - truth) < 4.0 * reading.error + 0.004 * d**2 + 0.02 * truth
    if d <= 3 and r < 0.95:
        near = neighbor_reading(x, y)
        assert near.value - 3.0 * near.error < truth < near.most + 2.0 * near.error


def test_a_table_is_read_as_it_is():
    # Two of three rows on the diagonal of 3 x 3: I = ln 3 - H(2/3, 1/6, 1/6).
    x = np.repeat([0, 1, 2], 600)
    y = np.concatenate([np.repeat([k, (k + 1) % 3, (k + 2) % 3], [400, 100, 100]) for k in range(3)])
    reading, cells = table_reading(x, y)
    shares = np.array([2 / 3, 1 / 6, 1 / 6])
    truth = math.log(3.0) + float((shares * np.log(shares)).sum())
    bias = (3 - 1 + 3 - 1 - (9 - 1)) / 2 / 1800
    assert reading.value == pytest.approx(truth + bias, abs=1e-12)
    assert cells == 9


def test_what_is_true_is_not_contradicted():
    refused = 0
    for seed in range(16):
        d = (1, 2, 3, 5)[seed % 4]
        x, y, truth = pairs(500, d, (0.3, 0.7, 0.97)[seed % 3], seed)
        # Within twice the standard error of normal rows, as an interval would have it.
        refused += bool(opinion(x, y, truth, half=2.0 * math.sqrt(d / 500)))
    assert refused == 0


def bent_columns(d, n=2000, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, x**2 + 0.5 * rng.standard_normal((n, d))


@pytest.mark.parametrize("d", [1, 3, 4, 8])
def test_what_correlations_do_not_see_contradicts_them(d):
    x, y = bent_columns(d)
    # Four columns: 3.2 nats in all, by quadrature.
    reasons = opinion(x, y, 0.0, half=0.01)
    assert len(reasons) == 1
    assert "the value is 0 [-0.01, 0.01]" in reasons[0]
    assert opinion(x, y, 0.8 * d, half=0.1 * d) == []


def test_bounds_may_lie_on_their_side_of_the_truth():
    x, y, truth = pairs(1000, 2, 0.8, seed=3)
    assert opinion(x, y, 0.2 * truth)
    assert not opinion(x, y, 0.2 * truth, kind="lower")
    assert opinion(x, y, 2.0 * truth)
    assert not opinion(x, y, 2.0 * truth, kind="upper")
    assert opinion(x, y, 2.0 * truth, kind="lower")
    assert opinion(x, y, 0.2 * truth, kind="upper")
    # A lower bound claims no more than where its interval begins.
    assert not opinion(x, y, 2.0 * truth, half=1.2 * truth, kind="lower")
    assert not opinion(x, y, 9.0, kind="score")
    assert not opinion(x, y, math.inf)


def test_large_information_is_not_held_against_the_ceiling_of_neighbors():
    x, y, truth = pairs(1000, 1, math.sqrt(1.0 - 1e-10), seed=0)
    assert truth == pytest.approx(11.5, abs=0.1)
    assert opinion(x, y, truth, half=0.1) == []
    assert opinion(x, y, 6.0, half=0.1)
    # One side a function of the other that no plane shows, up to noise of 4e-5: 10 nats.
    rng = np.random.default_rng(1)
    bent = x**2 + x + 1e-4 * rng.standard_normal(x.shape)
    assert opinion(x, bent, 10.0, half=0.1) == []
    # Without noise no number is right.
    assert [reason.code for reason in opinion(x, x**2 + x, 10.0, half=0.1)] == ["exact"]


def test_labels_are_read_as_labels():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, 2000)
    y = np.where(rng.random(2000) < 0.6, x, rng.integers(0, 4, 2000)).astype(str)
    shares = np.array([0.7, 0.1, 0.1, 0.1])
    truth = math.log(4.0) + float((shares * np.log(shares)).sum())
    x = x.astype(str)
    assert opinion(x, y, truth) == []
    assert "discrete" in opinion(x, y, 0.5 * truth)[0]
    z = (x == "1") + 0.3 * rng.standard_normal(2000)
    assert "mixed-ksg" in opinion(x, z, 0.05)[0]
    # A fair coin holds ln 2 = 0.69 nats.
    assert "entropy" in opinion(rng.random(2000) < 0.5, rng.standard_normal((2000, 9)), 1.5)[0]


def test_neither_the_order_of_rows_nor_the_sides_nor_scales_matter():
    x, y = bent_columns(2, n=3000)
    order = np.random.default_rng(1).permutation(3000)
    reasons = opinion(x, y, 0.1)
    assert reasons
    assert opinion(x[order], y[order], 0.1) == reasons
    assert opinion(100.0 * x - 7.0, 1e-3 * y, 0.1) == reasons
    swapped = CheapReadings(admit(y, x).samples)
    first = CheapReadings(admit(x, y).samples)
    assert swapped._near == first._near
    assert [r.value for r in swapped._bent[::-1]] == pytest.approx([r.value for r in first._bent])


def test_runs_of_a_series_are_fewer_than_rows():
    rng = np.random.default_rng(0)
    x = np.convolve(rng.standard_normal(3000), 0.98 ** np.arange(300))[500:1500]
    y = np.convolve(rng.standard_normal(3000), 0.98 ** np.arange(300))[500:1500]
    # Independent, but rows near in time are near on both sides.
    assert opinion(x, y, 0.0, block=1)
    assert opinion(x, y, 0.0) == []
    assert opinion(x, y, 0.0, block=100) == []


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
@pytest.mark.parametrize("method", ["gaussian", "cca"])
@pytest.mark.parametrize("n", [200, 2000])
def test_an_outlier_or_skew_leaves_no_normal_estimate_ok(method, n):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(n)
    y = 0.8 * x + 0.6 * rng.standard_normal(n)
    assert estimate(x, y, method=method).status.ok
    stray = np.append(50.0, x[1:])
    for side in (stray, np.exp(2.0 * x)):
        assert not estimate(side, y, method=method).status.ok
    # Without an interval nothing is asked of others.
    assert estimate(stray, y, method=method, confidence=None).status.ok


@pytest.mark.parametrize("d", [1, 4])
def test_no_scale_or_outlier_stops_it(d):
    x, y, truth = pairs(300, d, 0.8, seed=0)
    for scale in (1e-200, 1e200):
        assert opinion(scale * x, y, truth, half=0.2) == []
    for stray in (1e12, 1e150, 1e300):
        far = x.copy()
        far[0] = stray
        assert opinion(far, y, truth, half=0.2) == []


def test_no_reading_says_that_information_is_below_zero():
    x, y = np.repeat(np.arange(10.0), 10), np.tile(np.arange(10.0), 10)
    # Neighbours on a full lattice read -0.17 nats; the truth is 0.
    assert opinion(x, y, -0.005, block=1) == []


def test_many_rows_are_read_alike_in_any_order():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(30_001)
    y = 0.5 * x + rng.standard_normal(30_001)
    truth = 0.5 * np.log(1.25)
    rows = rng.permutation(30_001)
    for value, doubted in ((truth, False), (truth + 0.3, True), (0.0, True)):
        assert bool(opinion(x, y, value, block=1)) == bool(opinion(x[rows], y[rows], value, block=1)) == doubted
