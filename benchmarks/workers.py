"""Long-lived worker processes, killed and replaced when a cell hangs or takes its process down."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Job = dict[str, Any]
ROOT = Path(__file__).parents[1]
# Importing and compiling is not the method's fault, yet must end some day.
START_SECONDS = 120.0
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Worker:
    """One process, started when needed, that measures one job at a time.

    Parameters
    ----------
    timeout : float
        Seconds a stage of a cell (sampling, first fit, second fit) may take.
    cores : sequence of int
        Cores to stay on; empty leaves them alone.
    command : sequence of str
        What to start; it speaks JSON lines on its standard input and output.
    """

    def __init__(self, timeout: float, cores: Sequence[int] = (), command: Sequence[str] = ()) -> None:
        self.timeout = timeout
        self.cores = list(cores)
        self.command = list(command) or [sys.executable, "-m", "benchmarks.worker"]
        self.process: subprocess.Popen[bytes] | None = None
        self.job: Job | None = None
        self.shape: tuple | None = None
        self.deadline = 0.0
        self._buffer = b""

    def start(self) -> None:
        """Start the process, unless it runs."""
        if self.process is not None:
            return
        environment = dict(os.environ)
        if self.cores:
            environment |= {name: str(len(self.cores)) for name in THREAD_VARIABLES}
        # The checkout first, whatever directory the run was started from.
        environment["PYTHONPATH"] = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        # A session of its own: Ctrl-C at the terminal is the parent's to handle.
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            start_new_session=True,
        )
        if self.cores and hasattr(os, "sched_setaffinity"):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(self.process.pid, self.cores)
        self._buffer = b""
        self._starting = True

    def send(self, job: Job) -> None:
        """Begin a job; the answer is read by `receive`."""
        self.start()
        self.job, self.shape = job, job.get("shape")
        self.deadline = time.monotonic() + self.timeout + (START_SECONDS if self._starting else 0.0)
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()

    def receive(self) -> Job | None:
        """Read what is there: the row once the job is done, or once the process has died; else None."""
        chunk = os.read(self.process.stdout.fileno(), 1 << 16)
        if not chunk:
            return self._died()
        self._buffer += chunk
        while b"\n" in self._buffer:
            line, self._buffer = self._buffer.split(b"\n", 1)
            message = json.loads(line)
            self._starting = False
            if "row" in message:
                self.job = None
                return message["row"]
            self.deadline = time.monotonic() + self.timeout
        return None

    def overdue(self) -> Job | None:
        """The row of a cell whose time is up, its process killed; else None."""
        if self.job is None or time.monotonic() < self.deadline:
            return None
        self.stop()
        return {"failure": "timeout", "reason": f"took longer than {self.timeout:g} s", "value": None}

    def stop(self) -> None:
        """Kill the process and what it started; the next job gets a new one."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        self._errors.close()
        self.process, self.job, self.shape = None, None, None

    def run(self, job: Job) -> Job:
        """Send a job and wait for its row."""
        try:
            self.send(job)
            while True:
                row = next((row for _, row in _wait([self])), None)
                if row is not None:
                    return row
        except BaseException:
            # A job that was given up must not answer in the place of the next.
            self.stop()
            raise

    def _died(self) -> Job:
        code = self.process.wait()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 2000))
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        self.stop()
        return {
            "failure": "died",
            "reason": f"worker died, {how}" + (f": {said[-1][:200]}" if said else ""),
            "value": None,
        }


def run_jobs(
    jobs: Sequence[Job], *, count: int, timeout: float, cores: Sequence[int] = ()
) -> Iterator[tuple[Job, Job]]:
    """Measure jobs on `count` processes and yield (job, row) as each is done.

    A worker goes on with shapes it has already compiled for; `cores` are shared out evenly.
    """
    count = max(1, min(count, len(jobs)))
    share = len(cores) // count
    workers = [Worker(timeout, cores[i * share : (i + 1) * share]) for i in range(count)]
    queue = Queue(jobs)
    try:
        while True:
            for worker in workers:
                if worker.job is None and (job := queue.take(worker.shape, workers)) is not None:
                    worker.send(job)
            busy = [worker for worker in workers if worker.job is not None]
            if not busy:
                return
            yield from _wait(busy)
    finally:
        for worker in workers:
            worker.stop()


def _wait(busy: Sequence[Worker]) -> Iterator[tuple[Job, Job]]:
    with selectors.DefaultSelector() as selector:
        for worker in busy:
            selector.register(worker.process.stdout, selectors.EVENT_READ, worker)
        patience = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
        ready = {key.data for key, _ in selector.select(patience)}
    for worker in busy:
        job = worker.job
        row = worker.receive() if worker in ready else worker.overdue()
        if row is not None:
            yield job, row


class Queue:
    """Jobs by shape, handed out so that a shape is compiled by as few workers as keeps all of them busy."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._groups: dict[tuple, deque[Job]] = {}
        for job in jobs:
            self._groups.setdefault(job["shape"], deque()).append(job)

    def take(self, shape: tuple | None, workers: Sequence[Worker] = ()) -> Job | None:
        """The next job: of the worker's own shape, else of a shape nobody has, else of the longest queue."""
        if not self._groups:
            return None
        if shape not in self._groups:
            taken = {worker.shape for worker in workers if worker.job is not None}
            free = [key for key in self._groups if key not in taken]
            shape = free[0] if free else max(self._groups, key=lambda key: len(self._groups[key]))
        job = self._groups[shape].popleft()
        if not self._groups[shape]:
            del self._groups[shape]
        return job
