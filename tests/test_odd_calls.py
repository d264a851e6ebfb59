"""Calls that a fuzzer found: odd data and options end in an answer or in mitk's own words, whatever the container."""

import decimal
import fractions

import numpy as np
import pytest

from mitk import MIEstimate, WassersteinDependency, estimate, measures, pairwise, permutation_test
from mitk.classical.classifier import _standardised
from mitk.errors import DataError, DataTypeError, ParameterError
from mitk.many.shared_null import _gamma_tail

# Warnings of others stay errors.
pytestmark = pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
RNG = np.random.default_rng(5)
X = RNG.standard_normal(60)
Y = X + RNG.standard_normal(60)
FEW = RNG.integers(0, 3, 60)
# Neither these nor their differences from the largest are lost to 53 bits, unless they are read as floats.
LARGE = [2**64 - 1 - 3 * int(v) for v in RNG.permutation(60)]


def told(x, y=Y, **options):
    found = estimate(x, y, "screen", **options)
    return found.value, found.ci, found.status.code


@pytest.mark.parametrize(
    "container",
    [
        np.array(LARGE, dtype=np.uint64),
        [decimal.Decimal(v) for v in LARGE],
        [fractions.Fraction(v) for v in LARGE],
        np.array([decimal.Decimal(v) for v in LARGE]),
        np.array(LARGE, dtype=np.uint64)[:, None],
    ],
)
def test_whole_numbers_keep_their_digits_in_every_type(container):
    assert told(container) == told(LARGE) == told([v - LARGE[0] for v in LARGE])


def test_rows_of_several_types_keep_the_digits_of_integers():
    rows = [[large, float(x)] for large, x in zip(LARGE, X, strict=True)]
    assert told(rows) == told({"a": LARGE, "b": X})
    mixed = [-1, *LARGE[1:]]
    assert told(mixed) == told(np.array(mixed, dtype=object))


def test_whole_floats_are_the_same_as_decimals_and_integers():
    values = np.round(X * 1e3) * 2.0**60
    assert told([decimal.Decimal(v) for v in values]) == told(values) == told([int(v) for v in values])


@pytest.mark.parametrize("call", [estimate, permutation_test, measures.kde_mi, measures.pairwise_mi])
def test_a_span_beyond_floats_is_refused_without_a_warning(call):
    with pytest.raises(DataError, match=r"must span less than 1.8e\+308; got -1.7e\+308 to 1.7e\+308"):
        call(np.where(X > 0.0, 1.7e308, -1.7e308), Y)


def test_a_column_that_spans_too_much_costs_no_other_pair():
    frame = {"a": X, "b": Y, "wide": np.where(X > 0.0, 1.7e308, -1.7e308)}
    found = pairwise(frame)
    assert found.counts()["failed"] == 2
    assert found.values[0, 1] == pytest.approx(told(X)[0], abs=1e-12)
    assert "must span less" in found.results[0, 2]


@pytest.mark.parametrize("option", ["interval", "missing", "unit", "block", "thin", "discrete_x"])
def test_an_array_is_no_option(option):
    with pytest.raises(ParameterError, match=f"`{option}` must"):
        estimate(X, Y, "screen", **{option: np.array([1, 2])})
    if option != "discrete_x":
        with pytest.raises(ParameterError, match=f"`{option}` must"):
            pairwise(np.column_stack([X, Y]), **{option: np.array([1, 2])})


@pytest.mark.parametrize("names", [3, object, np.array(2), "ab", ["a"]])
def test_names_are_as_many_as_columns(names):
    with pytest.raises(ParameterError, match="`names` must hold 2 names"):
        pairwise(np.column_stack([X, Y]), names=names)


def test_no_groups_and_no_array():
    with pytest.raises(DataError, match="one label for each of the 60 rows; got no column"):
        estimate(X, Y, groups={})

    class Broken:
        def __array__(self, *args, **options):
            raise RuntimeError("no array after all")

    with pytest.raises(DataTypeError, match="`x` must be readable as an array"):
        estimate(Broken(), Y)


