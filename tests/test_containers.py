"""Every container of the same numbers or labels gives the same answer."""

import decimal
import fractions

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mitk import estimate, pairwise, permutation_test
from mitk.data.samples import admit
from mitk.errors import DataError, DataTypeError

RNG = np.random.default_rng(1)
X = RNG.standard_normal(120)
Y = X + RNG.standard_normal(120)
CODES = np.where(X > 0.3, 2, np.where(X > -0.4, 0, 1))
LABELS = np.array(["low", "middle", "high"])[CODES]


def value(x, y=Y, **options):
    return estimate(x, y, "screen", confidence=None, **options).value


NUMBERS = {
    "list": X.tolist(),
    "tuple": tuple(X.tolist()),
    "column": X[:, None],
    "list of rows": X[:, None].tolist(),
    "strided": np.repeat(X, 3)[::3],
    "big-endian": X.astype(">f8"),
    "objects": X.astype(object),
    "decimals": [decimal.Decimal(v) for v in X.tolist()],
    "fractions": [fractions.Fraction(v) for v in X.tolist()],
    "unmasked": np.ma.array(X),
    "pandas series": pd.Series(X, index=range(500, 620), name="x"),
    "pandas nullable": pd.Series(X, dtype="Float64"),
    "pandas arrow": pd.Series(X, dtype="double[pyarrow]"),
    "pandas frame": pd.DataFrame({"x": X}),
    "polars series": pl.Series("x", X),
    "polars frame": pl.DataFrame({"x": X}),
    "pyarrow array": pa.array(X),
    "pyarrow chunks": pa.chunked_array([X[:50], X[50:]]),
    "pyarrow table": pa.table({"x": X}),
}
NAMED = {
    "list": LABELS.tolist(),
    "objects": LABELS.astype(object),
    "bytes": LABELS.astype("S"),
    "pandas text": pd.Series(LABELS),
    "pandas category": pd.Series(LABELS, dtype="category"),
    "pandas ordered category": pd.Series(pd.Categorical(LABELS, ["low", "middle", "high"], ordered=True)),
    "polars text": pl.Series("x", LABELS.tolist()),
    "polars category": pl.Series("x", LABELS.tolist(), dtype=pl.Categorical),
    "polars enum": pl.Series("x", LABELS.tolist(), dtype=pl.Enum(["low", "middle", "high"])),
    "pyarrow text": pa.chunked_array([LABELS.tolist()]),
    "pyarrow dictionary": pa.chunked_array([pa.array(LABELS.tolist()).dictionary_encode()]),
    "pyarrow table": pa.table({"x": LABELS.tolist()}),
    "pandas frame": pd.DataFrame({"x": LABELS}),
}


@pytest.mark.parametrize("container", NUMBERS)
def test_numbers(container):
    assert value(NUMBERS[container]) == value(X)


@pytest.mark.parametrize("container", NAMED)
def test_labels(container):
    assert value(NAMED[container]) == value(LABELS)


def test_labels_are_nominal_and_codes_need_not_be_told():
    assert value(LABELS) == value(CODES, discrete_x=True)
    assert value(LABELS, CODES.tolist()) == value(LABELS, LABELS)


@pytest.mark.parametrize(
    "flags",
    [(X > 0).tolist(), X > 0, pd.Series(X > 0), pd.Series(X > 0, dtype="boolean"), pl.Series(X > 0)],
    ids=["list", "numpy", "pandas", "pandas nullable", "polars"],
)
def test_booleans(flags):
    assert value(flags) == value(np.where(X > 0, "yes", "no"))


@pytest.mark.parametrize(
    "gaps",
    [
        pd.Series([None, *(X > 0)[1:]], dtype="boolean"),
        pd.Series([pd.NA, *CODES[1:]], dtype="Int64"),
        pd.Series([None, *LABELS[1:]]),
        pd.Series([None, *LABELS[1:]], dtype="category"),
        pl.Series([None, *X[1:].tolist()]),
        pl.Series([None, *CODES[1:].tolist()]),
        pl.Series([None, *LABELS[1:].tolist()], dtype=pl.Categorical),
        pa.chunked_array([pa.array([None, *LABELS[1:].tolist()])]),
        [None, *LABELS[1:].tolist()],
        np.array([np.nan, *CODES[1:].tolist()]),
    ],
    ids=[
        "pandas boolean",
        "pandas Int64",
        "pandas text",
        "pandas category",
        "polars numbers",
        "polars integers",
        "polars category",
        "pyarrow text",
        "list",
        "nan",
    ],
)
def test_missing_values_are_dropped(gaps):
    result = estimate(gaps, Y, confidence=None, missing="drop")
    assert (result.n_samples, result.n_dropped) == (119, 1)
    assert result.value > 0.1


