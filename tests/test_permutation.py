"""The permutation test keeps its level, has power, and does not depend on the number of jobs."""

import numpy as np
import pytest

from mitk import CCA, KSG, Discrete, Gaussian, GaussianCopula, MixedKSG, estimate, permutation_test
from mitk.data.samples import admit
from mitk.errors import DataError, ParameterError, UnknownMethodError
from mitk.inference.permutation import circular_shifts, permutation_outcome, surrogate_rows

B = 19


def share_of_alarms(draw, sets, **options):
    """How often p <= 0.1 over data sets with seeds 0, 1, ..."""
    alarms = 0
    for seed in range(sets):
        x, y, extra = draw(np.random.default_rng(seed))
        alarms += permutation_test(x, y, Gaussian(), B, seed=seed, **extra, **options).p_value <= 0.1
    return alarms / sets


def band(sets, level=0.1):
    """Four binomial standard errors at the level."""
    return 4.0 * np.sqrt(level * (1.0 - level) / sets)


def autoregressive(rng, n, phi):
    noise = rng.standard_normal(n + 200)
    for t in range(1, len(noise)):
        noise[t] += phi * noise[t - 1]
    return noise[200:]


def test_level_under_the_null():
    alarms = share_of_alarms(lambda rng: (*rng.standard_normal((2, 20)), {}), 300)
    assert alarms == pytest.approx(0.1, abs=band(300))


def test_level_is_kept_for_few_levels():
    # Ties between surrogates and the observed value count as reached, so the test can only be cautious.
    alarms = share_of_alarms(lambda rng: (*rng.integers(0, 2, (2, 12)), {}), 200)
    assert alarms <= 0.1 + band(200)


@pytest.mark.parametrize("estimator", [Gaussian(), KSG(), Discrete(), "screen"])
def test_power(estimator):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(150)
    y = x + rng.standard_normal(150)
    if isinstance(estimator, Discrete):
        x, y = x > 0, y > 0
    test = permutation_test(x, y, estimator, 99)
    assert test.p_value == 0.01
    assert test.value > test.null_quantiles[0.99]


def test_a_method_by_name_takes_its_options_as_everywhere():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 130))
    expected = permutation_test(x, y, KSG(k=5), B)
    assert permutation_test(x, y, "ksg", B, k=5) == expected
    assert permutation_test(x, y, method="ksg", n_permutations=B, k=5) == expected
    assert permutation_test(x, y, "auto", 1).value == estimate(x, y, effort="quick").value


def test_the_record():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 60))
    test = permutation_test(x, y, Gaussian(), 99, seed=3)
    null = np.array(test.null)
    assert test.value == estimate(x, y, Gaussian(), confidence=None).value
    assert test.p_value == (1 + (null >= test.value).sum()) / 100
    assert test.null_mean == pytest.approx(null.mean())
    assert test.null_sd == pytest.approx(null.std(ddof=1))
    assert test.null_quantiles[0.9] == pytest.approx(np.quantile(null, 0.9, method="higher"))
    assert test.n_permutations == 99
    assert str(test).startswith(f"p = {test.p_value:.3g} (99 rows)")
    # Bias correction makes the null centred: its mean is 0 within four standard errors.
    assert abs(test.null_mean) <= 4.0 * test.null_sd / np.sqrt(99)


@pytest.mark.parametrize("estimator", [Gaussian(), KSG(k=4)])
def test_jobs_change_nothing(estimator):
    x, y = np.random.default_rng(2).standard_normal((2, 100))
    alone = permutation_test(x, y, estimator, 12, n_jobs=1)
    assert permutation_test(x, y, estimator, 12, n_jobs=2) == alone
    assert permutation_test(x, y, estimator, 12, seed=1).null != alone.null


def test_the_first_surrogates_do_not_depend_on_how_many_follow():
    x, y = np.random.default_rng(2).standard_normal((2, 50))
    assert permutation_test(x, y, Gaussian(), 30).null[:10] == permutation_test(x, y, Gaussian(), 10).null


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("n", [5, 90, 900])
@pytest.mark.parametrize("estimator", [Gaussian(), CCA(), GaussianCopula(), KSG(), KSG(margins="normal"), MixedKSG()])
def test_prepared_surrogates_equal_fits_on_shuffled_rows(estimator, n):
    x, y = np.random.default_rng(4).standard_normal((2, n, 2))
    samples = admit(x, y).samples
    value = estimator.shuffled_value(samples)
    order = np.random.default_rng(5).permutation(n)
    assert value(order) == pytest.approx(estimator.fit(x, y[order], confidence=None).value, abs=1e-12)


def test_plain_shuffles_of_series_give_false_alarms_and_shifts_do_not():
    def series(rng):
        return autoregressive(rng, 200, 0.9), autoregressive(rng, 200, 0.9), {"block": 20}

    sets = 100
    assert share_of_alarms(series, sets, surrogate="rows") > 0.4
    assert share_of_alarms(series, sets) <= 0.1 + band(sets)
    # Runs of 20 rows lose the correlation across their seams, so a little is left.
    assert share_of_alarms(series, sets, surrogate="blocks") <= 0.2 + band(sets)


