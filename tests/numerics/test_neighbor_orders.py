"""Neighbours in many orders of one side are those that a search in each order finds."""

import numpy as np
import pytest

from mitk.numerics.ksg import ksg_contributions, ksg_of_orders
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
