"""Estimate mutual information: a value, an interval, a unit and a verdict on whether to trust it.

>>> from mitk import estimate, KSG
>>> KSG(k=5)
KSG(seed=0, k=5, margins='standard', variant=1, lnc=False)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public name -> module; each is imported when first asked for, so that a call pays only for what it uses.
_HOMES = {
    "estimate": "mitk.auto",
    "methods": "mitk.registry",
    "permutation_test": "mitk.independence",
    "pairwise": "mitk.pairwise",
    "Protocol": "mitk.reliability",
    "MIEstimate": "mitk.result",
    "Interval": "mitk.result",
    "Status": "mitk.result",
    "Estimator": "mitk.estimator",
    "Tags": "mitk.estimator",
    "Samples": "mitk.samples",
    "Block": "mitk.samples",
    "MITKWarning": "mitk.errors",
    "KSG": "mitk.classical.neighbors",
    "MixedKSG": "mitk.classical.neighbors",
    "Binning": "mitk.classical.binning",
    "Discrete": "mitk.classical.discrete",
    "Gaussian": "mitk.classical.gaussian",
    "CCA": "mitk.classical.gaussian",
    "GaussianCopula": "mitk.classical.gaussian",
    "KDE": "mitk.classical.kernel",
    "ResidualEntropy": "mitk.classical.residual_entropy",
    "MIST": "mitk.learned.mist",
    "DSMI": "mitk.spectral.information",
    "DoE": "mitk.variational.doe",
    "CLUB": "mitk.variational.doe",
    "NJEE": "mitk.variational.njee",
    "Anchored": "mitk.variational.anchored",
    "InfoNCE": "mitk.variational.bounds",
    "DV": "mitk.variational.bounds",
    "MINE": "mitk.variational.bounds",
    "NWJ": "mitk.variational.bounds",
    "JS": "mitk.variational.bounds",
    "SMILE": "mitk.variational.bounds",
    "TUBA": "mitk.variational.bounds",
    "FLO": "mitk.variational.bounds",
    "FDIME": "mitk.variational.bounds",
    "TRE": "mitk.variational.bridges",
    "MINDE": "mitk.variational.diffusion",
    "FMMI": "mitk.variational.flow_matching",
    "LMI": "mitk.variational.latent",
    "SlicedMI": "mitk.classical.sliced",
    "WassersteinDependency": "mitk.variational.wasserstein",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.auto import estimate as estimate
    from mitk.classical.binning import Binning as Binning
    from mitk.classical.discrete import Discrete as Discrete
    from mitk.classical.gaussian import CCA as CCA
    from mitk.classical.gaussian import Gaussian as Gaussian
    from mitk.classical.gaussian import GaussianCopula as GaussianCopula
    from mitk.classical.kernel import KDE as KDE
    from mitk.classical.neighbors import KSG as KSG
    from mitk.classical.neighbors import MixedKSG as MixedKSG
    from mitk.classical.residual_entropy import ResidualEntropy as ResidualEntropy
    from mitk.classical.sliced import SlicedMI as SlicedMI
    from mitk.errors import MITKWarning as MITKWarning
    from mitk.estimator import Estimator as Estimator
    from mitk.estimator import Tags as Tags
    from mitk.independence import permutation_test as permutation_test
    from mitk.learned.mist import MIST as MIST
    from mitk.pairwise import pairwise as pairwise
    from mitk.registry import methods as methods
    from mitk.reliability import Protocol as Protocol
    from mitk.result import Interval as Interval
    from mitk.result import MIEstimate as MIEstimate
    from mitk.result import Status as Status
    from mitk.samples import Block as Block
    from mitk.samples import Samples as Samples
    from mitk.spectral.information import DSMI as DSMI
    from mitk.variational.anchored import Anchored as Anchored
    from mitk.variational.bounds import DV as DV
    from mitk.variational.bounds import FDIME as FDIME
    from mitk.variational.bounds import FLO as FLO
    from mitk.variational.bounds import JS as JS
    from mitk.variational.bounds import MINE as MINE
    from mitk.variational.bounds import NWJ as NWJ
    from mitk.variational.bounds import SMILE as SMILE
    from mitk.variational.bounds import TUBA as TUBA
    from mitk.variational.bounds import InfoNCE as InfoNCE
    from mitk.variational.bridges import TRE as TRE
    from mitk.variational.diffusion import MINDE as MINDE
    from mitk.variational.doe import CLUB as CLUB
    from mitk.variational.doe import DoE as DoE
    from mitk.variational.flow_matching import FMMI as FMMI
    from mitk.variational.latent import LMI as LMI
    from mitk.variational.njee import NJEE as NJEE
    from mitk.variational.wasserstein import WassersteinDependency as WassersteinDependency


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
