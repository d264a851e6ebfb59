"""Checks of an explanation: chance has mean 0 and deviation 1, what is there is found."""

import math

import numpy as np
import pytest

from mitk.classical.residual.checks import neighbor_difference, turning_information


@pytest.mark.parametrize("draw", ["standard_normal", "standard_cauchy"])
def test_turning_of_independent_sides_is_chance(draw):
    rng = np.random.default_rng(0)
    found = [turning_information(getattr(rng, draw)((200, 4)), rng.random((200, 3))) for _ in range(200)]
    nats, deviations = np.array(found).T
    assert nats.mean() == pytest.approx(0.0, abs=4.0 * nats.std() / math.sqrt(200))
    # The deviation of a deviation from 200 draws of a chi-square of 12 degrees: kurtosis 3 + 12 / 12.
    assert deviations.std() == pytest.approx(1.0, abs=4.0 * math.sqrt((4.0 - 1.0) / 4.0 / 200))


def test_turning_finds_a_plane_that_turns():
    rng = np.random.default_rng(1)
    u, noise = rng.standard_normal((2, 3000, 4))
    # The radius' median is where the plane changes sign, so no plane is left to the fit.
    inside = (u**2).sum(axis=1) < np.median((u**2).sum(axis=1))
    r = noise + 0.5 * np.where(inside, 1.0, -1.0)[:, None] * u
    nats, deviations = turning_information(u, r)
    assert deviations > 20.0
    assert 0.05 < nats < 4 * 0.5 * math.log1p(0.25)


@pytest.mark.parametrize("d", [2, 6])
def test_neighbours_differ_by_the_logarithm_of_the_determinant(d):
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 3000, d))
    mixing = rng.standard_normal((d, d))
    # Two means of 3,000 contributions, whose variance is about d / 2 + 0.2 each.
    band = 4.0 * math.sqrt(2.0 * (0.5 * d + 0.2) / 3000)
    assert neighbor_difference(a @ mixing, b) == pytest.approx(math.log(abs(np.linalg.det(mixing))), abs=band)
