"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import cells, runner, streaming
from benchmarks.errors import BenchmarkError
from benchmarks.methods import PEER, digest, split
from benchmarks.progress import bar
from benchmarks.store import Store, latest, opened, pack, write_parquet
from benchmarks.suites import MODULES, Suite, suite

EPILOG = """exit codes: 0 every cell has its row; 1 no cell of this run completed; 2 something to mend in the command;
130 interrupted, and the same command goes on where it stopped"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(arguments)
    options.line = "python -m benchmarks " + shlex.join(arguments)
    try:
        return options.command(options)
    except BenchmarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted. Every finished cell is kept; the same command goes on.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def parser() -> argparse.ArgumentParser:
    """Describe every command and option."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, epilog=EPILOG)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="suites and methods, or the tasks of a suite")
    listing.add_argument("suite", nargs="?", default="")
    listing.set_defaults(command=list_command)

    run = commands.add_parser("run", help="measure methods on suites", epilog=EPILOG)
    _what(run)
    run.add_argument("--out", default="results", help="directory of the rows (default: results)")
    run.add_argument("--backend", choices=["local", "dask"], default="local")
    run.add_argument("--scheduler", default="", help="address of a Dask scheduler (default: a local cluster)")
    run.add_argument("--again", choices=["failed", "all"], default="", help="measure again what the store has")
    run.set_defaults(command=run_command)

    board = commands.add_parser("leaderboard", help="render the rows as Markdown or as one HTML page")
    board.add_argument("results")
    board.add_argument("--format", choices=["md", "html"], default="md")
    board.add_argument("--out", default="", help="file (default: standard output)")
    board.add_argument("--png", default="", help="also draw the main figure; needs matplotlib")
    board.add_argument("--suite", default="", help="only these suites, separated by commas")
    board.set_defaults(command=leaderboard_command)

    verdict = commands.add_parser("verdict", help="who is misled, and which good answers are refused, by suite")
    verdict.add_argument("results")
    verdict.add_argument("--suite", default="", help="only these suites, separated by commas")
    verdict.add_argument("--n", default="", help="only these numbers of rows, separated by commas")
    verdict.add_argument("--methods", default="", help="only these methods, separated by commas, in this order")
    verdict.set_defaults(command=verdict_command)

    compare = commands.add_parser("compare", help="mitk beside other libraries on the same samples", epilog=EPILOG)
    _what(compare)
    compare.add_argument("--peers", default="scikit-learn", help="names separated by commas; see `list`")
    compare.add_argument("--peer-python", default="", help="Python of the environment that has the peers")
    compare.add_argument("--out", default="results", help="directory of the rows (default: results)")
    compare.set_defaults(command=compare_command)

    streaming.add_command(commands)

    show = commands.add_parser("show", help="print stored rows")
    show.add_argument("results")
    for name in ("suite", "task", "method"):
        show.add_argument(f"--{name}", default="", help="only these, separated by commas")
    show.add_argument("--n", default="")
    show.add_argument("--failed", action="store_true", help="only cells without a value, with their reasons")
    show.add_argument("--pack", default="", metavar="FILE", help="write the rows to a *.jsonl.gz that a store reads")
    show.add_argument("--parquet", default="", metavar="FILE", help="write the rows there instead of printing them")
    show.set_defaults(command=show_command)
    return top


def _what(command: argparse.ArgumentParser) -> None:
    command.add_argument("--suite", required=True, help="names separated by commas, or package.module:NAME")
    command.add_argument("--methods", default="", help="names separated by commas; name:key=value sets an option")
    command.add_argument(
        "--method", action="append", default=[], metavar="SPEC", help="one method, such as mypackage.mymodule:Mine"
    )
    command.add_argument("--n", default="", help="rows, separated by commas (default: those of the suite)")
    command.add_argument("--seeds", type=int, help="number of seeds (default: that of the suite)")
    command.add_argument("--tasks", default="", help="only these tasks, separated by commas")
    command.add_argument("--jobs", type=int, default=1, help="worker processes (default: 1)")
    command.add_argument("--timeout", type=float, default=600.0, help="seconds one fit may take (default: 600)")
    command.add_argument("--confidence", default="0.95", help="level of the intervals, or none (default: 0.95)")
    command.add_argument("--machine", default="", help="name of the machine in the rows (default: a description)")
    command.add_argument("--quiet", action="store_true", help="no progress bar")


