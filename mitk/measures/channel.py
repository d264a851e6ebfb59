"""Mutual information of a channel whose conditional probability can be computed: summaries, simulators, flows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mitk.errors import DataError, sentence
from mitk.measures.catalogue import measure
from mitk.measures.inputs import number_array
from mitk.measures.outcome import check_options, result_of
from mitk.results.reason import Reason
from mitk.results.record import MIEstimate

# From this share of ln N on, the number of contexts and not the channel may set the value.
SATURATED = 0.9
# Logarithms beyond this size are no probabilities of anything, and their sums would overflow.
LARGEST_LOG = 1e100


def channel_mi(
    logp: Any,
    owner: Any = None,
    *,
    include_self: bool = True,
    confidence: float | None = 0.95,
    unit: str = "nats",
) -> MIEstimate:
    """Bound the information between contexts and what a channel makes of them, from log-probabilities.

    Parameters
    ----------
    logp : array_like of shape (m, N)
        Log-probability, in nats, of each of m outputs (summaries) given each of N contexts: the **sum** over the
        tokens of an output, not their mean. ``-inf`` is fine for a context that cannot have produced an output.
        With a question to each context, score a whole row under the question of its output.
    owner : array_like of shape (m,), optional
        Column of the context each output was made from. By default rows come in N groups of m / N, in the order
        of the contexts.
    include_self : bool, default True
        True averages over all contexts, which is a lower bound for any scorer. False leaves the own context out,
        which is an upper bound when `logp` is the channel that made the outputs. Both together bracket the truth.
    confidence : float or None, default 0.95
        The interval covers the bound's population value at N contexts.
    unit : {"nats", "bits"}, default "nats"

    Returns
    -------
    MIEstimate
        `value` is raw and may be negative; `nonnegative` is clipped. `pointwise` holds the terms of the outputs.

    Raises
    ------
    DataError, ParameterError

    Warns
    -----
    MITKWarning
        When the lower bound exceeds 0.9 ln N, its ceiling being ln N; the upper bound is then of no use either.

    Notes
    -----
    ``I = 1/(N M) sum_i sum_j [ln p(z_ij | x_i) - ln 1/N sum_l p(z_ij | x_l)]`` nats, M outputs a context; without
    the own context, the inner mean is over the N - 1 others. Contexts count alike, however many outputs each has.
    The standard error is the jackknife that leaves out one context at a time, with its outputs and as a
    column: outputs of one context depend on each other, and all terms share the columns.

    Averages of clipped values are biased upwards near independence, so average `value`. Any number added to a row
    cancels. Some programs return 0 where scoring failed, which says probability 1; such entries are noted.

    References
    ----------
    * S. He et al., "An information theoretic perspective on agentic system design" (2025).
    * B. Poole et al., "On variational bounds of mutual information", ICML (2019).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(100)
    >>> z = np.repeat(x, 3) + rng.standard_normal(300)           # truth: ln(2) / 2 = 0.347 nats
    >>> logp = -0.5 * (z[:, None] - x) ** 2                      # constants cancel
    >>> low, high = channel_mi(logp), channel_mi(logp, include_self=False)
    >>> low.kind, high.kind, low.ci.low < 0.347 < high.ci.high
    ('lower', 'upper', True)
    """
    check_options(confidence, unit)
    logp, owner = _admitted(logp, owner)
    n_contexts = logp.shape[1]
    terms, replicates = context_terms(logp, owner, include_self)
    weights = context_weights(owner, n_contexts)
    value = float(weights @ terms)
    low = value if include_self else float(weights @ context_terms(logp, owner, True)[0])
    reasons: tuple[Reason, ...] = ()
    if low > SATURATED * math.log(n_contexts):
        reasons = (
            Reason(
                "ceiling",
                f"The lower bound {low:.2f} is near ln N = {math.log(n_contexts):.2f} nats, the most that {n_contexts} "
                "contexts can show, and the truth may be far larger",
                "add contexts",
            ),
        )
    notes: tuple[str, ...] = ()
    if certain := int((logp == 0.0).sum()):
        notes = (f"{certain} of {logp.size} log-probabilities are exactly 0, as some programs mark a failure.",)
    return result_of(
        measure("channel_mi", "" if include_self else "include_self=False"),
        value,
        confidence=confidence,
        unit=unit,
        units=n_contexts,
        standard_error=jackknife_error(replicates),
        method="jackknife",
        params={} if include_self else {"include_self": False},
        reasons=reasons,
        notes=notes,
        n_samples=len(logp),
        pointwise=terms * weights * len(terms),
        diagnostics={"contexts": n_contexts, "ceiling_nats": math.log(n_contexts) if include_self else math.inf},
    )


def context_weights(owner: np.ndarray, n_contexts: int) -> np.ndarray:
    """Weights (m,) with which the mean over contexts of their means is a sum over outputs."""
    outputs = np.bincount(owner, minlength=n_contexts)
    return 1.0 / (np.count_nonzero(outputs) * outputs[owner])


def context_terms(logp: np.ndarray, owner: np.ndarray, include_self: bool) -> tuple[np.ndarray, np.ndarray]:
    """Terms of the outputs, and the values without each context.

    Parameters
    ----------
    logp : ndarray of shape (m, N)
    owner : ndarray of shape (m,)
    include_self : bool

    Returns
    -------
    terms : ndarray of shape (m,)
        ln p(z | own) - ln mean p(z | x_l), in nats.
    replicates : ndarray of shape (N,)
        Weighted means of the terms when context l is gone, as a column and with its outputs.
    """
    m, n_contexts = logp.shape
    rows = np.arange(m)
    own = logp[rows, owner]
    others, averaged = logp, n_contexts
    if not include_self:
        others, averaged = logp.copy(), n_contexts - 1
        others[rows, owner] = -np.inf
    total, without = _log_sums(others)
    terms = own - total + math.log(averaged)
    if averaged == 1:
        return terms, np.full(n_contexts, np.nan)
    reduced = own[:, None] - without + math.log(averaged - 1)
    reduced[rows, owner] = 0.0
    outputs = np.bincount(owner, minlength=n_contexts)
    owners = np.count_nonzero(outputs)
    left = owners - (outputs > 0)
    # No context with outputs may be left.
    scale = np.divide(owners, left, out=np.full(n_contexts, np.nan), where=left > 0)
    return terms, (context_weights(owner, n_contexts) @ reduced) * scale


def jackknife_error(replicates: np.ndarray) -> float:
    """Standard error from the values without each unit, shape (units,)."""
    units = len(replicates)
    if not np.isfinite(replicates).all():
        return math.nan
    return math.sqrt((units - 1) / units * float(((replicates - replicates.mean()) ** 2).sum()))


def _log_sums(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ln sum exp of each row (m,), and the same without each column (m, N)."""
    from scipy.special import logsumexp

    rows = np.arange(len(logits))
    total = logsumexp(logits, axis=1)
    top = logits.argmax(axis=1)
    rest = logits.copy()
    rest[rows, top] = -np.inf
    with np.errstate(invalid="ignore", divide="ignore"):
        # No share but the largest exceeds 1/2, so the logarithm is exact for all others.
        without = total[:, None] + np.log1p(-np.exp(logits - total[:, None]))
        without[rows, top] = logsumexp(rest, axis=1)
    return total, without


