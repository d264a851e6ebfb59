"""The leaderboard as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LEGEND = """\
Errors are in nats. **Score** is the mean absolute error, averaged within rank class, then family, then suite, with a
95 % bootstrap interval over families and seeds; `=` marks ranks that this interval cannot tell apart. **MAE** is the
plain mean over tasks of the mean over seeds. In both, a cell that failed or was left out scores the largest of
always-zero's error, the worst completed method's error on it, and 0.1. **Bias**, **sd**, relative and noise-
normalised (**norm.**) error, intervals and times are over completed cells. **Solved**: within 0.05 nats, a tenth of
the truth or three noise floors. **Winkler**: width of the interval, plus 2/alpha times how far outside the truth lies.
**Misled**: share of completed cells that are called OK though the value of an estimate is off by more than 0.05 nats
and a tenth of the truth and its interval leaves the truth out, or though the interval of a lower (upper) bound lies
above (below) the truth by more than that. **Good refused**: share of the values within that tolerance that are called
UNRELIABLE. **Refused**: share called UNRELIABLE, and (**right**) how many of those were indeed not solved. **Beyond**:
for bounds, share of cells past the truth by more than two standard errors. **First** is the time of the first fit of a
shape in a process, imports and compilation included; **seconds** that of later ones, interval included. The **oracle**
averages the true pointwise information of the sample.

