"""`normalized_mi`: against scikit-learn and closed forms, its interval, and what it refuses."""

import math

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from mitk import MIEstimate, entropy, estimate, normalized_mi
from mitk.errors import DataError, ParameterError, UnsupportedError

RNG = np.random.default_rng(0)
X = RNG.integers(0, 4, 300)
Y = np.where(RNG.random(300) < 0.5, X, RNG.integers(0, 3, 300))
# What scikit-learn calls each.
THEIRS = {"min": "min", "max": "max", "sqrt": "geometric", "mean": "arithmetic"}


@pytest.mark.parametrize("normalization", THEIRS)
def test_plug_in_is_that_of_scikit_learn(normalization):
    found = normalized_mi(X, Y, normalization, correction="plug-in")
    assert found.value == pytest.approx(
        normalized_mutual_info_score(X, Y, average_method=THEIRS[normalization]), abs=1e-12
    )


def test_by_default_it_is_the_information_over_the_entropies():
    information = estimate(X, Y, "discrete").value
    entropies = [entropy(side, correction="miller-madow").value for side in (X, Y)]
    assert normalized_mi(X, Y).value == pytest.approx(information / min(entropies))
    assert normalized_mi(X, Y, "mean").value == pytest.approx(2.0 * information / sum(entropies))
    joint = entropy(np.column_stack([X, Y]), correction="miller-madow").value
    assert normalized_mi(X, Y, "joint").value == pytest.approx(information / joint)
    assert normalized_mi(X, Y).diagnostics["information"] == pytest.approx(information)


def test_a_side_that_determines_the_other():
    fine, coarse = np.arange(400) % 4, np.arange(400) % 2
    assert normalized_mi(fine, coarse).value == pytest.approx(1.0)
    # ln 2 of ln 4, corrected by 1 / 2n and 3 / 2n.
    expected = (math.log(2.0) + 1.0 / 800.0) / (math.log(4.0) + 3.0 / 800.0)
    assert normalized_mi(fine, coarse, "max").value == pytest.approx(expected)
    # Another pair may have been missed: 1 - 0.025^(1/400) = 0.0092 of the rows at most.
    ci = normalized_mi(fine, coarse).ci
    assert ci.high == pytest.approx(1.0)
    assert 0.9 < ci.low < 0.95


@pytest.mark.parametrize("normalization", ["min", "mean", "joint"])
@pytest.mark.parametrize("noise", [0.2, 0.6, 1.0])
def test_intervals_cover(normalization, noise):
    table = np.full((3, 3), noise / 9.0) + np.eye(3) * (1.0 - noise) / 3.0
    joint = -float((table * np.log(table)).sum())
    information = 2.0 * math.log(3.0) - joint
    truth = information / (joint if normalization == "joint" else math.log(3.0))
    draws, covered = 60, 0
    for seed in range(draws):
        cells = np.random.default_rng([1, seed]).choice(9, 300, p=table.ravel())
        ci = normalized_mi((cells // 3).astype(str), (cells % 3).astype(str), normalization, block=1).ci
        covered += ci.low - 1e-12 <= truth <= ci.high
    assert covered / draws >= 0.95 - 3.0 * math.sqrt(0.95 * 0.05 / draws)


def test_groups_lengthen_the_interval():
    groups = np.repeat(np.arange(60), 5)
    x, y = X[:60][groups], Y[:60][groups]
    grouped, single = normalized_mi(x, y, groups=groups), normalized_mi(x, y, block=1)
    assert grouped.value == single.value
    assert grouped.ci.width > 1.5 * single.ci.width


def test_the_record_says_what_it_is_a_share_of():
    found = normalized_mi(X, Y, "mean")
    assert (found.quantity, found.unit) == ("normalized_mi", "of the mean entropy")
    assert "of the mean entropy [" in str(found)
    assert MIEstimate.from_json(found.to_json()) == found
    assert normalized_mi(X, Y, confidence=None).ci is None
    with pytest.raises(UnsupportedError, match="between nats and bits"):
        found.to("bits")
    with pytest.raises(UnsupportedError, match="needs an information"):
        _ = found.correlation


def test_one_level_has_no_share():
    with pytest.warns(match="one level and no entropy"):
        found = normalized_mi(["u"] * 50, X[:50])
    assert math.isnan(found.value)
    assert found.ci is None


def test_what_is_refused_and_what_is_doubted():
    with pytest.raises(DataError, match=r"`y` must hold labels; got numbers \(y\)"):
        normalized_mi(X, RNG.standard_normal(300))
    with pytest.raises(DataError, match="as many rows"):
        normalized_mi(X, Y[:50])
    with pytest.raises(DataError, match="missing values"):
        normalized_mi([*X[:20], None], [*Y[:20], 1])
    for option, value in {"normalization": "geometric", "correction": "none", "confidence": 2.0}.items():
        with pytest.raises(ParameterError, match=f"`{option}` must"):
            normalized_mi(X, Y, **{option: value})
    with pytest.warns(match="observed cells"):
        assert normalized_mi(np.arange(40), np.arange(40), discrete_x=True, discrete_y=True).value >= 0.0
