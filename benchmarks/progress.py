"""A progress bar with the time left, at a terminal; nothing behind a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator


def bar(quiet: bool = False) -> Callable[[Iterable, int], Iterable]:
    """What `runner.execute` wraps its results in."""
    if quiet or not sys.stderr.isatty():
        return lambda items, total: items

    def show(items: Iterable, total: int) -> Iterator:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        shown = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
        shown += [TextColumn("left"), TimeLeft(), TextColumn("{task.fields[last]}")]
        failed = 0
        with Progress(*shown, console=Console(stderr=True)) as progress:
            line = progress.add_task("cells", total=total, last="")
            for job, row in items:
                failed += bool(row.get("failure"))
                last = f"{job['method']} {job['task']} n={job['n']}" + (f", {failed} failed" if failed else "")
                yield job, row
                progress.update(line, advance=1, last=last)

    return show
