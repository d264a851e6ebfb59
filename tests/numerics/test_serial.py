"""Series, sorted files and shuffled rows are told apart, by what neighbours do to the variance of a mean."""

import itertools

import numpy as np
import pytest
from scipy.signal import lfilter

from mitk.data.samples import admit
from mitk.numerics.serial import Scores, autocorrelations, group_starts, reach, run_length, step_cuts


def autoregressive(rng, n, phi, columns=2):
    return lfilter([1.0], [1.0, -phi], rng.standard_normal((columns, n + 300)))[:, 300:]


def verdict(x, y, **options):
    """Length of the runs, and whether a note says that the file is sorted."""
    admitted = admit(x, y, **options)
    return admitted.samples.block, any("seems to be sorted" in note for note in admitted.notes)


def standard(table):
    return Scores((table - table.mean(axis=0)) / table.std(axis=0), np.full(table.shape[1], float(len(table))))


def test_inflation_and_length_have_a_closed_form():
    n, phi = 200_000, 0.7
    x, y = autoregressive(np.random.default_rng(0), n, phi)
    inflation, length = run_length(standard(x[:, None]), standard(y[:, None]))
    # Products of two such series have autocorrelation q^u, q = phi^2: V = (1 + q) / (1 - q), G / V = 2 q / (1 - q^2).
    q = phi**2
    assert inflation == pytest.approx((1.0 + q) / (1.0 - q), rel=0.05)
    assert length == pytest.approx(1.5 * (n * (2.0 * q / (1.0 - q**2)) ** 2) ** (1.0 / 3.0), rel=0.1)


def test_autocorrelations_are_sums_over_pairs():
    table = standard(np.random.default_rng(0).standard_normal((41, 2))).table
    found = autocorrelations(table)
    assert found.shape == (10, 2)
    for lag in range(1, 11):
        assert found[lag - 1] == pytest.approx((table[lag:] * table[:-lag]).sum(axis=0) / 41)


def test_memory_ends_before_five_lags_of_noise():
    n = 1000  # Noise is below 2 sqrt(3 / 1000) = 0.11.
    correlations = np.zeros((250, 3))
    correlations[:7, 0] = 0.5
    correlations[[0, 4], 1] = -0.2
    assert reach(correlations, n).tolist() == [7, 5, 0]


def test_steps_are_found_where_they_are():
    rng = np.random.default_rng(0)
    steps = np.repeat([0.0, 3.0, -2.0], [100, 150, 50])[:, None] + 0.3 * rng.standard_normal((300, 2))
    assert step_cuts(standard(steps).table).tolist() == [100, 250]
    assert len(step_cuts(standard(rng.standard_normal((300, 2))).table)) == 0


def test_groups_that_stand_together_in_order():
    assert group_starts(np.array([2.0, 2.0, 1.0, 0.0, 0.0])).tolist() == [2, 3]
    assert group_starts(np.array([0.0, 1.0, 0.0])) is None


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_files_sorted_by_class_are_no_series(name):
    import sklearn.datasets

    data = getattr(sklearn.datasets, f"load_{name}")()
    features, target = data.data, data.target
    rng = np.random.default_rng(0)
    sides = [(column, target) for column in features.T]
    pairs = list(itertools.combinations(features.T, 2))
    sides += pairs if len(pairs) < 100 else [pairs[i] for i in rng.choice(len(pairs), 100, replace=False)]
    sides += [(features, target), (features[:, ::2], features[:, 1::2])]
    sides += [(column, np.array(data.target_names)[target].astype(str)) for column in features.T[:4]]
    found = [verdict(x, y) for x, y in sides]
    assert [block for block, _ in found if block is not None] == []
    if name in ("iris", "wine"):
        assert sum(note for _, note in found) >= 0.8 * len(found)


@pytest.mark.parametrize("n", [30, 100, 1000])
@pytest.mark.parametrize("kind", ["same", "rare", "labels", "counts", "wide"])
def test_shuffled_rows_are_left_alone(n, kind):
    rng = np.random.default_rng(0)
    sets = 100
    fired = 0
    for _ in range(sets):
        x = {
            "same": lambda: rng.standard_normal(n),
            "rare": lambda: np.isin(np.arange(n), rng.choice(n, 4)),
            "labels": lambda: rng.choice(list("abcde"), n),
            "counts": lambda: rng.geometric(0.3, n),
            "wide": lambda: rng.standard_normal((n, 12)),
        }[kind]()
        admitted = admit(x, x)
        fired += admitted.samples.block is not None or any("neighbours" in note for note in admitted.notes)
    # One in a hundred at most: four or more of a hundred have a chance of 0.02.
    assert fired <= 3


@pytest.mark.parametrize(("n", "phi"), [(300, 0.5), (300, 0.9), (1000, 0.5), (1000, 0.95)])
def test_series_get_runs(n, phi):
    for seed in range(20):
        block, _ = verdict(*autoregressive(np.random.default_rng(seed), n, phi))
        assert block is not None
        assert 2 <= block <= n // 4


def test_series_of_labels_and_oscillations_get_runs():
    rng = np.random.default_rng(0)
    a, b = autoregressive(rng, 1000, 0.9)
    names = np.array(["low", "middle", "high"])
    assert verdict(names[np.digitize(a, [-1, 1])], names[np.digitize(b, [-1, 1])])[0]
    t = np.arange(1000)
    noise = 0.3 * rng.standard_normal((2, 1000))
    assert verdict(np.sin(t / 4) + noise[0], np.sin(t / 6 + 1) + noise[1])[0]
    # A regime, and a series that wanders within it.
    assert verdict(a, t > 400)[0]


def test_sorted_by_a_side_is_a_note():
    rng = np.random.default_rng(0)
    x = np.sort(rng.standard_normal(500))
    assert verdict(x, np.sin(2.0 * x) + 0.1 * rng.standard_normal(500)) == (None, True)
    classes = np.sort(rng.integers(0, 10, 500))
    assert verdict(classes, rng.standard_normal(10)[classes] + 0.3 * rng.standard_normal(500)) == (None, True)


def test_what_the_caller_says_is_obeyed():
    series = autoregressive(np.random.default_rng(0), 500, 0.9)
    noise = np.random.default_rng(1).standard_normal((2, 500))
    sorted_rows = np.sort(noise, axis=1)
    assert admit(*series, block=1).samples.block is None
    assert admit(*series, block=1).notes == ()
    assert admit(*series, block=7).samples.block == 7
    assert admit(*series, groups=np.arange(500) // 5).samples.block is None
    assert admit(*series, block="auto").samples.block == admit(*series).samples.block
    assert admit(*sorted_rows, block="auto").samples.block > 1
    quiet = admit(*noise, block="auto")
    assert quiet.samples.block is None
    assert "taken singly" in quiet.notes[0]


def test_thinning_takes_every_row_in_so_many():
    x, y = autoregressive(np.random.default_rng(0), 500, 0.9)
    x[3] = np.nan
    admitted = admit(x, y, thin=5, groups=np.arange(500) // 10)
    assert np.array_equal(admitted.samples.x.values[:, 0], x[::5])
    assert np.array_equal(admitted.samples.y.values[:, 0], y[::5])
    assert np.array_equal(admitted.samples.groups, np.arange(100) // 2)
    assert admitted.notes == ("One row in 5 was taken: 100 of 500.",)
