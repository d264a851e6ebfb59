"""The largest find among many, judged by the largest finds of permuted data."""

from __future__ import annotations

import numpy as np
import pytest

from mitk import ParameterError, pairwise
from mitk.many import smallest


def permuted_by_hand(x: np.ndarray, y: np.ndarray, count: int) -> np.ndarray:
    """The smallest p-value of every column with permuted targets, one call a permutation."""
    found = []
    for seed in np.random.SeedSequence(0).spawn(count):
        order = np.random.default_rng(seed).permutation(len(y))
        found.append(np.nanmin(pairwise(x, "gaussian", targets=y[order], correct=None).answers.p_value))
    return np.array(found)


def test_targets_are_permuted_against_all_columns(monkeypatch):
    monkeypatch.setattr(smallest, "PERMUTATIONS", 19)
    rng = np.random.default_rng(3)
    common, y = rng.standard_normal((2, 80))
    x = common[:, None] + 0.3 * rng.standard_normal((80, 12))
    x[:, 0] += 0.4 * y
    found = pairwise(x, "gaussian", targets=y, correct="max")
    null = permuted_by_hand(x, y, 19)
    expected = [(1 + np.count_nonzero(null <= p)) / 20 for p in found.answers.p_value]
    np.testing.assert_allclose(found.q_values, expected)


def test_columns_that_resemble_each_other_count_less_than_apart():
    rng = np.random.default_rng(1)
    common, y = rng.standard_normal((2, 200))
    x = common[:, None] + 0.1 * y[:, None] + 0.05 * rng.standard_normal((200, 40))
    strict, fair = (pairwise(x, "copula", targets=y, correct=name) for name in ("bonferroni", "max"))
    np.testing.assert_array_equal(strict.answers.p_value, fair.answers.p_value)
    weak = (fair.answers.p_value > 0.02) & (fair.answers.p_value < 0.3)
    assert weak.any()
    assert (fair.q_values[weak] < 0.5 * strict.q_values[weak]).all()


def test_all_pairs_of_independent_columns_are_as_strict_as_bonferroni():
    x = np.random.default_rng(5).standard_normal((100, 12))
    found = pairwise(x, "gaussian", correct="max")
    # The smallest of 66 nearly independent tests: 1 - (1 - p)^66, and 199 permutations.
    expected = 1.0 - (1.0 - found.answers.p_value) ** 66
    assert np.abs(found.q_values - expected).max() < 4 * 0.5 / np.sqrt(199) + 0.005
    np.testing.assert_array_equal(found.q_values, pairwise(x, "gaussian", correct="max", n_jobs=2).q_values)


def test_pairs_fitted_one_by_one_are_refused_with_what_does():
    x = np.random.default_rng(0).poisson(3.0, (60, 3))
    with pytest.raises(ParameterError, match='correct="by" holds whatever'):
        pairwise(x, correct="max")
    with pytest.raises(ParameterError, match="not tested"):
        pairwise(x, "gaussian", correct="max", test=False)


def test_columns_that_are_all_targets_are_permuted_apart():
    frame = dict(zip("abc", np.random.default_rng(2).standard_normal((3, 80)), strict=True))
    alone, targets = (pairwise(frame, "gaussian", correct="max", targets=names) for names in (None, [*frame]))
    np.testing.assert_array_equal(alone.q_values, targets.q_values)
