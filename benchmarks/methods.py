"""What a method on the command line means: ``ksg``, ``ksg:k=5``, ``mypackage.mymodule:MyEstimator:width=2``."""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import importlib
import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError, unknown
from mitk import Estimator, MIEstimate, estimate, methods

PEER = "peer:"


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """Split ``name:key=value:key=value`` into the name, which may itself hold a colon, and the options.

    >>> parse("ksg:k=5:margins=normal")
    ('ksg', {'k': 5, 'margins': 'normal'})
    >>> parse("package.module:Mine:width=0.5")
    ('package.module:Mine', {'width': 0.5})
    """
    head, options = [], {}
    for part in text.strip().split(":"):
        key, equals, value = part.partition("=")
        if equals:
            options[key.strip()] = _value(value.strip())
        else:
            head.append(part)
    return ":".join(head), options


def _value(text: str) -> Any:
    named = {"true": True, "false": False, "none": None}
    if text.lower() in named:
        return named[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def split(listed: Sequence[str]) -> list[str]:
    """Take apart what was separated by commas, in order and once each."""
    names = [name.strip() for text in listed for name in text.split(",")]
    return list(dict.fromkeys(name for name in names if name))


@functools.cache
def estimator_class(name: str) -> type[Estimator]:
    """The class behind a registered name or behind ``package.module:Class``."""
    target = name
    if ":" not in name:
        known = {method.name: method for method in methods()}
        if name not in known:
            raise unknown("method", name, known)
        if known[name].error:
            raise BenchmarkError(f"`method` {name!r} cannot be used: {known[name].error}.")
        target = known[name].target
    module, _, attribute = target.partition(":")
    try:
        kind = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise BenchmarkError(f"`method` {name!r} cannot be imported: {error}.") from error
    if not (isinstance(kind, type) and issubclass(kind, Estimator)):
        raise BenchmarkError(f"`method` {name!r} must be a subclass of mitk.Estimator, got {kind!r}.")
    return kind


def configuration(text: str, fit: dict[str, Any]) -> dict[str, Any]:
    """Everything that decides what a method computes, apart from the seed: the hash of a cell is over this.

    Parameters
    ----------
    text : str
        As on the command line.
    fit : dict
        Options of `fit` that hold for all cells, such as the confidence.

    Raises
    ------
    BenchmarkError
        When the method or one of its options does not exist.
    """
    name, options = parse(text)
    if text.startswith(PEER):
        return {"target": text, "fit": {}}
    kind = estimator_class(name)
    allowed = {f.name: f for f in dataclasses.fields(kind) if f.init}
    for key in options:
        if key not in allowed:
            raise unknown(f"option of {name}", key, allowed)
    configured = kind(**options)
    values = {key: repr(getattr(configured, key)) for key in allowed if key != "seed" or "seed" in options}
    found = {"target": f"{kind.__module__}:{kind.__qualname__}", "options": values, "fit": fit}
    if not kind.__module__.startswith("mitk."):
        # Code that is being worked on has no version that changes with it.
        found["source"] = _source_hash(kind)
    return found


def _source_hash(kind: type) -> str:
    try:
        path = inspect.getsourcefile(kind)
    except TypeError:
        path = None
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12] if path else ""


def digest(record: Any) -> str:
    """Twelve hexadecimal digits that stand for a record."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, default=repr).encode()).hexdigest()[:12]


@dataclasses.dataclass(frozen=True)
class Fitter:
    """A method ready to be called: ``fitter(x, y, seed, **fit options)``."""

    text: str

    @property
    def conditional(self) -> bool:
        """Whether the method takes a condition."""
        name, options = parse(self.text)
        return bool(estimator_class(name)(**options).tags.conditional)

    def __call__(self, x: Any, y: Any, seed: int, **fit: Any) -> MIEstimate:
        """Fit; the estimator's own seed is that of the cell unless the method's options set it."""
        name, options = parse(self.text)
        options = {"seed": seed, **options}
        if ":" in name:
            return estimate(x, y, method=estimator_class(name)(**options), **fit)
        return estimate(x, y, method=name, **options, **fit)
