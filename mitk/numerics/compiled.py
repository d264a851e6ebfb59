"""Compiling by numba, with an on-disk cache wherever one can be kept."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from numba import njit

# Finite data only, and every distance is an absolute value: no NaN, no -0.
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": {"nnan", "nsz"}}


def cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with an on-disk cache where one can be kept, without it elsewhere.

    Parameters
    ----------
    function : callable
        Function in Numba's subset; calling it twice with the same arguments
        must be harmless.

    Returns
    -------
    callable
        Compiled function. A cache that cannot be found, read or written costs
        a recompilation in this process and nothing else.
    """
    try:
        compiled = njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        return njit(**_OPTIONS)(function)
    fallback = None

    def call(*arguments: Any) -> Any:
        nonlocal fallback
        if fallback is None:
            try:
                return compiled(*arguments)
            except (OSError, EOFError, pickle.UnpicklingError):
                fallback = njit(**_OPTIONS)(function)
        return fallback(*arguments)

    return call


# For what compiled functions call: their cache holds it too.
helper = njit(**_OPTIONS)
