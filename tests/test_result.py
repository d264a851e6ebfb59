import copy
import json
import math
import pathlib
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitk import Interval, MIEstimate, Reason, Status
from mitk.errors import ParameterError, UnsupportedError
from mitk.inference.distribution import PROBABILITIES, from_standard_error
from mitk.results.interval import Quantiles
from mitk.results.record import EstimatorInfo

NORMAL = from_standard_error(0.5, 0.1, 1e9, "jackknife")
FULL = MIEstimate(
    0.5,
    ci=NORMAL.interval(0.95),
    status=Status().because("Too few rows; collect more."),
    notes=("Read as label: x.",),
    n_samples=4,
    n_dropped=1,
    dim_x=2,
    pointwise=np.array([0.4, 0.6, 0.3, 0.5]),
    pointwise_constant=0.05,
    estimator=EstimatorInfo("KSG", {"k": 5, "layers": (64, 64)}, "0.1.0"),
    diagnostics={"spectrum": np.array([0.5, np.inf]), "count": np.int64(3), "deep": {"a": [1.5, np.nan]}},
    quantiles=NORMAL,
    seconds=1.25,
)


def test_it_is_neither_a_float_nor_a_sequence():
    assert not isinstance(FULL, float)
    with pytest.raises(TypeError):
        iter(FULL)
    with pytest.raises(TypeError):
        len(FULL)
    assert float(FULL) == 0.5
    assert f"{FULL:.3f}" == "0.500"


def test_one_line():
    assert str(FULL) == "0.500 nats [0.304, 0.696] (95 %), KSG(k=5, layers=(64, 64)), n=4, UNRELIABLE"
    assert f"{FULL}" == str(FULL)
    assert repr(FULL) == f"<MIEstimate {FULL}>"
    assert str(MIEstimate(math.inf, n_samples=3)) == "inf nats, n=3"
    series = MIEstimate(0.5, n_samples=300, block=40)
    assert str(series).endswith("n=300, OK, runs of 40 rows")
    assert MIEstimate.from_json(series.to_json(pointwise=True)) == series != MIEstimate(0.5, n_samples=300)
    assert str(MIEstimate(12345.6)) == "1.23e+04 nats, n=0"


def test_nothing_can_be_changed():
    with pytest.raises(FrozenInstanceError):
        FULL.value = 1.0
    for twin in (FULL, pickle.loads(pickle.dumps(FULL)), copy.deepcopy(FULL), FULL.to("bits")):
        with pytest.raises(ValueError, match="read-only"):
            twin.pointwise[0] = 1.0


def test_pointwise_is_a_copy():
    mine = np.ones(3)
    result = MIEstimate(1.0, pointwise=mine)
    mine[0] = 7.0
    assert result.pointwise.tolist() == [1.0, 1.0, 1.0]
    assert mine.flags.writeable


def test_seconds_are_no_part_of_equality():
    assert replace(FULL, seconds=9.0) == FULL
    assert replace(FULL, value=0.6) != FULL
    assert replace(FULL, pointwise=None) != FULL
    assert FULL != 0.5
    assert len({FULL, replace(FULL, seconds=9.0), MIEstimate.from_json(FULL.to_json(pointwise=True))}) == 1


def test_nan_equals_itself():
    assert MIEstimate(math.nan) == MIEstimate(math.nan)
    assert len({MIEstimate(math.nan), MIEstimate(float("nan"))}) == 1


@given(value=st.floats(allow_nan=True, allow_infinity=True), low=st.floats(-10, 0), high=st.floats(0, 10))
def test_json_round_trip(value, low, high):
    result = replace(FULL, value=value, ci=Interval(low, high, 0.9, "jackknife"))
    back = MIEstimate.from_json(result.to_json(pointwise=True))
    assert back == result
    assert back.value == value or math.isnan(value)
    assert back.ci == result.ci
    assert back.quantiles == result.quantiles
    assert back.status == result.status
    assert back.notes == result.notes
    assert np.array_equal(back.pointwise, result.pointwise)


def test_json_is_strict_and_versioned():
    record = json.loads(FULL.to_json(pointwise=True), parse_constant=pytest.fail)
    assert record["schema_version"] == 2
    assert record["diagnostics"]["spectrum"] == [0.5, "inf"]
    with pytest.raises(ParameterError, match="another mitk"):
        MIEstimate.from_dict({**record, "schema_version": 99})
    assert MIEstimate.from_dict({**record, "from the future": 1}) == FULL
    assert MIEstimate.from_json(MIEstimate(0.1).to_json()) == MIEstimate(0.1)


def test_contributions_are_written_on_request():
    assert "pointwise" not in FULL.to_dict()
    back = MIEstimate.from_json(FULL.to_json())
    assert back.pointwise is None
    assert back == replace(FULL, pointwise=None) != FULL


@pytest.mark.parametrize(
    "broken",
    [
        {"value": "much"},
        {"value": None},
        {"ci": {"low": 0.1}},
        {"ci": {"low": "a", "high": "b", "level": 0.95, "method": "own"}},
        {"ci": 3},
        {"status": {"code": "FINE", "reasons": []}},
        {"status": "OK"},
        {"n_samples": "many"},
        {"estimator": {"called": "KSG"}},
        {"quantiles": {"values": [1.0]}},
        {"pointwise": ["a"]},
        {"notes": 3},
        {"diagnostics": [1]},
    ],
)
def test_broken_records_are_refused_with_the_field(broken):
    record = {**json.loads(FULL.to_json(pointwise=True)), **broken}
    with pytest.raises(ParameterError, match="must be what `to_dict` of a result wrote"):
        MIEstimate.from_dict(record)
    with pytest.raises(ParameterError, match="must be what `to_dict` of a result wrote"):
        MIEstimate.from_json("[1, 2]")
    with pytest.raises(ParameterError, match="must be JSON"):
        MIEstimate.from_json(json.dumps(record)[:-5])


