"""Runs resume, survive whatever a method does, and lose nothing when interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.commands import main
from benchmarks.measure import Meter
from benchmarks.methods import configuration, digest
from benchmarks.store import FILE, Store, latest, write_parquet
from benchmarks.workers import Queue, Worker

ROOT = Path(__file__).parents[2]


def by_task(rows):
    return {row["task"]: row for row in rows}


def test_rows_hold_what_the_leaderboard_needs(run):
    code, rows = run("gaussian", confidence="0.95", n="200")
    assert code == 0
    row = by_task(rows)["strong"]
    assert row["truth"] == pytest.approx(0.8304, abs=1e-4)
    assert row["low"] < row["value"] < row["high"]
    assert row["level"] == 0.95
    assert row["interval"] == "inversion"
    assert [level for level, _, _ in row["intervals"]] == [0.5, 0.8, 0.9, 0.95, 0.99]
    assert row["noise_floor"] == pytest.approx(0.9 / 200**0.5)
    assert abs(row["oracle"] - row["truth"]) < 5 * row["noise_floor"]
    assert row["peak_mb"] > 10
    assert "mitk" in row["versions"]
    assert row["configuration"]["target"] == "mitk.classical.gaussian:Gaussian"


def test_first_cell_of_a_shape_is_fitted_twice(run):
    _, rows = run("gaussian", seeds=3)
    assert sum("seconds_first" in row for row in rows) == 1
    assert all(row["seconds"] > 0 for row in rows)


def test_rerun_does_only_what_is_missing(run):
    _, before = run("gaussian", seeds=1)
    _, rows = run("gaussian", "copula", seeds=2)
    assert rows[: len(before)] == before
    assert len(rows) == 8
    assert len({row["key"] for row in rows}) == 8
    assert len(run("gaussian", "copula", seeds=2)[1]) == 8
    # Another configuration is another cell, even under the same name.
    assert len(run("gaussian", seeds=2, confidence="0.9")[1]) == 12
    assert len(run("ksg:k=4", seeds=1)[1]) == 14
    assert len(run("gaussian", seeds=1, again="all")[1]) == 16


def test_torn_line_is_measured_again(run, tmp_path):
    run("gaussian", seeds=2)
    file = tmp_path / FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    store = Store(tmp_path)
    assert len(store.rows()) == 3
    assert store.torn == 1
    _, rows = run("gaussian", seeds=2)
    assert len({row["key"] for row in rows}) == 4
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("method", "failure", "reason"),
    [
        ("Raises", "raised", "RuntimeError: too strong"),
        ("ReturnsNan", "nan", "returned nan"),
        ("Crashes", "died", "SIGKILL"),
        ("Hangs", "timeout", "longer than 1 s"),
    ],
)
def test_failure_is_a_row_with_its_reason(run, method, failure, reason):
    code, rows = run(f"misbehaving:{method}", seeds=2, timeout=1)
    assert code == 0
    assert len(rows) == 4
    assert {row["failure"] for row in rows if row["task"] == "strong"} == {failure}
    assert all(reason in row["reason"] for row in rows if row["task"] == "strong")
    assert all(row["value"] == 0.0 and "failure" not in row for row in rows if row["task"] == "weak")
    # A failure is a result: it is not tried again unless asked for.
    assert len(run(f"misbehaving:{method}", seeds=2, timeout=1)[1]) == 4
    if failure == "raised":
        assert len(run(f"misbehaving:{method}", seeds=2, again="failed")[1]) == 6


def test_run_without_any_value_exits_1(run):
    assert run("misbehaving:ReturnsNan", tasks="strong")[0] == 1


def test_worker_is_kept_until_it_must_be_replaced():
    job = {"suite": "tiny:SUITE", "task": "weak", "n": 30, "seed": 0, "config": "", "fit": {"confidence": None}}
    worker = Worker(timeout=0.5)
    try:
        assert worker.run({**job, "method": "misbehaving:Zero"})["value"] == 0.0
        first = worker.process.pid
        assert worker.run({**job, "method": "misbehaving:Zero"})["value"] == 0.0
        assert worker.process.pid == first
        assert worker.run({**job, "method": "misbehaving:Zero:pause=60"})["failure"] == "timeout"
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        assert worker.run({**job, "method": "misbehaving:Zero"})["value"] == 0.0
        assert worker.process.pid != first
    finally:
        worker.stop()


def test_methods_by_module_get_the_seed_and_their_options(run):
    _, rows = run("misbehaving:Flips", "misbehaving:Flips:seed=7", seeds=2, jobs=2)
    assert {(row["seed"], row["value"]) for row in rows if row["method"] == "misbehaving:Flips"} == {(0, 0.0), (1, 1.0)}
    assert {row["value"] for row in rows if row["method"].endswith("seed=7")} == {7.0}


def test_configuration_is_full_and_without_the_seed():
    plain = configuration("ksg", {"confidence": 0.95})
    assert plain["options"]["k"] == "3"
    assert "seed" not in plain["options"]
    assert digest(plain) == digest(configuration("ksg:k=3", {"confidence": 0.95}))
    assert digest(plain) != digest(configuration("ksg:k=4", {"confidence": 0.95}))
    assert digest(plain) != digest(configuration("ksg", {"confidence": None}))
    assert configuration("misbehaving:Zero", {})["source"]


def test_workers_share_out_shapes():
    jobs = [{"shape": shape, "i": i} for i, shape in enumerate("aabbb")]
    queue = Queue(jobs)
    one = Worker(1.0)
    one.job, one.shape = queue.take(None), "a"
    assert one.job["shape"] == "a"
    assert queue.take(None, [one])["shape"] == "b"
    assert queue.take("a", [one])["shape"] == "a"
    assert [queue.take("a", [one])["shape"] for _ in range(2)] == ["b", "b"]
    assert queue.take("a") is None


def test_latest_row_of_the_newest_suite_counts():
    base = {"suite": "s", "task": "a", "n": 1, "seed": 0, "method": "m", "suite_version": 1}
    assert latest([{**base, "value": 1}, {**base, "value": 2}]) == [{**base, "value": 2}]
    newer = {**base, "suite_version": 2, "value": 3}
    assert latest([newer, {**base, "seed": 1, "value": 2}]) == [newer]


def test_interrupt_keeps_what_is_done(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "run", "--suite", "tiny:SUITE", "--n", "30", "--seeds", "4"]
    command += ["--method", "misbehaving:Zero:pause=0.3", "--confidence", "none", "--out", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    patience = time.monotonic() + 30
    while len(Store(tmp_path).rows()) < 2 and time.monotonic() < patience:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted" in said
    assert "Traceback" not in said
    kept = Store(tmp_path).rows()
    assert 2 <= len(kept) < 8
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{len(kept)} were there, {8 - len(kept)} measured" in done.stderr
    assert len({row["key"] for row in Store(tmp_path).rows()}) == 8


def test_meter_says_when_a_stage_is_over():
    stages = []
    meter = Meter(stages.append)
    job = {"suite": "smoke", "task": "gaussian-0.5", "n": 50, "seed": 0, "method": "gaussian", "config": "", "fit": {}}
    meter.measure(job)
    meter.measure(job)
    assert stages == ["sampled", "first", "sampled"]


def test_parquet_is_an_export(run, tmp_path):
    polars = pytest.importorskip("polars")
    _, rows = run("gaussian", "misbehaving:Raises")
    file = tmp_path / "rows.parquet"
    write_parquet(rows, file)
    frame = polars.read_parquet(file)
    assert frame["value"].to_list() == [row["value"] for row in rows]
    assert json.loads(frame["configuration"][0]) == rows[0]["configuration"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--suite", "smokey", "--methods", "ksg"],
        ["run", "--suite", "smoke", "--methods", "ksgg"],
        ["run", "--suite", "smoke", "--methods", "ksg:kk=3"],
        ["run", "--suite", "smoke", "--methods", ""],
        ["run", "--suite", "smoke", "--methods", "peer:ennemi"],
        ["run", "--suite", "smoke", "--methods", "math:pi"],
        ["run", "--suite", "smoke", "--methods", "ksg", "--n", "ten"],
        ["run", "--suite", "smoke", "--methods", "ksg", "--seeds", "0"],
        ["run", "--suite", "smoke", "--methods", "ksg", "--tasks", "gaussian"],
        ["run", "--suite", "smoke", "--methods", "ksg", "--confidence", "95"],
        ["leaderboard", "nowhere"],
        ["show", "nowhere"],
        ["compare", "--suite", "smoke", "--peers", "nothing"],
        ["compare", "--suite", "smoke", "--peers", "scikit-learn", "--peer-python", "/no/python"],
    ],
    ids=" ".join,
)
def test_mistakes_are_one_sentence_and_exit_2(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_list_and_show(run, tmp_path, capsys):
    assert main(["list"]) == 0
    assert main(["list", "smoke"]) == 0
    said = capsys.readouterr().out
    assert "null" in said
    assert "scikit-learn" in said
    assert "0.8304" in said
    run("misbehaving:Raises")
    assert main(["show", str(tmp_path), "--failed"]) == 0
    said = capsys.readouterr().out
    assert "too strong" in said
    assert "weak" not in said
