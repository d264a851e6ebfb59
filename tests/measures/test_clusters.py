"""Clusterings: golden value, identities, second sources."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.cluster import KMeans

from mitk import Discrete
from mitk.errors import DataError, DataTypeError
from mitk.measures import (
    adjusted_mi,
    clustering_complexity,
    clustering_distortion,
    clustering_objective,
    variation_of_information,
)


def test_golden_complexity_is_the_label_entropy():
    labels = [0] * 5 + [1] * 3 + [2] * 2
    assert clustering_complexity(labels) == pytest.approx(1.485475, abs=5e-7)
    assert clustering_complexity(labels) == pytest.approx(entropy([5, 3, 2], base=2))
    assert clustering_complexity(labels, unit="nats") == pytest.approx(entropy([5, 3, 2]))


def test_complexity_is_the_information_between_item_and_cluster():
    labels = np.random.default_rng(0).integers(0, 4, 60)
    table = (labels[:, None] == np.arange(4)).astype(int)
    exact = Discrete.from_table(table, correction="plug-in", confidence=None, unit="bits").value
    assert clustering_complexity(labels) == pytest.approx(exact)


def test_distortion_is_the_inertia_of_k_means():
    points = np.random.default_rng(0).standard_normal((80, 3)) + 1e6
    found = KMeans(4, n_init=1, random_state=0).fit(points - 1e6)
    distortion = clustering_distortion(points, found.labels_)
    assert distortion == pytest.approx(found.inertia_ / 80, rel=1e-6)
    assert clustering_distortion(points, np.zeros(80)) == pytest.approx(points.var(axis=0).sum())
    assert clustering_distortion(points, np.arange(80)) == 0.0
    objective = clustering_objective(points, found.labels_, 0.5)
    assert objective == pytest.approx(clustering_complexity(found.labels_) + 0.5 * distortion)


def test_adjusted_information_is_zero_by_chance_and_one_for_equals():
    rng = np.random.default_rng(0)
    values = [adjusted_mi(rng.integers(0, 8, 100), rng.integers(0, 8, 100)) for _ in range(40)]
    assert abs(np.mean(values)) < 4 * np.std(values, ddof=1) / math.sqrt(40)
    labels = rng.integers(0, 5, 50)
    assert adjusted_mi(labels, [f"c{(3 * label) % 5}" for label in labels]) == pytest.approx(1.0)


def test_variation_of_information_is_a_metric():
    rng = np.random.default_rng(0)
    a, b, c = rng.integers(0, 4, (3, 40))
    assert variation_of_information(a, a) == 0.0
    assert variation_of_information(a, b) == pytest.approx(variation_of_information(b, a))
    assert variation_of_information(a, c) <= variation_of_information(a, b) + variation_of_information(b, c)
    joint = entropy(np.unique(4 * a + b, return_counts=True)[1], base=2)
    expected = 2 * joint - clustering_complexity(a) - clustering_complexity(b)
    assert variation_of_information(a, b) == pytest.approx(expected)


def test_bad_labels():
    with pytest.raises(DataError, match="labels"):
        clustering_complexity([])
    with pytest.raises(DataError, match="missing"):
        clustering_complexity([1.0, math.nan])
    with pytest.raises(DataError, match="others"):
        adjusted_mi([0, 1], [0, 1, 1])
    with pytest.raises(DataError, match="labels"):
        clustering_distortion(np.zeros((3, 2)), [0, 1])


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_labels_that_are_missing_or_of_several_kinds_are_refused(missing):
    for labels in (["a", missing, "b"], np.array([missing] * 3, dtype=object)):
        with pytest.raises(DataError, match="`labels` must have no missing values"):
            adjusted_mi(np.array(labels, dtype=object), [0, 1, 1])
    with pytest.raises(DataTypeError, match="of one kind, text or numbers; got int and str"):
        adjusted_mi(np.array(["a", 1, "b"], dtype=object), [0, 1, 1])
    assert adjusted_mi(np.array([2, 1.0, True], dtype=object), ["p", "q", "q"]) == pytest.approx(1.0)
