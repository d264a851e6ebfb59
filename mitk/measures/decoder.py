"""What a decoder proves a code to know of a target."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.catalogue import measure
from mitk.measures.inputs import number_array
from mitk.measures.outcome import check_options, result_of
from mitk.results.record import MIEstimate


def decoder_mi(log_decoder: Any, entropy: float, *, confidence: float | None = 0.95, unit: str = "nats") -> MIEstimate:
    """Lower bound of I(Z; Y) from the log-probability a decoder gives to the target.

    Parameters
    ----------
    log_decoder : array_like of shape (n,)
        ln q(y|z) in nats, on rows the decoder was not fitted on.
    entropy : float
        H(Y) in nats, taken as known: ln(classes) for classes drawn evenly.
    confidence : float or None, default 0.95
        The interval covers the bound over the law of the rows.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    MIEstimate
        Kind "lower"; `pointwise` plus `pointwise_constant` are the terms.

    Raises
    ------
    DataError, ParameterError

    Notes
    -----
    ``I(Z; Y) >= H(Y) + E ln q(y|z)``, tight when q is the true conditional law.

    References
    ----------
    * D. Barber and F. Agakov, "The IM algorithm: a variational approach to information maximization", NIPS (2003).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> right = rng.random(1000) < 0.9               # a decoder that is 90 % sure and right in 90 % of 1,000 bits
    >>> r = decoder_mi(np.log(np.where(right, 0.9, 0.1)), np.log(2))
    >>> 0.368 in r.ci                                # truth: ln 2 - 0.325 nats
    True
    """
    check_options(confidence, unit)
    terms = number_array(log_decoder, "log_decoder")
    if terms.ndim != 1 or len(terms) < 2:
        raise DataError(sentence("log_decoder", "must have shape (n,), n at least 2", f"shape {terms.shape}"))
    constant = float(number_array(np.float64(entropy), "entropy"))
    n = len(terms)
    return result_of(
        measure("decoder_mi"),
        constant + float(terms.mean()),
        confidence=confidence,
        unit=unit,
        units=n,
        standard_error=float(terms.std(ddof=1)) / math.sqrt(n),
        method="standard error",
        n_samples=n,
        pointwise=terms,
        pointwise_constant=constant,
    )
