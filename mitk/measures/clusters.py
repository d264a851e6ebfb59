"""How much a clustering keeps, what it loses, and how far it agrees with another."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.inputs import label_codes, positive, rows_of
from mitk.measures.outcome import check_options
from mitk.numerics.entropies import plug_in
from mitk.numerics.tables import count, information
from mitk.results.record import NATS_PER_UNIT


def clustering_complexity(labels: Any, *, unit: str = "bits") -> float:
    """Information that a hard clustering keeps of which item it was, I(X; C), items equally likely.

    Parameters
    ----------
    labels : array_like of shape (n,)
        Cluster of each item.
    unit : {"nats", "bits"}, default "bits"
        Bits as published.

    Returns
    -------
    float
        At most the logarithm of the number of clusters.

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    ``log2 n - 1/n sum_c n_c log2 n_c``, which equals the entropy of the labels: it depends on the sizes of
    the clusters alone and is exact, not an estimate.

    References
    ----------
    * C. Shani et al., "From tokens to thoughts: how LLMs and humans trade compression for meaning" (2025).

    Examples
    --------
    >>> round(clustering_complexity(["a"] * 5 + ["b"] * 3 + ["c"] * 2), 6)
    1.485475
    """
    check_options(None, unit)
    sizes = np.bincount(label_codes(labels, "labels"))
    n = sizes.sum()
    return float(np.log(n) - (sizes * np.log(sizes)).sum() / n) / NATS_PER_UNIT[unit]


def clustering_distortion(points: Any, labels: Any) -> float:
    """Mean squared distance of the points to the mean of their cluster.

    Parameters
    ----------
    points : array_like of shape (n,) or (n, d)
    labels : array_like of shape (n,)

    Returns
    -------
    float
        In squared units of the points: the inertia of k-means over n.

    Raises
    ------
    DataError

    References
    ----------
    * C. Shani et al., "From tokens to thoughts: how LLMs and humans trade compression for meaning" (2025).

    Examples
    --------
    >>> clustering_distortion([0.0, 2.0, 10.0, 14.0], [0, 0, 1, 1])
    2.5
    """
    points = rows_of(points, "points")
    codes = label_codes(labels, "labels", len(points))
    sizes = np.bincount(codes)
    sums = np.zeros((len(sizes), points.shape[1]))
    # About the overall mean, lest a large offset eat the digits.
    centred = points - points.mean(axis=0)
    np.add.at(sums, codes, centred)
    return float(((centred - (sums / sizes[:, None])[codes]) ** 2).sum() / len(points))


def clustering_objective(points: Any, labels: Any, beta: float = 1.0, *, unit: str = "bits") -> float:
    """Complexity plus `beta` times distortion: what a clustering costs.

    Parameters
    ----------
    points : array_like of shape (n,) or (n, d)
    labels : array_like of shape (n,)
    beta : float, default 1.0
        Bits (or nats) that a squared unit of the points is worth, so the objective depends on their scale.
    unit : {"nats", "bits"}, default "bits"

    Returns
    -------
    float

    Raises
    ------
    DataError, ParameterError

    References
    ----------
    * C. Shani et al., "From tokens to thoughts: how LLMs and humans trade compression for meaning" (2025).

    Examples
    --------
    >>> clustering_objective([0.0, 2.0, 10.0, 14.0], [0, 0, 1, 1], beta=2.0)
    6.0
    """
    return clustering_complexity(labels, unit=unit) + positive(beta, "beta", zero=True) * clustering_distortion(
        points, labels
    )


def adjusted_mi(labels: Any, others: Any) -> float:
    """Agreement of two clusterings, adjusted for chance: 0 for unrelated labels on average, 1 for equal ones.

    Parameters
    ----------
    labels, others : array_like of shape (n,)

    Returns
    -------
    float
        Without unit; may be slightly negative.

    Raises
    ------
    DataError

    Notes
    -----
    scikit-learn's ``adjusted_mutual_info_score``: (I - E I) / ((H_a + H_b) / 2 - E I), the expectation over pairings
    with the same sizes of clusters.

    References
    ----------
    * N. X. Vinh, J. Epps and J. Bailey, "Information theoretic measures for clusterings comparison" (2010).

    Examples
    --------
    >>> adjusted_mi([0, 0, 1, 1], ["b", "b", "a", "a"])
    1.0
    """
    from sklearn.metrics import adjusted_mutual_info_score

    codes, other_codes = _paired(labels, others)
    return float(adjusted_mutual_info_score(codes, other_codes))


def variation_of_information(labels: Any, others: Any, *, unit: str = "bits") -> float:
    """Distance of two clusterings: what each says that the other does not.

    Parameters
    ----------
    labels, others : array_like of shape (n,)
    unit : {"nats", "bits"}, default "bits"

    Returns
    -------
    float
        H(A|B) + H(B|A), a metric; 0 for equal clusterings, at most log2 n.

    Raises
    ------
    DataError, ParameterError

    References
    ----------
    * M. Meila, "Comparing clusterings: an information based distance" (2007).

    Examples
    --------
    >>> variation_of_information([0, 0, 1, 1], [0, 1, 0, 1])
    2.0
    """
    check_options(None, unit)
    table = count(*_paired(labels, others))
    entropies = plug_in(table.x, len(table.x)) + plug_in(table.y, len(table.y))
    return max(entropies - 2.0 * information(table, "plug-in"), 0.0) / NATS_PER_UNIT[unit]


def _paired(labels: Any, others: Any) -> tuple[np.ndarray, np.ndarray]:
    codes, other_codes = label_codes(labels, "labels"), label_codes(others, "others")
    if len(codes) != len(other_codes):
        raise DataError(sentence("others", f"must have one label for each of {len(codes)} items", len(other_codes)))
    return codes, other_codes
