"""Many pairs of labels and distinct numbers at once, against single fits, and the level of their p-values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from mitk import MixedKSG
from mitk.data.column_table import ColumnTable
from mitk.inference.class_tests import class_null
from mitk.numerics.class_neighbors import shuffled_informations
from mitk.numerics.ranks import normal_scores

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
NAMES = ("a", "b", "c", "x", "y")


def table_of(labels, numbers, kind="continuous"):
    columns = [*labels, *numbers]
    kinds = ("label",) * len(labels) + (kind,) * len(numbers)
    values = np.asfortranarray(np.column_stack(columns), dtype=np.float64)
    d = len(columns)
    return ColumnTable(values, kinds, tuple(f"c{j}" for j in range(d)), (False,) * d, (None,) * d)


def sample(n, seed=0):
    """Labels of two, five and very many levels, and numbers that depend on them weakly and strongly."""
    rng = np.random.default_rng(seed)
    labels = [rng.integers(0, 2, n), rng.integers(0, 5, n) * 2, rng.integers(0, n, n) * (rng.random(n) < 0.4)]
    return labels, [rng.standard_normal(n) + 0.5 * labels[1], 20.0 * labels[0] + rng.standard_normal(n)]


@pytest.mark.parametrize(("n", "k"), [(12, 1), (75, 3), (301, 5)])
def test_values_and_doubts_are_those_of_single_fits(n, k):
    labels, numbers = sample(n)
    estimator, table = MixedKSG(margins="normal", k=k), table_of(labels, numbers)
    # Labels on either side.
    pairs = np.array([(0, 3), (4, 0), (1, 3), (1, 4), (3, 2), (2, 4)])
    found = estimator._many(table, pairs)
    doubts = found.doubts(np.arange(len(pairs)))
    low, high = found.intervals(np.arange(len(pairs)), 0.9)
    for at, (i, j) in enumerate(pairs):
        x, y = (column.astype(str) if c < 3 else column for c, column in ((c, table.values[:, c]) for c in (i, j)))
        one = estimator.fit(x, y, confidence=None, block=1)
        assert found.values[at] == pytest.approx(one.value, abs=1e-12)
        assert doubts[at] == one.status.reasons
        error = np.sqrt(1.6 * one.pointwise.var(ddof=1) / n)
        assert (high[at] - low[at]) == pytest.approx(2.0 * ndtri(0.95) * error, rel=1e-9)
        assert low[at] <= found.values[at] <= high[at]


def test_other_pairs_are_left_to_single_fits():
    labels, numbers = sample(60)
    estimator = MixedKSG(margins="normal")
    tied = table_of(labels, [np.round(numbers[0])], "tied")
    assert estimator._many(tied, np.array([[0, 3]])) is None
    table = table_of(labels, numbers)
    assert estimator._many(table, np.array([[0, 3], [0, 1]])) is None
    assert estimator._many(table, np.array([[3, 4]])) is None
    assert MixedKSG()._many(table, np.array([[0, 3]])) is None
    assert MixedKSG(margins="normal", k=60)._many(table, np.array([[0, 3]])) is None
    assert estimator._many(table, np.array([[0, 3]])) is not None


@pytest.mark.parametrize("sizes", [(150, 150), (20, 30, 250), (5, 295)])
def test_p_values_of_independent_pairs_are_uniform(sizes):
    scores = normal_scores(np.arange(300.0)[:, None])[:, 0]
    values = shuffled_informations(scores, np.array(sizes), 3, 20_000, seed=7)
    # The mean is 0, whatever the sizes.
    assert abs(values.mean()) < 4.0 * values.std() / np.sqrt(len(values))
    p = np.sort(class_null(300, sizes, 3, 0).p_values(values))
    assert np.abs(np.arange(1, len(p) + 1) / len(p) - p).max() < 0.03
    assert 0.5 < (p <= 0.01).mean() / 0.01 < 1.5


@pytest.mark.parametrize("sizes", [(2, 98), (1, 1, 1, 97), (3, 3, 94)])
def test_p_values_with_few_rows_apart_hold_the_level(sizes):
    scores = normal_scores(np.arange(100.0)[:, None])[:, 0]
    values = shuffled_informations(scores, np.array(sizes), 3, 5_000, seed=7)
    p = np.sort(class_null(100, sizes, 3, 0).p_values(values))
    assert (np.arange(1, len(p) + 1) / len(p) - p).max() < 0.03


def test_small_p_values_have_no_floor_and_labels_alone_say_nothing():
    labels, numbers = sample(300)
    found = MixedKSG(margins="normal")._many(table_of(labels, numbers), np.array([[0, 4], [0, 3]]))
    assert found.p_values[0] < 1e-20
    null = class_null(30, (1,) * 30, 3, 0)
    assert null.p_values(np.zeros(1)) == 1.0
