"""Neighbours in many orders of one side are those that a search in each order finds."""

import numpy as np
import pytest

from mitk.numerics.ksg import class_information, ksg_contributions, ksg_of_orders, mixed_contributions
from mitk.numerics.neighbor_orders import Orders
from mitk.numerics.neighbors import joint_neighbors


@pytest.mark.parametrize(("dx", "dy"), [(1, 1), (2, 1), (3, 4)])
@pytest.mark.parametrize("k", [1, 3, 59])
def test_counts_are_those_of_a_search(dx, dy, k):
    rng = np.random.default_rng(dx)
    x, y = rng.standard_normal((60, dx)), rng.standard_cauchy((60, dy))
    orders = Orders(x, y, k)
    for rows in (np.arange(60), rng.permutation(60)):
        found, (counts, least) = joint_neighbors(x, y[rows], k), orders.counts(rows)
        assert (counts == [found.x_open, found.y_open]).all()
        assert least == found.radius.min()


def test_contributions_are_the_same_numbers():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 250, 2))
    contributions = ksg_of_orders(x, y, 3)
    rows = rng.permutation(250)
    assert (contributions(rows) == ksg_contributions(x, y[rows], 3, 1)).all()
    # Rows that coincide on both sides, as rounding may have them.
    x[:9], y[:9] = x[0], y[0]
    assert (ksg_of_orders(x, y, 3)(np.arange(250)) == ksg_contributions(x, y, 3, 1)).all()


@pytest.mark.parametrize("k", [1, 3, 40])
def test_information_about_classes_is_the_same_number(k):
    rng = np.random.default_rng(k)
    points, classes = rng.standard_normal((250, 2)), rng.integers(0, 5, 250)
    # One row alone in its class, and rows that coincide.
    classes[7], one = 5, np.zeros(250, dtype=np.int64)
    merged = points.copy()
    merged[:60] = points[0]
    numbers, labels = np.ones(250, dtype=bool), np.zeros(250, dtype=bool)
    for values in (points, merged):
        information = class_information(values, classes, k)
        for rows in (np.arange(250), rng.permutation(250)):
            expected = mixed_contributions(values, np.empty((250, 0)), k, one, classes[rows], numbers, labels)[0].mean()
            assert information(rows) == pytest.approx(expected, abs=1e-12)


def test_one_cell_is_no_cell():
    x, y = np.random.default_rng(0).standard_normal((2, 250, 1))
    one, live = np.zeros(250, dtype=np.int64), np.ones(250, dtype=bool)
    other = one.copy()
    other[0] = 1
    plain, _ = mixed_contributions(x, y, 3, one, one, live, live)
    assert (plain == ksg_contributions(x, y, 3, 1)).all()
    # A cell of one row leaves the others the neighbours that they have without it.
    apart, alone = mixed_contributions(x, y, 3, other, one, live, live)
    assert alone.sum() == 1
    assert np.isfinite(apart).all()
