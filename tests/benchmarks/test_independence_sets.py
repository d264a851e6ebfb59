"""Tests of conditional independence: their sets, their rates with errors, files of other generators, and going on."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from benchmarks import independence
from benchmarks.condition_sets import FAMILIES, ConditionalSet, drawn, read, save
from benchmarks.errors import BenchmarkError
from benchmarks.studies import mixed_sets


@pytest.mark.parametrize("family", FAMILIES)
def test_sets_of_a_family_are_the_same_again_and_say_their_labels(family):
    for dependent in (False, True):
        one, again, other = (drawn(family, dependent, 40, seed) for seed in (1, 1, 2))
        whole = np.hstack([one.x, one.y, one.z])
        assert whole.shape == (40, len(one.labels))
        assert np.isfinite(whole).all()
        np.testing.assert_array_equal(whole, np.hstack([again.x, again.y, again.z]))
        assert not np.array_equal(whole, np.hstack([other.x, other.y, other.z]))
        labels = np.flatnonzero(one.labels)
        np.testing.assert_array_equal(whole[:, labels], whole[:, labels].round())
        assert one.dependent == dependent


def correlation_given(one):
    """What is left of x and y beside plane fits on z, correlated."""
    design = np.hstack([np.ones((len(one.z), 1)), one.z])
    rest = [side - design @ np.linalg.lstsq(design, side, rcond=None)[0] for side in (one.x[:, 0], one.y[:, 0])]
    return np.corrcoef(*rest)[0, 1]


@pytest.mark.parametrize("family", ["normal-3", "warped-5-faint", "counts"])
def test_sets_depend_where_they_say_so(family):
    rows = 4000
    null, other = (
        np.mean([abs(correlation_given(drawn(family, told, rows, seed))) for seed in range(4)])
        for told in (False, True)
    )
    # The mean size of a correlation of independent columns is sqrt(2 / (pi n)), and scatters by 0.6 / sqrt(n).
    assert null < (0.8 + 4.5 * 0.6 / 2) / math.sqrt(rows)
    assert other > 0.07


def test_kinds_are_told_by_the_sides():
    one = drawn("mixed-sides", True, 30, 0)
    assert one.discrete == {
        "discrete_x": [None, True],
        "discrete_y": [True, None],
        "discrete_given": [True, None, None],
    }


def test_a_file_gives_back_its_sets(tmp_path):
    sets = [drawn("number-to-label", told, 30, seed) for told, seed in itertools.product((True, False), range(3))]
    save(tmp_path / "a.npz", sets, "mine")
    file = read(tmp_path / "a.npz")
    assert (file.family, file.n, file.count(False), file.count(True)) == ("mine", 30, 3, 3)
    for told, first in ((True, 0), (False, 3)):
        one = file.take(told, 2)
        np.testing.assert_array_equal(one.z, sets[first + 2].z)
        assert (one.labels, one.dependent) == (sets[first + 2].labels, told)
    # Sides without a last axis, one row of labels, no name.
    rng = np.random.default_rng(0)
    flat = {name: rng.standard_normal((4, 20)) for name in "xyz"}
    np.savez(tmp_path / "plain.npz", **flat, labels=[False, True, False], dependent=[True, False, True, False])
    file = read(tmp_path / "plain.npz")
    assert (file.family, file.x.shape, file.take(False, 1).labels) == ("plain", (4, 20, 1), (False, True, False))


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        ({"labels": None}, "it has no labels"),
        ({"labels": [True] * 4}, "got x"),
        ({"y": np.zeros((3, 20))}, "got x"),
        ({"z": np.array([{}], dtype=object)}, "plain arrays"),
    ],
)
def test_a_file_that_does_not_fit_is_one_sentence(tmp_path, arrays, what):
    good = {**{name: np.zeros((4, 20)) for name in "xyz"}, "labels": [False] * 3, "dependent": [True] * 4}
    kept = {name: value for name, value in {**good, **arrays}.items() if value is not None}
    np.savez(tmp_path / "bad.npz", **kept)
    with pytest.raises(BenchmarkError, match=what):
        read(tmp_path / "bad.npz")


def test_rates_have_their_errors():
    assert independence.share(10, 200) == pytest.approx((0.05, math.sqrt(11 / 202 * 191 / 202 / 200)))
    assert independence.share(0, 100)[1] > 0
    assert math.isnan(independence.share(0, 0)[0])
    rng = np.random.default_rng(0)
    nulls, others = rng.random(60).round(1), rng.random(80).round(1) ** 2
    value, error = independence.area(nulls, others)
    assert value == pytest.approx(mannwhitneyu(nulls, others).statistic / (60 * 80))
    # The error is the spread of the value over other draws.
    values = [independence.area(rng.random(60).round(1), rng.random(80).round(1) ** 2)[0] for _ in range(300)]
    assert error == pytest.approx(np.std(values), rel=0.2)
    assert math.isnan(independence.area([0.5], [0.1, 0.2])[0])


def rows_of(p, dependent, **more):
    same = {"method": "m", "family": "f", "n": 100, "seconds": 0.5, "failure": None, "dependent": dependent}
    return [{**same, "p": value, **more} for value in p]


def test_the_table_counts_and_pools():
    rows = rows_of([0.01, 0.2, 0.5, 0.9], False) + rows_of([0.01, 0.02, 0.05, 0.6], True)
    found = independence.summary(rows)
    assert (found["size"][0], found["power"][0], found["auc"][0]) == (0.25, 0.75, 10.5 / 16)
    assert (found["nulls"], found["alternatives"], found["failed"], found["seconds"]) == (4, 4, 0, (0.5, 0.0))
    other = rows_of([0.5, 0.5], False, family="g") + rows_of([None], True, family="g", failure="DataError: no")
    page = independence.markdown(rows + other)
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    assert [line[0] for line in lines[2:]] == ["*all*", "f", "g"]
    assert lines[2][4].startswith("0.125 (")
    assert lines[4][5:8] == ["0", "-", "-"]
    assert "- m, g: DataError: no" in page


def test_a_run_goes_on_where_it_stopped(tmp_path, capsys, monkeypatch):
    store = tmp_path / "rows.jsonl"
    line = ["--methods", "gaussian", "--families", "normal-3,strata", "--n", "40", "--permutations", "19", "--quiet"]
    line += ["--store", str(store)]
    assert independence.main([*line, "--seeds", "1"]) == 0
    first = store.read_text()
    assert len(first.splitlines()) == 4
    store.write_text(first + '{"torn": ')
    assert independence.main([*line, "--seeds", "2"]) == 0
    assert len(independence.stored(store)) == 8
    assert store.read_text().startswith(first)
    page = capsys.readouterr().out
    assert "| normal-3 | 40 | gaussian | 2 |" in page
    monkeypatch.setattr(independence, "measured", None)
    assert independence.main([*line, "--seeds", "2"]) == 0
    assert capsys.readouterr().out in page
    assert all(0.0 < json.loads(row)["p"] <= 1.0 for row in first.splitlines())


def test_a_test_that_is_refused_is_a_row_with_the_reason():
    job = {"method": "kde", "family": "normal-3", "dependent": False, "n": 40, "seed": 0, "permutations": 19}
    found = independence.measured(job, "")
    assert found["p"] is None
    assert found["failure"].startswith("UnsupportedError: ")


def test_sets_of_a_folder_are_judged(tmp_path, capsys):
    save(tmp_path / "one.npz", [drawn("normal-3", told, 40, seed) for told in (False, True) for seed in range(2)])
    line = ["--methods", "copula", "--sets", str(tmp_path), "--permutations", "19", "--quiet"]
    assert independence.main([*line, "--store", str(tmp_path / "rows.jsonl")]) == 0
    assert "| one | 40 | copula | 2 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (["--families", "norml-3"], "did you mean 'normal-3'"),
        (["--methods", "kgs"], "did you mean 'ksg'"),
        (["--sets", "nowhere"], "folder"),
        (["--n", "many"], "whole numbers"),
        (["--seeds", "0"], "above 0"),
    ],
)
def test_mistakes_are_one_sentence(line, what, capsys, tmp_path):
    assert independence.main([*line, "--store", str(tmp_path / "rows.jsonl"), "--quiet"]) == 2
    assert what in capsys.readouterr().err


def test_a_generator_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="pip install dagsampler"):
        mixed_sets.main(["--out", str(tmp_path)])


def test_files_of_the_mixed_sets_are_read(tmp_path):
    rng = np.random.default_rng(0)

    def sets(n, size):
        one = {"x": rng.random(n), "y": rng.random(n), "z": rng.random((n, size))}
        return [{**one, "labels": np.arange(2 + size) == k} for k in range(2)]

    found = {
        (n, size, told): sets(n, size)
        for n, size, told in itertools.product(mixed_sets.ROWS, mixed_sets.CONDITIONS, (False, True))
    }
    paths = mixed_sets.save(found, tmp_path)
    assert len(paths) == 6
    file = read(tmp_path / "mixed-3-250.npz")
    assert (file.family, file.n, file.count(True)) == ("mixed-3", 250, 2)
    one = file.take(True, 1)
    assert isinstance(one, ConditionalSet)
    assert one.labels == (False, True, False, False, False)
    np.testing.assert_array_equal(one.z, found[250, 3, True][1]["z"])
