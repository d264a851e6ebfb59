"""What is held of the pairs that were asked: all, the largest, or those above a threshold; and all their p-values."""

from __future__ import annotations

import numpy as np

from mitk.inference.multiple import adjusted, adjusted_by_smallest
from mitk.many.answers import Answers
from mitk.results.record import MIEstimate

# Steps of ln p in which p-values are counted that are not held one by one, and the least p that is told apart.
STEP, LEAST = 1e-3, -745.0


class PValues:
    """P-values of all pairs that were asked, counted in steps of a thousandth of themselves."""

    def __init__(self) -> None:
        self.counts = np.zeros(int(-LEAST / STEP) + 2, dtype=np.int64)

    def add(self, p_values: np.ndarray) -> None:
        """Count some more; nan is none."""
        places = self._places(p_values[~np.isnan(p_values)])
        self.counts += np.bincount(places, minlength=len(self.counts))

    @property
    def total(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    def adjusted(self, p_values: np.ndarray, correct: str | None) -> np.ndarray:
        """Some of them, shape (m,), adjusted for all, up to a thousandth."""
        if correct in (None, "bonferroni") or not self.total:
            return adjusted(p_values, correct, self.total)
        found = np.flatnonzero(self.counts)
        smaller = np.cumsum(self.counts[found])
        times = self.total * (float((1.0 / np.arange(1.0, self.total + 1.0)).sum()) if correct == "by" else 1.0)
        # The smallest p over rank among those at least as large.
        ratios = np.exp(LEAST + STEP * found) / smaller
        best = np.minimum.accumulate(ratios[::-1])[::-1]
        known = np.flatnonzero(~np.isnan(p_values))
        q = np.full(len(p_values), np.nan)
        q[known] = np.minimum(times * best[np.searchsorted(found, self._places(p_values[known]))], 1.0)
        return q

    def _places(self, p_values: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            logs = np.maximum(np.log(p_values), LEAST)
        return np.ceil((logs - LEAST) / STEP - 1e-9).astype(np.int64)


class Held:
    """Answers as they come in.

    Parameters
    ----------
    top : int, optional
        So many of the largest are held.
    least : float
        Smaller values are not held.
    smallest : ndarray of shape (B,), optional
        Of all p-values, in each of B data sets whose rows were permuted.
    """

    def __init__(self, top: int | None = None, least: float = -np.inf, smallest: np.ndarray | None = None) -> None:
        self.top = top
        self.least = least
        self.smallest = smallest
        self.parts: list[Answers] = []
        self.whole: dict[tuple[int, int], MIEstimate] = {}
        self.p_values = PValues()

    @property
    def everything(self) -> bool:
        """Whether every answer is held."""
        return self.top is None and self.least == -np.inf

    def worth(self, answers: Answers) -> Answers:
        """Those of some answers that may be held."""
        return answers if self.everything else answers[~(answers.value < self.least) & (answers.error == "")]

    def take(self, answers: Answers, p_values: np.ndarray) -> None:
        """Take in the answers of a tile that are worth it, and the p-values of all its pairs."""
        self.parts.append(answers)
        if not self.everything:
            self.p_values.add(p_values)
        if self.top is not None:
            self._prune(self.top)

    def answers(self) -> Answers:
        """All that are held, in the order of their places."""
        joined = Answers.joined(self.parts)
        return joined[np.lexsort((joined.y, joined.x))]

    def adjusted(self, p_values: np.ndarray, correct: str | None) -> np.ndarray:
        """P-values of what is held, adjusted for all pairs that were asked."""
        if self.smallest is not None:
            return adjusted_by_smallest(p_values, self.smallest)
        return adjusted(p_values, correct) if self.everything else self.p_values.adjusted(p_values, correct)

    def _prune(self, top: int) -> None:
        joined = Answers.joined(self.parts)
        if len(joined) > top:
            joined = joined[np.argsort(-joined.value, kind="stable")[:top]]
            self.least = max(self.least, float(joined.value[-1]))
        self.parts = [joined]
        pairs = set(zip(joined.x.tolist(), joined.y.tolist(), strict=True))
        self.whole = {pair: result for pair, result in self.whole.items() if pair in pairs}
