"""Gaussian kernels between rows, their bandwidth, and the diffusion matrix made of them."""

from __future__ import annotations

import math

import numpy as np

# Rows whose distances the median is taken of.
MEDIAN_ROWS = 2000
# Squared norms, in squared bandwidths, from which on a matrix product would lose the distances to rounding.
CANCELLATION = 1e5
# Of numbers in bandwidths: the largest power of two, and the least square of a bandwidth.
LARGEST_POWER, LEAST_SQUARE = 1000, 1e-300


def half_median(x: np.ndarray) -> float:
    """Half the median distance between rows of `x` (n, d), ties left out; 1 where all rows are equal.

    From up to 2,000 rows, taken evenly from `value_order`, so that the order of the rows does not matter.
    """
    from scipy.spatial.distance import pdist

    n = len(x)
    if n > MEDIAN_ROWS:
        x = x[value_order(x)[:: -(-n // MEDIAN_ROWS)]]
    scale = float(np.abs(x).max()) or 1.0
    apart = pdist(x / scale)
    apart = apart[apart > 0.0]
    return 0.5 * float(np.median(apart)) * scale if len(apart) else 1.0


def value_order(x: np.ndarray) -> np.ndarray:
    """An order of the rows of `x` (n, d) that depends on their values alone, but for equal rows."""
    direction = np.random.default_rng(0).standard_normal(x.shape[1])
    return np.argsort((x / (np.abs(x).max() or 1.0)) @ direction, kind="stable")


def gaussian_kernel(x: np.ndarray, bandwidth: float) -> np.ndarray:
    """``exp(-|x_i - x_j|^2 / 2 sigma^2)`` of the rows of `x` (n, d), shape (n, n); the diagonal is exactly 1."""
    with np.errstate(over="ignore"):
        scaled = (x - x.mean(axis=0)) / (bandwidth * math.sqrt(2.0))
    norms = np.einsum("ij,ij->i", scaled, scaled)
    if float(norms.max()) < CANCELLATION:
        # One matrix product, and everything else in its memory.
        kernel = scaled @ scaled.T
        kernel *= 2.0
        kernel -= norms
        kernel -= norms[:, None]
        np.minimum(kernel, 0.0, out=kernel)
    else:
        from scipy.spatial.distance import cdist

        # In a power of two near the bandwidth, so that differences of large numbers come out exactly and squares are
        # neither too small nor, but for rows that are apart, too large.
        unit = max(math.frexp(bandwidth)[1], math.frexp(np.abs(x).max())[1] - LARGEST_POWER)
        points = np.ldexp(x, -unit)
        kernel = cdist(points, points, "sqeuclidean")
        kernel /= -2.0 * max(math.ldexp(bandwidth, -unit) ** 2, LEAST_SQUARE)
    np.exp(kernel, out=kernel)
    np.fill_diagonal(kernel, 1.0)
    return kernel


def diffusion_matrix(x: np.ndarray, bandwidth: float, density_power: float = 0.0) -> np.ndarray:
    """Symmetric form S of the diffusion operator on the rows of `x` (n, d), shape (n, n).

    ``A = G / (q_i q_j)^alpha``, ``S = A / sqrt(r_i r_j)``, with q the row sums of G and r those of A. S has the
    eigenvalues of the random walk ``A_ij / r_i``: between 0 and 1, the largest 1.
    """
    matrix = gaussian_kernel(x, bandwidth)
    if density_power:
        shrink = matrix.sum(axis=1) ** -density_power
        matrix *= shrink
        matrix *= shrink[:, None]
    shrink = matrix.sum(axis=1) ** -0.5
    matrix *= shrink
    matrix *= shrink[:, None]
    return matrix


def padded_diffusion(
    x: np.ndarray, subsets: list[np.ndarray], bandwidth: float, density_power: float = 0.0
) -> np.ndarray:
    """`diffusion_matrix` of many small subsets of the rows, padded with zeros to the largest, shape (b, m, m).

    The zeros add zero eigenvalues, which add nothing to an entropy.
    """
    most = max(len(rows) for rows in subsets)
    index = np.zeros((len(subsets), most), dtype=np.int64)
    live = np.zeros((len(subsets), most))
    for k, rows in enumerate(subsets):
        index[k, : len(rows)] = rows
        live[k, : len(rows)] = 1.0
    with np.errstate(over="ignore"):
        points = (x[index] - x.mean(axis=0)) / (bandwidth * math.sqrt(2.0))
    norms = np.einsum("kij,kij->ki", points, points)
    if float(norms.max()) < CANCELLATION:
        apart = norms[:, :, None] + norms[:, None, :] - 2.0 * (points @ points.swapaxes(1, 2))
    else:
        raw = x[index]
        # Rows so far apart that the square of it overflows are apart.
        with np.errstate(over="ignore"):
            apart = (((raw[:, :, None, :] - raw[:, None, :, :]) / bandwidth) ** 2).sum(axis=3) / 2.0
    matrix = np.exp(-np.maximum(apart, 0.0))
    diagonal = np.arange(most)
    matrix[:, diagonal, diagonal] = 1.0
    matrix *= live[:, :, None] * live[:, None, :]
    for power in (density_power, 0.5) if density_power else (0.5,):
        shrink = (matrix.sum(axis=2) + (1.0 - live)) ** -power
        matrix *= shrink[:, :, None] * shrink[:, None, :]
    return matrix
