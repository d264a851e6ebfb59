"""Scores against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_rows import row

from benchmarks.leaderboard import build
from benchmarks.ranking import places, rank_suite
from benchmarks.scoring import ORACLE, ZERO, balanced, interval_scores, solved, tables, task_scores, weights, winkler


def line(board, method, table=0):
    return next(one for one in board["tables"][table]["lines"] if one["method"] == method)


def test_mae_is_the_mean_over_tasks_of_the_mean_over_seeds():
    rows = [row(task="a", seed=s, value=v, truth=1.0) for s, v in enumerate((1.1, 0.7, 1.2))]
    rows += [row(task="b", seed=s, value=0.4, truth=0.5) for s in range(3)]
    found = line(build(rows), "m")
    assert found["mae"] == pytest.approx((0.2 + 0.1) / 2)
    assert found["bias"] == pytest.approx((0.0 - 0.1) / 2)
    assert found["sd"] == pytest.approx(np.std([0.1, -0.3, 0.2], ddof=1) / 2)
    assert found["relative"] == pytest.approx((0.2 + 0.2) / 2)


@pytest.mark.parametrize(
    ("truth", "other", "charge"),
    [
        (0.8, 0.7, 0.8),  # always-zero is worst
        (0.8, 2.0, 1.2),  # the other method is worse than zero
        (0.0, 0.03, 0.1),  # nobody is bad, and skipping is no way out
    ],
)
def test_failed_cell_scores_the_largest_of_three(truth, other, charge):
    rows = [row("fails", value=None, truth=truth), row("works", value=other, truth=truth)]
    board = build(rows)
    assert line(board, "fails")["mae"] == pytest.approx(charge)
    assert line(board, "works")["mae"] == pytest.approx(abs(other - truth))
    assert line(board, "fails")["failed"] == 1
    assert line(board, "fails")["tasks"][0]["reasons"] == ["ValueError: no"]


def test_leaving_a_task_out_is_charged_and_leaving_a_seed_out_is_not():
    rows = [row("whole", task=t, seed=s, value=1.0, truth=1.1) for t in "ab" for s in range(4)]
    rows += [row("part", task="a", seed=s, value=1.05, truth=1.1) for s in range(2)]
    board = build(rows)
    part = line(board, "part")
    assert part["missing"] == 2
    assert part["cells"] == 4
    assert part["mae"] == pytest.approx((0.05 + 1.1) / 2)
    assert line(board, "whole")["rank"] == 1
    assert line(board, "whole")["mae"] == pytest.approx(0.1)


def test_copies_of_one_law_count_once():
    tasks = [{"family": f, "rank_class": c} for f, c in (("g", "one"), ("g", "one"), ("g", "two"), ("h", "three"))]
    assert weights(tasks) == pytest.approx([1 / 8, 1 / 8, 1 / 4, 1 / 2])
    assert balanced(tasks, np.array([1.0, 3.0, 4.0, 1.0])) == pytest.approx(((1 + 3) / 2 + 4) / 4 + 0.5)
    # Where a number is not known the others share its weight.
    assert balanced(tasks, np.array([1.0, math.nan, 4.0, math.nan])) == pytest.approx(2.5)


def test_winkler_score():
    assert winkler(0.2, 0.6, 0.95, 0.5) == pytest.approx(0.4)
    assert winkler(0.2, 0.6, 0.95, 0.7) == pytest.approx(0.4 + 40 * 0.1)
    assert winkler(0.2, 0.6, 0.9, 0.1) == pytest.approx(0.4 + 20 * 0.1)


def test_interval_scores():
    ends = [(0.0, 1.0), (0.6, 1.0), (0.4, 0.6)]
    rows = [{"low": a, "high": b, "level": 0.95, "intervals": [[0.5, a + 0.05, b - 0.05]]} for a, b in ends]
    found = interval_scores([*rows, {"low": None}], truth=0.5)
    assert (found["intervals"], found["covered"]) == (3, 2)
    assert found["width"] == pytest.approx((1.0 + 0.4 + 0.2) / 3)
    assert found["winkler"] == pytest.approx((1.0 + 0.4 + 40 * 0.1 + 0.2) / 3)
    assert found["levels"] == [[0.5, 2, 3]]


def test_alarms_are_intervals_above_zero_where_the_truth_is():
    lows = [0.01, -0.1, -0.1, 0.02]
    rows = [row(seed=s, value=0.0, low=low, high=0.1, level=0.95) for s, low in enumerate(lows)]
    rows += [row(task="b", seed=s, value=1.0, truth=1.0, low=0.5, high=1.5, level=0.95) for s in range(4)]
    assert line(build(rows), "m")["alarms"] == 0.5
    assert line(build(rows[4:]), "m")["alarms"] is None


def test_solved_and_noise_normalised():
    assert solved(0.05, 0.0, None)
    assert not solved(0.06, 0.0, None)
    assert solved(-0.19, 2.0, None)
    assert solved(0.29, 1.0, 0.1)
    rows = [row(value=1.05, truth=1.0, noise_floor=0.015), row(seed=1, value=1.5, truth=1.0, noise_floor=0.015)]
    found = line(build(rows), "m")
    assert found["normalised"] == pytest.approx((0.05 + 0.5) / 2 / 0.025)
    assert found["solved"] == 0.5


def test_refusing_changes_no_score_and_is_judged():
    codes = ["UNRELIABLE", "UNRELIABLE", "OK", "OK"]
    values = [0.9, 0.2, 1.0, 1.0]
    rows = [row(seed=s, value=v, truth=1.0, status=c) for s, (v, c) in enumerate(zip(values, codes, strict=True))]
    found = line(build(rows), "m")
    assert found["mae"] == pytest.approx(0.9 / 4)
    assert found["refused"] == 0.5
    assert found["precision"] == 0.5


def test_bounds_are_ranked_with_their_validity():
    ends = {"low": 0.9, "high": 1.1, "level": 0.95}  # standard error 0.051
    rows = [row("bound", seed=s, value=v, truth=1.0, kind="lower", **ends) for s, v in enumerate((0.5, 1.09, 1.2, 1.3))]
    board = build([*rows, row("plain", value=1.0, truth=1.0)])
    assert line(board, "bound")["beyond"] == 0.5
    assert line(board, "bound")["kind"] == "lower"
    assert line(board, "plain")["beyond"] is None
    upper = [row("bound", seed=s, value=v, truth=1.0, kind="upper", **ends) for s, v in enumerate((0.5, 1.5))]
    assert line(build(upper), "bound")["beyond"] == 0.5


def test_scores_are_not_ranked_and_charge_nobody():
    rows = [row("fails", value=None, truth=1.0), row("score", value=50.0, truth=1.0, kind="score", quantity="dsmi")]
    board = build(rows)
    assert [one["method"] for one in board["tables"][0]["scores"]] == ["score"]
    assert line(board, "fails")["mae"] == pytest.approx(1.0)


def test_reference_rows():
    rows = [row(task="a", value=0.9, truth=1.0, oracle=1.03), row(task="b", value=0.9, truth=0.5, noise_floor=0.1)]
    [table] = tables(rows)
    assert table.errors[ZERO][:, 0] == pytest.approx([1.0, 0.5])
    assert table.errors[ORACLE][:, 0] == pytest.approx([0.03, 0.1 * math.sqrt(2 / math.pi)])
    board = build(rows)
    assert line(board, ZERO)["score"] == pytest.approx(0.75)
    assert "rank" not in line(board, ORACLE)


def test_times_and_memory():
    rows = [row(seed=s, seconds=t, peak_mb=m) for s, (t, m) in enumerate([(1.0, 10.0), (3.0, 30.0), (2.0, 20.0)])]
    rows[0]["seconds_first"] = 9.0
    [table] = tables(rows)
    found = task_scores(table, "m", 0)
    assert (found["seconds"], found["seconds_first"], found["peak_mb"]) == (2.0, 9.0, 30.0)


def test_clear_winner_and_a_tie():
    rng = np.random.default_rng(0)
    rows = []
    for task in "abcdef":
        for seed in range(5):
            for method, scale in (("good", 0.01), ("alike", 0.01), ("bad", 1.0)):
                value = 1.0 + scale * rng.standard_normal()
                rows.append(row(method, task, seed, value, 1.0, family=task))
    [table] = tables(rows)
    ranking = {place.method: place for place in rank_suite(table)}
    assert ranking["good"].rank == ranking["alike"].rank == 1
    assert ranking["good"].tied
    assert (ranking["bad"].rank, ranking["bad"].tied) == (3, False)
    assert all(place.low <= place.score <= place.high for place in ranking.values())


def test_places_share_the_rank_of_the_first_of_their_group():
    noise = np.linspace(-0.1, 0.1, 101)[:, None]
    scores = np.array([1.0, 1.05, 2.0, 2.05])
    replicated = scores + noise * np.array([1.0, -1.0, 1.0, -1.0])
    assert [p.rank for p in places(["a", "b", "c", "d"], scores, replicated)] == [1, 1, 3, 3]
    # Paired: a difference that never changes sign is no tie, however the scores scatter together.
    together = scores + 10 * noise
    assert [p.rank for p in places(["a", "b", "c", "d"], scores, together)] == [1, 2, 3, 4]


def test_interval_of_the_score_covers_what_it_estimates():
    # Errors |N(0, 1)| over 8 families of one task with 20 seeds: the score is near 0.8 and its error is known.
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(60):
        values = np.abs(rng.standard_normal((8, 20)))
        rows = [row("m", str(t), s, values[t, s], 0.0, family=str(t)) for t in range(8) for s in range(20)]
        [place] = rank_suite(tables(rows)[0], seed=trial)
        hits += place.low <= math.sqrt(2 / math.pi) <= place.high
    assert hits >= 50
