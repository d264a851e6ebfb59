"""Transport distances with a closed form: between normal laws, and of one-dimensional shadows."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def _fidelity(s: np.ndarray, s0: np.ndarray) -> float:
    """Tr (S0^1/2 S S0^1/2)^1/2."""
    root = _root(s0)
    return float(np.sqrt(np.maximum(np.linalg.eigvalsh(root @ s @ root), 0.0)).sum())


def without_cross(covariance: np.ndarray, dim_x: int) -> np.ndarray:
    """The covariance of the product law: the blocks of both sides, and 0 between them."""
    product = covariance.copy()
    product[:dim_x, dim_x:] = product[dim_x:, :dim_x] = 0.0
    return product


def gaussian_w2(covariance: np.ndarray, dim_x: int) -> float:
    """W2 between a normal law of (x, y) and the product of its margins, in the Euclidean metric.

    W2^2 = tr S + tr S0 - 2 tr (S0^1/2 S S0^1/2)^1/2, with S0 the blocks of S on the diagonal.

    Parameters
    ----------
    covariance : ndarray of shape (dx + dy, dx + dy)
        S.
    dim_x : int

    Returns
    -------
    float

    Examples
    --------
    >>> round(gaussian_w2(np.array([[1.0, 0.6], [0.6, 1.0]]), 1), 4)
    0.4531
    """
    product = without_cross(covariance, dim_x)
    squared = float(np.trace(covariance)) + float(np.trace(product)) - 2.0 * _fidelity(covariance, product)
    return math.sqrt(max(squared, 0.0))


def bures_dependence(correlation: np.ndarray, dim_x: int) -> float:
    """W2 between normal laws scaled to [0, 1]: D2 of De Keyser and Gijbels.

    D2 = (q - tr (R0^1/2 R R0^1/2)^1/2) / (q - sum_j sqrt(sum_i lambda_ij^2)), where lambda_ij is the j-th eigenvalue of
    block i of the correlation matrix R of q columns (0 where the block has fewer).

    Parameters
    ----------
    correlation : ndarray of shape (q, q)
    dim_x : int

    Returns
    -------
    float

    References
    ----------
    S. De Keyser, I. Gijbels, arXiv:2404.07141.
    """
    q = len(correlation)
    blocks = (correlation[:dim_x, :dim_x], correlation[dim_x:, dim_x:])
    spectra = np.zeros((2, max(dim_x, q - dim_x)))
    for row, block in zip(spectra, blocks, strict=True):
        row[: len(block)] = np.maximum(np.linalg.eigvalsh(block), 0.0)[::-1]
    most = q - float(np.sqrt((spectra**2).sum(axis=0)).sum())
    return (q - _fidelity(correlation, without_cross(correlation, dim_x))) / most


def gaussian_w1_bracket(r: float, pairs: int = 1) -> tuple[float, float]:
    """Lower and upper bound of W1 between `pairs` normal pairs of correlation `r` and the product, in the l2 metric.

    c W2 <= W1 <= E|T z - z|, with c = sqrt(2) G((d+1)/2) / (G(d/2) sqrt d) from the functions a |u| - b |v| with
    u = (x + y)/sqrt 2, v = (x - y)/sqrt 2, and T the linear map that is optimal for W2. Unit variances.

    Parameters
    ----------
    r : float
        In [0, 1].
    pairs : int, default 1
        d.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> [round(bound, 4) for bound in gaussian_w1_bracket(0.6)]
    [0.3615, 0.3989]
    """
    from scipy.integrate import quad

    d = pairs
    w2 = math.sqrt(d * (4.0 - 2.0 * math.sqrt(1.0 + r) - 2.0 * math.sqrt(1.0 - r)))
    lower = math.sqrt(2.0 / d) * math.exp(gammaln((d + 1) / 2) - gammaln(d / 2)) * w2
    # T moves the component along u by (sqrt(1 + r) - 1) and that along v by (1 - sqrt(1 - r)), both times a normal.
    # |N(0, diag)| has mean int_0^inf (1 - E exp(-t |z|^2)) t^-3/2 dt / (2 sqrt pi); here t = s^2.
    moved = np.repeat([math.sqrt(1.0 + r) - 1.0, 1.0 - math.sqrt(1.0 - r)], d) ** 2

    def slope(s: float) -> float:
        return -float(np.expm1(-0.5 * np.log1p(2.0 * moved * s * s).sum())) / (s * s)

    upper = quad(slope, 0.0, np.inf)[0] / math.sqrt(math.pi)
    return lower, upper


def sliced_distance(p: np.ndarray, q: np.ndarray, projections: int, rng: np.random.Generator) -> float:
    """Mean W1 between two samples of one size on random lines.

    Parameters
    ----------
    p, q : ndarray of shape (n, d)
    projections : int
        Random directions.
    rng : numpy.random.Generator

    Returns
    -------
    float
    """
    directions = rng.standard_normal((p.shape[1], projections))
    directions /= np.sqrt((directions**2).sum(axis=0))
    total = 0.0
    for start in range(0, projections, 64):
        part = directions[:, start : start + 64]
        total += float(np.abs(np.sort(p @ part, axis=0) - np.sort(q @ part, axis=0)).mean(axis=0).sum())
    return total / projections
