import warnings

import numpy as np
import pytest

from mitk import KSG
from mitk.data.column_table import ColumnTable
from mitk.numerics.ksg_null import ksg_p_values


def table_of(values, kinds=None, nominal=None):
    d = values.shape[1]
    return ColumnTable(
        np.asfortranarray(values),
        kinds or ("continuous",) * d,
        tuple(f"c{j}" for j in range(d)),
        nominal or (False,) * d,
        (None,) * d,
    )


def columns(n, seed=0):
    """Independent, weakly, strongly and almost exactly dependent columns."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 6))
    x[:, 2] += 0.5 * x[:, 1]
    x[:, 3] = np.exp(x[:, 2]) + 0.2 * x[:, 3]
    x[:, 4] = x[:, 3] ** 3 + 1e-6 * x[:, 4]
    x[:, 5] = np.cos(5.0 * x[:, 0]) + 1e-6 * x[:, 5]
    return x


PAIRS = np.array([(i, j) for i in range(6) for j in range(6) if i != j])


@pytest.mark.parametrize(("n", "k"), [(12, 3), (60, 5), (400, 3)])
def test_answers_are_those_of_fits(n, k):
    estimator, values = KSG(k=k, margins="normal"), columns(n)
    many = estimator._many(table_of(values), PAIRS)
    everything = np.arange(len(PAIRS))
    doubts = many.doubts(everything)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [estimator.fit(values[:, i], values[:, j], confidence=None) for i, j in PAIRS]
    np.testing.assert_allclose(many.values, [fit.value for fit in fits], rtol=0.0, atol=1e-12)
    np.testing.assert_array_equal(many.p_values, ksg_p_values(many.values, n, k))
    assert any(reason.code == "ceiling" for reasons in doubts for reason in reasons)
    for fit, reasons in zip(fits, doubts, strict=True):
        assert fit.status.reasons == tuple(reason for reason in reasons if reason.code != "drift")


def test_intervals_hold_values_and_grow_with_the_level():
    many = KSG(margins="normal")._many(table_of(columns(200)), PAIRS)
    chosen = np.array([3, 0, 17, 29])
    low, high = many.intervals(chosen, 0.95)
    wide_low, wide_high = many.intervals(chosen, 0.99)
    assert (low < many.values[chosen]).all()
    assert (high > many.values[chosen]).all()
    assert (wide_low < low).all()
    assert (wide_high > high).all()
    assert many.note.startswith("Interval")


def test_intervals_cover_normal_informations():
    rng, r = np.random.default_rng(5), 0.8
    x = rng.standard_normal((600, 160))
    x[:, 1::2] = r * x[:, ::2] + np.sqrt(1.0 - r * r) * x[:, 1::2]
    pairs = np.arange(160).reshape(80, 2)
    low, high = KSG(margins="normal")._many(table_of(x), pairs).intervals(np.arange(80), 0.95)
    truth = -0.5 * np.log(1.0 - r * r)
    # 80 intervals miss 4 times, 2 standard errors of which are 4.
    assert ((low <= truth) & (truth <= high)).sum() >= 72


def test_a_value_that_rises_with_the_rows_is_doubted():
    x = columns(1000)
    doubts = KSG(margins="normal")._many(table_of(x), np.array([[0, 1], [0, 5]])).doubts(np.arange(2))
    assert doubts[0] == ()
    assert [reason.code for reason in doubts[1]] == ["drift"]


@pytest.mark.parametrize(
    "estimator",
    [KSG(), KSG(margins="raw"), KSG(margins="normal", variant=2), KSG(margins="normal", lnc=True, k=8)],
)
def test_other_settings_are_fitted_one_by_one(estimator):
    assert estimator._many(table_of(columns(50)), PAIRS) is None


def test_other_columns_are_fitted_one_by_one():
    estimator, values = KSG(margins="normal"), columns(50)
    values[:, 2] = np.round(values[:, 2], 1)
    table = table_of(values)
    assert estimator._many(table, np.array([[0, 2]])) is None
    assert estimator._many(table, np.array([[0, 1]])) is not None
    labels = table_of(values, ("continuous", "label", *("continuous",) * 4), (False, True, *(False,) * 4))
    assert estimator._many(labels, np.array([[0, 1]])) is None
    # Rows so few, or neighbours so many, that no table says what chance gives.
    assert estimator._many(table_of(columns(9)), np.array([[0, 1]])) is None
    assert KSG(k=21, margins="normal")._many(table, np.array([[0, 1]])) is None
    assert KSG(k=49, margins="normal")._many(table_of(columns(40)), np.array([[0, 1]])) is None
