import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitk import Samples, Side, pairwise
from mitk.data.columns import read_columns
from mitk.data.samples import admit, joint_codes
from mitk.errors import DataError, DataTypeError, ParameterError, sentence

RNG = np.random.default_rng(0)
X = RNG.standard_normal(200)
Y = RNG.standard_normal(200)


def kind(column, **options):
    return admit(column, np.resize(Y, len(column)), **options).samples.x.kinds[0]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (X, "continuous"),
        (X > 0, "label"),
        (np.where(X > 0, "a", "b"), "label"),
        # Whole numbers that repeat are counts, however few their levels; the order of two carries nothing.
        (np.arange(200) % 3, "count"),
        (np.arange(200) % 199, "count"),
        ((np.arange(200) % 20).astype(float), "count"),
        (np.arange(200), "continuous"),
        (np.arange(200) % 20 + 0.5, "tied"),
        (np.array([0, 1, 0, 1, 1]), "label"),
        (np.array([5, 9, 9, 5, 5]), "label"),
        (np.array([0, 1, 2, 1, 1]), "count"),
        # More than 5 % of the rows must share their value: 12 of 200 do, 10 do not suffice.
        (np.concatenate([np.zeros(12), X[12:]]), "tied"),
        (np.concatenate([np.zeros(10), X[10:]]), "continuous"),
    ],
)
def test_kind_of_a_column(column, expected):
    assert kind(column) == expected


def test_the_user_overrules_kinds():
    assert kind(X.round(), discrete_x=True) == "label"
    assert kind(X.round() + 0.5, discrete_x=False) == "tied"
    assert kind(np.arange(200) % 3, discrete_x=False) == "count"
    assert kind(np.arange(200) % 3, discrete_x=True) == "label"
    assert kind(X > 0, discrete_x=False) == "count"
    assert kind(X, discrete_x=False) == kind(np.arange(200), discrete_x=False) == "continuous"
    kinds = admit(np.column_stack([X.round(), X.round()]), Y, discrete_x=[True, False]).samples.x.kinds
    assert kinds == ("label", "count")


def test_labels_cannot_become_numbers():
    with pytest.raises(DataError, match="encode it as numbers"):
        admit(RNG.choice(["a", "b", "c"], 200), Y, discrete_x=False)
    with pytest.raises(ParameterError, match=r"`discrete_x` must be one bool or 1; got 2 values\."):
        admit(X, Y, discrete_x=[True, False])


@pytest.mark.parametrize("word", ["no", ["False", "False"], (2, 0.0), 1, 2.0, {"x": True}, {True}, [[True], [False]]])
def test_only_true_false_and_none_say_what_a_column_is(word):
    # All of these have a truth value, and used to mean "discrete".
    both = np.column_stack([X, X])
    rule = "must be True, False or None"
    with pytest.raises(ParameterError, match=rf"`discrete_x` {rule}"):
        admit(both, Y, discrete_x=word)
    with pytest.raises(ParameterError, match=rf"`discrete_y` {rule}"):
        admit(Y, both, discrete_y=word)
    with pytest.raises(ParameterError, match=rf"`discrete` {rule}"):
        pairwise(both, "gaussian", discrete=word)


@pytest.mark.parametrize(
    "word", [[True, None], (True, None), np.array([True, None]), np.array([True, False]), pd.Series([True, False])]
)
def test_the_word_on_columns_comes_in_any_sequence(word):
    assert admit(np.column_stack([X, X]), Y, discrete_x=word).samples.x.kinds == ("label", "continuous")


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, object])
def test_what_lies_under_a_mask_does_not_matter(dtype):
    sentinel = {np.int64: -(2**63), np.uint64: 2**64 - 1, object: "unknown"}[dtype]
    hidden = np.arange(200) % 9 == 0
    whole = np.arange(200)[::-1] + 100
    masked = np.ma.array(np.where(hidden, sentinel, whole.astype(object)).astype(dtype), mask=hidden)
    for x in (masked, np.ma.column_stack([masked, masked]) if dtype is not object else masked):
        samples = admit(x, whole, missing="drop").samples
        np.testing.assert_array_equal(samples.x.values[:, 0], whole[~hidden])
    labels = np.ma.array(np.where(hidden, "a", np.where(whole % 2, "b", "c")), mask=hidden)
    np.testing.assert_array_equal(np.unique(admit(labels, whole, missing="drop").samples.x.values), [0.0, 1.0])
    assert np.isnan(read_columns(np.ma.array(whole, mask=True), "x")[0].values).all()


