"""The Wasserstein dependency against closed forms, brackets, brute force and its own inequalities."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import linear_sum_assignment, linprog
from scipy.stats import wasserstein_distance

from mitk import WassersteinDependency, estimate, pairwise, permutation_test
from mitk.data.samples import admit
from mitk.errors import MissingDependencyError, ParameterError, UnsupportedError
from mitk.numerics.transport import Points, assigned_distance, distances, kantorovich_potential
from mitk.numerics.transport_forms import bures_dependence, gaussian_w1_bracket, gaussian_w2, sliced_distance
from mitk.testing import laws

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")

# W1 between a normal pair of correlation r and its product, by assignment of 4,096 scrambled Sobol points, to 0.001.
W1 = {0.6: 0.368, 0.9: 0.637, 0.99: 0.806}


def normal_pairs(r, d=1, n=1000, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, r * x + np.sqrt(1.0 - r * r) * rng.standard_normal((n, d))


def points(n, seed=0, d=2):
    return Points(*np.random.default_rng(seed).standard_normal((2, n, d)))


# The bracket: values of the specification, from their own derivation.
@pytest.mark.parametrize(
    ("d", "r", "lower", "upper", "w2"),
    [
        (1, 0.1, 0.0565, 0.0628, 0.0708),
        (1, 0.6, 0.3615, 0.3986, 0.4531),
        (1, 0.99, 0.7893, 0.8512, 0.9893),
        (2, 0.6, 0.5678, 0.6001, 0.6407),
        (5, 0.6, 0.9640, 0.9864, 1.0131),
        (10, 0.9, 2.4104, 2.4337, 2.4713),
    ],
)
def test_bracket_and_closed_form(d, r, lower, upper, w2):
    # The upper ends were found by sampling, to a few units of the third digit.
    assert gaussian_w1_bracket(r, d) == (pytest.approx(lower, abs=1e-4), pytest.approx(upper, abs=2e-3))
    covariance = np.kron([[1.0, r], [r, 1.0]], np.eye(d))
    assert gaussian_w2(covariance, d) == pytest.approx(w2, abs=1e-4)


def test_upper_end_of_the_bracket_by_sampling():
    moved = np.array([np.sqrt(1.6) - 1.0, 1.0 - np.sqrt(0.4)]) * np.random.default_rng(0).standard_normal((400_000, 2))
    lengths = np.sqrt((moved**2).sum(axis=1))
    assert gaussian_w1_bracket(0.6)[1] == pytest.approx(lengths.mean(), abs=4.0 * lengths.std() / np.sqrt(400_000))


def test_normalised_w2_is_0_without_and_1_with_a_copy():
    assert bures_dependence(np.eye(4), 2) == pytest.approx(0.0, abs=1e-12)
    copy = np.kron([[1.0, 1.0], [1.0, 1.0]], np.eye(2))
    assert bures_dependence(copy, 2) == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("metric", ["l2", "l1sum", "discrete"])
def test_assignment_is_the_linear_program(metric):
    p, q = points(6), points(6, 1)
    if metric == "discrete":
        p, q = (Points(np.round(s.x), np.round(s.y)) for s in (p, q))
    cost = distances(p, q, metric)
    # Each row of the plan, and each column, holds 1/6.
    rows = np.kron(np.eye(6), np.ones(6))
    columns = np.kron(np.ones(6), np.eye(6))
    best = linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.full(12, 1 / 6)).fun
    assert assigned_distance(p, q, metric) == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("metric", ["l2", "l1sum", "discrete"])
def test_potential_is_optimal_and_lipschitz(metric):
    p, q = points(80), points(80, 1)
    if metric == "discrete":
        p, q = (Points(np.round(s.x), np.round(s.y)) for s in (p, q))
    f = kantorovich_potential(p, q, metric)
    assert f.primal == pytest.approx(assigned_distance(p, q, metric), abs=1e-12)
    assert f(p).mean() - f(q).mean() == pytest.approx(f.primal, abs=1e-9)
    new = points(60, 2)
    slopes = np.abs(f(new)[:, None] - f(new)) / np.maximum(distances(new, new, metric), 1e-12)
    assert slopes.max() <= 1.0 + 1e-9


def test_distances_by_hand():
    a, b = Points(np.array([[0.0, 0.0]]), np.array([[0.0]])), Points(np.array([[3.0, 4.0]]), np.array([[12.0]]))
    assert [distances(a, b, m).item() for m in ("l2", "l1sum", "discrete")] == [13.0, 17.0, 1.0]
    assert distances(a, a, "discrete").item() == 0.0


def test_sliced_by_one_line_and_by_quadrature():
    p, q = np.random.default_rng(0).standard_normal((2, 200, 1))
    one = sliced_distance(p, q, 3, np.random.default_rng(0))
    assert one == pytest.approx(wasserstein_distance(p[:, 0], q[:, 0]), abs=1e-12)
    # Along the angle t both laws are normal, with variances 1 + r sin 2t and 1.
    truth = np.sqrt(2 / np.pi) * quad(lambda t: abs(np.sqrt(1 + 0.9 * np.sin(2 * t)) - 1), 0, np.pi)[0] / np.pi
    x, y = normal_pairs(0.9, n=20_000)
    r = WassersteinDependency(method="sliced", projections=100, standardize=False, nulls=2).fit(x, y, confidence=None)
    # Lines give 0.6 / sqrt(100) of the value, and independent rows of this number about 0.006.
    assert r.value == pytest.approx(truth, abs=0.03)
    assert r.value > 5.0 * r.diagnostics["null_mean"]


@pytest.mark.parametrize("r", W1)
def test_held_out_value_and_interval_in_one_column(r):
    x, y = normal_pairs(r, n=1000)
    found = WassersteinDependency(standardize=False, fit_rows=300).fit(x, y)
    error = found.diagnostics["standard_error"]
    assert found.value <= W1[r] + 3.0 * error
    assert W1[r] in found.ci
    # 300 points a half lose about 0.05 of their own.
    assert found.value >= W1[r] - 0.06 - 3.0 * error
    # A plug-in value exceeds the truth on average; its spread is that of 300 rows.
    assert found.diagnostics["plug_in"] >= W1[r] - 2.0 * error * np.sqrt(1000 / 300)


def test_held_out_is_a_lower_bound_in_ten_columns():
    x, y = normal_pairs(0.6, d=5, n=1200)
    found = WassersteinDependency(standardize=False, fit_rows=400).fit(x, y)
    lower, upper = gaussian_w1_bracket(0.6, 5)
    assert 0.0 < found.ci.low < found.value < lower
    assert found.ci.high > upper
    assert any("truth lies between" in note for note in found.notes)


def test_null_of_the_held_out_value():
    values, errors = [], []
    for seed in range(20):
        x, _ = normal_pairs(0.0, n=200, seed=seed)
        y, _ = normal_pairs(0.0, n=200, seed=100 + seed)
        r = WassersteinDependency(seed=seed).fit(x, y)
        values.append(r.value)
        errors.append(r.diagnostics["standard_error"])
    values = np.array(values)
    assert abs(values.mean()) < 4.0 * values.std(ddof=1) / np.sqrt(20)
    # The stated error is that of the values from seed to seed, whose own error is 16 %.
    assert np.mean(errors) == pytest.approx(values.std(ddof=1), rel=0.6)


@pytest.mark.parametrize(
    ("r", "n", "value", "null"),
    [
        (0.0, 250, 0.2075, 0.2119),
        (0.0, 1000, 0.124, 0.121),
        pytest.param(0.6, 2000, 0.3645, 0.088, marks=pytest.mark.slow),
    ],
)
def test_plug_in_values_and_their_null(r, n, value, null):
    # Measured means by another program; a value spreads by some 0.02 at n = 250, half as much at 1,000 rows.
    x, y = normal_pairs(r, n=n, seed=3)
    found = WassersteinDependency(method="exact", standardize=False, nulls=2).fit(x, y, confidence=None)
    spread = 0.06 * np.sqrt(250 / n)
    assert found.value == pytest.approx(value, abs=spread)
    assert found.diagnostics["null_mean"] == pytest.approx(null, abs=spread)
    assert found.status.ok == (r > 0.0)


def test_table_of_two_by_two():
    # W1 = 2 |p11 - p1. p.1| in the sum of steps; total variation in the discrete metric, here the same.
    x = np.repeat([0.0, 0.0, 1.0, 1.0], [400, 100, 200, 300])
    y = np.repeat([0.0, 1.0, 0.0, 1.0], [400, 100, 200, 300])
    # The exact product of the margins, as rows.
    a, b = np.meshgrid(x, y, indexing="ij")
    every = np.random.default_rng(0).permutation(1000 * 1000)[:2000]
    truth = 2 * abs(0.3 - 0.5 * 0.4)
    joint = Points(np.tile(x, 2)[:, None], np.tile(y, 2)[:, None])
    product = Points(a.ravel()[every, None], b.ravel()[every, None])
    # Four standard errors of the cells of 2,000 drawn rows.
    assert assigned_distance(joint, product, "l1sum") == pytest.approx(truth, abs=0.05)
    assert assigned_distance(joint, product, "discrete") == pytest.approx(truth, abs=0.05)
    for metric in ("l1sum", "discrete"):
        r = WassersteinDependency(metric=metric, standardize=False, fit_rows=200).fit(x, y)
        assert abs(r.value - truth) < 4.0 * r.diagnostics["standard_error"]
        assert r.unit == f"{metric} distance"


def test_a_fair_copy_is_half_a_step_apart():
    x = np.tile([0.0, 1.0], 300)
    r = WassersteinDependency(metric="l1sum", standardize=False, fit_rows=100).fit(x, x)
    assert r.value == pytest.approx(0.5, abs=4.0 * r.diagnostics["standard_error"])


def test_scale_and_order_and_one_lipschitz_maps():
    x, y = normal_pairs(0.8, d=2, n=300)
    for method in ("exact", "gaussian"):
        raw = WassersteinDependency(method=method, standardize=False, nulls=0)
        value = raw.fit(x, y, confidence=None).value
        assert raw.fit(3.0 * x, 3.0 * y, confidence=None).value == pytest.approx(3.0 * value, rel=1e-9)
        assert raw.fit(x[:, ::-1], y, confidence=None).value == pytest.approx(value, rel=1e-9)
        # A projection is 1-Lipschitz, and pairs stay as they are: every cost falls or stays.
        assert raw.fit(x[:, :1], y, confidence=None).value < value
    joint, product = Points(x, y), Points(x, np.roll(y, 150, axis=0))
    mapped = (Points(np.tanh(s.x), s.y) for s in (joint, product))
    assert assigned_distance(*mapped) < assigned_distance(joint, product)


def test_w1_is_at_most_w2():
    x, y = normal_pairs(0.9, n=400)
    joint, product = Points(x, y), Points(x, np.roll(y, 200, axis=0))
    square = distances(joint, product, "l2") ** 2
    assert assigned_distance(joint, product) <= np.sqrt(square[linear_sum_assignment(square)].mean())


def test_sides_of_any_unit_and_labels():
    x, y = normal_pairs(0.8, n=200)
    plain = WassersteinDependency().fit(x, y, confidence=None)
    scaled = WassersteinDependency().fit(1e6 * x + 5.0, 1e-3 * y, confidence=None)
    assert scaled.value == pytest.approx(plain.value, abs=1e-6)
    names = np.array(["pear", "fig", "plum"])[np.arange(300) % 3]
    # Three equal labels, copied: all but the third of the product that agrees must move by 1 in one coordinate.
    r = WassersteinDependency(method="exact", metric="l1sum", standardize=False, nulls=0)
    assert r.fit(names, names, confidence=None).value == pytest.approx(2 / 3, abs=0.1)


def test_the_result_says_what_it_is():
    x, y = normal_pairs(0.6, n=200)
    r = estimate(x, y, method="wasserstein", transport_constant=1.0)
    assert (r.kind, r.quantity, r.unit) == ("score", "wasserstein", "l2 distance")
    assert r.diagnostics["ground_metric"] == "l2"
    assert "standard deviation" in r.diagnostics["preprocessing"]
    assert "l2 distance" in str(r)
    assert r.diagnostics["implied_mi_lower_bound_nats"] == pytest.approx(r.value**2 / 2.0)
    for unit in ("bits", "nats"):
        with pytest.raises(UnsupportedError, match="l2 distance"):
            r.to(unit)
    with pytest.raises(UnsupportedError, match="unit"):
        WassersteinDependency().fit(x, y, unit="bits")
    constant = WassersteinDependency().fit(np.ones(50), y[:50])
    assert (constant.value, constant.unit) == (0.0, "l2 distance")
    assert pairwise(np.hstack([x, y]), method="wasserstein").unit == "l2 distance"


def test_groups_and_series():
    x, y = normal_pairs(0.8, n=50)
    x, y = np.repeat(x, 6, axis=0), np.repeat(y, 6, axis=0)
    alone = WassersteinDependency().fit(x, y, block=1)
    together = WassersteinDependency().fit(x, y, groups=np.repeat(np.arange(50), 6))
    # Six copies of a row are one row: the error is larger by about the root of six.
    ratio = together.diagnostics["standard_error"] / alone.diagnostics["standard_error"]
    assert 1.5 < ratio < 4.0
    series = WassersteinDependency().fit(x, y, block=12)
    assert series.diagnostics["standard_error"] > alone.diagnostics["standard_error"]


def test_permutation_test_keeps_one_product_sample():
    x, y = normal_pairs(0.8, n=80)
    estimator = WassersteinDependency(method="exact")
    test = permutation_test(x, y, estimator, 19)
    assert test.p_value == 0.05
    assert test.unit == "l2 distance"
    assert "l2 distance" in str(test)
    # By hand, from the definition.
    value = estimator.shuffled_value(admit(x, y).samples)
    order = np.random.default_rng(5).permutation(80)
    x, y = (s / s.std() for s in (x - x.mean(), y - y.mean()))
    q = np.random.default_rng([0, 2]).permutation(80)
    assert value(order) == pytest.approx(assigned_distance(Points(x, y[order]), Points(x, y[q])), abs=1e-9)


def test_permutation_test_is_valid_without_dependence():
    p = []
    for seed in range(40):
        x, y = np.random.default_rng(seed).standard_normal((2, 30))
        estimator = WassersteinDependency(method="exact", seed=seed)
        p.append(permutation_test(x, y, estimator, 9, seed=seed).p_value)
    # Uniform on 0.1, ..., 1: the mean is 0.55, with a standard error of 0.045.
    assert np.mean(p) == pytest.approx(0.55, abs=4 * 0.0454)


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ({"method": "emd"}, "method"),
        ({"metric": "l3"}, "metric"),
        ({"method": "gaussian", "metric": "l1sum"}, "metric"),
        ({"method": "neural", "metric": "discrete"}, "metric"),
        ({"width": 7}, "width"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"fit_rows": 2}, "fit_rows"),
        ({"standardize": 1}, "standardize"),
        ({"transport_constant": -1.0}, "transport_constant"),
    ],
)
def test_bad_options_are_named(bad, name):
    with pytest.raises(ParameterError, match=f"`{name}`"):
        WassersteinDependency(**bad).fit(np.arange(50.0), np.arange(50.0))


def test_sinkhorn_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ott.geometry.geometry", None)
    with pytest.raises(MissingDependencyError, match=r"mitk\[ot\]"):
        WassersteinDependency(method="sinkhorn").fit(*normal_pairs(0.5, n=50))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sinkhorn_tends_to_the_exact_value():
    pytest.importorskip("ott")
    x, y = normal_pairs(0.9, n=60)
    exact = WassersteinDependency(method="exact", nulls=0).fit(x, y, confidence=None).value
    found = WassersteinDependency(method="sinkhorn", epsilon=0.005, nulls=0).fit(x, y, confidence=None)
    assert found.value == pytest.approx(exact, rel=0.05)
    assert "Sinkhorn" in found.diagnostics["functional"]


def test_all_methods_have_the_laws_of_a_record():
    few = {"record", "tags", "hyperparameters", "no mutation"}
    for method, metric in itertools.product(("held-out", "exact"), ("l1sum", "discrete")):
        for law in laws(WassersteinDependency(method=method, metric=metric, nulls=1, fit_rows=40, max_rows=40)):
            if law.name in few:
                law.check()


def test_seeds_change_the_value_within_its_error():
    x, y = normal_pairs(0.6, n=400)
    one = WassersteinDependency(fit_rows=100)
    values = [replace(one, seed=seed).fit(x, y, confidence=None).value for seed in range(5)]
    assert 0.0 < np.std(values) < 2.0 * one.fit(x, y).diagnostics["standard_error"]


def test_a_side_that_is_constant_in_subsamples_has_no_correlation():
    x = np.zeros(40)
    x[3] = -1.0
    y = np.random.default_rng(0).standard_normal(40)
    found = WassersteinDependency(method="gaussian").fit(x, y, discrete_x=False, interval="jackknife")
    assert found.diagnostics["bures_dependence"] >= 0.0
    assert found.ci is None or np.isfinite([found.ci.low, found.ci.high]).all()
