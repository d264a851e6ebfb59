"""Channel information: golden values, published simulation, brute force, bounds, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import stdtrit

from mitk.errors import DataError, MITKWarning, ParameterError
from mitk.measures import channel_mi, fit_exponential_distortion, rate_per_token


def gaussian_channel(seed, contexts, noise, outputs=4, scorer=None):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(contexts)
    z = np.repeat(x, outputs) + noise * rng.standard_normal(contexts * outputs)
    return -0.5 * ((z[:, None] - x) / (scorer or noise)) ** 2


def by_hand(logp, owner, include_self):
    """The formula term by term, with exponentials."""
    p = np.exp(logp)
    terms = []
    for i, own in enumerate(owner):
        columns = [c for c in range(p.shape[1]) if include_self or c != own]
        terms.append(np.log(p[i, own]) - np.log(np.mean(p[i, columns])))
    return np.array(terms)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(("include_self", "golden"), [(True, 0.145801), (False, 0.282109)])
def test_golden_values(include_self, golden):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(5)
    z = np.repeat(x, 2) + 0.5 * rng.standard_normal(10)
    logp = -0.5 * ((z[:, None] - x) / 0.5) ** 2 - math.log(0.5 * math.sqrt(2 * math.pi))
    assert channel_mi(logp, include_self=include_self).value == pytest.approx(golden, abs=5e-7)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(
    ("noise", "contexts", "low", "high"),
    [(1.0, 8, 0.297, 0.418), (0.3, 32, 1.173, 1.389), (0.05, 32, 2.566, 8.49)],
)
def test_the_simulated_bracket(noise, contexts, low, high):
    channels = [gaussian_channel(seed, contexts, noise) for seed in range(60)]
    lows = [channel_mi(logp, confidence=None).value for logp in channels]
    highs = [channel_mi(logp, include_self=False, confidence=None).value for logp in channels]
    assert np.mean(lows) == pytest.approx(low, abs=0.001)
    assert np.mean(highs) == pytest.approx(high, abs=0.006)
    truth = 0.5 * math.log(1 + 1 / noise**2)
    assert np.mean(lows) < truth < np.mean(highs)
    assert max(lows) <= math.log(contexts)


def test_a_wrong_scorer_only_loosens_the_lower_bound():
    values = [channel_mi(gaussian_channel(s, 128, 1.0, scorer=2.5), confidence=None).value for s in range(20)]
    error = np.std(values, ddof=1) / math.sqrt(20)
    # 0.128 is a mean over 60 seeds.
    assert np.mean(values) == pytest.approx(0.128, abs=4 * error * math.sqrt(1 + 20 / 60))
    assert np.mean(values) < 0.5 * math.log(2)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize("include_self", [True, False])
def test_unequal_outputs_by_brute_force(include_self):
    rng = np.random.default_rng(1)
    owner = np.array([0, 0, 0, 1, 2, 2, 4])
    logp = rng.standard_normal((7, 5))
    terms = by_hand(logp, owner, include_self)
    expected = np.mean([terms[owner == context].mean() for context in (0, 1, 2, 4)])
    result = channel_mi(logp, owner, include_self=include_self)
    assert result.value == pytest.approx(expected, abs=1e-12)
    assert result.pointwise.mean() == pytest.approx(expected, abs=1e-12)
    # Anything added to a row cancels.
    shifted = channel_mi(logp + rng.standard_normal((7, 1)) * 100, owner, include_self=include_self)
    assert shifted.value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("include_self", [True, False])
def test_the_standard_error_is_the_jackknife_over_contexts(include_self):
    logp = gaussian_channel(0, 9, 1.0, outputs=2)
    owner = np.repeat(np.arange(9), 2)
    replicates = []
    for gone in range(9):
        kept, left = owner != gone, np.delete(np.arange(9), gone)
        reduced = logp[np.ix_(kept, left)]
        replicates.append(by_hand(reduced, np.searchsorted(left, owner[kept]), include_self).mean())
    error = math.sqrt(8 / 9 * np.sum((replicates - np.mean(replicates)) ** 2))
    ci = channel_mi(logp, include_self=include_self).ci
    assert ci.method == "jackknife"
    assert ci.width / 2 == pytest.approx(error * stdtrit(8, 0.975), rel=1e-9)


def test_the_interval_covers_the_bound_at_this_many_contexts():
    results = [channel_mi(gaussian_channel(seed, 32, 0.3)) for seed in range(200)]
    # 1.173 is the mean of 60 seeds with standard error 0.015, small beside the intervals.
    covered = np.mean([1.173 in result.ci for result in results])
    assert covered > 0.95 - 2 * math.sqrt(0.95 * 0.05 / 200)


def test_shares_near_one_are_exact():
    # One foreign context dwarfs all others, so that subtracting it from the sum would leave nothing.
    logp = np.full((10, 10), -800.0)
    logp[:, 0] = 0.0
    logp[np.arange(10), np.arange(10)] = -1.0
    result = channel_mi(logp, include_self=False)
    expected = [800 - 1 + 0.0] + [-1 - math.log(1 / 9)] * 9
    assert result.value == pytest.approx(np.mean(expected), abs=1e-9)
    assert result.ci is not None


def test_saturation_is_said():
    logp = np.where(np.eye(20, dtype=bool), 0.5, -50.0)
    with pytest.warns(MITKWarning, match="add contexts"):
        result = channel_mi(logp)
    assert result.value == pytest.approx(math.log(20))
    assert result.status.code == "UNRELIABLE"
    with pytest.warns(MITKWarning, match="add contexts"):
        channel_mi(logp, include_self=False)


def test_raw_and_clipped():
    rng = np.random.default_rng(5)
    x, z = rng.standard_normal(40), rng.standard_normal(40)
    result = channel_mi(-0.5 * (z[:, None] - x) ** 2)  # independent: the truth is 0
    assert result.value < 0 == result.nonnegative


def test_an_output_no_other_context_can_have_made():
    logp = np.full((20, 20), -1.0)
    logp[3] = -np.inf
    logp[3, 3] = -1.0
    assert math.isfinite(channel_mi(logp).value)
    with pytest.warns(MITKWarning, match="not finite"):
        result = channel_mi(logp, include_self=False)
    assert result.value == math.inf
    assert result.ci is None


def test_bits_and_notes():
    logp = gaussian_channel(0, 20, 1.0)
    nats, bits = channel_mi(logp), channel_mi(logp, unit="bits")
    assert bits.value == pytest.approx(nats.value / math.log(2))
    assert bits.kind == "lower"
    failed = logp.copy()
    failed[0, 1] = 0.0
    assert any("exactly 0" in note for note in channel_mi(failed).notes)


@pytest.mark.parametrize(
    ("logp", "owner", "match"),
    [
        (np.zeros(3), None, "shape"),
        (np.zeros((3, 2)), None, "owner"),
        (np.zeros((4, 2)), [0, 0, 1, 2], "owner"),
        (np.zeros((4, 2)), [0, 0, 0, 0], "at least 2"),
        (np.full((2, 2), np.nan), None, "missing"),
        (np.full((2, 2), np.inf), None, "inf"),
        (np.full((2, 2), -np.inf), None, "own context"),
    ],
)
def test_bad_input(logp, owner, match):
    with pytest.raises(DataError, match=match):
        channel_mi(logp, owner)


def test_bad_options():
    with pytest.raises(ParameterError, match="confidence"):
        channel_mi(np.zeros((2, 2)), confidence=1.5)
    with pytest.raises(ParameterError, match="unit"):
        channel_mi(np.zeros((2, 2)), unit="bans")


def test_few_contexts_are_said():
    with pytest.warns(MITKWarning, match="5 independent units"):
        channel_mi(gaussian_channel(0, 5, 1.0))


def test_rate_per_token():
    assert rate_per_token(channel_mi(gaussian_channel(0, 20, 1.0)), 10.0) > 0
    assert rate_per_token(6.0, 4) == 1.5
    with pytest.raises(ParameterError, match="n_tokens"):
        rate_per_token(1.0, 0)


def test_exponential_distortion_is_recovered():
    rates = np.linspace(0.5, 6.0, 40)
    noise = 0.01 * np.random.default_rng(0).standard_normal(40)
    law = fit_exponential_distortion(rates, 0.8 * np.exp(-0.7 * rates) + 0.15 + noise)
    for found, truth, error in zip(
        (law.scale, law.decay, law.floor), (0.8, 0.7, 0.15), law.standard_errors, strict=True
    ):
        assert abs(found - truth) < 4 * error
    assert law.r_squared > 0.98
    # In other units of rate, the same law.
    stretched = fit_exponential_distortion(1000 * rates, law(rates))
    assert stretched.decay == pytest.approx(law.decay / 1000, rel=1e-4)


def test_exponential_distortion_refuses_too_little():
    with pytest.raises(DataError, match="at least 3"):
        fit_exponential_distortion([1.0, 2.0], [0.5, 0.4])
    with pytest.raises(DataError, match="differ"):
        fit_exponential_distortion([1.0, 1.0, 1.0], [0.5, 0.4, 0.3])
