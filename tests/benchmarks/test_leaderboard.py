"""The pages are a pure function of the rows, and the HTML page needs nothing but itself."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess

import numpy as np
import pytest
from made_rows import row

from benchmarks.commands import main
from benchmarks.leaderboard import build, html, markdown
from benchmarks.store import FILE, Store


@pytest.fixture
def rows():
    found = []
    for n in (100, 1000):
        for task, d in (("a", 1), ("b", 5)):
            for seed in range(3):
                error = 0.1 * (seed + 1) / n**0.5
                more = {"dim_x": d, "dim_y": d, "family": task, "noise_floor": 1 / n**0.5, "n": n, "level": 0.95}
                found.append(
                    row("good", task, seed, 1 + error, 1.0, low=0.9, high=1.1, intervals=[[0.5, 1, 1.1]], **more)
                )
                value = None if task == "b" and n == 100 else 1.4
                found.append(row("bad", task, seed, value, 1.0, low=None, high=None, **more))
    for t in range(4):
        more = {"suite": "weak", "level": 0.95, "intervals": [[0.95, 0.01 * t, 0.3]], "low": 0.01 * t, "high": 0.3}
        found += [row(m, f"t{t}", 0, 0.1 * (-t if t == 2 else t), 0.07 * t, **more) for m in ("good", "bad")]
    return [*found, row("</script><b>", "a", 0, 1.0, 1.0, suite="other")]


def test_pages_depend_on_nothing_but_the_rows(rows):
    shuffled = random.Random(0).sample(rows, len(rows))
    assert html(build(rows, "c")) == html(build(shuffled, "c"))
    assert markdown(build(rows, "c")) == markdown(build(shuffled, "c"))


def test_html_is_self_contained(rows):
    page = html(build(rows, "python -m benchmarks leaderboard results"))
    assert not re.search(r"""(?:src|href)\s*=|@import|url\(|fetch\(|XMLHttpRequest|import\(""", page)
    assert set(re.findall(r"https?://[^\s\"'<)]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert "/*{" not in page
    assert page.count("</script>") == 2
    data = re.search(r'<script type="application/json" id="board">(.*?)</script>', page, flags=re.DOTALL).group(1)
    assert json.loads(data)["command"] == "python -m benchmarks leaderboard results"
    assert "</script><b>" in [one["method"] for t in json.loads(data)["tables"] for one in t["lines"]]


def test_markdown_shows_command_ranks_and_failures(rows):
    page = markdown(build(rows, "python -m benchmarks leaderboard results"))
    assert "python -m benchmarks leaderboard results" in page
    assert "## s, n = 100" in page
    assert re.search(r"\| 1 \| good \| estimate \|", page)
    assert "- bad, b: ValueError: no" in page
    assert "3/6" in page
    widths = {}
    for number, text in enumerate(page.splitlines()):
        if text.startswith("|"):
            start = widths.get(number - 1)
            assert start in (None, text.count("|"))
            widths[number] = text.count("|")


def test_command_writes_both_formats_and_the_figure(rows, tmp_path):
    pytest.importorskip("matplotlib")
    store = Store(tmp_path / "rows")
    for one in rows:
        store.append(one)
    page, figure = tmp_path / "deep" / "page.html", tmp_path / "figure.png"
    command = ["leaderboard", str(tmp_path / "rows"), "--suite", "s"]
    assert main([*command, "--format", "html", "--out", str(page), "--png", str(figure)]) == 0
    first = page.read_bytes(), figure.read_bytes()
    assert first[1].startswith(b"\x89PNG")
    assert b'"other"' not in first[0]
    assert main([*command, "--format", "html", "--out", str(page), "--png", str(figure)]) == 0
    assert (page.read_bytes(), figure.read_bytes()) == first


def test_figure_of_many_methods_is_small(tmp_path):
    pytest.importorskip("matplotlib")
    from PIL import Image

    from benchmarks.figure import draw

    rng = random.Random(0)
    rows = [
        row(
            f"method:{m}",
            f"task-{t}",
            0,
            None if m == t else rng.random(),
            0.3,
            seconds=10 ** rng.uniform(-3, 1),
            **more,
        )
        for t, more in enumerate({"family": f"family-{t % 9}"} for t in range(40))
        for m in range(15)
    ]
    draw(build(rows), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size < 80_000
    with Image.open(tmp_path / "figure.png") as picture:
        assert 1000 < picture.width < 1400


def test_figure_has_a_column_a_task_or_a_family():
    from benchmarks.figure import columns

    tasks = [{"name": f"t{t}", "family": "even" if t % 2 == 0 else "odd"} for t in range(13)]
    assert columns(tasks[:12])[3] == ("t3", [3])
    assert columns(tasks) == [("even (7)", [0, 2, 4, 6, 8, 10, 12]), ("odd (6)", [1, 3, 5, 7, 9, 11])]


def test_names_in_the_figure_keep_apart():
    from benchmarks.figure import NAME_HEIGHT, places

    rng = np.random.default_rng(0)
    dots = np.clip(0.5 + 0.15 * rng.standard_normal((15, 2)), 0.1, 0.9)
    widths = rng.uniform(0.05, 0.3, 15)
    names = places(dots, widths)
    for i in range(15):
        for j in range(i):
            beside = names[i, 0] > names[j, 0] + widths[j] or names[j, 0] > names[i, 0] + widths[i]
            assert beside or abs(names[i, 1] - names[j, 1]) > 0.999 * NAME_HEIGHT
    # A name that meets nothing stays at the height of its dot.
    assert places(dots[:1], widths[:1])[0, 1] == dots[0, 1]


def test_rows_of_others_are_read_beside_ours(rows, tmp_path, capsys):
    store = Store(tmp_path)
    store.append(rows[0])
    (tmp_path / "others.jsonl").write_text(json.dumps(row("theirs", "a", 0, 1.0, 1.0)) + '\n{"key": 1}\n[]\n')
    assert (tmp_path / FILE).exists()
    assert main(["leaderboard", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "| theirs |" in said.out
    assert "2 lines" in said.err


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_page_averages_as_the_scoring_does(rows, tmp_path):
    board = build(rows)
    from benchmarks.leaderboard import HERE

    script = (HERE / "table.js").read_text() + (
        "const board = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(board.tables.map(t => aggregate(t, () => true).lines)));"
    )
    file = tmp_path / "check.js"
    file.write_text(script)
    done = subprocess.run(["node", file], input=json.dumps(board), capture_output=True, text=True, check=True)
    for table, lines in zip(board["tables"], json.loads(done.stdout), strict=True):
        for ours, theirs in zip(table["lines"], lines, strict=True):
            for name in (
                "score",
                "mae",
                "bias",
                "sd",
                "solved",
                "coverage",
                "winkler",
                "failed",
                "seconds",
                "refused",
                "misled",
                "good_refused",
                "alarms",
                "power",
                "tau",
                "crps",
            ):
                if name in ours:
                    expected = ours[name]
                    assert theirs[name] == (expected if expected is None else pytest.approx(expected)), name
