"""Series: autocovariances of a path, and transfer entropies against the literature and against block covariances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from mitk.distributions import BinarySeries, LinearSeries
from mitk.errors import ParameterError

N = 40_000


@pytest.mark.parametrize(
    ("coefficients", "infinite", "one", "two"),
    [
        ([[0.5, 0.0], [0.4, 0.5]], 0.09200011, 0.09205251, 0.09200918),
        ([[0.9, 0.0], [0.5, 0.5]], 0.21292763, 0.21516511, None),
        ([[0.5, 0.0], [0.4, 0.9]], 0.09200011, 0.09479729, None),
    ],
)
def test_transfer_entropy_has_the_known_values(coefficients, infinite, one, two):
    law = LinearSeries(coefficients)
    assert law.transfer_entropy() == pytest.approx(infinite, abs=1e-8)
    assert law.transfer_entropy(1) == pytest.approx(one, abs=1e-8)
    if two is not None:
        assert law.transfer_entropy(2) == pytest.approx(two, abs=1e-8)
    assert law.transfer_entropy(reverse=True) == pytest.approx(0.0, abs=1e-12)


def test_white_driver_has_the_closed_form():
    law = LinearSeries([[0.0, 0.0], [0.8, 0.0]])
    assert law.transfer_entropy() == pytest.approx(0.5 * np.log(1.64))
    assert law.mutual_information == pytest.approx(0.5 * np.log(1.64))


def test_long_histories_agree_with_block_covariances():
    law = LinearSeries([[0.5, 0.1, 0.0], [0.2, 0.3, 0.2], [0.3, 0.0, 0.6]], columns_x=1)
    lags = 40
    gammas = [law.autocovariance(k) for k in range(lags + 1)]

    def covariance(i, j):
        return gammas[j - i] if j >= i else gammas[i - j].T

    # Index 0 is the present, i >= 1 is i steps back: Cov(z_{t-i}, z_{t-j}) is Gamma(j - i).
    whole = np.block([[covariance(i, j) for j in range(lags + 1)] for i in range(lags + 1)])
    own = np.array([3 * i + c for i in range(lags + 1) for c in (1, 2)])
    seen = whole[np.ix_(own, own)]
    error = seen[:2, :2] - seen[:2, 2:] @ np.linalg.solve(seen[2:, 2:], seen[2:, :2])
    expected = 0.5 * np.linalg.slogdet(error)[1]
    assert law.transfer_entropy(lags) == pytest.approx(expected, abs=1e-9)
    assert law.transfer_entropy() == pytest.approx(expected, abs=1e-8)


def test_a_path_has_the_autocovariances():
    noise = np.array([[1.0, 0.3], [0.3, 2.0]])
    law = LinearSeries([[0.5, 0.1], [0.4, 0.3]], noise)
    path = law.path(N, seed=1)
    for lag in (0, 1, 3):
        found = path[lag:].T @ path[: N - lag] / (N - lag)
        # Dependent rows count for fewer: the slowest mode here makes two rows of them into one.
        np.testing.assert_allclose(found, law.autocovariance(lag), atol=5 * 2.8 * np.sqrt(2 / N))
    residual = path[1:] - path[:-1] @ law.coefficients.T
    np.testing.assert_allclose(np.cov(residual.T), noise, atol=4.5 * 2.9 / np.sqrt(N))
    starts = np.array([law.path(1, seed=s)[0] for s in range(2_000)])
    np.testing.assert_allclose(np.cov(starts.T), law.autocovariance(0), atol=4.5 * 4 / np.sqrt(2_000))


@pytest.mark.parametrize("lag", [0, 1, 4])
def test_samples_pair_x_with_a_later_y(lag):
    law = LinearSeries([[0.5, 0.0], [0.4, 0.5]], lag=lag)
    path = law.path(100 + lag, seed=5)
    x, y = law.sample(100, seed=5)
    np.testing.assert_array_equal(x[:, 0], path[:100, 0])
    np.testing.assert_array_equal(y[:, 0], path[lag:, 1])


def test_transfer_samples_are_aligned():
    law = LinearSeries([[0.5, 0.0], [0.4, 0.5]])
    path = law.path(102, seed=0)
    past_x, present, past_y = law.sample_transfer(100, seed=0, history=2)
    np.testing.assert_array_equal(present[:, 0], path[2:, 1])
    np.testing.assert_array_equal(past_x, np.column_stack([path[1:-1, 0], path[:-2, 0]]))
    np.testing.assert_array_equal(past_y, np.column_stack([path[1:-1, 1], path[:-2, 1]]))


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_binary_series_repeat_the_coin_before(lag):
    x, y = BinarySeries(0.1, lag).sample(N, seed=0)
    agree = (x == y).mean()
    assert agree == pytest.approx(0.9 if lag == 1 else 0.5, abs=4.5 * 0.5 / np.sqrt(N))
    flip = special.entr([0.1, 0.9]).sum()
    assert BinarySeries(0.1, lag).transfer_entropy() == pytest.approx(np.log(2) - flip)
    assert BinarySeries(0.1, lag).transfer_entropy(reverse=True) == 0.0


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: LinearSeries([[1.0, 0.0], [0.0, 0.5]]), "coefficients"),
        (lambda: LinearSeries([[0.5, 0.0]]), "coefficients"),
        (lambda: LinearSeries(0.5 * np.eye(2), np.eye(3)), "noise"),
        (lambda: LinearSeries(0.5 * np.eye(2), lag=-1), "lag"),
        (lambda: LinearSeries(0.5 * np.eye(2)).transfer_entropy(0), "history"),
        (lambda: BinarySeries(1.5), "flip"),
    ],
)
def test_wrong_parameters_are_refused(make, what):
    with pytest.raises(ParameterError, match=f"`{what}` must"):
        make()
