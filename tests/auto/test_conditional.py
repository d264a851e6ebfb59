"""What `auto` says given a condition: what it follows, whom it believes, and what it doubts."""

import math

import numpy as np
import pytest

from mitk import Gaussian, GaussianCopula, estimate
from mitk.auto import conditional
from mitk.data.samples import admit
from mitk.inference.following import gained_by_following
from mitk.inference.remainders import without_condition
from mitk.results.interval import Interval, Quantiles
from mitk.results.reason import Status
from mitk.results.record import MIEstimate


def channel(seed, columns=20, noise=0.1, n=1000):
    """y = x + z_1 + noise: 1/2 ln(1 + 1 / noise^2) nats."""
    rng = np.random.default_rng(seed)
    x, e = rng.standard_normal((2, n))
    z = rng.uniform(-0.5, 0.5, (n, columns))
    return x, x + z[:, 0] + noise * e, z


def test_a_channel_that_the_condition_moves_is_followed():
    missed = []
    for seed in range(3):
        x, y, z = channel(seed)
        # Linear fits know the law of these sets.
        missed.append(Gaussian().fit(x, y, given=z, confidence=None).value - estimate(x, y, given=z).value)
    # One correlation for all of z misses 0.12.
    assert np.mean(missed) < 0.09


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@pytest.mark.parametrize(
    ("relation", "truth"),
    [
        # A noise as wide as z, and a slope of z.
        (lambda z, x, e: x + z * e, lambda z: 0.5 * np.log1p(1.0 / z**2).mean()),
        (lambda z, x, e: z * x + e, lambda z: 0.5 * np.log1p(z**2).mean()),
    ],
)
def test_spreads_and_slopes_that_the_condition_sets_are_followed(relation, truth):
    errors, gains = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x, e = rng.standard_normal((2, 1000))
        z = rng.uniform(0.2, 1.8, 1000)
        admitted = admit(x, relation(z, x, e), given=z).samples
        # What the condition does to either side alone.
        gains.append(gained_by_following(without_condition(admitted)))
        result = estimate(x, relation(z, x, e), given=z)
        assert truth(z) in result.ci
        errors.append(result.value - truth(z))
    assert np.mean(gains) > 0.04
    assert abs(np.mean(errors)) < 0.03


def test_nothing_is_gained_where_nothing_follows_the_condition():
    for seed in range(5):
        z, x, e = np.random.default_rng(seed).standard_normal((3, 500))
        # Both scales are those of z, and that alone; then nothing is.
        for scale in (np.exp(0.5 * z), 1.0):
            result = estimate(scale * x, scale * e, given=z)
            assert result.diagnostics["gained"] < 0.02
            assert result.ci.low <= 0.001


def reading(value, low, high, *doubts):
    quantiles = Quantiles((0.025, 0.5, 0.975), (low, value, high), "own")
    return MIEstimate(value, Interval(low, high, 0.95, "own"), quantiles=quantiles, status=Status().because(*doubts))


