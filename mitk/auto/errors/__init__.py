"""How the readings of `Auto` err, learned from simulated laws; `train_auto` learns it again, and alone loads jax."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Public name -> module.
_HOMES = {
    "ErrorModel": "mitk.auto.errors.model",
    "ErrorRecipe": "mitk.auto.errors.recipe",
    "Fitting": "mitk.auto.errors.recipe",
    "TrainedErrors": "mitk.auto.errors.training",
    "read_error_recipe": "mitk.auto.errors.recipe",
    "train_auto": "mitk.auto.errors.training",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.auto.errors.model import ErrorModel as ErrorModel
    from mitk.auto.errors.recipe import ErrorRecipe as ErrorRecipe
    from mitk.auto.errors.recipe import Fitting as Fitting
    from mitk.auto.errors.recipe import read_error_recipe as read_error_recipe
    from mitk.auto.errors.training import TrainedErrors as TrainedErrors
    from mitk.auto.errors.training import train_auto as train_auto


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk.auto.errors' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
