"""The gallery's kept results belong to its scripts, and every page is in its index; nothing is run."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

GALLERY = Path(__file__).parents[1] / "docs/gallery"


def builder():
    spec = importlib.util.spec_from_file_location("gallery_build", GALLERY / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = builder()


MARKS = ("They found", "Where it differs")


@pytest.mark.parametrize("name", BUILD.page_names())
def test_results_are_those_of_the_script(name):
    assert BUILD.cached_hash(name) == BUILD.source_hash(name), f"run python docs/gallery/build.py {name}"
    text = (GALLERY / f"{name}.md").read_text()
    assert f"]({name}.png)" in text
    # Findings of a paper, or a job on data of which something is known.
    assert {"They found", "Where it differs"} <= {words for words in MARKS if words in text} or "What is known" in text
    assert name in (GALLERY / "index.md").read_text().split()


def test_no_result_is_left_without_a_script():
    kept = {path.stem for path in GALLERY.glob("*.md")} - {"index"}
    assert kept == set(BUILD.page_names())
    assert {path.stem for path in GALLERY.glob("*.png")} == kept


def test_a_changed_script_is_stale(tmp_path, monkeypatch):
    for file in ("common.py", "compressor.py", "compressor.md", "compressor.png"):
        (tmp_path / file).write_bytes((GALLERY / file).read_bytes())
    monkeypatch.setattr(BUILD, "HERE", tmp_path)
    assert BUILD.cached_hash("compressor") == BUILD.source_hash("compressor")
    with (tmp_path / "compressor.py").open("a") as script:
        script.write("\n# changed\n")
    assert BUILD.cached_hash("compressor") != BUILD.source_hash("compressor")
    (tmp_path / "compressor.png").unlink()
    assert BUILD.cached_hash("compressor") == ""


@pytest.mark.parametrize("name", BUILD.page_names())
def test_no_line_of_a_page_is_taken_for_a_comment(name):
    lines = (GALLERY / f"{name}.md").read_text().splitlines()
    *text, last = [line for line in lines if line.lstrip().startswith("%")]
    assert not text
    assert last.startswith("% source ")


def test_percent_signs_stay_with_their_numbers():
    assert BUILD.without_comments("loses 80\n  %, against\n82 % of\n %d") == "loses 80 %, against\n82 % of %d"
