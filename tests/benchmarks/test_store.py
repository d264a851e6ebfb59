"""Packed rows stand for the rows they were packed from, and new ones join them."""

from __future__ import annotations

import json

import pytest
from made_rows import row

from benchmarks.commands import main
from benchmarks.leaderboard import build
from benchmarks.store import FILE, Store, latest, pack

PACK = "rows.jsonl.gz"


def test_page_from_packed_rows_is_the_page_from_the_rows(run, tmp_path, capsys):
    run("gaussian", "misbehaving:Raises", seeds=2)
    run("gaussian", seeds=1, again="all")
    plain = latest(Store(tmp_path).rows())
    assert len(plain) == 8
    kept = tmp_path / "kept"
    command = ["show", str(tmp_path), "--pack", str(kept / PACK)]
    assert main(command) == 0
    assert [path.name for path in kept.iterdir()] == [PACK]
    assert build(Store(kept).rows(), "c") == build(plain, "c")
    assert main(["leaderboard", str(kept)]) == 0
    assert "| gaussian |" in capsys.readouterr().out
    before = (kept / PACK).read_bytes()
    assert main(command) == 0
    assert (kept / PACK).read_bytes() == before


def test_run_measures_only_what_the_packed_rows_lack(run, tmp_path):
    run("gaussian", seeds=2)
    assert main(["show", str(tmp_path), "--pack", str(tmp_path / PACK)]) == 0
    (tmp_path / FILE).unlink()
    _, rows = run("gaussian", seeds=2)
    assert len(rows) == 4
    assert not (tmp_path / FILE).exists()
    _, rows = run("gaussian", "copula", seeds=2)
    assert [one["method"] for one in rows] == ["gaussian"] * 4 + ["copula"] * 4
    # Packed over itself, the file holds both.
    assert main(["show", str(tmp_path), "--pack", str(tmp_path / PACK)]) == 0
    (tmp_path / FILE).unlink()
    assert len(run("gaussian", "copula", seeds=2)[1]) == 8


def test_what_is_measured_on_top_of_packed_rows_counts(tmp_path):
    pack([row(value=1.0), row(task="b", value=2.0)], tmp_path / PACK)
    Store(tmp_path).append(row(value=3.0))
    assert sorted(one["value"] for one in latest(Store(tmp_path).rows())) == [2.0, 3.0]


def test_equal_rows_make_equal_files(tmp_path):
    rows = [row(seed=seed, value=0.1 * seed) for seed in range(3)]
    for place, ordered in (("a", rows), ("b", rows[::-1])):
        pack(ordered, tmp_path / place / PACK)
    assert (tmp_path / "a" / PACK).read_bytes() == (tmp_path / "b" / PACK).read_bytes()


@pytest.mark.parametrize("broken", [lambda data: data[:-20], lambda data: b"no gzip" + data, lambda data: data[:40]])
def test_broken_pack_is_an_error_rather_than_fewer_rows(tmp_path, capsys, broken):
    file = tmp_path / PACK
    pack([row(seed=seed, value=seed / 7) for seed in range(500)], file)
    file.write_bytes(broken(file.read_bytes()))
    assert main(["leaderboard", str(tmp_path)]) == 2
    assert PACK in capsys.readouterr().err


def test_pack_is_named_so_that_a_store_finds_it(run, tmp_path, capsys):
    run("gaussian")
    assert main(["show", str(tmp_path), "--pack", str(tmp_path / "rows.json")]) == 2
    assert "*.jsonl.gz" in capsys.readouterr().err
    assert not (tmp_path / "rows.json").exists()


@pytest.mark.parametrize(
    "wrong",
    [{"n": "many"}, {"truth": "1"}, {"suite": 3}, {"value": [0.1]}, {"low": "a"}, {"seed": None}, {"value": None}],
    ids=str,
)
def test_lines_that_hold_something_else_are_no_rows(tmp_path, capsys, wrong):
    (tmp_path / FILE).write_text("".join(json.dumps(one) + "\n" for one in (row(), {**row(), **wrong}, [], None)))
    assert main(["leaderboard", str(tmp_path)]) == 0
    assert "3 lines that are torn or no rows were left out." in capsys.readouterr().err
    assert len(Store(tmp_path).rows()) == 1