@pytest.mark.parametrize(
    ("near", "ranks", "blind", "taken"),
    [
        (reading(0.30, 0.25, 0.35), reading(0.31, 0.28, 0.34), False, "copula"),
        (reading(0.30, 0.25, 0.35), reading(0.10, 0.08, 0.12), False, "mixed-ksg"),
        # Doubted neighbours see too little, unless columns are so many that they say anything.
        (reading(0.54, 0.50, 0.62, "Rises."), reading(0.06, 0.03, 0.08), False, "mixed-ksg"),
        (reading(0.54, 0.50, 0.62, "Rises."), reading(0.70, 0.65, 0.75), False, "copula"),
        (reading(0.54, 0.50, 0.62, "Rises."), reading(0.06, 0.03, 0.08), True, "copula"),
        (reading(0.54, 0.50, 0.62, "Rises."), reading(0.70, 0.65, 0.75, "Bends."), False, "mixed-ksg"),
        (reading(0.54, 0.50, 0.62, "Rises."), reading(0.70, 0.65, 0.75, "Bends."), True, "copula"),
    ],
)
def test_whom_auto_believes(near, ranks, blind, taken):
    assert conditional._choice({"mixed-ksg": near, "copula": ranks}, blind)[0] == taken


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_the_network_is_asked_where_nobody_else_can_be_believed():
    rng = np.random.default_rng(3)
    z, u, e = rng.standard_normal((1000, 6)), *rng.standard_normal((2, 1000))
    result = estimate(u + z.sum(axis=1), u**2 + e + z[:, 0], given=z)
    # I(u; u^2 + e) = 0.429 nats, of which ranks see nothing and neighbours in eight columns a third.
    assert [reading["method"] for reading in result.diagnostics["readings"]] == ["mixed-ksg", "copula", "mist"]
    assert result.value == pytest.approx(0.429, abs=0.12)
    assert 0.429 in result.ci
    assert not result.status.ok


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_fits_that_rows_are_too_few_for_are_doubted():
    # Sines of a direction of ten columns move both sides by ten times the noise between them.
    for seed in range(3):
        rng = np.random.default_rng(seed)
        z, x, e = rng.standard_normal((300, 10)), *rng.standard_normal((2, 300))
        bent = np.sin(1.5 * z @ rng.standard_normal(10) / np.sqrt(10.0))
        assert not estimate(x + bent, x + 0.1 * e - bent, given=z).status.ok


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_fits_of_as_many_functions_as_rows_feign_nothing():
    values = []
    for seed in range(6):
        rng = np.random.default_rng([seed, 140])
        z, (d, e) = rng.standard_normal((140, 5)), rng.standard_normal((2, 140, 2))
        values.append(estimate(z[:, :1] + d, np.sin(z[:, :1]) + e, given=z).value)
    # Independent given z: interpolating fits, judged by what rounding left of them, read up to 0.87.
    assert np.max(values) < 0.05


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_what_products_of_the_condition_feign_in_few_rows_is_doubted():
    for seed in range(4):
        z, (d, e) = (rng := np.random.default_rng(seed)).standard_normal((200, 15)), rng.standard_normal((2, 200))
        product = z[:, 0] * z[:, 1]
        # 0 given z; a linear fit leaves 0.35 nats.
        result = estimate(product + 0.5 * d, product + 0.5 * e, given=z)
        assert not result.status.ok or result.ci.low <= 0.0
        assert GaussianCopula().fit(z[:, 0] + d, z[:, 0] + e, given=z).status.ok


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(1)
    z, x, e = rng.standard_normal((3, 120))
    order = rng.permutation(120)
    one, other = (estimate((z + x)[rows], (z + x + e)[rows], given=z[rows]) for rows in (np.arange(120), order))
    assert other.value == pytest.approx(one.value, abs=1e-9)
    assert (other.ci.low, other.ci.high) == pytest.approx((one.ci.low, one.ci.high), abs=1e-9)
    assert other.status.code == one.status.code


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_halves_that_cannot_be_asked_leave_a_doubt(monkeypatch):
    x, y, z = channel(0)
    monkeypatch.setattr(conditional, "of_halves", lambda name, samples: math.nan)
    assert any("Halves of the rows" in reason.text for reason in estimate(x, y, given=z).status.reasons)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
def test_a_copula_that_more_rows_would_move_is_doubted_and_reaches_there(monkeypatch):
    x, y, z = channel(0)
    plain = estimate(x, y, given=z)
    monkeypatch.setattr(conditional, "of_halves", lambda name, samples: plain.value - 0.5)
    moved = estimate(x, y, given=z)
    assert plain.status.ok
    assert [reason.code for reason in moved.status.reasons] == ["condition-bends"]
    assert "+0.5 nats from half of the rows to all" in moved.status.reasons[0].text
    assert moved.value == plain.value
    assert moved.ci.high > plain.value + 1.0
