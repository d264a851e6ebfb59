"""The command line: what a user at a terminal, and a script behind a pipe, get to see."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter
from typer.testing import CliRunner

import mitk
from mitk import MIEstimate, estimate, pairwise, permutation_test
from mitk.cli import app

DATA = Path(__file__).parents[1] / "docs" / "data" / "breast_cancer.csv"


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 200))
    columns = {
        "a": a,
        "b": b,
        "c": a + b,
        "person": np.repeat(np.arange(50), 4),
        "label": np.where(a > 0, "u", "v"),
    }
    path = tmp_path / "data.csv"
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    path.write_text("\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return str(path), columns


def sentence_of(outcome: tuple[int, str, str]) -> str:
    """The one line of an error of use."""
    code, out, err = outcome
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    return err


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_estimate_json_is_the_result(run, table):
    path, columns = table
    code, out, err = run(
        "estimate",
        path,
        "--x",
        "a,b",
        "--y",
        "c",
        "--method",
        "ksg",
        "--set",
        "k=4",
        "--set",
        "margins=raw",
        "--unit",
        "bits",
        "--confidence",
        "0.9",
        "--seed",
        "2",
        "--json",
        "--pointwise",
    )
    assert (code, err) == (0, "")
    x = {name: columns[name] for name in ("a", "b")}
    expected = estimate(x, {"c": columns["c"]}, "ksg", k=4, margins="raw", unit="bits", confidence=0.9, seed=2)
    assert MIEstimate.from_dict(json.loads(out)) == expected


def test_contributions_are_written_on_request_and_with_json(run, table):
    ask = ("estimate", table[0], "--x", "a", "--y", "c", "--method", "ksg")
    _, out, _ = run(*ask, "--json")
    assert "pointwise" not in json.loads(out)
    code, out, err = run(*ask, "--pointwise")
    assert (code, out) == (2, "")
    assert "`--pointwise` goes with --json" in err


def test_estimate_for_people(run, table):
    code, out, err = run("estimate", table[0], "--x", ":1,label", "--y", "c")
    assert (code, err) == (0, "")
    for part in (
        "Mutual information",
        " nats",
        "(95 %",
        "a, label",
        "Auto()",
        "200",
        "OK",
        "Taken as labels, whose order means nothing:",
    ):
        assert part in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_confidence_none_missing_drop_and_dropped_rows(run, tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("a,b\n" + "".join(f"{i % 7 + 0.1 * i},{i * i % 11 + 0.3 * i}\n" for i in range(60)) + ",1\n")
    assert "--missing drop" in sentence_of(run("estimate", str(path), "--x", "a", "--y", "b"))
    code, out, _ = run(
        "estimate",
        str(path),
        "--x",
        "a",
        "--y",
        "b",
        "--missing",
        "drop",
        "--confidence",
        "none",
        "--method",
        "gaussian",
    )
    assert code == 0
    assert "Interval" not in out
    assert "60 (1 more dropped" in out


def test_groups_and_discrete_reach_the_estimator(run, table):
    path, columns = table
    code, out, _ = run(
        "estimate",
        path,
        "--x",
        "person,label",
        "--y",
        "label",
        "--discrete",
        "person",
        "--method",
        "discrete",
        "--json",
    )
    assert code == 0
    assert json.loads(out)["diagnostics"]["levels_x"] == 50 + sum(
        len(set(columns["label"][columns["person"] == p])) == 2 for p in range(50)
    )
    sides = (path, "--x", "a", "--y", "c", "--groups", "person", "--method", "gaussian")
    code, out, _ = run("estimate", *sides, "--json", "--pointwise")
    expected = estimate({"a": columns["a"]}, {"c": columns["c"]}, "gaussian", groups=columns["person"])
    assert MIEstimate.from_dict(json.loads(out)) == expected


def test_series_are_noticed_and_thinned(run, tmp_path):
    x, y = lfilter([1.0], [1.0, -0.9], np.random.default_rng(0).standard_normal((2, 600)))
    path = tmp_path / "series.csv"
    path.write_text("a,b\n" + "".join(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True)))
    sides = (str(path), "--x", "a", "--y", "b", "--method", "gaussian")
    expected = estimate({"a": x}, {"b": y}, "gaussian")
    assert expected.block > 5
    code, out, err = run("estimate", *sides)
    assert (code, err) == (0, "")
    assert f"OK, runs of {expected.block} rows" in out
    for options in ((), ("--block", "auto")):
        out = run("estimate", *sides, *options, "--json", "--pointwise")[1]
        assert MIEstimate.from_dict(json.loads(out)) == expected
    assert json.loads(run("estimate", *sides, "--thin", "30", "--json")[1])["n_samples"] == 20
    assert json.loads(run("estimate", *sides, "--block", "1", "--json")[1])["block"] is None
    assert '"auto"' in sentence_of(run("estimate", *sides, "--block", "long"))
    assert json.loads(run("test", *sides, "--permutations", "19", "--json")[1])["surrogate"] == "circular shifts"
    assert f"OK, runs of {expected.block} rows" in run("matrix", str(path), "--method", "gaussian")[1]


def test_nearly_numeric_column_is_noted(run, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n" + "".join(f"{i % 3},{i % 2}\n" for i in range(60)) + "oops,1\n")
    code, out, err = run("estimate", str(path), "--x", "a", "--y", "b", "--json")
    assert (code, err) == (0, "")
    assert any("1 of its 61 cells" in note for note in json.loads(out)["notes"])


def test_unreliable_results_exit_0_and_warn_only_in_the_status(run, table):
    code, out, err = run("estimate", table[0], "--x", "a", "--y", "a", "--method", "gaussian")
    assert (code, err) == (0, "")
    assert "UNRELIABLE" in out
    assert "inf nats" in out
    code, out, _ = run("estimate", table[0], "--x", "a", "--y", "a", "--method", "gaussian", "--json")
    assert json.loads(out)["value"] == "inf"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "has a, b, c, person, label"),
        (["--x", "a"], "`--y`"),
        (["--x", "zz", "--y", "a"], "'zz'"),
        (["--x", "5", "--y", "a"], "'5'"),
        (["--x", "a", "--y", "b", "--method", "kgs"], "ksg"),
        (["--x", "a", "--y", "b", "--method", "gaussian", "--set", "k=3"], "`k`"),
        (["--x", "a", "--y", "b", "--set", "k"], "NAME=VALUE"),
        (["--x", "a", "--y", "b", "--set", "unit=bits"], "use --unit"),
        (["--x", "a", "--y", "b", "--unit", "dits"], "nats, bits"),
        (["--x", "a", "--y", "b", "--confidence", "high"], "--confidence"),
        (["--x", "a", "--y", "b", "--confidence", "95"], "(0, 0.999]"),
        (["--x", "a", "--y", "b", "--discrete", "c"], "in use"),
        (["--x", "a", "--y", "b", "--groups", "a,b"], "one column"),
        (["--x", "a", "--y", "b", "--block", "x"], "--block"),
        (["--x", "a", "--y", "b", "--bogus"], "--bogus"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(run, table, arguments, part):
    assert part in sentence_of(run("estimate", table[0], *arguments))


def test_other_wrong_uses(run, table):
    assert "nothing there" in sentence_of(run("matrix", "none.csv"))
    assert "FILE" in sentence_of(run("estimate"))
    assert "option of Screen" in sentence_of(run("test", table[0], "--x", "a", "--y", "b", "--set", "bins=3"))
    assert "--set" in sentence_of(run("test", table[0], "--x", "a", "--y", "b", "--set", "surrogate=rows"))
    assert "--set" in sentence_of(run("matrix", table[0], "--method", "protocol", "--set", "n_jobs=2"))
    assert "n_permutations" in sentence_of(run("test", table[0], "--x", "a", "--y", "b", "--permutations", "0"))
    assert "--jobs" in sentence_of(run("matrix", table[0], "--jobs", "-2"))


def test_unexpected_failures_exit_1_and_interrupts_130(run, table, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a\nbug")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    for stand_in, code, line in ((broken, 1, "RuntimeError: a bug\n"), (interrupted, 130, "Interrupted.\n")):
        monkeypatch.setitem(vars(mitk), "estimate", stand_in)
        got, out, err = run("estimate", table[0], "--x", "a", "--y", "b")
        assert (got, out) == (code, "")
        assert err.endswith(line)
        assert err.count("\n") == 1


@pytest.mark.filterwarnings("ignore::mitk.errors.MITKWarning")
def test_matrix(run, table):
    path, columns = table
    code, out, err = run("matrix", path, "--columns", "a,b,c,label", "--method", "mixed-ksg", "--json")
    assert (code, err) == (0, "")
    expected = pairwise({name: columns[name] for name in ("a", "b", "c", "label")}, "mixed-ksg")
    assert json.loads(out) == _with_seconds_of(json.loads(out), expected.to_dict())
    code, out, err = run("matrix", path, "--groups", "person", "--method", "gaussian", "--confidence", "none")
    assert (code, err) == (0, "")
    assert "person" not in out
    assert len(out.splitlines()) == 1 + 6
    assert max(map(len, out.splitlines())) <= 80


def _with_seconds_of(got: dict, expected: dict) -> dict:
    for one, other in zip(got["pairs"], expected["pairs"], strict=True):
        other["result"]["seconds"] = one["result"]["seconds"]
    return expected


def test_matrix_says_why_pairs_failed(run, tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("[a],b,c\n" + "".join(f"{i % 7 + 0.1 * i},{i},{i * i}\n" for i in range(60)) + "1,,1\n")
    code, out, err = run("matrix", str(path), "--method", "gaussian")
    assert code == 3
    assert "Failed: 2 of 3 pairs" in err
    assert "--missing drop keeps complete rows" in err
    assert "[a] - b, b - c: `x and y` must have no missing values" in out
    assert run("matrix", str(path), "--method", "gaussian", "--missing", "drop")[::2] == (0, "")
    path.write_text("a,b\n" + "".join(f"{i},\n" for i in range(60)))
    assert "No pair" in sentence_of(run("matrix", str(path)))


def test_rank(run, tmp_path):
    rng = np.random.default_rng(0)
    a, b, c = rng.standard_normal((3, 200))
    condition = np.where(a + 0.5 * b > 0.0, "ill", "well")
    lines = [f"p{i},{a[i]},{b[i]},{c[i]},{condition[i]}" for i in range(200)]
    path = tmp_path / "patients.csv"
    path.write_text("\n".join(["id,a,b,c,condition", *lines]) + "\n")
    table = tmp_path / "ranked.csv"
    code, out, err = run("rank", str(path), "--target", "condition", "--out", str(table))
    assert code == 0
    assert "Left out" in err
    assert "id" in err
    assert [line.split()[0] for line in out.splitlines()[1:4]] == ["a", "b", "c"]
    written = table.read_text().splitlines()
    assert written[0].split(",")[:7] == ["x", "y", "value", "low", "high", "p", "q"]
    assert len(written) == 4
    code, out, err = run("rank", str(path), "--target", "condition", "--exclude", "id,b", "--json")
    assert (code, err) == (0, "")
    assert [(pair["x"], pair["y"]) for pair in json.loads(out)["pairs"]] == [("a", "condition"), ("c", "condition")]
    assert "--exclude" in sentence_of(run("rank", str(path), "--target", "a", "--exclude", "a"))


def test_independence_test(run, table):
    path, columns = table
    arguments = ["test", path, "--x", "a", "--y", "c", "--method", "gaussian", "--permutations", "19"]
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    expected = permutation_test({"a": columns["a"]}, {"c": columns["c"]}, "gaussian", 19)
    assert record["p_value"] == expected.p_value == 0.05
    assert record["null"] == list(expected.null)
    code, out, _ = run(*arguments, "--groups", "person")
    assert code == 0
    assert "permuting groups" in out


def test_methods_version_and_help(run):
    code, out, _ = run("methods")
    assert code == 0
    assert "mixed-ksg" in out
    assert [m["name"] for m in json.loads(run("methods", "--json")[1])] == [m.name for m in mitk.methods()]
    assert run("--version") == (0, f"mitk {mitk.__version__}\n", "")
    assert "Commands" in run()[1]
    for command in ("estimate", "matrix", "test", "methods"):
        shown = CliRunner().invoke(app, [command, "--help"])
        assert shown.exit_code == 0
        assert f"Example:  mitk {command} " in shown.stdout


def test_warnings_filters_are_left_as_they_were(run, table):
    before = list(warnings.filters)
    run("estimate", table[0], "--x", "a", "--y", "b", "--method", "gaussian")
    assert list(warnings.filters) == before


def in_a_process(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "mitk.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


def test_example_of_the_readme_in_a_process():
    done = in_a_process("estimate", str(DATA), "--x", "radius,texture", "--y", "diagnosis", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = MIEstimate.from_json(done.stdout)
    assert result.status.ok
    assert 0.3 < result.value < 0.66


def test_errors_in_a_process():
    done = in_a_process("estimate", str(DATA), "--x", "radius")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_version_loads_nothing_heavy():
    code = (
        "import sys, mitk.cli\ntry: mitk.cli.main(['--version'])\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'scipy', 'sklearn', 'jax', 'rich', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[1] == "[]"
