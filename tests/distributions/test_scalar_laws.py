"""Uniform, positive, discrete, mixed and rotational laws against independent formulas."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special, stats

from mitk.distributions import (
    AdditiveUniform,
    Gaussian,
    HalfDiscrete,
    LogGammaExponential,
    NoisyDirection,
    Product,
    Quantised,
    RareEvent,
    RoundedGaussian,
    SmoothedDiscreteUniform,
    Table,
    UniformBall,
    ZeroInflatedPoisson,
    correlated_uniform,
    smoothed_uniform,
)
from mitk.errors import DataError, ParameterError

N = 40_000


def table_information(table):
    outer = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True)
    return float(special.rel_entr(table, outer).sum())


@pytest.mark.parametrize("noise", [0.01, 0.3, 0.5, 0.75, 4.0])
def test_additive_uniform_is_entropy_of_y_less_that_of_the_noise(noise):
    def density(y):
        return max(0.0, min(y + noise, 1.0) - max(y - noise, 0.0)) / (2 * noise)

    corners = sorted([-noise, noise, 1 - noise, 1 + noise])
    parts = [integrate.quad(lambda y: special.entr(density(y)), a, b, epsabs=1e-12)[0] for a, b in pairwise(corners)]
    assert AdditiveUniform(noise).mutual_information == pytest.approx(sum(parts) - np.log(2 * noise), abs=1e-9)


@pytest.mark.parametrize("information", [0.1, 0.5, 1.0, 8.0, 15.0])
@pytest.mark.parametrize("columns", [1, 3])
def test_families_reach_the_information_asked_for(information, columns):
    for law in (smoothed_uniform(information, columns), LogGammaExponential.from_information(information, columns)):
        assert law.mutual_information == pytest.approx(information, rel=1e-10)
        assert law.dim_x == law.dim_y == columns


def test_uniform_margins():
    x, y = correlated_uniform(Gaussian.bivariate(0.9)).sample(N, seed=0)
    for side in (x, y, AdditiveUniform(0.1).sample(N)[0]):
        assert stats.kstest(side[:, 0], "uniform").pvalue > 1e-4


@pytest.mark.parametrize("theta", [0.2, 1.0, 30.0])
def test_log_gamma_margins(theta):
    x, y = LogGammaExponential(theta).sample(N, seed=0)
    a = 1 / theta
    assert stats.kstest(x[:, 0], stats.loggamma(a).cdf).pvalue > 1e-4
    # Exponential of Gamma rate: Lomax.
    assert stats.kstest(np.exp(y[:, 0] * 0.999), lambda t: 1 - (1 + t ** (1 / 0.999)) ** -a).pvalue > 1e-4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("theta", [1e3, 1e5])
def test_log_gamma_does_not_underflow(theta):
    law = LogGammaExponential(theta)
    x, y = law.sample(2_000)
    assert np.isfinite(x).all()
    assert np.isfinite(law.pointwise(x, y)).all()
    assert np.unique(x).size == 2_000


def test_log_gamma_series_meets_the_formula():
    theta = 1.01e-4
    near = special.digamma(1 / theta) + theta + np.log(theta)
    assert LogGammaExponential(0.99e-4).mutual_information == pytest.approx(0.99e-4 / 2 - 0.99e-4**2 / 12, rel=1e-7)
    assert near == pytest.approx(theta / 2 - theta**2 / 12, abs=1e-11)


@pytest.mark.parametrize("levels", [2, 3, 5])
@pytest.mark.parametrize("width", [0.5, 1.0, 1.4, 2.0, 3.7, 9.0])
def test_smoothed_levels_are_an_entropy_difference(levels, width):
    grid = (np.arange(400_000) + 0.5) / 400_000 * (levels - 1 + width)
    density = sum((grid > i) & (grid < i + width) for i in range(levels)) / (levels * width)
    entropy = special.entr(density).mean() * (levels - 1 + width)
    expected = entropy - np.log(width)
    assert SmoothedDiscreteUniform(levels, width).mutual_information == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(("levels", "truth"), [(5, 1.054920), (3, 0.636514)])
def test_uniform_mixed_law_has_the_published_truth(levels, truth):
    law = SmoothedDiscreteUniform(levels, 2.0)
    assert law.mutual_information == pytest.approx(truth, abs=1e-6)
    vector = Product((law, law))
    assert vector.mutual_information == pytest.approx(2 * truth, abs=2e-6)


def test_tables_are_relative_entropies():
    table = np.array([[0.4, 0.1], [0.1, 0.4]])
    assert Table(table).mutual_information == pytest.approx(0.192745, abs=1e-6)
    for law in (Table.symmetric(7, 0.3), Table.binary_symmetric(0.2, 0.1), Table.noiseless([0.6, 0.4])):
        assert law.mutual_information == pytest.approx(table_information(law.table), abs=1e-12)
    s = 1 - 0.3 * (1 - 1 / 7)
    formula = np.log(7) + s * np.log(s) + (1 - s) * np.log(0.3 / 7)
    assert Table.symmetric(7, 0.3).mutual_information == pytest.approx(formula)


def test_table_samples_have_the_probabilities():
    law = Table([[0.3, 0.05, 0.1], [0.0, 0.2, 0.35]], values_x=[-1.0, 1.0])
    x, y = law.sample(N, seed=0)
    for i, value in enumerate([-1.0, 1.0]):
        for j in range(3):
            p = law.table[i, j]
            share = ((x[:, 0] == value) & (y[:, 0] == j)).mean()
            assert share == pytest.approx(p, abs=4.5 * np.sqrt(p * (1 - p) / N))


def test_channels_lose_what_they_should():
    law = Table.symmetric(4, 0.2)
    assert law.with_erasures(0.3).mutual_information == pytest.approx(0.7 * law.mutual_information)
    noisy = law.with_label_noise(0.1)
    channel = np.full((4, 4), 0.1 / 3) + (0.9 - 0.1 / 3) * np.eye(4)
    assert noisy.mutual_information == pytest.approx(table_information(law.table @ channel))
    assert law.with_label_noise(0.75).mutual_information == pytest.approx(0.0, abs=1e-12)
    merged = law.through([[1, 0], [1, 0], [0, 1], [0, 1]])
    assert merged.mutual_information == pytest.approx(table_information(law.table @ np.repeat(np.eye(2), 2, axis=0)))
    assert 0.0 < merged.mutual_information < law.mutual_information


@pytest.mark.parametrize("information", [0.0, 0.3, np.log(4), 2.0])
def test_quantised_information_is_the_entropy_of_the_cell(information):
    law = Quantised.from_information(information)
    assert special.entr(law.shares).sum() == pytest.approx(information, abs=1e-9)
    x, y = law.sample(N, seed=0)
    edges = np.concatenate([[0.0], np.cumsum(law.shares)])
    cells = y[:, 0].astype(int)
    assert ((edges[cells] <= x[:, 0]) & (x[:, 0] <= edges[cells + 1])).all()


def test_rare_events_are_rare():
    x, y = RareEvent(0.02, 3).sample(N, seed=0)
    cells = np.floor(x[:, 0])
    np.testing.assert_array_equal(cells, np.floor(y[:, 0]))
    assert (cells > 0).mean() == pytest.approx(0.02, abs=4.5 * np.sqrt(0.02 / N))


@pytest.mark.parametrize(
    ("inflation", "truth"),
    [
        (0.0, 0.3012447733),
        (0.05, 0.27416681),
        (0.15, 0.22977596),
        (0.3, 0.17567698),
        (0.5, 0.11638394),
        (0.7, 0.06582698),
    ],
)
def test_zero_inflation_hides_its_flag(inflation, truth):
    law = ZeroInflatedPoisson(inflation)
    assert law.mutual_information == pytest.approx(truth, abs=1e-8)
    # Independently: H(Y) - E H(Y | X), by quadrature over x.
    k = np.arange(0, 120)
    margin = (1 - inflation) * 0.5 ** (k + 1.0)
    margin[0] += inflation

    def conditional(x):
        p = (1 - inflation) * stats.poisson.pmf(k, x)
        p[0] += inflation
        return np.exp(-x) * special.entr(p).sum()

    conditional_entropy = integrate.quad(conditional, 0, 50, limit=200)[0]
    assert law.mutual_information == pytest.approx(special.entr(margin).sum() - conditional_entropy, abs=1e-8)


def test_zero_inflated_truth_is_not_the_one_in_circulation():
    assert abs(ZeroInflatedPoisson(0.15).mutual_information - 0.85 * 0.3012447733) > 0.02


@pytest.mark.parametrize(
    ("correlation", "agreement", "truth"), [(0.8, 0.8, 1.044932), (0.9, 0.8, 1.204702), (0.9, 0.9, 1.292361)]
)
def test_half_discrete_truth(correlation, agreement, truth):
    # The table in circulation for (0.9, 0.9) rounds 1.2923621 down.
    assert HalfDiscrete(correlation, agreement).mutual_information == pytest.approx(truth, abs=1.2e-6)


def test_half_discrete_halves():
    x, y = HalfDiscrete(0.8, 0.7).sample(N, seed=0)
    discrete = (np.abs(x[:, 0]) == 1) & (np.abs(y[:, 0]) == 1)
    assert discrete.mean() == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(N))
    assert (x[discrete] == y[discrete]).mean() == pytest.approx(0.7, abs=4.5 * 0.5 / np.sqrt(N / 2))
    assert np.corrcoef(x[~discrete, 0], y[~discrete, 0])[0, 1] == pytest.approx(0.8, abs=4.5 * 0.36 / np.sqrt(N / 2))


def test_rounding_loses_less_the_finer_it_is():
    whole = Gaussian.bivariate(0.75).mutual_information
    values = [RoundedGaussian(0.75, step).mutual_information for step in (2.0, 1.0, 0.5, 0.1, 0.02)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(whole, abs=1e-4)
    assert RoundedGaussian(0.75, 1.0).mutual_information < RoundedGaussian(0.75, 1.0, both=False).mutual_information
    # Signs alone would need a cut at 0; cells of width 1 against scipy's bivariate distribution function.
    joint = stats.multivariate_normal(cov=[[1, 0.75], [0.75, 1]])
    edges = np.arange(-6.5, 7.0)
    cdf = np.array([[joint.cdf([a, b]) for b in edges] for a in edges])
    cells = np.maximum(np.diff(np.diff(cdf, axis=0), axis=1), 0.0)
    assert RoundedGaussian(0.75, 1.0).mutual_information == pytest.approx(table_information(cells), abs=1e-5)


def test_a_disk_has_its_closed_form():
    assert UniformBall(1, 1).mutual_information == pytest.approx(np.log(np.pi) - 1)
    rows = np.hstack(UniformBall(2, 1).sample(N, seed=0))
    assert stats.kstest(np.linalg.norm(rows, axis=1) ** 3, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("concentration", [0.1, 2.0, 50.0])
def test_noisy_directions(columns, concentration):
    law = NoisyDirection(concentration, columns)
    weight = (lambda t: 1 / np.pi) if columns == 2 else (lambda t: 0.5 * np.sin(t))
    mean = integrate.quad(lambda t: weight(t) * np.exp(concentration * (np.cos(t) - 1)), 0, np.pi)[0]
    value = integrate.quad(
        lambda t: (
            weight(t)
            * np.exp(concentration * (np.cos(t) - 1))
            / mean
            * (concentration * (np.cos(t) - 1) - np.log(mean))
        ),
        0,
        np.pi,
    )[0]
    assert law.mutual_information == pytest.approx(value, abs=1e-8)
    x, y = law.sample(1_000, seed=0)
    np.testing.assert_allclose(np.linalg.norm(np.stack([x, y]), axis=2), 1.0)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: AdditiveUniform(0.0), "noise"),
        (lambda: AdditiveUniform(0.1, 0), "columns"),
        (lambda: LogGammaExponential(-1.0), "theta"),
        (lambda: SmoothedDiscreteUniform(0), "levels"),
        (lambda: Table([[0.5, 0.6]]), "table"),
        (lambda: Table([[0.5, 0.5]], values_y=[1.0, 0.0]), "values_y"),
        (lambda: Table.binary_symmetric(1.1), "flip"),
        (lambda: Table.symmetric(3, 0.1).through(np.eye(2)), "channel"),
        (lambda: RareEvent(2.0), "rate"),
        (lambda: ZeroInflatedPoisson(-0.1), "inflation"),
        (lambda: HalfDiscrete(1.0), "correlation"),
        (lambda: RoundedGaussian(0.5, 0.0), "step"),
        (lambda: UniformBall(0, 1), "columns_x"),
        (lambda: NoisyDirection(1.0, 4), "columns"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()


def test_strange_labels_are_refused():
    with pytest.raises(DataError, match="labels of the table"):
        Table.symmetric(3, 0.1).pointwise([0.0, 1.5], [0.0, 1.0])
