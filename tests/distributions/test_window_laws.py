"""Windows of series and modulated patterns: covariances of real rows, closed forms, and errors of averages."""

from __future__ import annotations

import numpy as np
import pytest

from mitk.distributions import (
    DigitImages,
    Gaussian,
    LinearSeries,
    ModulatedSeries,
    SeriesWindows,
    SoftplusTeacher,
    modulated,
    spots,
)
from mitk.errors import ParameterError

SERIES = LinearSeries([[0.5, 0.1, 0.0], [0.2, 0.3, 0.2], [0.3, 0.0, 0.6]], columns_x=1)
WINDOWS = SeriesWindows(SERIES, 3, 2, 2)


def test_windows_hold_the_past_of_x_and_the_future_of_y():
    x, y = WINDOWS.sample(50, seed=4)
    # A path of 50 rows, two more for the width of x, two for the lag and one for the width of y.
    path = SERIES.path(55, seed=4)
    np.testing.assert_array_equal(x, np.column_stack([path[2:52, 0], path[1:51, 0], path[:50, 0]]))
    np.testing.assert_array_equal(y, np.column_stack([path[4:54, 1:], path[5:55, 1:]]))


@pytest.mark.parametrize("law", [WINDOWS, ModulatedSeries(0.9, 0.5, 5, 0.7)], ids=lambda law: law.name)
@pytest.mark.parametrize("lag", [0, 1, 3])
def test_rows_have_the_stated_covariances(law, lag):
    n = 40_000
    rows = np.hstack(law.sample(n, seed=2))
    found = rows[lag:].T @ rows[: n - lag] / (n - lag)
    spread = np.sqrt(np.diag(law.row_covariance(0)))
    # The slowest mode makes some three rows of dependent ones into one.
    width = 5.0 * np.sqrt(2.0 * 3.0 / n) * np.outer(spread, spread)
    assert (np.abs(found - law.row_covariance(lag)) < width).all()


@pytest.mark.parametrize(
    "law", [SeriesWindows(LinearSeries([[0.9, 0.0], [0.5, 0.5]])), ModulatedSeries(0.9, 0.9)], ids=lambda law: law.name
)
def test_long_run_spread_is_that_of_averages(law):
    n, repeats = 1000, 300
    means = [law.pointwise(*law.sample(n, seed)).mean() for seed in range(repeats)]
    found = np.std(means) * np.sqrt(n)
    assert found == pytest.approx(law.long_run_sd, rel=4.0 / np.sqrt(2.0 * repeats))
    assert law.long_run_sd > 1.5 * law.pointwise_sd


def test_one_value_a_side_is_the_pair_of_the_series():
    for lag in (0, 1, 4):
        series = LinearSeries([[0.5, 0.2], [0.4, 0.5]], lag=lag)
        windows = SeriesWindows(series, lag=lag)
        assert windows.mutual_information == pytest.approx(series.mutual_information, rel=1e-12)


def test_wider_windows_of_the_past_say_all_that_the_past_says():
    # y_t is 0.8 x_{t-1} plus unit noise, so the last value of x says it all.
    series = LinearSeries([[0.5, 0.0], [0.8, 0.0]])
    total = 0.5 * np.log(series.autocovariance(0)[1, 1])
    assert SeriesWindows(series, 1).mutual_information == pytest.approx(total, rel=1e-12)
    assert SeriesWindows(series, 5).mutual_information == pytest.approx(total, rel=1e-12)


def test_white_series_have_no_long_run():
    law = SeriesWindows(LinearSeries([[0.0, 0.0], [0.8, 0.0]]))
    assert law.long_run_sd == pytest.approx(law.pointwise_sd)


def test_matched_filter_gives_the_information():
    law = ModulatedSeries(0.8, 0.5, 20, 1.5)
    strength = (law.carrier**2).sum()
    filtered = Gaussian.bivariate(0.8 * strength / (strength + 1.5**2))
    assert law.mutual_information == pytest.approx(filtered.mutual_information, rel=1e-10)
    assert modulated(0.5, [1.0, 0.0], np.eye(2)).mutual_information == pytest.approx(-0.5 * np.log(1 - 0.25**2))


def test_backgrounds_hide_no_class():
    law = DigitImages.shared_bits(2, 1.0, background=0.5)
    known = {}
    for label, pool in enumerate(law._pools):
        for image in pool:
            for added in law._backgrounds:
                assert known.setdefault((image + added).tobytes(), label) == label
    plain = DigitImages.shared_bits(2, 1.0).sample(4000, seed=1)[0]
    assert law.sample(4000, seed=1)[0].std() > 1.2 * plain.std()


def test_teacher_is_the_network_it_says():
    teacher = SoftplusTeacher(3, 70, seed=1, hidden=10)
    (first, start), (second, end) = teacher._layers
    x = np.random.default_rng(0).standard_normal((5, 3))
    np.testing.assert_allclose(teacher(x), np.log1p(np.exp(x @ first + start)) @ second + end)
    assert np.abs(first).max() <= 3**-0.5
    assert np.abs(second).max() <= 10**-0.5


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: SeriesWindows(Gaussian.bivariate(0.5)), "series"),
        (lambda: SeriesWindows(SERIES, 0), "width_x"),
        (lambda: ModulatedSeries(1.0), "correlation"),
        (lambda: ModulatedSeries(0.5, noise=0.0), "noise"),
        (lambda: spots(5.0), "information"),
        (lambda: SoftplusTeacher(3, 40), "columns"),
        (lambda: SoftplusTeacher(70), "hidden"),
        (lambda: DigitImages.shared_bits(1, background=-1.0), "background"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()
