"""Gaussian, Student and elliptical laws against formulas and sample moments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from mitk.distributions import Elliptical, Gaussian, GaussianPairs, Student
from mitk.errors import ParameterError

N = 40_000


def determinant_information(covariance, dx):
    """1/2 ln det S_x det S_y / det S."""
    blocks = [covariance[:dx, :dx], covariance[dx:, dx:], covariance]
    x, y, joint = (np.linalg.slogdet(block)[1] for block in blocks)
    return 0.5 * (x + y - joint)


@pytest.mark.parametrize(
    "law",
    [
        Gaussian.dense(3, 2, 0.3),
        Gaussian.sparse(4, 2),
        Gaussian.latent_variable(3, 3, pairs=2, coupling=1.2, common=0.5, common_x=0.1, common_y=0.9, idle=0.4),
    ],
)
def test_gaussian_information_is_the_ratio_of_determinants(law):
    assert law.mutual_information == pytest.approx(determinant_information(law.covariance, law.dim_x), rel=1e-12)
    np.testing.assert_allclose(np.diag(law.covariance), 1.0)


def test_gaussian_samples_have_the_covariance():
    law = Gaussian([[2.0, 0.3, 0.5], [0.3, 1.0, -0.4], [0.5, -0.4, 3.0]], 2)
    rows = np.hstack(law.sample(N, seed=2))
    sd = np.sqrt(np.diag(law.covariance))
    np.testing.assert_array_less(np.abs(rows.mean(axis=0)), 4.5 * sd / np.sqrt(N))
    # Var of a sample covariance: (s_ii s_jj + s_ij^2) / n.
    error = np.sqrt((np.outer(sd**2, sd**2) + law.covariance**2) / N)
    np.testing.assert_array_less(np.abs(np.cov(rows.T) - law.covariance), 4.5 * error)


def test_latent_variables_make_the_stated_covariance():
    law = Gaussian.latent_variable(2, 3, pairs=1, coupling=2.0, common=0.5, common_x=0.3, noise=0.8, idle=1.5)
    rng = np.random.default_rng(0)
    shared, own_x, z = rng.standard_normal((3, N, 1))
    x = 0.5 * shared + 0.3 * own_x + 0.8 * rng.standard_normal((N, 2))
    y = 0.5 * shared + 0.8 * rng.standard_normal((N, 3))
    x[:, :1] += 2.0 * z
    y[:, :1] += 2.0 * z
    x[:, 1:] += 1.5 * rng.standard_normal((N, 1))
    y[:, 1:] += 1.5 * rng.standard_normal((N, 2))
    np.testing.assert_allclose(np.corrcoef(np.hstack([x, y]).T), law.covariance, atol=4.5 / np.sqrt(N))


def test_sparse_couples_at_the_published_correlation():
    law = Gaussian.sparse(3, 3)
    np.testing.assert_allclose(law.canonical_correlations, [0.8, 0.8, 0.0], atol=1e-12)
    assert law.pointwise_sd == pytest.approx(np.sqrt(2 * 0.64))


@pytest.mark.parametrize("information", [0.0, 0.1, 1.0, 5.0, 10.0])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (10, 10)])
def test_information_can_be_asked_for(information, shape):
    law = Gaussian.from_information(information, *shape)
    assert (law.dim_x, law.dim_y) == shape
    assert law.mutual_information == pytest.approx(information, abs=1e-7)
    assert law.pointwise(*law.sample(5_000)).mean() == pytest.approx(
        information, abs=4.5 * law.pointwise_sd / np.sqrt(5_000) + 1e-7
    )
    fewer = Gaussian.from_information(information, *shape, pairs=1)
    assert (fewer.canonical_correlations > 0).sum() == (information > 0)


@pytest.mark.parametrize("dof", [np.inf, 2.0])
def test_no_digit_is_lost_at_fifteen_nats(dof):
    normal = np.isinf(dof)
    law = Gaussian.from_information(15.0) if normal else Student.from_information(15.0, dof=dof)
    assert law.mutual_information == pytest.approx(15.0, abs=1e-12)
    x, y = law.sample(N, seed=3)
    # Given x, y is normal, or Student of dof v + 1 and scale sqrt((v + x^2) / (v + 1)), times sqrt(1 - rho^2).
    scale = np.ones_like(x) if normal else np.sqrt((dof + x**2) / (dof + 1.0))
    slope = (x * y / scale**2).sum() / (x * x / scale**2).sum()
    rest = np.abs((y - slope * x) / scale)
    correction = 0.0 if normal else Student.identity(1, 1, dof).mutual_information
    half = np.exp(correction - 15.0) * stats.t(dof + 1.0).ppf(0.75)
    assert (rest < half).mean() == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(N))


@pytest.mark.parametrize(("dx", "dy", "dof"), [(1, 1, 1.0), (2, 1, 3.0), (1, 3, 7.5)])
def test_student_information_is_that_of_its_entropies(dx, dy, dof):
    law = Student.dense(dx, dy, dof)
    joint = stats.multivariate_t(shape=law.dispersion, df=dof).entropy()
    parts = [law.dispersion[:dx, :dx], law.dispersion[dx:, dx:]]
    x, y = (
        stats.t(dof).entropy() + 0.5 * np.log(part[0, 0])
        if len(part) == 1
        else stats.multivariate_t(shape=part, df=dof).entropy()
        for part in parts
    )
    assert law.mutual_information == pytest.approx(float(x + y - joint), abs=1e-9)


def test_student_pointwise_is_the_ratio_of_densities():
    law = Student.dense(2, 1, 3.0)
    x, y = law.sample(200, seed=1)
    joint = stats.multivariate_t(shape=law.dispersion, df=3.0).logpdf(np.hstack([x, y]))
    margin_x = stats.multivariate_t(shape=law.dispersion[:2, :2], df=3.0).logpdf(x)
    np.testing.assert_allclose(law.pointwise(x, y), joint - margin_x - stats.t(3.0).logpdf(y[:, 0]), atol=1e-10)


def test_student_margins_are_student():
    x, y = Student.dense(1, 2, 2.0).sample(N, seed=3)
    for column in np.hstack([x, y]).T:
        assert stats.kstest(column, stats.t(2.0).cdf).pvalue > 1e-4


def test_student_of_one_degree_has_the_published_values():
    assert Student.identity(1, 1, 1).mutual_information == pytest.approx(np.log(8 * np.pi) - 3)
    assert Student.identity(2, 2, 2).mutual_information == pytest.approx(np.log(2) - 0.5)
    # Two pairs of correlation 0.8 in 3 + 3 columns, 1 and 19 degrees of freedom.
    assert Student.sparse(3, 3, 1).mutual_information == pytest.approx(1.606834, abs=1e-6)
    assert Student.sparse(3, 3, 19).mutual_information == pytest.approx(1.031609, abs=1e-6)


def test_one_scale_makes_an_elliptical_law_gaussian():
    base = Gaussian.dense(2, 2)
    law = Elliptical(base.covariance, 2, [3.0], [1.0])
    assert law.mutual_information == pytest.approx(base.mutual_information, abs=1e-10)


def test_many_scales_make_an_elliptical_law_student():
    nodes = (np.arange(200) + 0.5) / 200
    scales = np.sqrt(5.0 / stats.chi2(5.0).ppf(nodes))
    law = Elliptical(np.eye(2), 1, scales, np.full(200, 1 / 200))
    assert law.mutual_information == pytest.approx(Student.identity(1, 1, 5.0).mutual_information, abs=2e-3)


def test_elliptical_information_is_a_plane_integral():
    law = Elliptical(np.eye(2), 1, [1.0, 4.0], [0.7, 0.3])

    def joint(x, y):
        q = x * x + y * y
        return sum(w * np.exp(-0.5 * q / s**2) / (2 * np.pi * s**2) for w, s in ((0.7, 1.0), (0.3, 4.0)))

    def margin(x):
        return 0.7 * stats.norm.pdf(x) + 0.3 * stats.norm.pdf(x, scale=4.0)

    axis = np.linspace(-40, 40, 1601)
    x, y = axis[:, None], axis[None, :]
    density = joint(x, y)
    integrand = density * np.log(np.maximum(density, 1e-300) / (margin(x) * margin(y)))
    value = integrate.trapezoid(integrate.trapezoid(integrand, axis), axis)
    assert law.mutual_information == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: Gaussian([[1.0, 0.5], [0.4, 1.0]]), "covariance"),
        (lambda: Gaussian([[1.0, 2.0], [2.0, 1.0]]), "covariance"),
        (lambda: Gaussian([1.0, 2.0]), "covariance"),
        (lambda: Gaussian([[1.0, np.nan], [np.nan, 1.0]]), "covariance"),
        (lambda: Gaussian(np.eye(3), 3), "columns_x"),
        (lambda: Gaussian(np.eye(3), 0), "columns_x"),
        (lambda: Gaussian.bivariate(1.0), "correlation"),
        (lambda: Gaussian.sparse(2, 2, pairs=3), "pairs"),
        (lambda: Gaussian.from_information(-1.0), "information"),
        (lambda: Gaussian.from_information(40.0, 2), "information"),
        (lambda: Gaussian.from_canonical_correlations([0.5, 0.5], 1, 2), "correlations"),
        (lambda: GaussianPairs(np.eye(2), 1, [0.5]), "covariance"),
        (lambda: GaussianPairs(Gaussian.dense(1, 2, 0.6).covariance, 1, [0.8]), "covariance"),
        (lambda: GaussianPairs(Gaussian.bivariate(0.6).covariance, 1, [0.8, 1.0]), "residuals"),
        (lambda: Student.identity(1, 1, 0.0), "dof"),
        (lambda: Student.from_information(0.1, dof=1.0), "information"),
        (lambda: Student(np.eye(2), 1, normal=Gaussian.bivariate(0.5)), "normal"),
        (lambda: Elliptical(np.eye(2), 1, [1.0, -1.0], [0.5, 0.5]), "scales"),
        (lambda: Elliptical(np.eye(2), 1, [1.0, 2.0], [0.5, 0.6]), "weights"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()


def test_parameters_cannot_be_changed_from_outside():
    covariance = np.array([[1.0, 0.5], [0.5, 1.0]])
    law = Gaussian(covariance)
    covariance[0, 1] = 0.9
    assert law.covariance[0, 1] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        law.covariance[0, 1] = 0.9
