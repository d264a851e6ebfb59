"""All pairs: the numbers of `estimate`, and no pair that costs the others."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from mitk import Discrete, Found, MIEstimate, MITKWarning, estimate, pairwise
from mitk.classical.gaussian import Gaussian
from mitk.errors import DataError, ParameterError, UnknownMethodError
from mitk.estimator import Estimator, Tags
from mitk.many.tiles import Recipe

X = np.random.default_rng(1).standard_normal(200)


@pytest.fixture
def data():
    a, b = np.random.default_rng(0).standard_normal((2, 300))
    return {"a": a, "b": b, "c": a + b, "label": np.where(a + 0.5 * b > 0, "u", "v")}


def test_each_pair_is_what_estimate_says(data):
    result = pairwise(data, unit="bits", seed=3, interval="subsampling")
    assert result.names == ("a", "b", "c", "label")
    assert list(result.results) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    for (i, j), got in result.results.items():
        x, y = result.names[i], result.names[j]
        assert got == estimate({x: data[x]}, {y: data[y]}, "screen", unit="bits", seed=3, interval="subsampling")
        assert got.notes
        assert result.values[i, j] == result.values[j, i] == got.value
    assert np.isnan(np.diag(result.values)).all()


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
@pytest.mark.parametrize("method", ["screen", "copula", "gaussian", "ksg"])
def test_pairs_answered_together_have_the_values_of_single_fits(data, method):
    data["rounded"] = data["a"].round(1)
    data["gaps"] = np.where(np.arange(300) < 10, np.nan, data["b"])
    data = {name: column[:150] for name, column in data.items()}
    if method != "screen":
        del data["label"]
    result = pairwise(data, method, missing="drop")
    for (i, j), got in result.results.items():
        x, y = result.names[i], result.names[j]
        alone = estimate({x: data[x]}, {y: data[y]}, method, missing="drop")
        assert got.value == pytest.approx(alone.value, abs=1e-12)
        assert (got.n_samples, got.kind) == (alone.n_samples, alone.kind)
        assert (got.ci is None) == (alone.ci is None)
        assert got.ci is None or got.value in got.ci
        assert {r.code for r in got.status.reasons} >= {r.code for r in alone.status.reasons} - {
            "drift",
            "second-opinion",
        }


def test_jobs_change_nothing(data):
    one, two = (pairwise(data, "gaussian", interval="subsampling", n_jobs=n) for n in (1, 2))
    assert one.results == two.results
    np.testing.assert_array_equal(one.values, two.values)


def test_frames_arrays_and_names(data):
    pandas = pytest.importorskip("pandas")
    numeric = {name: data[name] for name in "abc"}
    array = np.column_stack(list(numeric.values()))
    by_frame = pairwise(pandas.DataFrame(numeric), "gaussian", confidence=None)
    by_array = pairwise(array, "gaussian", names=["a", "b", "c"], confidence=None)
    np.testing.assert_array_equal(by_frame.values, by_array.values)
    assert by_frame.names == by_array.names == ("a", "b", "c")
    assert pairwise(array, "gaussian", confidence=None).names == ("data[0]", "data[1]", "data[2]")


def test_missing_values_are_dropped_pair_by_pair(data):
    data["b"] = np.where(np.arange(300) < 10, np.nan, data["b"])
    result = pairwise(data, "gaussian", missing="drop")
    assert [result.results[0, j].n_samples for j in (1, 2)] == [290, 300]


def test_a_failing_pair_keeps_its_sentence_and_the_others_their_values(data):
    data["b"] = np.where(np.arange(300) < 10, np.nan, data["b"])
    with pytest.warns(MITKWarning, match="failed: 3"):
        result = pairwise(data, "gaussian")
    assert "10 in `b`" in result.results[0, 1]
    assert isinstance(result.results[0, 2], MIEstimate)
    assert np.isnan(result.values[1]).all()
    assert np.isfinite(result.values[0, 2])
    assert "failed" in str(result)


@dataclass(frozen=True, kw_only=True)
class Broken(Estimator):
    @property
    def tags(self):
        return Tags(summary="breaks")

    def _value(self, prepared):
        samples = prepared.samples
        if "b" in samples.x.names + samples.y.names:
            raise ZeroDivisionError("as it happens")
        return Found(1.0)


def test_even_a_bug_in_an_estimator_costs_only_its_pairs(data):
    with pytest.warns(MITKWarning, match="failed: 3"):
        result = pairwise(data, Broken(), confidence=None)
    assert result.results[0, 1] == "ZeroDivisionError: as it happens"
    assert result.values[0, 2] == 1.0


def test_one_warning_for_all_doubtful_pairs(data):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = pairwise({name: np.arange(300.0) for name in "abc"}, "gaussian")
    assert len(caught) == 1
    assert "UNRELIABLE: 3" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert "inf!" in str(result)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["values"][0] == ["nan", "inf", "inf"]


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_discrete_overrules_by_column(data):
    data["n"] = np.repeat(np.arange(100.0), 3)
    result = pairwise(
        {k: data[k] for k in ("label", "n")},
        "discrete",
        discrete=[None, True],
        confidence=None,
        correction="plug-in",
    )
    whole = estimate(data["label"], data["n"], "discrete", discrete_y=True, confidence=None, correction="plug-in")
    assert whole.diagnostics["levels_y"] == 100
    assert result.results[0, 1].value == pytest.approx(whole.value, abs=1e-12)
    with pytest.raises(ParameterError, match="one bool or 5"):
        pairwise(data, discrete=[True])


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"method": "gausian"}, UnknownMethodError, "gaussian"),
        ({"unit": "dits"}, ParameterError, "unit"),
        ({"method": "gaussian", "k": 3}, ParameterError, "`k`"),
        ({"method": Discrete(), "seed": 1}, ParameterError, "seed"),
        ({"names": ["a"]}, ParameterError, "4 names"),
    ],
)
def test_wrong_options_raise(data, options, kind, text):
    with pytest.raises(kind, match=text):
        pairwise(data, **options)


@pytest.mark.parametrize("options", [{"kk": 5}, {"effort": "much"}, {"bins": 3}, {"method": "ksg", "k": "five"}])
def test_a_wrong_option_is_found_before_the_first_pair(options, monkeypatch):
    mixed = {"a": X, "b": X**2, "c": X > 0, "d": X.round()}
    monkeypatch.setattr(Recipe, "attempt", lambda *_: pytest.fail("a pair was tried"))
    with pytest.raises(ParameterError, match=f"`{next(reversed(options))}` must be"):
        pairwise(mixed, **options)


def test_one_column_is_too_few():
    with pytest.raises(DataError, match="two columns"):
        pairwise(np.ones((10, 1)))


def test_dictionary_round_trip(data):
    result = pairwise(data, "gaussian", confidence=None)
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert record["names"] == list(data)
    for pair, original in zip(record["pairs"], result.results.values(), strict=True):
        assert MIEstimate.from_dict(pair["result"]) == original


def test_series_are_named_below_the_table():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 500)).cumsum(axis=1)
    found = pairwise({"a": a, "b": b, "c": rng.standard_normal(500)}, Gaussian(), confidence=None)
    block = found.results[0, 1].block
    assert f"1 of 3 pairs are series, in runs of up to {block} rows" in str(found)
    assert pairwise({"a": a, "b": b}, Gaussian(), block=1, confidence=None).results[0, 1].block is None
    assert pairwise({"a": a, "b": b}, Gaussian(), thin=10, confidence=None).results[0, 1].n_samples == 50


def test_text_fits_a_terminal():
    rng = np.random.default_rng(0)
    columns = {f"a column with a long name {j}": rng.standard_normal(50) for j in range(12)}
    text = str(pairwise(columns, Gaussian(), confidence=None))
    assert max(map(len, text.splitlines())) <= 80
    assert "more columns not shown" in text
