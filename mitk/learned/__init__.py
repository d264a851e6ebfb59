"""MIST, the pretrained estimator, and what it takes to train it again; imported when first asked for.

Only training and `mist_value`, the differentiable twin, load jax.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Public name -> module.
_HOMES = {
    "MIST": "mitk.learned.mist",
    "Calibration": "mitk.learned.training.calibration",
    "Draw": "mitk.learned.prior.families",
    "FAMILIES": "mitk.learned.prior.meta",
    "Prior": "mitk.learned.prior.meta",
    "Recipe": "mitk.learned.training.recipe",
    "Trained": "mitk.learned.training.retraining",
    "Training": "mitk.learned.training.training",
    "mist_parameters": "mitk.learned.smooth.value",
    "mist_value": "mitk.learned.smooth.value",
    "pushed": "mitk.learned.prior.meta",
    "read_recipe": "mitk.learned.training.recipe",
    "simulate_sets": "mitk.learned.training.retraining",
    "train_mist": "mitk.learned.training.retraining",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.learned.mist import MIST as MIST
    from mitk.learned.prior.families import Draw as Draw
    from mitk.learned.prior.meta import FAMILIES as FAMILIES
    from mitk.learned.prior.meta import Prior as Prior
    from mitk.learned.prior.meta import pushed as pushed
    from mitk.learned.smooth.value import mist_parameters as mist_parameters
    from mitk.learned.smooth.value import mist_value as mist_value
    from mitk.learned.training.calibration import Calibration as Calibration
    from mitk.learned.training.recipe import Recipe as Recipe
    from mitk.learned.training.recipe import read_recipe as read_recipe
    from mitk.learned.training.retraining import Trained as Trained
    from mitk.learned.training.retraining import simulate_sets as simulate_sets
    from mitk.learned.training.retraining import train_mist as train_mist
    from mitk.learned.training.training import Training as Training


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk.learned' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
