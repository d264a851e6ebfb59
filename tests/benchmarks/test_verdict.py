"""Verdicts judged by hand: what misleads, what is a good answer, and what the tables say of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_rows import row

from benchmarks.commands import main
from benchmarks.leaderboard import build, markdown
from benchmarks.store import Store, latest
from benchmarks.verdict import counts, good, interval, judged, misleads, overview, tolerance
from benchmarks.verdict_table import verdict_tables

ROOT = Path(__file__).parents[2]


def given(value, low, high, truth=1.0, level=0.95, **more):
    return row(value=value, truth=truth, low=low, high=high, level=level, **more)


def test_tolerance_is_a_twentieth_of_a_nat_or_a_tenth_of_the_truth():
    assert tolerance(0.0) == 0.05
    assert tolerance(0.5) == pytest.approx(0.05)
    assert tolerance(3.0) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("value", "low", "high", "misled"),
    [
        (0.8, 0.7, 0.9, True),  # off by 0.2 where 0.1 is allowed, and sure of it
        (0.8, 0.7, 1.1, False),  # as far off, but the interval says so
        (0.95, 0.93, 0.97, False),  # too narrow, but near enough
        (1.3, 1.2, 1.4, True),
        (0.8, 0.7, 1.0, False),  # the end belongs to the interval
    ],
)
def test_estimate_misleads_when_value_and_interval_are_wrong(value, low, high, misled):
    assert misleads(given(value, low, high)) == misled
    assert not misleads(given(value, low, high, status="UNRELIABLE"))


@pytest.mark.parametrize(
    ("kind", "low", "high", "misled"),
    [
        ("lower", 0.1, 0.2, False),  # a loose bound is true
        ("lower", 1.09, 1.2, False),
        ("lower", 1.11, 1.2, True),
        ("upper", 1.9, 2.0, False),
        ("upper", 0.8, 0.91, False),
        ("upper", 0.8, 0.89, True),
    ],
)
def test_bound_misleads_when_its_interval_lies_beyond_the_truth(kind, low, high, misled):
    one = given((low + high) / 2, low, high, kind=kind)
    assert misleads(one) == misled
    assert not misleads({**one, "status": "UNRELIABLE"})


def test_result_without_an_interval_has_its_value_for_one():
    assert misleads(row(value=0.8, truth=1.0))
    assert not misleads(row(value=0.95, truth=1.0))
    assert misleads(row(value=1.2, truth=1.0, kind="lower"))
    assert judged(row(value=0.8, truth=1.0))


def test_interval_at_another_level_is_read_from_the_ladder():
    one = given(0.8, 0.75, 0.85, level=0.5, intervals=[[0.5, 0.75, 0.85], [0.95, 0.6, 1.05]])
    assert interval(one) == (0.6, 1.05)
    assert not misleads(one)
    assert judged(one)
    assert not judged({**one, "intervals": []})


def test_only_single_fits_that_were_asked_for_an_interval_are_judged():
    assert not judged(row(value=None))
    assert not judged(row(value=1.0, kind="score"))
    assert not judged(row(value=1.0, parts=[1.5, 0.5]))
    assert not judged(row(value=1.0, configuration={"fit": {"confidence": None}}))
    assert judged(row(value=1.0, configuration={"fit": {"confidence": 0.95}}))


def test_good_answers_and_how_many_are_refused():
    rows = [
        given(1.05, 1.0, 1.1),
        given(0.95, 0.9, 1.1, status="UNRELIABLE"),
        given(0.95, 0.9, 1.1, status="UNRELIABLE"),
        given(2.0, 1.9, 2.1),
        given(2.0, 1.9, 2.1, status="UNRELIABLE"),
        row(value=None, truth=1.0),
    ]
    assert [good(one) for one in rows[:5]] == [True, True, True, False, False]
    assert counts(rows) == {"judged": 5, "misled": 1, "good": 3, "good_refused": 2}


@pytest.fixture
def rows():
    """Two suites of four cells: `sure` misleads in half of one and in a quarter of the other, `shy` refuses."""
    found = []
    for suite, wrong in (("bmi40", 2), ("other", 1)):
        for seed in range(4):
            value = 0.5 if seed < wrong else 1.0
            ends = {"truth": 1.0, "low": value - 0.1, "high": value + 0.1, "level": 0.95, "suite": suite, "seed": seed}
            found.append(row("sure", value=value, **ends))
            found.append(row("shy", value=value, status="UNRELIABLE" if seed in (1, 2) else "OK", **ends))
    return found


def test_rates_of_a_suite_and_their_means(rows):
    board = build(rows)
    sure, shy = ([next(x for x in t["lines"] if x["method"] == m) for t in board["tables"]] for m in ("sure", "shy"))
    assert [line["misled"] for line in sure] == [0.5, 0.25]
    assert [line["good_refused"] for line in sure] == [0.0, 0.0]
    assert [line["misled"] for line in shy] == [0.25, 0.25]
    assert [line["good_refused"] for line in shy] == pytest.approx([1 / 2, 2 / 3])
    one = overview(board["tables"], "sure")
    assert (one["misled"], one["worst"], one["worst_table"], one["judged"]) == (0.375, 0.5, "bmi40, n = 100", 2)
    one = overview(board["tables"], "shy")
    assert one["good_refused"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert next(x for x in board["overall"] if x["method"] == "sure")["misled"] == 0.375


def test_suite_without_a_good_answer_refuses_none():
    rows = [given(2.0, 1.9, 2.1, suite="bad"), given(1.0, 0.9, 1.1, suite="good", status="UNRELIABLE")]
    board = build(rows)
    lines = {table["suite"]: line for table in board["tables"] for line in table["lines"] if line["method"] == "m"}
    assert (lines["bad"]["good_refused"], lines["good"]["good_refused"]) == (None, 1.0)
    assert overview(board["tables"], "m")["good_refused"] == 0.5


def test_leaderboard_prints_rates_and_interval_scores(rows):
    page = markdown(build(rows))
    [head] = {line for line in page.splitlines() if line.startswith("| rank | method | kind")}
    names = [name.strip() for name in head.split("|")]
    line = next(x for x in page[page.index("## bmi40") :].splitlines() if x.startswith("| ") and "| sure |" in x)
    cells = dict(zip(names, (cell.strip() for cell in line.split("|")), strict=True))
    # Half of the intervals lie 0.4 from the truth: 0.2 and 0.2 + 40 * 0.4.
    assert (cells["misled"], cells["good refused"], cells["Winkler"]) == ("50 %", "0 %", "8.200")
    assert "37.5 % | 50.0 % bmi40, n = 100 |" in page


def test_verdict_command_prints_methods_and_suites(rows, tmp_path, capsys):
    for one in rows:
        Store(tmp_path).append(one)
    assert main(["verdict", str(tmp_path), "--methods", "sure,shy"]) == 0
    printed = capsys.readouterr().out
    first = printed.splitlines()
    assert " ".join(first[1].split()) == "sure 0.375 0.500 bmi40, n = 100 0.000 8.200 2 8 0 0 0"
    assert first[2].split()[:2] == ["shy", "0.250"]
    [misled] = [lines for title, head, lines in verdict_tables(rows, ["sure", "shy"]) if title.startswith("Misled")]
    assert misled == [["bmi40", "100", "0.500", "0.250"], ["other", "100", "0.250", "0.250"]]
    assert main(["verdict", str(tmp_path), "--suite", "other"]) == 0
    assert "bmi40" not in capsys.readouterr().out
    assert main(["verdict", str(tmp_path), "--methods", "nobody"]) == 2
    assert main(["verdict", str(tmp_path), "--n", "7"]) == 2


def test_verdict_names_what_was_not_answered():
    rows = [given(1.0, 0.9, 1.1), row(task="b", value=None, truth=1.0), row(task="c", value=1.0, truth=1.0)]
    _, head, [line] = verdict_tables(rows)[0]
    found = dict(zip(head, line, strict=True))
    assert (found["cells"], found["failed"], found["no interval"], found["misled"]) == ("3", "1", "1", "0.000")


def test_committed_rows_are_read_and_judged():
    store = Store(ROOT / "docs" / "leaderboard")
    rows = latest(store.rows())
    assert len(rows) > 10_000
    assert store.torn == 0
    known = [one for one in rows if judged(one)]
    assert len(known) > 10_000
    assert {one["status"] for one in known} == {"OK", "UNRELIABLE"}
    for one in known[::50]:
        off = abs(one["value"] - one["truth"]) > max(0.05, 0.1 * abs(one["truth"]))
        outside = not one["low"] <= one["truth"] <= one["high"]
        if one["kind"] == "estimate":
            assert misleads(one) == (one["status"] == "OK" and off and outside)
    assert 0.0 < np.mean([misleads(one) for one in known]) < 0.5
