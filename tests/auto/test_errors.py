"""Learned errors of readings: the fit sees what the answer is made of, the model is whole, training resumes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mitk import Auto
from mitk.auto import combination
from mitk.auto.combination import LEAST_ERROR, Reading
from mitk.auto.errors import ErrorModel, ErrorRecipe, read_error_recipe, train_auto
from mitk.auto.errors.evidence import METHODS, NAMES, evidence_of, stacked
from mitk.auto.errors.facts import FACTS
from mitk.auto.errors.fitting import quantiles_of
from mitk.auto.errors.model import CORRECTIONS, SHIPPED, correct, load, shipped
from mitk.auto.errors.simulation import one_file, read
from mitk.auto.errors.training import learned, margins_of
from mitk.auto.readings import Readings
from mitk.auto.verdict import critics_wanted, doubts_of
from mitk.cli import main
from mitk.data.samples import admit
from mitk.data.screening import without_constants
from mitk.errors import ParameterError
from mitk.learned.network.model import checked
from mitk.learned.network.stretching import LEVELS
from mitk.learned.prior.combination import COMBINATION_FAMILIES
from mitk.results.interval import Quantiles

TINY = """
familiar = 8
strange = 12
shard = 4

[prior]
max_dim = 3
rows = [[1, 20, 60, true]]

[prior.weights]
elliptical = 1
independent = 1

[strangers]
max_dim = 144
rows = [[1, 20, 60, true]]

