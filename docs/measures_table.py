"""Print the table of measures from their tags: `python docs/measures_table.py > docs/measures-table.md`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mitk.measures import measures


def cell(text: str) -> str:
    """The text as code that a table can hold."""
    return "`" + text.replace("|", "\\|") + "`"


def table() -> str:
    """All measures, a line each, in the order of the catalogue."""
    lines = ["| measure | kind | unit | ceiling | formula | source |", "|---|---|---|---|---|---|"]
    for line in measures():
        name = f"{line.name}({line.option})" if line.option else line.name
        source = "{cite:t}`" + line.source + "`"
        lines.append(f"| {cell(name)} | {line.kind} | {line.unit} | {line.ceiling} | {cell(line.formula)} | {source} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
