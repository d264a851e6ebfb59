"""The command line on files of people: columns by name and position, their kinds, what is printed and what is not."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mitk import permutation_test
from mitk.cli import app
from mitk.cli.terminal import say
from mitk.data.files import read_table
from mitk.printable import printable
from mitk.show.spelling import spelled

ROOT = Path(__file__).parents[1]
RNG = np.random.default_rng(0)
A, B = RNG.standard_normal((2, 100))


@pytest.fixture
def saved(tmp_path):
    """Save columns as a text file."""

    def go(columns: dict[str, object], name: str = "t.csv") -> str:
        quoted = ['"{}"'.format(title.replace('"', '""')) for title in columns]
        rows = zip(*columns.values(), strict=True)
        lines = [",".join(quoted), *(",".join(map(str, row)) for row in rows)]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return str(tmp_path / name)

    return go


def test_columns_by_position_and_names_with_commas(run, saved):
    path = saved({"1": A, "b, c": A + B, 'the "d"': B})
    sides = {
        ":2": "b, c",
        "b, c": "b, c",
        '"b, c"': "b, c",
        '"b, c", :1': "b, c, 1",
        '"the ""d"""': 'the "d"',
        "1": "1",
    }
    for given, shown in sides.items():
        code, out, _ = run("estimate", path, "--x", given, "--y", ":3", "--method", "gaussian")
        assert code == 0
        assert f"Between             {shown}\n" in out
    code, _, err = run("estimate", path, "--x", "2", "--y", ":1")
    assert code == 2
    assert "by position they are :1 to :3" in err
    assert "between :1 and :3" in run("estimate", path, "--x", ":4", "--y", ":1")[2]


def test_every_kind_can_be_said(run, saved):
    path = saved({"whole": (4 * A).astype(int) % 5, "part": A.round(1), "word": np.where(B > 0, "u", "v"), "b": B})
    sides = ["estimate", path, "--x", "whole,part", "--y", "b", "--method", "screen", "--json"]
    notes = json.loads(run(*sides)[1])["notes"]
    assert any("Taken as counts" in note and "whole" in note for note in notes)
    for said in (["--count", "whole"], ["--continuous", "whole"], ["--discrete", "whole"]):
        notes = json.loads(run(*sides, *said)[1])["notes"]
        assert not any("whole" in note for note in notes)
    assert run(*sides, "--continuous", "whole,part")[0] == 0
    for said, part in (
        (["--count", "part"], "`part` must hold whole numbers after --count; got"),
        (["--continuous", "word"], "--continuous` must name columns in use"),
        (["--count", "whole", "--discrete", "whole"], "--discrete"),
    ):
        code, out, err = run(*sides, *said)
        assert (code, out) == (2, "")
        assert part in err
    words = ["estimate", path, "--x", "word", "--y", "b", "--method", "screen"]
    three = saved({"word": np.array(["u", "v", "w"])[np.arange(100) % 3], "b": B}, "three.csv")
    assert "must hold numbers after --continuous" in run(*words[:1], three, *words[2:], "--continuous", "word")[2]
    # The order of a count is in the answer, that of a label is not.
    sides = ["estimate", path, "--x", "whole", "--y", "part", "--method", "screen", "--json"]
    kinds = ("count", "continuous", "discrete")
    values = {kind: json.loads(run(*sides, f"--{kind}", "whole")[1])["value"] for kind in kinds}
    assert values["count"] == values["continuous"] != values["discrete"]


def test_a_note_says_what_was_taken_and_options_overrule(run, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(f"{a:.2f};{b:.2f}" for a, b in zip(A, A + B, strict=True)).replace(".", ",") + "\n")
    code, out, err = run("estimate", str(path), "--x", ":1", "--y", ":2", "--method", "gaussian", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["n_samples"] == 100
    assert any("--header yes" in note for note in found["notes"])
    code, _, err = run("matrix", str(path), "--method", "gaussian")
    assert code == 0
    assert err.startswith("Note: The first row of t.csv")
    options = ["--header", "yes", "--method", "gaussian", "--json"]
    code, out, err = run("estimate", str(path), "--x", ":1", "--y", ":2", *options)
    assert (code, json.loads(out)["n_samples"]) == (0, 99)
    assert not any("--header" in note for note in json.loads(out)["notes"])


@pytest.mark.parametrize("command", ["estimate", "matrix", "test", "rank"])
def test_control_codes_in_names_never_reach_the_terminal(run, saved, command):
    name = "a\x1b[31m\x07\x9b2J\u202e"
    path = saved({name: A, "b": A + B, "c": B})
    arguments = {
        "estimate": ["--x", ":1", "--y", "b", "--method", "gaussian", "--explain"],
        "matrix": ["--method", "gaussian"],
        "test": ["--x", ":1", "--y", "b", "--method", "gaussian", "--permutations", "19"],
        "rank": ["--target", ":1", "--method", "gaussian"],
    }[command]
    shown = printable(name)
    assert "\\x1b[31m\\x07\\x9b2J\\u202e" in shown
    outcomes = [run(command, path, *arguments), run(command, path, *arguments, "--discrete", f":1,{'b' * 3}")]
    if command == "estimate":
        outcomes.append(run(command, path, *arguments[:-1]))
    for _, out, err in outcomes:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out + err)
    assert any(shown in out + err for _, out, err in outcomes)
    if command in ("matrix", "rank"):
        assert name in json.loads(run(command, path, *arguments, "--json")[1])["names"]


