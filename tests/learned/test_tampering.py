"""Files that were cut, mixed up or made by something else are refused with their names, and nothing is lost."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from mitk import MIST, ParameterError
from mitk.learned.network import model
from mitk.learned.training.data import Pool

X, Y = np.random.default_rng(0).standard_normal((2, 60))


@pytest.fixture(scope="module")
def tensors():
    return load_file(model.WEIGHTS / model.SHIPPED)


def first(tensors, word):
    return next(name for name in tensors if word in name)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda t: t.pop(first(t, "network.0.token.kernel")), "KeyError"),
        (lambda t: t.pop(first(t, "calibration/levels")), "KeyError"),
        (lambda t: t.pop(first(t, "scale/overall.mean")), "KeyError"),
        (lambda t: t.pop(first(t, "guard/edges")), "KeyError"),
        (lambda t: t.update({first(t, "token.kernel"): np.zeros((3, 3), np.float32)}), "ValueError"),
        (lambda t: t.update({"calibration/levels": t["calibration/levels"][::-1].copy()}), "not those of this version"),
        (lambda t: t.update({"calibration/rows.edges": t["calibration/rows.edges"][::-1].copy()}), "not in order"),
        (lambda t: t.update({first(t, "token.kernel"): t[first(t, "token.kernel")] * np.nan}), "not numbers"),
    ],
    ids=["no kernel", "no levels", "no scale", "no guard", "shape", "reversed levels", "reversed edges", "nan"],
)
def test_weights_that_cannot_answer_are_refused_by_name(tensors, tmp_path, change, text):
    changed = dict(tensors)
    change(changed)
    path = tmp_path / "own.safetensors"
    save_file(changed, path, {"card": "{}"})
    with pytest.raises(ParameterError, match=f"`mitk train mist` of this version; got .*own.safetensors.*{text}"):
        MIST(weights=str(path)).fit(X, Y)


def test_truncated_weights(tmp_path):
    whole = (model.WEIGHTS / model.SHIPPED).read_bytes()
    path = tmp_path / "cut.safetensors"
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ParameterError, match="must be a file written by"):
            MIST(weights=str(path)).fit(X, Y)


@pytest.mark.parametrize("missing", [model.SHIPPED, f"{model.SHIPPED}.sha256"])
def test_a_package_without_its_weights_says_what_to_do(tmp_path, monkeypatch, missing):
    shutil.copytree(model.WEIGHTS, tmp_path / "weights")
    (tmp_path / "weights" / missing).unlink()
    monkeypatch.setattr(model, "WEIGHTS", tmp_path / "weights")
    with pytest.raises(ParameterError, match="install mitk again"):
        model.shipped.__wrapped__()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"no zip at all"])
def test_broken_shards_name_their_file(tmp_path, content):
    (tmp_path / "0.npz").write_bytes(content)
    with pytest.raises(ParameterError, match=r"0\.npz.*simulated again"):
        Pool(tmp_path, 0, 1)
