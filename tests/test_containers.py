"""Every container of the same numbers or labels gives the same answer."""

import decimal
import fractions

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mitk import estimate

RNG = np.random.default_rng(1)
X = RNG.standard_normal(120)
Y = X + RNG.standard_normal(120)
CODES = np.where(X > 0.3, 2, np.where(X > -0.4, 0, 1))
LABELS = np.array(["low", "middle", "high"])[CODES]


def value(x, y=Y, **options):
    return estimate(x, y, confidence=None, **options).value


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


def test_lazy_frames_are_refused():
    from mitk.errors import DataTypeError

    with pytest.raises(DataTypeError, match=r"collect\(\)"):
        estimate(pl.LazyFrame({"x": X}), Y)


def test_jax_arrays():
    jnp = pytest.importorskip("jax.numpy")
    assert value(jnp.asarray(X), jnp.asarray(Y)) == value(X.astype(np.float32), Y.astype(np.float32))
    assert value(jnp.stack([X, Y], axis=1)) == value(np.stack([X, Y], axis=1).astype(np.float32))