[training]
steps = 3
batch = 4
folds = 2
"""


def samples(n, shape, seed):
    """Data sets: normal, bent, independent, and with columns that determine each other."""
    rng = np.random.default_rng(seed)
    x, e = rng.standard_normal((2, n, 2))
    if shape == "angles":
        angle = rng.uniform(0.0, 2.0 * np.pi, n)
        other = angle + 0.3 * rng.standard_normal(n)
        x, y = (np.column_stack([np.cos(a), np.sin(a)]) for a in (angle, other))
    else:
        y = {"bent": x**2, "normal": x, "none": 0.0}[shape] + 0.5 * e
    return without_constants(admit(x, y).samples)[0]


@pytest.mark.parametrize(
    ("shape", "n"), [("normal", 60), ("bent", 60), ("angles", 60), ("normal", 600), ("angles", 600), ("none", 8000)]
)
def test_what_is_fitted_is_what_answers(shape, n):
    model = shipped()
    readings = Readings(samples(n, shape, 0), 0)
    taken = readings.believed(readings.quick())
    known = stacked([evidence_of(readings, taken)])
    fitted = quantiles_of(dict(model.weights), dict(model.scale), known)[0]
    plain = ErrorModel(model.weights, model.scale, {"edges": np.zeros(0), "factors": np.ones((1, 23))}, {})
    answer = plain.combined(taken, plain.corrected(readings, taken), readings).interval(0.9)
    width = answer.high - answer.low
    assert answer.low == pytest.approx(fitted[LEVELS.index(0.05)], abs=0.03 * width)
    assert answer.high == pytest.approx(fitted[LEVELS.index(0.95)], abs=0.03 * width)


def test_nothing_learned_corrects_nothing():
    reading = Reading("ksg", 1.0, 0.9, 1.2, 0.05, 0.02)
    same = correct(reading, np.zeros((1, len(CORRECTIONS))))
    assert (same.value, same.low, same.high) == (1.0, pytest.approx(0.9), pytest.approx(1.2))
    assert (same.share, same.stray, same.weight) == (pytest.approx(0.05), pytest.approx(0.02), reading.weight)
    exact = correct(Reading("ksg", 1.0, 1.0, 1.0, 0.0, 0.0), np.zeros((1, len(CORRECTIONS))))
    assert exact.high - exact.low == pytest.approx(2.0 * LEAST_ERROR)


def test_a_correction_does_what_it_says():
    reading = Reading("ksg", 1.0, 0.9, 1.2, 0.05, 0.02)
    change = dict.fromkeys(CORRECTIONS, 0.0) | {"share": 1.0, "above": np.log(2.0), "shift": 0.5}
    found = correct(reading, np.array([list(change.values())]))
    assert found.share / (1.0 - found.share - found.stray) == pytest.approx(np.e * 0.05 / 0.93)
    shift = found.value - 1.0
    assert shift == pytest.approx(3.0 * np.tanh(0.5 / 3.0) * 0.2)
    assert found.high - found.value == pytest.approx(0.4)
    assert found.value - found.low == pytest.approx(0.1)


def test_margins_hold_on_further_sets_of_the_same_kind():
    rng = np.random.default_rng(0)

    def drawn(many):
        truth = rng.gamma(2.0, 1.0, many)
        middle = truth + 0.2 * rng.standard_normal(many) - 0.1
        # Half as wide as they ought to be, and off.
        places = np.array(LEVELS)
        raw = middle[:, None] + 0.1 * np.sqrt(2.0) * (np.log(places) - np.log1p(-places))[None, :] * 0.4
        return raw, {"truth": truth, "rows": rng.choice([50.0, 500.0, 5000.0], many), "family": np.arange(many) % 3}

    raw, sets = drawn(3000)
    margins = margins_of(raw, sets)
    raw, sets = drawn(6000)
    middle = raw[:, 11:12]
    wide = middle + margins["factors"][np.searchsorted(margins["edges"], sets["rows"])] * (raw - middle)
    for level in (0.025, 0.05, 0.95, 0.975):
        below = np.mean(sets["truth"] <= wide[:, LEVELS.index(level)])
        assert below == pytest.approx(level, abs=4.0 * np.sqrt(level * (1.0 - level) * (1 / 3000 + 1 / 6000)))


def test_half_of_the_margins_is_half_of_their_logarithm():
    rng = np.random.default_rng(0)
    raw = np.sort(rng.standard_normal((600, len(LEVELS))), axis=1)
    sets = {"truth": rng.standard_normal(600), "rows": np.full(600, 50.0), "family": np.arange(600) % 3}
    whole, half, none = (margins_of(raw, sets, power)["factors"] for power in (1.0, 0.5, 0.0))
    np.testing.assert_allclose(half**2, whole, rtol=1e-12)
    assert (none == 1.0).all()


def test_families_that_are_held_out_are_only_judged(run):
    recipe = read_error_recipe(run[0] / "tiny.toml")
    files = [np.load(file) for file in sorted((run[0] / "out" / "sets").glob("*.npz"))]
    sets = {name: np.concatenate([file[name] for file in files]) for name in (*NAMES, "truth", "family")}
    sets["family"][-1] = recipe.families.index("side-by-side")
    model, judged = learned(recipe, sets)
    sets["truth"][-1] += 3.0
    again, moved = learned(recipe, sets)
    for name, values in model.weights.items():
        np.testing.assert_array_equal(values, again.weights[name])
    np.testing.assert_array_equal(model.margins["factors"], again.margins["factors"])
    assert judged["learned"]["side-by-side"].error != moved["learned"]["side-by-side"].error


def test_margins_are_those_of_the_range_of_rows_with_its_upper_edge():
    model, answers = shipped(), {}
    for n in (60, 61):
        readings = Readings(samples(n, "normal", 0), 0)
        taken = readings.quick()
        weighed = model.corrected(readings, taken)
        factors = np.vstack([np.full(23, 2.0), np.full(23, 3.0)])
        for margins in (
            {"edges": np.array([60.0]), "factors": factors},
            {"edges": np.zeros(0), "factors": factors[:1] / 2},
        ):
            found = ErrorModel(model.weights, model.scale, margins, {}).combined(taken, weighed, readings)
            answers[n, len(margins["edges"])] = found.interval(0.95), found.interval(0.0001).high
    for n, factor in ((60, 2.0), (61, 3.0)):
        (wide, value), (plain, _) = answers[n, 1], answers[n, 0]
        assert wide.high - value == pytest.approx(factor * (plain.high - value), rel=0.01)
        assert value - wide.low == pytest.approx(factor * (value - plain.low), rel=0.01)


def test_critics_do_not_narrow_the_interval_below_a_reading_that_agrees():
    model = shipped()
    readings = Readings(samples(600, "normal", 0), 0)
    taken = readings.quick()
    value = combination.median(model.combined(taken, model.corrected(readings, taken), readings))
    critics = [Reading(name, value, value - 0.2, value + 0.2, 0.25, 0.02) for name in ("anchored", "doe")]
    weighed = model.corrected(readings, [*taken, *critics])
    assert weighed[-2:] == critics
    ci = model.combined([*taken, *critics], weighed, readings).interval(0.95)
    agree = [one for one in weighed if one.share < combination.MOSTLY and one.holds(value)]
    assert ci.width >= 0.99 * min(one.high - one.low for one in agree)


def test_readings_below_zero_leave_zero_open():
    model = shipped()
    readings = Readings(samples(60, "normal", 0), 0)
    below = [Reading("ksg", -0.8, -0.85, -0.75, 0.85, 0.02)]
    assert model.combined(below, model.corrected(readings, below), readings).interval(0.99).high >= 0.0


def test_sets_that_the_door_refuses_are_left_out():
    assert read(np.random.default_rng(0).standard_normal((12, 144)), np.arange(12.0)) is None


def test_only_numbers_in_independent_rows_are_learned_of():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 1))
    assert read(x, np.round(rng.standard_normal((60, 1)))) is None
    assert read(x, x**3) is None
    known = read(x, x + rng.standard_normal((60, 1)))
    assert set(known) == set(NAMES)
    assert known["rows"] == 60.0


def test_columns_of_few_values_and_series_are_combined_by_what_is_assumed(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(200)
    monkeypatch.setattr("mitk.auto.weighing.shipped", lambda: pytest.fail("asked"))
    assert not Readings(admit(x, x, block=10).samples, 0).errors_known
    quick = Auto(effort="quick")
    quick.fit(np.maximum(x, 0.0), x + rng.standard_normal(200))
    quick.fit(x, x + rng.standard_normal(200), block=10)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of the tiny recipe."""
    place = tmp_path_factory.mktemp("errors")
    (place / "tiny.toml").write_text(TINY)
    return place, train_auto(read_error_recipe(place / "tiny.toml"), place / "out")