def list_command(options: argparse.Namespace) -> int:
    """Print suites and methods, or the tasks of one suite."""
    from benchmarks.peers import PEERS
    from mitk import methods

    if options.suite:
        found = suite(options.suite)
        named = {"mi": "MI (nats)", "conditional_mi": "CMI (nats)"}
        quantity = ", ".join(sorted({named.get(t.quantity, f"{t.quantity}, ideal") for t in found.tasks}))
        table(
            ["task", "dim", quantity, "family", "rank class", "truth"],
            [
                [t.name, f"{t.dim_x}x{t.dim_y}", f"{t.mutual_information:.4f}", t.family, t.rank_class, t.truth]
                for t in found.tasks
            ],
        )
        return 0
    loaded = [suite(name) for name in MODULES]
    table(
        ["suite", "tasks", "n", "seeds", "what it is"],
        [[s.name, len(s.tasks), ",".join(map(str, s.sizes)), s.seeds, s.summary] for s in loaded],
    )
    print()
    table(["method", "what it is for"], [[m.name, m.error or m.summary] for m in methods()])
    print()
    table(["peer", "what it is"], [[name, peer.summary] for name, peer in PEERS.items()])
    return 0


def planned(options: argparse.Namespace, methods: list[str], machine: str = "") -> tuple[list[cells.Cell], dict]:
    """The cells that the options ask for, and the options of `fit`."""
    if not methods:
        raise BenchmarkError("`--methods` must name at least one method, such as ksg,gaussian.")
    if options.jobs < 1 or options.timeout <= 0 or (options.seeds is not None and options.seeds < 1):
        raise BenchmarkError("`--jobs`, `--seeds` and `--timeout` must be above 0.")
    suites: list[Suite] = [suite(name) for name in split([options.suite])]
    tasks = split([options.tasks])
    cells.check_tasks(suites, tasks)
    fit = {"confidence": confidence(options.confidence)}
    sizes = [whole("--n", text) for text in split([options.n])]
    return (
        cells.plan(
            suites,
            methods,
            sizes=sizes,
            seeds=options.seeds,
            tasks=tasks,
            fit=fit,
            machine=options.machine or machine,
        ),
        fit,
    )


def run_command(options: argparse.Namespace) -> int:
    """Measure what is missing."""
    methods = list(dict.fromkeys([*split([options.methods]), *options.method]))
    for method in methods:
        if method.startswith(PEER):
            raise BenchmarkError(
                f"`--methods` must be methods of mitk, got {method!r}; other libraries run in `compare`."
            )
    store = Store(options.out)
    start = time.perf_counter()
    if options.backend == "dask":
        from benchmarks import dask

        with dask.connected(options.scheduler, options.jobs) as client:
            todo, fit = planned(options, methods, dask.machine_name(client))
            backend = lambda jobs: dask.run_jobs(jobs, client, timeout=options.timeout)  # noqa: E731
            outcome = measure(options, todo, store, backend, fit)
    else:
        todo, fit = planned(options, methods)
        outcome = measure(options, todo, store, runner.local(options.jobs, options.timeout), fit)
    return report(outcome, time.perf_counter() - start, store)


def measure(options: argparse.Namespace, todo: list, store: Store, backend: Any, fit: dict) -> runner.Outcome:
    """Measure planned cells with the options that all backends share."""
    return runner.execute(
        todo,
        store,
        backend,
        fit=fit,
        again=getattr(options, "again", ""),
        extra={"jobs": options.jobs, "timeout": options.timeout, "command": options.line},
        progress=bar(options.quiet),
    )


def report(outcome: runner.Outcome, seconds: float, store: Store) -> int:
    """Say on standard error what a run did; its exit code."""
    print(
        f"{outcome.planned} cells: {outcome.before} were there, {outcome.done} measured in {seconds:.1f} s, "
        f"{outcome.failed} of these failed. Rows: {store.path}",
        file=sys.stderr,
    )
    return 1 if outcome.done and outcome.failed == outcome.done else 0


def leaderboard_command(options: argparse.Namespace) -> int:
    """Render the store."""
    from benchmarks import leaderboard

    store = opened(options.results)
    rows = kept(latest(store.rows()), suite=options.suite)
    warn_of_torn(store)
    board = leaderboard.build(rows, options.line)
    text = leaderboard.html(board) if options.format == "html" else leaderboard.markdown(board)
    if options.out:
        Path(options.out).parent.mkdir(parents=True, exist_ok=True)
        Path(options.out).write_text(text, encoding="utf-8")
    else:
        print(text)
    if options.png:
        from benchmarks.figure import draw

        draw(board, options.png)
    return 0


def verdict_command(options: argparse.Namespace) -> int:
    """Print shares misled and refused and the interval scores, by method and suite."""
    from benchmarks.verdict_table import verdict_tables

    store = opened(options.results)
    rows = kept(latest(store.rows()), suite=options.suite, n=options.n)
    methods = split([options.methods])
    kept(rows, method=options.methods)
    for title, head, lines in verdict_tables(rows, methods):
        if title:
            print(f"\n{title}")
        table(head, lines)
    warn_of_torn(store)
    return 0


