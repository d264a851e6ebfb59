"""KSG and MixedKSG against their formulas, written out, and against known information."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import digamma

from mitk import KSG, MixedKSG, estimate
from mitk.errors import DataError, ParameterError
from mitk.numerics.lnc import log_volume_ratio, threshold
from mitk.numerics.ties import pair_keys, spread

pytestmark = pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")


def distances(side):
    return np.abs(side[:, None] - side[None]).max(axis=-1)


def kraskov(x, y, k, variant):
    """The two formulas of the paper, by loops over all pairs."""
    n = len(x)
    dx, dy = distances(x), distances(y)
    total = 0.0
    for i in range(n):
        others = np.delete(np.arange(n), i)
        joint = np.maximum(dx[i, others], dy[i, others])
        near = others[np.argsort(joint)[:k]]
        if variant == 1:
            radius = np.sort(joint)[k - 1]
            nx, ny = (d[i, others] < radius for d in (dx, dy))
            total += digamma(k) - digamma(nx.sum() + 1) - digamma(ny.sum() + 1)
        else:
            nx, ny = (d[i, others] <= d[i, near].max() for d in (dx, dy))
            total += digamma(k) - 1 / k - digamma(nx.sum()) - digamma(ny.sum())
    return digamma(n) + total / n


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("dx", "dy", "n", "k"), [(1, 1, 80, 3), (2, 1, 60, 1), (3, 2, 300, 5), (1, 1, 500, 4)])
def test_ksg_is_the_formula(variant, dx, dy, n, k):
    rng = np.random.default_rng(n)
    x = rng.standard_normal((n, dx))
    y = 0.5 * x[:, :1] + rng.standard_normal((n, dy))
    found = KSG(k=k, variant=variant, margins="raw").fit(x, y, confidence=None).value
    assert found == pytest.approx(kraskov(x, y, k, variant), abs=1e-12)


def test_mixed_ksg_of_a_label_is_the_formula_of_ross():
    rng = np.random.default_rng(0)
    n, k = 200, 3
    label = rng.integers(0, 4, n)
    x = rng.standard_normal((n, 1)) + label[:, None]
    total = 0.0
    for i in range(n):
        own = np.flatnonzero(label == label[i])
        radius = np.sort(np.abs(x[own] - x[i]).ravel())[k]
        m = (np.abs(x - x[i]).ravel() <= radius).sum() - 1
        total += digamma(k) - digamma(len(own)) - digamma(m)
    found = MixedKSG(k=k, margins="raw").fit(x, label, confidence=None).value
    assert found == pytest.approx(digamma(n) + total / n, abs=1e-12)


def test_mixed_ksg_of_tables_counts_equal_rows():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, 200)
    y = (x + rng.integers(0, 2, 200)) % 3
    joint = np.array([np.sum((x == a) & (y == b)) for a, b in zip(x, y, strict=True)])
    nx, ny = (np.array([np.sum(side == v) for v in side]) for side in (x, y))
    expected = digamma(200) + np.mean(digamma(joint) - digamma(nx) - digamma(ny))
    assert MixedKSG().fit(x, y, confidence=None).value == pytest.approx(expected, abs=1e-12)


def half_discrete(rng, n):
    """Half normal with correlation 0.8, half signs that agree with probability 0.8 (Gao et al. 2017)."""
    x = rng.standard_normal(n)
    y = 0.8 * x + 0.6 * rng.standard_normal(n)
    a = rng.choice([-1.0, 1.0], n)
    b = np.where(rng.random(n) < 0.8, a, -a)
    discrete = rng.random(n) < 0.5
    return np.where(discrete, a, x), np.where(discrete, b, y)


def exponential_counts(rng, n):
    x = rng.exponential(size=n)
    return x, rng.poisson(x)


def label_and_interval(rng, n):
    x = rng.integers(0, 5, n)
    return x, x + 2.0 * rng.random(n)


@pytest.mark.parametrize(
    ("law", "truth"),
    [
        (half_discrete, 1.044932),
        (exponential_counts, 0.30124477),
        (label_and_interval, math.log(5) - 0.8 * math.log(2)),
    ],
)
@pytest.mark.parametrize("margins", ["standard", "normal"])
def test_mixed_ksg_on_mixtures_of_known_information(law, truth, margins):
    values = [
        MixedKSG(margins=margins).fit(*law(np.random.default_rng(seed), 2000), confidence=None).value
        for seed in range(5)
    ]
    assert np.mean(values) == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize("step", [0.001, 0.01, 0.03, 0.1])
@pytest.mark.parametrize("estimator", [KSG(), KSG(variant=2), MixedKSG(), KSG(margins="normal")], ids=str)
def test_rounding_does_no_harm(step, estimator):
    differences = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(1000)
        y = 0.8 * x + 0.6 * rng.standard_normal(1000)
        rounded = estimator.fit(np.round(x / step) * step, np.round(y / step) * step, confidence=None).value
        differences.append(rounded - estimator.fit(x, y, confidence=None).value)
    # The difference of one set scatters by about 0.03; treating ties as distances of 0 errs by 0.1 to 0.9.
    assert abs(np.mean(differences)) < 0.035


def test_spreading_leaves_no_tie_stays_in_its_cell_and_follows_the_rows():
    rng = np.random.default_rng(0)
    x = np.round(rng.standard_normal((400, 2)), 1)
    y = np.round(rng.standard_normal((400, 1)), 1)
    tied = np.array([True, True])
    moved = spread(x, tied, pair_keys(x, y), 0)
    assert len(np.unique(moved[:, 0])) == len(np.unique(moved[:, 1])) == 400
    gap = min(np.diff(np.unique(x[:, 0])).min(), np.diff(np.unique(x[:, 1])).min())
    assert np.abs(moved - x).max() < 2 * np.diff(np.unique(x[:, 0])).max() + gap
    for j in range(2):
        assert (np.diff(moved[np.argsort(moved[:, j]), j]) > 0).all()
        levels = np.unique(x[:, j])
        ends = [moved[x[:, j] == level, j] for level in levels]
        assert all(a.max() < b.min() for a, b in itertools.pairwise(ends))
    order = rng.permutation(400)
    again = spread(x[order], tied, pair_keys(x[order], y[order]), 0)
    # Equal rows may exchange places.
    key = np.lexsort((moved[:, 1], moved[:, 0]))
    np.testing.assert_allclose(moved[key], again[np.lexsort((again[:, 1], again[:, 0]))], atol=1e-12)


def test_local_nonuniformity_of_a_sheet_is_large_and_of_a_cloud_nothing():
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, (1, 10, 1))
    assert log_volume_ratio(np.concatenate([t, t + 1e-3 * rng.uniform(size=(1, 10, 1))], axis=2))[0] < -4
    cloud = rng.uniform(-1, 1, (10_000, 5, 2))
    assert np.mean(log_volume_ratio(cloud) < threshold(5, 2)) == pytest.approx(5e-3, abs=4e-3)


def test_lnc_mends_strong_dependence():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=500)
    y = x + 1e-3 * rng.uniform(size=500)
    truth = math.log(1000) + 0.0005  # ln(1 / w) + w / 2 for noise of width w
    plain, corrected = (KSG(k=5, lnc=lnc).fit(x, y, confidence=None).value for lnc in (False, True))
    assert abs(corrected - truth) < 0.5 * abs(plain - truth)


def test_ksg_refuses_what_it_cannot_do():
    x = np.random.default_rng(0).standard_normal((10, 2))
    with pytest.raises(DataError, match="more than k = 10"):
        KSG(k=10).fit(x, x[:, 0])
    with pytest.raises(ParameterError, match="lnc=True"):
        KSG(k=3, lnc=True).fit(x, x[:, 0] + x[::-1, 1])


def test_many_columns_and_large_values_are_doubted():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 4))
    assert "numeric columns" in KSG().fit(x, x + rng.standard_normal((300, 4))).status.text
    strong = KSG().fit(x[:, 0], x[:, 0] + 1e-9 * x[:, 1])
    assert strong.value <= digamma(300) - digamma(3) + 1e-12
    assert "within 1 nat" in strong.status.text


def test_rows_alone_with_their_label_count_as_independent():
    x = np.random.default_rng(0).standard_normal(100)
    result = MixedKSG().fit(x, [f"id {i}" for i in range(100)], confidence=None)
    assert result.value == 0.0
    assert "100 rows are alone" in " ".join(result.notes)


def test_ties_beside_labels_do_not_feign_dependence():
    # A number of 40 levels and an independent coin: any fixed way to break ties would be a bias of all data sets.
    values = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        values.append(MixedKSG().fit(rng.integers(0, 25, 500) * 0.5, rng.integers(0, 2, 500), confidence=None).value)
    assert abs(np.mean(values)) < 4 * np.std(values) / math.sqrt(30) + 0.002


@pytest.mark.parametrize("levels", [15, 30, 60, 150])
def test_equal_lattices_have_their_entropy(levels):
    x = np.random.default_rng(0).integers(0, levels, 2000) * 0.3
    counts = np.unique(x, return_counts=True)[1]
    entropy = -(counts / 2000 * np.log(counts / 2000)).sum()
    # Observed entropy plus its bias.
    assert estimate(x, x).value == pytest.approx(entropy + (levels - 1) / 4000, abs=0.01)


def test_half_zeros_cost_no_more_than_their_rows():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 2000))
    x[rng.random(2000) < 0.5] = 0.0
    y[rng.random(2000) < 0.5] = 0.0
    assert abs(MixedKSG().fit(x, y, confidence=None).value) < 0.06


def test_outliers_and_skew_are_doubted_without_normal_scores():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(1000)
    y = 0.8 * x + 0.6 * rng.standard_normal(1000)
    for column in (np.exp(4 * x), np.append(x[:-1], 1e9)):
        assert "no width" in KSG().fit(column, y).status.text
        assert KSG(margins="normal").fit(column, y).status.ok
