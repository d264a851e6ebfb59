"""Measures that papers report beside mutual information; each says what kind of number it is (`measures()`).

Only the losses load jax.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Public name -> module.
_HOMES = {
    "Measure": "mitk.measures.catalogue",
    "measures": "mitk.measures.catalogue",
    "channel_mi": "mitk.measures.channel",
    "rate_per_token": "mitk.measures.rate_distortion",
    "fit_exponential_distortion": "mitk.measures.rate_distortion",
    "ExponentialDistortion": "mitk.measures.rate_distortion",
    "vae_rate": "mitk.measures.vae",
    "aggregate_kl_gap": "mitk.measures.sandwich",
    "hierarchical_rate": "mitk.measures.vae",
    "RateSandwich": "mitk.measures.sandwich",
    "HierarchicalRate": "mitk.measures.vae",
    "CapacityConstraint": "mitk.measures.capacity",
    "decoder_mi": "mitk.measures.decoder",
    "pmi": "mitk.measures.pointwise",
    "npmi": "mitk.measures.pointwise",
    "lambda_pmi": "mitk.measures.pointwise",
    "pmi_table": "mitk.measures.pmi_tables",
    "npmi_table": "mitk.measures.pmi_tables",
    "ppmi_table": "mitk.measures.pmi_tables",
    "clustering_complexity": "mitk.measures.clusters",
    "clustering_distortion": "mitk.measures.clusters",
    "clustering_objective": "mitk.measures.clusters",
    "adjusted_mi": "mitk.measures.clusters",
    "variation_of_information": "mitk.measures.clusters",
    "kde_mi": "mitk.measures.kde",
    "alignment": "mitk.measures.geometry",
    "uniformity": "mitk.measures.geometry",
    "k_jem": "mitk.measures.geometry",
    "kde_mi_value": "mitk.measures.geometry",
    "lagged_pairs": "mitk.measures.lagged",
    "LaggedPairs": "mitk.measures.lagged",
    "multi_positive_info_nce": "mitk.measures.losses",
    "temporal_info_nce": "mitk.measures.losses",
    "mim": "mitk.measures.losses",
    "cmim": "mitk.measures.losses",
    "gaussian_rate": "mitk.measures.losses",
    "bottleneck_lagrangian": "mitk.measures.losses",
    "pairwise_mi": "mitk.measures.matching",
    "match_units": "mitk.measures.matching",
    "Matching": "mitk.measures.matching",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from mitk.measures.capacity import CapacityConstraint as CapacityConstraint
    from mitk.measures.catalogue import Measure as Measure
    from mitk.measures.catalogue import measures as measures
    from mitk.measures.channel import channel_mi as channel_mi
    from mitk.measures.clusters import adjusted_mi as adjusted_mi
    from mitk.measures.clusters import clustering_complexity as clustering_complexity
    from mitk.measures.clusters import clustering_distortion as clustering_distortion
    from mitk.measures.clusters import clustering_objective as clustering_objective
    from mitk.measures.clusters import variation_of_information as variation_of_information
    from mitk.measures.decoder import decoder_mi as decoder_mi
    from mitk.measures.geometry import alignment as alignment
    from mitk.measures.geometry import k_jem as k_jem
    from mitk.measures.geometry import kde_mi_value as kde_mi_value
    from mitk.measures.geometry import uniformity as uniformity
    from mitk.measures.kde import kde_mi as kde_mi
    from mitk.measures.lagged import LaggedPairs as LaggedPairs
    from mitk.measures.lagged import lagged_pairs as lagged_pairs
    from mitk.measures.losses import bottleneck_lagrangian as bottleneck_lagrangian
    from mitk.measures.losses import cmim as cmim
    from mitk.measures.losses import gaussian_rate as gaussian_rate
    from mitk.measures.losses import mim as mim
    from mitk.measures.losses import multi_positive_info_nce as multi_positive_info_nce
    from mitk.measures.losses import temporal_info_nce as temporal_info_nce
    from mitk.measures.matching import Matching as Matching
    from mitk.measures.matching import match_units as match_units
    from mitk.measures.matching import pairwise_mi as pairwise_mi
    from mitk.measures.pmi_tables import npmi_table as npmi_table
    from mitk.measures.pmi_tables import pmi_table as pmi_table
    from mitk.measures.pmi_tables import ppmi_table as ppmi_table
    from mitk.measures.pointwise import lambda_pmi as lambda_pmi
    from mitk.measures.pointwise import npmi as npmi
    from mitk.measures.pointwise import pmi as pmi
    from mitk.measures.rate_distortion import ExponentialDistortion as ExponentialDistortion
    from mitk.measures.rate_distortion import fit_exponential_distortion as fit_exponential_distortion
    from mitk.measures.rate_distortion import rate_per_token as rate_per_token
    from mitk.measures.sandwich import RateSandwich as RateSandwich
    from mitk.measures.sandwich import aggregate_kl_gap as aggregate_kl_gap
    from mitk.measures.vae import HierarchicalRate as HierarchicalRate
    from mitk.measures.vae import hierarchical_rate as hierarchical_rate
    from mitk.measures.vae import vae_rate as vae_rate


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mitk.measures' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
