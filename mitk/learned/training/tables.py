"""Recipes in TOML: a dataclass from a table, every key and type checked, and back to plain values."""

from __future__ import annotations

import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from mitk.errors import ParameterError, sentence

T = TypeVar("T")


def read_table(path: str | os.PathLike[str], packaged: Path) -> dict[str, Any]:
    """What a file in TOML holds, or `packaged` for "default".

    Raises
    ------
    ParameterError
    """
    place = packaged if str(path) == "default" else Path(path)
    try:
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        rule = "must be a file in TOML, or default"
        raise ParameterError(sentence("config", rule, f"{str(path)!r} ({error.strerror})")) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(sentence("config", "must be a file in TOML", f"{str(path)!r} ({error})")) from error


def built(kind: type[T], table: Any, name: str = "") -> T:
    """A dataclass from a table of TOML, each value of the type that its field says.

    Parameters
    ----------
    kind : type
        Fields with ``metadata={"written": False}`` are no keys.
    table : Any
    name : str, default ""
        Of the table, for errors.

    Raises
    ------
    ParameterError
        For a key that is not there or a value of another type or outside its rule.
    """
    if not isinstance(table, dict):
        raise ParameterError(sentence(name, "must be a table", repr(table)))
    hints = typing.get_type_hints(kind)
    allowed = [f.name for f in fields(kind) if f.metadata.get("written", True)]  # type: ignore[arg-type]
    values = {}
    for key, value in table.items():
        full = f"{name}.{key}".lstrip(".")
        if key not in allowed:
            where = f"[{name}]" if name else "a recipe"
            raise ParameterError(sentence(full, f"must be a key of {where}", "neither", f"it has {', '.join(allowed)}"))
        values[key] = _value(hints[key], value, full)
    return kind(**values)


def _value(kind: Any, value: Any, name: str) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind):
        return built(typing.cast(type, kind), value, name)
    if origin is tuple and isinstance(value, list):
        if inner[-1] is ...:
            return tuple(_value(inner[0], one, f"{name}[{i}]") for i, one in enumerate(value))
        if len(value) == len(inner):
            return tuple(_value(k, one, f"{name}[{i}]") for i, (k, one) in enumerate(zip(inner, value, strict=True)))
    elif origin is Mapping and isinstance(value, dict):
        return {key: _value(inner[1], one, f"{name}.{key}") for key, one in value.items()}
    elif kind is float and type(value) in (int, float):
        return float(value)
    # A union here is a callable or its name; only a name can be written.
    elif type(value) is (str if origin in (types.UnionType, typing.Union) else kind):
        return value
    raise ParameterError(sentence(name, f"must be {_words(kind)}", repr(value)))


def _words(kind: Any) -> str:
    """A type in words."""
    known = {int: "an integer", float: "a number", bool: "true or false", str: "a text"}
    if kind in known:
        return known[kind]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return f"a list, each {_words(inner[0])}" if inner[-1] is ... else f"[{', '.join(_words(k) for k in inner)}]"
    return "a table" if origin is Mapping else '"package.module:function"'


def plain(value: Any) -> Any:
    """A dataclass and all that it holds as plain values; a callable as "package.module:function"."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if callable(value):
        # A name, not a representation, which may hold an address that changes from run to run.
        home = value if hasattr(value, "__qualname__") else type(value)
        return f"{home.__module__}:{home.__qualname__}"
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)