Read as a test, an interval above 0 rejects independence: **size** is the share of such intervals where the truth is 0,
**power** where it is 0.05 to 0.2 nats. **Kendall tau** is that of mean estimate against truth over pairs of tasks of
one family with different truths, mean over families. **CRPS** is the continuous ranked probability score of the stored
quantiles."""

OVERALL = """\
Methods are compared pair by pair on the cells that both ran, so that what was not run is neither won nor lost.
**Error** is fitted by least squares to the mean log ratios of their errors, as a multiple of the geometric mean of the
ranked methods, with a 95 % bootstrap interval; **Winkler** is the same of the interval scores. Suites weigh the same,
and so do sizes, families and rank classes within. **Misled** and **good refused** are means over suites and sizes,
**worst** is the largest share misled."""

BELOW = "Run on less than half of the suites: placed against the methods above on common cells, and not ranked."

TESTS = {"size": "alarms", "power": "power", "Kendall tau": "tau", "CRPS": "crps"}

HEAD = [
    "rank", "method", "kind", "score", "MAE", "failed", "missing", "bias", "sd", "rel.", "norm.", "solved",
    "coverage", "width", "Winkler", "misled", "good refused", "refused", "right", "beyond", "seconds", "first", "MB",
]  # fmt: skip


def render(board: dict[str, Any]) -> str:
    """Markdown text of a board."""
    parts = ["# Leaderboard", ""]
    if len(board["tables"]) > 1 and board["overall"]:
        parts += ["## All suites and sizes", "", OVERALL, "", *_overall(board["overall"])]
    parts += ["## How to read the tables", "", LEGEND, ""]
    for table in board["tables"]:
        parts += _suite(table)
    parts += ["## How the rows were measured", ""]
    parts += [f"Machine: {'; '.join(board['machines'])}. Versions: {'; '.join(board['versions'])}.", ""]
    if board["command"]:
        parts += ["This page was made by", "", "```text", board["command"], "```", "", "from rows measured by", ""]
        parts += ["```text", *board["runs"], "```", ""]
    return "\n".join(parts).rstrip() + "\n"


def _overall(standings: Sequence[dict[str, Any]]) -> list[str]:
    """The ranked methods, and those that ran on too little to be."""
    head = ["rank", "method", "error", "misled", "worst", "good refused", "Winkler", "suites", "cells"]
    parts = []
    for title, ranked in (("", True), (BELOW, False)):
        rows = [
            [
                *([_rank(one)] if ranked else []),
                one["method"],
                _with_ends(one),
                _rate(one["misled"]),
                f"{_rate(one['worst'])} {one['worst_table']}".strip(),
                _rate(one["good_refused"]),
                _number(one["winkler"]),
                f"{one['suites']:.3g}",
                str(one["cells"]),
            ]
            for one in standings
            if (one["rank"] is not None) == ranked
        ]
        if rows:
            parts += [*([title, ""] if title else []), *_table(head if ranked else head[1:], rows), ""]
    return parts


def _suite(table: dict[str, Any]) -> list[str]:
    seeds = sorted(set(table["seeds"].values()))
    level = ", ".join(f"{100 * level:g} %" for level in table["level"]) or "none"
    shown = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    parts = [f"## {table['suite']}, n = {table['n']}", ""]
    rest = "each cell several fits" if table["relations"] else f"intervals at {level}"
    parts += [f"{len(table['tasks'])} tasks, {shown} seeds, {rest}.", ""]
    if table["relations"]:
        return parts + _relations(table["relations"])
    keep = [i for i, name in enumerate(HEAD) if name not in ("beyond", "missing") or _any(table, name)]
    rows = [_line(line) for line in table["lines"]]
    parts += [*_table([HEAD[i] for i in keep], [[row[i] for i in keep] for row in rows]), ""]
    parts += _tests(table)
    if table["scores"]:
        named = ", ".join(f"{line['method']} ({_number(line['seconds'])} s)" for line in table["scores"])
        parts += [f"Not ranked, since the number is no mutual information: {named}.", ""]
    parts += ["Mean absolute error (mean signed error) by task; † some cells failed:", ""]
    methods = [line["method"] for line in table["lines"]]
    by_task = []
    for t, task in enumerate(table["tasks"]):
        row = [task["name"], f"{task['dim_x']}x{task['dim_y']}", f"{task['truth']:.3f}"]
        by_task.append(row + [_task(line["tasks"][t]) for line in table["lines"]])
    parts += [*_table(["task", "dim", "truth", *methods], by_task), ""]
    return parts + _failures(table)


def _tests(table: dict[str, Any]) -> list[str]:
    """Size, power, order and quantiles, of those that there is a number of."""
    lines = [line for line in table["lines"] if not line["reference"]]
    keep = {label: name for label, name in TESTS.items() if any(line[name] is not None for line in lines)}
    if not keep:
        return []
    shown = {"alarms": _share, "power": _share, "tau": _number, "crps": _number}
    rows = [[line["method"], *(shown[name](line[name]) for name in keep.values())] for line in lines]
    return [*_table(["method", *keep], rows), ""]


def _relations(relations: dict[str, Any]) -> list[str]:
    """A row for each ratio or transformation, a column for each method."""
    first, second = relations["shown"]
    ideal = ["ideal"] if relations["quantity"] == "ratio" else []
    rows = []
    for row in relations["rows"]:
        cells = []
        for cell in row["cells"]:
            text = _number(cell[first]) + (f" ({_number(cell[second])})" if cell[second] is not None else "")
            cells.append(text + ("†" if cell["failed"] else ""))
        rows.append([row["name"], *([_number(row["ideal"])] if ideal else []), *cells])
    rows.append([f"*{relations['mean_row']}*", *[""] * len(ideal), *(_number(v) for v in relations["overall"])])
    parts = [relations["legend"] + " † some cells failed.", ""]
    parts += [*_table([relations["head"], *ideal, *relations["methods"]], rows), ""]
    reasons = [f"- {r['method']}, {_where(r['tasks'])}: {r['reason']}" for r in relations["reasons"]]
    return parts + (["Cells that failed:", "", *reasons, ""] if reasons else [])


def _failures(table: dict[str, Any]) -> list[str]:
    """Why cells failed, each reason of a method once, with how many tasks it hit."""
    tasks: dict[tuple[str, str], list[str]] = {}
    for line in table["lines"]:
        for task, scores in zip(table["tasks"], line["tasks"], strict=True):
            for reason in scores.get("reasons", []):
                tasks.setdefault((line["method"], reason), []).append(task["name"])
    lines = [f"- {method}, {_where(names)}: {reason}" for (method, reason), names in tasks.items()]
    return ["Cells that failed:", "", *lines, ""] if lines else []


def _where(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} tasks"


def _any(table: dict[str, Any], name: str) -> bool:
    empty = (None, 0) if name == "missing" else (None,)
    return any(line.get(name) not in empty for line in table["lines"])


def _line(line: dict[str, Any]) -> list[str]:
    if line["reference"]:
        return ["", f"*{line['method']}*", "reference", _number(line["score"]), _number(line["mae"])] + [""] * (
            len(HEAD) - 5
        )
    score = f"{_number(line['score'])} [{_number(line['low'])}, {_number(line['high'])}]"
    return [
        _rank(line), line["method"], line["kind"], score,
        _number(line["mae"]), _count(line["failed"], line["cells"]), _count(line["missing"], line["cells"]),
        *(_number(line[name]) for name in ("bias", "sd", "relative", "normalised")), _share(line["solved"]),
        _share(line["coverage"]), _number(line["width"]), _number(line["winkler"]),
        _share(line["misled"]), _share(line["good_refused"]),
        _share(line["refused"]), _share(line["precision"]), _share(line["beyond"]),
        _number(line["seconds"]), _number(line["seconds_first"]), _number(line["peak_mb"] and round(line["peak_mb"])),
    ]  # fmt: skip


def _task(scores: dict[str, Any]) -> str:
    text = _number(scores["mae"])
    if scores.get("bias") is not None:
        text += f" ({scores['bias']:+.3f})"
    return text + ("†" if scores.get("failed") or scores.get("missing") else "")


def _rank(place: dict[str, Any]) -> str:
    return f"{place['rank']}{' =' if place['tied'] else ''}"


def _number(value: float | int | None) -> str:
    if value is None:
        return ""
    size = abs(value)
    if size >= 100 or isinstance(value, int):
        return f"{value:.0f}"
    return f"{value:.3f}" if size >= 0.01 or size < 1e-6 else f"{value:.2g}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"


def _with_ends(one: dict[str, Any]) -> str:
    """The error of a standing and its interval; nothing where no cell links it to the ranked."""
    return "" if one["error"] is None else f"{_number(one['error'])} [{_number(one['low'])}, {_number(one['high'])}]"


def _rate(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _count(count: int, of: int) -> str:
    return f"{count}/{of}" if count else "0"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
