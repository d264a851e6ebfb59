"""Which columns of a file a command means, and as what they are taken."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mitk.errors import ParameterError, sentence

if TYPE_CHECKING:
    from mitk.data.files import Table


def read_sides(file: str, x: str, y: str) -> tuple[Table, dict[str, Any], dict[str, Any]]:
    """The table of a file, and the columns of both sides by name."""
    from mitk.data.files import read_table

    table = read_table(file)
    for option, text in (("--x", x), ("--y", y)):
        if not text:
            raise ParameterError(sentence(option, "must name columns", "none", f"{file} has {table.listing()}"))
    return table, select(table, x, "--x"), select(table, y, "--y")


def select(table: Table, text: str, option: str) -> dict[str, Any]:
    """The columns that an option names."""
    return table.select([part.strip() for part in text.split(",")], option)


def groups_of(table: Table, text: str) -> Any:
    """The column of groups, where one is named."""
    if not text:
        return None
    chosen = list(select(table, text, "--groups").values())
    if len(chosen) > 1:
        raise ParameterError(sentence("--groups", "must name one column", repr(text)))
    return chosen[0]


def chosen_columns(table: Table, used: Mapping[str, Any], discrete: str) -> set[str]:
    """Names after --discrete, all of which must be in use: a forgotten one would go unnoticed."""
    if not discrete:
        return set()
    names = set(select(table, discrete, "--discrete"))
    idle = sorted(names - set(used))
    if idle:
        raise ParameterError(sentence("--discrete", "must name columns in use", ", ".join(idle)))
    return names


def kinds_of(
    table: Table, x: Mapping[str, Any], y: Mapping[str, Any], discrete: str, given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the door is told of the kinds of the sides."""
    names = chosen_columns(table, {**x, **y, **(given or {})}, discrete)
    told = {"discrete_x": _kind(x, names), "discrete_y": _kind(y, names)}
    return told if given is None else {**told, "discrete_given": _kind(given, names)}


def _kind(side: Mapping[str, Any], names: set[str]) -> list[bool | None] | None:
    return [True if name in names else None for name in side] if names & set(side) else None


def remark(table: Table, used: Mapping[str, Any]) -> None:
    """Print what was noted of the columns in use when the file was read."""
    for name in used:
        if name in table.notes:
            print(f"Note: {table.notes[name]}", file=sys.stderr)
