"""A progress bar on a terminal's stderr, for what takes longer than a moment."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Shorter work ends before a bar could be read.
DELAY_SECONDS = 2.0
# Over which the speed is averaged: a step may take half a minute.
SPEED_SECONDS = 300.0


@contextmanager
def progress_bar(text: str, total: int | None = None, *, shown: bool = True) -> Iterator[Callable[..., None]]:
    """Show a bar, or a spinner without `total`, once the block has run for two seconds.

    Parameters
    ----------
    text : str
    total : int, optional
        Steps to be done.
    shown : bool, default True
        False, or a stderr that is not a terminal, shows nothing.

    Yields
    ------
    callable
        To be called after each step, or with the number of steps done since.

    Examples
    --------
    >>> with progress_bar("squaring", 3) as advance:
    ...     for _ in range(3):
    ...         advance()
    """
    if not (shown and sys.stderr.isatty()):
        yield lambda steps=1: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    counted = () if total is None else (BarColumn(), MofNCompleteColumn())
    # What is left can be told only of what is counted.
    left = () if total is None else (TextColumn("left"), TimeRemainingColumn())
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        *counted,
        TimeElapsedColumn(),
        *left,
        console=Console(stderr=True),
        transient=True,
        speed_estimate_period=SPEED_SECONDS,
    )
    task = bar.add_task(text, total=total)
    # A thread starts it, because the first step alone may be the long one.
    timer = threading.Timer(DELAY_SECONDS, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda steps=1: bar.advance(task, steps)
    finally:
        timer.cancel()
        timer.join()
        if bar.live.is_started:
            bar.stop()
