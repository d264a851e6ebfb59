"""Mixtures: moments, quadrature against Monte Carlo and against a library's integrator."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from mitk.distributions import (
    Gaussian,
    GaussianMixture,
    Inliers,
    LabelledMixture,
    Product,
    StudentMixture,
    ai,
    binary_label,
    concentric,
    galaxy,
    waves,
    with_outliers,
    x_shape,
)
from mitk.errors import ParameterError

N = 40_000


def test_a_mixture_has_the_mean_and_covariance_of_its_parts():
    law = ai()
    rows = np.hstack(law.sample(N, seed=0))
    mean = law.weights @ law.means
    centred = law.means - mean
    covariance = np.einsum("k,kij->ij", law.weights, law.dispersions) + (law.weights[:, None] * centred).T @ centred
    np.testing.assert_allclose(rows.mean(axis=0), mean, atol=4.5 * np.sqrt(np.diag(covariance).max() / N))
    np.testing.assert_allclose(np.cov(rows.T), covariance, atol=4.5 * 1.5 / np.sqrt(N))


def test_margins_of_a_student_mixture():
    law = StudentMixture([0.3, 0.7], [[-2, 0], [2, 1]], [np.eye(2), 4 * np.eye(2)], 1, dofs=[2.0, np.inf])
    x, y = law.sample(N, seed=0)

    def cdf(t, shift):
        return 0.3 * stats.t(2.0).cdf(t - shift[0]) + 0.7 * stats.norm.cdf((t - shift[1]) / 2)

    assert stats.kstest(x[:, 0], lambda t: cdf(t, (-2, 2))).pvalue > 1e-4
    assert stats.kstest(y[:, 0], lambda t: cdf(t, (0, 1))).pvalue > 1e-4


def test_log_density_is_that_of_scipy():
    law = StudentMixture([0.3, 0.7], [[-2, 0], [2, 1]], [np.eye(2), 4 * np.eye(2)], 1, dofs=[2.0, np.inf])
    rows = np.hstack(law.sample(50))
    expected = 0.3 * stats.multivariate_t([-2, 0], np.eye(2), df=2.0).pdf(rows)
    expected += 0.7 * stats.multivariate_normal([2, 1], 4 * np.eye(2)).pdf(rows)
    np.testing.assert_allclose(law.log_density(rows), np.log(expected))


def test_one_component_is_a_gaussian():
    base = Gaussian.bivariate(0.75)
    law = GaussianMixture([1.0], [[3.0, -2.0]], [base.covariance], 1)
    assert law.mutual_information == pytest.approx(base.mutual_information, abs=1e-10)


def test_far_components_reveal_their_label():
    law = GaussianMixture([0.25, 0.75], [[0, 0], [100, 100]], [np.eye(2), np.eye(2)], 1)
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert law.mutual_information == pytest.approx(entropy, abs=1e-9)


def test_quadrature_agrees_with_a_library_integrator():
    law = x_shape(0.5)

    def integrand(y, x):
        p = 0.5 * sum(stats.multivariate_normal.pdf([x, y], cov=c) for c in law.dispersions)
        return p * np.log(p / (stats.norm.pdf(x) * stats.norm.pdf(y)))

    axis = np.linspace(-8, 8, 161)
    values = np.array([[integrand(y, x) for y in axis] for x in axis[::4]])
    value = integrate.trapezoid(integrate.trapezoid(values, axis), axis[::4])
    assert law.mutual_information == pytest.approx(value, abs=1e-6)


def test_idle_directions_do_not_need_monte_carlo():
    narrow = x_shape(0.9)
    dispersions = np.zeros((2, 4, 4))
    for block, own in zip(dispersions, narrow.dispersions, strict=True):
        block[np.ix_([0, 2], [0, 2])] = own
        block[1, 1] = block[3, 3] = 2.0
    law = GaussianMixture([0.5, 0.5], np.zeros((2, 4)), dispersions, 2)
    assert law.truth == "quadrature"
    assert law.mutual_information == pytest.approx(narrow.mutual_information, abs=1e-9)
    assert waves().truth == galaxy().truth == "quadrature"


def test_monte_carlo_truth_states_an_honest_error():
    # Two independent copies of a law with a known truth, made into one mixture of four columns.
    narrow = x_shape(0.9)
    weights, means, dispersions = [], [], []
    for a in narrow.dispersions:
        for b in narrow.dispersions:
            joint = np.zeros((4, 4))
            joint[np.ix_([0, 2], [0, 2])] = a
            joint[np.ix_([1, 3], [1, 3])] = b
            weights.append(0.25)
            means.append(np.zeros(4))
            dispersions.append(joint)
    law = GaussianMixture(weights, means, dispersions, 2)
    assert law.truth == "monte carlo"
    assert 0 < law.mutual_information_error < 0.005
    truth = Product((narrow, narrow)).mutual_information
    assert law.mutual_information == pytest.approx(truth, abs=4 * law.mutual_information_error)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_inliers_at_the_ends(share):
    for signal in (Gaussian.bivariate(0.8), Gaussian.sparse(3, 3)):
        law = Inliers(signal, share)
        assert law.mutual_information == pytest.approx((1 - share) * signal.mutual_information, abs=1e-9)


def test_inliers_are_the_mixture_they_say():
    base = Gaussian.bivariate(0.9)
    mixture = GaussianMixture([0.7, 0.3], np.zeros((2, 2)), [base.covariance, np.eye(2)], 1)
    law = Inliers(base, 0.3)
    assert law.mutual_information == pytest.approx(mixture.mutual_information, abs=1e-8)
    x, y = law.sample(500)
    np.testing.assert_allclose(law.pointwise(x, y), mixture.pointwise(x, y), atol=1e-10)
    rows = np.hstack(law.sample(N, seed=0))
    assert np.corrcoef(rows.T)[0, 1] == pytest.approx(0.63, abs=4.5 / np.sqrt(N))


def test_two_equal_pairs_by_quadrature_agree_with_monte_carlo():
    law = Inliers(Gaussian.sparse(2, 2), 0.3)
    values = law.pointwise(*law.sample(200_000, seed=9))
    assert values.mean() == pytest.approx(law.mutual_information, abs=4 * values.std() / np.sqrt(200_000))


def test_outliers_hide_information():
    clean = Gaussian.bivariate(0.9).mutual_information
    values = [with_outliers(Gaussian.bivariate(0.9), share, 5.0).mutual_information for share in (0.0, 0.01, 0.1, 0.5)]
    assert values[0] == pytest.approx(clean, abs=1e-9)
    assert values == sorted(values, reverse=True)


def test_shells_are_seen_better_in_more_columns():
    values = [concentric(d, 5).mutual_information for d in (1, 3, 10, 1_000)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(np.log(5), abs=5e-3)


def test_labels_of_one_gaussian_component_say_nothing():
    one = GaussianMixture([1.0], [[0.0, 0.0]], [np.eye(2)], 1)
    assert LabelledMixture(one, [[0.3, 0.7]]).mutual_information == pytest.approx(0.0, abs=1e-12)
    far = GaussianMixture([0.5, 0.5], [[-20, 0], [20, 0]], [np.eye(2), np.eye(2)], 1)
    assert LabelledMixture(far, np.eye(2)).mutual_information == pytest.approx(np.log(2), abs=1e-8)
    _, y = binary_label().sample(N, seed=0)
    assert y.mean() == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(N))
    assert set(np.unique(y)) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: GaussianMixture([0.5, 0.6], np.zeros((2, 2)), [np.eye(2)] * 2, 1), "weights"),
        (lambda: GaussianMixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(3)] * 2, 1), "dispersions"),
        (lambda: GaussianMixture([1.0], np.zeros((1, 2)), [-np.eye(2)], 1), "dispersions"),
        (lambda: StudentMixture([1.0], np.zeros((1, 2)), [np.eye(2)], 1, dofs=[-1.0]), "dofs"),
        (lambda: Inliers(Gaussian.bivariate(0.5), 1.5), "share"),
        (lambda: LabelledMixture(x_shape(), [[0.5, 0.6], [1.0, 0.0]]), "labels"),
        (lambda: waves(1), "components"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()
