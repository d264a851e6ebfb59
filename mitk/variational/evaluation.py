"""What is read off a trained critic: all pairs of held-out rows, in blocks, summed in float64."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from scipy.special import logsumexp

from mitk.variational.training import Learner, merged

# Rows scored against one another at once: memory and time grow with its square, the ceiling ln K with its logarithm.
BLOCK = 2048
EVALUATIONS = ("dv", "nwj", "infonce", "smile", "plug-in")
# Scores beyond this overflow when exponentiated; a critic that gives them has exploded, and its value says so.
LARGEST = 700.0


@dataclass(frozen=True)
class Reading:
    """What one block of held-out rows says.

    Attributes
    ----------
    value : float
        Nats.
    pointwise : ndarray of shape (b,)
        Contributions of the rows; their mean plus `constant` is the value.
    constant : float
    influence : ndarray of shape (b,)
        How much each row moves the value, with mean 0: their variance over b is that of the value, the critic given.
    effective : float
        Effective number of strangers behind E_q e^f, (sum e^f)^2 / sum e^{2f}; infinite where there is no such sum.
    """

    value: float
    pointwise: np.ndarray
    constant: float
    influence: np.ndarray
    effective: float = math.inf


def read_pointwise(contributions: np.ndarray) -> Reading:
    """The reading of a method whose value is a mean over rows, shape (b,)."""
    value = float(contributions.mean())
    return Reading(value, contributions, 0.0, contributions - value)


def read(scores: np.ndarray, evaluation: str, tau: float = 5.0) -> Reading:
    """Evaluate a functional on the scores of all pairs of b held-out rows.

    Parameters
    ----------
    scores : ndarray of shape (b, b)
        f(x_i, y_j).
    evaluation : {"dv", "nwj", "infonce", "smile", "plug-in"}
    tau : float, default 5.0
        Clip of "smile".

    Returns
    -------
    Reading

    Notes
    -----
    With w_ij = e^{f_ij} and Z the mean of w over strangers, the influence of row i on E_p f - g(Z) is that of f_ii and
    of the mean of row i and of column i in Z (both rows of a pair are drawn): f_ii - g'(Z)(w_i. + w_.i), centred.

    In Z no stranger scores more than the best true pair does. The effective number of strangers is that of the scores
    as they are, so that an exploded critic is told from a sound one.
    """
    scores = np.asarray(scores, dtype=np.float64)
    b = len(scores)
    joint = np.diagonal(scores).copy()
    stranger = scores.copy()
    np.fill_diagonal(stranger, -np.inf)
    if evaluation == "smile":
        stranger = np.clip(stranger, -tau, tau)
        np.fill_diagonal(stranger, -np.inf)
    raised = np.exp(stranger - stranger.max())
    effective = float(raised.sum() ** 2) / float((raised**2).sum())
    # One stranger scored far beyond every true pair would be the whole mean; at the true ratio this costs about 1 / b.
    stranger = np.minimum(stranger, joint.max())
    largest = float(stranger.max())
    weights = np.exp(stranger - largest)
    total = float(weights.sum())
    log_mean = largest + math.log(total) - math.log(b * (b - 1))
    # Mean weight of each row's and each column's strangers, relative to the mean of all.
    rows, columns = (weights.sum(axis=a) / total * b for a in (1, 0))
    if evaluation == "infonce":
        pointwise = joint - 0.5 * (logsumexp(scores, axis=1) + logsumexp(scores, axis=0)) + math.log(b)
        value = float(pointwise.mean())
        return Reading(value, pointwise, 0.0, pointwise - value, effective)
    if evaluation == "plug-in":
        value = float(joint.mean())
        return Reading(value, joint, 0.0, joint - value, effective)
    if evaluation == "nwj":
        mean = math.exp(min(log_mean, LARGEST))
        value, slope, constant = 1.0 + float(joint.mean()) - mean, mean, 1.0 - mean
    elif evaluation in ("dv", "smile"):
        value, slope, constant = float(joint.mean()) - log_mean, 1.0, -log_mean
    else:
        raise ValueError(f"`evaluation` must be one of {', '.join(EVALUATIONS)}, got {evaluation!r}.")
    influence = joint - slope * (rows + columns)
    return Reading(value, joint, constant, influence - influence.mean(), effective)


def blocks(rows: np.ndarray, size: int = BLOCK) -> Iterator[np.ndarray]:
    """Cut held-out rows into as few equal blocks of at most `size` as there can be."""
    yield from np.array_split(rows, math.ceil(len(rows) / size))


@functools.lru_cache(maxsize=32)
def _scorer(learner: Learner) -> Callable[..., Any]:
    return jax.jit(lambda parameters, x, y: learner.scores(merged(learner, parameters), x, y))  # type: ignore[attr-defined]


def score_matrix(learner: Learner, parameters: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Scores of all pairs of some rows by one member, shape (b, b)."""
    return np.asarray(_scorer(learner)(parameters, x, y))
