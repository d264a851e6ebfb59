"""What goes wrong because of what was asked; the command line prints it as one sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BenchmarkError(ValueError):
    """A mistake the user can mend; exit code 2."""


def unknown(what: str, given: str, known: Iterable[str]) -> BenchmarkError:
    """Build the error for a name that is not there, with the nearest name or all of them."""
    names = list(known)
    near = difflib.get_close_matches(given, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none'}."
    return BenchmarkError(f"`{what}` must be a known name, got {given!r}; {hint}")
