"""Intervals against variances and sampling laws that are known."""

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.special import gammaln, hyp2f1, stdtr
from scipy.stats import chi2

from mitk import Gaussian
from mitk.data.samples import admit
from mitk.errors import UnsupportedError
from mitk.inference.distribution import PROBABILITIES, from_inversion, from_standard_error
from mitk.inference.inflation import product_variance, unit_variance
from mitk.inference.jackknife import jackknife
from mitk.inference.resampling import partition, unit_labels
from mitk.inference.subsampling import subsampling
from mitk.numerics.gaussian_mi import gaussian_bias


def variance_of(quantiles, degrees):
    """The squared standard error behind Student quantiles that carry no bias."""
    from scipy.special import stdtrit

    ends = quantiles.interval(0.9)
    return (ends.width / (2.0 * stdtrit(degrees, 0.95))) ** 2


def autoregressive(rng, shape, phi):
    noise = rng.standard_normal((shape[0] + 100, *shape[1:]))
    for t in range(1, len(noise)):
        noise[t] = phi * noise[t - 1] + np.sqrt(1.0 - phi**2) * noise[t]
    return noise[100:]


def mean_variances(method, n, sets, degrees, draw=lambda rng, n: rng.standard_normal(n), **options):
    """Variances a method finds for the mean of n rows, over data sets."""
    found = []
    for seed in range(sets):
        x = draw(np.random.default_rng(seed), n)
        samples = admit(x, np.arange(n), **options).samples
        quantiles, doubts = method(lambda rows, x=x: float(x[rows].mean()), float(x.mean()), samples)
        assert doubts == ()
        found.append(variance_of(quantiles, degrees))
    return np.array(found)


def within(found, truth):
    return abs(found.mean() - truth) <= 4.0 * found.std(ddof=1) / np.sqrt(len(found))


def test_jackknife_finds_the_variance_of_a_mean():
    assert within(mean_variances(jackknife, 100, 200, 19), 1.0 / 100)


def test_jackknife_of_runs_finds_the_variance_of_the_mean_of_a_series():
    phi, n, block = 0.6, 4000, 200
    found = mean_variances(jackknife, n, 100, 19, draw=lambda rng, n: autoregressive(rng, (n,), phi), block=block)
    truth = (1.0 + phi) / (1.0 - phi) / n
    # Runs of 200 rows miss 2 phi / (1 - phi^2) / 200 of it, one per cent, as what lies across their seams.
    missed = 2.0 * phi / (1.0 - phi**2) / block
    assert within(found, truth * (1.0 - missed))