def _admitted(logp: Any, owner: Any) -> tuple[np.ndarray, np.ndarray]:
    logp = number_array(logp, "logp", infinite=True)
    if logp.ndim != 2 or logp.shape[1] < 2:
        raise DataError(sentence("logp", "must have shape (m, N), N at least 2 contexts", f"shape {logp.shape}"))
    if np.isposinf(logp).any():
        raise DataError(sentence("logp", "must not be +inf", f"{int(np.isposinf(logp).sum())} entries"))
    finite = logp[np.isfinite(logp)]
    if finite.size and max(-finite.min(), finite.max()) > LARGEST_LOG:
        largest = f"{max(-finite.min(), finite.max()):.2g}"
        raise DataError(sentence("logp", f"must hold logarithms of at most {LARGEST_LOG:g} in size", largest))
    m, n_contexts = logp.shape
    if owner is None:
        if m % n_contexts:
            raise DataError(
                sentence("logp", f"must have as many rows for each of {n_contexts} contexts", m, "pass owner=")
            )
        owner = np.repeat(np.arange(n_contexts), m // n_contexts)
    owner = np.asarray(owner)
    if owner.shape != (m,) or owner.dtype.kind not in "iu" or owner.min() < 0 or owner.max() >= n_contexts:
        raise DataError(
            sentence("owner", f"must hold a column from 0 to {n_contexts - 1} for each of {m} rows", repr(owner))
        )
    if len(np.unique(owner)) < 2:
        raise DataError(sentence("owner", "must name at least 2 contexts", "one"))
    impossible = np.flatnonzero(np.isneginf(logp[np.arange(m), owner]))
    if len(impossible):
        raise DataError(
            sentence(
                "logp",
                "must be finite for the own context",
                f"-inf in row {impossible[0]}",
                "drop outputs whose scoring failed",
            )
        )
    return logp, owner.astype(np.int64)
