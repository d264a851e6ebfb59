"""`compare`: the difference of two informations of the same rows, its paired interval, and what it refuses."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from mitk import KSG, Comparison, GaussianCopula, MIEstimate, compare, estimate
from mitk.distributions import Table
from mitk.errors import DataError, DataTypeError, ParameterError, UnsupportedError
from mitk.inference.distribution import from_standard_error
from mitk.inference.paired import difference_quantiles, error_correlation

RNG = np.random.default_rng(0)
N = 400
Y = RNG.standard_normal(N)
NEAR = Y + 0.5 * RNG.standard_normal(N)
FAR = NEAR + 0.5 * RNG.standard_normal(N)
LABEL = np.where(Y > 0.0, "up", "down")
FRAME = pd.DataFrame({"near": NEAR, "far": FAR, "y": Y, "label": LABEL})
# Variances of near and far given y are 0.25 and 0.5.
TRUTH = 0.5 * math.log(5.0) - 0.5 * math.log(3.0)


def test_both_estimates_are_those_of_estimate():
    result = compare((NEAR, Y), (FAR, Y), "copula")
    assert isinstance(result, Comparison)
    assert result.first == estimate(NEAR, Y, "copula")
    assert result.second == estimate(FAR, Y, "copula")
    assert result.value == result.first.value - result.second.value == float(result)
    assert (result.unit, result.n_samples, result.status.code, result.larger) == ("nats", N, "OK", "first")
    assert compare((FAR, Y), (NEAR, Y), "copula").larger == "second"


def test_frames_are_compared_by_their_columns():
    assert compare((FRAME.near, FRAME.y), (FRAME.far, FRAME.y), "copula") == compare((NEAR, Y), (FAR, Y), "copula")


@pytest.mark.parametrize("method", ["screen", "auto", "ksg"])
def test_any_method_finds_the_difference(method):
    result = compare((FRAME.near, FRAME.y), (FRAME.far, FRAME.y), method)
    assert TRUTH in result.ci
    assert result.ci.method == "paired"


def test_the_interval_covers_and_is_shorter_than_of_two_data_sets():
    # Both labels are y but where they are drawn anew, which happens to the first only where it does to the second.
    truth = noisy(0.2) - noisy(0.35)
    covered, shorter, draws = 0, 0, 60
    for seed in range(draws):
        rng = np.random.default_rng([3, seed])
        y, other, fate = rng.integers(0, 3, 300), rng.integers(0, 3, 300), rng.random(300)
        sides = [np.where(fate < share, other, y).astype(str) for share in (0.2, 0.35)]
        result = compare((sides[0], y.astype(str)), (sides[1], y.astype(str)), "discrete", block=1)
        covered += truth in result.ci
        shorter += result.ci.width < math.hypot(result.first.ci.width, result.second.ci.width)
    # Three standard errors of a coverage of 0.95.
    assert abs(covered / draws - 0.95) <= 3.0 * math.sqrt(0.95 * 0.05 / draws)
    assert shorter == draws


def noisy(share):
    """Information of three even levels and a copy of which this share is drawn anew, nats."""
    return Table(np.full((3, 3), share / 9.0) + np.eye(3) * (1.0 - share) / 3.0).mutual_information


def test_a_pair_differs_from_itself_by_nothing():
    result = compare((NEAR, Y), (NEAR, Y), "gaussian")
    assert (result.value, result.error_correlation, result.larger) == (0.0, 1.0, None)
    assert result.ci.width < 0.1 * result.first.ci.width


def test_independent_pairs_have_errors_that_do_not_cancel():
    other = np.random.default_rng(1).standard_normal((2, N))
    result = compare((NEAR, Y), (other[0] + other[1], other[1]), "gaussian")
    # The correlation of so many independent contributions is within three standard errors of 0.
    assert abs(result.error_correlation) < 3.0 / math.sqrt(N)


def test_ends_by_hand():
    one, two = (from_standard_error(v, e, 1e9, "own") for v, e in ((0.5, 0.03), (0.2, 0.04)))
    quantiles = difference_quantiles((0.5, 0.2), (one, two), 0.5)
    # Normal errors: the variance of the difference is 9 + 16 - 2 * 0.5 * 12 = 13 hundredths squared.
    half = 1.959964 * 0.01 * math.sqrt(13.0)
    assert quantiles.interval(0.95).low == pytest.approx(0.3 - half, abs=1e-4)
    assert quantiles.interval(0.95).high == pytest.approx(0.3 + half, abs=1e-4)


def test_a_bias_that_lengthens_one_arm_lengthens_that_of_the_difference():
    exact = from_standard_error(0.2, 0.0, 10, "own")
    biased = from_standard_error(0.5, 0.01, 1e9, "own", above=0.2)
    found = difference_quantiles((0.5, 0.2), (biased, exact), 0.0).interval(0.95)
    other = difference_quantiles((0.2, 0.5), (exact, biased), 0.0).interval(0.95)
    assert (found.low, found.high) == pytest.approx((0.3 - 0.0196, 0.5 + 0.0196), abs=1e-3)
    assert (other.low, other.high) == pytest.approx((-found.high, -found.low))


def test_correlation_counts_groups_and_not_rows():
    rng = np.random.default_rng(2)
    shared, labels = rng.standard_normal((50, 2)), np.repeat(np.arange(50), 8)
    # Rows of a group repeat its value, so that the noise of single rows hardly counts.
    first = shared[labels, 0] + 0.1 * rng.standard_normal(400)
    second = shared[labels, 0] + 0.1 * rng.standard_normal(400)
    by_groups = error_correlation(first, second, labels)
    by_hand = np.corrcoef(first.reshape(50, 8).sum(axis=1), second.reshape(50, 8).sum(axis=1))[0, 1]
    assert by_groups == pytest.approx(by_hand, abs=1e-10)
    assert error_correlation(first, -first, labels) == pytest.approx(-1.0)


def test_groups_and_thinning_are_those_of_estimate():
    groups = np.arange(N) // 4
    grouped = compare((NEAR, Y), (FAR, Y), "gaussian", groups=groups)
    assert grouped.first == estimate(NEAR, Y, "gaussian", groups=groups)
    assert compare((NEAR, Y), (FAR, Y), "gaussian", thin=2).n_samples == N // 2


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_runs_of_one_pair_are_those_of_both():
    walk = np.zeros(N)
    for t in range(1, N):
        walk[t] = 0.9 * walk[t - 1] + NEAR[t]
    result = compare((walk + FAR, walk), (NEAR, Y), "gaussian")
    # Rows of the second pair are independent.
    assert estimate(NEAR, Y, "gaussian").block is None
    assert result.first.block == result.second.block > 1
    assert str(result).endswith(f"runs of {result.first.block} rows")
    assert compare((walk + FAR, walk), (NEAR, Y), "gaussian", block=1).first.block is None


def test_a_condition_is_that_of_both():
    result = compare((NEAR, Y), (FAR, Y), "gaussian", given=FRAME.label)
    assert {result.first.quantity, result.second.quantity} == {"conditional_mi"}
    assert result.first == estimate(NEAR, Y, "gaussian", given=FRAME.label)


def test_rows_are_dropped_where_any_side_has_a_gap():
    first, second = NEAR.copy(), FAR.copy()
    first[3] = second[[5, 6]] = np.nan
    with pytest.raises(DataError, match=r"1 in `x` \(first in row 3\), 2 in `second\[0\]`"):
        compare((first, Y), (second, Y), "gaussian")
    result = compare((first, Y), (second, Y), "gaussian", missing="drop")
    assert (result.n_samples, result.n_dropped) == (N - 3, 3)
    kept = np.setdiff1d(np.arange(N), [3, 5, 6])
    assert result.value == compare((NEAR[kept], Y[kept]), (FAR[kept], Y[kept]), "gaussian").value


def test_what_either_pair_is_doubted_for():
    with pytest.warns(match="The second pair: n=9 is below"):
        result = compare((NEAR[:9], LABEL[:9]), (FAR[:9], Y[:9]), "ksg")
    assert result.status.code == "UNRELIABLE"
    assert {reason.text.split(":")[0] for reason in result.status.reasons} == {"The first pair", "The second pair"}
    with pytest.warns(match="The first pair: The value is not finite"):
        exact = compare((Y, Y), (FAR, Y), "gaussian")
    assert exact.ci is None
    assert exact.larger is None
    with pytest.raises(UnsupportedError, match="`interval` needs the intervals of both results"):
        exact.interval(0.9)


def test_constants_and_bounds_have_an_answer():
    constant = compare((np.ones(N), Y), (FAR, Y), "gaussian")
    assert constant.value == -constant.second.value
    bounds = compare((NEAR, LABEL), (FAR, LABEL), "classifier")
    assert "lower bound" in bounds.notes[0]


@pytest.mark.parametrize(
    ("first", "got"),
    [
        (FRAME[["near", "y"]], "a single DataFrame"),
        (NEAR, "a single ndarray"),
        ("ab", "a single str"),
        (None, "a single NoneType"),
        ((NEAR, Y, FAR), "3 parts"),
    ],
)
def test_what_is_no_pair_is_refused(first, got):
    with pytest.raises(DataError, match=rf"`first` must be a pair \(x, y\); got {got}. Hint: compare\(\(frame.a"):
        compare(first, (FAR, Y))
    with pytest.raises(DataError, match="`second` must be a pair"):
        compare((FAR, Y), first)


@pytest.mark.parametrize("second", [(FAR[:50], Y[:50]), (FAR[:50], Y), (FAR, Y[:50])])
def test_pairs_of_different_rows_are_refused(second):
    with pytest.raises(DataError, match=r"`x` must have as many rows as `second\[.\]`; got"):
        compare((NEAR, Y), second)


def test_rows_that_are_labelled_otherwise_are_refused():
    other = FRAME.set_index(FRAME.index[::-1] + 7)
    named = FRAME.set_index(FRAME.index + 7)
    with pytest.raises(DataError, match="must have the same row labels"):
        compare((named.near, named.y), (other.far, other.y))


def test_other_bad_data_and_options():
    with pytest.raises(DataError, match=r"`second\[0\]` must be finite"):
        compare((NEAR, Y), (np.where(FAR > 1.0, np.inf, FAR), Y))
    with pytest.raises(DataTypeError, match="must hold real numbers"):
        compare((NEAR, Y), ([1, "a"] * (N // 2), Y))
    with pytest.raises(DataError, match="at least 2 rows"):
        compare((NEAR[:1], Y[:1]), (FAR[:1], Y[:1]))
    with pytest.raises(ParameterError, match="`confidence` must"):
        compare((NEAR, Y), (FAR, Y), confidence=2.0)
    with pytest.raises(ParameterError, match="must be set on the estimator itself"):
        compare((NEAR, Y), (FAR, Y), KSG(), k=5)


def test_record_text_and_units():
    nats = compare((NEAR, Y), (FAR, Y), GaussianCopula())
    bits = compare((NEAR, Y), (FAR, Y), GaussianCopula(), unit="bits")
    assert bits.value == pytest.approx(nats.value / math.log(2.0))
    assert bits.ci.width == pytest.approx(nats.ci.width / math.log(2.0))
    assert nats.interval(0.5).width < nats.ci.width == pytest.approx(nats.interval(0.95).width)
    low, high = f"{nats.ci.low:.3f}", f"{nats.ci.high:.3f}"
    values = f"{nats.first.value:.3f} less {nats.second.value:.3f}"
    assert str(nats) == f"{nats.value:.3f} nats [{low}, {high}] (95 %) ({values}), GaussianCopula(), n={N}"
    assert f"{nats:.2f}" == f"{nats.value:.2f}"
    record = json.loads(nats.to_json(), parse_constant=pytest.fail)
    assert record["value"] == nats.value
    assert MIEstimate.from_dict(record["second"]).value == nats.second.value
    assert compare((NEAR, Y), (FAR, Y), GaussianCopula(), confidence=None).ci is None
    assert len({nats, compare((NEAR, Y), (FAR, Y), GaussianCopula())}) == 1


def test_a_picture_has_three_bars():
    pytest.importorskip("matplotlib").use("Agg")
    axes = compare((NEAR, Y), (FAR, Y), "gaussian").plot()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["difference", "second", "first"]
    axes.figure.clear()