def test_frames_of_several_kinds_keep_their_names():
    columns = {"size": X, "flag": X > 0, "name": LABELS}
    frames = [pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns)]
    results = [estimate(frame, Y, confidence=None) for frame in frames]
    assert len({r.value for r in results}) == 1
    assert {r.dim_x for r in results} == {3}
    assert all(any("flag, name" in note for note in r.notes) for r in results)


def test_rows_are_paired_by_place_not_by_index():
    shuffled = pd.Series(X, index=RNG.permutation(120))
    assert value(shuffled, pd.Series(Y)) == value(X)


@pytest.mark.parametrize(
    "call",
    [
        lambda lazy: estimate(lazy, Y),
        lambda lazy: estimate(X, lazy),
        lambda lazy: estimate(X, Y, groups=lazy),
        lambda lazy: permutation_test(lazy, Y),
        lambda lazy: pairwise(lazy),
        lambda lazy: pairwise({"a": X, "b": Y}, targets=lazy),
        lambda lazy: pairwise({"a": X, "b": Y}, groups=lazy),
    ],
)
def test_lazy_frames_are_refused(call):
    with pytest.raises(DataTypeError, match=r"collect\(\)"):
        call(pl.LazyFrame({"x": X}))


PERCENT = [f"{v:.1f}%" for v in X]
TEXTS = {
    "list": PERCENT,
    "array": np.array(PERCENT),
    "StringDType": np.array(PERCENT, dtype=np.dtypes.StringDType()),
    "pandas": pd.Series(PERCENT),
    "polars": pl.Series(PERCENT),
    "pyarrow": pa.array(PERCENT),
}


@pytest.mark.parametrize("container", TEXTS)
def test_numbers_left_as_text_are_numbers_with_a_note(container):
    result = estimate(TEXTS[container], Y, "screen", confidence=None)
    assert result.value == value(np.array([float(text[:-1]) for text in PERCENT]))
    assert any("holds numbers as text, such as " in note for note in result.notes)
    assert value(TEXTS[container], discrete_x=True) == value(np.round(X, 1), discrete_x=True)


@pytest.mark.parametrize("texts", [["1", "2", "10"], ["1.0", "2.0", "3.0"], ["1.031", "987", "5"], ["5%", ".07", "1"]])
def test_texts_that_may_be_codes_or_may_be_read_in_two_ways_are_labels(texts):
    assert value([texts[code] for code in CODES]) == value(LABELS)


def test_text_of_numpy_with_gaps_bytes_and_decimals_that_are_no_numbers():
    gaps = np.array([np.nan, *LABELS[1:]], dtype=np.dtypes.StringDType(na_object=np.nan))
    assert estimate(gaps, Y, "screen", missing="drop").n_dropped == 1
    high = {"low": "bas", "middle": "moyen", "high": "élevé"}
    encoded = [high[label].encode("latin-1") for label in LABELS]
    for container in (encoded, np.array(encoded), pl.Series(encoded), pa.array(encoded), pd.Series(encoded)):
        assert value(container) == pytest.approx(value(LABELS), abs=1e-12)
    decimals = [decimal.Decimal("sNaN"), *(decimal.Decimal(v) for v in X[1:].tolist())]
    assert estimate(decimals, Y, "screen", missing="drop").n_dropped == 1
    with pytest.raises(DataTypeError, match="no letters"):
        estimate(np.full(120, 2**31, dtype=np.uint32).view("<U1"), Y)
    with pytest.raises(DataError, match="finite"):
        estimate([decimal.Decimal("1e400"), *decimals[1:]], Y)


def test_jax_arrays():
    jnp = pytest.importorskip("jax.numpy")
    assert value(jnp.asarray(X), jnp.asarray(Y)) == value(X.astype(np.float32), Y.astype(np.float32))
    assert value(jnp.stack([X, Y], axis=1)) == value(np.stack([X, Y], axis=1).astype(np.float32))