@pytest.mark.parametrize("seed", [2**32, 2**200, np.int64(7), np.uint64(2**63 + 5)])
def test_seeds_of_any_size_and_type(seed):
    for method, options in (
        ("dsmi", {"clusters": 3, "repeats": 1}),
        ("protocol", {"estimator": "copula", "permutations": 1}),
        ("auto", {"effort": "quick"}),
    ):
        assert np.isfinite(estimate(X, Y, method, seed=seed, confidence=None, **options).value)
    assert np.isfinite(estimate(X, FEW, "classifier", discrete_y=True, seed=seed, confidence=None).value)


@pytest.mark.parametrize("seed", [2**63, 2**200])
def test_tables_of_pairs_take_seeds_of_any_size(seed):
    assert (pairwise(np.column_stack([FEW, FEW % 2, FEW[::-1]]), discrete=True, seed=seed).answers.p_value <= 1.0).all()


def test_clusters_that_stay_empty_are_no_warning():
    apart = np.where(FEW == 2, 1.0, FEW * 1e-18)
    assert np.isfinite(estimate(X, apart, "dsmi", clusters=3, repeats=1, confidence=None, discrete_y=False).value)


def test_an_explanation_holds_nothing_that_a_terminal_obeys():
    found = estimate({"a\x1b[31m": FEW}, Y, "screen")
    assert "a\\x1b[31m" in found.explain()
    assert "\x1b" not in found.explain()
    assert MIEstimate.from_json(found.to_json(pointwise=True)) == found


def test_levels_too_many_for_a_subset_leave_no_interval():
    counts = np.repeat(np.arange(12), 5)
    found = estimate(X, counts, "classifier", interval="jackknife")
    assert found.ci is None or found.value in found.ci


@pytest.mark.parametrize("infinite", [np.inf, -np.inf, np.nan])
def test_no_law_is_laid_under_readings_that_are_not_finite(infinite):
    null = np.append(RNG.standard_normal(40), infinite)
    assert _gamma_tail(np.append(9.0, null)) == 1.0
    assert _gamma_tail(np.append(np.inf, null[:-1])) == 0.0
    assert _gamma_tail(np.append(-np.inf, null[:-1])) == _gamma_tail(np.append(np.nan, null[:-1])) == 1.0
    assert _gamma_tail(np.append(9.0, null[:-1])) < 1e-6
    one = np.zeros(30)
    one[7] = 0.6
    # Two columns of one value but for the same row, of which most permutations leave an infinite reading or none.
    assert 0.0 < pairwise(np.column_stack([one, one, X[:30]])).answers.p_value.min() <= 1.0


def test_seeds_of_numpy_train():
    values = [
        estimate(X, Y, "infonce", steps=2, width=4, folds=2, batch=16, seed=seed, confidence=None).value
        for seed in (7, np.int64(7), np.uint8(7))
    ]
    assert values[0] == values[1] == values[2]


def test_arrays_of_measures_have_one_layout_and_one_length():
    table = RNG.poisson(2.0, (40, 4)) + 1e11
    for made in (measures.ppmi_table, measures.pmi_table):
        np.testing.assert_array_equal(made(np.asfortranarray(table)), made(table))
    with pytest.raises(DataError, match="rows of one length"):
        measures.clustering_objective([[1.0, 2.0], [3.0]], [0, 1])
    with pytest.raises(DataError, match="one label a row"):
        measures.clustering_complexity([[1], [1, 2]])
    with pytest.raises(DataError, match=r"at most 1e\+100 in size"):
        measures.channel_mi(np.where(np.eye(5) > 0, 1.7e308, -1.7e308))


def test_distances_that_would_overflow_are_refused_with_what_does():
    huge = X * 1e200
    with pytest.raises(DataError, match="standardize=True"):
        WassersteinDependency(standardize=False, fit_rows=30, nulls=0).fit(huge, Y)
    found = WassersteinDependency(fit_rows=30, nulls=0).fit(huge, Y, confidence=None)
    assert found.value == WassersteinDependency(fit_rows=30, nulls=0).fit(X, Y, confidence=None).value


def test_columns_of_labels_that_no_row_has_are_no_predictors():
    scaled = _standardised(np.column_stack([np.zeros(6), np.arange(6.0)]))
    np.testing.assert_array_equal(scaled[:, 0], 0.0)
    np.testing.assert_allclose([scaled[:, 1].mean(), scaled[:, 1].std()], [0.0, 1.0], atol=1e-12)
