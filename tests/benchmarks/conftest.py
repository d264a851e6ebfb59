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
