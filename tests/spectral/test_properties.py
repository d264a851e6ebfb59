"""What the definitions imply: limits, invariances, closed forms, and agreement of the ways to compute."""

import math

import numpy as np
import pytest

from mitk import DSMI, estimate, permutation_test
from mitk.errors import DataError, ParameterError, UnsupportedError
from mitk.spectral import (
    DSE,
    alpha_req,
    dse,
    dsmi,
    effective_dimension,
    matrix_entropy,
    rankme,
    renyi_entropy,
    renyi_information,
    spectral_entropy,
    von_neumann_entropy,
)

RNG = np.random.default_rng(11)
X = RNG.standard_normal((80, 4))
BLOBS_Y = np.repeat([0, 1, 2], 40)
BLOBS = 6.0 * np.eye(3)[BLOBS_Y] + RNG.standard_normal((120, 3))


def brute_force(x, sigma, t=1.0, alpha=0.0):
    """Bits from the eigenvalues of the row-stochastic matrix itself, by a general solver."""
    kernel = np.exp(-((x[:, None] - x[None]) ** 2).sum(axis=2) / (2.0 * sigma**2))
    q = kernel.sum(axis=1)
    kernel = kernel / np.outer(q, q) ** alpha
    walk = kernel / kernel.sum(axis=1, keepdims=True)
    size = np.abs(np.linalg.eigvals(walk)) ** t
    p = size / size.sum()
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("t", [1.0, 2.5])
def test_dse_is_the_entropy_of_the_random_walk(alpha, t):
    assert dse(X, bandwidth=1.3, density_power=alpha, time=t).value == pytest.approx(
        brute_force(X, 1.3, t, alpha), abs=1e-9
    )


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_limits_of_the_bandwidth():
    small, large = dse(X, bandwidth=1e-3), dse(X, bandwidth=1e5)
    assert small.value == pytest.approx(math.log2(80), abs=1e-9)
    assert large.value == pytest.approx(0.0, abs=1e-6)
    assert not small.status.ok
    assert not large.status.ok
    for sigma in (1e-3, 1e5):
        result = dsmi(BLOBS, BLOBS_Y, bandwidth=sigma)
        assert result.value == pytest.approx(0.0, abs=1e-6)
        assert not result.status.ok


def test_moves_rotations_and_orders_change_nothing_and_scale_does():
    base = dse(X, bandwidth=1.0).value
    rotation = np.linalg.qr(RNG.standard_normal((4, 4)))[0]
    for moved in (X + 1e4, X @ rotation, X[RNG.permutation(80)]):
        assert dse(moved, bandwidth=1.0).value == pytest.approx(base, abs=1e-7)
    assert dse(3.0 * X, bandwidth=3.0).value == pytest.approx(base, abs=1e-9)
    assert dse(3.0 * X, bandwidth=1.0).value > base + 0.5
    assert dse(3.0 * X).value == pytest.approx(dse(X).value, abs=1e-9)
    assert dse(X * [1.0, 9.0, 0.1, 3.0], standardize=True).value == pytest.approx(
        dse(X, standardize=True).value, abs=1e-9
    )


def test_huge_and_distant_points_keep_their_distances():
    base = dse(X).value
    assert dse(X * 1e150).value == pytest.approx(base, abs=1e-9)
    pair = np.array([[0.0], [1.0], [1e9], [1e9 + 1.0]])
    one = brute_force(np.array([[0.0], [1.0]]), 1.0)
    assert dse(pair, bandwidth=1.0).value == pytest.approx(one + 1.0, abs=1e-9)


def test_copies_of_the_data_leave_the_entropy():
    assert dse(np.tile(X, (3, 1)), bandwidth=1.0).value == pytest.approx(dse(X, bandwidth=1.0).value, abs=1e-9)


