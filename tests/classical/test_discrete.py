"""Entropies and tables against hand-written formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import digamma, gammaln, polygamma
from scipy.stats import binom

from mitk import Discrete
from mitk.errors import DataError, ParameterError, UnsupportedError
from mitk.numerics.entropies import ENTROPIES, chao_shen, grassberger, james_stein, miller_madow, nsb, plug_in

COUNTS = np.array([4, 2, 2, 1, 1])


def test_plug_in_and_miller_madow():
    entropy = -sum(c / 10 * math.log(c / 10) for c in COUNTS)
    assert plug_in(COUNTS, 5) == pytest.approx(entropy)
    assert miller_madow(COUNTS, 5) == pytest.approx(entropy + 4 / 20)


def test_grassberger_by_its_recursion():
    # G(1) = -gamma - ln 2, G(2) = 2 - gamma - ln 2, G(2n+1) = G(2n), G(2n+2) = G(2n) + 2 / (2n+1).
    g = {1: -np.euler_gamma - math.log(2), 2: 2 - np.euler_gamma - math.log(2)}
    g[3] = g[2]
    g[4] = g[2] + 2 / 3
    assert grassberger(COUNTS, 5) == pytest.approx(digamma(10) - sum(c * g[c] for c in COUNTS) / 10)


@pytest.mark.parametrize("n", [6, 11, 20])
def test_grassberger_is_right_on_average_for_two_levels(n):
    k = np.arange(n + 1)
    entropy = [grassberger(np.array([c for c in (i, n - i) if c]), 2) for i in k]
    assert binom.pmf(k, n, 0.5) @ entropy == pytest.approx(math.log(2), abs=2.0**-n)


def test_chao_shen_by_hand():
    q = 0.8 * COUNTS / 10
    assert chao_shen(COUNTS, 5) == pytest.approx(-sum(v * math.log(v) / (1 - (1 - v) ** 10) for v in q))
    assert math.isfinite(chao_shen(np.ones(6, dtype=int), 6))


def test_james_stein_by_hand():
    p = COUNTS / 10
    intensity = (1 - (p**2).sum()) / (9 * (((p - 1 / 8) ** 2).sum() + 3 / 64))
    shrunken = np.append((1 - intensity) * p + intensity / 8, [intensity / 8] * 3)
    assert james_stein(COUNTS, 8) == pytest.approx(-(shrunken * np.log(shrunken)).sum())


@pytest.mark.parametrize("levels", [5, 8, 40])
def test_nsb_is_its_integral(levels):
    n = COUNTS.sum()
    full = np.append(COUNTS, np.zeros(levels - 5))

    def log_evidence(beta):
        return gammaln(levels * beta) - gammaln(n + levels * beta) + (gammaln(full + beta) - gammaln(beta)).sum()

    top = max(log_evidence(math.exp(t)) for t in np.linspace(-12, 10, 200))

    def weight(t):
        beta = math.exp(t)
        slope = levels * polygamma(1, levels * beta + 1) - polygamma(1, beta + 1)
        return math.exp(log_evidence(beta) - top) * slope * beta

    def mean(t):
        beta = math.exp(t)
        total = n + levels * beta
        return digamma(total + 1) - ((full + beta) / total * digamma(full + beta + 1)).sum()

    norm = quad(weight, -25, 14, limit=400)[0]
    expected = quad(lambda t: weight(t) * mean(t), -25, 14, limit=400)[0] / norm
    assert nsb(COUNTS, levels) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("correction", ENTROPIES)
def test_equal_sides_have_their_entropy(correction):
    x = np.random.default_rng(0).integers(0, 4, 5000)
    # James-Stein and NSB shrink towards the 12 empty cells; the rest is within a standard error.
    assert Discrete(correction=correction).fit(x, x).value == pytest.approx(math.log(4), abs=0.01)


@pytest.mark.parametrize("correction", ENTROPIES)
def test_known_table(correction):
    p = np.array([[0.4, 0.1], [0.1, 0.4]])
    truth = 0.192745
    rng = np.random.default_rng(0)
    values = [
        Discrete.from_table(rng.multinomial(2000, p.ravel()).reshape(2, 2), correction=correction).value
        for _ in range(30)
    ]
    error = np.std(values) / math.sqrt(30)
    assert np.mean(values) == pytest.approx(truth, abs=4 * error + 0.002)


def test_bias_of_the_default_is_small_at_independence():
    rng = np.random.default_rng(0)
    values, plain = [], []
    for _ in range(200):
        x, y = rng.integers(0, 6, (2, 500))
        values.append(Discrete().fit(x, y, confidence=None).value)
        plain.append(Discrete(correction="plug-in").fit(x, y, confidence=None).value)
    assert np.mean(plain) == pytest.approx(25 / 1000, rel=0.1)
    assert abs(np.mean(values)) < 0.003


def test_tables_are_rows():
    table = np.array([[30, 5, 0], [2, 20, 9]])
    rows = np.repeat(np.arange(6), table.ravel())
    from_rows = Discrete().fit(rows // 3, rows % 3, discrete_x=True, discrete_y=True, block=1)
    assert Discrete.from_table(table) == from_rows
    assert Discrete.from_table(table.tolist()).n_samples == 66


@pytest.mark.parametrize("table", [[[0.5, 0.7]], [[-1, 3]], [[-0.5, 1.5]], [1, 2, 3], [[0, 0]], [["a"]]])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(DataError, match="counts"):
        Discrete.from_table(table)


def test_refusals():
    x = np.random.default_rng(0).standard_normal(100)
    with pytest.raises(UnsupportedError, match="must be discrete"):
        Discrete().fit(x, x)
    with pytest.raises(ParameterError, match="correction"):
        Discrete(correction="laplace").fit([0, 1] * 10, [0, 1] * 10)


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_thin_tables_are_unreliable():
    rng = np.random.default_rng(0)
    assert (
        not Discrete().fit(rng.integers(0, 8, 100), rng.integers(0, 8, 100), discrete_x=True, discrete_y=True).status.ok
    )


def test_probabilities_are_a_population():
    p = np.array([[0.4, 0.1], [0.1, 0.4]])
    truth = 0.8 * math.log(0.8 / 0.5) + 0.2 * math.log(0.2 / 0.5)
    for correction in ENTROPIES:
        result = Discrete.from_table(p, correction=correction)
        assert result.value == result.ci.low == result.ci.high == pytest.approx(truth, abs=1e-12)
        assert result.n_samples == 0
        assert result.status.ok
    assert "population" in result.notes[0]
    assert Discrete.from_table(p, unit="bits", confidence=None).value == pytest.approx(truth / math.log(2))
    # The diagonal has ln of its levels; written with three digits it still sums to 1.
    assert Discrete.from_table([[0.333, 0, 0], [0, 0.333, 0], [0, 0, 0.334]]).value == pytest.approx(
        math.log(3), abs=1e-5
    )
    assert Discrete.from_table(np.outer([0.2, 0.8], [0.3, 0.3, 0.4])).value == pytest.approx(0.0, abs=1e-15)
    assert Discrete.from_table([[0.5, 0.5]]).value == 0.0


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_few_rows_of_whole_numbers_are_a_table():
    x, y = [0, 1, 2] * 4, [0, 1, 2, 2, 1, 0] * 2
    table = [[2, 0, 2], [0, 4, 0], [2, 0, 2]]
    result = Discrete(correction="plug-in").fit(x, y)
    # y is 1 exactly when x is, and otherwise says nothing.
    truth = math.log(3) - 2 / 3 * math.log(2)
    assert result.value == Discrete.from_table(table, correction="plug-in").value == pytest.approx(truth)
    assert Discrete(correction="plug-in").fit(np.array(x, dtype=float), y).value == result.value
    with pytest.raises(UnsupportedError, match="must be discrete"):
        Discrete().fit(np.array(x) + 0.5, y)
    with pytest.raises(UnsupportedError, match="must be discrete"):
        Discrete().fit(np.arange(12), y)
