"""MIST, the pretrained estimator, and what it takes to train it again; imported when first asked for.

Only training and `mist_value`, the differentiable twin, load jax.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Public name -> module.
_HOMES = {
    "MIST": "mitk.learned.mist",
    "Calibration": "mitk.learned.calibration",
    "Draw": "mitk.learned.families",
    "FAMILIES": "mitk.learned.prior",
    "Prior": "mitk.learned.prior",
    "Recipe": "mitk.learned.recipe",
    "Trained": "mitk.learned.retraining",
    "Training": "mitk.learned.training",
    "mist_parameters": "mitk.learned.smooth",
    "mist_value": "mitk.learned.smooth",
    "pushed": "mitk.learned.prior",
    "read_recipe": "mitk.learned.recipe",
    "train_mist": "mitk.learned.retraining",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.learned.calibration import Calibration as Calibration
    from mitk.learned.families import Draw as Draw
    from mitk.learned.mist import MIST as MIST
    from mitk.learned.prior import FAMILIES as FAMILIES
    from mitk.learned.prior import Prior as Prior
    from mitk.learned.prior import pushed as pushed
    from mitk.learned.recipe import Recipe as Recipe
    from mitk.learned.recipe import read_recipe as read_recipe
    from mitk.learned.retraining import Trained as Trained
    from mitk.learned.retraining import train_mist as train_mist
    from mitk.learned.smooth import mist_parameters as mist_parameters
    from mitk.learned.smooth import mist_value as mist_value
    from mitk.learned.training import Training as Training


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk.learned' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
