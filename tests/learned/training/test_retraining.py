"""Training end to end: simulate, train, calibrate, write, and go on after an interrupt as if nothing had happened."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import made_families
import numpy as np
import pytest
from tiny_recipe import TINY

from mitk.cli import main
from mitk.errors import ParameterError
from mitk.learned import MIST, Draw, Prior, read_recipe, train_mist
from mitk.learned.network.model import load
from mitk.learned.network.stretching import STAGES
from mitk.learned.prior.meta import FAMILIES
from mitk.learned.statistics.features import features
from mitk.learned.training import retraining
from mitk.learned.training.data import PAIRS, Pool
from mitk.learned.training.simulation import one_shard, simulate
from mitk.learned.training.training import train


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of the tiny recipe: its folder and what the call returned."""
    place = tmp_path_factory.mktemp("run")
    (place / "tiny.toml").write_text(TINY)
    return place / "out", train_mist(read_recipe(place / "tiny.toml"), place / "out")


def test_a_run_writes_a_model_that_answers(run):
    out, said = run
    assert said.weights == str(out / "mist.safetensors")
    assert (said.sets, said.held_out) == (200, 100)
    model = load(said.weights)
    assert len(model.networks) == 2
    assert model.card["recipe"]["training"]["width"] == 8
    rng = np.random.default_rng(0)
    x = rng.standard_normal((80, 2))
    result = MIST(weights=said.weights).fit(x, x + rng.standard_normal((80, 2)))
    assert np.isfinite(result.value)
    assert result.ci.low < result.value < result.ci.high


@pytest.mark.parametrize("n", [30, 1000])
def test_a_data_set_gets_the_factors_of_its_own_range(run, n):
    model = load(run[1].weights)
    plain = {"levels": model.levels}
    for stage in STAGES:
        plain |= {f"{stage}.edges": np.zeros(0), f"{stage}.factors": np.ones((1, 23))}
    edges, factors = np.array([30, 1000]), np.full((3, 23), 7.0)
    factors[[30, 1000].index(n)] = 1.0
    unstretched = replace(model, calibration=plain)
    model = replace(model, calibration=plain | {"rows.edges": edges, "rows.factors": factors})
    x, y = np.random.default_rng(0).standard_normal((2, n, 1))
    found, expected = (m.predict([features(x, y)]).quantiles for m in (model, unstretched))
    np.testing.assert_array_equal(found, expected)


def test_the_report_says_what_happened(run):
    out, said = run
    report = (out / "report.md").read_text()
    assert said.sha256 in report
    assert "(300 sets, " in report
    for seed in (0, 1):
        assert f"| {seed} | 5 |" in report
        assert f"| {seed} | 20 |" in report
    rows = [line.strip("| ").split(" | ") for line in report.splitlines() if line.startswith("| ")]
    by = {row[0]: row for row in rows}
    assert by["all"][1] == "100"
    assert int(by["elliptical"][1]) + int(by["independent"][1]) == 100
    assert float(by["all"][2]) == pytest.approx(said.mae, abs=1e-4)
    assert float(by["all"][7]) == pytest.approx(said.coverage, abs=1e-3)
    assert said.mae > 0.0
    # 100 sets, each half calibrated on the other: three standard errors of both halves.
    assert abs(said.coverage - 0.9) < 0.15


def test_the_command_finds_a_finished_run_and_has_nothing_to_train(run, tiny, monkeypatch, capsys):
    out, said = run
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*") if path.suffix in (".npz", ".msgpack")}
    assert len(before) == 6 + 2 * 2
    with pytest.raises(SystemExit) as stop:
        main(["train", "mist", "--config", str(tiny), "--out", str(out), "--json"])
    printed, err = capsys.readouterr()
    assert (stop.value.code, err) == (0, "")
    assert json.loads(printed) == said.to_dict()
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_another_recipe_does_not_mix_with_a_run(run, tiny):
    out, _ = run
    recipe = read_recipe(tiny)
    other = replace(recipe, sets=250, training=replace(recipe.training, steps=30))
    with pytest.raises(ParameterError, match=r"`out` must be a new folder .* another sets, training.steps"):
        train_mist(other, out)


