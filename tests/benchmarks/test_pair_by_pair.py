"""The ranking over all suites: fitted to log ratios on common cells, and blind to what was not run."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from made_rows import row

from benchmarks.leaderboard import build, markdown
from benchmarks.pairwise import LEAST, fitted, rank_overall
from benchmarks.scoring import tables


def cells(errors, **more):
    """Rows of one cell a task for each method: {method: {(suite, task): error}}, None where the cell failed."""
    return [
        row(
            method,
            task,
            suite=suite,
            family=task,
            value=None if error is None else 1.0 + error,
            truth=1.0,
            low=0.9,
            high=1.1,
            level=0.95,
            **more,
        )
        for method, own in errors.items()
        for (suite, task), error in own.items()
    ]


def standings(rows):
    return {one.method: one for one in rank_overall(tables(rows))}


def test_errors_are_relative_to_the_geometric_mean():
    suites = [("one", "a"), ("two", "a"), ("two", "b")]
    rows = cells({"good": dict.fromkeys(suites, 0.1), "bad": dict.fromkeys(suites, 0.4)})
    found = standings(rows)
    assert found["good"].error == pytest.approx(0.5)
    assert found["bad"].error == pytest.approx(2.0)
    assert (found["good"].rank, found["bad"].rank, found["good"].tied) == (1, 2, False)
    assert (found["good"].suites, found["good"].cells) == (2.0, 3)


def test_suites_then_families_weigh_the_same():
    # In suite one a ratio of 4 both ways cancels; in suite two it is 1/16: half of it, as a logarithm, remains.
    rows = cells(
        {
            "x": {("one", "a"): 0.4, ("one", "b"): 0.1, ("two", "a"): 0.02},
            "y": {("one", "a"): 0.1, ("one", "b"): 0.4, ("two", "a"): 0.32},
        }
    )
    found = standings(rows)
    assert found["y"].error / found["x"].error == pytest.approx(math.sqrt(16))


def test_seeds_are_averaged_before_the_logarithm():
    rows = [
        row(m, seed=s, value=e, suite="one")
        for m, own in {"x": (0.1, 0.3), "y": (0.8, 0.8)}.items()
        for s, e in enumerate(own)
    ]
    found = standings(rows)
    assert found["y"].error / found["x"].error == pytest.approx(4.0)
    # Only the seeds that both ran with are compared.
    found = standings([one for one in rows if (one["method"], one["seed"]) != ("y", 0)])
    assert found["y"].error / found["x"].error == pytest.approx(0.8 / 0.3)


def test_what_was_not_run_is_neither_won_nor_lost():
    names = ["one", "two", "three"]
    errors = {m: {(s, "a"): e for s in names} for m, e in (("first", 0.1), ("second", 0.2), ("third", 0.4))}
    before = standings(cells(errors))
    # Leaving out a suite in which the same ratios hold changes nothing, whichever method does.
    for method, suite in itertools.product(errors, names):
        fewer = {m: {k: e for k, e in own.items() if (m, k[0]) != (method, suite)} for m, own in errors.items()}
        after = standings(cells(fewer))
        for m in errors:
            assert after[m].error == pytest.approx(before[m].error)
            assert after[m].rank == before[m].rank
    # A suite that is hard for all does not count against those who ran it.
    hard = {m: {**own, **({("hard", "a"): 50 * own["one", "a"]} if m != "third" else {})} for m, own in errors.items()}
    found = standings(cells(hard))
    assert {m: one.error for m, one in found.items()} == pytest.approx({m: one.error for m, one in before.items()})


def test_task_left_out_is_not_charged_and_a_failed_one_is():
    errors = {"x": {("one", "a"): 0.1, ("one", "b"): 0.1}, "y": {("one", "a"): 0.1}}
    assert standings(cells(errors))["y"].error == pytest.approx(1.0)
    errors["y"]["one", "b"] = None  # charged always-zero's error, 1 nat
    found = standings(cells(errors))
    assert found["y"].error / found["x"].error == pytest.approx(math.sqrt(10.0))


def test_less_than_half_of_the_suites_is_no_rank():
    names = ["one", "two", "three"]
    errors = {m: {(s, "a"): e for s in names} for m, e in (("good", 0.1), ("bad", 0.4))}
    alone = standings(cells(errors))
    errors["guest"] = {("one", "a"): 0.05}
    found = rank_overall(tables(cells(errors)))
    assert [one.method for one in found] == ["good", "bad", "guest"]
    assert [one.rank for one in found] == [1, 2, None]
    # The guest leaves the fit of the others alone, and stands where its ratios to them put it: 0.05 / sqrt(0.1 * 0.4).
    assert [found[0].error, found[1].error] == pytest.approx([alone["good"].error, alone["bad"].error])
    assert found[2].error == pytest.approx(0.25)
    assert (found[2].suites, found[2].cells) == (pytest.approx(1.0), 1)
    errors["guest"]["two", "a"] = 0.05
    assert standings(cells(errors))["guest"].rank == 1


def test_part_of_a_suite_is_a_part():
    errors = {"x": {("one", t): 0.1 for t in "abcd"}, "y": {("one", "a"): 0.2}}
    found = standings(cells(errors))
    assert found["y"].suites == 0.25
    assert found["y"].rank is None


def test_methods_that_share_nothing_are_not_told_apart():
    found = standings(cells({"x": {("one", "a"): 0.001}, "y": {("two", "a"): 0.9}}))
    assert found["x"].error == found["y"].error == pytest.approx(1.0)
    assert found["x"].rank == found["y"].rank == 1
    # Where nobody ran half, nobody is ranked.
    found = standings(cells({m: {(m, "a"): 0.1} for m in "xyz"}))
    assert {one.rank for one in found.values()} == {None}
    assert [one.error for one in found.values()] == pytest.approx([1.0] * 3)


def test_errors_below_the_least_are_equal():
    found = standings(
        cells({"x": {("one", "a"): 0.0}, "y": {("one", "a"): 0.9 * LEAST}, "z": {("one", "a"): 8 * LEAST}})
    )
    assert found["x"].error == found["y"].error == pytest.approx(0.5)
    assert found["z"].error == pytest.approx(4.0)
    assert found["x"].tied


def test_interval_scores_are_compared_where_both_have_them():
    rows = [
        row("x", value=1.0, truth=1.0, low=0.9, high=1.1, level=0.95),
        row("y", value=1.0, truth=1.0, low=0.6, high=1.4, level=0.95),
        row("x", "b", value=1.0, truth=1.0, low=0.9, high=1.1, level=0.95),
        row("y", "b", value=1.0, truth=1.0),
    ]
    found = standings(rows)
    assert (found["x"].winkler, found["y"].winkler) == pytest.approx((0.5, 2.0))


def test_fit_minimises_the_weighted_squares():
    rng = np.random.default_rng(0)
    m = 5
    linked = np.triu(rng.uniform(0.2, 1.0, (m, m)), 1)
    ratios = np.triu(rng.standard_normal((m, m)), 1) * linked
    linked, ratios = linked + linked.T, ratios - ratios.T
    [scores] = fitted(ratios[None], linked[None], np.ones(m, dtype=bool))
    pairs = list(itertools.combinations(range(m), 2))
    design = np.zeros((len(pairs), m))
    for row_, (i, j) in zip(design, pairs, strict=True):
        row_[[i, j]] = 1.0, -1.0
    root = np.sqrt([linked[p] for p in pairs])
    expected = np.linalg.lstsq(design * root[:, None], [ratios[p] / linked[p] for p in pairs] * root, rcond=None)[0]
    assert scores == pytest.approx(expected)
    assert scores.sum() == pytest.approx(0.0)
    # One left out of the base minimises its own squares against the scores of the others.
    base = np.arange(m) < 4
    [placed] = fitted(ratios[None], linked[None], base)
    weight = linked[4, :4]
    assert placed[4] == pytest.approx(np.average(placed[:4] + ratios[4, :4] / weight, weights=weight))


def test_tie_and_a_clear_winner_with_intervals():
    rng = np.random.default_rng(0)
    rows = [
        row(method, task, seed, 1.0 + scale * rng.standard_normal(), 1.0, family=task, suite=suite)
        for suite in ("one", "two")
        for task in "abcdef"
        for seed in range(5)
        for method, scale in (("good", 0.05), ("alike", 0.05), ("bad", 1.0))
    ]
    found = standings(rows)
    assert found["good"].rank == found["alike"].rank == 1
    assert found["good"].tied
    assert (found["bad"].rank, found["bad"].tied) == (3, False)
    assert all(one.low < one.error < one.high for one in found.values())


def test_page_has_the_ranking_and_what_stands_below_the_line():
    errors = {m: {(s, "a"): e for s in ("one", "two", "three")} for m, e in (("good", 0.1), ("bad", 0.4))}
    page = markdown(build(cells({**errors, "guest": {("one", "a"): 0.05}})))
    above, below = page[: page.index("## How")].split("Run on less than half of the suites")
    assert "| 1 | good | 0.500 [0.500, 0.500] |" in above
    assert "guest" not in above
    assert "| guest | 0.250 [0.250, 0.250] |" in below
    assert below.rstrip().splitlines()[-1].endswith("| 1 | 1 |")
