"""`kl_divergence` and `jensen_shannon`: closed forms, intervals, and samples that share no support."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from mitk import MIEstimate, jensen_shannon, kl_divergence
from mitk.errors import DataError, DataTypeError, ParameterError, UnsupportedError

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal(400), RNG.standard_normal(300) + 0.5
LABELS = np.array(list("abc"))[RNG.integers(0, 3, 300)]
MEASURES = [kl_divergence, jensen_shannon]


def normal_kl(shift, scale, d=1):
    """KL(N(0, 1) || N(shift, scale^2)) in each of d columns, nats."""
    return d * (math.log(scale) + (1.0 + shift**2) / (2.0 * scale**2) - 0.5)


def normal_js(shift, scale):
    def mean(p, q):
        def integrand(v):
            return p.pdf(v) * (p.logpdf(v) - np.logaddexp(p.logpdf(v), q.logpdf(v)) + math.log(2.0))

        return quad(integrand, -15.0, 15.0, limit=200)[0]

    p, q = norm(0.0, 1.0), norm(shift, scale)
    return 0.5 * (mean(p, q) + mean(q, p))


def exact(p, q):
    p, q = np.asarray(p) / np.sum(p), np.asarray(q) / np.sum(q)
    middle = 0.5 * (p + q)
    js = 0.5 * float((p * np.log(p / middle)).sum() + (q * np.log(q / middle)).sum())
    return p, q, {kl_divergence: float((p * np.log(p / q)).sum()), jensen_shannon: js}


@pytest.mark.parametrize(("shift", "scale", "d"), [(1.0, 1.0, 1), (0.0, 2.0, 1), (0.7, 1.0, 2), (0.45, 1.0, 5)])
def test_normal_laws(shift, scale, d):
    truth = normal_kl(shift, scale, d)
    rng = np.random.default_rng([d, 1])
    found = kl_divergence(rng.standard_normal((1500, d)), shift + scale * rng.standard_normal((1500, d)))
    # Var ln p / q is 2 KL for a shift, and as much for the ratios at the rows of y; a bias of a tenth.
    assert found.value == pytest.approx(truth, abs=3.0 * math.sqrt(4.0 * truth / 1500) + 0.1 * truth)
    assert truth in found.ci


def test_correlated_columns_have_little_bias_where_neighbours_alone_have_much():
    covariance = 0.9 + 0.1 * np.eye(5)
    truth = -0.5 * np.linalg.slogdet(covariance)[1]
    rng = np.random.default_rng(2)
    x, y = rng.multivariate_normal(np.zeros(5), covariance, 1000), rng.standard_normal((1000, 5))
    # Neighbours alone miss more than a nat of 3.8.
    assert kl_divergence(x, y).value == pytest.approx(truth, abs=0.4)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_exponential_columns(d):
    # Rates 1 and 1/2: ln 2 - 1/2 in each column.
    rng = np.random.default_rng([d, 3])
    found = kl_divergence(rng.exponential(size=(1000, d)), 2.0 * rng.exponential(size=(1000, d)))
    assert found.value == pytest.approx(d * (math.log(2.0) - 0.5), abs=0.04 + 0.05 * d)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (1.0, 1.0), (0.0, 2.0), (4.0, 1.0)])
@pytest.mark.parametrize(("n", "m"), [(1000, 1000), (600, 2000)])
def test_jensen_shannon_does_not_depend_on_how_many_rows_each_has(shift, scale, n, m):
    rng = np.random.default_rng([n, 4])
    found = jensen_shannon(rng.standard_normal(n), shift + scale * rng.standard_normal(m))
    assert found.value == pytest.approx(normal_js(shift, scale), abs=0.04)
    assert found.value <= math.log(2.0)
    assert normal_js(shift, scale) in found.ci


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("p", "q"), [([1, 1, 1], [1, 1, 1]), ([5, 3, 2], [3, 3, 4]), ([9, 1], [5, 5])])
def test_intervals_of_labels_cover(measure, p, q):
    p, q, truths = exact(p, q)
    draws, covered, values = 60, 0, []
    for seed in range(draws):
        rng = np.random.default_rng([5, seed])
        found = measure(rng.choice(len(p), 150, p=p).astype(str), rng.choice(len(q), 300, p=q).astype(str))
        values.append(found.value)
        covered += truths[measure] in found.ci
    assert covered / draws >= 0.95 - 3.0 * math.sqrt(0.95 * 0.05 / draws)
    # Less its bias, the plug-in is within three standard errors of the truth on average.
    assert np.mean(values) == pytest.approx(truths[measure], abs=3.0 * np.std(values) / math.sqrt(draws))


@pytest.mark.parametrize("measure", MEASURES)
def test_intervals_of_numbers_cover(measure):
    truth = {kl_divergence: 0.5, jensen_shannon: normal_js(1.0, 1.0)}[measure]
    draws, covered = 50, 0
    for seed in range(draws):
        rng = np.random.default_rng([6, seed])
        covered += truth in measure(rng.standard_normal(300), rng.standard_normal(300) + 1.0).ci
    assert covered / draws >= 0.95 - 3.0 * math.sqrt(0.95 * 0.05 / draws)


@pytest.mark.parametrize("measure", MEASURES)
def test_increasing_maps_of_both_change_nothing(measure):
    assert measure(np.exp(X), np.exp(Y)).value == pytest.approx(measure(X, Y).value, abs=1e-12)
    assert measure(X * 1e300, Y * 1e300).value == pytest.approx(measure(X, Y).value, abs=1e-12)


def test_a_label_that_y_has_not_makes_the_divergence_infinite():
    y = np.where(LABELS == "c", "a", LABELS)
    with pytest.warns(match=r"1 of 3 labels, of \d+ rows of x, are in no row of y: the divergence is infinite"):
        found = kl_divergence(LABELS, y)
    assert found.value == math.inf
    assert found.ci is None
    assert MIEstimate.from_json(found.to_json()) == found
    assert math.isfinite(kl_divergence(y, LABELS).value)
    assert math.isfinite(jensen_shannon(LABELS, y).value)


@pytest.mark.parametrize(("n", "d"), [(100, 1), (300, 1), (300, 2)])
def test_the_interval_of_samples_that_do_not_overlap_holds_a_bit(n, d):
    rng = np.random.default_rng(n)
    result = jensen_shannon(rng.standard_normal((n, d)), rng.standard_normal((n, d)) + 20.0)
    assert math.log(2.0) in result.ci
    assert result.value > 0.6


def test_samples_without_a_common_label_are_a_bit_apart():
    found = jensen_shannon(["u"] * 50, ["v"] * 90, unit="bits")
    assert found.value == pytest.approx(1.0)
    assert jensen_shannon(["u"] * 50, ["u"] * 90).value == 0.0


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_samples_in_fewer_dimensions():
    twice = np.column_stack([X, X])
    # Both on one line are compared along it.
    assert kl_divergence(twice, np.column_stack([Y, Y])).status.ok
    apart = np.column_stack([Y, Y[::-1]])
    assert kl_divergence(twice, apart).value == math.inf
    assert jensen_shannon(twice, apart).value == pytest.approx(math.log(2.0))
    assert kl_divergence(np.full(50, 0.5), Y).value == math.inf


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        (X, X, "below-zero"),
        (X[:5], Y[:5], "few-rows"),
        (RNG.standard_normal((200, 7)), RNG.standard_normal((200, 7)), "many-columns"),
        ([f"id{k}" for k in range(50)], [f"id{k}" for k in range(50)], "sparse"),
    ],
)
def test_doubts(measure, x, y, code):
    assert code in {reason.code for reason in measure(x, y).status.reasons}


def test_divergences_that_rest_on_normal_tails_are_doubted():
    rng = np.random.default_rng(7)
    with pytest.warns(match="which normal laws and single columns stand in for"):
        found = kl_divergence(rng.standard_normal((400, 5)), 0.6 * rng.standard_normal((400, 5)))
    assert normal_kl(0.0, 0.6, 5) in found.ci


def test_labels_are_matched_by_their_text():
    x, y = pd.Series(["b", "c"] * 50, dtype="category"), pd.Series(["a", "b", "c", "c"] * 25, dtype="category")
    assert kl_divergence(x, y).value == kl_divergence(list(x), list(y)).value
    assert kl_divergence(X > 0.0, Y > 0.0).diagnostics["levels"] == 2
    pairs = kl_divergence(pd.DataFrame({"a": X > 0.0, "b": X > 1.0}), pd.DataFrame({"a": Y > 0.0, "b": Y > 1.0}))
    assert (pairs.diagnostics["levels"], pairs.dim_x, pairs.dim_y) == (3, 2, 2)


def test_kinds_of_numbers():
    counts = RNG.poisson(3.0, 300), RNG.poisson(4.0, 300)
    assert "discrete=False" in jensen_shannon(*counts).notes[-1]
    truth = normal_kl(0.5, 1.0)
    assert truth in kl_divergence(np.round(X, 1), np.round(Y, 1)).ci
    constant = kl_divergence(np.column_stack([X, np.zeros(400)]), np.column_stack([Y, np.zeros(300)]))
    assert constant.value == kl_divergence(X, Y).value
    assert "constant" in constant.notes[0]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("x", "y", "error", "text"),
    [
        (np.column_stack([X, X]), Y, DataError, "`y` must have as many columns as `x`, 2; got 1"),
        (X[:1], Y, DataError, "`x` must have at least 2 complete rows; got 1"),
        (X, np.where(Y > 1.0, np.nan, Y), DataError, "`y` must have no missing values"),
        (X, np.where(Y > 1.0, np.inf, Y), DataError, "must be finite"),
        (LABELS, X, DataError, "`y` must hold what `x` holds, labels"),
        (X > 0.0, LABELS, DataError, "must hold labels of the type"),
        ({"a": X, "b": X > 0.0}, {"a": Y, "b": Y > 0.0}, DataError, "labels alone or numbers alone"),
        ([1, "a"] * 50, LABELS, DataTypeError, "must hold real numbers"),
        (None, X, DataError, "must have shape"),
    ],
)
def test_bad_data_meet_one_sentence(measure, x, y, error, text):
    with pytest.raises(error, match=text):
        measure(x, y)


@pytest.mark.parametrize("measure", MEASURES)
def test_options_and_record(measure):
    for option, value in {"unit": "bans", "confidence": 2.0, "missing": "fill", "discrete": "no"}.items():
        with pytest.raises(ParameterError, match=f"`{option}` must"):
            measure(X, Y, **{option: value})
    gaps = measure(np.where(X > 2.0, np.nan, X), Y, missing="drop", unit="bits")
    assert gaps.n_dropped == int((X > 2.0).sum())
    assert gaps.n_samples == 700 - gaps.n_dropped
    assert gaps.quantity == measure.__name__
    assert measure(X, Y, confidence=None).ci is None
    if measure is kl_divergence:
        with pytest.raises(UnsupportedError, match="needs an information; got kl_divergence"):
            _ = gaps.correlation
