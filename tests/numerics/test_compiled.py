"""Compiled kernels work wherever mitk is installed: where no cache can be kept, they are compiled anew."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mitk

UNCACHED = """
import numpy as np
from mitk import KDE, MIST, estimate
from mitk.numerics import neighbors
x, y = np.random.default_rng(0).normal(size=(2, 300, 3))
a = neighbors._joint(x, y, 3, None, None, True, 1, "rows")
b = neighbors._joint(x, y, 3, None, None, True, 1, "trees")
assert all((p == q).all() for p, q in zip(a, b))
for method in ("kde", "mist"):
    assert np.isfinite(estimate(x[:, 0], y[:, 0], method, confidence=None).value)
"""
BROKEN = {
    "nowhere": "import numba.core.caching as c\nc.CacheImpl._locator_classes = []\n",
    "unwritable": "import numba.core.caching as c\ndef fail(*a, **k): raise PermissionError\n"
    "c.IndexDataCacheFile.save = fail\n",
    "a file in the way": "",
}


@pytest.mark.slow
def test_every_compiled_method_answers_without_a_cache(tmp_path):
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BROKEN["nowhere"] + UNCACHED],
        check=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
    )


FEW = """
import numpy as np
from mitk.numerics.compiled import cached
@cached
def doubled(values):
    return 2.0 * values
assert doubled(np.ones(2)).tolist() == [2.0, 2.0]
"""


@pytest.mark.parametrize("kind", BROKEN)
def test_a_compiled_function_answers_without_a_cache(kind, tmp_path):
    # Whoever runs as root may write anywhere: a folder below a file cannot be made by anybody.
    (tmp_path / "file").touch()
    script = tmp_path / "script.py"
    script.write_text(BROKEN[kind] + FEW)
    folder = tmp_path / "file" / "cache" if kind == "a file in the way" else tmp_path
    subprocess.run([sys.executable, script], check=True, env={**os.environ, "NUMBA_CACHE_DIR": str(folder)})


def test_nothing_is_compiled_elsewhere():
    sources = Path(mitk.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if "njit" in path.read_text(encoding="utf-8")] == ["compiled.py"]
