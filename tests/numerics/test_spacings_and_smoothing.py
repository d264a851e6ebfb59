"""Entropies from spacings, radii and directions, and smoothers, against closed forms and brute force."""

import math

import numpy as np
import pytest

from mitk.classical.residual.location_scale import standardised_residuals
from mitk.numerics import smoothing
from mitk.numerics.joint_entropy import entropy_contributions, independent_rotation, normal_contributions
from mitk.numerics.smoothing import Columns, smooth, spline_basis
from mitk.numerics.spacings import spacing_contributions, spacing_entropy
from mitk.numerics.whitening import isotropic, smooth_scores, whitened

NORMAL = 0.5 * math.log(2.0 * math.pi * math.e)

# Name: draw, entropy in nats, standard deviation of -ln density.
LAWS = {
    "normal": (lambda rng, n: rng.standard_normal(n), NORMAL, math.sqrt(0.5)),
    "uniform": (lambda rng, n: 3.0 * rng.random(n), math.log(3.0), 0.0),
    "Laplace": (lambda rng, n: rng.laplace(size=n), 1.0 + math.log(2.0), 1.0),
    "exponential": (lambda rng, n: rng.standard_exponential(n), 1.0, 1.0),
    "Cauchy": (lambda rng, n: rng.standard_cauchy(n), math.log(4.0 * math.pi), math.pi / math.sqrt(3.0)),
}


@pytest.mark.parametrize("law", LAWS)
def test_spacings_give_the_closed_form(law):
    draw, truth, sd = LAWS[law]
    n = 20_000
    # Four standard errors, and 0.004 for the bias of order (m / n)^(1/2 to 1) in the tails.
    band = 4.0 * math.sqrt(sd**2 + 0.11) / math.sqrt(n) + 0.004
    assert spacing_entropy(draw(np.random.default_rng(1), n)) == pytest.approx(truth, abs=band)


def test_spacings_are_unbiased_for_few_uniform_rows():
    rng = np.random.default_rng(2)
    values = [spacing_entropy(rng.random(12)) for _ in range(4000)]
    assert np.mean(values) == pytest.approx(0.0, abs=4.0 * np.std(values) / math.sqrt(len(values)))


def test_spacings_scale_and_follow_their_rows():
    x = np.random.default_rng(3).standard_normal(200)
    assert spacing_entropy(7.0 * x + 3.0) == pytest.approx(spacing_entropy(x) + math.log(7.0), abs=1e-12)
    order = np.random.default_rng(4).permutation(200)
    assert np.array_equal(spacing_contributions(x[order]), spacing_contributions(x)[order])
    assert spacing_entropy(np.zeros(50)) == -math.inf


@pytest.mark.parametrize("pieces", [0, 1, 6])
@pytest.mark.parametrize("dense", [False, True])
def test_leverage_is_what_leaving_a_row_out_does(pieces, dense):
    rng = np.random.default_rng(5)
    x, y, w = rng.standard_normal(60), rng.standard_normal((60, 2)), rng.uniform(0.5, 2.0, 60)
    basis = spline_basis(x, pieces)
    full = basis.table if isinstance(basis, Columns) else basis.dense()
    fit = smooth(Columns(full) if dense else basis, y, w)
    for row in (0, 17, 59):
        rest = np.arange(60) != row
        root = np.sqrt(w[rest])[:, None]
        coefficients = np.linalg.lstsq(root * full[rest], root * y[rest], rcond=None)[0]
        left_out = y[row] - full[row] @ coefficients
        if 1.0 / (1.0 - fit.leverage[row]) < 15.0:
            assert (y[row] - fit.fitted[row]) / (1.0 - fit.leverage[row]) == pytest.approx(left_out, rel=1e-6)


def test_splines_sum_to_one_and_hold_cubics():
    x = np.sort(np.random.default_rng(6).standard_cauchy(400))
    basis = spline_basis(x, 8)
    assert basis.dense().sum(axis=1) == pytest.approx(np.ones(400), abs=1e-12)
    place = (x - x[0]) / (x[-1] - x[0])
    cubic = (place**3 - place)[:, None]
    assert smooth(basis, cubic).fitted == pytest.approx(cubic, abs=1e-9)


def test_location_and_scale_are_found():
    rng = np.random.default_rng(7)
    n = 4000
    u = rng.uniform(-1.0, 1.0, (n, 1))
    noise = rng.standard_normal((n, 1))
    scale = 0.01 * np.exp(u)
    found = standardised_residuals(u, np.sin(3.0 * u) + scale * noise)
    # Up to a common factor, the scale is known to a few per cent and the residual is the noise.
    difference = found.log_scale - np.log(scale[:, 0])
    assert difference.std() < 0.1
    assert np.corrcoef(found.values[:, 0], noise[:, 0])[0, 1] > 0.99
    assert spacing_entropy(found.values[:, 0]) + difference.mean() == pytest.approx(NORMAL, abs=0.05)


