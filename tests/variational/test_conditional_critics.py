"""Critics given a condition: I(x; y, z) - I(x; z) of what a fit on z leaves of x, scored on the same folds."""

import numpy as np
import pytest

from mitk import Anchored, DoE, UnsupportedError
from mitk.data.samples import Side

QUICK = Anchored(steps=400, folds=2, rate=5e-3)
N = 600
RNG = np.random.default_rng(11)
Z = RNG.standard_normal((N, 2))
# Correlated at 0.8 given z: -1/2 ln(1 - 0.64) nats.
TRUTH = -0.5 * np.log(0.36)
U = RNG.standard_normal(N)
V = 0.8 * U + 0.6 * RNG.standard_normal(N)


def test_what_a_bent_condition_tells_of_both_sides_is_left_out():
    x, y = Z[:, 0] ** 2 + U, np.sin(2.0 * Z[:, 0]) + Z[:, 1] + V
    result = QUICK.fit(x, y, given=Z)
    assert result.value == pytest.approx(TRUTH, abs=0.1)
    assert TRUTH in result.ci
    assert result.ci.high - result.ci.low < 0.4
    assert (result.kind, result.quantity, result.dim_given) == ("estimate", "conditional_mi", 2)
    # Contributions of rows add up to the value.
    assert result.pointwise.mean() + result.pointwise_constant == pytest.approx(result.value)


def test_a_sign_that_follows_the_condition_is_seen():
    sign = np.where(Z[:, 0] > 0.0, 1.0, -1.0)
    labels = np.where(sign > 0.0, "alike", "opposite")
    result = QUICK.fit(U, sign * V, given=labels)
    # Without the label the two signs cancel; a critic of y and z finds the product.
    assert result.value > 0.3
    assert TRUTH in result.ci or not result.status.ok


def test_common_causes_alone_leave_nothing():
    noise = RNG.standard_normal((2, N))
    result = QUICK.fit(Z[:, 0] + noise[0], Z.sum(axis=1) + noise[1], given=Z)
    assert abs(result.value) < 0.06
    assert 0.0 in result.ci


def test_a_side_that_the_condition_explains_leaves_nothing_exactly():
    result = QUICK.fit(Z.sum(axis=1), V, given=Z)
    assert (result.value, result.ci.low, result.ci.high) == (0.0, 0.0, 0.0)
    assert any("explains a side entirely" in note for note in result.notes)


def test_other_trained_methods_refuse_a_condition():
    with pytest.raises(UnsupportedError, match=r"methods that take one: .*anchored"):
        DoE().fit(U, V, given=Z)


def test_sides_beside_each_other_keep_what_is_known_of_their_columns():
    numbers = Side(np.zeros((3, 2)), ("continuous", "tied"), ("a", "b"))
    labels = Side(np.ones((3, 1)), ("label",), ("c",), (True,), (True,))
    both = numbers.beside(labels)
    assert both.values.tolist() == [[0.0, 0.0, 1.0]] * 3
    assert (both.kinds, both.names) == (("continuous", "tied", "label"), ("a", "b", "c"))
    assert (both.nominal, both.told) == ((False, False, True), (None, None, True))
    assert numbers.beside(numbers).nominal == ()