def test_jackknife_of_groups_finds_the_variance_between_them():
    def draw(rng, n):
        return np.repeat(rng.standard_normal(n // 10), 10)

    groups = np.arange(400) // 10
    assert within(mean_variances(jackknife, 400, 200, 19, draw=draw, groups=groups), 1.0 / 40)


def test_jackknife_needs_three_units():
    samples = admit(np.arange(10.0), np.arange(10.0) ** 2, groups=np.arange(10) // 5).samples
    quantiles, doubts = jackknife(lambda rows: 0.0, 0.0, samples)
    assert quantiles is None
    assert "2 independent units are too few" in doubts[0]


def test_no_interval_from_values_that_are_not_finite():
    samples = admit(np.arange(100.0), np.arange(100.0) ** 2).samples

    def value(rows):
        return np.inf if 0 in rows else 1.0

    for quantiles, doubts in (jackknife(value, 1.0, samples), subsampling(value, 1.0, samples, smallest=20)):
        assert quantiles is None
        assert "no finite value" in doubts[0]


def test_subsampling_finds_the_variance_of_a_mean():
    def method(value, full, samples):
        return subsampling(value, full, samples, smallest=20)

    # Four cuts into ten parts have 36 degrees of freedom between them.
    assert within(mean_variances(method, 400, 100, 36), 1.0 / 400)


def test_subsampling_stretches_towards_the_truth_and_tells_of_bias():
    x = np.random.default_rng(0).standard_normal(1000)
    samples = admit(x, x**2).samples

    def biased(rows):
        return float(0.01 * x[rows].mean()) + 5.0 * len(rows) ** -0.5

    full = biased(np.arange(1000))
    quantiles, doubts = subsampling(biased, full, samples, smallest=20)
    assert "falls with n" in doubts[0]
    # The bias is 5 / sqrt(1000) = 0.158 and the truth 0.
    assert "+0.16 nats" in doubts[0]
    assert 0.0 in quantiles.interval(0.95)
    assert full in quantiles.interval(0.95)


def test_what_a_series_yields_without_dependence_lengthens_the_interval_or_is_a_doubt():
    x = np.random.default_rng(0).standard_normal(1000)
    samples = admit(x, x**2, block=20).samples
    shifts = []

    def method(level):
        """A mean, whose value under each shift is `level` and a scatter of standard deviation 0.05."""

        def shifted(rows):
            shifts.append(int(rows[0]))
            return level + 0.05 * np.sqrt(15.0 / 16.0) * (-1.0) ** len(shifts)

        return subsampling(lambda rows: 0.3 + 0.01 * x[rows].mean(), 0.3, samples, smallest=20, shifted=shifted)

    quantiles, doubts = method(0.08)
    assert doubts == ()
    assert 0.3 in quantiles.interval(0.1)
    # One shift from each sixteenth of all those by a run or more.
    edges = 1000 - (20 + 960 * np.arange(17) / 16)
    assert all(edges[i + 1] <= shift <= edges[i] for i, shift in enumerate(shifts))
    # 30 degrees of freedom: t = 2.042.
    assert quantiles.interval(0.95).high == pytest.approx(0.3 - 0.08 + 2.042 * 0.05, abs=0.003)
    assert quantiles.interval(0.95).low == pytest.approx(0.3 - 0.08 - 2.042 * 0.05, abs=0.003)
    _, doubts = method(0.15)
    assert "would give +0.15 nats" in doubts[0]
    assert "block=1" in doubts[0]


def test_subsampling_hands_over_to_the_jackknife_when_parts_would_be_too_small():
    x = np.random.default_rng(0).standard_normal(50)
    quantiles, _ = subsampling(lambda rows: float(x[rows].mean()), 0.0, admit(x, x**2).samples, smallest=40)
    assert quantiles.method == "jackknife"


@pytest.mark.parametrize("options", [{}, {"block": 7}, {"groups": np.arange(100) % 13}])
def test_partitions_keep_units_whole(options):
    samples = admit(np.arange(100.0), np.arange(100.0) ** 2, **options).samples
    labels = unit_labels(samples)
    parts = list(partition(labels, 5, np.random.default_rng(0)))
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))
    for part in parts:
        assert not set(labels[part]) & set(labels[np.setdiff1d(np.arange(100), part)])


def test_student_quantiles():
    quantiles = from_standard_error(1.0, 0.5, 7, "x")
    for p, value in zip(quantiles.probabilities, quantiles.values, strict=True):
        assert stdtr(7, (value - 1.0) / 0.5) == pytest.approx(p, abs=1e-9)
    longer = from_standard_error(1.0, 0.5, 7, "x", above=0.2)
    assert longer.interval(0.95).low == quantiles.interval(0.95).low
    assert longer.interval(0.95).high == pytest.approx(quantiles.interval(0.95).high + 0.2)


@pytest.mark.parametrize(("dx", "dy"), [(1, 1), (1, 4), (3, 3)])
@pytest.mark.parametrize("n", [50, 1000])
def test_inversion_at_independence_is_the_chi_square_test(dx, dy, n):
    # 2n times the plug-in information is a chi-square of dx dy degrees, so the quantiles begin to leave 0
    # where that test's p-value is.
    df = dx * dy
    for level in (0.3, 0.05, 0.01):
        statistic = chi2.isf(level, df) / (2.0 * n)
        quantiles = from_inversion(statistic, df / (2.0 * n), df / (2.0 * n**2), lambda t: 2.0 * t / n, statistic)
        positive = [p for p, v in zip(PROBABILITIES, quantiles.values, strict=True) if v > 0.0 and p < 0.5]
        silent = [p for p, v in zip(PROBABILITIES, quantiles.values, strict=True) if v == 0.0]
        assert not positive or min(positive) >= level * (1.0 - 1e-9)
        assert not silent or max(silent) <= level * (1.0 + 1e-9)


def correlation_density(r, rho, n):
    """Density of the sample correlation of n Gaussian rows (Hotelling 1953)."""
    log_constant = np.log(n - 2.0) + gammaln(n - 1.0) - 0.5 * np.log(2.0 * np.pi) - gammaln(n - 0.5)
    log_shape = 0.5 * (n - 1) * np.log1p(-(rho**2)) + 0.5 * (n - 4) * np.log1p(-(r**2))
    log_shape -= (n - 1.5) * np.log1p(-rho * r)
    return np.exp(log_constant + log_shape) * hyp2f1(0.5, 0.5, n - 0.5, (rho * r + 1.0) / 2.0)


@pytest.mark.parametrize("n", [20, 100, 300])
@pytest.mark.parametrize("rho", [0.0, 0.1, 0.2, 0.3, 0.6, 0.9])
def test_coverage_of_the_gaussian_interval_under_the_exact_law_of_the_correlation(rho, n):
    r = np.tanh(np.arctanh(rho) + np.linspace(-5.0, 5.0, 201) / np.sqrt(n - 3))
    density = correlation_density(r, rho, n)
    assert trapezoid(density, r) == pytest.approx(1.0, abs=1e-4)
    truth = -0.5 * np.log1p(-(rho**2))
    bias = gaussian_bias(n, 1, 1)
    covered = np.empty(len(r))
    for i, statistic in enumerate(-0.5 * np.log1p(-(r**2))):
        quantiles = from_inversion(statistic, bias, 2.0 * bias**2, lambda t: -np.expm1(-2.0 * t) / n, statistic - bias)
        covered[i] = truth in quantiles.interval(0.95)
    # At rho = 0 nothing can lie below the truth. The grid of r costs up to 0.01.
    assert 0.925 <= trapezoid(density * covered, r) <= (0.985 if rho == 0.0 else 0.96)


def test_inversion_encloses_the_value_and_needs_rows():
    x = np.random.default_rng(0).standard_normal((300, 1))
    for strength in (0.0, 0.3, 30.0):
        y = strength * x + np.random.default_rng(1).standard_normal((300, 1))
        result = Gaussian().fit(x, y, interval="own")
        assert result.value in result.ci
        assert result.ci.method == "inversion"
    wide = np.random.default_rng(2).standard_normal((8, 6))
    with pytest.raises(UnsupportedError, match="only be by resampling on these data"):
        Gaussian().fit(wide, x[:8], interval="own")


def seen_in_runs(phi, block):
    """What runs of `block` rows see of 1 + 2 phi + 2 phi^2 + ..., the inflation of a mean."""
    k = np.arange(1, block)
    return 1.0 + 2.0 * ((1.0 - k / block) * phi**k).sum()


def test_variance_of_the_mean_of_a_series_has_a_closed_form():
    phi, block, units = 0.7, 40, 500
    x = autoregressive(np.random.default_rng(0), (block * units, 20), phi)
    found = unit_variance(x, np.arange(block * units) // block)
    # A variance from 500 runs in each of 20 columns.
    assert found.mean() == pytest.approx(seen_in_runs(phi, block), rel=4.0 * np.sqrt(2.0 / (units * 20)) + 0.01)
    assert seen_in_runs(phi, 10**4) == pytest.approx((1.0 + phi) / (1.0 - phi), rel=0.001)


def test_variance_of_products_of_series_has_a_closed_form():
    phi, block, units = 0.7, 40, 500
    rng = np.random.default_rng(0)
    a, b = autoregressive(rng, (block * units, 6), phi), autoregressive(rng, (block * units, 6), phi)
    found = product_variance(a, b, np.arange(block * units) // block) / 36
    # Products of two independent AR(1) series have autocorrelation phi^2k.
    truth = seen_in_runs(phi**2, block)
    assert found == pytest.approx(truth, rel=4.0 * np.sqrt(2.0 / (units * 36)) + 0.01)
    assert seen_in_runs(phi**2, 10**4) == pytest.approx((1.0 + phi**2) / (1.0 - phi**2), rel=0.001)


def test_variance_of_independent_rows_is_theirs():
    x = np.random.default_rng(0).standard_normal((5000, 3)) * [1.0, 2.0, 3.0]
    assert unit_variance(x, np.arange(5000)) == pytest.approx(x.var(axis=0, ddof=1), rel=1e-3)
    # With ten units the variance is widened as Student's t with nine degrees is.
    wide = unit_variance(x[:10], np.arange(10)) / x[:10].var(axis=0, ddof=1)
    assert wide == pytest.approx((2.262157 / 1.959964) ** 2)


def test_dependent_rows_widen_the_interval():
    x, e = autoregressive(np.random.default_rng(0), (2000, 2), 0.9).T
    y = 0.3 * x + e
    plain, series = Gaussian().fit(x, y, block=1), Gaussian().fit(x, y, block=50)
    assert plain.value == series.value
    assert series.ci.width > 1.5 * plain.ci.width
