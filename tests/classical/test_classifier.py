"""Information about labels by classifiers: against closed forms and quadrature, at independence, for awkward labels."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp, ndtr

from mitk import Classifier, estimate
from mitk.errors import DataError, UnsupportedError

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")


def two_normals(share, distance):
    """Information in nats of a normal column, its mean shifted for a share of the rows, by quadrature."""

    def density(t, mean):
        return math.exp(-0.5 * (t - mean) ** 2) / math.sqrt(2.0 * math.pi)

    def integrand(t):
        one, other = (1.0 - share) * density(t, 0.0), share * density(t, distance)
        return sum(p * math.log(p / (w * (one + other))) for p, w in ((one, 1.0 - share), (other, share)) if p > 0.0)

    return quad(integrand, -9.0, distance + 9.0, limit=200)[0]


def clusters_information(means):
    """Information in nats of even labels and normal columns around means (labels, d), by 50,000 draws."""
    rng = np.random.default_rng(1)
    y = rng.integers(len(means), size=50_000)
    x = means[y] + rng.standard_normal((len(y), means.shape[1]))
    logs = -0.5 * (x**2).sum(axis=1)[:, None] + x @ means.T - 0.5 * (means**2).sum(axis=1)
    return float((logs[np.arange(len(y)), y] - logsumexp(logs, axis=1)).mean()) + math.log(len(means))


def fitted(make, seeds=range(2), **options):
    return [Classifier().fit(*make(np.random.default_rng(seed)), **options) for seed in seeds]


def check(results, truth, missed):
    """The mean lies less than `missed` below the truth, up to its error, and no interval lies above the truth."""
    values = np.array([r.value for r in results])
    error = np.mean([r.ci.width for r in results]) / 2.0 / math.sqrt(len(values))
    assert truth - missed - error < values.mean() < truth + error
    assert all(r.ci.low < truth for r in results)
    assert all(r.kind == "lower" for r in results)


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_two_normals(share):
    def make(rng):
        y = rng.random(1000) < share
        return 4.0 * y + rng.standard_normal(1000), y

    check(fitted(make), two_normals(share, 4.0), 0.01)


@pytest.mark.parametrize(("size", "missed"), [(2.0, 0.03), (8.0, 0.005)])
def test_ten_clusters(size, missed):
    means = size / math.sqrt(8.0) * np.random.default_rng(5).standard_normal((10, 8))

    def make(rng):
        y = rng.integers(10, size=2000)
        return means[y] + rng.standard_normal((2000, 8)), y.astype(str)

    check(fitted(make), clusters_information(means), missed)


def test_three_informative_columns_of_many():
    means = 1.2 * np.random.default_rng(5).standard_normal((3, 3))

    def make(rng):
        y = rng.integers(3, size=600)
        return np.column_stack([means[y] + rng.standard_normal((600, 3)), rng.standard_normal((600, 97))]), y.astype(
            str
        )

    check(fitted(make), clusters_information(means), 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0, 509])
def test_five_hundred_columns(noise):
    means = (8.0 / math.sqrt(512.0) if not noise else 1.2) * np.random.default_rng(5).standard_normal((10, 512 - noise))

    def make(rng):
        y = rng.integers(10, size=2000)
        return np.hstack([means[y] + rng.standard_normal((2000, 512 - noise)), rng.standard_normal((2000, noise))]), y

    check(fitted(make, range(1), discrete_y=True), clusters_information(means), 0.1 if noise else 0.01)


def test_fifty_clusters():
    means = 3.0 * np.random.default_rng(5).standard_normal((50, 3))

    def make(rng):
        y = rng.integers(50, size=2000)
        return means[y] + rng.standard_normal((2000, 3)), y.astype(str)

    check(fitted(make), clusters_information(means), 0.06)


def test_products_of_columns():
    def make(rng):
        x = rng.standard_normal((1000, 2))
        return x, x[:, 0] * x[:, 1] > 0

    check(fitted(make), math.log(2.0), 0.04)


def test_what_is_not_monotone():
    def make(rng):
        x = rng.standard_normal(1000)
        return x, np.abs(x) > 1.0

    p = 2.0 * ndtr(-1.0)
    check(fitted(make), -p * math.log(p) - (1.0 - p) * math.log1p(-p), 0.03)


@pytest.mark.parametrize(("n", "missed"), [(30, 0.12), (100, 0.06)])
def test_few_rows(n, missed):
    def make(rng):
        y = np.arange(n) % 2
        return 4.0 * y + rng.standard_normal(n), y

    check(fitted(make, range(10)), two_normals(0.5, 4.0), missed)


@pytest.mark.parametrize(("n", "d", "labels", "sets"), [(100, 1, 2, 50), (100, 16, 3, 10), (1000, 4, 2, 3)])
def test_independent_labels_give_nothing(n, d, labels, sets):
    def make(rng):
        return rng.standard_normal((n, d)), rng.integers(labels, size=n).astype(str)

    results = fitted(make, range(sets))
    assert -0.02 < np.mean([r.value for r in results]) < 0.005
    # Five of a hundred, and three standard errors more.
    assert np.mean([r.ci.low > 0.0 for r in results]) <= 0.035 + 3.0 * math.sqrt(0.035 / sets)
    assert all(r.ci.high >= 0.0 for r in results)


def test_groups_and_runs_count_as_wholes():
    def make(rng):
        groups = np.repeat(np.arange(40), 5)
        return rng.standard_normal(40)[groups], rng.integers(2, size=40)[groups].astype(str), groups

    rows = [make(np.random.default_rng(seed)) for seed in range(12)]
    by_groups = [Classifier().fit(x, y, groups=groups) for x, y, groups in rows]
    by_runs = [Classifier().fit(x, y, block=5) for x, y, _ in rows]
    for results in (by_groups, by_runs):
        assert sum(r.ci.low > 0.0 for r in results) <= 2
        assert np.mean([r.value for r in results]) < 0.02


@pytest.mark.parametrize("labels", [["a"] * 295 + ["b"] * 3 + ["c"] * 2, ["a"] * 150 + ["b"] * 143 + list("cdefghi")])
def test_rare_labels_are_taken_as_one(labels):
    x = np.random.default_rng(0).standard_normal(300)
    r = Classifier().fit(x + np.array([label == "b" for label in labels]), labels)
    assert any("were taken as one, to have 6 rows" in note for note in r.notes)
    assert r.status.ok == (len(set(labels)) > 3)
    assert r.value == 0.0 if len(set(labels)) == 3 else 0.05 < r.value < math.log(2.0)


def test_too_few_rows_of_every_label():
    r = Classifier().fit(np.arange(40.0), [str(i) for i in range(40)])
    assert (r.value, r.status.code) == (0.0, "UNRELIABLE")
    assert "No two labels have 6 rows" in r.status.text
    with pytest.raises(DataError, match="must have at least 8 rows"):
        Classifier().fit(np.arange(6.0), list("aabbab"))


def test_labels_on_both_sides():
    rng = np.random.default_rng(0)
    x = rng.integers(3, size=1000)
    y = np.where(rng.random(1000) < 0.7, x, rng.integers(4, size=1000))
    one = Classifier().fit(x.astype(str), y.astype(str))
    assert one.diagnostics["labels"] == 3
    table = estimate(x.astype(str), y.astype(str), "discrete")
    assert abs(one.value - table.value) < 0.5 * table.ci.width
    assert Classifier().fit(y.astype(str), x.astype(str)).value == one.value
    assert Classifier().fit(x, y, discrete_y=False).diagnostics["labels"] == 3


def test_names_of_labels_and_order_of_rows_mean_nothing_beside_numbers():
    rng = np.random.default_rng(0)
    labels, other = rng.integers(3, size=(2, 200))
    x = labels + rng.standard_normal(200)
    base = Classifier().fit(np.column_stack([x, other]), labels, discrete_x=[False, True], discrete_y=True).value
    order, names = rng.permutation(200), np.array([5, -1, 3])
    sides = np.column_stack([1e3 * x - 7.0, names[other]])[order], names[::-1][labels][order]
    assert Classifier().fit(*sides, discrete_x=[False, True], discrete_y=True).value == pytest.approx(base, abs=1e-9)


def test_diagnostics_add_up():
    y = np.arange(200) % 2
    r = Classifier().fit(y + np.random.default_rng(0).standard_normal(200), y)
    assert r.value == pytest.approx(r.diagnostics["entropy"] - r.diagnostics["log_loss"], abs=1e-12)
    assert len(r.diagnostics["weights"]) == 2


def test_large_samples_are_learned_from_in_part():
    rng = np.random.default_rng(0)
    y = np.arange(2000) % 2
    r = Classifier(max_rows=300).fit(4.0 * y + rng.standard_normal(2000), y)
    assert any("learned from 300 rows each, and all 2000 were scored" in note for note in r.notes)
    assert abs(r.value - two_normals(0.5, 4.0)) < 0.05


def test_numbers_on_both_sides_are_refused():
    x, y = np.random.default_rng(0).standard_normal((2, 100))
    with pytest.raises(UnsupportedError, match=r'must hold labels.*Hint: use method="ksg"'):
        Classifier().fit(x, y)
    with pytest.raises(UnsupportedError, match="must hold labels"):
        Classifier().fit(x, np.arange(100) % 5, discrete_y=False)