@pytest.mark.parametrize("sizes", [(30, 30, 30), (70, 15, 5)])
def test_tight_clusters_count_whatever_their_shares(sizes):
    y = np.repeat([0, 1, 2], sizes)
    x = 1000.0 * np.eye(3)[y]
    assert dse(x, bandwidth=1.0).value == pytest.approx(math.log2(3), abs=1e-9)
    assert dse(x + 1e-3 * RNG.standard_normal(x.shape), bandwidth=1.0, time=400).value == pytest.approx(
        math.log2(3), abs=1e-6
    )


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_one_class_and_singletons_score_nothing():
    assert dsmi(X, np.zeros(80, dtype=int)).value == 0.0
    singletons = dsmi(X, np.arange(80))
    assert singletons.value == 0.0
    assert not singletons.status.ok


def test_unequal_classes_are_noted():
    y = np.repeat([0, 1, 2], [200, 15, 15])
    x = 1000.0 * np.eye(3)[y] + 1e-3 * RNG.standard_normal((230, 3))
    result = dsmi(x, y, bandwidth=1.0)
    p = np.array([200, 15, 15]) / 230
    entropy = -(p * np.log2(p)).sum()
    assert result.diagnostics["label_entropy_nats"] / math.log(2) == pytest.approx(entropy, abs=1e-12)
    assert result.value > entropy
    assert any("unequal" in note for note in result.notes)
    assert any("which no mutual information can" in note for note in result.notes)
    assert not any("unequal" in note for note in dsmi(BLOBS, BLOBS_Y).notes)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_labels_by_any_name():
    names = np.array(["c", "a", "b"])[BLOBS_Y]
    base = dsmi(BLOBS, BLOBS_Y)
    for y in (names, BLOBS_Y.astype(float), names.tolist(), 10 * BLOBS_Y):
        assert dsmi(BLOBS, y).value == pytest.approx(base.value, abs=1e-12)
    # Thirty whole numbers are labels, not numbers to be clustered.
    many = dsmi(X[:60], np.arange(60) % 30)
    assert len(many.diagnostics["classes"]) == 30


@pytest.mark.parametrize("clustering", ["kmeans", "quantiles", "uniform", "spectral"])
def test_clusters_follow_the_values_not_the_rows(clustering):
    y = np.concatenate([RNG.standard_normal(40), 50.0 + RNG.standard_normal(40)])
    x = np.column_stack([y, y]) + RNG.standard_normal((80, 2))
    options = {"clusters": 2, "clustering": clustering, "bandwidth": 5.0}
    result = dsmi(x, y, **options)
    labels = np.array(result.diagnostics["cluster_of_row"])
    assert (labels == (y > 25)).all() or (labels == (y < 25)).all()
    order = RNG.permutation(80)
    assert dsmi(x[order], y[order], **options).value == pytest.approx(result.value, abs=1e-12)


def test_one_column_for_bins():
    with pytest.raises(UnsupportedError, match="one column"):
        dsmi(X, X[:, :2], clustering="quantiles")


def test_random_labels_score_about_the_null():
    result = dsmi(BLOBS, RNG.permutation(BLOBS_Y), permutations=30, unit="nats")
    mean, sd = result.diagnostics["null_mean_nats"], result.diagnostics["null_sd_nats"]
    assert abs(result.value - mean) < 4.0 * sd
    true = dsmi(BLOBS, BLOBS_Y, permutations=30, unit="nats")
    assert true.value > true.diagnostics["null_mean_nats"] + 10.0 * true.diagnostics["null_sd_nats"]
    test = permutation_test(BLOBS, BLOBS_Y, DSMI(), 19)
    assert test.p_value == 0.05
    assert test.value == pytest.approx(true.value, abs=1e-12)


