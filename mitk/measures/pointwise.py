"""Pointwise mutual information of log-probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.inputs import number_array
from mitk.measures.outcome import check_options
from mitk.results.record import NATS_PER_UNIT


def pmi(logp_conditional: Any, logp_marginal: Any, *, unit: str = "nats") -> np.ndarray:
    """Pointwise mutual information, ln p(y|x) - ln p(y).

    Parameters
    ----------
    logp_conditional, logp_marginal : array_like
        Log-probabilities in nats, shapes that broadcast; sums over the tokens of a text, not means.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    ndarray
        Of the common shape: how much more likely y is beside x. A ranking score; its mean over pairs drawn
        together is the mutual information.

    Raises
    ------
    DataError, ParameterError

    References
    ----------
    * K. Church and P. Hanks, "Word association norms, mutual information, and lexicography" (1990).

    Examples
    --------
    >>> import numpy as np
    >>> pmi(np.log([0.5, 0.1]), np.log([0.25, 0.2]), unit="bits").round(6).tolist()
    [1.0, -1.0]
    """
    return lambda_pmi(logp_conditional, logp_marginal, 1.0, unit=unit)


def lambda_pmi(logp_conditional: Any, logp_marginal: Any, lam: float = 0.2, *, unit: str = "nats") -> np.ndarray:
    """Weigh the marginal down: ln p(d|E) - lam ln p(d), by which MILAN ranks descriptions of a unit.

    Parameters
    ----------
    logp_conditional, logp_marginal : array_like
        Log-probabilities in nats, shapes that broadcast.
    lam : float, default 0.2
        1 gives `pmi`, 0 the conditional probability alone. The default is that of the published program, which
        tried 0.05 to 0.3.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    ndarray
        Of the common shape.

    Raises
    ------
    DataError, ParameterError

    References
    ----------
    * E. Hernandez et al., "Natural language descriptions of deep visual features", ICLR (2022).

    Examples
    --------
    >>> import numpy as np
    >>> conditional, marginal = np.log([0.30, 0.25]), np.log([0.30, 0.01])
    >>> [int(lambda_pmi(conditional, marginal, lam).argmax()) for lam in (0.0, 0.2)]
    [0, 1]
    """
    check_options(None, unit)
    if not np.isfinite(number_array(np.float64(lam), "lam")) or lam < 0:
        raise DataError(sentence("lam", "must be at least 0", repr(lam)))
    conditional, marginal = _pair(logp_conditional, logp_marginal, "logp_conditional", "logp_marginal")
    if np.isneginf(marginal).any():
        raise DataError(sentence("logp_marginal", "must be finite: what is weighed must be possible", "-inf"))
    return (conditional - lam * marginal) / NATS_PER_UNIT[unit]


def npmi(logp_joint: Any, logp_x: Any, logp_y: Any) -> np.ndarray:
    """Normalised pointwise mutual information, pmi / -ln p(x, y).

    Parameters
    ----------
    logp_joint, logp_x, logp_y : array_like
        Log-probabilities in nats, shapes that broadcast.

    Returns
    -------
    ndarray
        From -1 (never together) over 0 (independent) to 1 (never apart), without unit; nan where p(x, y) = 1,
        which is both.

    Raises
    ------
    DataError

    References
    ----------
    * G. Bouma, "Normalized (pointwise) mutual information in collocation extraction" (2009).

    Examples
    --------
    >>> import numpy as np
    >>> npmi(np.log([0.5, 0.25]), np.log(0.5), np.log(0.5)).round(6).tolist()
    [1.0, 0.0]
    """
    joint, marginals = _pair(
        logp_joint,
        np.add(number_array(logp_x, "logp_x"), number_array(logp_y, "logp_y")),
        "logp_joint",
        "logp_x + logp_y",
    )
    shape = np.broadcast_shapes(joint.shape, marginals.shape)
    joint, marginals = np.broadcast_to(joint, shape), np.broadcast_to(marginals, shape)
    never = np.isneginf(joint)
    safe = np.where(never, -1.0, joint)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(never, -1.0, (safe - marginals) / -safe)


def _pair(first: Any, second: Any, what: str, other: str) -> tuple[np.ndarray, np.ndarray]:
    a, b = number_array(first, what, infinite=True), number_array(second, other, infinite=True)
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError as error:
        raise DataError(sentence(other, f"must broadcast with {what} of shape {a.shape}", f"{b.shape}")) from error
    for name, array in ((what, a), (other, b)):
        if np.isposinf(array).any():
            raise DataError(sentence(name, "must not be +inf", "+inf"))
    return a, b
