"""Independence of columns that repeat values, tested without permutations."""

import numpy as np
import pytest

from mitk import pairwise
from mitk.inference.wave_tests import wave_p_value
from mitk.many import shared_null

MAKERS = {
    "rounded": lambda rng, n: (np.round(rng.standard_normal(n), 1), False),
    "counts": lambda rng, n: (rng.poisson(1.5, n).astype(float), False),
    "skewed": lambda rng, n: (np.floor(np.exp(1.5 * rng.standard_normal(n))), False),
    "labels": lambda rng, n: (rng.integers(0, 3, n).astype(float), True),
    "numbers": lambda rng, n: (rng.standard_normal(n), False),
    "half zeros": lambda rng, n: (np.round(rng.standard_normal(n), 1) * (rng.random(n) < 0.5), False),
}


@pytest.mark.parametrize("n", [100, 400])
def test_p_values_of_independent_columns_are_uniform(n):
    rng = np.random.default_rng(n)
    names, found = list(MAKERS), []
    for place in range(1200):
        first, second = (MAKERS[names[k]](rng, n) for k in (place % 6, (place // 6) % 6))
        p_value = wave_p_value(first[0], second[0], first[1], second[1])
        if p_value is not None:
            found.append(p_value)
    assert len(found) > 1000
    for level in (0.01, 0.05, 0.2, 0.5):
        # Four standard errors; a little too large is no harm.
        room = 4.0 * np.sqrt(level * (1.0 - level) / len(found))
        assert level - room - 0.15 * level <= np.mean(np.array(found) <= level) <= level + room


@pytest.mark.parametrize("names", [("labels", "rounded"), ("counts", "skewed")])
def test_the_statistic_has_the_mean_and_variance_of_permutations(names):
    # Half of all permutations lie below the p-value of one half, and a twentieth below .05.
    rng = np.random.default_rng(5)
    (x, label_x), (y, label_y) = (MAKERS[name](rng, 300) for name in names)
    found = np.array([wave_p_value(x, rng.permutation(y), label_x, label_y) for _ in range(600)])
    assert np.mean(found <= 0.5) == pytest.approx(0.5, abs=4.0 * np.sqrt(0.25 / 600))
    assert np.mean(found <= 0.05) <= 0.05 + 4.0 * np.sqrt(0.0475 / 600)


@pytest.mark.parametrize("bend", [lambda x: x, np.square, lambda x: np.sin(4.0 * x)])
def test_dependence_of_any_smooth_shape_is_seen(bend):
    rng = np.random.default_rng(2)
    x = np.round(rng.uniform(-1.0, 1.0, 500), 1)
    y = np.round(bend(x) + 0.3 * rng.standard_normal(500), 1)
    assert wave_p_value(x, y, False, False) < 1e-6
    # Increasing maps change nothing.
    assert wave_p_value(np.exp(x), y**3, False, False) == pytest.approx(wave_p_value(x, y, False, False), rel=1e-6)


def test_rare_values_on_both_sides_are_left_to_permutations():
    rng = np.random.default_rng(3)
    rare = [(rng.random(300) < 0.02).astype(float) for _ in range(2)]
    assert wave_p_value(*rare, True, True) is None
    assert wave_p_value(np.zeros(300), rare[0], False, True) == 1.0
    assert wave_p_value(rare[0][:5], rare[1][:5], True, False) is None


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_pairs_of_repeated_numbers_are_not_permuted(monkeypatch):
    monkeypatch.setattr(shared_null, "PERMUTATIONS", 0)
    rng = np.random.default_rng(4)
    x = np.round(rng.standard_normal(500), 1)
    frame = {"x": x, "y": np.round(x**2 + 0.3 * rng.standard_normal(500), 1), "counts": rng.poisson(4.0, 500)}
    p_values = pairwise(frame, block=1).answers.p_value
    assert p_values[0] < 1e-6
    assert (p_values[1:] > 0.001).all()
