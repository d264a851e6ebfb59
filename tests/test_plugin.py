"""A method from another package is found, listed, used and held to the laws; a bad one harms nobody."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mitk import KSG, estimate, methods
from mitk.errors import MITKError, UnknownMethodError
from mitk.registry import estimator_class
from mitk.testing import check_estimator, laws

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The plug-in built and installed into a directory of its own."""
    target = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--disable-pip-version-check",
        "--target",
        str(target),
        str(PLUGIN),
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return target


@pytest.fixture
def spearman(installed, monkeypatch):
    monkeypatch.syspath_prepend(installed)
    yield estimator_class("spearman")
    sys.modules.pop("mitk_spearman", None)


def announce(directory, name, **entries):
    """Write the metadata of a distribution with these entry points."""
    info = directory / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{key} = {target}" for key, target in entries.items()]
    (info / "entry_points.txt").write_text("[mitk.estimators]\n" + "\n".join(lines) + "\n")


def listed(name):
    return [method for method in methods() if method.name == name]


def gaussian_pair(n=1000):
    rng = np.random.default_rng(0)
    x, e = rng.standard_normal((2, n))
    return x, 0.8 * x + 0.6 * e


def test_it_is_listed(spearman):
    (method,) = listed("spearman")
    assert method.source == "mitk-spearman"
    assert method.summary == spearman().tags.summary
    assert method.target == "mitk_spearman:SpearmanGaussian"
    assert method.error == ""


def test_it_is_used_by_name(spearman):
    x, y = gaussian_pair()
    result = estimate(x, y, method="spearman", unit="bits")
    assert result.estimator.name == "SpearmanGaussian"
    assert -0.5 * math.log2(1.0 - 0.8**2) in result.ci
    assert result.ci.method == "jackknife"
    plain = estimate(x, y, method="spearman", correct=False, confidence=None)
    assert plain.estimator.params == {"correct": False}
    assert plain.value == pytest.approx(result.to("nats").value + 1.0 / 2000)


@pytest.mark.parametrize("correct", [True, False])
def test_it_keeps_the_laws(spearman, correct):
    check_estimator(spearman(correct=correct))
    names = {law.name for law in laws(spearman())}
    assert {"monotone maps", "symmetry", "hyperparameters"} <= names
    assert not {"linear maps", "labels", "pointwise"} & names


def test_it_gets_what_the_base_class_gives(spearman):
    x, y = gaussian_pair(100)
    with pytest.raises(MITKError, match="one column each"):
        estimate(np.column_stack([x, x]), y, method="spearman")
    with pytest.raises(MITKError, match="did you mean 'correct'"):
        estimate(x, y, method="spearman", corect=False)
    constant = estimate(np.ones(100), y, method="spearman")
    assert constant.value == 0.0


def test_it_is_forty_lines():
    source = (PLUGIN / "mitk_spearman.py").read_text().splitlines()
    start = next(i for i, line in enumerate(source) if line.startswith("@dataclass"))
    assert len(source) - start <= 40


def test_without_it_the_name_is_unknown():
    assert listed("spearman") == []
    with pytest.raises(UnknownMethodError, match="`method` must be a known name"):
        estimate([1.0, 2.0], [1.0, 2.0], method="spearman")


def test_broken_plug_ins_are_listed_with_their_error(tmp_path, monkeypatch):
    (tmp_path / "mitk_broken.py").write_text("raise RuntimeError('the licence has expired')\n")
    announce(
        tmp_path,
        "mitk-broken",
        broken="mitk_broken:Estimator",
        absent="mitk_absent:Estimator",
        nameless="math:Estimator",
        foreign="math:sqrt",
        unfinished="mitk:Estimator",
    )
    monkeypatch.syspath_prepend(tmp_path)
    errors = {m.name: m.error for m in methods() if m.source == "mitk-broken"}
    assert errors["broken"] == "RuntimeError: the licence has expired"
    assert "mitk_absent" in errors["absent"]
    assert "AttributeError" in errors["nameless"]
    assert "must name a subclass of mitk.Estimator" in errors["foreign"]
    assert "abstract" in errors["unfinished"]
    assert len(listed("ksg")) == 1
    x, y = gaussian_pair(200)
    assert estimate(x, y, method="ksg", confidence=None).estimator.name == "KSG"


def test_a_plug_in_never_shadows_a_built_in(tmp_path, monkeypatch):
    (tmp_path / "mitk_thief.py").write_text("from mitk import Gaussian as KSG\n")
    announce(tmp_path, "mitk-thief", ksg="mitk_thief:KSG")
    monkeypatch.syspath_prepend(tmp_path)
    own, thief = listed("ksg")
    assert (own.source, own.error) == ("mitk", "")
    assert thief.source == "mitk-thief"
    assert "built-in" in thief.error
    assert estimator_class("ksg") is KSG
    assert "mitk_thief" not in sys.modules
