"""Pairs of a table larger than its budget of memory, and on a cluster: ``python -m benchmarks.studies.scale``.

Parts, all of them by default: ``memory`` writes a Parquet file of a gigabyte and asks each of its columns of eight of
them, within a budget and in memory, each in a process of its own whose peak it prints, and sees that the numbers are
the same; ``resume`` kills such a process midway and has the same call go on; ``groups`` times reading by the rows of a
group; ``workers`` times all pairs of a table in turn and on clusters of one and two workers, counts the bytes that go
between processes of this machine (of Linux), and says what a model makes of more: the caller's processor time, and that
of the workers shared among them.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

ROWS, TARGETS = 125_000, 8
PARTS = ("memory", "resume", "groups", "workers")


def write(path: Path, columns: int, rows: int, group: int) -> None:
    """Write columns that share three causes, a group of rows at a time."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    names = [f"c{j}" for j in range(columns)]
    weights = 0.5 * np.random.default_rng(1).standard_normal((3, columns))
    with parquet.ParquetWriter(
        path, arrow.schema([(name, arrow.float64()) for name in names]), use_dictionary=False
    ) as file:
        for start in range(0, rows, group):
            rng = np.random.default_rng([2, start])
            size = min(group, rows - start)
            block = rng.standard_normal((size, 3)) @ weights + rng.standard_normal((size, columns))
            file.write_table(arrow.table({name: block[:, j] for j, name in enumerate(names)}), row_group_size=size)


def ask(path: str, budget: str, method: str, out: str, kept: str) -> None:
    """Ask every column of the targets within a budget, or with the file read whole; print the peak of the process."""
    from mitk import MITKWarning, pairwise

    warnings.simplefilter("ignore", MITKWarning)
    start = time.perf_counter()
    options: dict[str, Any] = {"targets": [f"c{j}" for j in range(TARGETS)]} | ({"out": out} if out else {})
    if budget == "whole":
        import pyarrow.parquet as parquet

        result = pairwise(parquet.read_table(path), method, **options)
    else:
        result = pairwise(path, method, memory=budget, **options)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    answers = result.answers
    if kept:
        np.save(kept, np.array([answers.value, answers.low, answers.high, answers.p_value, result.q_values]))
    print(f"{budget}: {len(answers)} pairs, {seconds:.0f} s, peak {peak:.0f} MB", flush=True)


def fresh(*arguments: str) -> subprocess.Popen[bytes]:
    """This program in a process of its own, on one thread."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "benchmarks.studies.scale", "ask", *arguments]
    return subprocess.Popen(command, env={**os.environ, **threads})


def memory(path: Path, budget: str, method: str) -> None:
    """Peaks and numbers within the budget and in memory."""
    print(f"{path.stat().st_size / 1e6:.0f} MB of Parquet", flush=True)
    kept = [path.with_name(f"{name}.npy") for name in ("budget", "whole")]
    for how, place in zip((budget, "whole"), kept, strict=True):
        if fresh(str(path), how, method, "", str(place)).wait():
            raise SystemExit("a run failed")
    one, two = (np.load(place) for place in kept)
    print(f"same numbers to the last bit: {np.array_equal(one, two, equal_nan=True)}", flush=True)


def resume(path: Path, budget: str, method: str) -> None:
    """Kill a run midway, and have the same call go on; needs the numbers of `memory` beside it."""
    out, kept = path.with_name("pairs.parquet"), path.with_name("resumed.npy")
    tiles = path.with_name("pairs.parquet.tiles")
    running = fresh(str(path), budget, method, str(out), str(kept))
    start = time.perf_counter()
    while running.poll() is None and len(list(tiles.glob("*.npz"))) < 40:
        time.sleep(0.2)
    running.send_signal(signal.SIGKILL)
    running.wait()
    print(f"killed after {time.perf_counter() - start:.0f} s with {len(list(tiles.glob('*.npz')))} tiles", flush=True)
    if fresh(str(path), budget, method, str(out), str(kept)).wait():
        raise SystemExit("the call did not go on")
    whole = path.with_name("budget.npy")
    same = whole.exists() and np.array_equal(np.load(whole), np.load(kept), equal_nan=True)
    print(f"went on to the same numbers: {same}", flush=True)


def groups(folder: Path) -> None:
    """Seconds to read one column of a hundred, by the rows of a group."""
    import pyarrow.parquet as parquet

    for group in (1_000, 10_000, 100_000):
        path = folder / f"groups-{group}.parquet"
        write(path, 100, 100_000, group)
        seconds = []
        for place in range(20):
            start = time.perf_counter()
            parquet.ParquetFile(path).read(columns=[f"c{place}"], use_threads=False)
            seconds.append(time.perf_counter() - start)
        print(f"groups of {group} rows: {1e3 * np.median(seconds):.1f} ms a column of 0.8 MB")


def carried() -> int:
    """Bytes that processes of this machine have sent each other so far."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == "lo":
            return int(numbers.split()[0])
    return 0


