"""Gates of estimates by correlations: against simulation, and on data that they are for."""

import math

import numpy as np
import pytest

from mitk import estimate
from mitk.numerics.ranks import normal_scores, rank_loss

pytestmark = pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")


def test_ranks_lose_what_simulation_says():
    rng = np.random.default_rng(0)
    n, noise = 1000, 0.05
    truth = 0.5 * math.log1p(noise**-2)
    losses = []
    for _ in range(40):
        x = rng.standard_normal(n)
        y = x + noise * rng.standard_normal(n)
        ranked = normal_scores(np.column_stack([x, y])).T
        values, scores = np.corrcoef(x, y)[0, 1], np.corrcoef(*ranked)[0, 1]
        losses.append(-0.5 * math.log1p(-(values**2)) + 0.5 * math.log1p(-(scores**2)))
    expected = rank_loss(n, np.array([math.sqrt(1.0 - math.exp(-2.0 * truth))]), np.zeros(1))
    assert np.mean(losses) == pytest.approx(expected, rel=0.5)


@pytest.mark.parametrize("n", [300, 1000])
def test_correlations_that_ranks_cannot_resolve_are_doubted(n):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, n))
    x = rng.standard_normal((n, 4))
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    for left, right in (
        (x, x + 1e-2 * rng.standard_normal((n, 4))),
        (x, (x + 1e-2 * rng.standard_normal((n, 4))) @ turn),
        (a, a + 1e-4 * b),
        (np.column_stack([a, b, a + b]), a - b),
    ):
        for confidence in (0.95, None):
            assert not estimate(left, right, method="copula", confidence=confidence).status.ok
    for left, right in ((a, 0.8 * a + 0.6 * b), (x, x + rng.standard_normal((n, 4)))):
        assert estimate(left, right, method="copula").status.ok


def test_a_bias_corrected_for_normal_rows_is_doubted_where_rows_are_not():
    rng = np.random.default_rng(0)
    # Bumps at a place and of a strength: 100 columns, of which all depend on two numbers.
    place, strength, other = rng.random((3, 1000, 1))
    grid = np.linspace(0.0, 1.0, 100)
    x = np.exp(-(((grid - place) / 0.03) ** 2)) * strength
    y = np.exp(-(((grid - other) / 0.03) ** 2)) * strength
    normal = rng.standard_normal((1000, 100))
    for method in ("gaussian", "copula"):
        assert any("scatter" in reason for reason in estimate(x, y, method=method).status.reasons)
        assert estimate(normal, rng.standard_normal((1000, 100)), method=method).status.ok