def test_a_sentinel_among_large_whole_numbers_costs_no_digits_of_the_others():
    whole = 2**62 + np.arange(200)
    assert np.array_equal(read_columns(whole, "x")[0].values, np.arange(200.0))
    whole[7] = -(2**63)
    differences = np.diff(np.delete(read_columns(whole, "x")[0].values, 7))
    np.testing.assert_array_equal(differences, np.diff(np.delete(np.arange(200), 7)))


def test_notes_say_what_was_decided_and_not_what_was_told():
    column = np.arange(200) % 3
    assert admit(column, Y).notes == (
        "Taken as counts, whole numbers in their order: x (3 levels); discrete_x=True takes them as labels.",
    )
    assert admit(column, Y, discrete_x=True).notes == admit(column, Y, discrete_x=False).notes == ()
    assert admit(Y, np.column_stack([Y.round(1)] * 7)).notes == (
        "Taken as numbers that repeat values: y[0], y[1], y[2], y[3], y[4] and 2 more; "
        "discrete_y=True takes them as labels.",
    )
    assert admit(Y > 0, Y).notes == ("Taken as labels, whose order means nothing: x.",)


def test_what_comes_through_the_door():
    admitted = admit(X.reshape(100, 2), Y[:100])
    samples = admitted.samples
    assert samples.n == 100
    assert (samples.x.d, samples.y.d) == (2, 1)
    assert samples.x.names == ("x[0]", "x[1]")
    assert samples.x.values.dtype == np.float64
    assert not samples.x.values.flags.writeable
    assert admitted.n_dropped == 0


def test_rows_are_dropped_from_every_part():
    x, y = X.copy(), Y.copy()
    x[3] = y[5] = np.nan
    admitted = admit(x, y, missing="drop", groups=np.arange(200) // 2)
    assert admitted.n_dropped == 2
    assert admitted.samples.n == len(admitted.samples.groups) == 198
    assert 3 not in np.flatnonzero(np.isin(X, admitted.samples.x.values))


def test_missing_values_are_counted_by_column():
    x = np.column_stack([X, X])
    x[3:5, 0] = x[7, 1] = np.nan
    where = r"2 in `x\[0\]` \(first in row 3\), 1 in `x\[1\]` \(first in row 7\)"
    with pytest.raises(DataError, match=where):
        admit(x, Y)
    with pytest.raises(DataError, match="1 of 200"):
        admit(np.where(np.arange(200) == 0, X, np.nan), Y, missing="drop")
    with pytest.raises(ParameterError, match='must be "raise" or "drop"'):
        admit(X, Y, missing="ignore")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"block": 0}, ParameterError, "at least 1"),
        ({"block": 2.0}, ParameterError, "whole number"),
        ({"block": True}, ParameterError, "whole number"),
        ({"block": "auto", "groups": np.arange(200) // 2}, ParameterError, "choose one"),
        ({"block": "long"}, ParameterError, '"auto"'),
        ({"block": 20, "thin": 4}, ParameterError, "4 runs in 50 rows"),
        ({"thin": 0}, ParameterError, "at least 1"),
        ({"thin": 2.5}, ParameterError, "whole number"),
        ({"thin": 200}, DataError, "at least 2 complete rows"),
        ({"block": 5, "groups": np.arange(200) // 2}, ParameterError, "choose one"),
        ({"groups": np.zeros(200)}, DataError, "at least two groups"),
        ({"groups": np.arange(199)}, DataError, "one label for each of the 200 rows"),
        ({"groups": np.where(np.arange(200) > 3, 1.0, np.nan)}, DataError, "no missing values"),
    ],
)
def test_bad_groups_and_blocks(options, error, message):
    with pytest.raises(error, match=message):
        admit(X, Y, **options)


def test_groups_become_codes():
    labels = np.array(["b", "a", "c", "a"] * 50)
    assert admit(X, Y, groups=labels).samples.groups[:4].tolist() == [1, 0, 2, 0]


def test_wide_and_short_data():
    with pytest.raises(DataError, match="reduce the dimension first"):
        admit(RNG.standard_normal((10, 100)), RNG.standard_normal(10))
    assert admit(RNG.standard_normal((11, 100)), RNG.standard_normal(11)).samples.x.d == 100


def test_lists_that_look_like_text_are_seen_as_mixed():
    with pytest.raises(DataTypeError, match="int and str"):
        admit([1, "a", 2], [1.0, 2.0, 3.0])


def test_take_and_permute():
    samples = admit(X, Y, groups=np.arange(200) // 2).samples
    rows = np.array([5, 1, 1])
    part = samples.take(rows)
    assert part.x.values[:, 0].tolist() == X[rows].tolist()
    assert part.groups.tolist() == [2, 0, 0]
    order = RNG.permutation(200)
    shuffled = samples.permuted(order)
    assert np.array_equal(shuffled.x.values, samples.x.values)
    assert np.array_equal(shuffled.y.values[:, 0], Y[order])
    given = Side(X[:, None], ("continuous",), ("z",))
    assert Samples(samples.x, samples.y, given).take(rows).given.n == 3


def test_columns_of_a_side():
    block = admit(np.column_stack([X, X > 0, Y]), Y).samples.x
    kept = block.columns(np.array([True, False, True]))
    assert kept.names == ("x[0]", "x[2]")
    assert kept.kinds == ("continuous", "continuous")
    assert block.discrete.tolist() == [False, True, False]


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=60))
def test_codes_are_equal_exactly_when_rows_are(rows):
    values = np.array(rows, dtype=float)
    codes = joint_codes(values)
    assert sorted(set(codes.tolist())) == list(range(len(set(rows))))
    assert [sorted(set(rows)).index(row) for row in rows] == codes.tolist()


def test_codes_of_many_columns_do_not_overflow():
    values = RNG.integers(0, 50, (300, 40)).astype(float)
    values[150:] = values[:150]
    codes = joint_codes(values)
    assert np.array_equal(codes[150:], codes[:150])
    assert len(np.unique(codes)) == 150


def test_one_voice_for_errors():
    assert sentence("k", "must be positive", 0) == "`k` must be positive; got 0."
    assert sentence("k", "must be positive", 0, "try 3") == "`k` must be positive; got 0. Hint: try 3."


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (["a", "b"] * 50, ["u", "v"] * 50),
        ([0, 1] * 50, [0, 1] * 50),
        ([0, 1, 2] * 40, [0, 1, 2] * 40),
        (["a", "a", "b", "b"] * 30, ["u", "v"] * 60),
        (np.arange(300) % 3, np.random.default_rng(0).standard_normal(300) + np.arange(300) % 3),
        (np.random.default_rng(1).standard_normal(300), np.arange(300) % 4),
    ],
)
def test_a_plan_of_conditions_is_no_series(x, y):
    samples = admit(x, y).samples
    assert samples.block is None
    assert admit(x, y, block="auto").samples.block is None or admit(x, y, block="auto").samples.block > 1