def test_sets_serve_another_run_of_the_same_prior_alone(run, tiny, tmp_path, monkeypatch):
    out, _ = run
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sets").symlink_to(out / "sets")
    recipe = read_recipe(tiny)
    with pytest.raises(ParameterError, match=r"sets, made with another prior.max_dim"):
        train_mist(replace(recipe, prior=replace(recipe.prior, max_dim=5)), tmp_path / "out")
    drawn = []
    monkeypatch.setattr("mitk.learned.training.simulation.one_shard", lambda *a: drawn.append(a))
    monkeypatch.setattr(retraining, "train", lambda *a, **k: pytest.fail("reached"))
    (tmp_path / "out" / "recipe.json").unlink()
    with pytest.raises(pytest.fail.Exception):
        train_mist(replace(recipe, seeds=(7,)), tmp_path / "out")
    assert not drawn


def interrupting(calls, at):
    """A progress callback that is interrupted the `at`-th time."""

    def advance(*told, **_):
        calls.append(told)
        if len(calls) == at:
            raise KeyboardInterrupt

    return advance


def test_training_goes_on_from_the_step_it_was_interrupted_at(run, tiny, tmp_path):
    out, _ = run
    training, pool = read_recipe(tiny).training, Pool(out / "sets", 2, 6)
    calls: list[tuple] = []
    with pytest.raises(KeyboardInterrupt):
        train(pool, training, tmp_path, progress=interrupting(calls, 13))
    assert calls[-1][0] == 13
    found = train(pool, training, tmp_path, progress=lambda *a: calls.append(a))
    assert [step for step, _ in calls] == list(range(1, 21))
    whole = load(out / "mist.safetensors")
    for name, values in whole.networks[0].items():
        np.testing.assert_array_equal(found[name], values)


def test_training_can_go_on_from_weights_that_are_there(run, tiny, tmp_path):
    out, said = run
    recipe = read_recipe(tiny)
    pool = Pool(out / "sets", 2, 6)
    still = replace(recipe.training, start=said.weights, steps=1, rate=0.0)
    whole = load(said.weights)
    for number in (0, 1):
        found = train(pool, still, tmp_path / str(number), number=number)
        for name, values in (whole.networks[number] | whole.scale).items():
            np.testing.assert_allclose(found[name], values, rtol=1e-6)
    # Networks that read fewer statistics, and weigh none, answer as before until they have learned more.
    older = replace(
        whole, networks=tuple(map(_without_weighing, whole.networks)), scale=_of_fewer(whole.scale), guard={}
    )
    older.save(tmp_path / "older.safetensors")
    found = train(pool, replace(still, start=str(tmp_path / "older.safetensors")), tmp_path / "grown")
    np.testing.assert_array_equal(found["overall.kernel"][-5:], 0.0)
    np.testing.assert_allclose(found["overall.kernel"][:-5], whole.networks[0]["overall.kernel"][:-5], rtol=1e-6)
    assert len(found["overall.mean"]) == len(whole.scale["overall.mean"])
    assert not found["trust.kernel"].any()
    with pytest.raises(ParameterError, match=r"`training.start` must hold networks of this width"):
        train(pool, replace(still, width=16), tmp_path / "wider")
    with pytest.raises(ParameterError, match=r"`training.start` must hold"):
        train(pool, replace(still, blocks=2), tmp_path / "deeper")


def _without_weighing(network):
    kept = {name: values for name, values in network.items() if not name.startswith(("trust.", "shrink."))}
    return kept | {"overall.kernel": network["overall.kernel"][:-5]}


def _of_fewer(scale):
    return scale | {name: scale[name][:-5] for name in ("overall.mean", "overall.sd")}


def test_a_batch_holds_sets_of_about_as_many_pairs(run):
    pool = Pool(run[0] / "sets", 0, 6)
    pairs = pool.all()["counts"][:, 0]
    widths = [pool.batch(0, step, 8)["tokens"].shape[1] for step in range(300)]
    for step in range(20):
        found = pool.batch(0, step, 8)
        width = found["tokens"].shape[1]
        assert (found["counts"][:, 0] <= width).all()
        assert width == PAIRS[0] or (found["counts"][:, 0] > PAIRS[PAIRS.index(width) - 1]).all()
    # Four standard errors of a share of 300.
    assert np.mean(np.array(widths) == PAIRS[0]) == pytest.approx(np.mean(pairs <= PAIRS[0]), abs=0.12)


