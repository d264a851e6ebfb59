"""Conditional information from neighbours, tables and the copula: brute force, closed forms, known truths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from scipy.special import digamma

from mitk import KSG, Discrete, GaussianCopula, MixedKSG, UnsupportedError, estimate
from mitk.distributions import ConditionalGaussian, ConditionalTable
from mitk.inference.strata import strata_information, strata_of
from mitk.numerics.ksg import conditional_contributions, ksg_contributions, mixed_contributions
from mitk.numerics.tables import count, information

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
COLLIDER = ConditionalGaussian([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 3.0]])


def by_hand(sides, cells, k):
    """The definition, a row at a time; every row has numbers."""
    gaps = []
    for values, labels in zip(sides, cells, strict=True):
        gap = np.abs(values[:, None] - values[None]).max(axis=-1) if values.shape[1] else np.zeros((len(labels),) * 2)
        gaps.append(np.where(labels[:, None] == labels, gap, np.inf))
    x, y, z = gaps
    found = []
    for i in range(len(x)):
        others = np.arange(len(x)) != i
        with_x, with_y = (np.maximum(side[i], z[i])[others] for side in (x, y))
        joint = np.maximum(with_x, with_y)
        asked = min(k, int(np.isfinite(joint).sum()))
        if asked == 0:
            found.append(0.0)
            continue
        radius = np.sort(joint)[asked - 1]
        near = (lambda gap, r=radius: gap < r) if radius > 0 else (lambda gap: gap == 0)
        first = digamma(asked) if radius > 0 else digamma(near(joint).sum() + 1)
        counts = [near(gap).sum() + 1 for gap in (with_x, with_y, z[i][others])]
        found.append(first - digamma(counts[0]) - digamma(counts[1]) + digamma(counts[2]))
    return np.array(found)


@drawn(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(6, 60),
    dims=st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 3)),
    k=st.integers(1, 5),
    digits=st.sampled_from([0, 1, 9]),
    levels=st.integers(1, 3),
)
def test_neighbours_by_brute_force(seed, n, dims, k, digits, levels):
    rng = np.random.default_rng(seed)
    sides = tuple(rng.standard_normal((n, d)).round(digits) for d in dims)
    cells = tuple(rng.integers(0, levels, n) for _ in sides)
    live = (np.ones(n, bool), np.ones(n, bool), np.full(n, dims[2] > 0))
    found, alone = conditional_contributions(sides, k, cells, live)
    np.testing.assert_allclose(found, by_hand(sides, cells, k), atol=1e-12)
    assert (found[alone] == 0.0).all()


def test_without_a_condition_it_is_the_unconditional_estimate():
    rng = np.random.default_rng(0)
    x, y, nothing = rng.standard_normal((80, 2)), rng.standard_normal((80, 1)), np.empty((80, 0))
    zeros, everywhere, nowhere = np.zeros(80, int), np.ones(80, bool), np.zeros(80, bool)
    found, _ = conditional_contributions((x, y, nothing), 3, (zeros,) * 3, (everywhere, everywhere, nowhere))
    np.testing.assert_allclose(found, ksg_contributions(x, y, 3, 1), atol=1e-12)
    labels = rng.integers(0, 3, 80)
    found, _ = conditional_contributions(
        (x, nothing, nothing), 3, (zeros, labels, zeros), (everywhere, nowhere, nowhere)
    )
    expected, _ = mixed_contributions(x, nothing, 3, zeros, labels, everywhere, nowhere)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("method", [KSG(), MixedKSG(), GaussianCopula()])
def test_a_collider_depends_given_what_both_cause(method):
    x, y, z = COLLIDER.sample(2000, seed=1)
    assert COLLIDER.conditional_mutual_information == pytest.approx(0.143841, abs=1e-6)
    result = method.fit(x, y, given=z)
    assert (result.quantity, result.kind, result.status.code) == ("conditional_mi", "estimate", "OK")
    assert COLLIDER.conditional_mutual_information in result.ci
    assert abs(method.fit(x, y).value) < 0.05


def test_labels_of_the_condition_are_strata():
    # Within a label the correlation is .8 or -.8; across labels there is none.
    rng = np.random.default_rng(2)
    label = rng.integers(0, 2, 1500)
    x, e = rng.standard_normal((2, 1500))
    y = np.where(label > 0, 0.8, -0.8) * x + 0.6 * e
    truth = -0.5 * np.log(1.0 - 0.64)
    names = np.where(label > 0, "up", "down")
    for result in (MixedKSG().fit(x, y, given=names), estimate(x, y, given=names)):
        assert result.value == pytest.approx(truth, abs=0.06)
        assert truth in result.ci
    assert not GaussianCopula().fit(x, y, given=names).status.ok


def test_labels_of_the_condition_without_order_are_refused_with_what_takes_them():
    rng = np.random.default_rng(8)
    label, (x, y) = rng.choice(["a", "b", "c"], 200), rng.standard_normal((2, 200))
    for name in ("ksg", "copula", "gaussian"):
        with pytest.raises(UnsupportedError, match='use method="mixed-ksg"'):
            estimate(x, y, name, given=label)


def test_copula_ranks_the_condition_too():
    x, y, z = COLLIDER.sample(800, seed=3)
    straight = GaussianCopula().fit(x, y, given=z)
    bent = GaussianCopula().fit(np.exp(x), y**3, given=np.sinh(z))
    assert bent.value == pytest.approx(straight.value, abs=1e-12)
    assert bent.status == straight.status


@pytest.mark.parametrize("correction", ["plug-in", "miller-madow", "grassberger", "chao-shen", "nsb", "james-stein"])
def test_strata_are_weighted_tables(correction):
    rng = np.random.default_rng(4)
    x, y, z = rng.integers(0, 3, (3, 400))
    expected = sum(
        (z == level).mean() * information(count(x[z == level], y[z == level]), correction) for level in (0, 1, 2)
    )
    assert strata_information(strata_of(x, y, z), correction) == pytest.approx(expected, abs=1e-12)
    found = Discrete(correction=correction).fit(x.astype(str), y.astype(str), given=z.astype(str))
    assert found.value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("method", ["copula", "gaussian"])
def test_linear_fits_of_tables_are_held_against_the_tables(method):
    law = ConditionalTable.exclusive_or(0.1)
    for seed in range(5):
        result = estimate(*law.sample(1000, seed=seed)[:2], method, given=law.sample(1000, seed=seed)[2], block=1)
        assert not result.status.ok
    x, y, z = np.random.default_rng(9).integers(0, 2, (3, 1000))
    assert estimate(x, y, method, given=z).status.ok


def test_one_level_is_the_table_itself():
    rng = np.random.default_rng(5)
    x = rng.integers(0, 4, 300)
    y = np.where(rng.random(300) < 0.5, x, rng.integers(0, 4, 300))
    plain = Discrete().fit(x.astype(str), y.astype(str))
    given = Discrete().fit(x.astype(str), y.astype(str), given=["a"] * 300)
    assert (given.value, given.ci) == (plain.value, plain.ci)


@pytest.mark.parametrize(("error", "least"), [(0.5, 0.93), (0.2, 0.88)])
def test_intervals_of_strata_cover(error, least):
    law, held, sets = ConditionalTable.exclusive_or(error), 0, 200
    for seed in range(sets):
        x, y, z = law.sample(300, seed=seed)
        held += (
            law.conditional_mutual_information in Discrete().fit(x.astype(str), y.astype(str), given=z.astype(str)).ci
        )
    assert held / sets > least


def test_many_independent_strata_are_no_dependence():
    above = 0
    for seed in range(100):
        x, y, z = np.random.default_rng(seed).integers(0, (3, 3, 20), (600, 3)).T
        result = Discrete().fit(x.astype(str), y.astype(str), given=z.astype(str))
        above += result.ci.low > 0.0
    assert above <= 8


def test_thin_strata_are_refused_and_constant_ones_said():
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 2, (2, 200))
    result = Discrete().fit(x.astype(str), y.astype(str), given=np.arange(200).astype(str))
    assert not result.status.ok
    assert any("200 of 200 levels of the condition leave a side constant" in note for note in result.notes)


@pytest.mark.parametrize("method", ["auto", "ksg", "mixed-ksg", "copula"])
def test_given_a_side_itself_nothing_is_left(method):
    x, y, _ = COLLIDER.sample(300, seed=7)
    result = estimate(x, x + y, method, given=x)
    assert abs(result.value) < 0.05