def compare_command(options: argparse.Namespace) -> int:
    """Run mitk and other libraries on the same samples and print both."""
    from benchmarks import peers

    ours = list(dict.fromkeys([*split([options.methods]), *options.method])) or ["auto"]
    theirs = [f"{PEER}{name}" for name in split([options.peers])]
    versions = peers.check(theirs, options.peer_python)
    todo, fit = planned(options, [*ours, *theirs])
    todo = [
        replace(cell, config=digest([cell.config, versions[cell.method]])) if cell.method in versions else cell
        for cell in todo
    ]
    store = Store(options.out)
    start = time.perf_counter()
    outcome = measure(
        options,
        [cell for cell in todo if cell.method in ours],
        store,
        runner.local(options.jobs, options.timeout),
        fit,
    )
    others = peers.backend(options.peer_python, jobs=options.jobs, timeout=options.timeout)
    second = measure(options, [cell for cell in todo if cell.method in theirs], store, others, fit)
    for name in ("planned", "before", "done", "failed"):
        setattr(outcome, name, getattr(outcome, name) + getattr(second, name))
    places = {cell.place for cell in todo}
    rows = [row for row in latest(store.rows()) if peers.place(row) in places]
    table(*peers.side_by_side(rows, [*ours, *theirs]))
    return report(outcome, time.perf_counter() - start, store)


def show_command(options: argparse.Namespace) -> int:
    """Print rows, or export them."""
    store = opened(options.results)
    rows = kept(latest(store.rows()), suite=options.suite, task=options.task, method=options.method, n=options.n)
    if options.failed:
        rows = [row for row in rows if row.get("failure")]
    if options.pack or options.parquet:
        warn_of_torn(store)
        for file, write in ((options.pack, pack), (options.parquet, write_parquet)):
            if file:
                write(rows, file)
        return 0
    cells_shown = [
        [
            *(row[name] for name in ("suite", "task", "n", "seed", "method")),
            number(row.get("value")),
            f"[{number(row.get('low'))}, {number(row.get('high'))}]" if row.get("low") is not None else "",
            number(row["truth"]),
            number(row.get("seconds")),
            row.get("reason") or (row.get("status") if row.get("status") != "OK" else "") or "",
        ]
        for row in rows
    ]
    table(["suite", "task", "n", "seed", "method", "value", "interval", "truth", "seconds", ""], cells_shown)
    warn_of_torn(store)
    return 0


def warn_of_torn(store: Store) -> None:
    """Say on standard error how many lines could not be used."""
    if store.torn:
        print(f"{store.torn} lines that are torn or no rows were left out.", file=sys.stderr)


def kept(rows: list[dict], **filters: str) -> list[dict]:
    """Rows whose fields are among the comma-separated values; a value that no row has is an error."""
    for name, listed in filters.items():
        wanted = split([listed])
        there = {str(row[name]) for row in rows}
        for value in wanted:
            if value not in there:
                raise BenchmarkError(f"`--{name}` must be in the results, got {value!r}; there are {', '.join(there)}.")
        rows = [row for row in rows if not wanted or str(row[name]) in wanted]
    return rows


def table(head: list[str], rows: list[list[Any]]) -> None:
    """Print columns that line up; numbers are on the right."""
    text = [[str(item) for item in row] for row in rows]
    widths = [max(len(row[i]) for row in [head, *text]) for i in range(len(head))]
    right = [
        bool(text) and all(row[i].replace(".", "").lstrip("-").isdigit() or not row[i] for row in text)
        for i in range(len(head))
    ]
    for row in [head, *text]:
        cells_ = [item.rjust(w) if r else item.ljust(w) for item, w, r in zip(row, widths, right, strict=True)]
        print("  ".join(cells_).rstrip())


def number(value: float | None) -> str:
    """Four digits that matter, or nothing."""
    return "" if value is None else f"{value:.4g}"


def whole(name: str, text: str) -> int:
    """A positive whole number such as 1000 or 1e4."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value < 1 or value != int(value):
        raise BenchmarkError(f"`{name}` must be whole numbers above 0, got {text!r}.")
    return int(value)


def confidence(text: str) -> float | None:
    """A level in (0, 1) or None."""
    if text.lower() == "none":
        return None
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    if not 0.0 < level < 1.0:
        raise BenchmarkError(f"`--confidence` must lie in (0, 1) or be none, got {text!r}.")
    return level
