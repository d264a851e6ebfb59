"""Correlations of many pairs at once are those of single fits."""

import warnings

import numpy as np
import pytest
from scipy.special import stdtr
from scipy.stats import kstest

from mitk.classical.gaussian import CCA, Gaussian, GaussianCopula
from mitk.data.column_table import ColumnTable
from mitk.data.options import FitOptions
from mitk.numerics.correlation_law import correlation_p_values
from mitk.numerics.pair_moments import mean_products, scatter_of_correlations

METHODS = (Gaussian(), CCA(), GaussianCopula())


def table_of(values):
    values = np.asfortranarray(values, dtype=np.float64)
    d = values.shape[1]
    names = tuple(f"c{j}" for j in range(d))
    return ColumnTable(values, ("continuous",) * d, names, (False,) * d, (None,) * d)


def mixed_columns(n):
    """Columns of every sort: lines, near and exact copies, bends, heavy tails, a common scale, ties."""
    rng = np.random.default_rng(n)
    z = rng.standard_normal((n, 12))
    z[:, 1] = 0.9 * z[:, 0] + 0.4 * z[:, 1]
    z[:, 2] = 0.1 * z[:, 2] - z[:, 0]
    z[:, 3] = z[:, 0] ** 2
    z[:, 4] = np.round(2 * z[:, 4])
    z[:, 5] = 2.0 * z[:, 0]
    z[:, 6] = np.exp(3 * z[:, 6])
    z[:, 7] *= z[:, 6]
    z[:, 8] = z[:, 0] + 0.003 * z[:, 8]
    z[:, 9:11] *= np.exp(2 * rng.standard_normal((n, 1)))
    z[:, 11] = z[:, 11] > 0
    return z


def all_pairs(d):
    return np.column_stack(np.triu_indices(d, 1))


def single_fits(method, z, pairs, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [method.fit(z[:, i], z[:, j], **options) for i, j in pairs]


def single_interval(method, x, y, level):
    """The interval without the second opinion, which takes longest."""
    found = method._value(method._prepared(FitOptions().admit(x, y, None).samples))
    return found.uncertainty().interval(level) if found.uncertainty else None


def own(reasons):
    return tuple(reason for reason in reasons if reason.code != "second-opinion")


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("n", [7, 30, 400])
def test_values_kinds_and_doubts_are_those_of_single_fits(method, n):
    z, pairs = mixed_columns(n), all_pairs(12)
    found = method._many(table_of(z), pairs)
    fits = single_fits(method, z, pairs, confidence=None)
    for value, fit in zip(found.values, fits, strict=True):
        # What correlations next to 1 leave is rounding in part.
        assert value == pytest.approx(fit.value, rel=1e-12, abs=1e-12 + 1e-15 * np.exp(2 * min(fit.value, 20.0)))
    assert np.broadcast_to(found.kind, len(pairs)).tolist() == [fit.kind for fit in fits]
    doubts = found.doubts(np.arange(len(pairs)))
    assert [own(reasons) for reasons in doubts] == [fit.status.reasons for fit in fits]
    assert any(doubts)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize(("n", "level"), [(7, 0.95), (60, 0.87), (300, 0.99)])
def test_interval_ends_are_those_of_single_fits(method, n, level):
    z = mixed_columns(n)
    pairs = all_pairs(12)[::3]
    found = method._many(table_of(z), pairs)
    low, high = found.intervals(np.arange(len(pairs)), level)
    for (i, j), value, below, above in zip(pairs, found.values, low, high, strict=True):
        ci = single_interval(method, z[:, i], z[:, j], level)
        if ci is None:
            assert np.isnan([below, above]).all()
            continue
        room = 1e-7 * ci.width + 1e-15 * np.exp(2 * value)
        assert abs(below - ci.low) <= room
        assert abs(above - ci.high) <= room
        assert below <= value <= above
    some = np.array([5, 0, 17])
    for end, all_ends in zip(found.intervals(some, level), (low, high), strict=True):
        assert end == pytest.approx(all_ends[some], rel=1e-6, nan_ok=True)


def test_an_uncorrelated_plan_has_the_interval_of_a_single_fit():
    z = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] * 5)
    found = Gaussian()._many(table_of(z), np.array([[0, 1]]))
    ci = single_interval(Gaussian(), *z.T, 0.95)
    assert [end[0] for end in found.intervals(np.array([0]), 0.95)] == pytest.approx([ci.low, ci.high], abs=1e-12)
    assert found.p_values[0] == 1.0


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_exact_relations_are_infinite_and_doubted(method):
    x = np.random.default_rng(0).standard_normal(50)
    found = method._many(table_of(np.column_stack([x, -3 * x + 1, x])), np.array([[0, 1], [0, 2]]))
    assert np.isinf(found.values).all()
    assert (found.p_values < 1e-100).all()
    assert [reasons[0].code for reasons in found.doubts(np.arange(2))] == ["not-finite"] * 2


def test_too_few_rows_are_left_to_single_fits():
    z = np.random.default_rng(0).standard_normal((5, 3))
    assert GaussianCopula()._many(table_of(z[:4]), all_pairs(3)) is None
    assert GaussianCopula()._many(table_of(z), all_pairs(3)) is not None


def test_no_pairs_are_no_obstacle():
    found = GaussianCopula()._many(table_of(np.random.default_rng(0).standard_normal((30, 3))), all_pairs(1))
    nothing = np.arange(0)
    assert len(found.values) == len(found.p_values) == len(found.doubts(nothing)) == 0
    assert len(found.intervals(nothing, 0.95)[0]) == 0


