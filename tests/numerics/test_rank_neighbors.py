import numpy as np
import pytest
from scipy.special import ndtri

from mitk import KSG
from mitk.numerics.ksg import ksg_contributions
from mitk.numerics.rank_neighbors import rank_information


def ranked(*columns):
    return np.asfortranarray(np.argsort(np.argsort(np.column_stack(columns), axis=0), axis=0).astype(np.int32))


def related(n, seed=0):
    """Independent, weakly, strongly and exactly dependent, no function, and a thin thread with few rows around it."""
    rng = np.random.default_rng(seed)
    x, e = rng.standard_normal((2, n))
    yield x, e
    yield x, 0.3 * x + e
    yield x, x + 1e-5 * e
    yield x, -(x**3)
    yield x, np.cos(7.0 * x) + 1e-4 * e
    yield x, np.where(rng.random(n) < 0.8, x + 1e-6 * e, 3.0 * e)


@pytest.mark.parametrize("n", [5, 11, 64, 500, 5000])
def test_contributions_are_those_of_other_searches(n):
    for x, y in related(n):
        ranks = ranked(x, y)
        a, b = (ndtri((ranks[:, [j]] + 1.0) / (n + 1.0)) for j in (0, 1))
        for k in {1, 3, min(10, n - 1)} if n < 5000 else {3}:
            contributions = ksg_contributions(a, b, k, 1)
            values, variances = rank_information(ranks, np.array([[0, 1], [1, 0]]), k)
            np.testing.assert_allclose(values, contributions.mean(), rtol=0.0, atol=1e-12)
            np.testing.assert_allclose(variances, contributions.var(), rtol=0.0, atol=1e-10)


def test_values_are_those_of_fits():
    x, y = np.random.default_rng(1).standard_normal((2, 300))
    for k in (1, 3, 10):
        one = KSG(k=k, margins="normal").fit(x, np.exp(x + y), confidence=None).value
        many = rank_information(ranked(x, np.exp(x + y)), np.array([[0, 1]]), k)[0]
        np.testing.assert_allclose(many, one, rtol=0.0, atol=1e-12)
