"""Noisy functions and labelled normals against limits, brute-force densities and wrong parameters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from mitk.distributions import LabelledNormal, NoisyFunction, cubic, parabola, swing, widening
from mitk.errors import ParameterError

CURVES = [(cubic, None), (parabola, None), (swing, None), (swing, widening), (parabola, widening)]
NORMAL_ENTROPY = 0.5 * np.log(2.0 * np.pi * np.e)


def brute_force(function, spread, noise):
    """H(Y) - H(Y | X) by sums over two fine uniform grids."""
    x = (np.arange(4000) + 0.5) / 2000.0 - 1.0
    sd = noise * (np.ones_like(x) if spread is None else spread(x))
    f = function(x)
    y, step = np.linspace(f.min() - 10 * sd.max(), f.max() + 10 * sd.max(), 3000, retstep=True)
    p = np.zeros_like(y)
    for centre, width in zip(f, sd, strict=True):
        p += np.exp(-0.5 * ((y - centre) / width) ** 2) / width
    p /= len(x) * np.sqrt(2.0 * np.pi)
    return -step * (p * np.log(np.maximum(p, 1e-300))).sum() - np.log(sd).mean() - NORMAL_ENTROPY


@pytest.mark.parametrize(("function", "spread"), CURVES)
@pytest.mark.parametrize("noise", [1.0, 0.05])
def test_information_is_that_of_brute_force(function, spread, noise):
    law = NoisyFunction(function, noise, spread)
    assert law.mutual_information == pytest.approx(brute_force(function, spread, noise), abs=2e-6)


def entropy_without_noise(function):
    """Entropy of the function of a uniform x, for the two curves where it is one integral."""
    if function is parabola:
        return 2.0 * np.log(2.0) - 1.0 - np.log(2.0)
    return np.log(2.0) + integrate.quad(lambda t: 0.5 * np.log(3.0 * t * t + 0.2), -1.0, 1.0)[0]


@pytest.mark.parametrize("function", [cubic, parabola])
@pytest.mark.parametrize("spread", [None, widening])
def test_information_of_little_noise_is_the_limit(function, spread):
    log_spread = 0.0 if spread is None else 0.5 * integrate.quad(lambda t: np.log(widening(t)), -1.0, 1.0)[0]

    def excess(noise):
        limit = entropy_without_noise(function) - np.log(noise) - log_spread - NORMAL_ENTROPY
        return NoisyFunction(function, noise, spread).mutual_information - limit

    # A turn is blurred over a stretch of x that goes with the root of the noise; the rest goes with the noise.
    assert 0.0 < excess(1e-7) < 2.0 * np.sqrt(1e-7)
    assert 2.0 * excess(1e-7) - excess(4e-7) == pytest.approx(0.0, abs=3e-6)


@pytest.mark.parametrize(("function", "spread"), CURVES)
def test_density_of_y_is_that_of_a_grid_near_corners_and_turns(function, spread):
    law = NoisyFunction(function, 0.01, spread)
    x, y = law.sample(20, seed=1)
    grid = (np.arange(100_000) + 0.5) / 50_000.0 - 1.0
    sd = 0.01 * (np.ones_like(grid) if spread is None else spread(grid))
    for row_x, row_y in zip(x[:, 0], y[:, 0], strict=True):
        given = stats.norm.logpdf(row_y, function(row_x), 0.01 if spread is None else 0.01 * spread(row_x))
        margin = np.log(stats.norm.pdf(row_y, function(grid), sd).mean())
        assert law.pointwise([row_x], [row_y])[0] == pytest.approx(given - margin, abs=1e-6)


def test_rows_far_from_the_curve_are_judged_too():
    law = NoisyFunction(cubic, 0.1)
    last = law._log_margin[0][-1]
    far, near = law.pointwise([1.0, 1.0], [last + 1e-6, last - 1e-6])
    assert far == pytest.approx(near, abs=1e-4)


@pytest.mark.parametrize(("function", "spread"), [CURVES[0], CURVES[2], CURVES[4]])
@pytest.mark.parametrize("information", [0.1, 15.0])
def test_noise_is_found_for_an_information(function, spread, information):
    law = NoisyFunction.from_information(information, function, spread)
    again = NoisyFunction(function, law.noise, spread)
    assert again.mutual_information == pytest.approx(information, abs=1e-8)
    n = 4000
    rows = again.pointwise(*again.sample(n, seed=2))
    assert rows.mean() == pytest.approx(information, abs=4.5 * rows.std() / np.sqrt(n))


@pytest.mark.parametrize(("k", "spread"), [(2, 1.0), (5, 0.5), (50, 1.0)])
def test_labelled_normals_have_the_entropy_of_their_mixture(k, spread):
    law = LabelledNormal(np.arange(k), spread)

    def entropy_density(y):
        p = stats.norm.pdf(y, np.arange(k), spread).mean()
        return -p * np.log(p)

    ends = [-10.0 * spread, k - 1 + 10.0 * spread]
    whole = integrate.quad(entropy_density, *ends, limit=400, points=np.arange(k) if k < 10 else None)[0]
    assert law.mutual_information == pytest.approx(whole - NORMAL_ENTROPY - np.log(spread), abs=1e-7)


def test_labels_apart_tell_all_and_labels_together_nothing():
    assert LabelledNormal.steps(7, 40.0).mutual_information == pytest.approx(np.log(7.0), abs=1e-12)
    assert LabelledNormal([3.0, 3.0]).mutual_information == pytest.approx(0.0, abs=1e-12)
    unequal = LabelledNormal([0.0, 99.0], shares=[0.2, 0.8])
    assert unequal.mutual_information == pytest.approx(-0.2 * np.log(0.2) - 0.8 * np.log(0.8), abs=1e-12)
    assert (unequal.sample(4000)[0] == 1).mean() == pytest.approx(0.8, abs=4.5 * 0.4 / np.sqrt(4000))


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: NoisyFunction(cubic, 0.0), "noise"),
        (lambda: NoisyFunction(np.zeros_like, 0.1), "function"),
        (lambda: NoisyFunction(np.mean, 0.1), "function"),
        (lambda: NoisyFunction(cubic, 0.1, cubic), "spread"),
        (lambda: NoisyFunction.from_information(20.0, cubic), "information"),
        (lambda: LabelledNormal([0.0, 1.0], 0.0), "spread"),
        (lambda: LabelledNormal([0.0, 1.0], shares=[1.0]), "shares"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()
