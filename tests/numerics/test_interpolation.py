"""Functions without noise are told from those with some, whatever the scale and the number of rows."""

from __future__ import annotations

import numpy as np
import pytest

from mitk import KSG, MIST, estimate
from mitk.numerics.interpolation import seems_function

FUNCTIONS = {
    "line": lambda x: 2.0 * x + 1.0,
    "square": np.square,
    "wave": lambda x: np.sin(3.0 * x),
    "cube": lambda x: -(x**3),
    "exponential": np.exp,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("n", [50, 200, 2000, 30_000])
def test_functions_with_and_without_noise(name, n):
    rng = np.random.default_rng(n)
    x, noise = rng.standard_normal((2, n))
    y = FUNCTIONS[name](x)
    assert seems_function(1e6 * x, 1e-6 * y)
    assert not seems_function(x, y + 0.05 * noise)


@pytest.mark.parametrize("n", [30, 50, 200])
def test_noise_alone_is_rarely_taken_for_a_function(n):
    rng = np.random.default_rng(1)
    heavy = rng.standard_t(1, (400, 2, n))
    # Twice in a thousand sets of 30 rows with such tails.
    assert sum(seems_function(x, y) for x, y in heavy) <= 3


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("n", [50, 400])
def test_no_method_is_ok_without_noise(name, n):
    # auto said 4.33 nats, OK, of a wave, mist 3.95 of a square: neither has a bound.
    x = np.random.default_rng(2).standard_normal(n)
    y = FUNCTIONS[name](x)
    for result in (estimate(x, y), MIST().fit(y, x), KSG(k=5).fit(x, y), estimate(x, y, method="gaussian")):
        assert not result.status.ok


def test_rows_of_one_value_are_no_trouble():
    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal((2, 300))
    x[:5] = x[0]
    assert not seems_function(x, x + 0.1 * noise)
