"""Sliced information against its closed form for normal columns."""

import math

import numpy as np
import pytest

from mitk import SlicedMI
from mitk.errors import ParameterError, UnsupportedError

R, D, N = 0.8, 3, 2000


@pytest.fixture(scope="module")
def normal():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, D))
    return x, R * x + math.sqrt(1 - R * R) * rng.standard_normal((N, D))


def test_mean_over_slices_of_normal_columns(normal):
    """A slice correlates by r a.b; its information is averaged over uniform directions by brute force."""
    a, b = np.random.default_rng(1).standard_normal((2, 200_000, D))
    cosine = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    slices = -0.5 * np.log1p(-((R * cosine) ** 2))
    r = SlicedMI(slices=200).fit(*normal, confidence=None)
    assert (r.kind, r.quantity) == ("score", "sliced_mi")
    # Spread over slices, and KSG on 2,000 rows, which scatters by some 0.02 a slice but together.
    assert r.value == pytest.approx(slices.mean(), abs=4 * slices.std() / math.sqrt(200) + 0.02)
    assert r.diagnostics["slice_error"] == pytest.approx(slices.std() / math.sqrt(200), rel=0.5)


def test_largest_slice_of_normal_columns(normal):
    """The largest is that of the first canonical pair, and a lower bound of the information."""
    r = SlicedMI(form="max", slices=20).fit(*normal, confidence=None)
    top = -0.5 * math.log1p(-R * R)
    assert (r.kind, r.quantity) == ("lower", "mi")
    assert r.value == pytest.approx(top, abs=0.06)
    assert r.value < D * top


def test_largest_slice_finds_squares():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((1000, 3))
    y = np.column_stack([rng.standard_normal(1000), x[:, 1] ** 2 + 0.3 * rng.standard_normal(1000)])
    assert SlicedMI(form="max", slices=20).fit(x, y, confidence=None).value > 0.8


def test_independent_columns_and_few_columns():
    rng = np.random.default_rng(3)
    r = SlicedMI(slices=50, k=2).fit(rng.standard_normal((500, 4)), rng.standard_normal((500, 1)), confidence=None)
    assert abs(r.value) < 0.02
    assert any("1 columns" in note for note in r.notes)


def test_refusals(normal):
    for options, name in (({"form": "sum"}, "form"), ({"k": 0}, "k"), ({"slices": 1.5}, "slices")):
        with pytest.raises(ParameterError, match=name):
            SlicedMI(**options).fit(*normal)
    with pytest.raises(UnsupportedError, match="labels"):
        SlicedMI().fit(normal[0], np.array(["a", "b", "c", "d"])[np.arange(N) % 4])
