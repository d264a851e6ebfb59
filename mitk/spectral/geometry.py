"""Geometry of representations: effective ranks and the decay of the spectrum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mitk.data.samples import admit
from mitk.errors import DataError, ParameterError, sentence
from mitk.results.reason import Reason
from mitk.results.record import MIEstimate
from mitk.spectral.entropy import as_score, spectral_entropy

KINDS = ("singular", "covariance")
# Share of the variance that a power law must explain.
POWER_LAW = 0.9


def rankme(z: Any, *, kind: str = "singular", center: bool | None = None) -> MIEstimate:
    """Effective rank of a representation: exp of the entropy of its spectrum, by either published definition.

    Parameters
    ----------
    z : array_like of shape (n, d)
        One row a sample.
    kind : {"singular", "covariance"}, default "singular"
        "singular": singular values of z, as Garrido et al. define RankMe. "covariance": eigenvalues of the covariance,
        which are their squares, as in Li et al., who use the same name. The second is always the smaller.
    center : bool, optional
        Subtract column means first. By default as published: not for "singular", yes for "covariance".

    Returns
    -------
    MIEstimate
        Kind "score", quantity "rankme", unit "dimensions": between 1 and min(n, d). No interval.

    Raises
    ------
    DataError, DataTypeError, ParameterError

    Notes
    -----
    ``exp(- sum_i p_i ln p_i)`` with ``p_i = s_i / sum_j s_j`` or ``p_i = s_i^2 / sum_j s_j^2``, s the singular values.
    Garrido et al. add 1e-7 to every p_i, which is left out here. They take 25,600 samples, and say to compare only
    runs of one method.

    References
    ----------
    * Q. Garrido, R. Balestriero, L. Najman and Y. LeCun, "RankMe: assessing the downstream performance of pretrained
      self-supervised representations by their rank", ICML (2023).
    * M. Z. Li, K. K. Agrawal, A. Ghosh et al., "Tracing the representation geometry of language models from
      pretraining to post-training", NeurIPS (2025), arXiv:2509.23024.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.random.default_rng(0).standard_normal((100, 6)) * [5, 3, 2, 1, 0.5, 0.1]
    >>> print(rankme(z))
    4.078 dimensions, n=100
    >>> print(rankme(z, kind="covariance"))
    2.623 dimensions, n=100
    """
    if kind not in KINDS:
        raise ParameterError(sentence("kind", f"must be one of {', '.join(KINDS)}", repr(kind)))
    if center is None:
        center = kind == "covariance"
    points = as_points(z, "z")
    singular = singular_values(points, center)
    entropy = spectral_entropy(singular, power=1.0 if kind == "singular" else 2.0)
    return as_score(math.exp(float(entropy)), "dimensions", "rankme", points)


def effective_dimension(z: Any) -> MIEstimate:
    """Effective dimension: exp of the von Neumann entropy of the covariance.

    Parameters
    ----------
    z : array_like of shape (n,) or (n, d)

    Returns
    -------
    MIEstimate
        Kind "score", quantity "effective_dimension", unit "dimensions": between 1 and min(n - 1, d). No interval.

    Raises
    ------
    DataError, DataTypeError

    Notes
    -----
    exp S(C / tr C), C the covariance of the rows: what ``rankme(kind="covariance")`` gives.

    Examples
    --------
    >>> import numpy as np
    >>> print(effective_dimension([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))
    2.000 dimensions, n=4
    """
    points = as_points(z, "z")
    entropy = spectral_entropy(singular_values(points, center=True), power=2.0)
    return as_score(math.exp(float(entropy)), "dimensions", "effective_dimension", points)


def alpha_req(z: Any, fit_range: tuple[int, int], *, center: bool = True) -> MIEstimate:
    """Decay of the eigenvalues of the covariance as a power of their rank.

    Parameters
    ----------
    z : array_like of shape (n, d)
        One row a sample.
    fit_range : tuple of two int
        First and last rank of the fit, counted from 1, both included. There is no default: published programs fit
        ranks 12 to 100, 4 to 100 or 4 to 50, and the answer depends on it.
    center : bool, default True
        Subtract column means first.

    Returns
    -------
    MIEstimate
        Kind "score", quantity "alpha_req", unit "exponent". ``diagnostics`` hold the coefficient of determination
        ``r_squared`` of the fit, its ``intercept`` and the ``fit_range``. UNRELIABLE when r_squared is below 0.9: the
        spectrum is no power law there.

    Raises
    ------
    DataError
        When the spectrum has no positive eigenvalue at the last rank.
    DataTypeError, ParameterError

    Notes
    -----
    Least squares of ln lambda_i on ln i with weights 1 / i; alpha is minus the slope. R^2 is that of the weighted fit.

    References
    ----------
    * K. K. Agrawal, A. K. Mondal, A. Ghosh and B. A. Richards, "alpha-ReQ: assessing representation quality in
      self-supervised learning by measuring eigenspectrum decay", NeurIPS (2022).
    * M. Z. Li, K. K. Agrawal, A. Ghosh et al., arXiv:2509.23024 (2025).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.standard_normal((500, 101))
    >>> basis = np.linalg.qr(noise - noise.mean(axis=0))[0]
    >>> z = basis * np.arange(1, 102) ** -0.5        # covariance with eigenvalues proportional to 1 / i
    >>> round(alpha_req(z, (4, 50)).value, 6)
    1.0
    """
    first, last = _checked_range(fit_range)
    points = as_points(z, "z")
    eigenvalues = singular_values(points, center) ** 2 / max(len(points) - 1, 1)
    if len(eigenvalues) < last or eigenvalues[last - 1] <= np.finfo(float).eps * len(points) * eigenvalues[0]:
        rank = int((eigenvalues > np.finfo(float).eps * len(points) * eigenvalues[0]).sum())
        raise DataError(
            sentence("fit_range", f"must end within the {rank} positive eigenvalues", last, "take fewer, or more rows")
        )
    ranks = np.arange(first, last + 1)
    weight = 1.0 / ranks
    weight = weight / weight.sum()
    log_rank, log_value = np.log(ranks), np.log(eigenvalues[first - 1 : last])
    centred_rank, centred_value = log_rank - weight @ log_rank, log_value - weight @ log_value
    slope = float(weight @ (centred_rank * centred_value) / (weight @ centred_rank**2))
    left = float(weight @ (centred_value - slope * centred_rank) ** 2)
    total = float(weight @ centred_value**2)
    r_squared = 1.0 - left / total if total > 0.0 else math.nan
    doubts = [] if r_squared >= POWER_LAW else [_no_power_law(first, last, r_squared)]
    return as_score(
        -slope,
        "exponent",
        "alpha_req",
        points,
        doubts=doubts,
        r_squared=r_squared,
        intercept=float(weight @ log_value - slope * (weight @ log_rank)),
        fit_range=(first, last),
    )


def singular_values(points: np.ndarray, center: bool) -> np.ndarray:
    """Singular values of `points` (n, d) in falling order, shape (min(n, d),)."""
    from scipy.linalg import svdvals

    centred = points - points.mean(axis=0) if center else points
    if not centred.any():
        raise DataError(sentence("z", "must not be constant", "rows that are all equal"))
    return svdvals(centred)


def as_points(x: Any, what: str) -> np.ndarray:
    """Numbers as float64 of shape (n, d), complete and finite."""
    from mitk.data.columns import read_columns

    columns = read_columns(x, what)
    if any(column.nominal for column in columns):
        raise DataError(sentence(what, "must hold numbers", "labels"))
    return admit(x, np.zeros(len(columns[0].values) if columns else 0)).samples.x.values


def _no_power_law(first: int, last: int, r_squared: float) -> Reason:
    return Reason(
        "no-power-law",
        f"From rank {first} to {last} the spectrum is no power law (R^2 = {r_squared:.2f})",
        "look at it and fit where it is one",
    )


def _checked_range(fit_range: Any) -> tuple[int, int]:
    try:
        first, last = (int(end) for end in fit_range)
    except (TypeError, ValueError):
        first, last = 0, 0
    if not 1 <= first <= last - 2:
        raise ParameterError(
            sentence("fit_range", "must be two ranks, the first at least 1 and 2 below the last", repr(fit_range))
        )
    return first, last
