"""Streams: windows slide over fresh rows, and scores are those of the end of a stair."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.commands import main
from benchmarks.errors import BenchmarkError
from benchmarks.streaming import Stream, scores, staircase


def test_stairs_go_up():
    assert [round(task.mutual_information, 6) for task in staircase("cubic-20")] == [2, 4, 6, 8, 10]
    with pytest.raises(BenchmarkError, match="did you mean 'cubic-20'"):
        staircase("cubic-2")


def test_scores_are_those_of_the_errors():
    found = scores([1.0, 3.0, None], 2.5)
    assert found["bias"] == -0.5
    assert found["variance"] == 1.0
    assert found["mse"] == pytest.approx((1.5**2 + 0.5**2 + 2.5**2) / 3)
    assert (found["fits"], found["failed"]) == (3, 1)
    assert scores([None], 0.0)["mse"] == pytest.approx(0.01)
    assert scores([None], 0.0)["bias"] is None


def test_a_window_forgets_the_stair_before():
    stream = Stream(steps=40, batch=100, report=10, window=3000, last=0.25)
    records = list(stream.climb("gaussian", staircase("normal-5")[:2]))
    first, second = records[:5], records[5:]
    assert [record.get("step") for record in first] == [10, 20, 30, 40, None]
    values = [record["value"] for record in second[:-1]]
    # A third of the window is new, then two thirds, then all of it.
    assert 2.0 < values[0] < values[1] < values[2]
    # The variance of the pointwise information of 5 pairs is below 5.
    assert values[3] == pytest.approx(4.0, abs=5 * np.sqrt(5 / 3000))
    assert second[-1]["bias"] == pytest.approx(values[3] - second[-1]["truth"])
    assert second[-1]["fits"] == 1


def test_rows_are_fresh_and_depend_on_the_seed():
    def values(seed):
        stream = Stream(steps=4, batch=50, report=1, window=50, last=1.0)
        return [r["value"] for r in stream.climb("gaussian", staircase("normal-5")[:1], seed) if "step" in r]

    assert values(0) == values(0)
    assert len({*values(0), *values(1)}) == 8


def test_a_failing_method_goes_on():
    stream = Stream(steps=2, batch=30, report=1, window=60, last=1.0)
    records = list(stream.climb("misbehaving:Raises", staircase("normal-5")[-1:]))
    assert [record.get("failure") for record in records] == ["raised", "raised", None]
    assert records[-1]["mse"] == pytest.approx(10.0**2)


def test_the_command_prints_and_writes(tmp_path, capsys):
    out = tmp_path / "stream.jsonl"
    command = ["stream", "--method", "gaussian", "--stair", "normal-5", "--steps", "4", "--report", "2"]
    assert main([*command, "--window", "256", "--out", str(out)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split()[:2] == ["stair", "method"]
    assert len(said) == 6
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(records) == 15
    assert sum("mse" in record for record in records) == 5
    assert main(["stream", "--method", "gaussian", "--report", "5000"]) == 2
    assert main(["stream", "--method", "nothing"]) == 2
