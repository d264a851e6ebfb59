"""Folders of runs: whose they are, and bars that know what an earlier call did."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mitk.errors import ParameterError, sentence
from mitk.progress import progress_bar


@contextmanager
def counted(text: str, total: int, shown: bool):  # type: ignore[no-untyped-def]
    """A bar that is told where the work stands; what an earlier call did is there at once."""
    with progress_bar(text, total, shown=shown) as advance:
        at = 0

        def reach(where: int) -> None:
            nonlocal at
            advance(where - at)
            at = where

        yield reach


def claim(path: Path, facts: dict[str, Any]) -> None:
    """Write down what made a folder, or see that it is the same."""
    facts = json.loads(json.dumps(facts))
    if path.exists():
        other = sorted(_differences(json.loads(path.read_text(encoding="utf-8")), facts))
        if other:
            rule = "must be a new folder or hold a run of this very recipe"
            got = f"{path.parent}, made with another {', '.join(other)}"
            raise ParameterError(sentence("out", rule, got, "choose another folder"))
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may begin to fill a folder at once.
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        part.rename(path)
    except OSError as error:
        raise ParameterError(
            sentence("out", "must be a folder that can be written", f"{path.parent} ({error})")
        ) from error


def _differences(before: Any, after: Any, name: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            one for key in keys for one in _differences(before.get(key), after.get(key), f"{name}.{key}".lstrip("."))
        ]
    return [] if before == after else [name]
