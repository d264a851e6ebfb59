"""Tests of independence given a condition: surrogates, what fits leave, level and power."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mitk import KSG, DataError, Discrete, ParameterError, UnsupportedError, permutation_test
from mitk.data.samples import admit
from mitk.inference.conditional_surrogates import conditional_orders, exchanged
from mitk.numerics import ridge
from mitk.numerics.local_orders import local_order, near_rows, order_within


def chain(n, seed, link=0.0):
    """x and y that follow z and, by `link`, each other."""
    z, a, b = np.random.default_rng(seed).standard_normal((3, n))
    return z + np.sin(2.0 * z) + 0.5 * a, z + z**2 / 2.0 + 0.5 * b + link * a, z


def test_residuals_are_those_of_fits_without_the_row(monkeypatch):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 30)
    target = codes + 0.3 * rng.standard_normal(30)
    penalty = 0.7
    monkeypatch.setattr(ridge, "PENALTIES", np.array([penalty]))
    left = ridge.SmoothFits(np.empty((30, 0)), [codes]).remainder(target[:, None])(target[:, None])[:, 0]
    indicators = (codes[:, None] == np.arange(3)).astype(float)
    for i in range(30):
        others = np.delete(np.arange(30), i)
        design, answers = indicators[others], target[others]
        center, mean = design.mean(axis=0), answers.mean()
        # The penalty is one of functions around the mean of all rows, so that the mean itself is free.
        system = (design - center).T @ (design - center) + penalty * np.eye(3)
        slope = np.linalg.solve(system, (design - center).T @ (answers - mean))
        assert left[i] == pytest.approx(target[i] - mean - (indicators[i] - center) @ slope, abs=1e-9)


def test_fits_follow_sharp_and_joint_relations():
    rng = np.random.default_rng(1)
    z, group = rng.standard_normal((800, 2)), rng.integers(0, 2, 800)
    noise = 0.1 * rng.standard_normal(800)
    for target, most in (
        (np.sin(4.0 * z[:, 0]) + noise, 0.15),
        (z[:, 0] * z[:, 1] + noise, 0.35),
        ((2 * group - 1) * z[:, 0] + noise, 0.2),
    ):
        column = target[:, None]
        left = ridge.SmoothFits(z, [group]).remainder(column)(column)
        assert left.std() < most


def test_local_orders_take_near_rows_nearly_once():
    rng = np.random.default_rng(2)
    scores = rng.standard_normal((400, 2))
    near = near_rows(scores, [], 8, 0)
    order = local_order(near, rng)
    assert all(order[i] in near[i] for i in range(400))
    assert len(np.unique(order)) > 350


def test_strata_are_shuffled_within():
    codes = np.random.default_rng(3).integers(0, 4, 200)
    orders = [order_within(codes, np.random.default_rng(s)) for s in range(200)]
    for order in orders:
        assert (codes[order] == codes).all()
        assert (np.sort(order) == np.arange(200)).all()
    first = np.array([order[0] for order in orders])
    alike = np.flatnonzero(codes == codes[0])
    # Each of some 50 rows comes first equally often: 4 times in 200, at most 14 with p < 1e-4.
    assert np.bincount(first, minlength=200)[alike].max() <= 14


def test_rebuilt_columns_keep_their_law_and_identity_changes_nothing():
    x, y, z = chain(300, 4)
    samples = admit(x, y, given=z).samples
    surrogate = exchanged(samples)
    assert np.array_equal(surrogate(np.arange(300)).y.values, samples.y.values)
    order = conditional_orders(samples, "neighbors", 0)(np.random.default_rng(0))
    exchanged_y = surrogate(order).y.values
    assert np.array_equal(np.sort(exchanged_y, axis=0), np.sort(samples.y.values, axis=0))
    assert not np.array_equal(exchanged_y, samples.y.values)


@pytest.mark.parametrize("method", ["screen", "ksg", "gaussian", "discrete"])
def test_constant_condition_is_none(method):
    x, y, _ = chain(80, 5, 0.5)
    if method == "discrete":
        x, y = x > 0, y > 1
    plain = permutation_test(x, y, method, 19)
    conditional = permutation_test(x, y, method, 19, given=np.ones(80), stop_early=False)
    assert replace(conditional, notes=plain.notes) == plain


@pytest.mark.parametrize("seed", range(3))
def test_common_cause_is_told_from_a_link(seed):
    x, y, z = chain(400, seed)
    assert permutation_test(x, y, n_permutations=99).p_value == 0.01
    assert permutation_test(x, y, n_permutations=99, given=z).p_value > 0.01
    x, y, z = chain(400, seed, 0.5)
    assert permutation_test(x, y, n_permutations=99, given=z).p_value <= 0.02


def test_dependence_that_the_condition_turns_is_seen():
    rng = np.random.default_rng(6)
    label = rng.integers(0, 2, 400)
    x = rng.standard_normal(400)
    y = (2 * label - 1) * x + rng.standard_normal(400)
    result = permutation_test(x, y, n_permutations=99, given=label)
    assert (result.p_value, result.surrogate, result.dim_given) == (0.01, "strata", 1)
    modulated, shapes = result.statistics["modulated"], result.statistics["any shape"]
    assert modulated["observed"] - modulated["null_mean"] > 10 * modulated["null_sd"]
    assert modulated["observed"] > shapes["observed"]


def test_circle_is_seen_beside_a_shared_condition():
    rng = np.random.default_rng(7)
    angle, z = rng.uniform(0.0, 2.0 * np.pi, 400), rng.standard_normal(400)
    e = rng.standard_normal((2, 400))
    x, y = 2.0 * np.cos(angle) + z + 0.3 * e[0], 2.0 * np.sin(angle) + z + 0.3 * e[1]
    assert permutation_test(x, y, n_permutations=99, given=z).p_value == 0.01


def test_level_in_strata():
    # Tables of three levels given one of three: exact permutations, so p is at most .1 in a tenth of 200 sets, sd .021.
    p_values = []
    for seed in range(200):
        rng = np.random.default_rng([8, seed])
        z = rng.integers(0, 3, 90)
        x, y = ((z + rng.integers(0, 3, 90)) // 2 for _ in range(2))
        p_values.append(permutation_test(x, y, Discrete(), 19, given=z, discrete_x=True, discrete_y=True).p_value)
    assert np.mean(np.array(p_values) <= 0.1) <= 0.1 + 3 * 0.021


@pytest.mark.slow
def test_level_of_the_screen():
    # Bent and uneven causes of both sides: at 10 %, 150 sets have sd .025.
    p_values = [
        permutation_test(*chain(150, [9, seed])[:2], n_permutations=39, given=chain(150, [9, seed])[2]).p_value
        for seed in range(150)
    ]
    assert np.mean(np.array(p_values) <= 0.1) <= 0.1 + 3 * 0.025


def test_ends_early_only_where_p_is_large():
    x, y, z = chain(150, 10)
    early = permutation_test(x, y, given=z)
    assert early.n_permutations in (99, 299, 999)
    if early.n_permutations < 999:
        assert early.p_value > 0.2
    whole = permutation_test(x, y, given=z, n_permutations=120, stop_early=False)
    assert whole.n_permutations == 120
    assert whole.null[:99] == early.null[:99]


def test_processes_change_nothing():
    x, y, z = chain(80, 11)
    assert permutation_test(x, y, given=z, n_permutations=30, n_jobs=2) == permutation_test(
        x, y, given=z, n_permutations=30
    )


def test_series_and_groups_exchange_what_fits_leave():
    x, y, z = chain(200, 12, 0.6)
    groups = np.arange(200) // 5
    for options, surrogate in (({"block": 4}, "circular shifts"), ({"groups": groups}, "groups")):
        result = permutation_test(x, y, given=z, n_permutations=99, **options)
        assert (result.surrogate, result.p_value) == (surrogate, 0.01)
    with pytest.raises(UnsupportedError, match=r'must be continuous to exchange.*use method="screen"'):
        permutation_test(x, y > 0, "mixed-ksg", 9, given=z, block=4)


def test_detectable_information_falls_with_rows():
    few, many = (permutation_test(*chain(n, 13)[:2], given=chain(n, 13)[2], n_permutations=99) for n in (100, 800))
    assert few.detectable > 2.0 * many.detectable > 0.0


def test_bad_surrogates():
    x, y, z = chain(50, 14)
    with pytest.raises(ParameterError, match="must come with `given`"):
        permutation_test(x, y, surrogate="neighbors")
    with pytest.raises(ParameterError, match="must keep what y has to do"):
        permutation_test(x, y, given=z, surrogate="rows")
    with pytest.raises(DataError, match="rows of equal values"):
        permutation_test(x, y, given=z, surrogate="strata")
    with pytest.raises(UnsupportedError, match="takes no condition"):
        permutation_test(x, y, "kde", given=z)


def test_condition_that_says_all():
    x, y, z = chain(60, 15)
    for side in (x, y):
        assert permutation_test(x, y, given=side, n_permutations=19).p_value > 0.05
    result = permutation_test(x, y, KSG(), 9, given=np.column_stack([z, z]))
    assert 0.1 <= result.p_value <= 1.0


def test_command_line(run, tmp_path):
    x, y, z = chain(120, 16, 0.6)
    path = tmp_path / "chain.csv"
    np.savetxt(path, np.column_stack([x, y, z]), delimiter=",", header="x,y,z", comments="", fmt="%.17g")
    arguments = ("test", str(path), "--x", "x", "--y", "y", "--given", "z", "--permutations", "49")
    code, out, _ = run(*arguments, "--json")
    assert code == 0
    expected = permutation_test(x, y, given=z, n_permutations=49).to_dict()
    assert json.loads(out) == json.loads(json.dumps(expected))
    _, out, _ = run(*arguments)
    assert "Given" in out
    assert "by exchanging rows of near conditions" in out


def test_many_columns_of_a_condition_are_noted():
    rng = np.random.default_rng(17)
    z, x, y = rng.standard_normal((80, 8)), rng.standard_normal(80), rng.standard_normal(80)
    assert any("Given 8 columns" in note for note in permutation_test(x, y, given=z, n_permutations=9).notes)
    assert not permutation_test(x, y, given=z[:, :5], n_permutations=9).notes


@pytest.mark.parametrize("size", [1e-6, 1e-4, 1e-2])
def test_rows_that_change_places_in_both_sides_are_no_dependence(size):
    # Of sides that the condition all but determines, ranks keep its order but for close rows, which both exchange.
    for seed in range(4):
        rng = np.random.default_rng(seed)
        z = rng.standard_normal(300)
        x, y = (side + size * rng.standard_normal(300) for side in (z, np.exp(z)))
        assert permutation_test(x, y, given=z, n_permutations=99).p_value > 0.05
