import subprocess
import sys

import numpy as np
import pytest

import mitk
from mitk import KSG, Gaussian, estimate, methods
from mitk.errors import ParameterError, UnknownMethodError
from mitk.registry import BUILT_IN, estimator_class, make_estimator

RNG = np.random.default_rng(0)
X = RNG.standard_normal((300, 6))
Y = X[:, 0] + RNG.standard_normal(300)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_ins_load_and_describe_themselves(name):
    estimator = make_estimator(name, {})
    listed = {method.name: method for method in methods()}[name]
    assert estimator.tags.summary
    assert listed.source == "mitk"
    assert listed.error == ""
    assert listed.summary == estimator.tags.summary
    assert getattr(mitk, type(estimator).__name__) is type(estimator)
    assert listed.target.endswith(f":{type(estimator).__name__}")


def test_unknown_methods_get_a_hint():
    with pytest.raises(UnknownMethodError, match=r"Hint: did you mean 'ksg'\."):
        estimate(X, Y, method="kgs")
    with pytest.raises(UnknownMethodError, match="known methods: auto, ksg"):
        estimator_class("zzzzzz")


def test_wrong_options_get_a_hint():
    with pytest.raises(ParameterError, match=r"`kk` must be an option of KSG or of fit; .* did you mean 'k'"):
        estimate(X[:, 0], Y, method="ksg", kk=3)
    with pytest.raises(ParameterError, match="it has seed"):
        estimate(X[:, 0], Y, method="gaussian", wibble=3)


def test_options_reach_the_method():
    assert estimate(X[:, 0], Y, method="ksg", k=7, confidence=None).estimator.params == {"k": 7}
    assert estimate(X[:, 0], Y, effort="quick", confidence=None).estimator.params == {"effort": "quick"}
    assert estimate(X[:, 0], Y, method=KSG(k=7), confidence=None).estimator.params == {"k": 7}


@pytest.mark.parametrize("extra", [{"k": 3}, {"seed": 1}])
def test_options_beside_an_instance_raise(extra):
    with pytest.raises(ParameterError, match="must be set on the estimator itself"):
        estimate(X[:, 0], Y, method=Gaussian(), **extra)


@pytest.mark.parametrize(
    "option",
    [{"unit": "hartley"}, {"interval": "magic"}, {"confidence": 1.0}, {"confidence": 0.0}, {"seed": -1}],
)
def test_bad_options_raise(option):
    with pytest.raises(ParameterError, match=f"`{next(iter(option))}` must"):
        estimate(X[:, 0], Y, method="gaussian", **option)


def in_a_fresh_python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_estimate_and_listing_methods_loads_nothing_heavy():
    code = """
import sys
from mitk import estimate, methods
methods()
print([m for m in ("jax", "numba", "matplotlib", "pandas", "polars", "sklearn") if m in sys.modules])
print([m for m in sys.modules if m.startswith("mitk.classical.")])
"""
    assert in_a_fresh_python(code).splitlines() == ["[]", "[]"]


def test_every_public_name_can_be_had():
    assert set(mitk.__all__) <= set(dir(mitk))
    for name in mitk.__all__:
        assert getattr(mitk, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'wibble'"):
        _ = mitk.wibble
