"""Inputs that break other libraries: right within 0.05 nats at n=1000 and seed 0, or one clear sentence."""

import datetime
import functools
import math

import numpy as np
import pandas as pd
import pytest
from estimators import ESTIMATORS

from mitk import MIEstimate, estimate
from mitk.errors import DataError, DataTypeError, MITKError, MITKWarning

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")

N, FEW = 1000, 400
RNG = np.random.default_rng(0)
X = RNG.standard_normal(N)
Y = 0.8 * X + 0.6 * RNG.standard_normal(N)
ALONE = RNG.standard_normal(N)
CODES = RNG.integers(0, 5, N)
NOISY = np.where(RNG.random(N) < 0.5, CODES, RNG.integers(0, 5, N))
HIDE_X, HIDE_Y = RNG.random((2, N)) < 0.5
GAUSSIAN = -0.5 * math.log(1.0 - 0.8**2)
TOLERANCE = 0.05

METHODS = {name: make() for name, make in ESTIMATORS.items()}

# name: x, y, truth in nats, kinds of the columns
ROWS = {
    "gaussian": (X, Y, GAUSSIAN, {"continuous"}),
    "rounded to 0.1": (X.round(1), Y.round(1), GAUSSIAN, {"tied"}),
    "y = 1[x > 0]": (X, (X > 0).astype(float), math.log(2.0), {"continuous", "label"}),
    "independent": (X, ALONE, 0.0, {"continuous"}),
    # Both numbers are seen in a quarter of the rows, and which are hidden tells nothing.
    "half zeros": (np.where(HIDE_X, 0.0, X), np.where(HIDE_Y, 0.0, Y), GAUSSIAN / 4.0, {"tied"}),
    "counts x = y": (CODES, CODES, math.log(5.0), {"count"}),
}
SCALES = {
    "x * 1e6": lambda x: x * 1e6,
    "x * 1e150": lambda x: x * 1e150,
    "x * 1e-200": lambda x: x * 1e-200,
    "x + 1e8": lambda x: x + 1e8,
    "x + 1e11": lambda x: x + 1e11,
}
MAPS = {**SCALES, "exp(5x)": lambda x: np.exp(5.0 * x)}


def tags_of(method):
    return ESTIMATORS[method]().tags


def suited():
    """Every row with every method meant for its kinds."""
    return [
        pytest.param(row, method, id=f"{row}-{method}")
        for row in ROWS
        for method in ESTIMATORS
        # A score is no information, so there is no truth to be right about.
        if ROWS[row][3] <= tags_of(method).data and tags_of(method).kind != "score"
    ]


def promised():
    """Every map with every method whose tags promise that it changes nothing."""
    return [
        pytest.param(name, method, id=f"{name}-{method}")
        for name in MAPS
        for method in ESTIMATORS
        if ("affine" if name in SCALES else "monotone") in tags_of(method).invariances
    ]


def is_sentence(error):
    text = str(error)
    return text.startswith("`") and "; got " in text and text.endswith(".")


def answer(x, y, method, **options):
    """The result, or None when one sentence says why there is none."""
    try:
        return estimate(x, y, method, **options)
    except MITKError as error:
        if not is_sentence(error):
            raise
        return None


@functools.cache
def answer_of(row, method):
    """What a method answers for a row, asked once for all tests."""
    return answer(*ROWS[row][:2], METHODS[method])


@functools.cache
def plain_values(method, shift=0.0):
    """A method's value of (x, y) and of (y, x), for the tests of every map."""
    x, y, options = columns_of(method)
    x = (x + shift) - shift
    return [METHODS[method].fit(*sides, confidence=None, **options).value for sides in ((x, y), (y, x))]


def columns_of(method):
    """Columns a method is meant for, with the options that say so; what holds exactly needs no more rows."""
    if "continuous" in METHODS[method].tags.data:
        return X[:FEW], Y[:FEW], {}
    return CODES[:FEW].astype(float), NOISY[:FEW], {"discrete_x": True, "discrete_y": True}


@pytest.mark.parametrize("row", ROWS)
def test_auto_is_right(row):
    x, y, truth, _ = ROWS[row]
    result = estimate(x, y)
    assert result.value == pytest.approx(truth, abs=TOLERANCE)
    assert result.status.ok
    assert truth in result.ci


@pytest.mark.parametrize(("row", "method"), suited())
def test_every_method_is_right_or_says_so(row, method):
    truth, result = ROWS[row][2], answer_of(row, method)
    if result is None or not result.status.ok or truth in result.ci:
        return
    assert -TOLERANCE <= result.value <= truth + TOLERANCE
    # A lower bound may be far below; its interval covers the bound and not the truth.
    assert result.kind == "lower" or result.value >= truth - TOLERANCE


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_answers_or_says_why_not(row, method):
    result = answer_of(row, method)
    assert result is None or isinstance(result, MIEstimate)
    assert result is None or result.ci is not None or not result.status.ok
    assert result is None or all(reason.code != "other" for reason in result.status.reasons)


