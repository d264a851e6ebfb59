"""Entropies of spectra: diffusion spectral entropy, matrix-based entropies, effective dimensions.

All are scores of how points are spread, none is mutual information. Only the differentiable twins load jax.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Public name -> module.
_HOMES = {
    "DSE": "mitk.spectral.diffusion",
    "DSMI": "mitk.spectral.information",
    "adjacency_entropy": "mitk.spectral.variants",
    "alpha_req": "mitk.spectral.geometry",
    "binned_entropy": "mitk.spectral.variants",
    "dse": "mitk.spectral.diffusion",
    "dse_gradient": "mitk.spectral.smooth",
    "dsmi": "mitk.spectral.information",
    "dsmi_gradient": "mitk.spectral.smooth",
    "effective_dimension": "mitk.spectral.geometry",
    "matrix_entropy": "mitk.spectral.entropy",
    "published_subsets": "mitk.spectral.subsets",
    "rankme": "mitk.spectral.geometry",
    "renyi_entropy": "mitk.spectral.renyi",
    "renyi_information": "mitk.spectral.renyi",
    "smooth_dse": "mitk.spectral.smooth",
    "smooth_dsmi": "mitk.spectral.smooth",
    "spectral_entropy": "mitk.spectral.entropy",
    "transition_entropy": "mitk.spectral.variants",
    "von_neumann_entropy": "mitk.spectral.entropy",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.spectral.diffusion import DSE as DSE
    from mitk.spectral.diffusion import dse as dse
    from mitk.spectral.entropy import matrix_entropy as matrix_entropy
    from mitk.spectral.entropy import spectral_entropy as spectral_entropy
    from mitk.spectral.entropy import von_neumann_entropy as von_neumann_entropy
    from mitk.spectral.geometry import alpha_req as alpha_req
    from mitk.spectral.geometry import effective_dimension as effective_dimension
    from mitk.spectral.geometry import rankme as rankme
    from mitk.spectral.information import DSMI as DSMI
    from mitk.spectral.information import dsmi as dsmi
    from mitk.spectral.renyi import renyi_entropy as renyi_entropy
    from mitk.spectral.renyi import renyi_information as renyi_information
    from mitk.spectral.smooth import dse_gradient as dse_gradient
    from mitk.spectral.smooth import dsmi_gradient as dsmi_gradient
    from mitk.spectral.smooth import smooth_dse as smooth_dse
    from mitk.spectral.smooth import smooth_dsmi as smooth_dsmi
    from mitk.spectral.subsets import published_subsets as published_subsets
    from mitk.spectral.variants import adjacency_entropy as adjacency_entropy
    from mitk.spectral.variants import binned_entropy as binned_entropy
    from mitk.spectral.variants import transition_entropy as transition_entropy


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk.spectral' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