def test_units_kind_and_name():
    bits, nats = dsmi(BLOBS, BLOBS_Y), estimate(BLOBS, BLOBS_Y, "dsmi", confidence=None)
    assert (bits.unit, nats.unit) == ("bits", "nats")
    assert bits.to("nats").value == pytest.approx(nats.value, rel=1e-12)
    assert (nats.kind, nats.quantity) == ("score", "dsmi")
    assert dse(X).unit == "bits"
    assert dse(X, unit="nats").value == pytest.approx(dse(X).value * math.log(2), rel=1e-12)
    with pytest.raises(UnsupportedError, match="nats and bits"):
        rankme(X).to("bits")


def test_thinning_is_noted_and_seeded():
    first = DSE(max_samples=40).fit(X)
    assert first == DSE(max_samples=40).fit(X)
    assert first.value != DSE(max_samples=40, seed=1).fit(X).value
    assert any("40 of 80 rows" in note for note in first.notes)
    assert first.value <= math.log2(40)
    order = RNG.permutation(80)
    assert DSE(max_samples=40).fit(X[order]).value == pytest.approx(first.value, abs=1e-12)
    assert any("60 of 120" in note for note in dsmi(BLOBS, BLOBS_Y, max_samples=60).notes)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"bandwidth": 0.0}, "bandwidth"),
        ({"bandwidth": "median"}, "bandwidth"),
        ({"time": -1}, "time"),
        ({"approximation": "chebyshev"}, "approximation"),
        ({"max_samples": 1}, "max_samples"),
        ({"sigma": 3}, "sigma"),
    ],
)
def test_bad_options(options, named):
    with pytest.raises(ParameterError, match=f"`{named}`"):
        dse(X, **options)
    with pytest.raises(ParameterError, match=f"`{named}`"):
        dsmi(BLOBS, BLOBS_Y, **options)


def test_bad_subsets():
    with pytest.raises(DataError, match="3 classes"):
        dsmi(BLOBS, BLOBS_Y, subsets=[[[0]]])
    with pytest.raises(DataError, match=r"\(repeats, 40\)"):
        dsmi(BLOBS, BLOBS_Y, subsets=[[[0, 1]]] * 3)


# The core, and what else it serves.


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0, 3.0, math.inf])
def test_entropy_of_equal_eigenvalues_is_log_their_number(order):
    spectrum = np.array([0.2] * 7 + [0.0] * 3)
    assert float(spectral_entropy(spectrum, order=order)) == pytest.approx(math.log(7), abs=1e-12)


def test_renyi_entropies_of_two_eigenvalues():
    p = np.array([0.8, 0.2])
    assert float(spectral_entropy(p)) == pytest.approx(-(p * np.log(p)).sum(), abs=1e-12)
    assert float(spectral_entropy(p, order=2)) == pytest.approx(-math.log(0.68), abs=1e-12)
    assert float(spectral_entropy(p, order=0.5)) == pytest.approx(
        2.0 * math.log(math.sqrt(0.8) + math.sqrt(0.2)), abs=1e-12
    )
    assert float(spectral_entropy(p, order=math.inf)) == pytest.approx(-math.log(0.8), abs=1e-12)
    squared = p**2 / (p**2).sum()
    assert float(spectral_entropy(p, power=2)) == pytest.approx(-(squared * np.log(squared)).sum(), abs=1e-12)


def test_order_two_needs_no_eigenvalues():
    gram = X @ X.T
    eigenvalues = np.linalg.eigvalsh(gram)
    assert matrix_entropy(gram, order=2) == pytest.approx(float(spectral_entropy(eigenvalues, order=2)), abs=1e-9)


def test_von_neumann_entropy_of_covariance_and_gram():
    centred = X - X.mean(axis=0)
    entropy = von_neumann_entropy(centred.T @ centred)
    assert von_neumann_entropy(centred @ centred.T).value == pytest.approx(entropy.value, abs=1e-9)
    assert math.exp(entropy.value) == pytest.approx(effective_dimension(X).value, abs=1e-9)
    assert von_neumann_entropy(np.outer([1.0, 2.0], [1.0, 2.0])).value == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(DataError, match="semidefinite"):
        von_neumann_entropy(np.diag([1.0, -1.0]))
    with pytest.raises(DataError, match="symmetric"):
        von_neumann_entropy([[1.0, 2.0], [0.0, 1.0]])


