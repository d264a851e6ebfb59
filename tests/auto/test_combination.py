"""The combination against brute force, and in the cases it was made for."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mitk.auto.combination import (
    DEGREES,
    LARGE,
    LEAST_SHARED,
    MOSTLY,
    OFTEN,
    RARELY,
    SMALL,
    STRAY,
    WEIGHT,
    Reading,
    combined,
)


def reading(value, error=0.05, share=OFTEN, stray=STRAY, method="ksg"):
    return Reading(method, value, value - error, value + error, share, stray)


def median(quantiles):
    return quantiles.values[quantiles.probabilities.index(0.5)]


def density(one, t):
    """The density of a reading where the information is t (m,), as the docstring has it, for symmetric intervals."""
    scale = (one.high - one.value) / stats.t.ppf(0.975, DEGREES)
    sees = stats.t.pdf((one.value - t) / scale, DEGREES) / scale
    part = stats.norm.cdf((t - one.value) / scale) / np.maximum(t, LEAST_SHARED)
    anything = 1.0 / (1.0 + max(one.value, 0.0) + np.maximum(t, 0.0))
    return (1.0 - one.share - one.stray) * sees + one.share * part + one.stray * anything


def test_quantiles_are_those_of_the_product_of_densities():
    readings = [reading(1.0, 0.1, 0.0), reading(0.6, 0.2, MOSTLY), reading(0.1, 0.02, MOSTLY)]
    top = 0.5 + 1.3 * max(one.high for one in readings)
    t = np.linspace(-0.3 + min(0.0, *(one.low for one in readings)), top, 20_001)
    prior = 1.0 / (SMALL + np.clip(t, 0.0, LARGE))
    mass = np.cumsum(math.prod(density(one, t) for one in readings) ** WEIGHT * prior)
    ci = combined(readings).interval(0.95)
    assert ci.low == pytest.approx(np.interp(0.025, mass / mass[-1], t), abs=0.01)
    assert ci.high == pytest.approx(np.interp(0.975, mass / mass[-1], t), abs=0.01)


def test_a_reading_alone_is_believed_up_to_its_error():
    ci = combined([reading(0.5, 0.1, MOSTLY)]).interval(0.95)
    assert (ci.low, ci.high) == (pytest.approx(0.4, abs=0.005), pytest.approx(0.6, abs=0.005))


def test_what_sees_a_share_does_not_pull_down_what_sees_all():
    agreed = [reading(1.0, 0.1, RARELY), reading(1.05, 0.1, 0.0)]
    assert median(combined([*agreed, reading(0.0, 0.01, MOSTLY)])) == pytest.approx(median(combined(agreed)), abs=0.03)


def test_what_reads_more_pulls_up():
    low = [reading(0.5, 0.05, MOSTLY), reading(0.5, 0.05, MOSTLY)]
    assert median(combined([*low, reading(1.0, 0.05, RARELY)])) > 0.9


def test_apart_they_leave_much_open():
    apart = combined([reading(0.5, 0.05, 0.0), reading(1.5, 0.05, 0.0)]).interval(0.95)
    assert apart.low < 0.6 < 1.4 < apart.high


def test_nothing_exceeds_what_it_cannot():
    ci = combined([reading(0.68, 0.1, OFTEN), reading(0.69, 0.1, OFTEN)], math.log(2.0)).interval(0.95)
    assert ci.high <= math.log(2.0)


@given(
    st.lists(
        st.tuples(st.floats(-0.1, 20.0), st.floats(0.0, 5.0), st.sampled_from([0.0, RARELY, OFTEN, MOSTLY])),
        min_size=1,
        max_size=6,
    )
)
def test_quantiles_increase_and_do_not_depend_on_the_order(found):
    readings = [reading(value, error, share) for value, error, share in found]
    quantiles = combined(readings)
    assert all(np.isfinite(quantiles.values))
    assert (np.diff(quantiles.values) >= 0.0).all()
    assert combined(readings[::-1]).values == pytest.approx(quantiles.values, abs=1e-6)


def test_agreement_does_not_undo_what_chance_did_to_the_rows():
    many = [reading(1.0, 0.1, 0.0), reading(1.0, 0.12, RARELY), reading(1.0, 0.1, MOSTLY), reading(1.0, 0.1, OFTEN)]
    assert combined(many).interval(0.95).width == pytest.approx(0.2, rel=1e-6)


def test_more_error_makes_more_interval():
    one = [reading(1.0, 0.1, 0.0), reading(1.0, 0.1, OFTEN)]
    wider = [replace(r, low=r.value - 0.3, high=r.value + 0.3) for r in one]
    assert combined(wider).interval(0.95).width > 1.5 * combined(one).interval(0.95).width