def test_a_run_writes_a_model_that_answers(run):
    place, said = run
    model = load(said.weights)
    assert said.sets == len(np.concatenate([np.load(f)["truth"] for f in (place / "out" / "sets").glob("*.npz")]))
    assert model.card["recipe"]["training"]["steps"] == 3
    assert "| **mean** | stranger" in Path(said.report).read_text()
    readings = Readings(samples(60, "normal", 1), 0)
    taken = readings.quick()
    found = model.combined(taken, model.corrected(readings, taken), readings)
    assert np.isfinite(found.values).all()
    assert (np.diff(found.values) >= 0.0).all()


def test_an_interrupted_run_goes_on_to_the_same_file(run, tmp_path, capsys):
    place, said = run
    shutil.copytree(place / "out", tmp_path / "out")
    for lost in ("sets/1.npz", "auto.safetensors", "report.md"):
        (tmp_path / "out" / lost).unlink()
    command = ["train", "auto", "--config", str(place / "tiny.toml"), "--out", str(tmp_path / "out"), "--json"]
    with pytest.raises(SystemExit, match="0"):
        main(command)
    assert json.loads(capsys.readouterr().out)["sha256"] == said.sha256


def test_a_folder_of_another_recipe_is_refused(run):
    place, _ = run
    with pytest.raises(ParameterError, match="seed"):
        train_auto(ErrorRecipe(seed=2), place / "out")


