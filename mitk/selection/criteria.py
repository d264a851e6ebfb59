"""Criteria of feature selection: one formula of relevance, redundancy and conditional redundancy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Least mean redundancy that a quotient divides by, in nats: the estimates of unrelated columns scatter about 0.
LEAST_REDUNDANCY = 0.01


@dataclass(frozen=True)
class Known:
    """What is known of d columns beside k selected ones, in nats.

    Attributes
    ----------
    relevance : ndarray of shape (d,)
        I(f; y).
    redundancy : ndarray of shape (d, k)
        I(f; s).
    conditional : ndarray of shape (d, k)
        I(f; s | y).
    selected : ndarray of shape (k,)
        I(s; y).
    entropies : ndarray of shape (d, k), optional
        H(f) + H(s) + H(y), for criteria that are `normalized`.
    """

    relevance: np.ndarray
    redundancy: np.ndarray
    conditional: np.ndarray
    selected: np.ndarray
    entropies: np.ndarray | None = None


@dataclass(frozen=True)
class Criterion:
    """How a column f is scored beside those selected: J = I(f; y) + over s of [gamma I(f; s | y) - beta I(f; s)].

    Attributes
    ----------
    beta, gamma : float
        What redundancy costs, and what dependence within the classes of y brings.
    over : {"sum", "mean", "least"}
        How the terms of the selected columns are joined.
    joint : bool
        Whether I(s; y) is added to each term: the score is then that of f and s together.
    quotient : bool
        Relevance is divided by the mean redundancy, not lessened by it.
    normalized : bool
        Joint informations are divided by the joint entropy H(f, s, y).
    """

    beta: float
    gamma: float
    over: str = "mean"
    joint: bool = False
    quotient: bool = False
    normalized: bool = False

    def scores(self, known: Known) -> np.ndarray:
        """J of each column, shape (d,)."""
        relevance = known.relevance
        if not known.redundancy.shape[1]:
            return relevance
        if self.quotient:
            return relevance / np.maximum(known.redundancy.mean(axis=1), LEAST_REDUNDANCY)
        terms = self.gamma * known.conditional - self.beta * known.redundancy
        if self.joint:
            terms = terms + known.selected
        if self.normalized:
            assert known.entropies is not None
            together = relevance[:, None] + terms
            # H(f, s, y) = H(f) + H(s) + H(y) - I(f; s) - I(f, s; y).
            entropy = known.entropies - known.redundancy - together
            return (together / np.maximum(entropy, LEAST_REDUNDANCY)).mean(axis=1)
        joined = {"sum": terms.sum(axis=1), "mean": terms.mean(axis=1), "least": terms.min(axis=1)}
        return relevance + joined[self.over]

    def pair_gains(
        self, scores: np.ndarray, relevance: np.ndarray, redundancy: np.ndarray, together: np.ndarray
    ) -> np.ndarray:
        """What each two columns taken at once gain for each of the two, shape (d, d).

        That is half of the sum of their scores and of what they tell together beyond what each tells, I(f, g; y) -
        I(f; y) - I(g; y); a quotient divides the relevance of both by the mean of what they repeat.

        Parameters
        ----------
        scores, relevance : ndarray of shape (d,)
        redundancy : ndarray of shape (d, k)
        together : ndarray of shape (d, d)
        """
        if not self.quotient or not redundancy.shape[1]:
            return 0.5 * (scores[:, None] + scores + together)
        cost = redundancy.mean(axis=1)
        told = 0.5 * (relevance[:, None] + relevance + together)
        return told / np.maximum(0.5 * (cost[:, None] + cost), LEAST_REDUNDANCY)


# Lewis 1992; Battiti 1994; Peng 2005 (difference and quotient); Yang and Moody 1999; Bennasar 2015; Lin and Tang 2006;
# Fleuret 2004; Meyer and Bontempi 2006.
CRITERIA = {
    "mim": Criterion(0.0, 0.0),
    "mifs": Criterion(1.0, 0.0, "sum"),
    "mrmr": Criterion(1.0, 0.0),
    "mrmr-quotient": Criterion(1.0, 0.0, quotient=True),
    "jmi": Criterion(1.0, 1.0),
    "jmim": Criterion(1.0, 1.0, "least", joint=True),
    "cife": Criterion(1.0, 1.0, "sum"),
    "cmim": Criterion(1.0, 1.0, "least"),
    "disr": Criterion(1.0, 1.0, joint=True, normalized=True),
}