def test_rankme_by_both_definitions():
    # Measured once from the definitions, by an independent program.
    z = np.random.default_rng(0).standard_normal((100, 6)) * [5, 3, 2, 1, 0.5, 0.1]
    assert rankme(z).value == pytest.approx(4.0776, abs=5e-5)
    assert rankme(z, center=True).value == pytest.approx(4.0701, abs=5e-5)
    assert rankme(z, kind="covariance").value == pytest.approx(2.6225, abs=5.1e-5)
    assert rankme(np.eye(5)).value == pytest.approx(5.0, abs=1e-9)
    assert rankme(np.outer(np.arange(1.0, 6.0), [1.0, 2.0])).value == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(ParameterError, match="`kind`"):
        rankme(z, kind="eigen")


def power_law(alpha, d=60):
    """Rows whose covariance has exactly the eigenvalues i^-alpha."""
    basis = RNG.standard_normal((200, d))
    basis = np.linalg.qr(basis - basis.mean(axis=0))[0]
    return basis * np.arange(1.0, d + 1.0) ** (-alpha / 2.0)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_alpha_req_of_an_exact_power_law(alpha):
    result = alpha_req(power_law(alpha), (3, 50))
    assert result.value == pytest.approx(alpha, abs=1e-9)
    assert result.diagnostics["r_squared"] == pytest.approx(1.0, abs=1e-9)
    assert result.status.ok


def test_alpha_req_is_the_weighted_least_squares_fit():
    z = RNG.standard_normal((300, 40)) * np.geomspace(1.0, 0.01, 40)
    eigenvalues = np.sort(np.linalg.eigvalsh(np.cov(z.T)))[::-1]
    ranks = np.arange(5, 31)
    slope = np.polyfit(np.log(ranks), np.log(eigenvalues[4:30]), 1, w=ranks**-0.5)[0]
    assert alpha_req(z, (5, 30)).value == pytest.approx(-slope, abs=1e-8)
    with pytest.raises(DataError, match="40 positive eigenvalues"):
        alpha_req(z, (5, 41))
    with pytest.raises(ParameterError, match="`fit_range`"):
        alpha_req(z, (5, 6))


def test_a_flat_spectrum_is_no_power_law():
    z = np.vstack([np.eye(30), -np.eye(30)]) * np.r_[np.full(20, 1.0), np.full(10, 0.01)]
    result = alpha_req(z, (1, 30))
    assert not result.status.ok
    assert "no power law" in result.status.reasons[0]


def test_renyi_information_of_copies_and_of_constants():
    x = RNG.standard_normal((40, 2))
    # At order 2 everything is a sum over the kernel: S = 2 log n - log sum G^2.
    kernel = np.exp(-((x[:, None] - x[None]) ** 2).sum(axis=2) / 2.0)
    closed = 2.0 * math.log(40) - math.log((kernel**2).sum())
    assert renyi_entropy(x, order=2, bandwidth=1.0, unit="nats").value == pytest.approx(closed, abs=1e-9)
    joint = 2.0 * math.log(40) - math.log((kernel**4).sum())
    information = renyi_information(x, x, order=2, bandwidth_x=1.0, bandwidth_y=1.0, unit="nats")
    assert information.value == pytest.approx(2.0 * closed - joint, abs=1e-9)
    assert information.kind == "score"
    y = RNG.standard_normal(40)
    forth, back = renyi_information(x, y), renyi_information(y, x)
    assert forth.value == pytest.approx(back.value, abs=1e-9)
    assert 0.0 <= forth.value <= renyi_entropy(x).value + renyi_entropy(y).value
    assert renyi_entropy(x).value == pytest.approx(renyi_entropy(x, order=1.0).value, abs=0.05)
