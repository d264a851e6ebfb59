"""Whatever a hyperparameter is given, it is taken or refused in one sentence before any work."""

import math
from dataclasses import fields

import numpy as np
import pytest

from mitk import MIST, InfoNCE
from mitk.errors import MITKError, ParameterError
from mitk.registry import BUILT_IN, estimator_class

WRONG = [
    *(None, True, 0, -1, 2.5, math.nan, math.inf, 10**30, 1j, np.float64(0.3), np.array(2), np.array([1, 2])),
    *("", "no", "dv+flo", "dv+interpolated", "nwj+tuba", "dv+", "+", b"x", "a\0b"),
    *([], (), [1], ("a",), (1, 2), {}, {"a": 1}, {1}, object()),
]


@pytest.mark.parametrize("name", BUILT_IN)
def test_hyperparameters_are_taken_or_refused_in_a_sentence(name):
    kind = estimator_class(name)
    refusals = []
    for field in fields(kind):
        for value in WRONG:
            try:
                kind(**{field.name: value}).check_options()
            except MITKError as error:
                refusals.append(str(error))
    assert refusals
    assert all("` must" in text and "; got " in text for text in refusals)


@pytest.mark.parametrize(
    "objective", ["dv+flo", "flo+dv", "dv+interpolated", "nwj+tuba", "tuba+tuba", "tuba+flo", "dv+nothing", "", "dv+"]
)
def test_objectives_with_a_network_of_their_own_join_no_others(objective):
    with pytest.raises(ParameterError, match="`objective` must"):
        InfoNCE(objective=objective).check()


@pytest.mark.parametrize("weights", [3, True, b"file", ["file"], "no such file", "a\0b"])
def test_weights_are_a_file(weights):
    x, y = np.random.default_rng(0).standard_normal((2, 20))
    with pytest.raises(ParameterError, match="`weights` must be a file written by"):
        MIST(weights=weights).fit(x, y)
