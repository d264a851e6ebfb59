"""Run the pages of the gallery whose sources have changed: `python docs/gallery/build.py [page ...] [--force]`.

A page is a script beside this file with a docstring in Markdown, which ends up above its results, and a function
`run()` that returns the results in Markdown and a matplotlib figure. What it returns is kept as NAME.md and NAME.png,
with a hash of the sources, and is only made again when they change.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import os
import re
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SHARED = ("build.py", "common.py")
LIMIT_SECONDS = 120


def page_names() -> list[str]:
    """Scripts that are pages, by name."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.name not in SHARED)


def source_hash(name: str) -> str:
    """Hash of a page's script and of what the pages share."""
    text = "".join((HERE / file).read_text() for file in (f"{name}.py", "common.py"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cached_hash(name: str) -> str:
    """The hash that the kept result was made from; empty when there is none."""
    path = HERE / f"{name}.md"
    found = re.search(r"^% source (\w+)$", path.read_text(), flags=re.MULTILINE) if path.exists() else None
    return found[1] if found and (HERE / f"{name}.png").exists() else ""


def without_comments(text: str) -> str:
    """Text in which no line begins with a percent sign, which Markdown takes for a comment."""
    return re.sub(r"\s*\n[ \t]*%", " %", text)


def build(name: str) -> float:
    """Run a page and keep what it returns; seconds of processor time it took."""
    start = time.process_time()
    results, figure = importlib.import_module(name).run()
    seconds = time.process_time() - start
    figure.savefig(HERE / f"{name}.png", dpi=110)
    text = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text())) or ""
    parts = [
        text,
        "## What came out",
        without_comments(results.strip()),
        f"![The result drawn.]({name}.png)",
        "## The script",
        f"Run by `python docs/gallery/build.py {name}`.",
        f"```{{literalinclude}} {name}.py\n:language: python\n```",
        f"% source {source_hash(name)}",
    ]
    (HERE / f"{name}.md").write_text("\n\n".join(parts) + "\n")
    return seconds


def main() -> int:
    """Build what is stale; status 1 when a page takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="names; by default all whose sources changed")
    parser.add_argument("--force", action="store_true", help="also those that did not change")
    options = parser.parse_args()
    os.environ.setdefault("MPLBACKEND", "Agg")
    sys.path[:0] = [str(HERE), str(HERE.parents[1])]
    unknown = set(options.pages) - set(page_names())
    if unknown:
        parser.error(f"no such page: {', '.join(sorted(unknown))}; there are {', '.join(page_names())}")
    slow = 0
    for name in options.pages or page_names():
        if source_hash(name) == cached_hash(name) and not options.force:
            print(f"{name}: kept")
            continue
        seconds = build(name)
        slow += seconds > LIMIT_SECONDS
        print(f"{name}: made in {seconds:.0f} s of processor time{', too long' if seconds > LIMIT_SECONDS else ''}")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
