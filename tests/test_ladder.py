"""The ladder against curves that are known: laws in 1/n, bent ones, and noise of known size."""

from __future__ import annotations

import numpy as np
import pytest

from mitk.data.samples import admit
from mitk.inference import ladder_gates
from mitk.inference.extrapolation import extrapolate
from mitk.inference.ladder import chunks, climb, pooled_variance
from mitk.inference.resampling import master_order

N = 1200
ROWS = np.arange(N)


def order(seed=0, units=N):
    return np.random.default_rng(seed).permutation(units)


def test_chunks_are_disjoint_and_equal():
    for level in (1, 3, 7):
        parts = list(chunks(order(), ROWS, level))
        assert [len(part) for part in parts] == [N // level] * level
        assert len(np.unique(np.concatenate(parts))) == level * (N // level)


def test_groups_stay_whole():
    labels = np.sort(np.random.default_rng(1).integers(0, 50, N))
    for level in (2, 5):
        parts = list(chunks(order(units=50), labels, level))
        assert sum(map(len, parts)) == N
        assert not set.intersection(*(set(labels[part]) for part in parts))
        assert max(map(len, parts)) - min(map(len, parts)) <= 2 * np.bincount(labels).max()


@pytest.mark.parametrize("bias", [-0.5, 0.0, 3.0])
def test_a_law_in_one_over_n_is_extrapolated_exactly(bias):
    found = extrapolate(climb(lambda rows: 0.7 + bias * 100 / len(rows), order(), ROWS, levels=6))
    assert found.value == pytest.approx(0.7, abs=1e-9)
    assert found.slope == pytest.approx(bias * 100 / N, abs=1e-9)
    assert (found.linear, found.levels_used) == (True, 6)
    assert ladder_gates.curvature(found) == ladder_gates.leverage(found) == []


def test_a_mean_of_rows_has_the_standard_error_of_a_mean():
    """E of the pooled variance is sigma^2 / n exactly, and it scatters as its degrees of freedom say."""
    pooled, degrees = [], 0.0
    for seed in range(120):
        terms = np.random.default_rng(seed).standard_normal(N)
        ladder = climb(lambda rows, terms=terms: terms[rows].mean(), ROWS, ROWS)
        variance, degrees = pooled_variance(ladder)
        pooled.append(N * variance)
    spread = np.sqrt(2.0 / degrees)
    assert np.mean(pooled) == pytest.approx(1.0, abs=4 * spread / np.sqrt(120))
    assert np.std(pooled) == pytest.approx(spread, rel=0.3)
    assert 8.0 < degrees < 10.0


def test_what_levels_share_is_the_covariance_of_pairs_that_meet():
    """A mean over pairs of rows in a chunk of independent terms has the covariance K / n^2, up to the pairs drawn."""
    n, draws = 12, 10_000
    means = np.zeros((draws, 4))
    rng = np.random.default_rng(0)
    terms = rng.standard_normal((draws, n, n))
    ladder = climb(len, np.arange(n), np.arange(n), levels=4)
    for k, level in enumerate(ladder.levels):
        for part in chunks(np.arange(n), np.arange(n), level):
            means[:, k] += terms[:, part[:, None], part].mean(axis=(1, 2)) / level
    np.testing.assert_allclose(n**2 * np.cov(means.T), ladder.overlap(), atol=5 * 4 * np.sqrt(2 / draws))
    assert ladder.overlap()[1, 3] == pytest.approx(2.0)


def noisy(seed, rows_error=1.0, pairs_error=10.0, bias=20.0, bend=0.0):
    """0.5 nats seen by a mean of rows, plus second-order noise, plus a bias."""
    rng = np.random.default_rng(seed)
    terms = rows_error * rng.standard_normal(N)
    left, right = rng.standard_normal((2, N))

    def value(rows):
        m = len(rows)
        return 0.5 + terms[rows].mean() + pairs_error * left[rows].mean() * right[rows].mean() + bias / m + bend / m**2

    return value


def test_intervals_hold_what_they_say_and_the_line_alone_does_not():
    hits, line = 0, 0
    for seed in range(100):
        found = extrapolate(climb(noisy(seed), order(seed), ROWS))
        hits += 0.5 in found.quantiles().interval(0.95)
        line += abs(found.value - 0.5) <= 2.0 * found.residual
    # Four standard errors of a share of 100 around 0.95.
    assert hits >= 0.95 * 100 - 4 * np.sqrt(100 * 0.95 * 0.05)
    assert line < 0.6 * 100


def test_a_straight_ladder_seldom_seems_bent_and_a_bent_one_is_refused():
    straight = [extrapolate(climb(noisy(seed), order(seed), ROWS)) for seed in range(30)]
    assert np.mean([found.linear for found in straight]) >= 0.8
    bent = [extrapolate(climb(noisy(seed, 0.3, 0.3, bias=0.0, bend=-4e5), order(seed), ROWS)) for seed in range(10)]
    assert np.mean([bool(ladder_gates.curvature(found)) for found in bent]) >= 0.9


def test_the_linear_region_leaves_out_small_chunks():
    def value(rows):
        # A law in 1/n down to 200 rows, and a growing loss below.
        return 0.5 - 10.0 / len(rows) - 0.02 * max(round(N / len(rows)) - 6, 0) ** 2

    found = extrapolate(climb(value, order(), ROWS))
    assert found.linear
    assert found.levels_used in (6, 7)
    assert found.value == pytest.approx(0.5, abs=0.01)


def test_levels_without_a_value_or_near_a_ceiling_end_the_ladder():
    ladder = climb(lambda rows: 0.5 if len(rows) >= 300 else np.nan, order(), ROWS)
    found = extrapolate(ladder)
    assert (found.levels_used, found.linear, found.value) == (4, False, 0.5)
    assert "no finite value" in ladder_gates.enough_levels(found, ladder, 10, 20)[0]
    ladder = climb(lambda rows: 3.0, order(), ROWS)
    within = ladder_gates.unsaturated(ladder, np.log(ladder.chunk_rows / 5.0))
    # 85 % of ln(n / 5g) is above 3 nats up to g = 7.
    assert within == int((0.85 * np.log(ladder.chunk_rows / 5.0) >= 3.0).sum())
    found = extrapolate(ladder, most=3)
    assert "near the most" in ladder_gates.enough_levels(found, ladder, 3, 20)[0]
    short = climb(lambda rows: 0.5, order(), ROWS, smallest=400)
    assert "needs 400 rows" in ladder_gates.enough_levels(extrapolate(short), short, 3, 400)[0]


def test_restarts_replace_the_first_level_and_widen_the_interval():
    ladder = climb(lambda rows: 0.5 + 12.0 / len(rows), order(), ROWS, levels=6)
    alone = extrapolate(ladder, np.array([0.51]))
    seeds = extrapolate(ladder, np.array([0.41, 0.51, 0.61]))
    assert alone.value == pytest.approx(0.5, abs=1e-9)
    assert seeds.value == pytest.approx(0.5, abs=1e-9)
    assert alone.training == 0.0
    assert seeds.training > 0.5 * 0.1 / np.sqrt(3)
    assert seeds.quantiles().interval(0.9).width > alone.quantiles().interval(0.9).width


def test_one_value_that_decides_is_doubted():
    found = extrapolate(climb(lambda rows: 1.0 if len(rows) == N else 0.5, order(), ROWS, levels=6))
    assert ladder_gates.leverage(found) or ladder_gates.curvature(found)
    assert ladder_gates.leverage(extrapolate(climb(lambda rows: 0.5 + 1 / len(rows), order(), ROWS))) == []


def test_the_sweep_wants_a_plateau_and_reads_the_latent_size():
    capacities = np.array([2, 8, 32])
    assert ladder_gates.plateau(capacities, np.array([0.2, 0.5, 0.9]), 0.05)
    assert not ladder_gates.plateau(capacities, np.array([0.2, 0.88, 0.9]), 0.05)
    assert ladder_gates.latent_size(capacities, np.array([0.2, 0.88, 0.9])) == 8
    assert ladder_gates.latent_size(capacities, np.array([0.9, 0.88, 0.89])) == 2
    assert ladder_gates.latent_rows(10, 0.5, 150)
    assert not ladder_gates.latent_rows(10, 0.5, 250)
    assert not ladder_gates.latent_rows(10, -0.1, 5)


def test_what_is_not_resolved_is_said():
    assert "seeds" in ladder_gates.resolved(np.array([0.1, -0.1, 0.05]), 0.01, 0.05)[0]
    assert "surrogates" in ladder_gates.resolved(np.array([0.1]), 0.1, 0.4)[0]
    assert ladder_gates.resolved(np.array([0.5, 0.51]), 0.5, 0.05) == []


@pytest.mark.parametrize("levels", [None, 3])
def test_the_order_of_the_rows_does_not_matter(levels):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 300, 1)) if levels is None else rng.integers(0, levels, (2, 300, 1))
    moved = rng.permutation(300)
    first, second = master_order(admit(x, y).samples, 5), master_order(admit(x[moved], y[moved]).samples, 5)
    np.testing.assert_array_equal(x[first], x[moved][second])
    np.testing.assert_array_equal(y[first], y[moved][second])
    assert sorted(first) == list(range(300))
    assert (first != master_order(admit(x, y).samples, 6)).mean() > 0.9
    # Nothing of the values is left in their order: a rank correlation within four standard errors of 0.
    assert abs(np.corrcoef(np.arange(300), x[first, 0])[0, 1]) < 4 / np.sqrt(300)
