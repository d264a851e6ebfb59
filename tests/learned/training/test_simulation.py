"""Simulated sets: any of them drawn again from its number, files filled in ranges, what is kept out of training."""

from __future__ import annotations

import json
import os
import sys

import made_families
import numpy as np
import pytest

from mitk.cli import main
from mitk.errors import ParameterError
from mitk.learned import Prior, Recipe, read_recipe, simulate_sets
from mitk.learned.statistics.features import features
from mitk.learned.training import retraining
from mitk.learned.training.simulation import one_shard, reserved_set, simulated_set

SMALL = Prior({"shapes": 1, "redundant": 1, "independent": 1}, ((1.0, 20, 60, True),), 64)


def test_a_set_of_a_file_is_drawn_again():
    shard = one_shard(SMALL, np.random.SeedSequence([4, 2]), 3)
    for place in range(3):
        again = simulated_set(SMALL, 2 * 3 + place, seed=4, size=3)
        information, n, dx, dy, family = shard["facts"][place]
        assert (n, dx, dy) == (*again.x.shape, again.y.shape[1])
        assert len(again.y) == n
        assert shard["families"][int(family)] == again.family
        assert information == pytest.approx(again.information, rel=1e-6)
        np.testing.assert_allclose(shard["overall"][place], features(again.x, again.y).overall, rtol=1e-5)


def test_reserved_sets_are_their_number_alone_and_never_trained_on():
    recipe = Recipe(prior=SMALL, reserved=20, shard=5, held_out=5, sets=10)
    found = [recipe.reserved_set(i) for i in range(6)]
    for i in (5, 2):
        again = reserved_set(SMALL, i, seed=recipe.seed)
        np.testing.assert_array_equal(again.x, found[i].x)
        np.testing.assert_array_equal(again.y, found[i].y)
        assert (again.family, again.information) == (found[i].family, found[i].information)
    trained = [simulated_set(SMALL, i, seed=recipe.seed, size=recipe.shard) for i in range(15)]
    firsts = [one.x[0, 0] for one in (*found, *trained)]
    assert len(set(firsts)) == len(firsts)
    for index in (-1, 20):
        with pytest.raises(ParameterError, match="`index` must be from 0 to below reserved = 20"):
            recipe.reserved_set(index)


def test_the_packaged_recipe_keeps_a_tenth():
    recipe = read_recipe("default")
    assert recipe.reserved == (recipe.sets + recipe.held_out + recipe.reserved) // 10
    assert sum(row[0] for row in recipe.prior.rows) == pytest.approx(1.0)
    assert [row[0] for row in recipe.prior.rows if row[1] >= 2_000] == [0.25]


@pytest.fixture
def few(tmp_path):
    """A recipe of three files of four sets."""
    place = tmp_path / "few.toml"
    place.write_text(
        "sets = 8\nheld_out = 4\nshard = 4\n"
        "[prior]\nmax_dim = 8\nrows = [[1, 20, 40, true]]\n[prior.weights]\nblocks = 1\n"
    )
    return place


def test_ranges_of_files_add_up_to_a_simulation(few, tmp_path):
    recipe, lines = read_recipe(few), []
    assert simulate_sets(recipe, tmp_path / "out", shards=range(1, 3), report=lines.append) == 2
    assert [line.split(",")[0] for line in lines] == ["1 of 2 files", "2 of 2 files"]
    assert lines[-1].endswith("0 min left.")
    assert simulate_sets(recipe, tmp_path / "out", report=lines.append) == 3
    assert lines[2] == "2 of 3 files are there already."
    assert sorted(path.name for path in (tmp_path / "out" / "sets").glob("*.npz")) == ["0.npz", "1.npz", "2.npz"]
    times = (tmp_path / "out" / "sets" / "times.jsonl").read_text().splitlines()
    assert [json.loads(line)["sets"] for line in times] == [4, 4, 4]
    with pytest.raises(ParameterError, match="`shards` must be files of the recipe, from 0 to below 3; got 2:5"):
        simulate_sets(recipe, tmp_path / "out", shards=range(2, 5))


def test_the_command_fills_a_range_and_says_what_is_left(few, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", list(sys.path))
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as stop:
        main(["train", "sets", "--config", str(few), "--out", str(out), "--files", "0:1"])
    printed, err = capsys.readouterr()
    assert (stop.value.code, printed) == (0, f"1 files are in {out / 'sets'}.\n")
    assert err.startswith("1 of 1 files, ")
    # Modules of the current folder hide none that is installed.
    assert sys.path[-1] == os.getcwd()
    for files, said in (("3", "`--files` must be FIRST:LAST"), ("0:9", "`shards` must be files of the recipe")):
        with pytest.raises(SystemExit) as stop:
            main(["train", "sets", "--config", str(few), "--out", str(out), "--files", files])
        assert stop.value.code == 2
        assert said in capsys.readouterr().err


def test_an_interrupt_keeps_the_files_that_are_done(few, tmp_path, monkeypatch):
    def stopped(*_, progress, **__):
        progress(4, 1.0)
        raise KeyboardInterrupt

    monkeypatch.setattr(retraining, "simulate", stopped)
    with pytest.raises(KeyboardInterrupt, match="the same command goes on"):
        simulate_sets(read_recipe(few), tmp_path / "out")


def test_a_span_of_time_in_words():
    assert [retraining._span(seconds) for seconds in (20.0, 600.0, 5400.0)] == ["0 min", "10 min", "1 h 30 min"]


def test_families_of_ones_own_are_drawn_again_too():
    prior = Prior({"mine": 1}, families={"mine": made_families.pair})
    assert simulated_set(prior, 3).family == "mine"
