"""The options that commands share, and how their texts are read."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

import mitk
from mitk.errors import ParameterError, sentence

X = Annotated[
    str, typer.Option("--x", metavar="COLUMNS", help="Columns of one side, by commas: names, or :1 for the first.")
]
Y = Annotated[str, typer.Option("--y", metavar="COLUMNS", help="Columns of the other side.")]
Given = Annotated[str, typer.Option("--given", metavar="COLUMNS", help="Columns of the condition.")]
MethodName = Annotated[str, typer.Option("--method", metavar="NAME", help='One of "mitk methods".')]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option of the method; may be repeated."),
]
Unit = Annotated[str, typer.Option("--unit", help="nats or bits.")]
Confidence = Annotated[str, typer.Option("--confidence", help="Level of the interval, or none for none.")]
IntervalName = Annotated[str, typer.Option("--interval", help="default, own, subsampling or jackknife.")]
Missing = Annotated[str, typer.Option("--missing", help="raise, or drop rows with missing values.")]
Groups = Annotated[str, typer.Option("--groups", metavar="COLUMN", help="Rows of one group depend on each other.")]
BlockLength = Annotated[str, typer.Option("--block", metavar="ROWS", help="For a series: rows to a run, or auto.")]
Thin = Annotated[int, typer.Option("--thin", metavar="M", help="Take every M-th row only.")]
Columns = Annotated[str, typer.Option("--columns", metavar="COLUMNS", help="By default all.")]
Exclude = Annotated[str, typer.Option("--exclude", metavar="COLUMNS", help="Columns to leave out, such as ids.")]
Correct = Annotated[str, typer.Option("--correct", help="Of p-values for all pairs: bh, by, bonferroni, max or none.")]
Top = Annotated[int, typer.Option("--top", min=0, metavar="M", help="Print the M strongest pairs only.")]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help=".parquet, .csv or .json for all pairs; resumes.")]
Memory = Annotated[
    str, typer.Option("--memory", metavar="SIZE", help="Read columns as they are needed, in so much: 200MB, 2GB.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same numbers.")]
Jobs = Annotated[int, typer.Option("--jobs", min=-1, help="Processes; -1 or 0 for all cores.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON and nothing else to stdout.")]


def rows_of(text: str) -> int | str | None:
    """The option --block: a number of rows, "auto", or nothing said."""
    if text and text != "auto" and not text.isdecimal():
        raise ParameterError(sentence("--block", 'must be a whole number of rows, or "auto"', repr(text)))
    return int(text) if text.isdecimal() else text or None


def settings_of(given: list[str] | None, call: str = "estimate") -> dict[str, Any]:
    """Options of a method from NAME=VALUE texts; those of the call itself have options of their own."""
    shared = inspect.signature(mitk.estimate).parameters if given else {}
    settings: dict[str, Any] = {}
    for text in given or []:
        name, equals, value = text.partition("=")
        if not (equals and name.isidentifier()):
            raise ParameterError(sentence("--set", "must be NAME=VALUE", repr(text), "for example --set k=5"))
        if name in shared or name in inspect.signature(getattr(mitk, call)).parameters:
            hint = f"use --{name}" if name in shared else ""
            raise ParameterError(sentence("--set", "takes options of the method only", repr(name), hint))
        settings[name] = _value(value.strip())
    return settings


def _value(text: str) -> int | float | bool | str | None:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def level_of(text: str) -> float | None:
    """The level of the interval, or None."""
    level = _value(text)
    if isinstance(level, (str, bool)):
        raise ParameterError(sentence("--confidence", "must lie in (0, 1) or be none", repr(text)))
    return level
