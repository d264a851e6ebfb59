"""A Dask cluster that loses a worker loses no cell; other libraries get the same samples."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import dask, peer_worker, peers
from benchmarks.cells import plan
from benchmarks.commands import main
from benchmarks.runner import execute
from benchmarks.store import Store
from benchmarks.suites import suite

FIT = {"confidence": None}


@pytest.mark.filterwarnings("ignore")
def test_dask_worker_killed_in_the_middle_loses_no_cell(tmp_path):
    pytest.importorskip("distributed")
    cells = plan([suite("tiny:SUITE")], ["misbehaving:Zero:pause=0.2"], sizes=[30], seeds=6, fit=FIT)
    store = Store(tmp_path)
    with dask.connected(jobs=2) as client:
        pids = client.run(os.getpid)
        assert len(pids) == 2

        def kill() -> None:
            while len(store.rows()) < 3:
                time.sleep(0.05)
            os.kill(next(iter(pids.values())), signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        outcome = execute(cells, store, lambda jobs: dask.run_jobs(jobs, client, timeout=30), fit=FIT)
        killer.join()
        assert set(client.run(os.getpid).values()) != set(pids.values())
    assert (outcome.done, outcome.failed) == (12, 0)
    assert {row["key"] for row in store.rows()} == {cell.key for cell in cells}


def test_failed_future_is_a_row():
    pytest.importorskip("distributed")
    from dask.distributed import Client

    job = {"key": "k", "shape": (), "suite": "tiny:SUITE"}
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        worker, dask.RETRIES = dask.RETRIES, 0
        try:
            # A timeout that is no number breaks the worker's own arithmetic, and with it the future.
            [(_, row)] = dask.run_jobs([job], client, timeout="soon")
        finally:
            dask.RETRIES = worker
    assert row["failure"] == "died"
    assert "TypeError" in row["reason"]


def test_compare_puts_scikit_learn_beside(tmp_path, capsys, monkeypatch):
    # A module that is named like a package of the peer and breaks whoever imports it.
    (tmp_path / "sklearn.py").write_text("raise RuntimeError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    arguments = ["compare", "--suite", "smoke", "--tasks", "gaussian-0.9,gaussian-0.6-3d", "--methods", "ksg"]
    arguments += ["--n", "200", "--seeds", "2", "--confidence", "none", "--out", str(tmp_path), "--quiet"]
    assert main(arguments) == 0
    said = capsys.readouterr()
    lines = {line.split()[1]: line for line in said.out.splitlines()[1:]}
    assert "peer:scikit-learn" in said.out
    assert "failed" in lines["gaussian-0.6-3d"]
    rows = [row for row in Store(tmp_path).rows() if row["task"] == "gaussian-0.9"]
    value = {(row["method"], row["seed"]): row["value"] for row in rows}
    assert len({(row["seed"], row["sample"]) for row in rows}) == 2
    # Both are KSG with three neighbours on the same samples, so their errors are nearly the same.
    for seed in (0, 1):
        assert value["ksg", seed] == pytest.approx(value["peer:scikit-learn", seed], abs=0.05)
    assert main(arguments) == 0
    assert "8 were there, 0 measured" in capsys.readouterr().err


def test_samples_arrive_at_a_peer_unchanged():
    for side in (np.arange(6.0).reshape(3, 2), np.array([[1], [2]])):
        there = peer_worker.unpacked(peers.packed(side))
        assert np.array_equal(there, side)
        assert there.dtype.kind == side.dtype.kind


def test_a_peer_gets_labels_in_the_call_that_is_made_for_them(monkeypatch):
    calls = {name: lambda *sides, name=name, **options: (name, *sides) for name in ("mi", "micd", "midd")}
    monkeypatch.setitem(sys.modules, "npeet_plus", SimpleNamespace(**calls))
    numbers, labels = np.zeros((2, 1)), np.zeros((2, 1), int)
    for x, y, expected in (
        (numbers, numbers, ("mi", numbers, numbers)),
        (labels, labels, ("midd", labels, labels)),
        (numbers, labels, ("micd", numbers, labels)),
        (labels, numbers, ("micd", numbers, labels)),
    ):
        called = peer_worker.npeet_plus(x, y)
        assert called[0] == expected[0]
        assert called[1] is expected[1]
        assert called[2] is expected[2]
    with pytest.raises(ValueError, match="labels"):
        peer_worker.benchmark_mi(labels, numbers)
