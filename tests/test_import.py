"""What importing loads: a first call pays only for what it uses."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("jax", "numba", "matplotlib", "pandas", "polars", "sklearn", "flax", "scipy.stats")
SMALL = "x = [i % 7 + 1.5 * i for i in range(1000)]"


def loaded_after(code):
    shown = f"{code}\nimport sys\nprint(*[m for m in {HEAVY} if m in sys.modules])"
    return subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    "code",
    [
        "from mitk import estimate",
        "import mitk; mitk.methods()",
        "from mitk import KSG, MixedKSG, Binning, Discrete, Gaussian, CCA, GaussianCopula, KDE",
        "import mitk.cli",
        "from mitk.distributions import bmi_task; bmi_task('1v1-AI').sample(10)",
        # Small problems compile nothing, so that the first answer ever comes at once.
        f"from mitk import estimate; {SMALL}; estimate(x, x[::-1], 'ksg', confidence=None)",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_nothing_heavy_is_imported(code):
    code = f"import warnings; warnings.simplefilter('ignore'); {code}"
    assert loaded_after(code) == []


def test_the_learned_estimator_and_its_prior_do_without_jax():
    assert {"jax", "flax"}.isdisjoint(loaded_after("from mitk.learned import MIST, Prior, pushed"))
    assert loaded_after("import mitk.learned") == []


def test_an_unknown_name_is_an_attribute_error():
    import mitk

    with pytest.raises(AttributeError, match="KGS"):
        _ = mitk.KGS
    assert set(mitk.__all__) <= set(dir(mitk))


def test_subpackages_are_attributes_and_nothing_shadows_a_public_function():
    code = (
        "import mitk\n"
        "for name in mitk.SUBPACKAGES: getattr(mitk, name).__name__\n"
        "from mitk.api.pairs import PairwiseResult\n"
        "assert callable(mitk.pairwise) and mitk.PairwiseResult is PairwiseResult\n"
        "assert mitk.distributions.Gaussian and mitk.errors.DataError is mitk.DataError\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_module_shares_the_name_of_a_public_object():
    import pkgutil

    import mitk

    assert {module.name for module in pkgutil.iter_modules(mitk.__path__)}.isdisjoint(mitk.__all__)
    for name in mitk.SUBPACKAGES:
        package = getattr(mitk, name)
        if hasattr(package, "__path__"):
            modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
            assert modules.isdisjoint(getattr(package, "__all__", ())), name


def test_names_for_type_checkers_are_those_that_load():
    """The block that type checkers read is the one table that cannot be derived."""
    import ast
    import inspect

    import mitk

    source = inspect.getsource(mitk)
    block = next(node for node in ast.parse(source).body if isinstance(node, ast.If))
    told = {alias.asname: node.module for node in block.body for alias in node.names}
    assert told == mitk._HOMES


@pytest.mark.filterwarnings("ignore")
def test_quick_readings_load_no_network_library():
    code = f"from mitk import estimate; {SMALL}; estimate(x, [v * v for v in x], effort='quick')"
    assert not {"jax", "flax", "pandas", "matplotlib"} & set(loaded_after(code))