def test_groups_move_as_wholes():
    def grouped(rng):
        labels = np.repeat(np.arange(15), 6)
        x, y = rng.standard_normal((2, 15))[:, labels] + 0.3 * rng.standard_normal((2, 90))
        return x, y, {"groups": labels}

    sets = 100
    assert share_of_alarms(grouped, sets, surrogate="rows") > 0.3
    assert share_of_alarms(grouped, sets) == pytest.approx(0.1, abs=band(sets))


def test_surrogates_of_groups():
    labels = np.array([0, 0, 1, 1, 2, 2, 2])
    samples = admit(np.arange(7.0), np.arange(7.0) ** 2, groups=labels).samples
    seen = set()
    for seed in range(20):
        rows = surrogate_rows(samples, "groups", np.random.default_rng(seed))
        seen.add(tuple(rows.tolist()))
    # Only the two groups of equal size change places, rows keep their order within.
    assert seen == {(0, 1, 2, 3, 4, 5, 6), (2, 3, 0, 1, 4, 5, 6)}


@pytest.mark.parametrize("surrogate", ["rows", "blocks"])
def test_surrogates_hold_every_row_once(surrogate):
    samples = admit(np.arange(50.0), np.arange(50.0) ** 2, block=7).samples
    rows = surrogate_rows(samples, surrogate, np.random.default_rng(0))
    assert sorted(rows.tolist()) == list(range(50))
    steps = np.diff(rows)
    breaks = int((steps != 1).sum())
    assert breaks >= 20 if surrogate == "rows" else breaks <= 7


def test_shifts_are_all_there_are_beside_the_observed():
    shifts = circular_shifts(30, 999, np.random.default_rng(0))
    assert sorted(shifts.tolist()) == list(range(1, 30))
    few = circular_shifts(30, 5, np.random.default_rng(0))
    assert len(set(few.tolist())) == 5


def test_series_are_noticed_and_shifted():
    def series(rng):
        return autoregressive(rng, 300, 0.9), autoregressive(rng, 300, 0.9), {}

    sets = 50
    assert share_of_alarms(series, sets) <= 0.1 + band(sets)
    test = permutation_test(*series(np.random.default_rng(0))[:2], Gaussian(), 19)
    assert test.surrogate == "circular shifts"
    assert any("Rows depend on their neighbours" in note for note in test.notes)
    # What the caller says is obeyed.
    assert permutation_test(*series(np.random.default_rng(0))[:2], Gaussian(), 19, block=1).surrogate == "rows"
    assert permutation_test(*series(np.random.default_rng(0))[:2], Gaussian(), 19, thin=60).n_samples == 5


def test_size_of_shifts_among_all_of_a_series():
    # The rank of the observed order among all its circular shifts, by the correlation that FFT gives for each.
    sets, n, alarms = 1000, 300, 0
    rng = np.random.default_rng(0)
    for _ in range(sets):
        x, y = (np.fft.rfft(side - side.mean()) for side in (autoregressive(rng, n, 0.9), autoregressive(rng, n, 0.9)))
        squares = np.fft.irfft(x * np.conj(y), n) ** 2
        shifts = circular_shifts(n, 99, rng)
        alarms += permutation_outcome(squares[0], squares[shifts], "circular shifts").p_value <= 0.05
    # The seam, where the ends of the series meet, costs a little: .054 over many sets.
    assert alarms / sets == pytest.approx(0.054, abs=4.0 * np.sqrt(0.05 * 0.95 / sets))


def test_few_shifts_and_unequal_groups_are_noted():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 40))
    test = permutation_test(x, y, "gaussian", 499, block=10)
    assert test.n_permutations == 39
    assert "39 circular shifts exist, so p is at least 0.025" in " ".join(test.notes)
    labels = np.repeat(np.arange(6), [1, 2, 3, 4, 4, 26])
    assert "8 of 40 rows can move" in " ".join(permutation_test(x, y, "gaussian", 9, groups=labels).notes)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_permutations": 0}, ParameterError, "at least 1"),
        ({"n_permutations": 2.5}, ParameterError, "whole number"),
        ({"surrogate": "magic"}, ParameterError, "must be auto or one of"),
        ({"surrogate": "groups"}, ParameterError, "needs `groups`"),
        ({"groups": [0, 1, 1, 2, 2, 2] + [3] * 14}, DataError, "equal size"),
        ({"block": 6}, ParameterError, "at least 4 runs"),
        ({"method": 3}, UnknownMethodError, "a known name or an Estimator"),
        ({"method": "ksg", "kk": 5}, ParameterError, "did you mean 'k'"),
        ({"method": Gaussian(), "k": 5}, ParameterError, "on the estimator itself"),
        ({"method": "auto", "bins": 5}, ParameterError, "an option of auto"),
        ({"method": "auto", "effort": "much"}, ParameterError, "quick, balanced, thorough"),
    ],
)
def test_bad_options(options, error, message):
    x, y = np.random.default_rng(0).standard_normal((2, 20))
    with pytest.raises(error, match=message):
        permutation_test(x, y, **{"method": Gaussian(), **options})


def test_a_constant_side_is_never_significant():
    test = permutation_test(np.ones(30), np.arange(30.0), Gaussian(), 9)
    assert (test.value, test.p_value) == (0.0, 1.0)


def test_infinite_values_are_compared_too():
    x = np.random.default_rng(0).standard_normal(30)
    test = permutation_test(x, x, Gaussian(), 9)
    assert (test.value, test.p_value) == (np.inf, 0.1)
    assert np.isfinite(test.null_mean)