DAYS = pd.date_range("2020-01-01", periods=120)
ORDER = np.random.default_rng(2).permutation(120)
SX, SY = pd.Series(X, DAYS, name="x"), pd.Series(Y, DAYS, name="y")
MOVED = SY.iloc[ORDER]
TWICE = pd.MultiIndex.from_arrays([np.arange(120) // 2, np.arange(120) % 2])


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (SX, MOVED),
        (SX.to_frame(), MOVED),
        (SX, MOVED.to_frame()),
        ({"a": SX, "b": SX}, MOVED),
        (SX, {"a": MOVED}),
        (X, {"a": SY, "b": MOVED}),
        # Labels beside the rows of the other side, and those of another kind.
        (SX, SY.shift(1, "D")),
        (SX, SY.set_axis([f"row {i}" for i in range(120)])),
        (SX.set_axis(range(1, 121)), SY.set_axis(range(2, 122))),
        (SX.set_axis(TWICE), SY.set_axis(TWICE[ORDER])),
    ],
)
def test_labels_that_pair_rows_otherwise_are_refused(x, y):
    for call in (estimate, permutation_test):
        with pytest.raises(DataError, match=r"same row labels .* Hint: .*align.* by position with \.to_numpy\(\)"):
            call(x, y)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (SX, SY),
        (SX, Y),
        (SX, pd.Series(Y)),
        (X.tolist(), SY),
        (pl.Series(X), SY),
        (SX.to_frame(), {"b": SY}),
        (SX.set_axis(TWICE), SY.set_axis(TWICE)),
        (SX.set_axis(np.arange(120.0) + 1), SY.set_axis(range(1, 121))),
        (pd.Series(X), pd.Series(Y, index=ORDER)),
    ],
)
def test_equal_labels_and_plain_numbers_pair_rows_by_position(x, y):
    assert value(x, y) == value(X)


def test_shuffled_rows_of_plain_numbers_are_a_null_with_a_note():
    frame = pd.DataFrame({"x": X, "y": Y})
    shuffled = frame.y.sample(frac=1, random_state=0)
    result = estimate(frame.x, shuffled, "screen", confidence=None)
    assert result.value == value(X, shuffled.to_numpy()) < value(X)
    assert any("paired by position" in note for note in result.notes)


def test_labels_of_groups_and_of_columns_beside_each_other_count():
    groups = pd.Series(np.arange(120) // 4, DAYS)
    assert value(SX, SY, groups=groups) == value(X, groups=groups.to_numpy())
    with pytest.raises(DataError, match="`x and groups` must have the same row labels"):
        estimate(SX, SY, groups=groups.iloc[ORDER])
    with pytest.raises(DataError, match="`data and groups` must have the same row labels"):
        pairwise(pd.DataFrame({"x": SX, "y": SY}), groups=groups.iloc[ORDER])
    with pytest.raises(DataError, match="`a and b` must have the same row labels"):
        pairwise({"a": SX, "b": MOVED})
    # A frame of pandas has put the rows in order by itself.
    found = pairwise(pd.DataFrame({"a": SX, "b": MOVED}), confidence=None).values[0, 1]
    assert found == pytest.approx(value(X), abs=1e-12)


def test_truth_values_in_rows_of_numbers_stay_truth_values():
    rng = np.random.default_rng(0)
    flags, numbers, whole = rng.random(40) < 0.5, rng.standard_normal(40), rng.integers(0, 2, 40)
    rows = [[bool(f), float(v), int(w)] for f, v, w in zip(flags, numbers, whole, strict=True)]
    frame = pd.DataFrame({"f": flags, "v": numbers, "w": whole})
    objects = np.array(rows, dtype=object)
    for data in (rows, [tuple(row) for row in rows], objects, frame):
        side = admit(data, numbers).samples.x
        assert side.nominal == (True, False, False)
        np.testing.assert_array_equal(side.values, np.column_stack([flags, numbers, whole]))
    assert admit([[True, 0.5], [1, 0.25], [False, 0.1], [0.0, 0.3]], [1, 2, 3, 4]).samples.x.nominal == (False, False)


def test_large_integers_beside_missing_values_stay_apart():
    numbers = [2**64 - 509, 2**64 - 510, None] * 20
    bare = pa.array(numbers, type=pa.uint64())
    batch = pa.record_batch({"n": bare})
    for data in (bare, batch, pa.table({"n": bare}), pl.Series("n", numbers, dtype=pl.UInt64), {"n": bare}):
        found = estimate(data, np.tile(["a", "b", "c"], 20), "discrete", missing="drop")
        assert found.value == pytest.approx(np.log(2.0), abs=0.02)
        assert found.n_dropped == 20
