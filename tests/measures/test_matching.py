"""Pairs of units: the fast paths are the estimators, and matchings are what they say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from mitk import KSG, Binning, GaussianCopula
from mitk.errors import DataError, ParameterError
from mitk.measures import match_units, pairwise_mi

RNG = np.random.default_rng(0)
X = RNG.standard_normal((200, 3))
Y = np.column_stack([np.exp(X[:, 1] + 0.5 * RNG.standard_normal(200)), X[:, 0] ** 2, RNG.standard_normal(200)])


def each_pair(estimator, **door):
    return [[estimator.fit(X[:, i], Y[:, j], confidence=None, **door).value for j in range(3)] for i in range(3)]


def test_copula_is_the_estimator():
    assert pairwise_mi(X, Y) == pytest.approx(np.array(each_pair(GaussianCopula())), abs=1e-10)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("bins", [None, 4])
def test_binning_is_the_estimator(bins):
    assert pairwise_mi(X, Y, "binning", bins=bins) == pytest.approx(np.array(each_pair(Binning(bins=bins))), abs=1e-10)


def test_binning_takes_rectified_units():
    x, y = np.maximum(X, 0.0), np.maximum(Y - 0.5, 0.0)
    expected = Binning(bins=5).fit(
        x[:, 1], y[:, 0], confidence=None, discrete_x=False, discrete_y=False
    ).value  # fmt: skip
    assert pairwise_mi(x, y, "binning", bins=5)[1, 0] == pytest.approx(expected, abs=1e-10)


def test_any_method_and_any_estimator():
    expected = np.array(each_pair(KSG(k=5)))
    assert pairwise_mi(X, Y, KSG(k=5)) == pytest.approx(expected)
    assert pairwise_mi(X, Y, "ksg", unit="bits") == pytest.approx(np.array(each_pair(KSG())) / math.log(2))


def test_dead_units_know_nothing():
    x = X.copy()
    x[:, 1] = 3.0
    for method in ("copula", "binning"):
        values = pairwise_mi(x, Y, method)
        assert (values[1] == 0.0).all()
        assert values[0] == pytest.approx(pairwise_mi(X, Y, method)[0])
    assert (pairwise_mi(np.ones((200, 2)), Y) == 0.0).all()


def test_one_to_one_has_the_largest_sum():
    matrix = np.random.default_rng(3).random((4, 5))
    best = max(sum(matrix[i, j] for i, j in enumerate(columns)) for columns in itertools.permutations(range(5), 4))
    found = match_units(matrix)
    assert found.values.sum() == pytest.approx(best)
    assert len(set(found.columns.tolist())) == 4
    assert match_units(matrix, "best").values == pytest.approx(matrix.max(axis=1))


def test_a_permuted_network_is_found():
    order = np.random.default_rng(1).permutation(3)
    found = match_units(pairwise_mi(X, -np.exp(X[:, order]) + 0.01 * RNG.standard_normal((200, 3))))
    assert order[found.columns].tolist() == [0, 1, 2]


def test_bad_input():
    with pytest.raises(DataError, match="rows"):
        pairwise_mi(X, Y[:-1])
    with pytest.raises(ParameterError, match="bins"):
        pairwise_mi(X, Y, bins=4)
    with pytest.raises(ParameterError, match="cell"):
        pairwise_mi(X, Y, "binning", bins=50)
    with pytest.raises(DataError, match="at least 4"):
        pairwise_mi(X[:3], Y[:3])
    with pytest.raises(DataError, match="shape"):
        match_units(np.zeros(3))
    with pytest.raises(ParameterError, match="how"):
        match_units(np.zeros((2, 2)), "greedy")