def test_a_set_is_drawn_by_its_number_alone():
    recipe = ErrorRecipe(familiar=4, strange=14, shard=2)
    assert recipe.shards == (range(2), range(2, 9))
    again = [ErrorRecipe(familiar=40, strange=14, shard=2).drawn(20, 1), recipe.drawn(2, 1)]
    assert (again[0].x == again[1].x).all()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("familiar = 0", "familiar"),
        ("held_out = ['elliptical']", "held_out.*elliptical"),
        ("[training]\nfolds = 1", "folds"),
        ("[training]\nmargins = 2", "margins"),
        ("[training]\nunasked = 1.0", "unasked"),
        ("[training]\nseed = 1", "seed"),
        ("[strangers.weights]\nmist = 2", "strangers.weights.*mist"),
        ("[strangers.weights]\nball = 2", "ball"),
        ("[strangers.families]\nmine = 'mitk.learned.prior.families:mist'\n[strangers.weights]\nother = 1", "other"),
        ("[strangers.families]\nmine = 'nowhere:mine'", "nowhere"),
    ],
)
def test_a_recipe_says_what_is_wrong(tmp_path, text, what):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(ParameterError, match=what):
        read_error_recipe(tmp_path / "bad.toml")


def test_families_of_ones_own_are_added(tmp_path):
    text = "[strangers.families]\nmine = 'mitk.learned.prior.families:mist'\n[strangers.weights]\nmine = 3"
    (tmp_path / "own.toml").write_text(text)
    recipe = read_error_recipe(tmp_path / "own.toml")
    assert dict(recipe.strangers.weights) == {**dict.fromkeys(COMBINATION_FAMILIES, 1.0), "mine": 3.0}
    assert recipe.families[-1] == "mine"
    named = list(recipe.facts()["strangers"]["families"].values())
    assert len(set(named)) == len(named)


def test_too_few_sets_are_too_few():
    recipe = ErrorRecipe(familiar=4, strange=1, shard=4)
    with pytest.raises(ParameterError, match="strange"):
        learned(recipe, one_file(recipe, 0))


def test_a_damaged_file_is_refused(tmp_path):
    for name in (SHIPPED.name, f"{SHIPPED.name}.sha256"):
        shutil.copy(SHIPPED.with_name(name), tmp_path / name)
    path = tmp_path / SHIPPED.name
    assert load(checked(path)).card["recipe"]["seed"] == 1
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(ParameterError, match="SHA-256"):
        checked(path)
    path.write_bytes(b"nothing")
    with pytest.raises(ParameterError, match="mitk train auto"):
        load(path)
    model = shipped()
    ErrorModel({m: w[:1] for m, w in model.weights.items()}, model.scale, model.margins, {}).save(path)
    with pytest.raises(ParameterError, match="mitk train auto"):
        load(path)
    with pytest.raises(ParameterError, match="mitk train auto"):
        load(tmp_path / "missing")
    unknown = {m: np.full_like(w, np.nan) for m, w in model.weights.items()}
    blunt = {name: values[:1] for name, values in model.scale.items()}
    for weights, scale in ((unknown, model.scale), (model.weights, blunt)):
        ErrorModel(weights, scale, model.margins, {}).save(path)
        with pytest.raises(ParameterError, match="not of numbers"):
            load(path)


def test_shipped_errors_are_those_of_the_packaged_recipe():
    facts = json.loads(json.dumps(read_error_recipe("default").facts()))
    assert {**shipped().card["recipe"], "mitk": ""} == {**facts, "mitk": ""}
    assert SHIPPED.stat().st_size < 4_000_000
    assert all(shipped().weights[m].shape == (1 + len(FACTS[m]), len(CORRECTIONS)) for m in METHODS)


def test_the_verdict_follows_the_readings_as_weighed():
    quantiles = Quantiles((0.025, 0.5, 0.975), (0.9, 1.0, 1.1), "readings")
    raw = [Reading("ksg", 0.8, 0.7, 0.9, 0.05, 0.02)]
    weighed = [Reading("ksg", 1.0, 0.9, 1.1, 0.05, 0.02)]
    assert doubts_of(raw, weighed, quantiles, "quick") == []
    assert [reason.code for reason in doubts_of(raw, raw, quantiles, "quick")] == ["no-support"]
    assert critics_wanted(raw, weighed, quantiles, [], few_columns=False) == ""
    assert "supports the value" in critics_wanted(raw, raw, quantiles, [], few_columns=False)
