"""Hints name methods that accept the very data that brought them up."""

import re

import numpy as np
import pytest
from estimators import OPTIONS

from mitk import estimate
from mitk.data.samples import admit
from mitk.errors import MITKError
from mitk.registry import BUILT_IN, make_estimator
from mitk.remedies import ORDER, accepting, compare_with, refused

pytestmark = pytest.mark.filterwarnings("ignore::mitk.MITKWarning")

RNG = np.random.default_rng(0)
N = 300
NUMBERS = RNG.standard_normal((N, 16))
LABELS = RNG.integers(4, size=N).astype(str)
CLIPPED = np.maximum(NUMBERS, 0.0)
DATA = {
    "a column each": (NUMBERS[:, 0], NUMBERS[:, 1]),
    "many columns": (NUMBERS[:, :8], NUMBERS[:, 8:]),
    "labels": (LABELS, RNG.integers(3, size=N).astype(str)),
    "many labels": (RNG.integers(200, size=N).astype(str), RNG.integers(200, size=N).astype(str)),
    "labels and a column": (NUMBERS[:, 0], LABELS),
    "a column and labels": (LABELS, NUMBERS[:, 0]),
    "labels against many columns": (NUMBERS, LABELS),
    "many columns against labels": (LABELS, NUMBERS),
    "coins against many columns": (NUMBERS, NUMBERS[:, 0] > 0),
    "many ties": (CLIPPED[:, :5], CLIPPED[:, 5:10]),
    "ties": (CLIPPED[:, 0], CLIPPED[:, 1]),
    "counts": (RNG.poisson(4, N), RNG.poisson(4, N)),
    "more columns than rows": (NUMBERS[:15, :8], NUMBERS[:15, 8:]),
    "few rows": (NUMBERS[:15, 0], NUMBERS[:15, 1]),
    "few labels": (LABELS[:12], LABELS[12:24]),
    "heavy tails": (NUMBERS[:, 0] ** 3, NUMBERS[:, 1] ** 3),
}
# Where what is named must be trained, one set of a kind.
TRAINED = ("labels against many columns", "many labels", "many columns", "many ties", "more columns than rows")


def quick(name):
    """The method as a remedy means it, trained for a moment only."""
    return make_estimator(name, next(iter(OPTIONS[name].values())))


def named(text):
    return set(re.findall(r'method="([a-z-]+)"', text))


@pytest.mark.parametrize("case", DATA)
def test_what_remedies_name_is_accepted(case):
    samples = admit(*DATA[case]).samples
    for name in accepting(samples):
        assert not refused(quick(name), samples)
        if BUILT_IN[name][0].startswith("mitk.classical"):
            estimate(*DATA[case], name, confidence=None)


@pytest.mark.slow
@pytest.mark.parametrize("case", TRAINED)
def test_what_remedies_name_answers(case):
    for name in accepting(admit(*DATA[case]).samples):
        assert np.isfinite(quick(name).fit(*DATA[case], confidence=None).value)


@pytest.mark.parametrize("case", DATA)
def test_no_hint_of_a_quick_method_goes_round_in_a_circle(case):
    samples = admit(*DATA[case]).samples
    for name in BUILT_IN:
        if not BUILT_IN[name][0].startswith("mitk.classical") and name not in ("mist", "njee", "doe"):
            continue
        method = make_estimator(name, {})
        try:
            text = (
                ""
                if name in ("njee", "doe") and not refused(method, samples)
                else str(estimate(*DATA[case], name, confidence=None).status.reasons)
            )
        except MITKError as error:
            text = str(error)
        assert name not in named(text)
        assert named(text) <= {*accepting(samples)}


@pytest.mark.parametrize("method", ["mixed-ksg", "copula", "ksg"])
def test_labels_against_many_columns_are_sent_to_classifiers(method):
    try:
        text = estimate(*DATA["labels against many columns"], method, confidence=None).status.text
    except MITKError as error:
        text = str(error)
    assert named(text) == {"classifier", "njee"}


def test_a_remedy_that_the_data_do_not_admit_gives_way_to_others():
    method = make_estimator("infonce", {})
    samples = admit(*DATA["many columns"]).samples
    assert compare_with(samples, method, "residual-entropy", "infonce") == 'compare with method="residual-entropy"'
    samples = admit(*DATA["labels against many columns"]).samples
    assert named(compare_with(samples, method, "residual-entropy")) == {"classifier", "njee"}
    assert compare_with(admit([1.0, 2.0, 4.0], [2.0, 1.0, 3.0]).samples, method) == "compare with another method"


def test_remedies_are_registered_methods():
    assert set(ORDER) <= set(BUILT_IN)
