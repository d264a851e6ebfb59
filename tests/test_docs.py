"""The pages' examples run, and the pages build without a warning."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import mitk
from mitk.registry import BUILT_IN

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [m.name for m in pkgutil.walk_packages(mitk.__path__, "mitk.") if not m.name.endswith("__main__")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_a_page(page):
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        if ">>>" in block:
            example = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), 0)
            runner = doctest.DocTestRunner()
            runner.run(example, clear_globs=False)
            names = example.globs
            assert runner.failures == 0


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_docstrings(module):
    if module == "mitk.show.plotting":
        pytest.importorskip("matplotlib")
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_pages_name_every_method_and_every_public_name():
    readme, reference = (ROOT / "README.md").read_text(), (ROOT / "docs" / "reference.md").read_text()
    assert [name for name in BUILT_IN if f"`{name}`" not in readme] == []
    # The page of errors lists all that the module holds.
    named = {name for name in mitk.__all__ if re.search(rf"mitk\.{name}\b", reference)} | set(vars(mitk.errors))
    assert set(mitk.__all__) <= named
    assert "automodule:: mitk.errors" in reference


def test_pages_build_without_a_warning(tmp_path):
    # As `python -m sphinx`, without searching its million nodes for garbage, a sixth of the time.
    build = "import gc, sys; gc.disable(); from sphinx.cmd.build import main; sys.exit(main())"
    command = [sys.executable, "-c", build, "-W", "-q", "-b", "html", "docs", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "index.html").exists()


def test_the_table_of_what_is_asked_is_that_of_auto():
    script = runpy.run_path(str(ROOT / "docs" / "choose_table.py"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert script["table"]() in (ROOT / "docs" / "choose.md").read_text(encoding="utf-8")
