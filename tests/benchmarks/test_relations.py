"""Cells of several fits: conditional information, ratios on images, and differences after transformations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_rows import row
from scipy.stats import norm

from benchmarks import peers
from benchmarks.leaderboard import build, html, markdown
from benchmarks.measure import Meter
from benchmarks.suites import columns, suite
from benchmarks.suites.invariance import BASES, CHANGES
from benchmarks.suites.relations import Conditional, difference, ratio, share_rising
from mitk.distributions import ConditionalGaussian, gaussian_field

CONDITIONAL = suite("conditional").tasks


def measure(suite_name, task, method, n=300, seed=0, fit=None):
    job = {"suite": suite_name, "task": task, "n": n, "seed": seed, "method": method, "config": method}
    return Meter().measure({**job, "fit": fit or {"confidence": 0.95}})


@pytest.mark.parametrize("task", CONDITIONAL, ids=lambda task: task.name)
def test_conditional_oracle_lies_near_the_truth(task):
    x, y, z = task.sample(4000, seed=2)
    assert (x.shape, y.shape, z.shape) == ((4000, task.dim_x), (4000, task.dim_y), (4000, task.dim_z))
    assert task.mutual_information == pytest.approx(task.law.conditional_mutual_information, abs=1e-12)
    # Rows of a series depend on each other, so their mean scatters more.
    width = 4.5 if task.law.independent_rows else 6.0
    assert task.oracle(x, y, z) == pytest.approx(task.mutual_information, abs=width * task.noise_floor(4000) + 1e-12)


def test_conditional_suite_holds_nulls_and_published_transfer_entropies():
    truths = {task.name: task.mutual_information for task in CONDITIONAL}
    assert sum(truth == 0.0 for truth in truths.values()) == 10
    assert truths["transfer-white-0.8"] == pytest.approx(0.247348, abs=1e-6)
    assert truths["transfer-0.4"] == pytest.approx(0.09205251, abs=1e-8)
    assert truths["transfer-0.4-history-2"] == pytest.approx(0.09200918, abs=1e-8)
    assert truths["transfer-0.5"] == pytest.approx(0.21516511, abs=1e-8)
    assert truths["gaussian-0.6-3d"] == pytest.approx(-1.5 * math.log(1 - 0.36))


def test_what_takes_a_condition_is_given_it():
    for name in ("gaussian-0.6-3d", "gaussian-collider", "gaussian-missing-edge", "transfer-0.5"):
        task, found = suite("conditional").task(name), measure("conditional", name, "gaussian", n=3_000)
        # The plug-in of a normal law has the oracle's spread, but for a null, where it is of the order 1 / n.
        bound = 6 * task.noise_floor(3_000) + 20 / 3_000
        assert found["value"] == pytest.approx(task.mutual_information, abs=bound), name
        assert (found["quantity"], found["kind"], found["status"]) == ("conditional_mi", "estimate", "OK")
        assert found["low"] <= found["value"] <= found["high"]
        assert "parts" not in found


def test_the_chain_rule_is_for_what_takes_none():
    task, found = suite("conditional").task("gaussian-collider"), measure("conditional", "gaussian-collider", "kde")
    assert found["value"] == found["parts"][0] - found["parts"][1]
    assert found["value"] == pytest.approx(task.mutual_information, abs=0.25)
    assert (found["quantity"], found["kind"]) == ("conditional_mi", "estimate")
    assert "low" not in found
    assert measure("conditional", "label-to-number", "mixed-ksg")["quantity"] == "conditional_mi"


def test_conditional_parts_share_their_rows():
    x, y, z = np.ones((5, 1)), np.full((5, 2), 2.0), np.full((5, 1), 3.0)
    law = ConditionalGaussian(np.eye(4), 1, 2)
    task = Conditional("t", law, "f", options={"discrete_y": [True, True, False], "block": 3})
    first, second = task.parts((x, y, z))
    np.testing.assert_array_equal(first.y, [[2.0, 2.0, 3.0]] * 5)
    np.testing.assert_array_equal(second.y, z)
    assert first.options == {"discrete_y": [True, True, False], "block": 3}
    assert second.options == {"discrete_y": [False], "block": 3}
    (direct,) = task.parts((x, y, z), conditional=True)
    np.testing.assert_array_equal(direct.y, y)
    np.testing.assert_array_equal(direct.options["given"], z)
    kinds = {"discrete_y": [True, True], "discrete_given": [False], "block": 3}
    assert {name: value for name, value in direct.options.items() if name != "given"} == kinds


def test_combinations():
    assert ratio([1.0, 4.0]) == 0.25
    assert math.isnan(ratio([1.0, 0.0]))
    assert math.isnan(ratio([1.0, -0.1]))
    assert difference([1.0, 4.0]) == -3.0
    assert share_rising([0.0, 1.0, 1.0, 0.5, 2.0]) == 0.75


def test_seconds_of_a_cell_are_those_of_its_parts_and_the_first_is_longer():
    meter = Meter()
    job = {"suite": "invariance", "task": "swap-normal", "n": 50, "seed": 0, "config": "", "fit": {}}
    first, second = (meter.measure({**job, "method": "misbehaving:Zero:pause=0.02"}) for _ in range(2))
    assert first["seconds_first"] >= 0.04
    assert first["seconds"] >= 0.04
    assert "seconds_first" not in second


@pytest.mark.parametrize(
    ("method", "task", "failure", "reason"),
    [
        ("misbehaving:Raises", "swap-normal", "raised", "too strong"),
        ("misbehaving:ReturnsNan", "swap-normal", "nan", "returned nan"),
        ("misbehaving:Zero", "processing-field", "nan", "returned nan"),
    ],
)
def test_a_part_that_fails_fails_the_cell(method, task, failure, reason):
    found = measure("invariance" if task.startswith("swap") else "selfconsistency", task, method, n=50)
    assert found["value"] is None
    assert found["failure"] == failure
    assert reason in found["reason"]


def test_a_stage_is_over_with_each_part():
    stages = []
    job = {"suite": "selfconsistency", "task": "monotone-field", "n": 50, "seed": 0, "method": "misbehaving:Zero"}
    Meter(stages.append).measure({**job, "config": "", "fit": {}})
    assert stages == ["sampled", *["first", "fitted"] * 4]


@pytest.mark.parametrize("name", ["baseline-field-1", "baseline-field-3", "processing-field", "additivity-field"])
def test_ratios_of_a_normal_field_are_found_by_the_normal_estimator(name):
    task, n = suite("selfconsistency").task(name), 8000
    found = measure("selfconsistency", name, "gaussian", n=n)["value"]
    # Each information has a pointwise spread of at most sqrt(16) nats, and the smallest denominator is of three rows.
    information = gaussian_field(4, 3, 1.0).mutual_information
    bound = 4.5 * math.sqrt(2) * 4.0 / math.sqrt(n) / information * task.mutual_information
    assert found == pytest.approx(task.mutual_information, abs=bound)


def test_independent_images_have_no_information():
    for name in ("independence-field", "independence-digits"):
        assert abs(measure("selfconsistency", name, "gaussian", n=2000)["value"]) < 0.02


def test_parts_of_the_image_tasks():
    for name, side in (("field", 4), ("digits", 8)):
        tasks = {task.name.split("-")[0]: task for task in suite("selfconsistency").tasks if task.name.endswith(name)}
        sample = tasks["additivity"].sample(20, seed=1)
        both, one = tasks["additivity"].parts(sample)
        assert both.x.shape == both.y.shape == (20, 2 * side**2)
        np.testing.assert_array_equal(both.x[:, : side**2], one.x)
        assert not np.array_equal(both.y[:, side**2 :], one.y)
        other, same = tasks["independence"].parts(sample)
        np.testing.assert_array_equal(other.x, same.x)
        assert not (other.y == same.y).any()
        sample = tasks["processing"].sample(20)
        twice, more = tasks["processing"].parts(sample)
        rows = 3 * side**2 // 4
        np.testing.assert_array_equal(more.y, sample[1][:, :rows])
        np.testing.assert_array_equal(twice.y[:, rows:], sample[1][:, : side**2 // 2])
        np.testing.assert_array_equal(twice.x, np.hstack([more.x, more.x]))
        grown = [part.y.shape[1] for part in tasks["monotone"].parts(sample)]
        assert grown == [side**2 // 4, side**2 // 2, 3 * side**2 // 4, side**2]


def test_digits_are_seen_in_the_stated_noise():
    x, y = suite("selfconsistency").task("monotone-digits").sample(500)
    assert set(np.unique(x * 16)) <= set(range(17))
    assert (y - x).std() == pytest.approx(0.5, rel=4.5 / math.sqrt(2 * y.size))


CHANGED = [
    *((method, change) for method in ("gaussian", "copula") for change in ("affine", "swap", "permuted-rows")),
    *((method, change) for method in ("gaussian", "copula") for change in ("permuted-columns", "duplicated-column")),
    ("gaussian", "rotation"),
    ("copula", "monotone"),
]


@pytest.mark.parametrize(("method", "change"), CHANGED)
def test_invariant_methods_show_no_difference(method, change):
    found = measure("invariance", f"{change}-normal-3d", method)
    assert found["quantity"] == "difference"
    assert abs(found["value"]) < 1e-9
    assert found["parts"][1] > 0.1


def test_a_method_that_is_not_invariant_shows_its_difference():
    assert abs(measure("invariance", "monotone-log-gamma", "gaussian")["value"]) > 0.01


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("change", CHANGES)
def test_transformations_lose_no_row_and_repeat(change, base):
    law, _ = BASES[base]
    x, y = (columns(side) for side in law.sample(101, seed=3))
    once, again = (CHANGES[change](x, y, np.random.default_rng(5)) for _ in range(2))
    for side, transformed, repeated in zip((x, y), once, again, strict=True):
        np.testing.assert_array_equal(transformed, repeated)
        assert np.isfinite(transformed).all()
        assert len(np.unique(transformed, axis=0)) == len(np.unique(side, axis=0))


def test_transformations_are_what_they_say():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((200, 1)), rng.standard_normal((200, 1))
    turned = CHANGES["bijection"](x, y, rng)[0]
    below = x < np.median(x)
    assert (turned[below] > 0).all()
    assert (turned[~below] < 0).all()
    for half in (below, ~below):
        np.testing.assert_array_equal(np.argsort(x[half]), np.argsort(turned[half]))
    for side, transformed in zip((x, y), CHANGES["monotone"](x, y, rng), strict=True):
        np.testing.assert_array_equal(np.argsort(side[:, 0]), np.argsort(transformed[:, 0]))
    rows = np.hstack(CHANGES["permuted rows"](x, y, rng))
    assert {tuple(r) for r in rows} == {tuple(r) for r in np.hstack([x, y])}
    assert not np.array_equal(rows, np.hstack([x, y]))
    task = suite("invariance").task("appended-noise-normal")
    noises = [task.parts((x, y), seed)[0].x[:, 1] for seed in (0, 0, 1)]
    assert np.array_equal(noises[0], noises[1])
    assert abs(np.corrcoef(noises[0], noises[2])[0, 1]) < 4.5 / math.sqrt(200)
    swap = suite("invariance").task("swap-label").parts((x, y))[0]
    assert swap.options == {"discrete_x": True}
    np.testing.assert_array_equal(swap.x, y)
    assert suite("invariance").task("float32-normal").parts((x, y))[0].x.dtype == np.float32


def test_peers_measure_every_part():
    class Answers:
        def __init__(self):
            self.jobs = []

        def run(self, job):
            self.jobs.append(job)
            value = float(peers_unpacked(job["y"]).shape[1])
            common = {"kind": "estimate", "quantity": "mi", "unit": "nats", "status": "OK", "reasons": []}
            return {**common, "value": value, "seconds": 0.5, "estimator": "e"}

    def peers_unpacked(side):
        from benchmarks.peer_worker import unpacked

        return unpacked(side)

    worker = Answers()
    job = {"suite": "conditional", "task": "gaussian-0.6-3d", "n": 10, "seed": 0, "method": "peer:npeet", "shape": 0}
    found = peers._measure(worker, job)
    assert (found["value"], found["seconds"], found["quantity"]) == (6.0 - 3.0, 1.0, "conditional_mi")
    assert [job["x"]["shape"] for job in worker.jobs] == [(10, 3), (10, 3)]


def related():
    found = [row("good", t, s, 2.0 + 0.1 * s, 2.0, quantity="ratio") for t in ("a", "b") for s in range(3)]
    found += [row("bad", "a", s, 0.5, 2.0, quantity="ratio") for s in range(3)]
    found += [row("bad", "b", s, None, 2.0, quantity="ratio") for s in range(3)]
    for s, value in enumerate((0.1, -0.3)):
        found.append(row("good", "c", s, value, suite="t", family="swap", quantity="difference"))
        found.append(row("good", "d", s, 0.0, suite="t", family="swap", quantity="difference"))
    return [*found, row("good", "plain", 0, 1.0, 1.1, suite="u")]


def test_relations_have_a_table_of_their_own_and_no_rank():
    board = build(related())
    ratios, differences, plain = board["tables"]
    assert plain["relations"] is None
    assert [line["method"] for line in plain["lines"] if not line["reference"]] == ["good"]
    assert ratios["lines"] == ratios["scores"] == differences["lines"] == []
    assert [place["method"] for place in board["overall"]] == ["good"]
    found = ratios["relations"]
    assert found["methods"] == ["bad", "good"]
    bad, good = found["rows"][0]["cells"]
    assert (found["rows"][0]["name"], found["rows"][0]["ideal"]) == ("a", 2.0)
    assert (good["mean"], good["sd"], good["deviation"]) == pytest.approx((2.1, 0.1, 0.1))
    assert (bad["mean"], bad["sd"], bad["deviation"]) == pytest.approx((0.5, 0.0, 1.5))
    assert (found["rows"][1]["cells"][0]["failed"], found["rows"][1]["cells"][0]["mean"]) == (3, None)
    assert found["overall"] == pytest.approx([1.5, 0.1])
    assert found["reasons"] == [{"method": "bad", "reason": "ValueError: no", "tasks": ["b"]}]
    [swap] = differences["relations"]["rows"]
    assert (swap["name"], swap["cells"][0]["deviation"], swap["cells"][0]["largest"]) == ("swap", 0.1, 0.3)


def test_relations_are_shown_on_both_pages():
    page = markdown(build(related()))
    assert "| ratio | ideal | bad | good |" in page
    assert "| a | 2.000 | 0.500 (0.000) | 2.100 (0.100) |" in page
    assert "| b | 2.000 | † | 2.100 (0.100) |" in page
    assert "| swap | 0.100 (0.300) |" in page
    assert "- bad, b: ValueError: no" in page
    assert "| a | 2.000 | 1.900 |" in markdown(build([row("once", "a", 0, 1.9, 2.0, quantity="ratio")]))
    assert '"relations":{"quantity":"ratio"' in html(build(related()))


def test_crps_of_normal_quantiles_is_that_of_the_normal_law():
    from benchmarks.measure import LEVELS
    from benchmarks.scoring import crps

    for truth, mean, sd in ((0.5, 0.5, 0.1), (0.5, 0.3, 0.1), (0.2, 0.9, 0.4)):
        quantiles = [[level, *norm.interval(level, mean, sd)] for level in LEVELS]
        z = (truth - mean) / sd
        expected = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / math.sqrt(math.pi))
        # What is cut off beyond the outermost quantiles is worth less than a hundredth of a standard deviation.
        assert crps(quantiles, truth) == pytest.approx(expected, abs=0.01 * sd)
    assert crps([[level, 0.3, 0.3] for level in LEVELS], 0.5) == pytest.approx(0.2, abs=1e-9)


def test_size_and_power_are_rates_of_intervals_above_zero():
    def cells(task, truth, lows):
        more = {"high": 1.0, "level": 0.95}
        return [row("m", task, s, truth, truth, low=low, **more) for s, low in enumerate(lows)]

    rows = cells("null", 0.0, [0.1, -0.1, -0.1, -0.1]) + cells("weak", 0.1, [0.1, 0.1, 0.1, -0.1])
    rows += cells("strong", 0.5, [0.1] * 4)
    board = build(rows)
    line = next(line for line in board["tables"][0]["lines"] if line["method"] == "m")
    assert (line["alarms"], line["power"]) == (0.25, 0.75)
    assert "| m | 25 % | 75 % |" in markdown(board)


def test_kendall_tau_is_over_pairs_of_a_family_whose_truths_differ():
    truths = {"a": 0.1, "b": 0.2, "c": 0.3, "c2": 0.3}
    rows = [row("m", t, 0, v, truths[t], family="f") for t, v in zip(truths, (0.2, 0.1, 0.4, 0.5), strict=True)]
    rows += [row("m", "alone", 0, 9.0, 0.0, family="g"), row("m", "other", 0, 8.0, 1.0, family="g")]
    line = next(line for line in build(rows)["tables"][0]["lines"] if line["method"] == "m")
    # Pairs: a-b wrong; a-c, a-c2, b-c, b-c2 right; c-c2 have no order; the other family has a single pair.
    assert line["tau"] == pytest.approx((4 - 1) / 5)
