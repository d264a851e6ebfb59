"""The same cells on a Dask cluster.

Each thread of the cluster keeps one warm worker process of its own, so that time limits hold there too.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.workers import Job, Worker

# A cell whose machine is lost is tried this many more times, then it is a failed row.
RETRIES = 3
_own = threading.local()


def measure_here(job: Job, timeout: float) -> Job:
    """Measure a job in the process that belongs to this thread of a Dask worker."""
    worker = getattr(_own, "worker", None)
    if worker is None:
        worker = _own.worker = Worker(timeout)
    worker.timeout = timeout
    return worker.run(job)


@contextlib.contextmanager
def connected(scheduler: str = "", jobs: int = 2) -> Iterator[Any]:
    """A client of the scheduler at an address, or of a new cluster of `jobs` processes on this machine.

    Raises
    ------
    BenchmarkError
        When Dask is not installed or nothing answers at the address.
    """
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise BenchmarkError("`--backend dask` needs Dask: pip install 'mitk[dask]'.") from error
    if scheduler:
        try:
            client = Client(scheduler, timeout=10)
        except (OSError, ValueError) as error:
            raise BenchmarkError(
                f"`--scheduler` must be the address of a Dask scheduler, got {scheduler!r}."
            ) from error
        with client:
            yield client
        return
    # What Dask says of workers that come and go is in the rows already.
    quiet = {"n_workers": jobs, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": logging.CRITICAL}
    with LocalCluster(processes=True, **quiet) as cluster, Client(cluster) as client:
        yield client


def machine_name(client: Any) -> str:
    """What kinds of machines the cluster is made of."""
    from benchmarks.cells import machine_name as name

    return "dask: " + " + ".join(sorted(set(client.run(name).values())))


def run_jobs(jobs: Sequence[Job], client: Any, *, timeout: float) -> Iterator[tuple[Job, Job]]:
    """Measure jobs on the cluster and yield (job, row) as each is done; no cell is lost with a machine."""
    from dask.distributed import as_completed

    futures = {
        client.submit(measure_here, job, timeout, key=f"mitk-{job['key']}", pure=False, retries=RETRIES): job
        for job in jobs
    }
    try:
        for future in as_completed(futures):
            if future.status == "finished":
                row = future.result()
            else:
                error = future.exception()
                row = {"value": None, "failure": "died", "reason": f"{type(error).__name__}: {error}"[:300]}
            yield futures[future], row
            future.release()
    finally:
        client.cancel(list(futures))
