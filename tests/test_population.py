"""Laws of information exactly, on tables and covariances, and closed forms on samples."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from mitk import CCA, KSG, Binning, Discrete, Gaussian, GaussianCopula, MixedKSG
from mitk.numerics.gaussian_mi import gaussian_information
from mitk.numerics.tables import bias_degrees, count, information

tables = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=4).filter(
    lambda rows: sum(map(sum, rows)) > 0
)


def expanded(counts):
    """Codes of x and y that have a table of counts."""
    counts = np.asarray(counts)
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    return cells // counts.shape[1], cells % counts.shape[1]


def plug_in(x, y):
    return information(count(x, y), "plug-in")


def covariance(rng, d):
    root = rng.standard_normal((d, 2 * d))
    return root @ root.T


def information_of(cov, dx):
    """Mutual information of the first dx and the other variables of a Gaussian."""
    return 0.5 * (np.linalg.slogdet(cov[:dx, :dx])[1] + np.linalg.slogdet(cov[dx:, dx:])[1] - np.linalg.slogdet(cov)[1])


def whitened(cov, dx):
    """Cross-correlation of the whitened sides."""
    left, right = np.linalg.cholesky(cov[:dx, :dx]), np.linalg.cholesky(cov[dx:, dx:])
    return np.linalg.solve(left, np.linalg.solve(right, cov[:dx, dx:].T).T)


@given(tables, tables)
def test_tables_add_over_independent_pairs(first, second):
    (x1, y1), (x2, y2) = expanded(first), expanded(second)
    # Every row of one with every row of the other: the product of the two laws.
    i, j = np.divmod(np.arange(len(x1) * len(x2)), len(x2))
    joint = plug_in(4 * x1[i] + x2[j], 3 * y1[i] + y2[j])
    assert joint == pytest.approx(plug_in(x1, y1) + plug_in(x2, y2), abs=1e-12)


@given(tables, st.lists(st.integers(0, 1), min_size=4, max_size=4))
def test_merging_levels_loses_information(counts, merged):
    x, y = expanded(counts)
    assert plug_in(np.array(merged)[x], y) <= plug_in(x, y) + 1e-12


@given(tables)
def test_tables_keep_the_bounds_of_information(counts):
    x, y = expanded(counts)
    value = plug_in(x, y)
    assert plug_in(y, x) == pytest.approx(value, abs=1e-12)
    assert -1e-12 <= value <= min(plug_in(x, x), plug_in(y, y)) + 1e-12
    # A copy of y beside x leaves nothing to learn.
    assert plug_in(3 * x + y, y) == pytest.approx(plug_in(y, y), abs=1e-12)


@given(tables)
def test_degrees_of_a_full_table(counts):
    x, y = expanded(np.asarray(counts) + 1)
    assert bias_degrees(count(x, y)) == (len(counts) - 1) * 2


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 3))
def test_gaussians_add_and_agree_with_determinants(seed, dx, dy):
    rng = np.random.default_rng(seed)
    first, second = covariance(rng, dx + dy), covariance(rng, 2)
    c1, c2 = whitened(first, dx), whitened(second, 1)
    assert gaussian_information(c1) == pytest.approx(information_of(first, dx), abs=1e-10)
    both = np.zeros((dx + 1, dy + 1))
    both[:dx, :dy], both[dx:, dy:] = c1, c2
    assert gaussian_information(both) == pytest.approx(gaussian_information(c1) + gaussian_information(c2), abs=1e-10)
    assert gaussian_information(c1.T) == pytest.approx(gaussian_information(c1), abs=1e-10)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 10.0))
def test_processing_a_gaussian_loses_information(seed, noise):
    rng = np.random.default_rng(seed)
    cov = covariance(rng, 5)
    whole = gaussian_information(whitened(cov, 3))
    fewer = np.eye(5)[1:]
    assert gaussian_information(whitened(fewer @ cov @ fewer.T, 2)) <= whole + 1e-10
    noisy = cov + np.diag([noise, noise, noise, 0.0, 0.0])
    assert gaussian_information(whitened(noisy, 3)) <= whole + 1e-10
    mixed = np.eye(5)
    mixed[:3, :3] = rng.standard_normal((3, 3)) + 3.0 * np.eye(3)
    assert gaussian_information(whitened(mixed @ cov @ mixed.T, 3)) == pytest.approx(whole, abs=1e-9)


def test_exact_relations_are_infinite():
    assert gaussian_information(np.array([[1.0]])) == math.inf
    assert gaussian_information(np.array([[0.6, 0.8]])) == math.inf
    assert gaussian_information(np.zeros((2, 3))) == 0.0


def fits(estimator, draw, sets=8):
    """Mean value over data sets with seeds 0, 1, ... and four of its standard errors."""
    data = [draw(np.random.default_rng(seed)) for seed in range(sets)]
    values = np.array([estimator.fit(x, y, confidence=None).value for x, y in data])
    return values.mean(), 4.0 * values.std(ddof=1) / math.sqrt(sets)


def mean_is_within(estimator, draw, truth, *, sets=8, bias=0.0):
    """The mean lies within four standard errors, and a stated bias, of the truth."""
    mean, error = fits(estimator, draw, sets)
    assert abs(mean - truth) <= error + bias, f"{mean:.4f} against {truth:.4f}, {error:.4f}"


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95])
@pytest.mark.parametrize(
    "estimator", [Gaussian(), CCA(), GaussianCopula(), KSG(), KSG(variant=2), MixedKSG()], ids=repr
)
def test_bivariate_gaussian(estimator, rho):
    def draw(rng):
        x, e = rng.standard_normal((2, 500))
        return x, rho * x + math.sqrt(1.0 - rho**2) * e

    # Scores of ranks n / (n + 1) have less than unit variance, and neighbours a small bias of their own.
    bias = 0.0 if isinstance(estimator, (Gaussian, CCA)) else 0.03
    mean_is_within(estimator, draw, -0.5 * math.log1p(-(rho**2)), bias=bias)


def test_one_gaussian_sample_is_within_its_own_standard_error():
    # Var = (1 - exp(-2 I)) / n for a pair, in the limit.
    for rho, seed in ((0.3, 0), (0.6, 1), (0.9, 2)):
        x, e = np.random.default_rng(seed).standard_normal((2, 4000))
        truth = -0.5 * math.log1p(-(rho**2))
        value = Gaussian().fit(x, rho * x + math.sqrt(1.0 - rho**2) * e, confidence=None).value
        assert abs(value - truth) <= 4.0 * rho / math.sqrt(4000)


@pytest.mark.parametrize(("estimator", "bias"), [(Gaussian(), 0.0), (CCA(), 0.0), (KSG(k=5), 0.1)])
def test_multivariate_gaussian(estimator, bias):
    cov = covariance(np.random.default_rng(7), 5)
    root = np.linalg.cholesky(cov)

    def draw(rng):
        rows = rng.standard_normal((800, 5)) @ root.T
        return rows[:, :3], rows[:, 3:]

    mean_is_within(estimator, draw, information_of(cov, 3), bias=bias)


def test_the_gaussian_bias_correction_is_exact():
    # With 12 rows of 3 + 2 columns the plug-in is off by half a nat; the corrected mean is right.
    cov = covariance(np.random.default_rng(3), 5)
    root = np.linalg.cholesky(cov)

    def draw(rng):
        rows = rng.standard_normal((12, 5)) @ root.T
        return rows[:, :3], rows[:, 3:]

    mean_is_within(Gaussian(), draw, information_of(cov, 3), sets=400)


TABLE = np.array([[0.30, 0.05, 0.05], [0.05, 0.20, 0.05], [0.02, 0.03, 0.25]])
OUTER = TABLE.sum(axis=1, keepdims=True) * TABLE.sum(axis=0, keepdims=True)


@pytest.mark.parametrize(
    ("correction", "bias"),
    [
        ("plug-in", 0.006),
        ("miller-madow", 0.0),
        ("grassberger", 0.001),
        ("chao-shen", 0.002),
        ("nsb", 0.002),
        ("james-stein", 0.006),
    ],
)
def test_discrete_table(correction, bias):
    def draw(rng):
        cells = rng.choice(9, size=500, p=TABLE.ravel())
        return cells // 3, cells % 3

    truth = float((TABLE * np.log(TABLE / OUTER)).sum())
    # The plug-in's first-order bias is (3 - 1)(3 - 1) / 2n = 0.004.
    mean_is_within(Discrete(correction=correction), draw, truth, sets=40, bias=bias)


def test_the_spread_of_a_table_is_that_of_its_pointwise_information():
    pmi = np.log(TABLE / OUTER)
    spread = (TABLE * pmi**2).sum() - (TABLE * pmi).sum() ** 2
    rng = np.random.default_rng(0)
    values = np.array(
        [
            Discrete.from_table(rng.multinomial(500, TABLE.ravel()).reshape(3, 3), confidence=None).value
            for _ in range(400)
        ]
    )
    # A variance from 400 values has a relative standard error of sqrt(2 / 399).
    assert values.var(ddof=1) * 500 == pytest.approx(spread, rel=4.0 * math.sqrt(2.0 / 399) + 0.02)


def additive_noise_information(e):
    """Information of X uniform on (0, 1) and X + U, U uniform on (-e, e), in nats.

    h(X + U) - ln 2e for the trapezoid that is their sum: e - ln 2e for e <= 1/2, and 1 / 4e beyond.
    """
    return e - math.log(2.0 * e) if e <= 0.5 else 1.0 / (4.0 * e)


@pytest.mark.parametrize("e", [0.01, 0.2, 0.5, 0.8, 3.0])
def test_the_closed_form_of_uniform_noise(e):
    def minus_p_log_p(y):
        p = max(min(1.0, y + e) - max(0.0, y - e), 0.0) / (2.0 * e)
        return -p * math.log(p) if p > 0 else 0.0

    corners = sorted({-e, e, 1.0 - e, 1.0 + e})
    entropy = sum(quad(minus_p_log_p, a, b)[0] for a, b in pairwise(corners))
    assert additive_noise_information(e) == pytest.approx(entropy - math.log(2.0 * e), abs=1e-7)


def uniform_noise(e):
    def draw(rng):
        x = rng.uniform(0.0, 1.0, 1500)
        return x, x + rng.uniform(-e, e, 1500)

    return draw


@pytest.mark.parametrize("e", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("estimator", [KSG(), KSG(margins="normal"), MixedKSG()], ids=repr)
def test_uniform_additive_noise(estimator, e):
    # The edges of the density bias neighbours a little.
    mean_is_within(estimator, uniform_noise(e), additive_noise_information(e), bias=0.05)


@pytest.mark.parametrize("e", [0.1, 0.5, 2.0])
def test_bins_see_less_of_uniform_noise_than_there_is(e):
    mean, error = fits(Binning(), uniform_noise(e))
    truth = additive_noise_information(e)
    assert 0.6 * truth <= mean <= truth + error


def test_samples_add_over_independent_pairs():
    # Two pairs with 0.51 nats each, as one pair of two columns, by neighbours: within standard errors.
    def draw(rng):
        x, e = rng.standard_normal((2, 1000, 2))
        return x, 0.8 * x + 0.6 * e

    mean_is_within(KSG(), draw, -math.log1p(-(0.8**2)), bias=0.05)


def test_processing_samples_loses_information():
    # Rounding y to its sign keeps 0.28 of 0.51 nats; the drop is many standard errors.
    values = []
    for seed in range(8):
        x, e = np.random.default_rng(seed).standard_normal((2, 1000))
        y = 0.8 * x + 0.6 * e
        values.append([MixedKSG().fit(x, v, confidence=None).value for v in (y, y > 0)])
    drop = np.array(values) @ [1.0, -1.0]
    assert drop.mean() > 4.0 * drop.std(ddof=1) / math.sqrt(8)
