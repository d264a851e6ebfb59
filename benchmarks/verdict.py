"""Whether a verdict could be trusted: who is misled by it, and which good answers it refuses.

With the tolerance max(0.05 nats, a tenth of the truth), a result *misleads* when its status is OK and its kind is

- estimate: its 95 % interval leaves the truth out, and its value is off by more than the tolerance;
- lower (upper): its 95 % interval lies above (below) the truth by more than the tolerance.

It is *good* when its value lies within the tolerance, and *refused* when its status is UNRELIABLE.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks.store import Row

LEVEL = 0.95
LEAST_TOLERANCE, RELATIVE_TOLERANCE = 0.05, 0.1


def tolerance(truth: float) -> float:
    """How far off, in nats, a value may be before it is wrong."""
    return max(LEAST_TOLERANCE, RELATIVE_TOLERANCE * abs(truth))


def interval(row: Row) -> tuple[float, float] | None:
    """The 95 % interval: the row's own, or that of its ladder of levels where another was asked for."""
    low, high = row.get("low"), row.get("high")
    if row.get("level") not in (None, LEVEL):
        low, high = next(((a, b) for level, a, b in row.get("intervals") or [] if level == LEVEL), (None, None))
    return None if low is None or high is None else (low, high)


def judged(row: Row) -> bool:
    """Whether the cell completed as one fit that was asked for an interval, so that its verdict can be judged."""
    if row.get("value") is None or row.get("kind") == "score" or "parts" in row:
        return False
    asked = row.get("configuration", {}).get("fit", {}).get("confidence", LEVEL) is not None
    return asked and (row.get("level") in (None, LEVEL) or interval(row) is not None)


def good(row: Row) -> bool:
    """Whether the value lies within the tolerance of the truth."""
    return abs(row["value"] - row["truth"]) <= tolerance(row["truth"])


def misleads(row: Row) -> bool:
    """Whether a judged row says OK to a wrong number; one without an interval has its value for one."""
    if row["status"] != "OK":
        return False
    value, truth = row["value"], row["truth"]
    low, high = interval(row) or (value, value)
    if row.get("kind") == "lower":
        return low > truth + tolerance(truth)
    if row.get("kind") == "upper":
        return high < truth - tolerance(truth)
    return not low <= truth <= high and not good(row)


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """How many rows are judged, misled, good, and good but refused."""
    known = [row for row in rows if judged(row)]
    fine = [row for row in known if good(row)]
    return {
        "judged": len(known),
        "misled": sum(misleads(row) for row in known),
        "good": len(fine),
        "good_refused": sum(row["status"] == "UNRELIABLE" for row in fine),
    }


def rates(found: dict[str, int]) -> dict[str, float | None]:
    """Shares of the judged that are misled and of the good that are refused, and None where there are none."""
    return {
        "misled": found["misled"] / found["judged"] if found["judged"] else None,
        "good_refused": found["good_refused"] / found["good"] if found["good"] else None,
    }


def overview(boards: Sequence[dict[str, Any]], method: str) -> dict[str, Any]:
    """Means of both rates over suites and sizes, and where the method misleads most.

    Parameters
    ----------
    boards : sequence of dict
        Tables as `benchmarks.leaderboard.build` makes them.
    method : str

    Returns
    -------
    dict
        ``misled``, ``worst`` and ``good_refused`` as shares, ``worst_table`` as words, and ``judged``, the number of
        tables. Where a method gives no good answer none is refused.
    """
    found = [
        (line["misled"], line["good_refused"] or 0.0, f"{board['suite']}, n = {board['n']}")
        for board in boards
        for line in board["lines"]
        if line["method"] == method and not line["reference"] and line["misled"] is not None
    ]
    if not found:
        return {"misled": None, "worst": None, "worst_table": "", "good_refused": None, "judged": 0}
    # The first of equals, so that the order of the tables decides.
    worst = max(found, key=lambda one: one[0])
    return {
        "misled": float(np.mean([one[0] for one in found])),
        "worst": worst[0],
        "worst_table": worst[2] if worst[0] else "",
        "good_refused": float(np.mean([one[1] for one in found])),
        "judged": len(found),
    }