def test_a_series_beside_a_plan_is_still_one():
    season = np.arange(600) % 12
    rng = np.random.default_rng(0)
    walk = np.zeros(600)
    for i in range(1, 600):
        walk[i] = 0.97 * walk[i - 1] + rng.standard_normal()
    assert admit(season // 6, walk).samples.block is not None


def test_groups_that_vanish_leave_no_trace():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(6), [5, 5, 10, 20, 30, 40])
    x, y = rng.standard_normal((2, 110))
    x[:10] = np.nan
    samples = admit(x, y, groups=groups, missing="drop").samples
    assert np.bincount(samples.groups).tolist() == [10, 20, 30, 40]
    with pytest.raises(DataError, match="at least two groups"):
        admit(rng.standard_normal(110), y, groups=np.arange(110) % 2, thin=2)


def test_runs_are_counted_in_the_rows_that_are_left():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 110))
    x[30:] = np.nan
    with pytest.raises(ParameterError, match="at least 4 runs in 30 rows"):
        admit(x, y, block=25, missing="drop")


def test_a_target_left_among_the_features_is_told():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 3))
    assert "stands on both sides" in " ".join(admit({"a": x[:, 0], "t": x[:, 1]}, {"t": x[:, 1]}).notes)
    assert not [note for note in admit(x[:, :2], x[:, 2]).notes if "both sides" in note]
    # A column with itself is what someone wants to see.
    assert not [note for note in admit(x[:, 0], x[:, 0]).notes if "both sides" in note]


def test_images_get_a_note_that_pixels_are_no_rows():
    image = np.random.default_rng(0).standard_normal((64, 48))
    assert any("x.ravel()" in note for note in admit(image, image + 1.0).notes)
    for x in (image[:, :20], image[:12]):
        assert not any("ravel" in note for note in admit(x, x + 1.0).notes)
    assert not any("ravel" in note for note in admit(image, image[:, 0]).notes)
