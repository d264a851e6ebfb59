"""Other entropies of the published program, kept for comparison with its figures."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.errors import DataError, ParameterError, sentence
from mitk.hyperparameters import positive, whole
from mitk.numerics.codes import joint_codes
from mitk.results.record import MIEstimate
from mitk.spectral.entropy import as_score, check_unit, spectral_entropy, symmetric_eigenvalues
from mitk.spectral.geometry import as_points
from mitk.spectral.kernels import gaussian_kernel


def transition_entropy(x: Any, *, bandwidth: float = 10.0, unit: str = "bits") -> MIEstimate:
    """Entropy of the entries of the transition matrix ("matrix entry entropy").

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
    bandwidth : float, default 10.0
        As in the published program.
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    MIEstimate
        Kind "score", at most 2 log n.

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    The Gaussian kernel, divided by ``sqrt(q_i q_j)`` and then by its row sums, is P; the entropy is that of all n^2
    entries ``P_ij / n``.

    Examples
    --------
    >>> import numpy as np
    >>> round(transition_entropy(np.zeros((8, 2))).value, 6)
    6.0
    """
    positive("bandwidth", bandwidth)
    check_unit(unit)
    points = as_points(x, "x")
    kernel = gaussian_kernel(points, bandwidth)
    kernel /= np.sqrt(np.outer(kernel.sum(axis=1), kernel.sum(axis=1)))
    kernel /= kernel.sum(axis=1, keepdims=True)
    return as_score(spectral_entropy(kernel.ravel()), unit, "transition_entropy", points)


def adjacency_entropy(
    x: Any, *, bandwidth: float = 10.0, neighbors: int | None = None, unit: str = "bits"
) -> MIEstimate:
    """Entropy of the spectrum of the kernel itself, or of a graph of nearest neighbours.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
    bandwidth : float, default 10.0
        Of the Gaussian kernel, as in the published program.
    neighbors : int, optional
        Take the directed graph of this many nearest rows instead, each row its own nearest; the moduli of its complex
        eigenvalues count.
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    MIEstimate
        Kind "score", at most log n.

    Raises
    ------
    DataError, ParameterError

    Examples
    --------
    >>> import numpy as np
    >>> round(adjacency_entropy(np.arange(8.0), bandwidth=0.01).value, 6)
    3.0
    """
    positive("bandwidth", bandwidth)
    check_unit(unit)
    points = as_points(x, "x")
    if neighbors is None:
        found = symmetric_eigenvalues(gaussian_kernel(points, bandwidth), overwrite=True)
    else:
        whole("neighbors", neighbors, 1)
        if neighbors > len(points):
            raise ParameterError(sentence("neighbors", f"must be at most the {len(points)} rows", neighbors))
        from sklearn.neighbors import kneighbors_graph

        found = np.abs(np.linalg.eigvals(kneighbors_graph(points, neighbors, include_self=True).toarray()))
    return as_score(spectral_entropy(found), unit, "adjacency_entropy", points)


def binned_entropy(x: Any, *, bins: int = 2, unit: str = "bits") -> MIEstimate:
    """Shannon entropy of the occupied cells when every column is cut into bins of equal width ("classic").

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
    bins : int, default 2
        A column, between its least and largest value; 2 as in the published program.
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    MIEstimate
        Kind "score", at most log n, which it equals once every row has a cell of its own: with two bins, in more than
        about log2 n columns.

    Raises
    ------
    DataError, ParameterError

    Examples
    --------
    >>> import numpy as np
    >>> binned_entropy(np.arange(8.0), bins=4).value
    2.0
    """
    whole("bins", bins, 1)
    check_unit(unit)
    points = as_points(x, "x")
    span = np.ptp(points, axis=0)
    if not (span > 0.0).all():
        raise DataError(sentence("x", "must have no constant column", "one", "leave it out"))
    cells = np.minimum((points - points.min(axis=0)) / span * bins, bins - 1).astype(np.int64)
    counts = np.bincount(joint_codes(cells.astype(np.float64)))
    return as_score(spectral_entropy(counts.astype(np.float64)), unit, "binned_entropy", points)