def test_moments_are_the_same_by_matrices_and_by_pairs(monkeypatch):
    rng = np.random.default_rng(0)
    a = np.asfortranarray(rng.standard_normal((40, 30)))
    pairs = rng.integers(0, 30, (200, 2))
    r = rng.uniform(-1, 1, 200)
    expected = np.mean(a[:, pairs[:, 0]] ** 3 * a[:, pairs[:, 1]], axis=0)
    left, right = a[:, pairs[:, 0]], a[:, pairs[:, 1]]
    scattered = np.mean((left * right - 0.5 * r * (left**2 + right**2)) ** 2, axis=0)
    for density in (0.0, 9.0):
        monkeypatch.setattr("mitk.numerics.pair_moments.DENSITY", density)
        monkeypatch.setattr("mitk.numerics.pair_moments.MOST_PAIRS", 64)
        assert mean_products(a, a, pairs, (3, 1)) == pytest.approx(expected, rel=1e-12)
        assert scatter_of_correlations(a, pairs, r) == pytest.approx(scattered, rel=1e-12)


@pytest.mark.parametrize("n", [20, 100, 150, 2000, 100_000])
def test_p_values_are_those_of_student(n):
    r = np.concatenate([np.linspace(-1.0, 1.0, 2001), np.geomspace(1e-9, 1.0, 1000)])
    room = np.maximum((1.0 - r) * (1.0 + r), 1e-300)
    expected = 2.0 * stdtr(n - 2, -np.abs(r) * np.sqrt((n - 2) / room))
    p = correlation_p_values(r, n)
    assert p == pytest.approx(expected, rel=2e-11, abs=1e-290)
    assert correlation_p_values(r[::10], n) == pytest.approx(expected[::10], rel=1e-12, abs=1e-290)
    assert p.min() >= 0.0
    assert p.max() <= 1.0


@pytest.mark.parametrize("n", [10, 20, 50, 200])
def test_p_values_of_independent_columns_are_uniform(n):
    rng = np.random.default_rng(n)
    table = table_of(np.exp(rng.standard_normal((n, 400))))
    pairs = np.column_stack([np.repeat(np.arange(200), 100), np.tile(np.arange(200, 300), 200)])
    p = GaussianCopula()._many(table, pairs).p_values
    assert kstest(p, "uniform").statistic < 0.02
    assert (p < 0.001).mean() < 0.002


def test_p_values_of_columns_that_are_mostly_zero_are_not_too_small():
    rng = np.random.default_rng(0)
    columns = np.maximum(rng.random((200, 600)), 0.95)
    pairs = np.column_stack([np.repeat(np.arange(300), 300), np.tile(np.arange(300, 600), 300)])
    p = GaussianCopula()._many(table_of(columns), pairs).p_values
    assert 0.007 < (p < 0.01).mean() < 0.011
    assert 2e-4 < (p < 1e-3).mean() < 1e-3
    assert (p < 1e-4).mean() < 1e-4
    copies = GaussianCopula()._many(table_of(columns[:, [0, 0]] + [0.0, 1.0]), np.array([[0, 1]])).p_values
    assert 0.0 < copies[0] < 1e-20
    columns[:, :300] = rng.random((200, 300))
    found = GaussianCopula()._many(table_of(columns), pairs)
    r = np.corrcoef(table_of(columns).scores.T)[:300, 300:].ravel()
    assert found.p_values == pytest.approx(correlation_p_values(r, 200), rel=1e-9)


def test_what_normal_scores_overlook_is_doubted():
    rng = np.random.default_rng(0)
    n, m = 200, 50
    x, e, f = rng.standard_normal((3, n, m))
    turn = rng.uniform(0, 2 * np.pi, (n, m))
    peak = 3.0 * rng.choice([-1.0, 1.0], (n, m))
    sets = [(x, x**2 + e), (np.cos(turn) + 0.1 * e, np.sin(turn) + 0.1 * f), (peak + 0.5 * e, peak + 0.5 * f)]
    for left, right in sets:
        found = GaussianCopula()._many(
            table_of(np.column_stack([left, right])), np.column_stack([np.arange(m), np.arange(m) + m])
        )
        codes = [tuple(r.code for r in reasons) for reasons in found.doubts(np.arange(m))]
        assert sum("second-opinion" in code for code in codes) >= 0.95 * m


@pytest.mark.parametrize("n", [50, 500])
@pytest.mark.parametrize("margin", [np.array, lambda v: np.exp(3 * v), np.round], ids=["normal", "skewed", "rounded"])
def test_gaussian_copulas_are_left_alone(n, margin):
    rng = np.random.default_rng(n)
    m = 200
    x, e = rng.standard_normal((2, n, m))
    r = np.linspace(0.0, 0.95, m)
    table = table_of(margin(np.column_stack([x, r * x + np.sqrt(1 - r * r) * e])))
    found = GaussianCopula()._many(table, np.column_stack([np.arange(m), np.arange(m) + m]))
    codes = [reason.code for reasons in found.doubts(np.arange(m)) for reason in reasons]
    assert codes.count("second-opinion") <= 0.005 * m


def test_prepared_columns_are_those_of_single_fits():
    table = table_of(mixed_columns(60))
    samples = FitOptions().admit(table.values, table.values[:, 0], None).samples
    assert table.scores.std(axis=0) == pytest.approx(np.ones(12))
    assert table.scores.mean(axis=0) == pytest.approx(np.zeros(12), abs=1e-14)
    assert table.standard == pytest.approx((samples.x.values - samples.x.values.mean(0)) / samples.x.values.std(0))
    halves = table_of(np.column_stack([np.arange(10) % 2, np.arange(10)]))
    assert (halves.bends[:, 0] == 0.0).all()
    assert halves.bends[[0, 9, 4], 1] == pytest.approx(halves.bends[[9, 0, 5], 1])
