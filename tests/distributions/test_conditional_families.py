"""Published families of three variables: truths by a second way, and densities written out from the definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import entr, ndtr, softmax

from mitk.distributions import (
    Chain,
    ConditionalGaussian,
    ConditionalMapped,
    ConditionalProduct,
    CosinePair,
    Exp,
    Gaussian,
    Independent,
    LabelToNumber,
    Linear,
    LinearlyConfounded,
    NumberToLabel,
    Power,
    ScaledChannel,
    ShiftedChannel,
    SwitchedChannel,
)
from mitk.errors import DataError, ParameterError

N = 40_000
PAIR = Gaussian.bivariate(0.75)
LAWS = {
    law.name: law
    for law in [
        ShiftedChannel(),
        ShiftedChannel(20),
        ShiftedChannel(20, normal=True, weights_seed=3),
        ScaledChannel(),
        ScaledChannel(10),
        SwitchedChannel(),
        LinearlyConfounded(PAIR, 5, 0.01),
        LinearlyConfounded(Gaussian.sparse(2, 2), 3, 1.0, "laplace", 4),
        ConditionalMapped(LinearlyConfounded(PAIR, 5, 1.0, "uniform"), Power(3.0), Chain((Exp(), Linear([[-0.5]])))),
        CosinePair(),
        CosinePair(5, 1.0),
        CosinePair(20, 0.3, 0.4),
        CosinePair(3, 0.0),
        NumberToLabel(),
        NumberToLabel(coupling=0.0),
        LabelToNumber(),
        LabelToNumber((0.5, 0.5), (0.0, 1.0)),
        ConditionalProduct([NumberToLabel(), LabelToNumber(), ShiftedChannel(2)]),
    ]
}
each_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


@each_law
def test_samples_have_the_stated_shape_and_a_seed_fixes_them(law):
    sides = law.sample(50, seed=1)
    assert [side.shape for side in sides] == [(50, dim) for dim in law.dims]
    assert all(side.dtype == np.float64 and np.isfinite(side).all() for side in sides)
    for side, again in zip(sides, law.sample(50, seed=1), strict=True):
        np.testing.assert_array_equal(side, again)
    assert any((a != b).any() for a, b in zip(sides, law.sample(50, seed=2), strict=True))


@each_law
def test_truth_is_the_mean_of_the_pointwise_information(law):
    values = law.pointwise(*law.sample(N, seed=11))
    error = law.pointwise_sd / np.sqrt(N)
    assert values.mean() == pytest.approx(law.conditional_mutual_information, abs=4.5 * error + 1e-9)
    assert values.std() == pytest.approx(law.pointwise_sd, rel=0.1, abs=1e-9)
    assert law.conditional_mutual_information_error == 0.0
    assert law.truth in ("closed form", "quadrature")


def test_channels_have_the_values_that_were_published_as_estimates():
    for law in (ShiftedChannel(), ShiftedChannel(100), ShiftedChannel(10, normal=True)):
        assert law.conditional_mutual_information == pytest.approx(0.5 * math.log(101.0), abs=1e-12)
    widths = quad(lambda s: 0.5 * math.log1p(1.0 / s**2), 0.5, 1.5, epsabs=1e-12)[0]
    assert ScaledChannel(7).conditional_mutual_information == pytest.approx(widths, abs=1e-11)
    assert widths == pytest.approx(0.392580, abs=1e-6)

    def known(z):
        q = min(z, 0.3)
        return math.log(2.0) - entr(q) - entr(1.0 - q)

    coins = quad(known, 0.2, 0.3, epsabs=1e-12)[0] + 0.7 * known(0.3)
    whole = 0.2 * 0.5 * math.log(101.0) + coins
    assert SwitchedChannel().conditional_mutual_information == pytest.approx(whole, abs=1e-11)
    assert whole == pytest.approx(0.532414, abs=1e-6)


def test_warped_pairs_agree_with_the_normal_law_of_all_columns():
    law = LinearlyConfounded(Gaussian.sparse(3, 2), 4, 0.7, weights_seed=2)
    mix = np.eye(9)
    mix[:5, 5:] = 0.7 * np.hstack(law.weights).T
    inner = np.eye(9)
    inner[:5, :5] = law.distribution.covariance
    inner[5:, 5:] = np.eye(4)
    mix[5:, 5:] = 0.7 * np.eye(4)
    whole = ConditionalGaussian(mix @ inner @ mix.T, 3, 2)
    assert law.conditional_mutual_information == pytest.approx(whole.conditional_mutual_information, abs=1e-9)
    np.testing.assert_allclose(np.cov(np.hstack(law.sample(N)).T), whole.covariance, atol=4.5 * 6 * np.sqrt(2 / N))


def test_warped_densities_written_out():
    # p(x, y | z) of the cube of x0 + a'z and of exp of minus half of y0 + b'z, with the Jacobians of both maps.
    law = next(law for law in LAWS.values() if isinstance(law, ConditionalMapped))
    x, y, z = law.sample(N, seed=5)
    a, b = law.distribution.weights
    inner_x, inner_y = np.cbrt(x) - z @ a, -2.0 * np.log(y) - z @ b
    jacobian_x, jacobian_y = -np.log(3.0 * np.cbrt(x) ** 2), np.log(2.0 / y)
    joint = stats.multivariate_normal([0, 0], [[1, 0.75], [0.75, 1]]).logpdf(np.hstack([inner_x, inner_y]))
    joint = joint + (jacobian_x + jacobian_y)[:, 0]
    alone = (stats.norm.logpdf(inner_x) + jacobian_x + stats.norm.logpdf(inner_y) + jacobian_y)[:, 0]
    found = joint - alone
    np.testing.assert_allclose(found, law.pointwise(x, y, z), atol=1e-6)
    assert found.mean() == pytest.approx(-0.5 * math.log(1.0 - 0.75**2), abs=4.5 * found.std() / np.sqrt(N))


def test_faint_noise_leaves_the_condition_without_weight():
    # Of a null with noise 0.01, x and y are next to independent without z too; with noise 1 they are not.
    faint, strong = (LinearlyConfounded(Independent(PAIR), 5, strength) for strength in (0.01, 1.0))
    for law, bound in ((faint, 1e-6), (strong, math.inf)):
        a, b = law.weights
        s = law.strength
        cov = np.array([[1 + s * s * (a * a).sum(), s * s * (a * b).sum()], [s * s * (a * b).sum(), 1.0]])
        cov[1, 1] += s * s * (b * b).sum()
        without = Gaussian(cov).mutual_information
        assert without < bound
        assert law is faint or without > 0.1


@pytest.mark.parametrize("law", [law for law in LAWS.values() if isinstance(law, CosinePair)], ids=lambda law: law.name)
def test_cosines_by_brute_force(law):
    rows = 1500
    x, y, z = law.sample(rows, seed=8)
    a, b = law.weights
    turns = 2.0 * np.pi * np.arange(-3, 4)[:, None, None]

    def density(mean):
        # Of y's angle t: all angles that have the same cosine.
        t = np.arccos(np.clip(y, -1, 1))
        return sum(stats.norm.pdf(sign * t + turns, mean, law.noise).sum(axis=0) for sign in (1, -1))

    known = density(2.0 * law.coupling * x + (z @ b)[:, None])[:, 0]
    nodes, weights = np.polynomial.hermite_e.hermegauss(50)
    other_x = np.cos((z @ a)[:, None] + law.noise * nodes)
    unknown = density(2.0 * law.coupling * other_x + (z @ b)[:, None]) @ (weights / weights.sum())
    found = np.log(known / unknown)
    np.testing.assert_allclose(found, law.pointwise(x, y, z), atol=1e-5)
    error = found.std() / np.sqrt(rows)
    assert found.mean() == pytest.approx(law.conditional_mutual_information, abs=4.5 * error + 1e-9)


def test_cosines_without_coupling_are_independent_given_z():
    x, y, z = CosinePair(3, 0.0).sample(2000, seed=1)
    assert CosinePair(3, 0.0).conditional_mutual_information == 0.0
    np.testing.assert_allclose(CosinePair(3, 0.0).pointwise(x, y, z), 0.0, atol=1e-12)
    assert CosinePair(3, 1e-3)._information(1) == pytest.approx(0.0, abs=1e-5)
    assert abs(np.corrcoef(x[:, 0], y[:, 0])[0, 1]) > 0.1


def test_labels_of_numbers_by_brute_force():
    law = NumberToLabel((2.0, -1.0), 0.8)
    x, y, z = (side for side in law.sample(N, seed=4))
    slope = np.where(z[:, 0] == 0, 2.0, -1.0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)

    def chance(e):
        # Of what y is.
        return ndtr((2.0 * y - 1.0) * slope[:, None] * (z[:, 1:] + 0.8 * e))

    found = np.log(chance(x - z[:, 1:])[:, 0] / (chance(nodes) @ (weights / weights.sum())))
    np.testing.assert_allclose(found, law.pointwise(x, y, z), atol=1e-6)
    assert found.mean() == pytest.approx(law.conditional_mutual_information, abs=4.5 * found.std() / np.sqrt(N))
    assert y[z[:, 0] == 1].mean() == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(N / 2))


def test_numbers_of_labels_by_brute_force():
    law = LabelToNumber()
    x, y, z = law.sample(N, seed=4)
    odds = softmax(np.outer(z[:, 0], [-1.0, 0.0, 1.0]), axis=1)
    each = stats.norm.pdf(y, z + np.array([-1.5, 1.5, 0.0]), 1.0)
    found = np.log(each[np.arange(N), x[:, 0].astype(int)] / (odds * each).sum(axis=1))
    assert found.mean() == pytest.approx(law.conditional_mutual_information, abs=4.5 * found.std() / np.sqrt(N))
    for label in range(3):
        scatter = np.sqrt(odds[:, label].mean() / N)
        assert (x == label).mean() == pytest.approx(odds[:, label].mean(), abs=4.5 * scatter)


def test_parts_side_by_side_add_up():
    parts = [NumberToLabel(), LabelToNumber()]
    law = ConditionalProduct(parts)
    assert law.dims == (2, 2, 3)
    assert law.conditional_mutual_information == pytest.approx(sum(p.conditional_mutual_information for p in parts))
    x, y, z = law.sample(100, seed=2)
    apart = parts[0].pointwise(x[:, 0], y[:, 0], z[:, :2]) + parts[1].pointwise(x[:, 1], y[:, 1], z[:, 2])
    np.testing.assert_allclose(law.pointwise(x, y, z), apart)
    assert set(np.unique(x[:, 1])) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: ShiftedChannel(0), "columns_z"),
        (lambda: ShiftedChannel(noise=0.0), "noise"),
        (lambda: ScaledChannel(low=2.0), "high"),
        (lambda: SwitchedChannel(most=0.1), "most"),
        (lambda: LinearlyConfounded(PAIR, noise="cauchy"), "noise"),
        (lambda: LinearlyConfounded(PAIR, strength=-1.0), "strength"),
        (lambda: CosinePair(noise=0.01), "noise"),
        (lambda: NumberToLabel((1.0, 2.0, 3.0)), "slopes"),
        (lambda: LabelToNumber((1.0, 2.0)), "pulls"),
        (lambda: ConditionalProduct([PAIR]), "parts"),
        (lambda: ConditionalProduct([]), "parts"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()


def test_rows_with_other_labels_are_refused():
    two = np.zeros(2)
    with pytest.raises(DataError, match="`y`"):
        NumberToLabel().pointwise(two, two + 2.0, np.zeros((2, 2)))
    with pytest.raises(DataError, match="`z`"):
        NumberToLabel().pointwise(two, two, np.full((2, 2), 0.5))
    with pytest.raises(DataError, match="`x`"):
        LabelToNumber().pointwise(two + 3.0, two, two)