@pytest.mark.parametrize("name", MAPS)
def test_auto_is_right_on_mapped_columns(name):
    assert estimate(MAPS[name](X), Y).value == pytest.approx(GAUSSIAN, abs=TOLERANCE)
    assert estimate(X, MAPS[name](Y)).value == pytest.approx(GAUSSIAN, abs=TOLERANCE)


@pytest.mark.parametrize(("name", "method"), promised())
def test_map_changes_nothing(name, method):
    estimator = METHODS[method]
    x, y, options = columns_of(method)
    # What float64 rounds away in the shifted row is taken from the base row too.
    shift = float(name.split("+")[1]) if "+" in name else 0.0
    x = MAPS[name]((x + shift) - shift)
    forth, back = plain_values(method, shift)
    assert estimator.fit(x, y, confidence=None, **options).value == pytest.approx(forth, abs=1e-6)
    assert estimator.fit(y, x, confidence=None, **options).value == pytest.approx(back, abs=1e-6)


@pytest.mark.parametrize("method", ["ksg", "ksg normal margins", "mixed-ksg", "kde", "binning equal width"])
@pytest.mark.parametrize("step", [1.0, 1e-3, 0.1, 1e40])
def test_whole_numbers_are_like_any_lattice(method, step):
    whole = np.rint(1e6 * X)
    assert len(np.unique(whole)) == N
    base = METHODS[method].fit(whole, Y, confidence=None).value
    assert METHODS[method].fit(whole * step, Y, confidence=None).value == pytest.approx(base, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("constant", [0.0, 3, 1e300, True, "same"])
def test_constant_gives_exactly_zero_and_a_note(method, constant):
    y = CODES if method.startswith("discrete") else Y
    same = [constant] * N
    for result in (estimate(same, y, METHODS[method]), estimate(y, same, METHODS[method])):
        assert result.value == 0.0
        assert result.ci.low == result.ci.high == 0.0
        assert any("constant" in note for note in result.notes)


@pytest.mark.parametrize("method", [m for m in METHODS if "ksg" in m])
def test_x_equal_y_is_finite_for_neighbours_and_unreliable(method):
    for confidence in (None, 0.95):
        result = estimate(X, X, METHODS[method], confidence=confidence)
        assert math.isfinite(result.value)
        assert result.value > 2.0
        assert not result.status.ok


@pytest.mark.parametrize("method", ["gaussian", "cca", "copula"])
def test_x_equal_y_is_infinite_for_gaussians_and_unreliable(method):
    for y in (X, 1e6 - 3.0 * X):
        result = estimate(X, y, METHODS[method])
        assert result.value == math.inf
        assert result.ci is None
        assert not result.status.ok


def test_x_equal_y_with_auto_warns():
    with pytest.warns(MITKWarning, match="determine the other exactly"):
        result = estimate(X, X)
    assert math.isfinite(result.value)
    assert not result.status.ok


@pytest.mark.parametrize("method", ["auto quick", "mixed-ksg", *(m for m in METHODS if m.startswith("discrete"))])
@pytest.mark.parametrize("labels", [CODES, CODES.astype(str), CODES > 2, CODES.astype(float)])
def test_discrete_x_equal_y_gives_the_entropy(method, labels):
    _, counts = np.unique(labels, return_counts=True)
    entropy = -(counts / N * np.log(counts / N)).sum()
    assert estimate(labels, labels, METHODS[method]).value == pytest.approx(entropy, abs=TOLERANCE)


def test_labels_that_never_repeat_are_not_trusted():
    result = estimate([f"row {v:.17g}" for v in X], Y)
    assert not result.status.ok


def test_numbers_as_text_are_numbers_with_a_word():
    result = estimate([f"{v:.17g}" for v in X], Y)
    assert result.value == estimate(X, Y).value
    assert "`x` holds numbers as text" in result.notes[0]


def with_one(value):
    column = X.copy()
    column[3] = value
    return column


BAD = {
    "nan": (with_one(np.nan), Y, DataError, 'missing="drop" keeps complete rows'),
    "inf": (with_one(np.inf), Y, DataError, "1 infinite values .first in row 3."),
    "none in a list": ([None, *X[1:]], Y, DataError, "first in row 0"),
    "pandas NA": (pd.Series([pd.NA, *X[1:]], dtype="Float64"), Y, DataError, "first in row 0"),
    "masked": (np.ma.array(X, mask=np.arange(N) == 3), Y, DataError, "first in row 3"),
    "n=0": ([], [], DataError, "at least 2 rows"),
    "n=1": (X[:1], Y[:1], DataError, "at least 2 rows"),
    "no columns": (np.empty((N, 0)), Y, DataError, "at least one column"),
    "wrong lengths": (X, Y[:-1], DataError, r"shapes \(1000, 1\) and \(999, 1\)"),
    "transposed": (np.stack([X, X]), Y, DataError, r"pass x\.T"),
    "transposed y": (X, np.stack([Y, Y]), DataError, r"pass y\.T"),
    "both transposed": (np.stack([X, X]), np.stack([Y, Y]), DataError, r"pass x\.T"),
    "0-d": (np.float64(3.0), 2.0, DataError, r"shape \(n,\) or \(n, d\)"),
    "3-d": (X.reshape(10, 10, 10), Y, DataError, r"x\.reshape\(len\(x\), -1\)"),
    "ragged": ([[1.0, 2.0], [3.0]], [1.0, 2.0], DataError, "rows of different lengths"),
    "none": (None, Y, DataError, "NoneType"),
    "generator": ((v for v in X), Y, DataError, "generator"),
    "complex": (X + 1j, Y, DataTypeError, "real and imaginary parts"),
    "datetimes": (np.arange(N).astype("datetime64[s]"), Y, DataTypeError, "seconds since the start"),
    "timedeltas": (np.arange(N).astype("timedelta64[s]"), Y, DataTypeError, "such as seconds"),
    "dates": ([datetime.date(2020, 1, 1)] * N, Y, DataTypeError, "date"),
    "pandas dates": (pd.Series(pd.date_range("2020", periods=N)), Y, DataTypeError, "such as seconds"),
    "numbers and text": (np.array([1.0, "a"] * (N // 2), dtype=object), Y, DataTypeError, "float and str"),
    "objects": (np.array([{}] * N, dtype=object), Y, DataTypeError, "dict"),
    "structured": (np.zeros(N, dtype=[("a", float)]), Y, DataTypeError, "stack its fields"),
    "beyond float64": ([10**400 * k for k in range(N)], Y, DataError, "divide it first"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("method", ["auto quick", "ksg", "gaussian", "discrete"])
def test_bad_input_raises_one_sentence(case, method):
    x, y, kind, hint = BAD[case]
    with pytest.raises(kind, match=hint) as caught:
        estimate(x, y, METHODS[method])
    assert is_sentence(caught.value)


@pytest.mark.parametrize("case", ["nan", "none in a list", "pandas NA", "masked"])
def test_dropping_says_how_many(case):
    x, y, *_ = BAD[case]
    result = estimate(x, y, missing="drop")
    row = 3 if case in ("nan", "masked") else 0
    assert result.value == estimate(np.delete(X, row), np.delete(Y, row)).value
    assert (result.n_samples, result.n_dropped) == (N - 1, 1)
    assert "1 of 1000 rows dropped for missing values." in result.notes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [2, 3, 5])
def test_few_rows_are_unreliable_or_refused(method, n):
    discrete = method.startswith("discrete")
    x, y = (CODES, NOISY) if discrete else (X, Y)
    result = answer(x[:n], y[:n], METHODS[method], discrete_x=discrete, discrete_y=discrete)
    enough = n >= tags_of(method).min_n
    assert result is None or enough or not result.status.ok or result.value == 0.0


@pytest.mark.parametrize(
    "numbers",
    [
        [int(v) * 10**30 for v in 1e6 * X],
        [10**400 + int(v) for v in 1e6 * X],
        np.int64(2**62) + (1e6 * X).astype(np.int64),
        np.uint64(2**63) + (1e6 * X + 1e8).astype(np.uint64),
        pd.Series(np.int64(2**62) + (1e6 * X).astype(np.int64)),
    ],
    ids=["python", "python beyond float64", "int64", "uint64", "pandas"],
)
def test_huge_integers_keep_their_differences(numbers):
    assert estimate(numbers, Y).value == pytest.approx(GAUSSIAN, abs=TOLERANCE)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble, object])
def test_any_float(dtype):
    result = estimate(X.astype(dtype), Y.astype(dtype))
    assert result.value == pytest.approx(GAUSSIAN, abs=TOLERANCE)


def test_object_array_of_labels_and_gaps():
    labels = np.where(X > 0, "high", "low").astype(object)
    labels[5] = None
    result = estimate(labels, X, missing="drop")
    assert result.value == pytest.approx(math.log(2.0), abs=TOLERANCE)
    assert result.n_dropped == 1