def test_a_fit_of_noise_is_not_subtracted():
    rng = np.random.default_rng(8)
    u, v = rng.standard_normal((500, 4)), rng.standard_normal((500, 5))
    found = standardised_residuals(u, v, rich=False)
    kept = [np.ptp(found.values[:, j] * np.exp(found.log_scale) - (v - v.mean(axis=0))[:, j]) < 1e-9 for j in range(5)]
    assert sum(kept) >= 2


def test_smooth_scores_are_increasing_and_nearly_normal():
    x = np.random.default_rng(9).standard_exponential((5000, 1)) ** 3
    bent = smooth_scores(x)
    order = np.argsort(x[:, 0])
    assert (np.diff(bent[order, 0]) > 0).all()
    assert spacing_entropy(bent[:, 0]) == pytest.approx(NORMAL, abs=0.03)
    assert bent.std() == pytest.approx(1.0, abs=0.03)


def test_whitening_keeps_volume():
    rng = np.random.default_rng(10)
    mixing = rng.standard_normal((3, 3))
    columns = rng.standard_normal((2000, 3)) @ mixing
    white, log_determinant = whitened(columns)
    assert np.cov(white.T, bias=True) == pytest.approx(np.eye(3), abs=1e-12)
    assert math.exp(2.0 * log_determinant) == pytest.approx(np.linalg.det(np.cov(columns.T, bias=True)), rel=1e-9)
    # A matrix changes the volume by its determinant, for any tails.
    _, before = isotropic(columns)
    _, after = isotropic(columns @ mixing)
    half_d_log = np.log(
        np.linalg.norm(isotropic(columns @ mixing)[0], axis=1) / np.linalg.norm(isotropic(columns)[0], axis=1)
    )
    assert after + 3.0 * half_d_log.mean() - before == pytest.approx(math.log(abs(np.linalg.det(mixing))), abs=1e-3)


# Name: draw of 6 columns, and their entropy.
JOINT = {
    "normal": (lambda rng, n: rng.standard_normal((n, 6)), 6.0 * NORMAL),
    "product": (lambda rng, n: rng.random((n, 6)), 0.0),
    "rotated product": (lambda rng, n: rng.random((n, 6)) @ np.linalg.qr(rng.standard_normal((6, 6)))[0], 0.0),
}


@pytest.mark.parametrize("name", JOINT)
def test_joint_entropy_recognises_its_law(name):
    draw, truth = JOINT[name]
    found, contributions = entropy_contributions(draw(np.random.default_rng(11), 5000))
    assert found == name
    assert contributions.mean() == pytest.approx(truth, abs=0.1)


def test_radial_entropy_of_a_student_law():
    # h = ln [B(d/2, v/2) (v pi)^(d/2) / Gamma(d/2)] + (v + d)/2 [psi((v + d)/2) - psi(v/2)].
    from scipy.special import betaln, digamma, gammaln

    d, dof, n = 6, 3.0, 5000
    rng = np.random.default_rng(12)
    columns = rng.standard_normal((n, d)) / np.sqrt(rng.chisquare(dof, (n, 1)) / dof)
    truth = betaln(d / 2, dof / 2) + 0.5 * d * math.log(dof * math.pi) - gammaln(d / 2)
    truth += 0.5 * (dof + d) * (digamma((dof + d) / 2) - digamma(dof / 2))
    found, contributions = entropy_contributions(columns)
    assert found == "radial"
    assert contributions.mean() == pytest.approx(truth, abs=4.0 * contributions.std() / math.sqrt(n))
    assert normal_contributions(columns).mean() > truth + 0.3


@pytest.mark.parametrize("d", [2, 3])
def test_neighbours_serve_few_columns(d):
    columns = np.random.default_rng(13).standard_normal((4000, d)) @ np.triu(np.ones((d, d)))
    found, contributions = entropy_contributions(columns)
    assert found == "neighbors"
    assert contributions.mean() == pytest.approx(d * NORMAL, abs=4.0 * contributions.std() / math.sqrt(4000))


def test_rotation_finds_independent_directions():
    rng = np.random.default_rng(14)
    sources = whitened(rng.random((5000, 5)))[0]
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    overlap = np.abs(turn.T @ independent_rotation(sources @ turn.T))
    assert np.sort(overlap, axis=1)[:, -1].min() > 0.98


def test_columns_made_some_rows_at_a_time_are_the_same_basis(monkeypatch):
    monkeypatch.setattr(smoothing, "CHUNK", 64)
    rng = np.random.default_rng(0)
    table, y, w = rng.standard_normal((500, 6)), rng.standard_normal((500, 2)), rng.random(500)
    made = smoothing.basis_of(lambda rows: table[rows], 500, 6)
    assert isinstance(made, Columns)
    monkeypatch.setattr(smoothing, "KEPT_ENTRIES", 1000)
    made = smoothing.basis_of(lambda rows: table[rows], 500, 6)
    whole, parts = smooth(Columns(table), y, w), smooth(made, y, w)
    assert len(list(made.parts())) == 8
    assert parts.fitted == pytest.approx(whole.fitted, abs=1e-11)
    assert parts.leverage == pytest.approx(whole.leverage, abs=1e-11)
