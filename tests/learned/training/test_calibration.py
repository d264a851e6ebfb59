"""Calibration against quantiles whose right factors are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri

from mitk.errors import ParameterError
from mitk.learned import Calibration
from mitk.learned.network.guard import surprise
from mitk.learned.network.inputs import standardised
from mitk.learned.network.network import LEVELS, MIDDLE, OVERALL_WIDTH
from mitk.learned.network.stretching import calibrated
from mitk.learned.training.calibration import calibrate, calibration_of, guard, often, stretch

LEVEL = np.array(LEVELS)
# Levels far enough from the median that a factor is well determined.
CLEAR = np.abs(LEVEL - 0.5) > 0.15


def answers(seed, many, spread):
    """Quantiles of normal laws and truths `spread` times as wide, below and above the median."""
    rng = np.random.default_rng(seed)
    centre, scale = rng.uniform(0.0, 3.0, many), rng.uniform(0.1, 1.0, many)
    z = rng.standard_normal(many)
    truth = centre + scale * z * np.where(z < 0, spread[0], spread[1])
    return centre[:, None] + scale[:, None] * ndtri(LEVEL), truth


def tolerance(many):
    """Five standard errors of an order statistic of a normal law, relative to the quantile."""
    z = ndtri(LEVEL)
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    with np.errstate(divide="ignore"):
        return 5.0 * np.sqrt(LEVEL * (1.0 - LEVEL) / many) / density / np.abs(z)


def known(truth, family=0):
    """Facts of held-out sets."""
    facts = np.zeros((len(truth), 5))
    facts[:, 0], facts[:, 4] = truth, family
    return facts


def at(n, columns=0.0, far=0.0):
    """Coordinates of held-out sets."""
    n = np.asarray(n)
    return {"rows": n, "columns": np.broadcast_to(columns, n.shape), "surprise": np.broadcast_to(far, n.shape)}


@pytest.mark.parametrize("spread", [(1.0, 1.0), (0.5, 2.0), (3.0, 0.7)])
def test_factors_are_the_ratio_of_the_spreads(spread):
    many = 20_000
    factors = stretch(*answers(0, many, spread), LEVEL)
    right = np.where(LEVEL < 0.5, *spread)
    assert factors[MIDDLE] == 1.0
    assert (np.abs(factors / right - 1.0) < tolerance(many))[CLEAR].all()


def test_a_further_set_falls_below_a_quantile_as_often_as_its_level_says():
    # The mean over calibrations of a few sets is exact; a plain empirical quantile would fall short by 1 in 40.
    below = []
    for seed in range(400):
        raw, truth = answers(seed, 39, (1.4, 1.4))
        again, later = answers(10_000 + seed, 50, (1.4, 1.4))
        factors = stretch(raw, truth, LEVEL)
        middle = again[:, [MIDDLE]]
        below.append((later[:, None] <= middle + factors * (again - middle)).mean(axis=0))
    share, error = np.mean(below, axis=0), np.std(below, axis=0) / 20.0
    tested = [LEVELS.index(level) for level in (0.025, 0.05, 0.1, 0.25, 0.75, 0.9, 0.95, 0.975)]
    assert (np.abs(share - LEVEL) < 4.0 * error)[tested].all()


def test_each_range_has_its_own_factors():
    many = 8000
    narrow, wide = answers(1, many, (1.0, 1.0)), answers(2, many, (2.0, 2.0))
    raw, truth = (np.concatenate(pair) for pair in zip(narrow, wide, strict=True))
    n = np.repeat([30, 31], many)
    found = calibration_of(raw, known(truth), at(n), Calibration(rows=(30, 500), shrink=0.0))
    factors = found["rows.factors"]
    assert factors.shape == (3, len(LEVELS))
    assert (np.abs(factors[0] - 1.0) < tolerance(many))[CLEAR].all()
    assert (np.abs(factors[1] / 2.0 - 1.0) < tolerance(many))[CLEAR].all()
    # Nothing was held out above 500 rows: what holds for all together.
    np.testing.assert_array_equal(factors[2], stretch(raw, truth, LEVEL))
    answered = calibrated(raw, at(n), found)
    for half in (slice(many), slice(many, None)):
        share = (truth[half, None] <= answered[half]).mean(axis=0)
        assert (np.abs(share - LEVEL) <= 2.0 / many)[LEVEL != 0.5].all()


@pytest.mark.parametrize("stage", ["columns", "surprise"])
def test_later_stages_stretch_once_more(stage):
    many = 8000
    usual, unusual = answers(7, many, (1.5, 1.5)), answers(8, many, (4.0, 4.0))
    raw, truth = (np.concatenate(pair) for pair in zip(usual, unusual, strict=True))
    where = at(np.full(2 * many, 100)) | {stage: np.repeat([0.3, 1.2], many)}
    found = calibration_of(raw, known(truth), where, Calibration(**{stage: (1.0,)}, shrink=0.0))
    answered = calibrated(raw, where, found)
    for half in (slice(many), slice(many, None)):
        share = (truth[half, None] <= answered[half]).mean(axis=0)
        assert (np.abs(share - LEVEL) <= 2.0 / many)[LEVEL != 0.5].all()
    plain = calibration_of(raw, known(truth), where, Calibration(**{stage: ()}, shrink=0.0))
    np.testing.assert_allclose(plain[f"{stage}.factors"], 1.0, atol=1e-3)


def test_a_family_that_is_missed_more_counts_more():
    many = 4000
    easy, hard = answers(9, many, (1.0, 1.0)), answers(10, many // 4, (3.0, 3.0))
    raw, truth = (np.concatenate(pair) for pair in zip(easy, hard, strict=True))
    family = np.repeat([0, 2], [many, many // 4])
    found = calibration_of(raw, known(truth, family), at(np.full(len(family), 100)), Calibration())
    answered = calibrated(raw, at(np.full(len(family), 100)), found)
    low, high = LEVELS.index(0.05), LEVELS.index(0.95)
    inside = (answered[:, low] <= truth) & (truth <= answered[:, high])
    # By equal shares the width w of both with cover(w) + cover(w / 3) = 1.8 covers 0.807 of the hard ones.
    assert inside[family == 2].mean() > 0.83
    assert inside[family == 0].mean() > 0.97
    rows = often(family, np.array([1.0, 0.0, 2.0]))
    assert np.sum(family[rows] == 2) == pytest.approx(2 * np.sum(family[rows] == 0), rel=1e-3)
    assert set(np.flatnonzero(family == 0)) <= set(rows)


def test_few_sets_lean_on_all_of_them():
    many, few = 5000, 20
    raw, truth = (
        np.concatenate(pair) for pair in zip(answers(3, many, (1.0, 1.0)), answers(4, few, (9.0, 9.0)), strict=True)
    )
    n = np.repeat([1000, 20], [many, few])
    how = Calibration(rows=(30,), shrink=10.0)
    factors = calibration_of(raw, known(truth), at(n), how)["rows.factors"]
    own, pooled = stretch(raw[many:], truth[many:], LEVEL), stretch(raw, truth, LEVEL)
    i = LEVELS.index(0.95)
    # One of 20 sets lies beyond: it weighs 1 in 11.
    assert factors[0, i] == pytest.approx(own[i] / 11.0 + pooled[i] * 10.0 / 11.0)
    assert factors[1, i] == pytest.approx(pooled[i], rel=0.05)


def test_no_quantile_crosses_the_median():
    raw, truth = answers(5, 500, (1.0, 1.0))
    factors = stretch(raw, truth + 10.0, LEVEL)
    assert (factors >= 0.0).all()
    assert (factors[:MIDDLE] == 0.0).all()
    assert (factors[MIDDLE + 1 :] > 1.0).all()


def sets_of(rng, many, wide=1.0, smaller=1):
    """Stacked features whose statistics are few normal directions and a little noise; the second tells the columns."""
    load = np.random.default_rng(99).standard_normal((3, 55 + 32))
    facts = wide * rng.standard_normal((many, 3)) @ load + 0.01 * rng.standard_normal((many, 87))
    facts[:, 1] = np.log(smaller)
    return {
        "tokens": np.zeros((many, 32, 21)),
        "curved": facts[:, 55:].reshape(many, 4, 8),
        # Weights may read fewer statistics than there are.
        "overall": np.pad(facts[:, :55], [(0, 0), (0, OVERALL_WIDTH - 55)]),
        "rows": np.zeros((many, 7, 2, 2)),
        "counts": np.ones((many, 2), dtype=np.int16),
        "facts": np.ones((many, 5)),
    }


SCALE = {
    f"{name}.{part}": np.full(width, value, dtype=np.float32)
    for name, width in (("tokens", 21), ("curved", 8), ("overall", 55))
    for part, value in (("mean", 0.0), ("sd", 4.0))
}


def test_the_guard_keeps_the_directions_that_vary_and_lets_its_share_pass():
    rng = np.random.default_rng(0)
    found = guard(sets_of(rng, 4000), SCALE, Calibration(border=0.9))
    assert found["0.axes"].shape == (87, 3)
    # The root mean square of three standard normals exceeds 1.444 in one draw of ten (chi-squared table: 6.251).
    assert found["0.border"] == pytest.approx(np.sqrt(6.251 / 3.0), abs=0.04)
    fresh = surprise(standardised(sets_of(rng, 4000), SCALE), np.ones(4000), found)
    assert np.mean(fresh > 1.0) == pytest.approx(0.1, abs=0.025)
    far = surprise(standardised(sets_of(rng, 500, wide=4.0), SCALE), np.ones(500), found)
    assert np.mean(far > 1.0) > 0.8


def test_calibrate_averages_the_networks(monkeypatch):
    raw, truth = answers(6, 3000, (2.0, 0.5))
    sets = sets_of(np.random.default_rng(1), 3000)
    sets["facts"][:, 0], sets["facts"][:, 1] = truth, 50
    sets["overall"][:, 0], sets["overall"][:, 5], sets["overall"][:, 9] = math.log(50), 0.0, np.arange(3000)
    scale = SCALE | {"overall.mean": np.zeros(55), "overall.sd": np.full(55, 1000.0)}

    def forward(network, batch):
        at = np.round(batch["overall"][:, 9] * 1000).astype(int)
        return truth[at], raw[at] + network["shift"]

    monkeypatch.setattr("mitk.learned.training.calibration.forward", forward)
    found = calibrate([{"shift": 0.3}, {"shift": -0.3}], scale, {}, sets, Calibration(shrink=0.0))
    every = found["rows.factors"]
    np.testing.assert_allclose(every[:5], np.broadcast_to(stretch(raw, truth, LEVEL), (5, len(LEVELS))), rtol=1e-9)
    np.testing.assert_array_equal(found["rows.edges"], [30, 100, 300, 1000, 3000])
    np.testing.assert_array_equal(found["levels"], LEVELS)


@pytest.mark.parametrize(
    "wrong",
    [{"rows": (30, 30)}, {"rows": (100, 30)}, {"columns": (0.0, 1.0)}, {"surprise": (np.inf,)}, {"shrink": -1.0},
     {"border": 1.0}],
)  # fmt: skip
def test_wrong_options(wrong):
    with pytest.raises(ParameterError, match=f"calibration.{next(iter(wrong))}"):
        Calibration(**wrong)


def test_what_is_usual_depends_on_the_columns_of_the_smaller_side():
    rng = np.random.default_rng(1)
    plane, few = sets_of(rng, 2000, wide=1.0), sets_of(rng, 2000, wide=3.0, smaller=3)
    found = guard({name: np.concatenate([plane[name], few[name]]) for name in plane}, SCALE, Calibration(border=0.95))
    wide = standardised(sets_of(rng, 500, wide=3.0, smaller=3), SCALE)
    assert np.mean(surprise(wide, np.full(500, 3.0), found) > 1.0) < 0.12
    assert np.mean(surprise(wide, np.ones(500), found) > 1.0) > 0.5
    # Nothing of five columns was seen: such sets are judged by all of them.
    assert np.mean(surprise(wide, np.full(500, 9.0), found) > 1.0) < 0.3
