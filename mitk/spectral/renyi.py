"""Matrix-based Renyi entropy and information of kernel matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.errors import DataError, ParameterError, sentence
from mitk.hyperparameters import positive
from mitk.results.record import MIEstimate
from mitk.spectral.entropy import as_score, check_order, check_unit, matrix_entropy
from mitk.spectral.geometry import as_points
from mitk.spectral.kernels import gaussian_kernel, half_median


def renyi_entropy(
    x: Any, *, order: float = 1.01, bandwidth: float | str = "half-median", unit: str = "bits"
) -> MIEstimate:
    """Matrix-based Renyi entropy of a sample.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
    order : float, default 1.01
        Near 1, where it approaches the von Neumann entropy, as the authors take it; at 2 no eigenvalues are needed.
    bandwidth : float or {"half-median"}, default "half-median"
        Of the Gaussian kernel: half the median distance between rows, or a number.
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    MIEstimate
        Kind "score", quantity "renyi_entropy", between 0 and log n; no interval. It is no estimate of the Renyi
        entropy of the sampled law: it depends on n and on the bandwidth.

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Notes
    -----
    ``S_a(A) = log(tr A^a) / (1 - a)`` with ``A_ij = G_ij / (n sqrt(G_ii G_jj))``, G the kernel matrix.

    References
    ----------
    * L. G. Sanchez Giraldo, M. Rao and J. C. Principe, "Measures of entropy from data using infinitely divisible
      kernels", IEEE Transactions on Information Theory 61 (2015).

    Examples
    --------
    >>> import numpy as np
    >>> round(renyi_entropy(np.repeat([0.0, 50.0], 8), order=2, bandwidth=1.0).value, 6)
    1.0
    """
    check_order(order)
    check_unit(unit)
    points = as_points(x, "x")
    kernel = _kernel(points, bandwidth, "bandwidth")
    return as_score(matrix_entropy(kernel, order=order), unit, "renyi_entropy", points)


def renyi_information(
    x: Any,
    y: Any,
    *,
    order: float = 1.01,
    bandwidth_x: float | str = "half-median",
    bandwidth_y: float | str = "half-median",
    unit: str = "bits",
) -> MIEstimate:
    """Matrix-based Renyi mutual information of paired samples.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, dx)
    y : array_like of shape (n,) or (n, dy)
    order : float, default 1.01
    bandwidth_x, bandwidth_y : float or {"half-median"}, default "half-median"
    unit : {"bits", "nats"}, default "bits"

    Returns
    -------
    MIEstimate
        Kind "score", quantity "renyi_information"; symmetric; no interval. It is no mutual information: independent
        samples score well above 0, and the number depends on n and on the bandwidths.

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Notes
    -----
    ``I_a = S_a(A) + S_a(B) - S_a(A o B / tr(A o B))``, o the elementwise product, which is the kernel of pairs.

    References
    ----------
    * L. G. Sanchez Giraldo, M. Rao and J. C. Principe, IEEE Transactions on Information Theory 61 (2015).
    * S. Yu, L. G. Sanchez Giraldo, R. Jenssen and J. C. Principe, "Multivariate extension of matrix-based Renyi's
      alpha-order entropy functional", IEEE Transactions on Pattern Analysis and Machine Intelligence 42 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.repeat([0.0, 50.0], 8)
    >>> round(renyi_information(x, x, order=2, bandwidth_x=1.0, bandwidth_y=1.0).value, 6)
    1.0
    """
    check_order(order)
    check_unit(unit)
    left, right = as_points(x, "x"), as_points(y, "y")
    if len(left) != len(right):
        raise DataError(sentence("x", "must have as many rows as `y`", f"{len(left)} and {len(right)}"))
    a, b = _kernel(left, bandwidth_x, "bandwidth_x"), _kernel(right, bandwidth_y, "bandwidth_y")
    nats = matrix_entropy(a, order=order) + matrix_entropy(b, order=order) - matrix_entropy(a * b, order=order)
    return as_score(nats, unit, "renyi_information", left, dim_y=right.shape[1])


def _kernel(points: np.ndarray, bandwidth: float | str, name: str) -> np.ndarray:
    if isinstance(bandwidth, str):
        if bandwidth != "half-median":
            raise ParameterError(sentence(name, 'must be "half-median" or a positive number', repr(bandwidth)))
        return gaussian_kernel(points, half_median(points))
    positive(name, bandwidth)
    return gaussian_kernel(points, float(bandwidth))
