"""The search: which columns are taken, one by one or in pairs, and when chance would do as well."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mitk.selection.criteria import Criterion, Known
from mitk.selection.informations import Informations

# Scores that differ by rounding alone are equal.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Chance:
    """When to stop: at the first step whose gain permutations reach more often than the level.

    Attributes
    ----------
    level : float
    n_permutations : int
    seed : int
    """

    level: float
    n_permutations: int
    seed: int


@dataclass
class Path:
    """Columns in the order in which they were taken.

    Attributes
    ----------
    taken : list of int
    scores : list of float
        The criterion's score of each when it was taken; of a pair, what it gains for each of its two.
    redundancy : list of float
        Mean information with the columns taken before, in nats; 0 of the first.
    p_values : list of float
        Of each step that was tested, the last of which may have ended the search.
    left : ndarray of shape (d,)
        The criterion's score of each column at the end; minus infinity for what was taken.
    redundant : ndarray of shape (d,)
        Mean information of each column with those taken, in nats.
    """

    taken: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    redundancy: list[float] = field(default_factory=list)
    p_values: list[float] = field(default_factory=list)
    left: np.ndarray = field(default_factory=lambda: np.empty(0))
    redundant: np.ndarray = field(default_factory=lambda: np.empty(0))


class Search:
    """Columns beside those taken so far.

    Parameters
    ----------
    source : Informations
    criterion : Criterion
    pairs : bool
        Whether two columns may be taken in one step.
    """

    def __init__(self, source: Informations, criterion: Criterion, pairs: bool) -> None:
        self.source = source
        self.criterion = criterion
        self.pairs = pairs
        self.taken: list[int] = []
        self.redundancy = np.empty((source.d, 0))
        self.conditional = np.empty((source.d, 0))
        self.selected = np.empty(0)
        self._interactions: np.ndarray | None = None
        self._entropies: tuple[np.ndarray, float] | None = None

    def take(self, s: int, own: float | None = None) -> None:
        """Take a column; `own` is I(s; y) where rows are shuffled."""
        redundancy, conditional = self.source.beside(s, self.criterion.gamma != 0.0)
        self.redundancy = np.column_stack([self.redundancy, redundancy])
        self.conditional = np.column_stack([self.conditional, conditional])
        self.selected = np.append(self.selected, self.source.relevance[s] if own is None else own)
        self.taken.append(s)

    def shuffled(self, order: np.ndarray) -> Search:
        """A search at its start, where the columns not taken belong to other rows than the target."""
        null = Search(self.source.shuffled(order), self.criterion, self.pairs)
        null._entropies = self._entropies
        return null

    def scores(self) -> np.ndarray:
        """The criterion's score of each column, shape (d,); minus infinity for those taken."""
        known = Known(
            self.source.relevance, self.redundancy, self.conditional, self.selected, self._sums_of_entropies()
        )
        found = self.criterion.scores(known).astype(np.float64, copy=True)
        found[self.taken] = -np.inf
        return found

    def best(self, room: int, scores: np.ndarray | None = None) -> tuple[float, list[int]]:
        """The largest gain for each column of a step of one column or two, and the columns."""
        scores = self.scores() if scores is None else scores
        first = int(np.argmax(scores >= scores.max() - ROUNDING))
        found, columns = float(scores[first]), [first]
        free = np.flatnonzero(scores > -np.inf)
        if self.pairs and room >= 2 and len(free) >= 2:
            gains = self.criterion.pair_gains(
                scores[free], self.source.relevance[free], self.redundancy[free], self._together(free)
            )
            i, j = np.unravel_index(int(np.argmax(gains)), gains.shape)
            if gains[i, j] > found + ROUNDING:
                both = sorted((int(free[i]), int(free[j])), key=lambda column: -scores[column])
                found, columns = float(gains[i, j]), both
        return found, columns

    def _together(self, free: np.ndarray) -> np.ndarray:
        if self._interactions is None:
            d = self.source.d
            self._interactions = np.full((d, d), -np.inf)
            self._interactions[np.ix_(free, free)] = self.source.interactions(free)
        found = self._interactions[np.ix_(free, free)]
        if self.criterion.normalized:
            columns, target = self._known_entropies()
            found = found / (columns[free][:, None] + columns[free] + target)
        return found

    def _known_entropies(self) -> tuple[np.ndarray, float]:
        if self._entropies is None:
            self._entropies = self.source.entropies()
        return self._entropies

    def _sums_of_entropies(self) -> np.ndarray | None:
        if not self.criterion.normalized or not self.taken:
            return None
        columns, target = self._known_entropies()
        return columns[:, None] + columns[self.taken] + target


def search(source: Informations, criterion: Criterion, most: int, lookahead: int, chance: Chance | None) -> Path:
    """Take columns while the criterion finds the next best, up to so many, or until chance would find as much.

    Parameters
    ----------
    source : Informations
    criterion : Criterion
    most : int
    lookahead : {1, 2}
        Columns that a step may take.
    chance : Chance, optional

    Notes
    -----
    With ``chance``, each step is tested: rows of the columns that are not taken are permuted, all together, against
    the target and the columns taken, and the best gain of any is compared with the best gain that was found. Columns
    that tell nothing about either are exchangeable, whatever they have in common, so that the best of them passes at
    the level, however many they are.
    """
    path, state = Path(), Search(source, criterion, lookahead == 2)
    nulls = None if chance is None else Nulls(chance)
    most = min(most, source.d)
    while len(path.taken) < most:
        scores, room = state.scores(), most - len(path.taken)
        gain, columns = state.best(room, scores)
        if nulls is not None:
            path.p_values.append(nulls.p_value(state, gain, room))
            if path.p_values[-1] > nulls.chance.level + ROUNDING:
                break
        for column in columns:
            path.taken.append(column)
            path.scores.append(gain)
            state.take(column)
            path.redundancy.append(float(state.redundancy[column, :-1].mean()) if len(path.taken) > 1 else 0.0)
    path.left = state.scores()
    path.redundant = state.redundancy.mean(axis=1) if path.taken else np.zeros(source.d)
    return path


class Nulls:
    """Searches in data whose rows were permuted, in which columns are taken as they are in the search itself.

    Each goes on from step to step: rows of the target and of all columns taken lie in its one order.
    """

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.seeds = np.random.SeedSequence(chance.seed).spawn(chance.n_permutations)
        self.searches: list[Search] = []

    def p_value(self, state: Search, gain: float, room: int) -> float:
        """How often the best gain of permuted rows reaches a gain; no more are looked at once it exceeds the level."""
        reached, allowed = 0, self.chance.level * len(self.seeds) + self.chance.level
        for place, seed in enumerate(self.seeds):
            if place == len(self.searches):
                order = np.random.default_rng(seed).permutation(state.source.n)
                self.searches.append(state.shuffled(order))
            null = self.searches[place]
            for at in range(len(null.taken), len(state.taken)):
                null.take(state.taken[at], float(state.selected[at]))
            reached += null.best(room)[0] >= gain - ROUNDING
            if reached + 1 > allowed + ROUNDING:
                break
        return (1 + reached) / (len(self.seeds) + 1)
