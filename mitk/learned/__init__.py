"""Estimators that learned from simulated laws."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Public name -> module; jax is only loaded by those who ask for gradients.
_HOMES = {
    "mist_parameters": "mitk.learned.smooth",
    "mist_value": "mitk.learned.smooth",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.learned.smooth import mist_parameters as mist_parameters
    from mitk.learned.smooth import mist_value as mist_value


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk.learned' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
