"""The one spectral-entropy core: the entropy of eigenvalues taken as a distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mitk.errors import DataError, ParameterError, sentence
from mitk.hyperparameters import positive
from mitk.results.reason import Reason, Status
from mitk.results.record import NATS_PER_UNIT, MIEstimate

# An eigenvalue this far below zero, as a share of the largest, is no rounding error.
NEGATIVE = 1e-8


def spectral_entropy(eigenvalues: Any, *, order: float = 1.0, power: float = 1.0, unit: str = "nats") -> Any:
    """Entropy of the distribution that eigenvalues, raised to a power, make when divided by their sum.

    Parameters
    ----------
    eigenvalues : ndarray or jax.Array of shape (..., n)
        Of a positive semidefinite matrix; signs, which only rounding can make negative, are ignored. Zeros
        contribute nothing, so spectra of different lengths can be padded with zeros.
    order : float, default 1.0
        Order of Renyi's entropy: 1 is Shannon's, infinity the min-entropy.
    power : float, default 1.0
        The eigenvalues' power before they are normalised: the diffusion time of DSE; 1/2 turns eigenvalues of a
        Gram matrix into singular values.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    ndarray or jax.Array of shape (...)
        Between 0 and log n. Of JAX arrays it can be differentiated, compiled and mapped.

    Raises
    ------
    ParameterError
        When `order` is not positive, `power` not a positive number, or `unit` unknown.

    Notes
    -----
    p_i = abs(lambda_i)^t / sum_j abs(lambda_j)^t;  H_1 = - sum_i p_i log p_i,  H_a = log(sum_i p_i^a) / (1 - a).

    Examples
    --------
    >>> import numpy as np
    >>> float(spectral_entropy(np.array([1.0, 1.0, 1.0, 1.0, 0.0]), unit="bits"))
    2.0
    """
    check_order(order)
    positive("power", power)
    check_unit(unit)
    xp = eigenvalues.__array_namespace__()
    size = xp.abs(eigenvalues)
    # Dividing by the largest keeps high powers from underflowing all at once.
    largest = xp.max(size, axis=-1, keepdims=True)
    size = size / xp.where(largest > 0, largest, 1.0)
    # The inner where keeps the gradient of the branch not taken finite.
    weight = xp.where(size > 0, xp.where(size > 0, size, 1.0) ** power, 0.0)
    total = xp.sum(weight, axis=-1, keepdims=True)
    p = weight / xp.where(total > 0, total, 1.0)
    live = p > 0
    kept = xp.where(live, p, 1.0)
    if order == 1.0:
        nats = -xp.sum(p * xp.log(kept), axis=-1)
    elif math.isinf(order):
        nats = -xp.log(xp.max(p, axis=-1))
    else:
        nats = xp.log(xp.sum(xp.where(live, kept**order, 0.0), axis=-1)) / (1.0 - order)
    return nats / NATS_PER_UNIT[unit]


def matrix_entropy(matrix: Any, *, order: float = 1.0, power: float = 1.0, unit: str = "nats") -> float:
    """Entropy of a symmetric positive semidefinite matrix divided by its trace.

    Parameters
    ----------
    matrix : array_like of shape (n, n)
        A Gram, kernel, covariance or density matrix.
    order : float, default 1.0
        Order of Renyi's entropy: 1 is von Neumann's. At order 2 and power 1 no eigenvalues are needed.
    power : float, default 1.0
        Power of the matrix before it is divided by its trace.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    float
        A score between 0 and log n, in `unit`.

    Raises
    ------
    DataError
        When the matrix is not square, symmetric, finite and positive semidefinite up to rounding.
    ParameterError

    Examples
    --------
    >>> import numpy as np
    >>> matrix_entropy(np.diag([3.0, 3.0, 0.0]), unit="bits")
    1.0
    """
    check_order(order)
    check_unit(unit)
    values = as_symmetric(matrix)
    if order == 2.0 and power == 1.0:
        return max(-math.log(float(np.vdot(values, values)) / float(np.trace(values)) ** 2), 0.0) / NATS_PER_UNIT[unit]
    return float(spectral_entropy(checked_eigenvalues(values), order=order, power=power, unit=unit))


def von_neumann_entropy(matrix: Any, *, unit: str = "nats") -> MIEstimate:
    """Von Neumann entropy of a covariance, Gram or density matrix.

    Parameters
    ----------
    matrix : array_like of shape (d, d)
        Symmetric and positive semidefinite; it is divided by its trace.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    MIEstimate
        Kind "score", quantity "von_neumann_entropy", between 0 and log d; no interval.

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    S(rho) = - tr rho log rho with rho = C / tr C; exp S is the effective dimension.

    References
    ----------
    * "Information Shapes Koopman Representation", arXiv:2510.13025 (2025), where C is the covariance of a latent state.

    Examples
    --------
    >>> import numpy as np
    >>> print(von_neumann_entropy(np.eye(4), unit="bits"))
    2.000 bits, n=4
    """
    check_unit(unit)
    values = as_symmetric(matrix)
    return as_score(spectral_entropy(checked_eigenvalues(values)), unit, "von_neumann_entropy", values)


def as_score(
    value: Any,
    unit: str,
    quantity: str,
    points: np.ndarray,
    *,
    dim_y: int = 0,
    doubts: Sequence[Reason] = (),
    **diagnostics: Any,
) -> MIEstimate:
    """A result of kind "score" about `points` (n, d); entropies come in nats and are converted to `unit`."""
    result = MIEstimate(
        float(value),
        unit="nats" if unit in NATS_PER_UNIT else unit,
        kind="score",
        quantity=quantity,
        status=Status().because(*doubts),
        n_samples=len(points),
        dim_x=points.shape[1],
        dim_y=dim_y,
        diagnostics=diagnostics,
    )
    return result.to(unit) if unit in NATS_PER_UNIT else result


def symmetric_eigenvalues(matrix: np.ndarray, *, overwrite: bool = False) -> np.ndarray:
    """Eigenvalues of a symmetric matrix (n, n) in rising order, by LAPACK on the host."""
    from scipy.linalg import eigvalsh

    return eigvalsh(matrix, driver="evd", overwrite_a=overwrite, check_finite=False)


def checked_eigenvalues(matrix: np.ndarray) -> np.ndarray:
    """Eigenvalues of a matrix that must be positive semidefinite, rounding errors below zero set to it."""
    found = symmetric_eigenvalues(matrix)
    if found[-1] <= 0.0:
        raise DataError(sentence("matrix", "must have a positive trace", f"largest eigenvalue {found[-1]:.3g}"))
    if found[0] < -NEGATIVE * found[-1]:
        raise DataError(
            sentence(
                "matrix", "must be positive semidefinite", f"an eigenvalue of {found[0]:.3g} beside {found[-1]:.3g}"
            )
        )
    return np.maximum(found, 0.0)


def as_symmetric(matrix: Any) -> np.ndarray:
    """A float64 copy of a symmetric matrix, or a DataError."""
    values = np.array(matrix, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not values.size:
        raise DataError(sentence("matrix", "must have shape (n, n)", f"shape {values.shape}"))
    if not np.isfinite(values).all():
        raise DataError(sentence("matrix", "must be finite", "values that are not"))
    scale = float(np.abs(values).max())
    if float(np.abs(values - values.T).max()) > NEGATIVE * scale:
        raise DataError(sentence("matrix", "must be symmetric", "an asymmetric one", "pass z.T @ z or z @ z.T"))
    return 0.5 * (values + values.T)


def is_number(value: Any) -> bool:
    """A real number that is not a bool."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def check_order(order: Any) -> None:
    """Raise ParameterError unless `order` is a positive number or infinity."""
    if not (is_number(order) and order > 0.0):
        raise ParameterError(sentence("order", "must be a positive number or infinity", repr(order)))


def check_unit(unit: Any) -> None:
    """Raise ParameterError unless the unit is known."""
    if unit not in NATS_PER_UNIT:
        raise ParameterError(sentence("unit", f"must be one of {', '.join(NATS_PER_UNIT)}", repr(unit)))
