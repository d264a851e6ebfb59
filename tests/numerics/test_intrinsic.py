"""Local dimensions against those known by construction."""

import numpy as np
import pytest

from mitk.numerics.intrinsic import intrinsic_dimensions

RNG = np.random.default_rng(0)
N = 1000


@pytest.mark.parametrize("d", [1, 2, 4])
def test_independent_columns_have_as_many_dimensions(d):
    found = intrinsic_dimensions(RNG.standard_normal((N, d)), RNG.standard_normal((N, d)))
    assert found.x == pytest.approx(d, rel=0.25)
    assert found.joint == pytest.approx(2 * d, rel=0.25)
    assert found.free > 0.85


@pytest.mark.parametrize("copies", [2, 5, 200])
def test_functions_of_one_column_have_one_dimension(copies):
    u = RNG.standard_normal((N, 1))
    found = intrinsic_dimensions(np.sin(u * np.linspace(0.5, 1.5, copies)), RNG.standard_normal((N, 2)))
    assert found.x == pytest.approx(1.0, abs=0.35)
    assert found.free < 0.65


def test_a_function_adds_no_dimension():
    x = RNG.standard_normal((N, 3))
    assert intrinsic_dimensions(x, np.sin(x)).excess == pytest.approx(1.0, abs=0.15)
    assert intrinsic_dimensions(x, RNG.standard_normal((N, 3))).excess > 1.6


def test_exchanging_sides_exchanges_what_is_found():
    x, y = RNG.standard_normal((300, 2)), RNG.standard_normal((300, 1))
    one, other = intrinsic_dimensions(x, y), intrinsic_dimensions(y, x)
    assert (one.x, one.y, one.free) == (other.y, other.x, other.free)
    assert one.joint == pytest.approx(other.joint, rel=1e-12)


def test_increasing_maps_change_nothing():
    x, y = RNG.standard_normal((300, 2)), RNG.standard_normal((300, 2))
    assert intrinsic_dimensions(x, y) == intrinsic_dimensions(np.exp(x), y**3)
