"""Whole numbers that repeat keep their order, unless the caller says they are labels."""

import numpy as np
import pytest
from scipy import stats

from mitk import MixedKSG, estimate
from mitk.api.pairs import pairwise


def asked(result):
    return [reading["method"] for reading in result.diagnostics["readings"]]


def summed(own, common):
    """I(a + c; b + c) in nats over the joint probabilities of frozen laws of whole numbers."""
    p, q = own.pmf(np.arange(80)), common.pmf(np.arange(80))
    joint = np.zeros((159, 159))
    for c, weight in enumerate(q):
        joint[c : c + 80, c : c + 80] += weight * np.outer(p, p)
    alone = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    seen = joint > 1e-30
    return (joint[seen] * np.log(joint[seen] / alone[seen])).sum()


def drawn(own, common, n, seed):
    a, b = own.rvs((2, n), random_state=seed)
    c = common.rvs(n, random_state=seed + 1000)
    return a + c, b + c


LAWS = {
    "poisson": (stats.poisson(2.0), stats.poisson(1.0)),
    "geometric": (stats.nbinom(0.5, 0.2), stats.nbinom(0.5, 0.2)),
    "independent": (stats.poisson(4.0), stats.poisson(0.0)),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("word", [None, False])
def test_counts_have_the_information_of_their_sums(law, word):
    truth = summed(*LAWS[law])
    values = [
        estimate(*drawn(*LAWS[law], 1000, seed), discrete_x=word, discrete_y=word, confidence=None).value
        for seed in range(12)
    ]
    # About .02 a set; tables are .02 to .04 too large here.
    assert np.mean(values) == pytest.approx(truth, abs=3.0 * 0.02 / np.sqrt(12))


def test_the_truth_of_the_test_is_that_of_a_table():
    # Bernoulli summands: x, y in 0..2, summed by hand over a, b, c.
    joint = np.zeros((3, 3))
    for a, b, c in np.ndindex(2, 2, 2):
        joint[a + c, b + c] += 1 / 8
    p = joint.sum(axis=0)
    by_hand = sum(v * np.log(v / (p[i] * p[j])) for (i, j), v in np.ndenumerate(joint) if v)
    assert summed(stats.binom(1, 0.5), stats.binom(1, 0.5)) == pytest.approx(by_hand, abs=1e-12)


def test_the_interval_of_thin_counts_does_not_end_at_the_value():
    x, y = drawn(*LAWS["poisson"], 1000, 0)
    result = estimate(x, y)
    assert result.status.ok
    assert summed(*LAWS["poisson"]) in result.ci
    assert result.ci.low < result.value < result.ci.high


def test_a_word_against_labels_is_one_against_cells():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, 400)
    y = np.clip(x + rng.integers(-1, 2, 400), 0, 2)
    assert asked(estimate(x, y)) == ["discrete"]
    assert "mixed-ksg" in asked(estimate(x, y, discrete_x=False, effort="quick"))
    assert asked(estimate(x, y, discrete_x=True, discrete_y=True)) == ["discrete"]
    z = x + rng.standard_normal(400)
    free, told, label = (MixedKSG().fit(x, z, discrete_x=word, confidence=None).value for word in (None, False, True))
    assert free == label != told
    assert told == pytest.approx(free, abs=0.1)


def test_codes_of_classes_beside_several_numbers_are_cells():
    # Six classes far apart in a random order in four columns: ln 6. Neighbours across codes would lose half of it.
    rng = np.random.default_rng(0)
    # Too few rows to train a critic, of which nothing is asked here.
    codes = rng.integers(0, 6, 300)
    x = 20.0 * rng.standard_normal((6, 4))[codes] + rng.standard_normal((300, 4))
    assert estimate(x, codes, confidence=None).value == pytest.approx(np.log(6), abs=0.05)


def test_half_steps_are_estimated_like_whole_ones():
    x, y = drawn(*LAWS["poisson"], 300, 0)
    whole, half = (estimate(scale * x, scale * y, confidence=None) for scale in (1, 0.5))
    assert half.value == pytest.approx(whole.value, abs=1e-9)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_pairs_of_columns_take_words_one_by_one():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, 300)
    result = pairwise({"a": x, "b": x, "c": x}, method="auto", discrete=[None, None, False], confidence=None)
    assert asked(result.results[0, 1]) == ["discrete"]
    assert "mixed-ksg" in asked(result.results[0, 2])
