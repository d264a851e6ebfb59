"""Clusters of a continuous y, which stand in for labels."""

from __future__ import annotations

import warnings

import numpy as np

from mitk.errors import UnsupportedError, sentence
from mitk.numerics.codes import joint_codes
from mitk.spectral.kernels import value_order

WAYS = ("kmeans", "quantiles", "uniform", "spectral")
NEIGHBORS = 10


def clustered(points: np.ndarray, way: str, k: int, seed: int) -> np.ndarray:
    """Labels of the rows of `points` (n, d), shape (n,); they do not depend on the order of the rows.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    way : {"kmeans", "quantiles", "uniform", "spectral"}
        Quantiles and bins of equal width take one column.
    k : int
        Clusters; where there are no more distinct rows, each is one.
    seed : int

    Returns
    -------
    ndarray of shape (n,), int64
        0, 1, ..., fewer than `k` when clusters stay empty.
    """
    codes = joint_codes(points)
    if int(codes.max()) < k:
        return codes
    if way in ("quantiles", "uniform") and points.shape[1] > 1:
        raise UnsupportedError(
            sentence("y", f'must have one column for clustering="{way}"', f"{points.shape[1]}", 'use "kmeans"')
        )
    order = value_order(points)
    ordered = points[order] / (np.abs(points).max() or 1.0)
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = _labels(ordered, way, k, seed)
    return joint_codes(labels[:, None].astype(np.float64))


def _labels(points: np.ndarray, way: str, k: int, seed: int) -> np.ndarray:
    if way == "quantiles":
        edges = np.quantile(points[:, 0], np.arange(1, k) / k)
        return np.searchsorted(edges, points[:, 0], side="left")
    if way == "uniform":
        column = points[:, 0] - points[:, 0].min()
        return np.minimum((column / column.max() * k).astype(np.int64), k - 1)
    if way == "kmeans":
        from sklearn.cluster import KMeans

        with warnings.catch_warnings():
            # Rows that differ by less than rounding are one cluster, and others stay empty.
            warnings.filterwarnings("ignore", message="Number of distinct clusters", category=UserWarning)
            return KMeans(k, n_init=4, random_state=int(seed) % 2**32).fit_predict(points)
    from sklearn.cluster import SpectralClustering

    model = SpectralClustering(
        k,
        affinity="nearest_neighbors",
        n_neighbors=min(NEIGHBORS, len(points)),
        assign_labels="cluster_qr",
        random_state=int(seed) % 2**32,
    )
    with warnings.catch_warnings():
        # Clusters that no neighbours join are what is looked for.
        warnings.filterwarnings("ignore", message="Graph is not fully connected", category=UserWarning)
        return model.fit_predict(points)