def test_sides_wider_and_longer_than_an_answer_takes_are_cut_as_a_users_are():
    def wide(rng, n):
        x = rng.standard_normal((n, 70))
        return Draw(x, x[:, :1] + rng.standard_normal((n, 1)), 0.5 * math.log(2.0))

    prior = Prior({"wide": 1}, ((1.0, 80, 80, True),), families={"wide": wide})
    shard = one_shard(prior, np.random.SeedSequence(0), 2)
    assert np.exp(shard["overall"][:, 2]) == pytest.approx([64.0, 64.0])
    assert np.isfinite(shard["tokens"].astype(float)).all()


def test_a_shard_is_the_same_whoever_makes_it_and_when(tmp_path):
    prior = Prior({"elliptical": 1, "mine": 1}, ((1, 20, 60, True),), 4, {"mine": made_families.pair})
    with pytest.raises(KeyboardInterrupt):
        simulate(prior, tmp_path / "a", range(4), size=5, progress=interrupting([], 2))
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["0.npz", "1.npz"]
    sizes = []
    simulate(prior, tmp_path / "a", range(4), size=5, progress=lambda sets, seconds: sizes.append((sets, seconds > 0)))
    assert sizes == [(10, False), (5, True), (5, True)]
    simulate(prior, tmp_path / "b", range(4), size=5, n_jobs=2)
    for shard in range(4):
        with np.load(tmp_path / "a" / f"{shard}.npz") as one, np.load(tmp_path / "b" / f"{shard}.npz") as two:
            for name in one.files:
                np.testing.assert_array_equal(one[name], two[name])
    assert not list(tmp_path.glob("*/*.part"))


def test_an_interrupt_on_the_command_line_says_how_to_go_on(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(retraining, "simulate", interrupting([], 1))
    with pytest.raises(SystemExit) as stop:
        main(["train", "mist", "--config", str(tiny), "--out", str(tmp_path / "out")])
    out, err = capsys.readouterr()
    assert (stop.value.code, out) == (130, "")
    assert err == f"Interrupted; what is done is in {tmp_path / 'out'}, and the same command goes on.\n"


def test_mistakes_on_the_command_line_are_one_sentence(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "file").write_text("")
    for arguments, said in (
        (["--config", "none.toml", "--out", str(tmp_path / "out")], "`config` must be"),
        (["--config", str(tiny), "--out", str(tmp_path / "file")], "`out` must be a folder that can be written"),
        (["--config", str(tiny)], "Missing option '--out'"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(["train", "mist", *arguments])
        out, err = capsys.readouterr()
        assert (stop.value.code, out, err.count("\n")) == (2, "", 1)
        assert said in err


def test_families_of_the_current_folder_are_found(tmp_path, monkeypatch):
    name = "laws_of_a_user"
    (tmp_path / f"{name}.py").write_text(Path(made_families.__file__).read_text())
    (tmp_path / "own.toml").write_text(f'[prior.families]\nmine = "{name}:pair"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    recipes = []
    monkeypatch.setattr("mitk.learned.train_mist", lambda recipe, *a, **k: recipes.append(recipe), raising=False)
    with pytest.raises(SystemExit):
        main(["train", "mist", "--config", "own.toml", "--out", "out"])
    assert recipes[0].prior.families == {"mine": f"{name}:pair"}
    assert sys.path[-1] == os.getcwd()
    assert set(FAMILIES).isdisjoint(recipes[0].prior.weights)


@pytest.mark.parametrize("broken", ["state.msgpack", "scale.npz"])
def test_broken_checkpoints_name_their_file_and_cost_no_other(run, tiny, tmp_path, broken):
    out, _ = run
    shutil.copytree(out, tmp_path / "out")
    path = tmp_path / "out" / "network-1" / broken
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ParameterError, match=rf"network-1/{broken.replace('.', '[.]')}.*remove that folder"):
        train_mist(read_recipe(tiny), tmp_path / "out")
    shutil.rmtree(path.parent)
    again = train_mist(read_recipe(tiny), tmp_path / "out")
    assert again.sha256 == run[1].sha256
