"""`entropy`: of labels and of numbers against closed forms, its intervals, and what it refuses."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from mitk import MIEstimate, entropy
from mitk.errors import DataError, DataTypeError, ParameterError, UnsupportedError
from mitk.numerics.entropies import ENTROPIES

NORMAL = 0.5 * math.log(2.0 * math.pi * math.e)
RNG = np.random.default_rng(0)
X = RNG.standard_normal(500)
LABELS = np.array(list("abc"))[RNG.integers(0, 3, 500)]
# Name, draw, entropy in nats, standard deviation of -ln f.
LAWS = {
    "normal": (lambda rng, n: rng.standard_normal(n), NORMAL, math.sqrt(0.5)),
    "uniform": (lambda rng, n: rng.random(n), 0.0, 0.0),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0, 1.0),
    "laplace": (lambda rng, n: rng.laplace(size=n), 1.0 + math.log(2.0), 1.0),
    "cauchy": (lambda rng, n: rng.standard_cauchy(n), math.log(4.0 * math.pi), math.pi / math.sqrt(3.0)),
}


def shares(p):
    p = np.asarray(p) / np.sum(p)
    return p, float(-(p * np.log(p)).sum())


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [300, 3000])
def test_one_column_has_the_entropy_of_its_law(law, n):
    draw, truth, spread = LAWS[law]
    values = [entropy(draw(np.random.default_rng([1, seed]), n), confidence=None, block=1).value for seed in range(20)]
    # Var ln f / n, and 0.05 for the spacings; three standard errors of the mean of twenty, and a bias of 10 / n.
    error = math.sqrt((spread**2 + 0.05) / n / 20)
    assert np.mean(values) == pytest.approx(truth, abs=3.0 * error + 10.0 / n)


@pytest.mark.parametrize("d", [2, 5])
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_columns_have_the_entropy_of_their_law(d, rho):
    covariance = (1.0 - rho) * np.eye(d) + rho
    truth = d * NORMAL + 0.5 * np.linalg.slogdet(covariance)[1]
    rows = np.random.default_rng([d, 2]).multivariate_normal(np.zeros(d), covariance, 2000)
    # Var ln f = d / 2, and as much for neighbours.
    assert entropy(rows).value == pytest.approx(truth, abs=3.0 * math.sqrt(d / 2000.0))
    skewed = entropy(np.exp(rows))
    assert skewed.value == pytest.approx(truth, abs=3.0 * math.sqrt(2.0 * d * (1.0 + (d - 1) * rho) / 2000.0))


def test_independent_columns_add_where_joint_volumes_fail():
    rows = np.random.default_rng(3).random((2000, 5))
    assert entropy(rows).value == pytest.approx(0.0, abs=0.06)


@pytest.mark.parametrize("law", ["normal", "exponential"])
def test_intervals_of_numbers_cover(law):
    draw, truth, _ = LAWS[law]
    draws = 100
    covered = sum(truth in entropy(draw(np.random.default_rng([4, seed]), 300), block=1).ci for seed in range(draws))
    assert abs(covered / draws - 0.95) <= 3.0 * math.sqrt(0.95 * 0.05 / draws)


@pytest.mark.parametrize("p", [np.ones(10), 0.5 ** np.arange(1, 30), np.r_[0.97, np.full(10, 0.003)], [0.9, 0.1]])
def test_intervals_of_labels_cover(p):
    p, truth = shares(p)
    draws, covered = 100, 0
    for seed in range(draws):
        found = entropy(np.random.default_rng([5, seed]).choice(len(p), 300, p=p), discrete=True, block=1)
        covered += truth in found.ci
    # Even levels are covered more often: there the variance is of second order, and its mean is taken.
    assert covered / draws >= 0.95 - 3.0 * math.sqrt(0.95 * 0.05 / draws)


@pytest.mark.parametrize("correction", ENTROPIES)
def test_labels_by_each_correction(correction):
    counts = np.unique(LABELS, return_counts=True)[1]
    found = entropy(LABELS, correction=correction)
    assert found.value == pytest.approx(ENTROPIES[correction](counts, 3))
    assert found.value in found.ci
    assert (found.quantity, found.dim_x, found.dim_y, found.diagnostics["levels"]) == ("entropy", 1, 0, 3)


def test_several_columns_of_labels_are_one():
    pairs = entropy(np.column_stack([LABELS, LABELS]))
    assert pairs.value == entropy(LABELS).value
    assert entropy(pd.DataFrame({"a": LABELS, "b": X > 0.0})).diagnostics["levels"] == 6


def test_units_scales_and_shifts():
    assert entropy(X, unit="bits").value == pytest.approx(entropy(X).value / math.log(2.0))
    assert entropy(5.0 * X + 3.0).value == pytest.approx(entropy(X).value + math.log(5.0))
    assert entropy(X[:, None] * [1.0, 2.0] + RNG.standard_normal((500, 2))).quantity == "differential_entropy"


def test_one_level_may_have_missed_another():
    found = entropy(["u"] * 300)
    # (1 - q)^300 = 0.025 at q = 0.0122.
    q = 1.0 - 0.025 ** (1.0 / 300.0)
    assert found.value == found.ci.low == 0.0
    assert found.ci.high == pytest.approx(-q * math.log(q) - (1.0 - q) * math.log1p(-q))


def test_rounded_numbers_keep_the_entropy_of_the_numbers():
    assert entropy(np.round(X, 2)).value == pytest.approx(entropy(X).value, abs=0.02)
    halves = np.round(2.0 * X) / 2.0
    assert entropy(halves).quantity == "entropy"
    # H of values a step of 1/2 apart is about h + ln 2.
    assert entropy(halves).value == pytest.approx(entropy(halves, discrete=False).value + math.log(2.0), abs=0.05)
    assert "discrete=False" in entropy(halves).notes[-1]


def test_groups_and_series_lengthen_the_interval():
    repeated, groups = np.repeat(RNG.standard_normal(100), 5), np.repeat(np.arange(100), 5)
    noisy = repeated + 0.5 * RNG.standard_normal(500)
    assert entropy(noisy, groups=groups).ci.width > 1.2 * entropy(noisy, block=1).ci.width
    assert entropy(LABELS, groups=np.arange(500) // 10).value == entropy(LABELS).value
    series = np.zeros(500)
    for t in range(1, 500):
        series[t] = 0.9 * series[t - 1] + X[t]
    assert entropy(series).block > 1


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (np.column_stack([X, X]), "not-finite"),
        (np.column_stack([X, X[::-1], X + X[::-1]]), "not-finite"),
        (np.where(RNG.random(500) < 0.5, 0.0, X), "not-finite"),
        (RNG.standard_normal((500, 7)), "many-columns"),
        (RNG.standard_normal((60, 3)), "few-rows"),
        (X[:5], "few-rows"),
        ([f"id{k}" for k in range(100)], "sparse"),
    ],
)
def test_doubts(data, code):
    found = entropy(data)
    assert code in {reason.code for reason in found.status.reasons}
    assert (found.value == -math.inf) == (code == "not-finite") == (found.ci is None)


def test_a_doubt_is_a_warning():
    with pytest.warns(match="7 columns of numbers"):
        entropy(RNG.standard_normal((300, 7)))


def test_labels_beside_numbers_are_refused():
    frame = pd.DataFrame({"size": X, "kind": LABELS})
    with pytest.raises(DataError, match=r"labels alone or numbers alone; got labels \(kind\) and numbers \(size\)"):
        entropy(frame)
    # The two parts that the hint names.
    parts = entropy(LABELS).value + sum((v == LABELS).mean() * entropy(X[v == LABELS]).value for v in "abc")
    assert parts == pytest.approx(NORMAL + math.log(3.0), abs=0.2)


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (X[:1], DataError, "at least 2 rows"),
        (np.where(X > 2.0, np.nan, X), DataError, "`x` must have no missing values"),
        (np.where(X > 2.0, np.inf, X), DataError, "must be finite"),
        ([1, "a"] * 50, DataTypeError, "must hold real numbers"),
        (None, DataError, "must have shape"),
        ([], DataError, "at least 2 rows"),
    ],
)
def test_bad_data_meet_one_sentence(data, error, text):
    with pytest.raises(error, match=text):
        entropy(data)


def test_bad_options_meet_one_sentence():
    for option, value in {"correction": "none", "unit": "bans", "confidence": 2.0, "missing": "fill"}.items():
        with pytest.raises(ParameterError, match=f"`{option}` must"):
            entropy(X, **{option: value})
    with pytest.raises(ParameterError, match="`discrete` must be True"):
        entropy(X, discrete="no")


def test_the_record_is_that_of_estimates():
    gaps = np.where(X > 1.5, np.nan, X)
    found = entropy(gaps, missing="drop")
    assert found.n_dropped == int(np.isnan(gaps).sum())
    assert MIEstimate.from_json(found.to_json(pointwise=True)) == found
    assert json.loads(entropy(LABELS).to_json())["quantity"] == "entropy"
    assert found.pointwise.mean() == pytest.approx(found.value)
    assert entropy(X, confidence=None).ci is None
    with pytest.raises(UnsupportedError, match="needs an information; got differential_entropy"):
        _ = entropy(X).correlation