def test_columns_that_cannot_be_read_are_left_out_of_many_and_refused_alone(run, saved):
    path = saved({"a": A, "b": A + B, "mixed": ["5%", "0.07"] * 50, "c": B})
    code, out, err = run("matrix", path, "--method", "gaussian")
    assert code == 0
    assert "Note: Left out: `mixed` must write its numbers in one way" in err
    assert "mixed" not in out
    for command in (["matrix", path, "--columns", "a,mixed"], ["estimate", path, "--x", "a", "--y", "mixed"]):
        code, out, err = run(*command)
        assert (code, out) == (2, "")
        assert "--discrete mixed takes the column as labels" in err
    assert run("estimate", path, "--x", "a", "--y", "mixed", "--discrete", "mixed", "--method", "screen")[0] == 0


def test_standard_input(run, monkeypatch):
    class Stdin:
        buffer = io.BytesIO("\n".join(["a b", *(f"{a} {b}" for a, b in zip(A, A + B, strict=True))]).encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    code, out, _ = run("estimate", "-", "--x", "a", "--y", "b", "--method", "gaussian", "--json")
    assert (code, json.loads(out)["n_samples"]) == (0, 100)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_errors_wrap_at_words_at_a_terminal_and_nowhere_else(monkeypatch):
    words = "one sentence that is too long for a terminal of so few columns " * 2 + "/a/path/that/is-longer-than-that"
    monkeypatch.setenv("COLUMNS", "30")
    for stream, lines in ((Terminal(), 6), (io.StringIO(), 1)):
        monkeypatch.setattr(sys, "stderr", stream)
        say(words)
        written = stream.getvalue()
        assert " ".join(written.split()) == words
        assert (written.count("\n") >= lines) if lines > 1 else (written.count("\n") == 1)
        if lines > 1:
            assert all(len(line) <= 30 or " " not in line for line in written.splitlines())


def test_sentences_of_the_library_are_spelled_as_commands_have_them():
    assert spelled('missing="drop" keeps complete rows') == "--missing drop keeps complete rows"
    assert spelled('pass block="auto", or block=1') == "pass --block auto, or --block 1"
    assert spelled("pass discrete_x=True and discrete_y=True") == "pass --discrete"
    assert spelled("confidence=None turns it off") == "--confidence none turns it off"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_share_of_a_test_that_is_done_is_told(monkeypatch, n_jobs):
    told = []

    class Bar:
        def __init__(self, text, total, shown):
            assert shown
            told.append(total)

        def __enter__(self):
            return lambda steps: told.append(-steps)

        def __exit__(self, *_):
            return None

    expected = permutation_test(A, A + B, "gaussian", 39)
    monkeypatch.setattr("mitk.api.independence.progress_bar", Bar)
    test = permutation_test(A, A + B, "gaussian", 39, n_jobs=n_jobs, progress=True)
    assert told[0] == 39
    assert sum(told) == 0
    assert len(told) > 5
    assert test.null == expected.null


def examples() -> dict[str, list[str]]:
    """The example that each help prints."""
    found = {}
    for command in (
        [],
        ["estimate"],
        ["matrix"],
        ["rank"],
        ["test"],
        ["methods"],
        ["train", "mist"],
        ["train", "auto"],
    ):
        shown = CliRunner().invoke(app, [*command, "--help"]).stdout
        text = re.search(r"Example:\s+mitk (.*)", " ".join(shown[shown.index("Example:") :].split()))
        found[" ".join(command) or "mitk"] = shlex.split(text[1])
    return found


@pytest.mark.parametrize("command", ["mitk", "estimate", "matrix", "rank", "test", "methods"])
def test_examples_of_the_help_run_as_printed(run, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(*examples()[command])
    assert code == 0
    assert out


@pytest.mark.parametrize("what", ["mist", "auto"])
def test_the_recipe_of_the_example_of_training_is_there(what):
    from mitk.auto.errors import read_error_recipe
    from mitk.learned import read_recipe

    given = examples()[f"train {what}"]
    read = read_recipe if what == "mist" else read_error_recipe
    assert read(given[given.index("--config") + 1]) is not None


def test_the_example_is_the_data_of_the_documents():
    table, documented = read_table("example"), read_table(ROOT / "docs" / "data" / "breast_cancer.csv")
    assert table.names == documented.names
    for name in table.names[:-1]:
        np.testing.assert_array_equal(table.columns[name], documented.columns[name])
    assert table.columns["diagnosis"].tolist() == documented.columns["diagnosis"].tolist()


def test_examples_of_the_page_on_files(run, tmp_path, monkeypatch):
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    ran = 0
    for block in re.findall(r"^```text\n(.*?)^```", page[page.index("## Files") :], flags=re.MULTILINE | re.DOTALL):
        for example in block.removeprefix("$ ").split("\n$ "):
            command, _, shown = example.partition("\n")
            if not command.startswith("mitk "):
                subprocess.run(command, shell=True, check=True)
                continue
            _, out, err = run(*shlex.split(command)[1:])
            assert (err + out).strip() == shown.strip()
            ran += 1
    assert ran == 4