def test_bits_everywhere():
    bits = FULL.to("bits")
    ln2 = math.log(2.0)
    assert bits.unit == "bits"
    assert bits.value == pytest.approx(0.5 / ln2)
    assert (bits.ci.low, bits.ci.high) == pytest.approx((FULL.ci.low / ln2, FULL.ci.high / ln2))
    assert bits.ci.level == 0.95
    assert bits.pointwise.mean() + bits.pointwise_constant == pytest.approx(bits.value)
    assert bits.interval(0.5).high == pytest.approx(FULL.interval(0.5).high / ln2)
    assert bits.to("bits") is bits
    assert bits.to("nats").value == pytest.approx(FULL.value)


def test_units_that_do_not_convert():
    with pytest.raises(ParameterError, match="nats, bits"):
        FULL.to("hartley")
    with pytest.raises(UnsupportedError, match="a result in metres"):
        MIEstimate(1.0, unit="metres", kind="score", quantity="wasserstein").to("bits")


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_interval_at_any_level(level):
    from scipy.special import ndtri

    interval = FULL.interval(level)
    half = 0.1 * ndtri(0.5 + level / 2.0)
    assert (interval.low, interval.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-4)
    assert interval.level == level
    assert interval.method == "jackknife"


@pytest.mark.parametrize("level", [0.0, 1.0, 0.9999, -1.0, 2.0])
def test_levels_out_of_reach(level):
    with pytest.raises(ParameterError, match=r"`level` must lie in \(0, 0.999\]"):
        FULL.interval(level)


def test_no_interval_to_ask_for():
    with pytest.raises(UnsupportedError, match=r"confidence=0\.95"):
        MIEstimate(0.5).interval(0.9)


def test_probabilities_are_increasing_and_reach_every_usual_level():
    assert np.all(np.diff(PROBABILITIES) > 0)
    for level in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999):
        assert any(abs(p - (1 - level) / 2) < 1e-9 for p in PROBABILITIES)


def test_values_are_never_clipped():
    assert MIEstimate(-0.02).value == -0.02
    assert MIEstimate(-0.02).nonnegative == 0.0
    assert MIEstimate(0.02).nonnegative == 0.02


def test_interval():
    interval = Interval(-0.1, 0.3, 0.95, "jackknife")
    assert -0.1 in interval
    assert 0.31 not in interval
    assert interval.width == pytest.approx(0.4)


def test_status():
    assert Status().ok
    assert Status().because() == Status()
    status = Status().because("a.", "b.").because("a.", "c.")
    assert not status.ok
    assert status.code == "UNRELIABLE"
    assert [str(reason) for reason in status.reasons] == ["a.", "b.", "c."]
    assert status.text == "a. b. c."
    reason = Reason("few-rows", "n=5 is few", "collect more")
    assert str(reason) == "n=5 is few; collect more."
    assert "few" in reason
    assert Status().because(reason, reason).reasons == (reason,)
    assert Status().because("n=5 is few.").reasons == (Reason("other", "n=5 is few"),)


def test_quantiles_scale():
    quantiles = Quantiles((0.1, 0.5, 0.9), (0.0, 1.0, 2.0), "exact")
    assert quantiles.scaled(2.0).values == (0.0, 2.0, 4.0)
    assert quantiles.interval(0.8) == Interval(0.0, 2.0, 0.8, "exact")


OLD = json.loads((pathlib.Path(__file__).parent / "data" / "results_0_1.json").read_text())


@pytest.mark.parametrize("name", [name for name in OLD if name not in ("permutation", "pairwise")])
def test_results_that_0_1_wrote_are_read(name):
    old = OLD[name]
    result = MIEstimate.from_dict(old)
    assert str(result.value) == str(float(old["value"]))
    assert (result.status.code, [str(reason) for reason in result.status.reasons]) == (
        old["status"]["code"],
        old["status"]["reasons"],
    )
    assert (result.ci is None) == (old["ci"] is None)
    assert result.dim_given == 0
    assert MIEstimate.from_json(result.to_json(pointwise=True)) == result


def test_correlation_is_that_of_a_normal_pair():
    # I = -ln(1 - r^2) / 2, so r = 0.8 is 0.511 nats.
    nats = -0.5 * math.log(1.0 - 0.8**2)
    result = MIEstimate(nats, ci=Interval(nats - 0.1, nats + 0.1, 0.95, "jackknife"))
    assert float(result.correlation) == pytest.approx(0.8)
    assert float(result.to("bits").correlation) == pytest.approx(0.8)
    assert result.correlation.ci.low == pytest.approx(math.sqrt(1.0 - 0.36 * math.exp(0.2)))
    assert result.correlation.ci.high == pytest.approx(math.sqrt(1.0 - 0.36 * math.exp(-0.2)))
    assert str(result.correlation) == "0.800 [0.749, 0.840] (95 %)"
    assert float(MIEstimate(-0.01).correlation) == 0.0
    assert float(MIEstimate(math.inf).correlation) == 1.0
    with pytest.raises(UnsupportedError, match="needs an information"):
        _ = MIEstimate(0.3, kind="score", quantity="dsmi").correlation
