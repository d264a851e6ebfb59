"""What the tests of the benchmarks share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.commands import main
from benchmarks.store import Store

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def helpers_for_workers(monkeypatch):
    """Worker processes import the estimators and the suite of these tests by name."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))


@pytest.fixture
def run(tmp_path):
    """Run methods on the tiny suite; the exit code and all rows of the store."""

    def go(*methods: str, n: str = "30", seeds: int = 1, suite: str = "tiny:SUITE", **options: object):
        arguments = ["run", "--suite", suite, "--n", n, "--seeds", str(seeds), "--out", str(tmp_path), "--quiet"]
        for method in methods:
            arguments += ["--method", method]
        for name, value in {"confidence": "none", **options}.items():
            arguments += [f"--{name}", str(value)]
        code = main(arguments)
        return code, Store(tmp_path).rows()

    return go


def row(method="m", task="a", seed=0, value=0.0, truth=0.0, n=100, suite="s", family="f", **more):
    """A row as the runner writes it, with what a test does not care about filled in."""
    return {
        "key": f"{suite}{task}{n}{seed}{method}",
        "suite": suite,
        "suite_version": 1,
        "task": task,
        "n": n,
        "seed": seed,
        "method": method,
        "family": family,
        "rank_class": more.pop("rank_class", task),
        "dim_x": 1,
        "dim_y": 1,
        "truth": truth,
        "truth_error": 0.0,
        "truth_kind": "closed form",
        "noise_floor": None,
        "oracle": None,
        "value": value,
        "kind": "estimate",
        "quantity": "mi",
        "status": "OK",
        "versions": "python",
        "machine": "here",
        "command": "run",
        "seconds": 0.5,
        **({"failure": "raised", "reason": "ValueError: no"} if value is None else {}),
        **more,
    }
