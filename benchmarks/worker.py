"""The process that measures: JSON jobs in, JSON rows out, until its input ends (`benchmarks.workers` starts it)."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any, TextIO


def serve(jobs: TextIO, answers: TextIO) -> None:
    """Measure each job as it comes, so that what is compiled stays compiled."""

    def say(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    from benchmarks.measure import Meter, raised
    from benchmarks.store import finite

    meter = Meter(lambda stage: say({"stage": stage}))
    say({"stage": "ready"})
    for line in jobs:
        try:
            row = meter.measure(json.loads(line))
        except Exception as error:  # A task that cannot be sampled is a failed cell like any other.
            row = raised(error)
        say({"row": finite(row)})


def leave_with(parent: int) -> None:
    """End this process when its parent is gone, even in the middle of a fit."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Keep the pipe to the parent to ourselves: whatever a method prints goes to standard error."""
    leave_with(os.getppid())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
