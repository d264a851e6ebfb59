"""One way to do many jobs: in turn, in threads or processes, or on the Dask cluster of joblib's configuration."""

from __future__ import annotations

import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

# Jobs sent ahead for each thread of a cluster, so that none waits for the next.
AHEAD = 2


@dataclass(frozen=True)
class Sent:
    """Work that the workers of a cluster have already."""

    client: Any
    future: Any


Work = Callable[[Any], Any] | Sent


@contextmanager
def shared(work: Callable[[Any], Any]) -> Iterator[Work]:
    """Work for more than one `spread`: on a cluster it is sent once for all of them."""
    client = cluster()
    if client is None:
        yield work
        return
    import cloudpickle

    # A task rather than scattered data, which would be gone with the worker that holds them.
    future = _submitted(client, _unpacked, cloudpickle.dumps(work))
    try:
        yield Sent(client, future)
    finally:
        client.cancel([future])


def spread(
    work: Work, jobs: Iterable[Any], n_jobs: int = 1, *, threads: bool = False, ordered: bool = True
) -> Iterator[Any]:
    """What `work` makes of each job, as it comes in.

    Under ``joblib.parallel_config("dask")`` jobs go to the workers of that cluster, whatever `n_jobs`: `work`, with all
    that it holds, is sent once, and a job where a worker is free. What a lost worker held is made again elsewhere.
    Otherwise `n_jobs` processes, or threads, take them through joblib. Linear algebra has one thread in each, so that
    numbers do not depend on where they are made.

    Parameters
    ----------
    work : callable or Sent
        What all jobs share belongs in it.
    jobs : iterable
        Small things; taken as they are needed.
    n_jobs : int, default 1
        -1 takes all cores.
    threads : bool, default False
        Whether the work leaves Python's lock to others, so that threads of this process do.
    ordered : bool, default True
        Whether outcomes come in the order of the jobs, or as they are done.

    Examples
    --------
    >>> list(spread(lambda job: job**2, range(4)))
    [0, 1, 4, 9]
    """
    if isinstance(work, Sent) or cluster() is not None:
        with nullcontext(work) if isinstance(work, Sent) else shared(work) as sent:
            yield from _on_cluster(sent, jobs, ordered)
        return
    if n_jobs == 1:
        for job in jobs:
            yield _done(work, job)
        return
    from joblib import Parallel, delayed

    hint = "threads" if threads else None
    how = "generator" if ordered else "generator_unordered"
    batch = "auto" if ordered else 1
    yield from Parallel(n_jobs=n_jobs, prefer=hint, return_as=how, batch_size=batch)(
        delayed(_done)(work, job) for job in jobs
    )


def workers(n_jobs: int) -> int:
    """How many jobs are done at a time."""
    client = cluster()
    if client is not None:
        return max(sum(client.nthreads().values()), 1)
    if n_jobs == 1:
        return 1
    from joblib import effective_n_jobs

    return int(effective_n_jobs(n_jobs))


def cluster() -> Any:
    """The client of the Dask cluster that joblib is configured to use; None where there is none."""
    if "joblib" not in sys.modules or "distributed" not in sys.modules:
        return None
    from joblib.parallel import get_active_backend

    backend = get_active_backend()[0]
    return backend.client if type(backend).__name__ == "DaskDistributedBackend" else None


def cluster_of(data: Any) -> Any:
    """A context in which the cluster that holds a Dask collection does the jobs; no other where there is none."""
    distributed = sys.modules.get("distributed")
    if distributed is None or not hasattr(data, "__dask_graph__") or cluster() is not None:
        return nullcontext()
    try:
        distributed.default_client()
    except ValueError:
        return nullcontext()
    import joblib

    return joblib.parallel_config("dask")


class _OneThread:
    """Linear algebra of one thread while anyone is within: many small problems gain nothing from more.

    The number of threads belongs to the process, so that the first to come sets it and the last to leave sets it back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = 0
        self._limits: Any = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        from threadpoolctl import threadpool_limits

        with self._lock:
            self._within += 1
            if self._within == 1:
                self._limits = threadpool_limits(limits=1, user_api="blas")
        try:
            yield
        finally:
            with self._lock:
                self._within -= 1
                if not self._within:
                    self._limits.restore_original_limits()


one_thread = _OneThread()


def _done(work: Callable[[Any], Any], job: Any) -> Any:
    with one_thread():
        return work(job)


def _unpacked(packed: bytes) -> Any:
    import cloudpickle

    return cloudpickle.loads(packed)


def _on_cluster(sent: Any, jobs: Iterable[Any], ordered: bool) -> Iterator[Any]:
    from distributed import wait

    most = AHEAD * max(sum(sent.client.nthreads().values()), 1)
    waiting: deque[Any] = deque()
    try:
        for job in jobs:
            waiting.append(_submitted(sent.client, _done, sent.future, job))
            if len(waiting) >= most:
                yield _next(waiting, ordered, wait)
        while waiting:
            yield _next(waiting, ordered, wait)
    finally:
        if waiting:
            sent.client.cancel(list(waiting))


def _submitted(client: Any, *call: Any) -> Any:
    with warnings.catch_warnings():
        # That much is sent is meant: it is sent once.
        warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)
        return client.submit(*call, pure=False)


def _next(waiting: deque[Any], ordered: bool, wait: Callable[..., Any]) -> Any:
    if not ordered:
        done = wait(list(waiting), return_when="FIRST_COMPLETED").done
        place = next(k for k, future in enumerate(waiting) if future in done)
        waiting.rotate(-place)
    future = waiting.popleft()
    found = future.result()
    future.release()
    return found