def workers(columns: int) -> None:
    """Seconds and bytes of the pairs of a table on one machine and on one and two workers, and a model of more."""
    import joblib
    from dask.distributed import Client, LocalCluster

    from mitk import MITKWarning, pairwise

    warnings.simplefilter("ignore", MITKWarning)
    x = np.random.default_rng(0).standard_normal((1_000, columns))
    x[:, 1:] += 0.5 * x[:, :1]
    pairwise(x[:, :4])
    start = time.perf_counter()
    serial = pairwise(x)
    print(
        f"{serial.n_pairs} pairs of {x.nbytes / 1e6:.2f} MB, in turn: {time.perf_counter() - start:.1f} s", flush=True
    )
    seconds = []
    for count in (1, 2):
        quiet = {"n_workers": count, "threads_per_worker": 1, "dashboard_address": None, "memory_limit": 0}
        with LocalCluster(processes=True, **quiet) as made, Client(made) as client, joblib.parallel_config("dask"):
            pairwise(x[:, :20])
            start, before, own = time.perf_counter(), carried(), time.process_time()
            busy = client.run(time.process_time)
            found = pairwise(x)
            took, sent, own = time.perf_counter() - start, (carried() - before) / 1e6, time.process_time() - own
            spent = [after - busy[worker] for worker, after in client.run(time.process_time).items()]
            seconds.append((own, max(spent), sum(spent)))
        same = np.array_equal(found.answers.value, serial.answers.value)
        print(
            f"{count} workers: {took:.1f} s; of processor time the caller {own:.1f} s, "
            f"the busiest worker {max(spent):.1f} s; {sent:.1f} MB carried, same numbers: {same}",
            flush=True,
        )
    rest, divided = seconds[1][0], seconds[1][2]
    model = ", ".join(f"{count}: {rest + divided / count:.1f} s" for count in (4, 8, 16))
    print(f"{rest:.1f} s that do not divide and {divided:.1f} s that do; by which more free workers take {model}")


def main() -> None:
    """Do the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--memory", default="200MB")
    parser.add_argument("--columns", type=int, default=160, help="of the table that workers share")
    parser.add_argument("--method", default="gaussian")
    parser.add_argument("--folder", default="")
    options = parser.parse_args()
    if options.parts[0] == "ask":
        ask(*options.parts[1:], *[""] * (6 - len(options.parts)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(options.folder or made)
        path = folder / "table.parquet"
        if {"memory", "resume"} & set(options.parts) and not path.exists():
            write(path, round(1e6 * options.megabytes / (8 * ROWS)), ROWS, 25_000)
        if "memory" in options.parts:
            memory(path, options.memory, options.method)
        if "resume" in options.parts:
            resume(path, options.memory, options.method)
        if "groups" in options.parts:
            groups(folder)
        if "workers" in options.parts:
            workers(options.columns)


if __name__ == "__main__":
    main()
