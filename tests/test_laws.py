"""Every configured estimator keeps its laws, on fixed data and on data hypothesis draws."""

from dataclasses import dataclass

import numpy as np
import pytest
from estimators import ESTIMATORS, FIXED, OPTIONS
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from mitk import Estimator, Found, MIEstimate, Tags
from mitk.errors import UnsupportedError
from mitk.registry import BUILT_IN
from mitk.testing import check_estimator, laws
from mitk.testing.data import dependent_data

# Methods that stand for the others where seconds count.
FAST = {"gaussian", "copula", "ksg", "mixed-ksg", "discrete plug-in"}
MARKS = dict.fromkeys(FIXED, pytest.mark.slow) | dict.fromkeys(FAST, pytest.mark.fast)
LAWS = [
    pytest.param(law, id=f"{name}-{law.name}", marks=MARKS.get(name, ()))
    for name, make in (ESTIMATORS | FIXED).items()
    for law in laws(make())
]
# Every example is a fit or more, of every estimator: a few of each say as much as many of one.
few = settings(max_examples=max(settings.default.max_examples * 2 // 5, 1))


def promising(promise):
    """Names of the estimators whose tags hold an invariance."""
    return [name for name, make in ESTIMATORS.items() if promise in make().tags.invariances]


def value(estimator, x, y, **options):
    try:
        return estimator.fit(x, y, confidence=None, **options).value
    except UnsupportedError:
        # Histograms may refuse data that would not fill them.
        reject()


@st.composite
def pairs(draw, continuous=True, d=1):
    """A dependent pair of blocks of 60 to 120 rows, from a drawn seed and strength."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, strength = draw(st.integers(60, 120)), draw(st.floats(0.0, 0.95))
    if continuous:
        x = rng.standard_normal((n, d))
        return x, strength * x + np.sqrt(1.0 - strength**2) * rng.standard_normal((n, d))
    x = rng.integers(0, draw(st.integers(2, 4)), (n, d))
    return x, np.where(rng.random((n, d)) < strength, x, rng.integers(0, 3, (n, d)))


def drawn_pair(data, estimator, d=1):
    """Data an estimator is meant for, with the options that say so."""
    continuous = "continuous" in estimator.tags.data
    x, y = data.draw(pairs(continuous, d))
    return x, y, {} if continuous else {"discrete_x": True, "discrete_y": True}


@pytest.mark.parametrize("law", LAWS)
def test_law(law):
    law.check()


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@few
@pytest.mark.parametrize("name", ESTIMATORS)
@given(data=st.data())
def test_swapping_sides_and_reordering_rows(name, data):
    estimator = ESTIMATORS[name]()
    x, y, options = drawn_pair(data, estimator)
    order = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).permutation(len(x))
    base = value(estimator, x, y, **options)
    assert value(estimator, x[order], y[order], **options) == pytest.approx(base, abs=1e-9)
    if estimator.tags.symmetric:
        assert value(estimator, y, x, **options) == pytest.approx(base, abs=1e-9)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@few
@pytest.mark.parametrize("name", promising("affine"))
@given(
    data=st.data(),
    log_scale=st.floats(-9.0, 9.0),
    shift=st.floats(-1e3, 1e3),
)
def test_scale_and_shift(name, data, log_scale, shift):
    estimator = ESTIMATORS[name]()
    x, y, options = drawn_pair(data, estimator)
    scale = 10.0**log_scale
    # A shift in units of the scale loses at most three digits of the values.
    assert value(estimator, scale * (x + shift), y, **options) == pytest.approx(
        value(estimator, x, y, **options), abs=1e-6
    )


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@few
@pytest.mark.parametrize("name", promising("monotone"))
@given(data=st.data(), steepness=st.floats(0.1, 20.0))
def test_increasing_maps(name, data, steepness):
    estimator = ESTIMATORS[name]()
    x, y, options = drawn_pair(data, estimator)
    base = value(estimator, x, y, **options)
    for mapped in (np.exp(steepness * x), np.sinh(steepness * x), x + steepness * x**3):
        assert value(estimator, mapped, y, **options) == pytest.approx(base, abs=1e-6)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@few
@pytest.mark.parametrize("name", promising("linear"))
@given(data=st.data(), angle=st.floats(0.0, 6.3), stretch=st.floats(0.01, 100.0))
def test_invertible_matrices(name, data, angle, stretch):
    estimator = ESTIMATORS[name]()
    x, y, options = drawn_pair(data, estimator, d=2)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation @ np.diag([1.0, stretch]) @ rotation[::-1]
    assert value(estimator, x @ matrix, y, **options) == pytest.approx(value(estimator, x, y, **options), abs=1e-6)


@pytest.mark.filterwarnings("ignore::mitk.MITKWarning")
@few
@pytest.mark.parametrize("name", promising("relabel"))
@given(data=st.data(), names=st.lists(st.text(min_size=1), min_size=4, max_size=4, unique=True))
def test_renaming_labels(name, data, names):
    estimator = ESTIMATORS[name]()
    x, y = data.draw(pairs(continuous=False))
    base = value(estimator, x, y, discrete_x=True, discrete_y=True)
    renamed = [names[code] for code in x[:, 0]]
    assert value(estimator, renamed, y, discrete_y=True) == pytest.approx(base, abs=1e-9)


@given(number=st.floats(-1e3, 1e3), constant=st.floats(-1.0, 1.0))
def test_units_there_and_back(number, constant):
    result = MIEstimate(number, pointwise=np.array([number - constant]), pointwise_constant=constant)
    back = result.to("bits").to("nats")
    assert back.value == pytest.approx(number, rel=1e-14)
    assert back.pointwise == pytest.approx(result.pointwise, rel=1e-14)


@dataclass(frozen=True, kw_only=True)
class Careless(Estimator):
    """Breaks laws at once: it reads units, the order of rows and one side only, and checks no option."""

    power: float = 1.0

    @property
    def tags(self):
        return Tags(summary="wrong", invariances=frozenset({"affine", "monotone"}), interval="jackknife")

    def _value(self, prepared):
        samples = prepared.samples
        weights = np.arange(samples.n)
        return Found(float(abs(weights @ samples.x.values[:, 0] / samples.n**2)) ** self.power)


def test_a_careless_estimator_is_told_everything_at_once():
    with pytest.raises(AssertionError) as caught:
        check_estimator(Careless())
    complaint = str(caught.value)
    broken = {line.split(":")[0].removeprefix("- ") for line in complaint.splitlines()[1:]}
    assert broken >= {"row order", "symmetry", "scale and shift", "monotone maps", "hyperparameters"}
    assert complaint.startswith("Careless(seed=0, power=1.0) breaks")
    assert "changes the value on" in complaint


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_registered_method_is_held_to_the_laws(name):
    assert name in OPTIONS, f"give `{name}` an entry in tests/estimators.py"


def test_laws_follow_the_tags():
    names = {name: {law.name for law in laws(make())} for name, make in ESTIMATORS.items()}
    assert "linear maps" in names["gaussian"]
    assert "monotone maps" not in names["gaussian"]
    assert "monotone maps" in names["copula"]
    assert "labels" in names["discrete"]
    assert all(law.promise for law in laws(ESTIMATORS["gaussian"]()))


def test_data_of_the_laws_suit_the_tags():
    for make in ESTIMATORS.values():
        tags = make().tags
        sets = {data.label: data for data in dependent_data(tags)}
        assert len(sets) == len(dependent_data(tags))
        assert ("columns of counts" in sets) == ("count" in tags.data and not tags.trained)
        sets.pop("columns of counts", None)
        assert all(data.discrete_x for data in sets.values()) == (tags.data == {"count", "label"})
