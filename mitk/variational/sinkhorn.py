"""Sinkhorn divergence, by ott-jax."""

from __future__ import annotations

import numpy as np

from mitk.errors import MissingDependencyError, sentence
from mitk.numerics.transport import Points, distances


def sinkhorn_divergence(p: Points, q: Points, metric: str, epsilon: float) -> float:
    """Debiased Sinkhorn divergence between two samples, by ott-jax.

    Parameters
    ----------
    p, q : Points
    metric : {"l2", "l1sum", "discrete"}
    epsilon : float
        As a share of the mean distance between `p` and `q`.

    Returns
    -------
    float

    Raises
    ------
    MissingDependencyError
        Without ott-jax.
    """
    try:
        from ott.geometry.geometry import Geometry
        from ott.tools.sinkhorn_divergence import sinkhorn_divergence as divergence
    except ImportError as error:
        raise MissingDependencyError(
            sentence("ott-jax", 'must be installed for method="sinkhorn"', "none", 'pip install "mitk[ot]"')
        ) from error
    costs = [distances(a, b, metric).astype(np.float32) for a, b in ((p, q), (p, p), (q, q))]
    return float(divergence(Geometry, *costs, epsilon=epsilon * float(costs[0].mean()))[0])
