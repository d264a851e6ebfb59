"""Estimate mutual information: a value, an interval, a unit and a verdict on whether to trust it.

>>> from mitk import estimate, KSG
>>> KSG(k=5)
KSG(seed=0, k=5, margins='standard', variant=1, lnc=False)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mitk.registry import BUILT_IN

__version__ = "0.1.0"

SUBPACKAGES = (
    "adapters",
    "api",
    "auto",
    "classical",
    "data",
    "distributions",
    "errors",
    "inference",
    "learned",
    "many",
    "measures",
    "objectives",
    "results",
    "selection",
    "show",
    "spectral",
    "testing",
    "variational",
)
# Public name -> module; each is imported when first asked for, so that a call pays only for what it uses.
_HOMES = {
    "estimate": "mitk.api.front",
    "compare": "mitk.api.comparison",
    "entropy": "mitk.api.entropies",
    "kl_divergence": "mitk.api.divergences",
    "jensen_shannon": "mitk.api.divergences",
    "normalized_mi": "mitk.api.normalized",
    "pairwise": "mitk.api.pairs",
    "permutation_test": "mitk.api.independence",
    "methods": "mitk.registry",
    "MIEstimate": "mitk.results.record",
    "Interval": "mitk.results.interval",
    "Correlation": "mitk.results.interval",
    "Quantiles": "mitk.results.interval",
    "Reason": "mitk.results.reason",
    "Status": "mitk.results.reason",
    "EstimatorInfo": "mitk.results.record",
    "Comparison": "mitk.results.comparison",
    "PairwiseResult": "mitk.many.result",
    "PermutationTest": "mitk.inference.permutation",
    "Method": "mitk.registry",
    "Estimator": "mitk.estimator",
    "Found": "mitk.found",
    "FitOptions": "mitk.data.options",
    "Tags": "mitk.tags",
    "Samples": "mitk.data.samples",
    "Prepared": "mitk.data.samples",
    "Side": "mitk.data.samples",
    "MITKError": "mitk.errors",
    "DataError": "mitk.errors",
    "DataTypeError": "mitk.errors",
    "ParameterError": "mitk.errors",
    "UnsupportedError": "mitk.errors",
    "UnknownMethodError": "mitk.errors",
    "MissingDependencyError": "mitk.errors",
    "MITKWarning": "mitk.errors",
    **{target.partition(":")[2]: target.partition(":")[0] for target, _ in BUILT_IN.values()},
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.api.comparison import compare as compare
    from mitk.api.divergences import jensen_shannon as jensen_shannon
    from mitk.api.divergences import kl_divergence as kl_divergence
    from mitk.api.entropies import entropy as entropy
    from mitk.api.front import estimate as estimate
    from mitk.api.independence import permutation_test as permutation_test
    from mitk.api.normalized import normalized_mi as normalized_mi
    from mitk.api.pairs import pairwise as pairwise
    from mitk.api.protocol import Protocol as Protocol
    from mitk.auto.estimator import Auto as Auto
    from mitk.classical.binning import Binning as Binning
    from mitk.classical.classifier import Classifier as Classifier
    from mitk.classical.discrete import Discrete as Discrete
    from mitk.classical.gaussian import CCA as CCA
    from mitk.classical.gaussian import Gaussian as Gaussian
    from mitk.classical.gaussian import GaussianCopula as GaussianCopula
    from mitk.classical.kernel import KDE as KDE
    from mitk.classical.neighbors import KSG as KSG
    from mitk.classical.neighbors import MixedKSG as MixedKSG
    from mitk.classical.residual.residual_entropy import ResidualEntropy as ResidualEntropy
    from mitk.classical.screen import Screen as Screen
    from mitk.classical.sliced import SlicedMI as SlicedMI
    from mitk.data.options import FitOptions as FitOptions
    from mitk.data.samples import Prepared as Prepared
    from mitk.data.samples import Samples as Samples
    from mitk.data.samples import Side as Side
    from mitk.errors import DataError as DataError
    from mitk.errors import DataTypeError as DataTypeError
    from mitk.errors import MissingDependencyError as MissingDependencyError
    from mitk.errors import MITKError as MITKError
    from mitk.errors import MITKWarning as MITKWarning
    from mitk.errors import ParameterError as ParameterError
    from mitk.errors import UnknownMethodError as UnknownMethodError
    from mitk.errors import UnsupportedError as UnsupportedError
    from mitk.estimator import Estimator as Estimator
    from mitk.found import Found as Found
    from mitk.inference.permutation import PermutationTest as PermutationTest
    from mitk.learned.mist import MIST as MIST
    from mitk.many.result import PairwiseResult as PairwiseResult
    from mitk.registry import Method as Method
    from mitk.registry import methods as methods
    from mitk.results.comparison import Comparison as Comparison
    from mitk.results.interval import Correlation as Correlation
    from mitk.results.interval import Interval as Interval
    from mitk.results.interval import Quantiles as Quantiles
    from mitk.results.reason import Reason as Reason
    from mitk.results.reason import Status as Status
    from mitk.results.record import EstimatorInfo as EstimatorInfo
    from mitk.results.record import MIEstimate as MIEstimate
    from mitk.spectral.information import DSMI as DSMI
    from mitk.tags import Tags as Tags
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
    if name in SUBPACKAGES:
        return importlib.import_module(f"mitk.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *SUBPACKAGES})
