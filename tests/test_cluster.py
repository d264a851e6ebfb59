"""On a cluster of two workers: the numbers of one machine, what is sent, and a worker that is lost."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest

from mitk import KSG, Protocol, pairwise, permutation_test
from mitk.parallel import cluster, cluster_of, spread

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Of .* pairs:mitk.errors.MITKWarning"),
]
RNG = np.random.default_rng(0)
X = RNG.standard_normal((400, 40)) + RNG.standard_normal((400, 1))
# Ties leave pairs to be fitted one by one.
X[:, -3:] = X[:, -3:].round(1)


@pytest.fixture(scope="module")
def client():
    """A client of two worker processes of one thread each, which find mitk and the tests."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    quiet = {"dashboard_address": None, "silence_logs": logging.CRITICAL, "memory_limit": 0}
    try:
        with (
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **quiet) as two,
            distributed.Client(two) as client,
        ):
            yield client
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@pytest.fixture
def on_cluster(client):
    """Joblib's configuration that names the cluster."""
    with joblib.parallel_config("dask"):
        yield client


def assert_same(one, two):
    for name in ("x", "y", "value", "low", "high", "p_value", "n_samples"):
        np.testing.assert_array_equal(getattr(one.answers, name), getattr(two.answers, name))
    np.testing.assert_array_equal(one.q_values, two.q_values)
    assert one.answers.reasons.tolist() == two.answers.reasons.tolist()


def job(number):
    return number**2, os.getpid()


def test_jobs_go_to_both_workers_in_their_order(on_cluster):
    assert cluster() is on_cluster
    done = list(spread(job, range(12)))
    assert [square for square, _ in done] == [number**2 for number in range(12)]
    assert {pid for _, pid in done} == set(on_cluster.run(os.getpid).values())
    assert sorted(square for square, _ in spread(job, range(5), ordered=False)) == [0, 1, 4, 9, 16]


def failing(number):
    raise ValueError(f"number {number}")


def test_what_a_job_raises_is_raised(on_cluster):
    with pytest.raises(ValueError, match="number 0"):
        list(spread(failing, range(3)))


@pytest.mark.parametrize("method", ["copula", "gaussian"])
def test_pairs_are_those_of_one_machine(client, method):
    serial = pairwise(X, method)
    with joblib.parallel_config("dask"):
        assert_same(serial, pairwise(X, method))


def test_permutations_are_those_of_one_machine(client):
    x, y = X[:, 0], X[:, 1]
    serial = permutation_test(x, y, "copula", 99)
    with joblib.parallel_config("dask"):
        assert permutation_test(x, y, "copula", 99) == serial


def test_the_smallest_of_all_p_values_too(client):
    serial = pairwise(X[:, :6], "gaussian", correct="max")
    with joblib.parallel_config("dask"):
        assert_same(serial, pairwise(X[:, :6], "gaussian", correct="max"))


@pytest.mark.slow
def test_a_ladder_is_that_of_one_machine(client):
    protocol = Protocol(estimator=KSG(), permutations=3, levels=6)
    serial = protocol.fit(X[:, 0], X[:, 1])
    with joblib.parallel_config("dask"):
        found = protocol.fit(X[:, 0], X[:, 1])
    assert (found.value, found.ci) == (serial.value, serial.ci)
    np.testing.assert_array_equal(found.diagnostics["null"], serial.diagnostics["null"])


@pytest.mark.slow
def test_simulated_sets_are_those_of_one_machine(client, tmp_path):
    from mitk.learned import Prior
    from mitk.learned.training.simulation import simulate

    prior = Prior({"elliptical": 1}, ((1, 20, 40, True),), 4)
    simulate(prior, tmp_path / "a", range(3), size=2)
    with joblib.parallel_config("dask"):
        simulate(prior, tmp_path / "b", range(3), size=2)
    for shard in range(3):
        with np.load(tmp_path / "a" / f"{shard}.npz") as one, np.load(tmp_path / "b" / f"{shard}.npz") as two:
            for name in one.files:
                np.testing.assert_array_equal(one[name], two[name])


def received(dask_worker):
    """Bytes that a worker took in from the other."""
    return sum(entry["total"] for entry in dask_worker.transfer_incoming_log)


def test_the_table_is_sent_once_and_not_with_each_tile(on_cluster, monkeypatch):
    from mitk import parallel

    x = np.random.default_rng(1).standard_normal((2_000, 40))
    sizes = []
    send = parallel._submitted

    def counted(client, *call):
        import cloudpickle

        sizes.append(sum(len(cloudpickle.dumps(part)) for part in call if not isinstance(part, distributed.Future)))
        return send(client, *call)

    monkeypatch.setattr(parallel, "_submitted", counted)
    before = sum(on_cluster.run(received).values())
    pairwise(x, "copula", confidence=None)
    table = x.nbytes
    assert table < sizes[0] < 1.1 * table
    # A tile is the places of its pairs.
    assert len(sizes) > 5
    assert max(sizes[1:]) < 0.05 * table
    between = sum(on_cluster.run(received).values()) - before
    assert between < 2.2 * table


def slowly(number):
    time.sleep(0.1)
    return number


def test_a_worker_that_is_killed_loses_nothing(on_cluster):
    victim = next(iter(on_cluster.run(os.getpid).values()))
    killed = threading.Timer(0.4, os.kill, (victim, signal.SIGKILL))
    killed.start()
    assert list(spread(slowly, range(20))) == list(range(20))
    killed.join()
    on_cluster.wait_for_workers(2, timeout=30)
    assert victim not in on_cluster.run(os.getpid).values()


@pytest.mark.slow
def test_pairs_survive_a_worker(client):
    serial = pairwise(X[:, -12:].round(1), "copula")
    victim = next(iter(client.run(os.getpid).values()))
    killed = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
    killed.start()
    with joblib.parallel_config("dask"):
        assert_same(serial, pairwise(X[:, -12:].round(1), "copula"))
    killed.join()
    client.wait_for_workers(2, timeout=30)


def test_a_frame_of_dask_is_read_by_the_workers(client):
    pandas = pytest.importorskip("pandas")
    frames = pytest.importorskip("dask.dataframe")
    frame = pandas.DataFrame(X[:, :20], columns=[f"c{j}" for j in range(20)])
    lazy = frames.from_pandas(frame, npartitions=3)
    assert cluster() is None
    with cluster_of(lazy):
        assert cluster() is client
    assert_same(pairwise(frame, "copula"), pairwise(lazy, "copula", memory="100MB"))


def test_a_file_is_read_by_the_workers(client, tmp_path):
    np.save(tmp_path / "x.npy", X)
    serial = pairwise(X, "copula")
    with joblib.parallel_config("dask"):
        assert_same(serial, pairwise(tmp_path / "x.npy", "copula"))
